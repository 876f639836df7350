// OpenAI's replies, Chat Completions
//
// Owns:   a streamed answer put together from its chunks, an answer read as a draft.
//
// R1. A streamed answer that does not say why it stopped broke off; one that came at once is whole.
// R2. A new id begins a new call, also at the place of another: some servers number every call 0.
// R3. Reasoning is kept as a block of its model, under the name of the field that it came in.

import { z } from 'zod'
import type { StopReason, Usage } from '../../../machines/index.ts'
import type { DraftBlock, ReplyDraft } from '../answers.ts'
import { BadAnswer } from '../failures.ts'
import { argumentsShape, read, usageIn } from '../shape.ts'

const count = z.int().nonnegative()
const usageShape = z.object({
  prompt_tokens: count,
  completion_tokens: count,
  prompt_tokens_details: z
    .object({ cached_tokens: count.nullish(), cache_write_tokens: count.nullish() })
    .nullish(),
})

/** A text, or parts of which those of type `text` are it (Mistral puts its thoughts beside them). */
const contentShape = z
  .union([z.string(), z.array(z.looseObject({ type: z.string(), text: z.string().optional() }))])
  .nullish()
  .transform((given) =>
    Array.isArray(given)
      ? given.map(({ type, text = '' }) => (type === 'text' ? text : '')).join('')
      : (given ?? ''),
  )

/** DeepSeek, Qwen, Kimi, llama.cpp; vLLM, Ollama, OpenRouter, Groq. */
const reasoningShape = {
  reasoning_content: z.string().nullish().catch(undefined),
  reasoning: z.string().nullish().catch(undefined),
}

const chunkShape = z.object({
  choices: z
    .array(
      z.object({
        delta: z
          .object({
            content: contentShape,
            refusal: z.string().nullish(),
            ...reasoningShape,
            tool_calls: z
              .array(
                z.object({
                  index: z.int().nullish(),
                  id: z.string().nullish(),
                  function: z.object({ name: z.string().nullish(), arguments: argumentsShape }).nullish(),
                }),
              )
              .nullish(),
          })
          .nullish(),
        finish_reason: z.string().nullish(),
      }),
    )
    .nullish(),
  usage: usageIn(usageShape),
})
type Choice = NonNullable<z.infer<typeof chunkShape>['choices']>[number]
type ToolCallPiece = NonNullable<NonNullable<Choice['delta']>['tool_calls']>[number]

const completionShape = z.object({
  choices: z
    .array(
      z.object({
        message: z.object({
          content: contentShape,
          refusal: z.string().nullish(),
          ...reasoningShape,
          tool_calls: z
            .array(
              z.object({
                id: z.string().nullish(),
                function: z.object({ name: z.string(), arguments: argumentsShape }),
              }),
            )
            .nullish(),
        }),
        finish_reason: z.string().nullish(),
      }),
    )
    .min(1),
  usage: usageIn(usageShape),
})

interface OpenCall {
  id: string
  name: string
  json: string[]
}

/** Puts a streamed answer together; `whole` gives it when it is one (R1). */
export class ChatStream {
  readonly #provider: string
  readonly #onText: (text: string) => void
  readonly #reasoning: Reasoning = { field: 'reasoning_content', text: [] }
  readonly #text: string[] = []
  readonly #refusal: string[] = []
  readonly #calls: OpenCall[] = []
  /** The call that grows at each of the vendor's places. */
  readonly #growing = new Map<number, OpenCall>()
  #finish: string | undefined
  #usage: Usage | undefined

  constructor(provider: string, onText: (text: string) => void) {
    this.#provider = provider
    this.#onText = onText
  }

  get usage(): Usage | undefined {
    return this.#usage
  }

  take(given: unknown): void {
    const { choices, usage } = read(chunkShape, given)
    if (usage) this.#usage = usageOf(usage)
    const choice = choices?.[0]
    if (!choice) return
    const { content, refusal, tool_calls, ...thoughts } = choice.delta ?? {}
    addReasoning(this.#reasoning, thoughts)
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
    const words = { text: this.#text.join(''), refusal: this.#refusal.join('') }
    const reasoning = reasoningBlock(this.#reasoning, this.#provider)
    return draftOf({ ...words, calls, reasoning }, this.#finish, this.#usage)
  }
}

/** An answer that came at once. */
export function draftOfCompletion(given: unknown, provider: string): ReplyDraft {
  const { choices, usage } = read(completionShape, given)
  const [choice] = choices
  const { content, refusal, tool_calls, ...thoughts } = choice?.message ?? {}
  const calls = (tool_calls ?? []).map(({ id, function: { name, arguments: json } }) => ({
    id: id ?? '',
    name,
    json,
  }))
  const used = usage ? usageOf(usage) : undefined
  const reasoning: Reasoning = { field: 'reasoning_content', text: [] }
  addReasoning(reasoning, thoughts)
  const said = { text: content ?? '', refusal: refusal ?? '', calls }
  return draftOf(
    { ...said, reasoning: reasoningBlock(reasoning, provider) },
    choice?.finish_reason || 'stop',
    used,
  )
}

/** Reasoning as it comes, and the field that it comes in. */
interface Reasoning {
  field: keyof typeof reasoningShape
  readonly text: string[]
}

function addReasoning(
  reasoning: Reasoning,
  { reasoning_content, reasoning: other }: { [Field in Reasoning['field']]?: string | null | undefined },
): void {
  const text = reasoning_content || other
  if (!text) return
  // OpenRouter and newer vLLM send both, with the same text.
  reasoning.field = reasoning_content ? 'reasoning_content' : 'reasoning'
  reasoning.text.push(text)
}

/** R3. */
function reasoningBlock({ field, text }: Reasoning, provider: string): DraftBlock[] {
  return text.length === 0 ? [] : [{ type: 'opaque', provider, value: { [field]: text.join('') } }]
}

interface MessageParts {
  readonly text: string
  readonly refusal: string
  readonly calls: readonly { id: string; name: string; json: string }[]
  readonly reasoning: readonly DraftBlock[]
}

function draftOf(
  { text, refusal, calls, reasoning }: MessageParts,
  finish: string | null | undefined,
  usage: Usage | undefined,
): ReplyDraft {
  const stop = refusal === '' ? stopOf(finish, usage) : 'refused'
  const blocks: DraftBlock[] = [
    ...reasoning,
    { type: 'text', text: text + refusal },
    ...calls.map((call) => ({ type: 'draft_call' as const, ...call })),
  ]
  return { blocks, stop, usage }
}

function stopOf(reason: string | null | undefined, usage: Usage | undefined): StopReason {
  switch (reason?.toLowerCase()) {
    case 'stop':
    case 'stop_sequence':
    case 'end_turn':
    case 'eos':
    case 'eos_token':
      return 'end'
    case 'tool_calls':
    case 'tool_use':
    case 'function_call':
      return 'tool_calls'
    case 'length':
    case 'max_tokens':
    case 'model_length':
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
