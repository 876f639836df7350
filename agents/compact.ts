// Compact
//
// Shortens a conversation: dropped turns are remembered in a summary by a model, or by rule if none answers.
// Leaves: choosing the turns (machines/agent/agent-compaction.ts), when (agent.ts).
//
// Without a model, or when it fails, the conversation becomes shorter by rule.
// C2. Notes are kept word for word, whether a model or the rule summarises the rest.

import type { ImplementationCall } from '../actors/index.ts'
import {
  type AgentInvocationInput,
  type AgentInvocationOutput,
  memoryOf,
  mended,
  notesOf,
  noUsage,
  planCompaction,
  remembered,
  shorten,
  spendingOf,
  type Turn,
  tokensIn,
  type Usage,
  withMemory,
} from '../machines/index.ts'
import { frameSize } from './own-tools.ts'
import type { AgentPorts } from './ports.ts'
import { condensePrompt } from './prompts/prompts.ts'

interface Memory {
  readonly text: string
  readonly usage: Usage
  readonly microdollars: number
}

const LONGEST_LOG = 60_000
const LONGEST_PIECE = 2_000
const SUMMARY_TOKENS = 1_000

export async function compact(
  { order, head, how, target, reservation }: AgentInvocationInput<'compact'>,
  around: Pick<ImplementationCall, 'key' | 'signal'>,
  ports: AgentPorts,
): Promise<Omit<AgentInvocationOutput<'compact'>, 'ms'>> {
  const turns = mended(await ports.transcripts.turns(head))
  const frame = frameSize(order, ports.toolboxOf(order))
  const [first, ...rest] = turns
  if (!first) throw new Error(`conversation ${head}: it is empty`)
  const plan =
    how === 'reset' ? { dropped: rest, kept: [first] } : planCompaction(turns, Math.max(1, target - frame))
  const { milestone, task, attempt } = order.account
  const of = `${milestone}/${task}/${attempt}/${order.kind}/shorter`
  const memory = await remember(memoryOf(first), plan.dropped, how, { ...around, of, reservation }, ports)
  const kept = [withMemory(first, memory.text), ...plan.kept.slice(1)]
  let shorter: string | null = null
  for (const turn of kept) shorter = await ports.transcripts.appendTurn(shorter, turn)
  const { usage, microdollars } = memory
  return { head: shorter ?? head, size: frame + tokensIn(kept), usage, microdollars }
}

interface Remembering extends Pick<ImplementationCall, 'key' | 'signal'> {
  readonly of: string
  readonly reservation: string
}

async function remember(
  memory: string,
  dropped: readonly Turn[],
  how: 'shorten' | 'reset',
  { key, signal, of, reservation }: Remembering,
  { ask, condense = true }: AgentPorts,
): Promise<Memory> {
  const byRule = { text: remembered(memory, dropped), usage: noUsage, microdollars: 0 }
  // A reset follows a problem; no more tokens are spent on it.
  if (!condense || how === 'reset' || dropped.length === 0) return byRule
  const log = shorten([memory, ...dropped.map(logOf)].join('\n'), LONGEST_LOG)
  const asked = await ask({
    role: 'cheap',
    request: {
      system: condensePrompt,
      tools: [],
      turns: [{ role: 'user', blocks: [{ type: 'text', text: `<log>\n${log}\n</log>` }] }],
      maxOutputTokens: SUMMARY_TOKENS,
      cacheKey: of,
    },
    key,
    signal,
    reservation,
  })
  const taken = spendingOf(asked)
  if (asked.kind !== 'replied') return { ...byRule, ...taken }
  const { blocks } = asked.reply
  const summary = blocks.flatMap((block) => (block.type === 'text' ? [block.text.trim()] : [])).join('\n')
  if (summary === '') return { ...byRule, ...taken }
  // C2.
  const notes = [...memory.split('\n').filter((line) => line.startsWith('note: ')), ...notesOf(dropped)]
  return { text: [...notes, shorten(summary, 6_000)].join('\n'), ...taken }
}

function logOf({ role, blocks }: Turn): string {
  return blocks
    .flatMap((block) => {
      switch (block.type) {
        case 'text':
          return [`${role}: ${shorten(block.text, LONGEST_PIECE)}`]
        case 'tool_call':
          return [`calls ${block.name} ${shorten(JSON.stringify(block.input) ?? '', LONGEST_PIECE)}`]
        case 'tool_result':
          return [`${block.failed ? 'failed' : 'result'}: ${shorten(block.content, LONGEST_PIECE)}`]
        case 'opaque':
          return []
        default:
          return block satisfies never
      }
    })
    .join('\n')
}
