// Governor
//
// Owns:   the calls of one model, whoever makes them: who is next, when the next may go, and what each end says of
//         the vendor. There is one of it for each model in a process.
// Leaves: trying again and asking another model (asker.ts), the vendor's protocol (models/).
//
// G1. A call is sent only when all agree: not paused, nobody asked to wait, the breaker, the vendor's limits, room.
// G2. Until the vendor was heard, one call at a time: its limits are known from the first answer.
// G3. The first in the queue waits until all agree (G1); no call overtakes it.
// G4. Every call that comes in comes out: with the model's result, by its deadline, by its signal, or turned away.

import type { Clock } from '../../kernel/index.ts'
import {
  type FailureKind,
  type ModelFact as GovernorFact,
  type ModelFailure,
  type ModelRequest,
  type RateLimit,
  remedyOf,
} from '../../machines/index.ts'
import { within } from '../../platform/index.ts'
import type { Model, TryResult } from '../models/model.ts'
import { Allowance } from './allowance.ts'
import { askBreaker, type Breaker, type BreakerEvent, breakerAfter, newBreaker } from './breaker.ts'
import { type Concurrency, lowered, newConcurrency, raised } from './concurrency.ts'
import { FairQueue, type QueueEntry } from './fair-queue.ts'
import { Pace } from './pace.ts'
import type { GovernorSettings } from './settings.ts'
import { SizeGuess } from './size.ts'

/** One try. */
interface GovernedCall {
  readonly request: ModelRequest
  readonly key: string
  readonly try: number
  readonly signal: AbortSignal
  readonly deadline: number
  /** Lanes take turns. */
  readonly lane: string
  /** The turn it had before, which it keeps. */
  readonly turn?: number | undefined
  /** Waits for an open breaker; otherwise it is turned away, to ask another model. */
  readonly patient: boolean
}

type AttemptResult =
  | { readonly kind: 'ended'; readonly result: TryResult; readonly turn: number; readonly probe: boolean }
  | { readonly kind: 'turned_away' }

/** Nothing is sent until then. */
interface Pause {
  readonly reason: FailureKind
  readonly message: string
  /** Infinity: until somebody resumes it. */
  readonly until: number
}

/** How a model stands just now. */
export interface GovernorStatus {
  readonly model: string
  readonly underWay: number
  readonly waiting: number
  readonly allowed: number
  readonly breaker: Breaker['state']
  /** Infinity: until somebody resumes it. */
  readonly pausedUntil: number | undefined
}

interface QueuedCall {
  readonly call: GovernedCall
  readonly end: (tried: AttemptResult) => void
  readonly crash: (error: unknown) => void
}

/** What a model has beyond its deadline to answer that it has passed. */
const OVERTIME_MS = 5_000

interface GovernorOptions {
  readonly model: Model
  readonly settings: GovernorSettings
  readonly clock: Clock
  readonly tell: (fact: GovernorFact) => void
}

export class Governor {
  readonly #options: GovernorOptions
  readonly #queue = new FairQueue<QueuedCall>()
  readonly #allowance = new Allowance()
  readonly #pace: Pace
  readonly #sizes = new SizeGuess()
  /** Of the vendor, as last heard. */
  readonly #limits = new Map<RateLimit['of'], number>()
  #concurrency: Concurrency
  #breaker: Breaker
  #pause: Pause | undefined
  /** Somebody was asked to wait so long. */
  #blockedUntil = 0
  #underWay = 0
  #sent = 0
  #heard = false
  #wake: (() => void) | undefined

  constructor(options: GovernorOptions) {
    this.#options = options
    this.#concurrency = newConcurrency(options.settings.concurrency)
    this.#pace = new Pace(options.settings)
    this.#breaker = newBreaker(options.settings.breaker)
  }

  get name(): string {
    return this.#options.model.name
  }

