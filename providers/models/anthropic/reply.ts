// Anthropic's replies
//
// Owns:   what an answer of the Messages API says, as a draft.
// Leaves: putting together one that is streamed (stream.ts).

import { z } from 'zod'
import type { StopReason, Usage } from '../../../machines/index.ts'
import type { DraftBlock, ReplyDraft } from '../answers.ts'
import { BadAnswer } from '../failures.ts'
import { read, usageIn } from '../shape.ts'

const count = z.int().nonnegative().nullish()
export const usageShape = z.object({
  input_tokens: count,
  output_tokens: count,
  cache_read_input_tokens: count,
  cache_creation_input_tokens: count,
})
export type VendorUsage = z.infer<typeof usageShape>

export const blockShape = z.looseObject({ type: z.string() })
export type VendorBlock = z.infer<typeof blockShape>

export const messageShape = z.object({
  content: z.array(blockShape),
  stop_reason: z.string().nullish(),
  usage: usageIn(usageShape),
})

/** An answer that came at once. */
export function draftOfMessage(given: unknown, provider: string): ReplyDraft {
  const message = read(messageShape, given)
  const usage = message.usage ? usageOf(message.usage) : undefined
  const blocks = message.content.map((block) =>
    draftBlock(block, provider, block.type === 'tool_use' ? JSON.stringify(block.input ?? {}) : ''),
  )
  return { blocks, stop: stopOf(message.stop_reason, usage), usage }
}

const textShape = z.object({ text: z.string() })
const toolUseShape = z.object({ id: z.string().nullish(), name: z.string() })

export function draftBlock(block: VendorBlock, provider: string, json: string): DraftBlock {
  if (block.type === 'text') return { type: 'text', text: read(textShape, block).text }
  if (block.type !== 'tool_use') return { type: 'opaque', provider, value: block }
  const { id, name } = read(toolUseShape, block)
  return { type: 'draft_call', id: id ?? '', name, json }
}

export function stopOf(reason: string | null | undefined, usage: Usage | undefined): StopReason {
  switch (reason) {
    case 'end_turn':
    case 'stop_sequence':
      return 'end'
    case 'tool_use':
      return 'tool_calls'
    case 'max_tokens':
    case 'model_context_window_exceeded':
      return 'length'
    case 'refusal':
      return 'refused'
    case 'pause_turn':
      return 'paused'
    default:
      throw new BadAnswer('garbled', `the answer stopped for ${JSON.stringify(reason ?? null)}`, usage)
  }
}

/** The vendor's buckets do not overlap. */
export function usageOf(usage: VendorUsage): Usage {
  return {
    input: usage.input_tokens ?? 0,
    cacheRead: usage.cache_read_input_tokens ?? 0,
    cacheWrite: usage.cache_creation_input_tokens ?? 0,
    output: usage.output_tokens ?? 0,
  }
}
