// Pace
//
// Owns:   how many requests and tokens may be sent in a minute because somebody here said so, whatever the vendor allows.
// Leaves: what the vendor allows (allowance.ts).
//
// P1. In no minute, whenever it begins, are more requests sent than that; nor more tokens, of calls under way as they are
//     guessed, of others as they were counted.
// P2. A call larger than all the tokens of a minute is sent alone in one.

import type { Size } from './size.ts'

const MINUTE_MS = 60_000

interface PaceSettings {
  readonly requestsPerMinute?: number | undefined
  readonly tokensPerMinute?: number | undefined
}

interface SentTokens {
  readonly at: number
  tokens: number
}

export class Pace {
  readonly #requests: number
  readonly #tokens: number
  /** Of the last minute, oldest first. */
  #sent: SentTokens[] = []

  constructor({ requestsPerMinute, tokensPerMinute }: PaceSettings) {
    this.#requests = requestsPerMinute ?? Number.POSITIVE_INFINITY
    this.#tokens = tokensPerMinute ?? Number.POSITIVE_INFINITY
  }

  /** Milliseconds until a call of this size fits; 0 when it does now. */
  wait(size: Size, now: number): number {
    this.#sent = this.#sent.filter(({ at }) => at + MINUTE_MS > now)
    let left = this.#sent.length
    let used = this.#sent.reduce((sum, { tokens }) => sum + tokens, 0)
    let wait = 0
    for (const { at, tokens } of this.#sent) {
      if (left < this.#requests && used + tokensOf(size) <= this.#tokens) return wait
      left -= 1
      used -= tokens
      wait = at + MINUTE_MS - now
    }
    return wait
  }

  /** A call is being sent. Call the returned function with the tokens it took. */
  take(size: Size, now: number): (tokens: number) => void {
    const sent = { at: now, tokens: tokensOf(size) }
    this.#sent.push(sent)
    return (tokens) => {
      sent.tokens = tokens
    }
  }
}

function tokensOf({ input, output }: Size): number {
  return input + output
}
