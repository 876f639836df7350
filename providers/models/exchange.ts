// Exchange
//
// Owns:   the `fetch` that is given to the SDKs: what leaves the machine, and what came back beside the body.
// Leaves: what the vendors mean by it (failures.ts, rate-limits.ts).
//
// X1. No header goes out that is not named here: both SDKs add whatever ANTHROPIC_CUSTOM_HEADERS and
//     OPENAI_CUSTOM_HEADERS say on the machine, credentials included.

/** What was seen of an answer, good or bad, beside its body. */
export interface Exchange {
  status?: number
  headers: Headers
}

export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>

const OUTGOING = /^(accept|content-type|user-agent|anthropic-version|x-stainless-.*|idempotency-key)$/

export function recordingFetch(exchange: Exchange, key: string, fetch: Fetch): Fetch {
  return async (input, init) => {
    const headers = new Headers({ authorization: `Bearer ${key}` })
    new Headers(init?.headers).forEach((value, name) => {
      if (OUTGOING.test(name)) headers.set(name, value)
    })
    const response = await fetch(input, { ...init, headers })
    exchange.status = response.status
    exchange.headers = response.headers
    return response
  }
}
