// Allowance
//
// Owns:   how much a vendor still lets us send, by what its answers said of its limits: requests and tokens.
// Leaves: how many calls at once (concurrency.ts), the next call (fair-queue.ts).
//
// A1. `left` is never more than what the vendor has left: all that was sent and may not be in its last word is off.
//     Answers come in any order and late; each gives the rest at some moment of its call.
// A2. Used amounts come back at the reset and not before, unless the vendor has shown that it gives back bit by bit:
//     more left than it said earlier, before that reset.
// A3. A call larger than a whole limit is let through when all of the limit is there: the vendor may judge it.

import type { RateLimit } from '../../machines/index.ts'
import type { Size } from './size.ts'

interface LimitCount {
  readonly limit: number
  left: number
  /** When `left` was right. */
  at: number
  resetAt: number
  /** The amount that comes back in a millisecond, if it comes back continuously. */
  rate: number
  /** The newest call whose word was taken. */
  newest: number
  /** What calls took that may not be in that word: it need not be back at the reset it told. */
  since: number
}

/** A call under way, or one that ended while another was under way. */
interface Flight {
  readonly number: number
  readonly size: Size
  readonly at: number
  /** How many ends there were when it was sent, and when it ended. */
  readonly sent: number
  ended: number | undefined
}

interface VendorLimit {
  readonly remaining: number
  /** At the earliest: it may have been said as soon as the call was sent. */
  readonly resetAt: number
  /** How many calls had been sent. */
  readonly sent: number
}

/** The limit after the reset is unknown; vendors count by the minute. */
const MINUTE_MS = 60_000
/** Vendors tell whole seconds. */
const ROUNDING_MS = 1_000

export class Allowance {
  readonly #accounts = new Map<RateLimit['of'], LimitCount>()
  readonly #told = new Map<RateLimit['of'], VendorLimit>()
  #flights: Flight[] = []
  #sent = 0
  #ended = 0
  /** A2. */
  #trickles = false

  /** Milliseconds until a call of this size fits; 0 when it does now. */
  wait(size: Size, now: number): number {
    let longest = 0
    for (const [of, account] of this.#accounts) {
      this.#advance(of, account, now)
      const missing = Math.min(costIn(of, size), account.limit) - account.left
      if (missing <= 0) continue
      const untilReset = account.resetAt - now
      const ms = this.#trickles ? Math.min(untilReset, Math.ceil(missing / account.rate)) : untilReset
      longest = Math.max(longest, ms, 1)
    }
    return longest
  }

  /** A call is being sent. */
  take(size: Size, now: number): Flight {
    for (const [of, account] of this.#accounts) {
      this.#advance(of, account, now)
      account.left -= costIn(of, size)
      account.since += costIn(of, size)
    }
    this.#sent += 1
    const flight = { number: this.#sent, size, at: now, sent: this.#ended, ended: undefined }
    this.#flights.push(flight)
    return flight
  }

  /** It ended, and this is what the vendor said with it. */
  settle(flight: Flight, limits: readonly RateLimit[], now: number): void {
    this.#ended += 1
    flight.ended = this.#ended
    const parts = limits.some(({ of }) => of === 'input_tokens')
    for (const limit of limits) {
      // A sum of the parts is only the tightest of them, told again.
      if (limit.limit > 0 && !(parts && limit.of === 'tokens')) this.#hear(flight, limit, now)
    }
    const oldest = this.#flights.find(({ ended }) => ended === undefined)
    this.#flights = this.#flights.filter(
      ({ ended }) => ended === undefined || ended > (oldest?.sent ?? ended),
    )
  }

  #hear(flight: Flight, { of, limit, remaining, resetMs }: RateLimit, now: number): void {
    const known = this.#accounts.get(of)
    if (known) this.#advance(of, known, now)
    this.#learnTrickle(flight, of, remaining, now)
    const since = this.#mayBeMissing(flight, of)
    const least = remaining - since
    const left = Math.max(known?.left ?? least, least)
    if (known && flight.number < known.newest) {
      known.left = left
      return
    }
    const resetAt = now + resetMs + Math.min(ROUNDING_MS, resetMs)
    // The rest is told in whole numbers: it may be up to one smaller.
    const missing = limit - remaining - 1
    const rate = missing > 0 ? missing / Math.max(1, resetAt - now) : (known?.rate ?? 0)
    const newest = flight.number
    this.#accounts.set(of, {
      limit,
      left: Math.min(left, remaining),
      at: now,
      resetAt,
      rate,
      newest,
      since,
    })
    const earliest = flight.at + resetMs - ROUNDING_MS
    this.#told.set(of, { remaining, resetAt: earliest, sent: this.#sent })
  }

  /** Other calls under way: the vendor may not have counted them yet in its answer. */
  #mayBeMissing(flight: Flight, of: RateLimit['of']): number {
    return this.#sum(of, (each) => each !== flight && (each.ended === undefined || each.ended > flight.sent))
  }

  #sum(of: RateLimit['of'], counts: (flight: Flight) => boolean): number {
    return this.#flights.reduce((sum, each) => (counts(each) ? sum + costIn(of, each.size) : sum), 0)
  }

  /** A call sent after the last answer lowers the rest by at least one, unless amounts came back meanwhile. */
  #learnTrickle(flight: Flight, of: RateLimit['of'], remaining: number, now: number): void {
    const told = this.#told.get(of)
    if (of !== 'requests' || !told || flight.number <= told.sent) return
    if (remaining >= told.remaining && now < told.resetAt) this.#trickles = true
  }

  #advance(of: RateLimit['of'], account: LimitCount, now: number): void {
    const underWay = this.#sum(of, ({ ended }) => ended === undefined)
    if (now >= account.resetAt) {
      account.left = account.limit - account.since
      account.since = underWay
      account.resetAt = now + MINUTE_MS
    } else if (this.#trickles) {
      const most = Math.max(account.limit - underWay, account.left)
      account.left = Math.min(most, account.left + account.rate * (now - account.at))
    }
    account.at = now
  }
}

function costIn(of: RateLimit['of'], { input, mostOutput, output }: Size): number {
  switch (of) {
    case 'requests':
      return 1
    case 'tokens':
      return input + mostOutput
    case 'input_tokens':
      return input
    case 'output_tokens':
      return output
    default:
      return of satisfies never
  }
}
