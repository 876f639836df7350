// Adaptations
//
// Owns:   what servers of a protocol refuse of its requests, and the form that they take; learnt from the refusal.
// Leaves: sending the request again (calls.ts), the vendors' full requests (anthropic/, openai-chat/, openai-responses/).
//
// A1. An adaptation that a model needed once is made in each of its later requests: a refusal is met once.
// A2. A refused request took no tokens, and each adaptation is tried once for a request.

type Body = Record<string, unknown>
type BodyMessage = Body & {
  readonly role?: unknown
  readonly content?: unknown
  readonly tool_calls?: unknown
}

interface Adaptation {
  /** What the server says when it needs it. */
  readonly refusal: RegExp
  readonly apply: (body: Body) => Body
}

const ADAPTATIONS = {
  withoutCacheKey: { refusal: /prompt_cache_key/, apply: without('prompt_cache_key') },
  withoutStreamOptions: { refusal: /stream_options/, apply: without('stream_options') },
  /** Of models that do not reason. */
  withoutReasoning: {
    refusal:
      /encrypted content is not supported|\binclude\b.*(not supported|unknown|unsupported|not permitted)/i,
    apply: without('include'),
  },
  withoutCacheMarks: {
    refusal: /cache_control.*(not permitted|not supported|unsupported|unknown)/i,
    apply: (body) => withoutDeep(body, 'cache_control') as Body,
  },
  newLimit: {
    refusal: /'?max_tokens'? is not supported.*max_completion_tokens/i,
    apply: ({ max_tokens, ...body }) => ({ ...body, max_completion_tokens: max_tokens }),
  },
  oldLimit: {
    refusal:
      /max_completion_tokens.*(unsupported|not supported|not permitted|unrecognized)|(unsupported|unrecognized|unknown).*max_completion_tokens/i,
    apply: ({ max_completion_tokens, ...body }) => ({ ...body, max_tokens: max_completion_tokens }),
  },
  /** Gemma's templates, o1-mini. */
  systemAsUser: {
    refusal:
      /system role (is )?not supported|does not support '?system'?|developer instruction is not enabled|only user(,| and) assistant( and tool)? roles are supported/i,
    apply: (body) => withMessages(body, systemAsUser),
  },
  /** Llama 3's templates. */
  oneCallATurn: {
    refusal:
      /only supports single tool-calls? at once|parallel (tool|function) calls? (is|are) not supported|does not support (parallel|multiple) (tool|function) calls/i,
    apply: (body) => withMessages(body, oneCallATurn),
  },
  /** For turns of other models, and for turns in which the model did not reason. */
  reasoningInEachCall: {
    refusal: /reasoning_content.*(must be passed back|is missing)/i,
    apply: (body) => withMessages(body, (messages) => messages.map(withReasoning)),
  },
} as const satisfies Readonly<Record<string, Adaptation>>

type AdaptationName = keyof typeof ADAPTATIONS
const NAMES = Object.keys(ADAPTATIONS) as AdaptationName[]

/** Those that one model needs. */
export class Adaptations {
  readonly #needed = new Set<AdaptationName>()

  /** Those that the next request has. */
  get needed(): ReadonlySet<AdaptationName> {
    return new Set(this.#needed)
  }

  apply<Request extends object>(body: Request): Request {
    let adapted = { ...body } as Body
    for (const name of this.#needed) adapted = ADAPTATIONS[name].apply(adapted)
    return adapted as Request
  }

  /** Whether the refusal of a request with the adaptations `made` names one that it did not have (A2). */
  learn(refusal: string, made: ReadonlySet<AdaptationName>): boolean {
    const found = NAMES.find((name) => !made.has(name) && ADAPTATIONS[name].refusal.test(refusal))
    if (found === undefined) return false
    this.#needed.add(found)
    return true
  }
}

function without(field: string): (body: Body) => Body {
  return ({ [field]: _, ...body }) => body
}

function withoutDeep(value: unknown, field: string): unknown {
  if (Array.isArray(value)) return value.map((each) => withoutDeep(each, field))
  if (typeof value !== 'object' || value === null) return value
  const kept = Object.entries(value).filter(([name]) => name !== field)
  return Object.fromEntries(kept.map(([name, each]) => [name, withoutDeep(each, field)]))
}

function withMessages(
  body: Body,
  change: (messages: readonly BodyMessage[]) => readonly BodyMessage[],
): Body {
  return Array.isArray(body.messages) ? { ...body, messages: change(body.messages as BodyMessage[]) } : body
}

/** The instructions begin the first message of the user. */
function systemAsUser(messages: readonly BodyMessage[]): readonly BodyMessage[] {
  const [system, first, ...rest] = messages
  if (system?.role !== 'system') return messages
  if (first?.role !== 'user') return [{ ...system, role: 'user' }, ...messages.slice(1)]
  return [{ ...first, content: `${String(system.content)}\n\n${String(first.content)}` }, ...rest]
}

/** A turn with several calls becomes several turns, each with its result behind it. */
function oneCallATurn(messages: readonly BodyMessage[]): readonly BodyMessage[] {
  return messages.flatMap((message, at): readonly BodyMessage[] => {
    if (message.role === 'tool') {
      return callsBefore(messages, at) > 1 ? [] : [message]
    }
    const calls = Array.isArray(message.tool_calls) ? (message.tool_calls as readonly { id?: unknown }[]) : []
    if (calls.length < 2) return [message]
    const results = messages.slice(at + 1)
    return calls.flatMap((call, place): readonly BodyMessage[] => {
      const result = results.find(({ tool_call_id: id }) => id === call.id)
      const said = place === 0 ? message : { ...message, content: null }
      return [{ ...said, tool_calls: [call] }, ...(result ? [result] : [])]
    })
  })
}

/** How many calls the assistant's turn has that the result at a place belongs to. */
function callsBefore(messages: readonly BodyMessage[], at: number): number {
  const calls = messages.slice(0, at).findLast(({ role }) => role === 'assistant')?.tool_calls
  return Array.isArray(calls) ? calls.length : 0
}

function withReasoning(message: BodyMessage): BodyMessage {
  if (!Array.isArray(message.tool_calls) || message.reasoning_content) return message
  // Not empty: some servers take an empty text for a missing one.
  return { ...message, reasoning_content: ' ' }
}
