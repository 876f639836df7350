// Anthropic's streams
//
// Owns:   a streamed answer put together from its events.
// Leaves: the content (reply.ts).
//
// R1. An answer counts only when it is whole: it began, each of its blocks began once and ended, it stopped for a
//     reason and said so. The SDK takes a stream that just ends for a complete one.

import { z } from 'zod'
import { parseJson } from '../../../kernel/index.ts'
import type { Usage } from '../../../machines/index.ts'
import type { ReplyDraft } from '../answers.ts'
import { BadAnswer } from '../failures.ts'
import { read, usageIn } from '../shape.ts'
import {
  blockShape,
  draftBlock,
  messageShape,
  stopOf,
  usageOf,
  usageShape,
  type VendorBlock,
  type VendorUsage,
} from './reply.ts'

const eventShape = z.discriminatedUnion('type', [
  z.object({ type: z.literal('message_start'), message: messageShape }),
  z.object({ type: z.literal('content_block_start'), index: z.int(), content_block: blockShape }),
  z.object({
    type: z.literal('content_block_delta'),
    index: z.int(),
    delta: z.looseObject({
      type: z.string(),
      text: z.string().optional(),
      partial_json: z.string().optional(),
      thinking: z.string().optional(),
      signature: z.string().optional(),
    }),
  }),
  z.object({ type: z.literal('content_block_stop'), index: z.int() }),
  z.object({
    type: z.literal('message_delta'),
    delta: z.object({ stop_reason: z.string().nullish() }),
    usage: usageIn(usageShape),
  }),
  z.object({ type: z.literal('message_stop') }),
])
type VendorEvent = z.infer<typeof eventShape>
const KNOWN = new Set<string>(eventShape.options.map(({ shape }) => shape.type.value))

/** A block while it comes. */
interface OpenBlock {
  readonly block: VendorBlock
  text: string[]
  json: string[]
  thinking: string[]
  signature: string
  ended: boolean
}

/** Puts a streamed answer together; `whole` gives it when it is one (R1). */
export class AnthropicStream {
  readonly #blocks = new Map<number, OpenBlock>()
  readonly #provider: string
  readonly #onText: (text: string) => void
  #usage: VendorUsage | undefined
  #stop: string | null | undefined
  #began = false
  #ended = false

  constructor(provider: string, onText: (text: string) => void) {
    this.#provider = provider
    this.#onText = onText
  }

  take(given: unknown): void {
    const { type } = read(z.looseObject({ type: z.string() }), given)
    // The vendor may add events; those that are not known say nothing that is needed.
    if (!KNOWN.has(type)) return
    const event = read(eventShape, given)
    if (!this.#began && event.type !== 'message_start')
      throw this.#bad('it does not begin with message_start')
    this.#on(event)
  }

  #on(event: VendorEvent): void {
    switch (event.type) {
      case 'message_start':
        this.#began = true
        this.#usage = event.message.usage ?? undefined
        return
      case 'content_block_start':
        if (this.#blocks.has(event.index)) throw this.#bad(`block ${event.index} begins twice`)
        this.#blocks.set(event.index, begun(event.content_block))
        return
      case 'content_block_delta':
        return this.#grow(this.#block(event.index), event.delta)
      case 'content_block_stop':
        this.#block(event.index).ended = true
        return
      case 'message_delta':
        this.#stop = event.delta.stop_reason
        if (event.usage) this.#usage = merged(this.#usage, event.usage)
        return
      case 'message_stop':
        this.#ended = true
        return
      default:
        event satisfies never
    }
  }

  #block(index: number): OpenBlock {
    const open = this.#blocks.get(index)
    if (!open || open.ended) throw this.#bad(`block ${index} is not open`)
    return open
  }

  #grow(
    open: OpenBlock,
    delta: {
      text?: string | undefined
      partial_json?: string | undefined
      thinking?: string | undefined
      signature?: string | undefined
    },
  ): void {
    if (delta.text !== undefined) {
      open.text.push(delta.text)
      this.#onText(delta.text)
    }
    if (delta.partial_json !== undefined) open.json.push(delta.partial_json)
    if (delta.thinking !== undefined) open.thinking.push(delta.thinking)
    if (delta.signature !== undefined) open.signature += delta.signature
  }

  /** The usage so far, for the budget: an answer that broke off is paid, too. */
  get usage(): Usage | undefined {
    return this.#usage && usageOf(this.#usage)
  }

  whole(): ReplyDraft {
    if (!this.#began) throw new BadAnswer('garbled', 'the answer holds no message')
    if (!this.#ended) throw this.#bad('it broke off before message_stop')
    const blocks = [...this.#blocks].sort(([one], [other]) => one - other)
    for (const [index, { ended }] of blocks) if (!ended) throw this.#bad(`block ${index} does not end`)
    const drafts = blocks.map(([, open]) => draftBlock(closed(open), this.#provider, jsonOf(open)))
    return { blocks: drafts, stop: stopOf(this.#stop, this.usage), usage: this.usage }
  }

  #bad(what: string): BadAnswer {
    return new BadAnswer('garbled', `the answer is not whole: ${what}`, this.usage)
  }
}

function begun(block: VendorBlock): OpenBlock {
  const text = typeof block.text === 'string' ? [block.text] : []
  const thinking = typeof block.thinking === 'string' ? [block.thinking] : []
  return { block, text, json: [], thinking, signature: '', ended: false }
}

/** Some servers give the whole input when the block begins. */
function jsonOf({ block, json }: OpenBlock): string {
  return json.length > 0 || block.type !== 'tool_use' ? json.join('') : JSON.stringify(block.input ?? {})
}

function closed({ block, text, json, thinking, signature }: OpenBlock): VendorBlock {
  if (block.type === 'text') return { ...block, text: text.join('') }
  if (block.type === 'thinking') {
    return { ...block, thinking: thinking.join(''), signature: signature || block.signature }
  }
  if (block.type === 'tool_use' || json.length === 0) return block
  return { ...block, input: inputOf(json.join('')) }
}

/** Of the vendor's own tools, which go back to it as they came. */
function inputOf(json: string): unknown {
  try {
    return parseJson(json)
  } catch {
    throw new BadAnswer('garbled', "the input of one of the vendor's own tools is no JSON")
  }
}

/** Later counts are totals, not additions; an absent count keeps its value. */
function merged(before: VendorUsage | undefined, after: VendorUsage): VendorUsage {
  return {
    input_tokens: after.input_tokens ?? before?.input_tokens,
    output_tokens: after.output_tokens ?? before?.output_tokens,
    cache_read_input_tokens: after.cache_read_input_tokens ?? before?.cache_read_input_tokens,
    cache_creation_input_tokens: after.cache_creation_input_tokens ?? before?.cache_creation_input_tokens,
  }
}
