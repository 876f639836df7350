// OpenAI's replies, Chat Completions
//
// Owns:   a streamed answer put together from its chunks, an answer read as a draft.
//
// R1. An answer that does not say why it stopped broke off.
// R2. A new id begins a new call, also at the place of another: some servers number every call 0.

import { z } from 'zod'
import type { StopReason, Usage } from '../../../machines/index.ts'
import type { DraftBlock, ReplyDraft } from '../answers.ts'
import { BadAnswer } from '../failures.ts'
import { read } from '../shape.ts'

const count = z.int().nonnegative()
const usageShape = z.object({
  prompt_tokens: count,
  completion_tokens: count,
  prompt_tokens_details: z
    .object({ cached_tokens: count.nullish(), cache_write_tokens: count.nullish() })
    .nullish(),
})

const chunkShape = z.object({
  choices: z.array(
    z.object({
      delta: z
        .object({
          content: z.string().nullish(),
          refusal: z.string().nullish(),
          tool_calls: z
            .array(
              z.object({
                index: z.int().nullish(),
                id: z.string().nullish(),
                function: z.object({ name: z.string().nullish(), arguments: z.string().nullish() }).nullish(),
              }),
            )
            .nullish(),
        })
        .nullish(),
      finish_reason: z.string().nullish(),
    }),
  ),
  usage: usageShape.nullish(),
})
type ToolCallPiece = NonNullable<
  NonNullable<z.infer<typeof chunkShape>['choices'][number]['delta']>['tool_calls']
>[number]

const completionShape = z.object({
  choices: z
    .array(
      z.object({
        message: z.object({
          content: z.string().nullish(),
          refusal: z.string().nullish(),
          tool_calls: z
            .array(
              z.object({
                id: z.string().nullish(),
                function: z.object({ name: z.string(), arguments: z.string() }),
              }),
            )
            .nullish(),
        }),
        finish_reason: z.string().nullish(),
      }),
    )
    .min(1),
  usage: usageShape.nullish(),
})

interface OpenCall {
  id: string
  name: string
  json: string[]
}

/** Puts a streamed answer together; `whole` gives it when it is one (R1). */
export class ChatStream {
  readonly #onText: (text: string) => void
  readonly #text: string[] = []
  readonly #refusal: string[] = []
  readonly #calls: OpenCall[] = []
  /** The call that grows at each of the vendor's places. */
  readonly #growing = new Map<number, OpenCall>()
  #finish: string | undefined
  #usage: Usage | undefined

  constructor(onText: (text: string) => void) {
    this.#onText = onText
  }

  get usage(): Usage | undefined {
    return this.#usage
  }

  take(given: unknown): void {
    const { choices, usage } = read(chunkShape, given)
    if (usage) this.#usage = usageOf(usage)
    const [choice] = choices
    if (!choice) return
    const { content, refusal, tool_calls } = choice.delta ?? {}
    if (content) {
      this.#text.push(content)
      this.#onText(content)
    }
    if (refusal) this.#refusal.push(refusal)
    for (const piece of tool_calls ?? []) this.#grow(piece)
    this.#finish = choice.finish_reason ?? this.#finish
  }

  #grow({ index, id, function: part }: ToolCallPiece): void {
    const place = index ?? 0
    let call = this.#growing.get(place)
    // R2.
    if (!call || (id && call.id !== '' && id !== call.id)) {
      call = { id: '', name: '', json: [] }
      this.#growing.set(place, call)
      this.#calls.push(call)
    }
    call.id = id || call.id
    call.name = part?.name || call.name
    if (part?.arguments) call.json.push(part.arguments)
  }

  whole(): ReplyDraft {
    const calls = this.#calls.map(({ id, name, json }) => ({ id, name, json: json.join('') }))
    return draftOf(this.#text.join(''), this.#refusal.join(''), calls, this.#finish, this.#usage)
  }
}

/** An answer that came at once. */
export function draftOfCompletion(given: unknown): ReplyDraft {
  const { choices, usage } = read(completionShape, given)
  const [choice] = choices
  const { content, refusal, tool_calls } = choice?.message ?? {}
  const calls = (tool_calls ?? []).map(({ id, function: { name, arguments: json } }) => ({
    id: id ?? '',
    name,
    json,
  }))
  const used = usage ? usageOf(usage) : undefined
  return draftOf(content ?? '', refusal ?? '', calls, choice?.finish_reason, used)
}

function draftOf(
  text: string,
  refusal: string,
  calls: readonly { id: string; name: string; json: string }[],
  finish: string | null | undefined,
  usage: Usage | undefined,
): ReplyDraft {
  const stop = refusal === '' ? stopOf(finish, usage) : 'refused'
  const blocks: DraftBlock[] = [
    { type: 'text', text: text + refusal },
    ...calls.map((call) => ({ type: 'draft_call' as const, ...call })),
  ]
  return { blocks, stop, usage }
}

function stopOf(reason: string | null | undefined, usage: Usage | undefined): StopReason {
  switch (reason) {
    case 'stop':
      return 'end'
    case 'tool_calls':
    case 'function_call':
      return 'tool_calls'
    case 'length':
      return 'length'
    case 'content_filter':
      return 'refused'
    default: {
      const why = reason ? `it stopped for ${JSON.stringify(reason)}` : 'it broke off'
      throw new BadAnswer('garbled', `the answer is not whole: ${why}`, usage)
    }
  }
}

/** Cached tokens are inside `prompt_tokens`. */
function usageOf(usage: z.infer<typeof usageShape>): Usage {
  const { prompt_tokens: all, completion_tokens: output, prompt_tokens_details: details } = usage
  const cacheRead = details?.cached_tokens ?? 0
  const cacheWrite = details?.cache_write_tokens ?? 0
  return { input: Math.max(0, all - cacheRead - cacheWrite), cacheRead, cacheWrite, output }
}
