// OpenAI's replies, Responses
//
// Owns:   a streamed answer down to its last event, an answer read as a draft.
//
// R1. Only an answer that says it is completed or incomplete is one: the SDK's own stream takes one that broke off
//     for an empty answer in progress.
// R2. An answer that took all the tokens it may take was cut off, also where the server says that it is completed.
// R3. `cached_tokens` and `cache_write_tokens` are inside `input_tokens`: they are taken out.

import { z } from 'zod'
import type { StopReason, Usage } from '../../../machines/index.ts'
import type { DraftBlock, ReplyDraft } from '../answers.ts'
import { BadAnswer, kindOf, vendorError } from '../failures.ts'
import { argumentsShape, read, usageIn } from '../shape.ts'

const count = z.int().nonnegative()
const usageShape = z.object({
  input_tokens: count,
  output_tokens: count,
  input_tokens_details: z
    .object({ cached_tokens: count.nullish(), cache_write_tokens: count.nullish() })
    .nullish(),
})

const itemShape = z.looseObject({ type: z.string() })
type OutputItem = z.infer<typeof itemShape>

const responseShape = z.object({
  status: z.string().nullish(),
  error: z.looseObject({ message: z.string() }).nullish(),
  incomplete_details: z.object({ reason: z.string().nullish() }).nullish(),
  output: z
    .array(itemShape)
    .nullish()
    .transform((items) => items ?? []),
  usage: usageIn(usageShape),
})
type VendorResponse = z.infer<typeof responseShape>

const eventShape = z.looseObject({ type: z.string() })
const deltaShape = z.object({ delta: z.string() })
const doneShape = z.object({ output_index: z.int().nullish(), item: itemShape })

/** Follows a streamed answer; `whole` gives what its last event says (R1). */
export class ResponsesStream {
  readonly #provider: string
  readonly #onText: (text: string) => void
  readonly #maxTokens: number
  /** In the order of arrival. */
  readonly #done: { readonly at: number; readonly item: OutputItem }[] = []
  #last: VendorResponse | undefined

  /** `maxTokens`: what the answer may take at most. */
  constructor(provider: string, maxTokens: number, onText: (text: string) => void) {
    this.#provider = provider
    this.#maxTokens = maxTokens
    this.#onText = onText
  }

  take(given: unknown): void {
    const event = read(eventShape, given)
    switch (event.type) {
      case 'response.output_text.delta':
        return this.#onText(read(deltaShape, event).delta)
      case 'response.output_item.done': {
        // llama.cpp numbers no items.
        const { output_index: at, item } = read(doneShape, event)
        this.#done.push({ at: at ?? this.#done.length, item })
        return
      }
      case 'response.completed':
      case 'response.incomplete':
      case 'response.failed':
        this.#last = read(z.object({ response: responseShape }), event).response
        this.#last.status ??= event.type.slice('response.'.length)
        return
      default:
        // Every other event says in parts what the last one says whole.
        return
    }
  }

  whole(): ReplyDraft {
    if (!this.#last)
      throw new BadAnswer('garbled', 'the answer is not whole: it broke off before its last event')
    const items = this.#done.toSorted((one, other) => one.at - other.at).map(({ item }) => item)
    const output = this.#last.output.length > 0 ? this.#last.output : items
    return draftOf({ ...this.#last, output }, this.#provider, this.#maxTokens)
  }
}

/** An answer that came at once. */
export function draftOfResponse(given: unknown, provider: string, maxTokens: number): ReplyDraft {
  return draftOf(read(responseShape, given), provider, maxTokens)
}

function draftOf(response: VendorResponse, provider: string, maxTokens: number): ReplyDraft {
  const usage = response.usage ? usageOf(response.usage) : undefined
  if (response.error || response.status === 'failed') {
    const error = vendorError(response.error) ?? { message: response.error?.message ?? 'the answer failed' }
    throw new BadAnswer(kindOf(error), error.message, usage)
  }
  const refused = response.output.some((item) => contentOf(item).some(({ type }) => type === 'refusal'))
  const blocks = response.output.flatMap((item) => blocksOf(item, provider))
  const stop = stopOf(response, usage)
  // R2.
  const isCut = stop === 'end' && usage !== undefined && usage.output >= maxTokens
  return { blocks, stop: refused ? 'refused' : isCut ? 'length' : stop, usage }
}

function stopOf(
  { status, incomplete_details: details }: VendorResponse,
  usage: Usage | undefined,
): StopReason {
  if (status === 'completed') return 'end'
  if (status === 'incomplete') {
    if (details?.reason === 'max_output_tokens') return 'length'
    if (details?.reason === 'content_filter') return 'refused'
  }
  const why = JSON.stringify(details?.reason ?? null)
  throw new BadAnswer('garbled', `the answer is ${status ?? 'of no status'}, reason ${why}`, usage)
}

const callShape = z.object({ call_id: z.string().nullish(), name: z.string(), arguments: argumentsShape })
const partShape = z.looseObject({
  type: z.string(),
  text: z.string().optional(),
  refusal: z.string().optional(),
})
const messageShape = z.object({ content: z.array(partShape) })

function contentOf(item: OutputItem): z.infer<typeof partShape>[] {
  return item.type === 'message' ? read(messageShape, item).content : []
}

function blocksOf(item: OutputItem, provider: string): DraftBlock[] {
  if (item.type === 'message') {
    return contentOf(item).map((part) => ({ type: 'text', text: part.text ?? part.refusal ?? '' }))
  }
  if (item.type === 'function_call') {
    const { call_id: id, name, arguments: json } = read(callShape, item)
    return [{ type: 'draft_call', id: id ?? '', name, json }]
  }
  // `status` is told by the vendor and refused when it is told back.
  const { status: _, ...value } = item
  return [{ type: 'opaque', provider, value }]
}

function usageOf({
  input_tokens,
  output_tokens,
  input_tokens_details: details,
}: z.infer<typeof usageShape>): Usage {
  const cacheRead = details?.cached_tokens ?? 0
  const cacheWrite = details?.cache_write_tokens ?? 0
  // R3.
  return {
    input: Math.max(0, input_tokens - cacheRead - cacheWrite),
    cacheRead,
    cacheWrite,
    output: output_tokens,
  }
}
