// Exchange
//
// Owns:   the `fetch` given to the SDKs: the request as it leaves the machine, and status and headers of the answer.
// Leaves: what the vendors mean by it (failures.ts, rate-limits.ts).
//
// X1. No header goes out that is not named here: both SDKs add whatever ANTHROPIC_CUSTOM_HEADERS and
//     OPENAI_CUSTOM_HEADERS say on the machine, credentials included.
// X2. No answer is longer than it may be: a server that never stops does not fill the memory.
// X3. A redirect ends the call: prompt and source code go to the configured host and to no other.

import type { Cloud } from './clouds.ts'
import { NO_KEY } from './shown-message.ts'

export const MOST_BYTES = 64 * 1024 * 1024

/** Status and headers of an answer, good or bad. */
export interface HttpExchange {
  status?: number
  headers: Headers
}

export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>

const OUTGOING = /^(accept|content-type|user-agent|anthropic-version|x-stainless-.*|idempotency-key)$/

/** Credentials that a cloud's SDK puts into a request. */
const OF_CLOUD: Readonly<Record<Exclude<Cloud['kind'], 'azure'>, RegExp>> = {
  bedrock: /^(authorization|x-amz-.*)$/,
  vertex: /^(authorization|x-goog-user-project)$/,
}

interface HttpOptions {
  readonly key: string
  readonly cloud?: Cloud | undefined
  readonly fetch: Fetch
  readonly mostBytes: number
}

export function recordingFetch(exchange: HttpExchange, options: HttpOptions): Fetch {
  const { fetch, mostBytes } = options
  return async (input, init) => {
    const headers = outgoing(new Headers(init?.headers), options)
    const response = await fetch(input, { ...init, headers, redirect: 'manual' })
    exchange.status = response.status
    exchange.headers = response.headers
    if (response.status >= 300 && response.status < 400) throw await refusedRedirect(input, response)
    const whole = new Response(response.body?.pipeThrough(limited(mostBytes)) ?? null, response)
    return response.ok ? whole : withError(whole)
  }
}

/** X1. A key goes out as it is configured; without one, the credentials of a cloud are those that its SDK found. */
function outgoing(given: Headers, { key, cloud }: HttpOptions): Headers {
  const hasCredentials = cloud !== undefined && cloud.kind !== 'azure' && key === NO_KEY
  const headers = new Headers()
  given.forEach((value, name) => {
    if (OUTGOING.test(name) || (hasCredentials && OF_CLOUD[cloud.kind].test(name))) headers.set(name, value)
  })
  if (cloud?.kind === 'azure') headers.set('api-key', key)
  else if (!hasCredentials) headers.set('authorization', `Bearer ${key}`)
  return headers
}

/**
 * A refusal in the one shape that the SDKs read, `{error}`: vLLM and SGLang put the message beside it, FastAPI has a `detail`, and
 * the SDKs would say that there is no body.
 */
async function withError(response: Response): Promise<Response> {
  const text = await response.text()
  const given = jsonIn(text)
  const { status, headers } = response
  if (given === undefined || 'error' in given) return new Response(text, { status, headers })
  const { message = given.detail ?? given, type, code } = given
  const error = { message: typeof message === 'string' ? message : JSON.stringify(message), type, code }
  return new Response(JSON.stringify({ error }), { status, headers })
}

function jsonIn(text: string): Record<string, unknown> | undefined {
  try {
    const given: unknown = JSON.parse(text)
    return typeof given === 'object' && given !== null ? (given as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

/** The server sent the call elsewhere (X3). */
export class RedirectRefused extends Error {}

async function refusedRedirect(input: string | URL | Request, response: Response): Promise<RedirectRefused> {
  await response.body?.cancel()
  const asked = new URL(input instanceof Request ? input.url : input)
  const location = response.headers.get('location')
  const target = location === null ? null : URL.parse(location, asked.href)
  return new RedirectRefused(
    `${asked.origin} answered with a redirect (status ${response.status}) to ${target?.origin ?? 'no address'}; ` +
      'redirects are not followed, because the prompt would go to another host: set base-url to the final address',
  )
}

/** X2. */
function limited(mostBytes: number): TransformStream<Uint8Array, Uint8Array> {
  let taken = 0
  return new TransformStream({
    transform(chunk, controller) {
      taken += chunk.length
      if (taken <= mostBytes) controller.enqueue(chunk)
      else controller.error(new Error(`it is longer than ${mostBytes} bytes`))
    },
  })
}
