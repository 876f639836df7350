// History
//
// Owns:   making a conversation that others had fit for one vendor: ids it takes, names it takes, no foreign blocks.
// Leaves: the vendors' shapes, and whether the conversation is legal (machines/models).
//
// Y1. The same conversation always comes to the same requests: vendors cache by the beginning.

import type { ModelRequest, ToolCall, ToolResult, Turn } from '../../machines/index.ts'

/** Taken by all three vendors. */
const ID = /^[a-zA-Z0-9_-]{1,40}$/

export interface FittedTurn {
  readonly role: Turn['role']
  readonly texts: readonly string[]
  readonly results: readonly ToolResult[]
  /** In the order in which they were said; of the user's turns, the texts only. */
  readonly blocks: readonly FittedBlock[]
}
type FittedBlock =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'opaque'; readonly value: unknown }
  | {
      readonly type: 'tool_call'
      readonly id: string
      readonly name: string
      readonly input: Record<string, unknown>
    }

/** The turns for `model`: opaque blocks of others are gone, empty texts too, and no turn is empty for it. */
export function fitted(request: ModelRequest, model: string): FittedTurn[] {
  const used = new Set<string>()
  let ids = new Map<string, string>()
  return request.turns.map((turn, at) => {
    const answered = ids
    if (turn.role === 'assistant') ids = idsFor(turn, at, used)
    const blocks = turn.blocks.flatMap((block): FittedBlock[] => {
      if (block.type === 'text') return block.text.trim() === '' ? [] : [{ type: 'text', text: block.text }]
      if (block.type === 'opaque')
        return block.provider === model ? [{ type: 'opaque', value: block.value }] : []
      return block.type === 'tool_call' ? [fittedCall(block, ids.get(block.id) ?? block.id)] : []
    })
    const results = turn.blocks
      .filter((block) => block.type === 'tool_result')
      .map((result) => ({ ...result, call: answered.get(result.call) ?? result.call }))
    const mute = results.length === 0 && !blocks.some(({ type }) => type !== 'opaque')
    const said: FittedBlock[] = mute ? [...blocks, { type: 'text', text: '(nothing was said)' }] : blocks
    const texts = said.filter((block) => block.type === 'text').map(({ text }) => text)
    return { role: turn.role, texts, results, blocks: said }
  })
}

/** Ids that the vendor would refuse, or that were there before, get another; the others stay. */
function idsFor(turn: Turn, at: number, used: Set<string>): Map<string, string> {
  const calls = turn.blocks.filter((block) => block.type === 'tool_call')
  const ids = new Map<string, string>()
  for (const [index, { id }] of calls.entries()) {
    const free = ID.test(id) && !used.has(id) ? id : `call_${at}_${index}`
    used.add(free)
    ids.set(id, free)
  }
  return ids
}

function fittedCall({ name, input }: ToolCall, id: string): FittedBlock {
  const isObject = typeof input === 'object' && input !== null && !Array.isArray(input)
  return {
    type: 'tool_call',
    id,
    name: name.replaceAll(/[^a-zA-Z0-9_-]/g, '_').slice(0, 64) || 'unknown',
    input: isObject ? { ...input } : {},
  }
}
