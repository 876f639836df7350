// Protocol `claude`
//
// Claude Code without a terminal: `claude -p --output-format stream-json`. The prompt is on standard input; each line of
// the output is a JSON object with a `type`.
//
// Its own permissions are off: the sandbox decides what it may.

import { z } from 'zod'
import type { CommandProtocol, CommandReport } from './command-protocol.ts'
import { jsonLines } from './json-lines.ts'

const count = z.number().int().nonnegative().catch(0)

const usageSchema = z.object({
  input_tokens: count,
  cache_creation_input_tokens: count,
  cache_read_input_tokens: count,
  output_tokens: count,
})

const messageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('system'), session_id: z.string().optional() }),
  z.object({
    type: z.literal('assistant'),
    message: z.object({
      content: z.array(z.object({ type: z.string(), text: z.string().optional() })).catch([]),
    }),
  }),
  z.object({ type: z.literal('user') }),
  z.object({
    type: z.literal('result'),
    subtype: z.string().catch(''),
    is_error: z.boolean().catch(false),
    result: z.string().optional(),
    session_id: z.string().optional(),
    total_cost_usd: z.number().nonnegative().optional(),
    usage: usageSchema.optional(),
  }),
])
type ClaudeMessage = z.infer<typeof messageSchema>

const SILENCE_SECONDS = 600

export const claude: CommandProtocol = {
  resumes: true,
  silenceSeconds: SILENCE_SECONDS,
  words: (command, { steps, usd, session }) => [
    ...command,
    ...['-p', '--output-format', 'stream-json', '--verbose', '--permission-mode', 'bypassPermissions'],
    ...['--max-turns', `${steps}`, '--max-budget-usd', usd.toFixed(2)],
    ...(session === undefined ? [] : ['--resume', session]),
  ],
  converse({ text }, control) {
    control.write(text)
    control.end()
    let report: CommandReport = { text: '', steps: 0 }
    const take = (message: ClaudeMessage): void => {
      if (message.type === 'system' && message.session_id) control.session(message.session_id)
      if (message.type === 'assistant') report = withMessage(report, message)
      if (message.type !== 'result') return
      if (message.session_id) control.session(message.session_id)
      report = withResult(report, message)
      control.done()
    }
    return {
      take: jsonLines((value) => {
        const read = messageSchema.safeParse(value)
        if (read.success) take(read.data)
        else control.log(`it sent a message that is not known: ${JSON.stringify(value).slice(0, 200)}`)
      }, control.log),
      report: () => report,
    }
  },
}

function withMessage(
  report: CommandReport,
  { message }: ClaudeMessage & { type: 'assistant' },
): CommandReport {
  const text = message.content.flatMap((block) => block.text ?? []).join('\n')
  return { ...report, steps: report.steps + 1, text: text === '' ? report.text : text }
}

function withResult(report: CommandReport, result: ClaudeMessage & { type: 'result' }): CommandReport {
  const { usage, total_cost_usd: usd, subtype, is_error: isError } = result
  return {
    ...report,
    text: result.result ?? report.text,
    ...(usd !== undefined && { usd }),
    ...(usage && {
      usage: {
        input: usage.input_tokens,
        cacheRead: usage.cache_read_input_tokens,
        cacheWrite: usage.cache_creation_input_tokens,
        output: usage.output_tokens,
      },
    }),
    ...((isError || subtype.startsWith('error')) && {
      failure: [subtype, result.result].filter(Boolean).join(': ').slice(0, 1_000),
    }),
  }
}
