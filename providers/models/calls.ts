// Calls
//
// Owns:   one call from a legal request to a result, the same for every vendor: the watch, the record of the
//         exchange, the classification of whatever went wrong.
// Leaves: the vendors' shapes (Protocol), another try (governor).
//
// Q1. Nothing escapes as an exception, and no message holds the key.
// Q2. A conversation that no vendor would take is not sent.
// Q3. What broke off in the middle was not free.

import {
  type FailureKind,
  type ModelFailure,
  type ModelRequest,
  problemsOf,
  type RateLimit,
  type Usage,
} from '../../machines/index.ts'
import type { Adaptations } from './adaptations.ts'
import { estimatedUsage, type ReplyDraft, replyOf } from './answers.ts'
import type { Cloud } from './clouds.ts'
import { type Fetch, type HttpExchange, RedirectRefused, recordingFetch } from './exchange.ts'
import {
  BadAnswer,
  causeOf,
  connectionAdvice,
  cutMessage,
  deepest,
  kindOf,
  MissingSdk,
  type VendorError,
} from './failures.ts'
import { windowIn } from './learnt-window.ts'
import type { SendOptions, TryResult } from './model.ts'
import { rateLimitsOf, retryAfterOf } from './rate-limits.ts'
import { shownMessage } from './shown-message.ts'
import { watched } from './watch.ts'
import { withWrittenCalls } from './written-calls.ts'

/** Where a model is and how it is asked. */
export interface Endpoint {
  readonly name: `${string}/${string}`
  /** With its path, as the vendor's SDK wants it. */
  readonly baseUrl: string
  readonly key: string
  /** Whole answers at once, for servers that cannot stream; silence is then no sign. */
  readonly stream: boolean
  readonly effort?: 'low' | 'medium' | 'high'
  /** Whose credentials and addresses are used; absent: a key and `baseUrl` alone. */
  readonly cloud?: Cloud
  /** What this model's server refused of earlier requests. */
  readonly adaptations: Adaptations
  readonly fetch: Fetch
  readonly mostBytes: number
  readonly now: () => number
}

/** One attempt, as a protocol sees it. */
export interface Attempt {
  readonly signal: AbortSignal
  readonly timeoutMs: number
  readonly fetch: Fetch
  /** Each sign of life of the answer. */
  alive(): void
  onText(text: string): void
  /** What the vendor says was taken until now. */
  onUsage(usage: Usage): void
}

export interface Protocol {
  /** The whole answer; throws BadAnswer or the SDK's own errors. */
  ask(request: ModelRequest, attempt: Attempt): Promise<ReplyDraft>
  /** What the vendor refused with, when the SDK's error is the vendor's answer. */
  refusalOf(error: unknown): VendorError | undefined
  /** Whether the SDK says that there was no connection. */
  isUnconnected(error: unknown): boolean
}

/** What follows the provider's name: what the vendor calls the model. */
export function modelIdOf(name: string): string {
  return name.slice(name.indexOf('/') + 1)
}

export async function send(
  endpoint: Endpoint,
  protocol: Protocol,
  request: ModelRequest,
  options: SendOptions,
): Promise<TryResult> {
  const problems = problemsOf(request.turns)
  if (problems.length > 0) {
    const message = `the conversation is not legal: ${problems.slice(0, 5).join('; ')}`
    return { kind: 'failed', model: endpoint.name, failure: { kind: 'bad_request', message }, limits: [] }
  }
  const exchange: HttpExchange = { headers: new Headers() }
  const limits = (): RateLimit[] => rateLimitsOf(exchange.headers, endpoint.now())
  const { signal, idleMs, deadlineMs } = options
  const times = { signal, deadlineMs, ...(endpoint.stream ? { idleMs } : {}) }
  const taken: CallProgress = { characters: 0, told: undefined }
  const failed = (failure: ModelFailure): TryResult => ({
    kind: 'failed',
    model: endpoint.name,
    failure: withUsage({ ...failure, ...idOf(exchange) }, taken, request, exchange),
    limits: limits(),
  })
  try {
    const ended = await watched(times, (signal, alive) =>
      adaptedAnswer(
        request,
        attemptOf({ endpoint, exchange, options, taken }, signal, alive),
        endpoint,
        protocol,
      ),
    )
    if ('result' in ended) {
      const reply = replyOf(withWrittenCalls(ended.result, request), request)
      return { kind: 'replied', model: endpoint.name, reply, limits: limits() }
    }
    const kind = ended.cut === 'aborted' ? 'aborted' : 'timed_out'
    return failed({ kind, message: cutMessage(ended.cut, idleMs, deadlineMs) })
  } catch (error) {
    return failed(failureOf(error, protocol, exchange, endpoint))
  }
}

