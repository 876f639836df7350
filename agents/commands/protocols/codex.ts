// Protocol `codex`
//
// Codex without a terminal: `codex exec --json`. The prompt is on standard input; each line of the output is a JSON
// object with a `type`.
//
// Its own sandbox is off: it cannot make one inside Canopy's. It reports tokens and no cost.

import { z } from 'zod'
import { addUsage } from '../../../machines/index.ts'
import type { CommandProtocol, CommandReport } from './command-protocol.ts'
import { jsonLines } from './json-lines.ts'

const count = z.number().int().nonnegative().catch(0)
const errorSchema = z.object({ message: z.string().catch('') })

const messageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('thread.started'), thread_id: z.string().min(1) }),
  z.object({ type: z.enum(['turn.started', 'item.started', 'item.updated']) }),
  z.object({
    type: z.literal('item.completed'),
    item: z.object({ type: z.string().catch(''), text: z.string().optional() }),
  }),
  z.object({
    type: z.literal('turn.completed'),
    usage: z.object({ input_tokens: count, cached_input_tokens: count, output_tokens: count }).optional(),
  }),
  z.object({ type: z.literal('turn.failed'), error: errorSchema }),
  z.object({ type: z.literal('error'), message: z.string().catch('') }),
])
type CodexMessage = z.infer<typeof messageSchema>

const SILENCE_SECONDS = 600

export const codex: CommandProtocol = {
  resumes: true,
  silenceSeconds: SILENCE_SECONDS,
  words: (command, { root, session }) => [
    ...command,
    ...['exec', '--json', '--skip-git-repo-check', '--sandbox', 'danger-full-access', '--cd', root],
    ...(session === undefined ? [] : ['resume', session]),
    '-',
  ],
  converse({ text }, control) {
    control.write(text)
    control.end()
    let report: CommandReport = { text: '', steps: 0 }
    return {
      take: jsonLines((value) => {
        const read = messageSchema.safeParse(value)
        if (!read.success)
          return control.log(`it sent a message that is not known: ${JSON.stringify(value).slice(0, 200)}`)
        const message = read.data
        if (message.type === 'thread.started') control.session(message.thread_id)
        report = withMessage(report, message)
        if (message.type === 'turn.completed' || message.type === 'turn.failed') control.done()
      }, control.log),
      report: () => report,
    }
  },
}

function withMessage(report: CommandReport, message: CodexMessage): CommandReport {
  switch (message.type) {
    case 'item.completed': {
      const { type, text } = message.item
      const said = type === 'agent_message' && text !== undefined
      return { ...report, steps: report.steps + 1, ...(said && { text }) }
    }
    case 'turn.completed': {
      const { usage } = message
      if (!usage) return report
      const cacheRead = Math.min(usage.cached_input_tokens, usage.input_tokens)
      const input = usage.input_tokens - cacheRead
      const taken = { input, cacheRead, cacheWrite: 0, output: usage.output_tokens }
      return { ...report, usage: report.usage ? addUsage(report.usage, taken) : taken }
    }
    case 'turn.failed':
      return { ...report, failure: message.error.message || 'its turn failed' }
    // It goes on after an error that it tries again; the end of its turn decides.
    case 'error':
    case 'thread.started':
    case 'turn.started':
    case 'item.started':
    case 'item.updated':
      return report
    default:
      return message satisfies never
  }
}
