// Simulated
//
// Owns:   a clock that is moved, and a vendor on it: limits of requests and tokens, storms, slow answers.

import type { Clock } from '../../../kernel/index.ts'
import type { ModelRequest, RateLimit } from '../../../machines/index.ts'
import type { Model, SendOptions, TryResult } from '../../../providers/models/model.ts'

export class SimulatedClock implements Clock {
  #now = 1_000_000
  #number = 0
  readonly #timers = new Map<number, { at: number; callback: () => void }>()

  now(): number {
    return this.#now
  }

  after(ms: number, callback: () => void): () => void {
    this.#number += 1
    const number = this.#number
    this.#timers.set(number, { at: this.#now + Math.max(0, ms), callback })
    return () => this.#timers.delete(number)
  }

  /** Moves to the next timer, when all that can happen before it has happened; false: there is none. */
  async next(): Promise<boolean> {
    await new Promise(setImmediate)
    let first: { number: number; at: number; callback: () => void } | undefined
    for (const [number, { at, callback }] of this.#timers)
      if (!first || at < first.at) first = { number, at, callback }
    if (!first) return false
    this.#timers.delete(first.number)
    this.#now = Math.max(this.#now, first.at)
    first.callback()
    return true
  }

  /** Until what was asked for is there. */
  async until<T>(promised: Promise<T>): Promise<T> {
    let isThere = false
    const over = promised.finally(() => {
      isThere = true
    })
    over.catch(() => {})
    while (!isThere) if (!(await this.next()) && !isThere) await nothingMore(() => isThere)
    return over
  }

  async pass(ms: number): Promise<void> {
    let over = false
    this.after(ms, () => {
      over = true
    })
    while (!over) await this.next()
    await new Promise(setImmediate)
  }

  wait(ms: number): Promise<void> {
    return new Promise((resolve) => this.after(ms, resolve))
  }
}

async function nothingMore(isThere: () => boolean): Promise<void> {
  for (let turns = 0; turns < 20 && !isThere(); turns += 1) await new Promise(setImmediate)
  if (!isThere()) throw new Error('nothing more will happen, and it is not there')
}

/** A number in [0, 1) that is the same in every run. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

/** A limit as vendors keep it: given back bit by bit, or all at once at the end of a window. */
export class Quota {
  readonly #limit: number
  readonly #periodMs: number
  readonly #kind: 'bucket' | 'window'
  #left: number
  #at: number

  constructor(kind: 'bucket' | 'window', limit: number, now: number, periodMs = 60_000) {
    this.#kind = kind
    this.#limit = limit
    this.#left = limit
    this.#at = now
    this.#periodMs = periodMs
  }

  #advance(now: number): void {
    if (this.#kind === 'bucket') {
      this.#left = Math.min(this.#limit, this.#left + (this.#limit / this.#periodMs) * (now - this.#at))
      this.#at = now
    } else if (now >= this.#at + this.#periodMs) {
      this.#at += Math.floor((now - this.#at) / this.#periodMs) * this.#periodMs
      this.#left = this.#limit
    }
  }

  left(now: number): number {
    this.#advance(now)
    return this.#left
  }

  take(cost: number, now: number): void {
    this.#left = this.left(now) - cost
  }

  told(of: RateLimit['of'], now: number): RateLimit {
    const remaining = Math.max(0, Math.floor(this.left(now)))
    const missing = this.#limit - this.#left
    const resetMs =
      this.#kind === 'bucket' ? (missing / this.#limit) * this.#periodMs : this.#at + this.#periodMs - now
    return { of, limit: this.#limit, remaining, resetMs: Math.ceil(resetMs) }
  }
}

export interface VendorOptions {
  readonly name: `${string}/${string}`
  readonly clock: SimulatedClock
  readonly chance: () => number
  readonly kind?: 'bucket' | 'window'
  readonly requests?: number
  readonly tokens?: number
  /** What it does instead of answering, if anything. */
  readonly weather?: (now: number, request: ModelRequest) => Weather | undefined
  /** Between asking and arriving, and between arriving and answering. */
  readonly latency?: { readonly there: number; readonly back: number }
}

export type Weather = {
  readonly kind: 'rate_limited' | 'overloaded' | 'server_fault' | 'out_of_quota' | 'unauthorized' | 'too_long'
  readonly retryAfterMs?: number
}

/** A vendor that notes each request which came although its limit was used up. */
export class SimulatedVendor implements Model {
  readonly name: `${string}/${string}`
  readonly #options: VendorOptions
  readonly #requests: Quota | undefined
  readonly #tokens: Quota | undefined
  readonly breaches: string[] = []
  readonly arrivals: { at: number; request: ModelRequest }[] = []
  underWay = 0
  mostUnderWay = 0

  constructor(options: VendorOptions) {
    this.#options = options
    this.name = options.name
    const { kind = 'bucket', requests, tokens, clock } = options
    if (requests) this.#requests = new Quota(kind, requests, clock.now())
    if (tokens) this.#tokens = new Quota(kind, tokens, clock.now())
  }

  async send(request: ModelRequest, { signal }: SendOptions): Promise<TryResult> {
    const { clock, latency = { there: 50, back: 4_000 }, chance } = this.#options
    this.underWay += 1
    this.mostUnderWay = Math.max(this.mostUnderWay, this.underWay)
    await clock.wait(latency.there * chance())
    const outcome = this.#judge(request)
    await clock.wait(outcome.kind === 'replied' ? latency.back * (0.2 + chance()) : 20)
    this.underWay -= 1
    if (signal.aborted)
      return {
        kind: 'failed',
        model: this.name,
        failure: { kind: 'aborted', message: 'given up' },
        limits: [],
      }
    return outcome
  }

  #judge(request: ModelRequest): TryResult {
    const now = this.#options.clock.now()
    const input = tokensIn(request)
    const cost = input + request.maxOutputTokens
    this.arrivals.push({ at: now, request })
    if ((this.#requests?.left(now) ?? 1) < 1) this.breaches.push(`request at ${now}`)
    if ((this.#tokens?.left(now) ?? cost) < cost) this.breaches.push(`tokens at ${now}`)
    this.#requests?.take(1, now)
    this.#tokens?.take(cost, now)
    const limits = [this.#requests?.told('requests', now), this.#tokens?.told('tokens', now)].filter(
      (each) => each !== undefined,
    )
    const weather = this.#options.weather?.(now, request)
    if (weather)
      return { kind: 'failed', model: this.name, failure: { ...weather, message: weather.kind }, limits }
    const usage = { input, cacheRead: 0, cacheWrite: 0, output: 20 }
    const text = `${this.name} answers`
    const reply = { blocks: [{ type: 'text' as const, text }], stop: 'end' as const, usage }
    return { kind: 'replied', model: this.name, reply, limits }
  }
}

function tokensIn(request: ModelRequest): number {
  return Math.ceil(JSON.stringify(request).length / 4)
}

export function requestOf(text: string, maxOutputTokens = 100): ModelRequest {
  return {
    system: 'You write tests.',
    tools: [],
    turns: [{ role: 'user', blocks: [{ type: 'text', text }] }],
    maxOutputTokens,
  }
}
