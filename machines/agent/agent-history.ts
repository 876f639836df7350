// Agent history
//
// Repairs a conversation that was cut anywhere, so that it may be sent: an open call gets an answer that says so, an
// answer without a call is removed.
// Leaves: the rules of a legal conversation (models/conversation.ts).
//
// H1. The result has no problems by `problemsOf`; a conversation without problems is returned unchanged.

import { type ContentBlock, callsOf, type ToolCall, type Turn } from '../models/conversation.ts'

export const INTERRUPTED =
  'interrupted: nobody knows whether this was carried out; look at the worktree before you go on'
const GO_ON = 'Go on.'

/** The conversation, repaired so that it may be sent (H1). */
export function mended(turns: readonly Turn[]): Turn[] {
  const legal: Turn[] = []
  for (const turn of joined(turns.map(withOneOfEachCall))) {
    const before = legal.at(-1)
    const open = callsOf(before)
    if (!before && turn.role === 'assistant') legal.push(say(GO_ON))
    if (turn.role === 'assistant') legal.push(only(turn, (block) => block.type !== 'tool_result'))
    else legal.push(answering(turn, open))
  }
  const last = legal.at(-1)
  if (!last) return [say(GO_ON)]
  if (last.role === 'assistant') legal.push(answering({ role: 'user', blocks: [] }, callsOf(last)))
  return legal.map((turn) =>
    turn.blocks.length > 0 ? turn : { ...turn, blocks: [{ type: 'text', text: GO_ON }] },
  )
}

/** Joins adjacent turns of one role. A call may have been between them, so results are moved to the front later. */
function joined(turns: readonly Turn[]): Turn[] {
  const result: Turn[] = []
  for (const turn of turns) {
    const last = result.at(-1)
    if (last?.role === turn.role)
      result[result.length - 1] = { ...last, blocks: [...last.blocks, ...turn.blocks] }
    else result.push(turn)
  }
  return result.map(withOneOfEachCall)
}

function withOneOfEachCall(turn: Turn): Turn {
  const seen = new Set<string>()
  return only(turn, (block) => {
    if (block.type !== 'tool_call') return true
    const isNew = turn.role === 'assistant' && !seen.has(block.id)
    seen.add(block.id)
    return isNew
  })
}

/** The turn with one answer for each open call, in their order, before its other blocks. */
function answering(turn: Turn, open: readonly ToolCall[]): Turn {
  const answers = open.map((call): ContentBlock => {
    const found = turn.blocks.find((block) => block.type === 'tool_result' && block.call === call.id)
    return found ?? { type: 'tool_result', call: call.id, content: INTERRUPTED, failed: true }
  })
  const given = turn.blocks.filter((block) => block.type === 'tool_result')
  const isWhole = given.length === answers.length && given.every((block) => answers.includes(block))
  if (isWhole) return turn
  return { ...turn, blocks: [...answers, ...turn.blocks.filter((block) => block.type !== 'tool_result')] }
}

function only(turn: Turn, keep: (block: ContentBlock) => boolean): Turn {
  return turn.blocks.every(keep) ? turn : { ...turn, blocks: turn.blocks.filter(keep) }
}

function say(text: string): Turn {
  return { role: 'user', blocks: [{ type: 'text', text }] }
}
