// Chain call
//
// Owns:   putting a question to the models of its chain: which model is tried, how often, after how long a wait. The one
//         place in which calls are repeated.
// Leaves: when a try may be sent (governor.ts), how a conversation is put to each vendor (models/).
//
// A1. Each question begins with the first of its chain: a model that failed an earlier one is not left out for it,
//     only while its breaker is open or its vendor has it paused.
// A2. A model is left after `fallBackAfter` failed tries when another can be asked; what is left of its tries stays
//     for a later round.
// A3. Out of quota is no failure of the question: with no other model left it is answered `paused`.
// A4. A try that failed and was paid all the same ends its question, and is told with the answer: whoever asked had
//     money for one try, and asks again when there is money for another.

import type { Clock } from '../../kernel/index.ts'
import {
  type ModelFact as GovernorFact,
  type LostTry,
  type ModelFailure,
  type ModelResult,
  remedyOf,
  tokensOf,
} from '../../machines/index.ts'
import { sleep } from '../../platform/index.ts'
import type { Chance } from './chance.ts'
import type { Governor } from './governor.ts'
import type { ModelQuestion } from './question.ts'
import { pauseBeforeRetry } from './retry-pause.ts'
import type { GovernorSettings } from './settings.ts'

interface ChainCallContext {
  readonly clock: Clock
  readonly chance: Chance
  readonly tell: (fact: GovernorFact) => void
}

/** A model of the chain, and what became of the tries with it. */
export class Candidate {
  readonly governor: Governor
  readonly settings: GovernorSettings
  tries = 0
  /** Not before this. */
  readyAt = 0
  /** How its last try failed. */
  failure: ModelFailure | undefined
  /** The turn it had in the queue. */
  turn: number | undefined
  /** It will never answer this question. */
  over = false

  constructor(governor: Governor, settings: GovernorSettings) {
    this.governor = governor
    this.settings = settings
  }

  get canBeAsked(): boolean {
    return !this.over && !this.governor.pause && this.tries < this.settings.tries
  }
}

export class ChainCall {
  readonly #question: ModelQuestion
  readonly #candidates: readonly Candidate[]
  readonly #deadline: number
  readonly #with: ChainCallContext
  /** Before the last try. */
  readonly #lost: LostTry[] = []
  #last: { readonly candidate: Candidate; readonly failure: ModelFailure } | undefined
  /** Numbered over all models. */
  #tries = 0
  #at: Candidate | undefined

  constructor(question: ModelQuestion, candidates: readonly Candidate[], around: ChainCallContext) {
    this.#question = question
    this.#candidates = candidates
    this.#with = around
    this.#deadline = around.clock.now() + Math.max(...candidates.map(({ settings }) => settings.deadlineMs))
  }

  get #isLate(): boolean {
    return this.#with.clock.now() >= this.#deadline
  }

  async run(): Promise<ModelResult> {
    for (let candidate = this.#next(); candidate; candidate = this.#next()) {
      const answer = await this.#try(candidate)
      if (answer) return answer
      if (this.#isLate && this.#last) break
    }
    return this.#conclude()
  }

  /** A2. A question that waits for breakers waits for the one that ends first. */
  #next(): Candidate | undefined {
    const askable = this.#candidates.filter((candidate) => candidate.canBeAsked)
    const closed = askable.filter(({ governor }) => governor.openUntil === 0)
    const fresh = closed.find(({ tries, settings }) => tries < settings.fallBackAfter)
    if (fresh) return fresh
    const [rested] = closed.toSorted((one, other) => one.tries - other.tries || one.readyAt - other.readyAt)
    if (rested) return rested
    return askable.toSorted((one, other) => one.governor.openUntil - other.governor.openUntil)[0]
  }

  async #try(candidate: Candidate): Promise<ModelResult | undefined> {
    const { clock } = this.#with
    const { key, request, signal, lane = key } = this.#question
    this.#tellOf(candidate)
    await sleep(clock, Math.min(candidate.readyAt, this.#deadline) - clock.now(), signal)
    if (this.#isLate && this.#last) return undefined
    const others = this.#candidates.some(
      (each) => each !== candidate && each.canBeAsked && each.governor.openUntil === 0,
    )
    const tried = await candidate.governor.try({
      request,
      key,
      signal,
      lane,
      try: this.#tries + 1,
      turn: candidate.turn,
      deadline: this.#deadline,
      patient: !others,
    })
    if (tried.kind === 'turned_away') return undefined
    candidate.turn = tried.turn
    this.#tries += 1
    if (!tried.probe) candidate.tries += 1
    const { limits: _, ...result } = tried.result
    this.#lose()
    if (result.kind === 'replied') return { ...result, lost: this.#lost }
    return this.#failedTry(candidate, result.failure)
  }

  #failedTry(candidate: Candidate, failure: ModelFailure): ModelResult | undefined {
    const { clock, chance } = this.#with
    this.#last = { candidate, failure }
    candidate.failure = failure
    const remedy = remedyOf(failure.kind)
    switch (remedy) {
      case 'again':
        // A4.
        if (failure.usage && tokensOf(failure.usage) > 0) return this.#failed(candidate, failure)
        candidate.readyAt =
          clock.now() +
          pauseBeforeRetry(candidate.settings, Math.max(1, candidate.tries), chance, failure.retryAfterMs)
        return undefined
      case 'pause':
        return undefined
      case 'another_model':
        candidate.over = true
        return undefined
      case 'shorten':
      case 'give_up':
        return this.#failed(candidate, failure)
      default:
        return remedy satisfies never
    }
  }

  /** The failed try before is followed by another, or by a pause: what it took is not in the result. */
  #lose(): void {
    if (!this.#last) return
    const { candidate, failure } = this.#last
    if (failure.usage) this.#lost.push({ model: candidate.governor.name, usage: failure.usage })
  }

  #failed(candidate: Candidate, failure: ModelFailure): ModelResult {
    const { kind, message } = failure
    const { key } = this.#question
    if (kind !== 'aborted')
      this.#with.tell({ type: 'model.failed', model: candidate.governor.name, key, kind, message })
    return { kind: 'failed', model: candidate.governor.name, failure, lost: this.#lost }
  }

  /** A3: no model of the chain can be asked any more. */
  #conclude(): ModelResult {
    const paused = this.#candidates
      .flatMap(({ governor }) => (governor.pause ? [{ model: governor.name, ...governor.pause }] : []))
      .toSorted((one, other) => one.until - other.until)[0]
    if (paused) {
      this.#lose()
      const { model, message, until } = paused
      const retryAfterMs = Number.isFinite(until) ? { retryAfterMs: until - this.#with.clock.now() } : {}
      return { kind: 'paused', model, message, ...retryAfterMs, lost: this.#lost }
    }
    if (!this.#last) throw new Error('a question ended without a try')
    return this.#failed(this.#last.candidate, this.#last.failure)
  }

  #tellOf(candidate: Candidate): void {
    const { tell, clock } = this.#with
    const { key } = this.#question
    const { name } = candidate.governor
    const from = this.#at ?? this.#candidates[0]
    this.#at = candidate
    if (from && from !== candidate) {
      const reason = this.#last?.failure.message ?? from.governor.pause?.message ?? 'its breaker is open'
      tell({ type: 'model.fell_back', key, from: from.governor.name, to: name, reason })
    }
    const { failure } = candidate
    if (!failure) return
    const afterMs = Math.max(0, candidate.readyAt - clock.now())
    tell({ type: 'model.retried', model: name, key, try: this.#tries + 1, failure, afterMs })
  }
}
