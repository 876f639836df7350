// Answers
//
// Owns:   what makes of a vendor's answer a reply that the next request may carry: calls whole or with a problem, ids
//         that differ, never nothing at all.
// Leaves: reading the vendors' shapes (anthropic/, openai-responses/, openai-chat/).
//
// N1. A call that was cut off, or whose input is no JSON object or nested too deeply, or whose tool does not exist, has a
//     problem.
// N2. An answer that says nothing is a failure, never a reply.
// N3. Usage that was not told is estimated high, never zero.

import { randomUUID } from 'node:crypto'
import { parseJson } from '../../kernel/index.ts'
import type {
  ContentBlock,
  ModelReply,
  ModelRequest,
  StopReason,
  ToolCall,
  Usage,
} from '../../machines/index.ts'
import { BadAnswer } from './failures.ts'

/** A call as it came: its input is still text. */
interface DraftCall {
  readonly type: 'draft_call'
  readonly id: string
  readonly name: string
  readonly json: string
}
export type DraftBlock = Extract<ContentBlock, { type: 'text' | 'opaque' }> | DraftCall

/** An answer as the vendor gave it, in our words. */
export interface ReplyDraft {
  readonly blocks: readonly DraftBlock[]
  readonly stop: StopReason
  /** Undefined: the vendor did not say. */
  readonly usage: Usage | undefined
}

const ID = /^[a-zA-Z0-9_-]{1,64}$/
const CHARACTERS_PER_TOKEN = 3

/** The reply that a draft comes to; throws BadAnswer when it comes to nothing (N2). */
export function replyOf(draft: ReplyDraft, request: ModelRequest): ModelReply {
  const usage = draft.usage ?? estimatedUsage(request, JSON.stringify(draft.blocks).length)
  const last = draft.blocks.findLast((block) => block.type === 'draft_call')
  const ids = new Set<string>()
  const blocks = draft.blocks
    .filter((block) => block.type !== 'text' || block.text !== '')
    .map((block) => {
      if (block.type !== 'draft_call') return block
      const cut = draft.stop === 'length' && block === last
      return callOf(block, fresh(block.id, ids), problemOf(block, request, draft.stop, cut))
    })
  const called = blocks.some((block) => block.type === 'tool_call')
  const said = called || blocks.some((block) => block.type === 'text' && block.text.trim() !== '')
  const mayBeSilent =
    draft.stop === 'refused' || draft.stop === 'paused' || (draft.stop === 'length' && blocks.length > 0)
  if (!said && !mayBeSilent) throw new BadAnswer('garbled', 'the answer is empty', usage)
  return { blocks, stop: stopOf(draft.stop, called), usage }
}

/** Compatible servers say `stop` after calls, and `tool_calls` after none. */
function stopOf(stop: StopReason, called: boolean): StopReason {
  if (stop === 'end' || stop === 'tool_calls') return called ? 'tool_calls' : 'end'
  return stop
}

/** Two calls with one id could not be answered apart; some local servers give none at all. */
function fresh(id: string, taken: Set<string>): string {
  const free = ID.test(id) && !taken.has(id) ? id : `call_${randomUUID().replaceAll('-', '')}`
  taken.add(free)
  return free
}

function callOf({ name, json }: DraftCall, id: string, problem: string | undefined): ToolCall {
  const input = parsed(json)
  return {
    type: 'tool_call',
    id,
    name,
    // What could not be read is not shown as if it had been: the problem tells of it.
    input: 'value' in input ? input.value : {},
    ...(problem === undefined ? {} : { problem }),
  }
}

/** N1. */
function problemOf(
  call: DraftCall,
  request: ModelRequest,
  stop: StopReason,
  cut: boolean,
): string | undefined {
  if (cut) return 'its input was cut off: the answer reached its limit of output tokens'
  if (stop === 'refused') return 'the answer was refused before it was complete'
  const input = parsed(call.json)
  if ('error' in input) return `its input is no JSON: ${input.error}`
  const { value } = input
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return 'its input is no JSON object'
  if (!request.tools.some(({ name }) => name === call.name)) {
    const names = request.tools.map(({ name }) => name).join(', ')
    return `there is no tool ${JSON.stringify(call.name.slice(0, 80))}; there is ${names || 'none'}`
  }
  return undefined
}

/** No text at all is a call without arguments: all three protocols stream it so. */
function parsed(json: string): { readonly value: unknown } | { readonly error: string } {
  if (json.trim() === '') return { value: {} }
  try {
    return { value: parseJson(json) }
  } catch (error) {
    return { error: error instanceof Error ? error.message.slice(0, 200) : 'it cannot be parsed' }
  }
}

/** What a request and so many characters of an answer may have taken (N3). */
export function estimatedUsage(request: ModelRequest, characters: number): Usage {
  const asked = JSON.stringify([request.system, request.tools, request.turns]).length
  return { input: tokensIn(asked), cacheRead: 0, cacheWrite: 0, output: tokensIn(characters) }
}

function tokensIn(characters: number): number {
  return Math.ceil(characters / CHARACTERS_PER_TOKEN)
}
