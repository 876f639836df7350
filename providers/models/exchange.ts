// Exchange
//
// Owns:   the `fetch` that is given to the SDKs: what leaves the machine, and what came back beside the body.
// Leaves: what the vendors mean by it (failures.ts, rate-limits.ts).
//
// X1. No header goes out that is not named here: both SDKs add whatever ANTHROPIC_CUSTOM_HEADERS and
//     OPENAI_CUSTOM_HEADERS say on the machine, credentials included.
// X2. No answer is longer than it may be: a server that never stops does not fill the memory.

export const MOST_BYTES = 64 * 1024 * 1024

/** What was seen of an answer, good or bad, beside its body. */
export interface Exchange {
  status?: number
  headers: Headers
}

export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>

const OUTGOING = /^(accept|content-type|user-agent|anthropic-version|x-stainless-.*|idempotency-key)$/

export interface Sending {
  readonly key: string
  readonly fetch: Fetch
  readonly mostBytes: number
}

export function recordingFetch(exchange: Exchange, { key, fetch, mostBytes }: Sending): Fetch {
  return async (input, init) => {
    const headers = new Headers({ authorization: `Bearer ${key}` })
    new Headers(init?.headers).forEach((value, name) => {
      if (OUTGOING.test(name)) headers.set(name, value)
    })
    const response = await fetch(input, { ...init, headers })
    exchange.status = response.status
    exchange.headers = response.headers
    return new Response(response.body?.pipeThrough(limited(mostBytes)) ?? null, response)
  }
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