  get pause(): Pause | undefined {
    if (this.#pause && this.#now >= this.#pause.until) this.resume()
    return this.#pause
  }

  /** When a call could be sent as far as the breaker is concerned; 0: now. */
  get openUntil(): number {
    const { state, until } = this.#breaker
    if (state === 'probing') return this.#now + 1
    return state === 'open' && until > this.#now ? until : 0
  }

  get standing(): GovernorStatus {
    return {
      model: this.name,
      underWay: this.#underWay,
      waiting: this.#queue.size,
      allowed: Math.floor(this.#concurrency.allowed),
      breaker: this.#breaker.state,
      pausedUntil: this.pause?.until,
    }
  }

  get #now(): number {
    return this.#options.clock.now()
  }

  resume(): void {
    if (!this.#pause) return
    this.#pause = undefined
    // Whether the vendor agrees, one call finds out.
    this.#heard = false
    this.#options.tell({ type: 'model.resumed', model: this.name })
    this.#pump()
  }

  try(call: GovernedCall): Promise<AttemptResult> {
    const { promise, resolve, reject } = Promise.withResolvers<AttemptResult>()
    const waiting = this.#queue.add(call.lane, { call, end: resolve, crash: reject }, call.turn)
    const leave = (failure: ModelFailure): void => {
      // Once it is sent the model keeps deadline and signal.
      if (!this.#queue.has(waiting)) return
      this.#queue.remove(waiting)
      resolve({
        kind: 'ended',
        result: { kind: 'failed', model: this.name, failure, limits: [] },
        turn: waiting.turn,
        probe: false,
      })
      this.#pump()
    }
    const aborted = (): void => leave({ kind: 'aborted', message: `${this.name}: it was given up` })
    const message = `${this.name}: its turn did not come before its deadline`
    const late = (): void => leave({ kind: 'timed_out', message })
    const cancel = this.#options.clock.after(Math.max(0, call.deadline - this.#now), late)
    call.signal.addEventListener('abort', aborted, { once: true })
    if (call.signal.aborted) aborted()
    if (this.#now >= call.deadline) late()
    this.#pump()
    return promise.finally(() => {
      cancel()
      call.signal.removeEventListener('abort', aborted)
    })
  }

  /** Sends as many as may go now, and comes back when the next may (G1, G3). */
  #pump(): void {
    this.#wake?.()
    this.#wake = undefined
    this.#turnAway()
    for (let first = this.#queue.first(); first; first = this.#queue.first()) {
      const wait = this.#waitFor(first.item.call)
      if (wait > 0) {
        if (Number.isFinite(wait)) this.#wake = this.#options.clock.after(wait, () => this.#pump())
        return
      }
      const asked = askBreaker(this.#breaker, this.#now)
      this.#turn(asked.breaker)
      if (asked.permit === 'none') return
      this.#queue.take(first)
      void this.#send(first, asked.permit === 'probe')
    }
  }

  /** Infinity: an end of a call that is under way comes first. */
  #waitFor({ request }: GovernedCall): number {
    const now = this.#now
    const room = this.#heard ? Math.floor(this.#concurrency.allowed) : 1
    if (this.#underWay >= room) return Number.POSITIVE_INFINITY
    if (this.#breaker.state === 'probing') return Number.POSITIVE_INFINITY
    const size = this.#sizes.of(request)
    return Math.max(
      this.#blockedUntil - now,
      this.openUntil - now,
      this.#allowance.wait(size, now),
      this.#pace.wait(size, now),
      0,
    )
  }

  /** Those who need not wait for what may take long. */
  #turnAway(): void {
    const isOpen = this.openUntil > 0
    const gone = this.pause
      ? this.#queue.removeAll(() => true)
      : this.#queue.removeAll(({ call }) => isOpen && !call.patient)
    for (const { end } of gone) end({ kind: 'turned_away' })
  }

  async #send({ turn, item: { call, end, crash } }: QueueEntry<QueuedCall>, probe: boolean): Promise<void> {
    const { tell } = this.#options
    const began = this.#now
    const size = this.#sizes.of(call.request)
    const flight = this.#allowance.take(size, began)
    const counted = this.#pace.take(size, began)
    this.#underWay += 1
    this.#sent = flight.number
    tell({ type: 'model.started', model: this.name, key: call.key, try: call.try })
    let result: TryResult | undefined
    try {
      result = await this.#resultOf(call)
    } catch (error) {
      crash(error)
    }
    this.#underWay -= 1
    this.#allowance.settle(flight, result?.limits ?? [], this.#now)
    this.#hear(result?.limits ?? [])
    this.#learn(result, { call, probe, number: flight.number })
    if (result?.kind === 'replied') {
      const { usage } = result.reply
      this.#sizes.learn(call.request, usage)
      counted(usage.input + usage.cacheRead + usage.cacheWrite + usage.output)
      tell({ type: 'model.replied', model: this.name, key: call.key, ms: this.#now - began, usage })
    }
    if (result) end({ kind: 'ended', result, turn, probe })
    this.#pump()
  }

  async #resultOf({ request, signal, deadline }: GovernedCall): Promise<TryResult> {
    const { model, settings, clock } = this.#options
    const deadlineMs = Math.min(settings.callMs, Math.max(1, deadline - this.#now))
    const message = `${this.name} did not keep its deadline`
    const sent = model.send(request, { signal, idleMs: settings.idleMs, deadlineMs })
    return within(clock, deadlineMs + OVERTIME_MS, sent, () => {
      return { kind: 'failed', model: this.name, failure: { kind: 'timed_out', message }, limits: [] }
    })
  }

  /** What the end of a call says of the vendor. */
  #learn(result: TryResult | undefined, { call, probe, number }: CallEnd): void {
    if (result && (result.kind === 'replied' || result.limits.length > 0)) this.#heard = true
    if (result?.kind === 'replied') {
      this.#concurrency = raised(this.#concurrency, this.#underWay + 1)
      return this.#beat(probe ? { type: 'PROBE.SUCCEEDED' } : { type: 'SUCCEEDED' })
    }
    const failure = result?.failure
    const sign = failure && this.#now < call.deadline ? signOf(failure.kind) : 'none'
    if (failure && (sign === 'throttled' || sign === 'overloaded')) this.#throttle(failure, number)
    if (failure) this.#obey(failure)
    if (sign === 'alive') this.#beat(probe ? { type: 'PROBE.SUCCEEDED' } : { type: 'SUCCEEDED' })
    else if (sign === 'failing' || sign === 'overloaded')
      this.#beat({ type: probe ? 'PROBE.FAILED' : 'FAILED', at: this.#now })
    else if (probe) this.#beat({ type: 'PROBE.DROPPED' })
  }

  #throttle({ kind, retryAfterMs }: ModelFailure, number: number): void {
    this.#concurrency = lowered(this.#concurrency, number, this.#sent)
    const concurrency = Math.floor(this.#concurrency.allowed)
    this.#options.tell({ type: 'model.throttled', model: this.name, reason: kind, concurrency, retryAfterMs })
  }

  /** What the vendor asked for holds for everybody. */
  #obey({ kind, message, retryAfterMs }: ModelFailure): void {
    const wait = retryAfterMs ?? (kind === 'out_of_quota' ? Number.POSITIVE_INFINITY : 0)
    if (
      kind === 'out_of_quota' ||
      (remedyOf(kind) === 'again' && wait > this.#options.settings.longestWaitMs)
    )
      this.#stop({ reason: kind, message, until: this.#now + wait })
    else if (remedyOf(kind) === 'again') this.#blockedUntil = Math.max(this.#blockedUntil, this.#now + wait)
  }

  #stop(pause: Pause): void {
    // Those that were under way come back with the same news.
    const isNew = this.#pause === undefined || pause.until > this.#pause.until
    if (!isNew) return
    this.#pause = pause
    const { reason, message } = pause
    const until = Number.isFinite(pause.until) ? pause.until : undefined
    this.#options.tell({ type: 'model.paused', model: this.name, reason, message, until })
  }

  /** What the vendor says of its limits is told when it is news. */
  #hear(limits: readonly RateLimit[]): void {
    const news = limits.filter(({ of, limit }) => limit > 0 && this.#limits.get(of) !== limit)
    if (news.length === 0) return
    for (const { of, limit } of news) this.#limits.set(of, limit)
    const known = Object.fromEntries(this.#limits)
    this.#options.tell({ type: 'model.limits_learnt', model: this.name, limits: known })
  }

  #beat(event: BreakerEvent): void {
    this.#turn(breakerAfter(this.#breaker, event))
  }

  #turn(breaker: Breaker): void {
    const before = this.#breaker.state
    this.#breaker = breaker
    const { state, until } = breaker
    if (state === before) return
    const model = this.name
    if (state === 'open') this.#options.tell({ type: 'model.breaker_opened', model, until })
    if (state === 'probing') this.#options.tell({ type: 'model.breaker_half_open', model })
    if (state === 'closed') this.#options.tell({ type: 'model.breaker_closed', model })
  }
}

interface CallEnd {
  readonly call: GovernedCall
  readonly probe: boolean
  readonly number: number
}

/** What a failure says of the vendor's health. */
function signOf(kind: FailureKind): 'alive' | 'throttled' | 'overloaded' | 'failing' | 'none' {
  switch (kind) {
    case 'rate_limited':
      return 'throttled'
    case 'overloaded':
      return 'overloaded'
    case 'timed_out':
    case 'unreachable':
    case 'server_fault':
    case 'garbled':
      return 'failing'
    case 'out_of_quota':
    case 'aborted':
      return 'none'
    case 'unauthorized':
    case 'unknown_model':
    case 'too_long':
    case 'bad_request':
      return 'alive'
    default:
      return kind satisfies never
  }
}