/** The answer to the request in a form that the server takes: a refusal that names a part is followed by a request without it. */
async function adaptedAnswer(
  request: ModelRequest,
  attempt: Attempt,
  { adaptations }: Endpoint,
  protocol: Protocol,
): Promise<ReplyDraft> {
  for (;;) {
    const made = adaptations.needed
    try {
      return await protocol.ask(request, attempt)
    } catch (error) {
      const refusal = protocol.refusalOf(error)
      if (refusal === undefined || !adaptations.learn(refusal.message, made)) throw error
    }
  }
}

/** The progress of a call that may still fail. */
interface CallProgress {
  characters: number
  told: Usage | undefined
}

interface CallContext {
  readonly endpoint: Endpoint
  readonly exchange: HttpExchange
  readonly options: SendOptions
  readonly taken: CallProgress
}

function attemptOf(
  { endpoint, exchange, options, taken }: CallContext,
  signal: AbortSignal,
  alive: () => void,
): Attempt {
  return {
    signal,
    // The SDK's own, which ends with the headers, comes after the watch's.
    timeoutMs: options.deadlineMs + 1_000,
    fetch: recordingFetch(exchange, endpoint),
    alive,
    onText(text) {
      taken.characters += text.length
      options.onText?.(text)
    },
    onUsage(usage) {
      taken.told = usage
    },
  }
}

/** Failures of an answer that had begun. */
const BROKEN_OFF: ReadonlySet<FailureKind> = new Set(['garbled', 'timed_out', 'aborted'])

/** An answer that broke off is paid all the same: as the vendor told, or as it may have been (Q3). */
function withUsage(
  failure: ModelFailure,
  { characters, told }: CallProgress,
  request: ModelRequest,
  { status, headers }: HttpExchange,
): ModelFailure {
  const began = status === 200 && /json|event-?stream/.test(headers.get('content-type') ?? '')
  const estimate = estimatedUsage(request, characters)
  const known = failure.usage ?? told ?? (began && BROKEN_OFF.has(failure.kind) ? estimate : undefined)
  if (!known) return failure
  return { ...failure, usage: { ...known, output: Math.max(known.output, estimate.output) } }
}

function failureOf(
  error: unknown,
  protocol: Protocol,
  exchange: HttpExchange,
  endpoint: Endpoint,
): ModelFailure {
  const { status } = exchange
  const shown = (message: string): string => shownMessage(message, endpoint.key)
  const redirect = causeOf(error, RedirectRefused)
  // The server that answers there is not the configured model.
  const missing = causeOf(error, MissingSdk)
  if (missing) return { kind: 'unknown_model', message: missing.message }
  if (redirect) return { kind: 'unknown_model', message: shown(redirect.message), ...(status && { status }) }
  const refusal = protocol.refusalOf(error)
  if (refusal) {
    const retryAfterMs = retryAfterOf(exchange.headers, endpoint.now())
    const kind = kindOf(refusal)
    const window = kind === 'too_long' ? windowIn(refusal.message) : undefined
    return {
      kind,
      message: shown(refusal.message),
      ...(window === undefined ? {} : { window }),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      ...(refusal.status === undefined ? {} : { status: refusal.status }),
    }
  }
  if (error instanceof BadAnswer) {
    const { kind, message, usage } = error
    return { kind, message: shown(message), ...(usage ? { usage } : {}) }
  }
  // Without headers no answer came; with headers the answer was unusable.
  const kind = status === undefined && protocol.isUnconnected(error) ? 'unreachable' : 'garbled'
  const what = kind === 'garbled' ? 'the answer cannot be read' : `${endpoint.baseUrl} cannot be reached`
  const reason = deepest(error)
  return { kind, message: shown(`${what}: ${reason}${connectionAdvice(reason)}`) }
}

function idOf({ headers }: HttpExchange): { requestId?: string } {
  const requestId = headers.get('request-id') ?? headers.get('x-request-id')
  return requestId === null ? {} : { requestId }
}
