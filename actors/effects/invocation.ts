// Invocation
//
// Owns:   running the invocations of machines: at least once, one run at a time for each idempotency key.
// Leaves: the work (implementations), using the outcome (the machine).
//
// A paid result is stored before it is used; a repeated run under its key returns the stored result (promise P3).
//
// An aborted run reports no outcome (promise P5); the next run under its key waits until it has ended, or until the
// wait is given up.

import { type Address, backoff, type Effect, type Fact, failure, type Outcome } from '../../kernel/index.ts'
import type { EffectResults } from '../../persistence/index.ts'
import { sleep, within } from '../../platform/index.ts'
import type { Clock } from '../clock.ts'
import type { Implementation, Implementations } from '../implementations.ts'

type Invocation = Effect & { kind: 'invocation' }

/** Pauses between attempts of one invocation. */
const RETRY = { firstMs: 100, maxMs: 10_000 }

interface InvocationRun {
  readonly abort: AbortController
  readonly settled: Promise<void>
}

export interface InvocationOptions {
  readonly store: EffectResults
  readonly clock: Clock
  readonly random: () => number
  readonly implementations: Implementations
  readonly maxAttempts: number
  readonly tell: (fact: Fact) => void
  readonly fail: (error: unknown) => void
}

export class Invocations {
  readonly #options: InvocationOptions
  readonly #runs = new Map<string, InvocationRun>()

  constructor(options: InvocationOptions) {
    this.#options = options
  }

  /** Starts a run; `back` is called with the outcome unless the run is aborted before. */
  start(address: Address, key: string, effect: Invocation, back: (outcome: Outcome) => void): void {
    const former = this.#runs.get(key)
    if (former && !former.abort.signal.aborted) return
    const abort = new AbortController()
    const settled = this.#run(address, key, effect, abort.signal, former).then(
      (outcome) => {
        if (this.#runs.get(key)?.abort === abort) this.#runs.delete(key)
        if (!abort.signal.aborted) back(outcome)
      },
      // Only the store can fail here.
      this.#options.fail,
    )
    this.#runs.set(key, { abort, settled })
  }

  /**
   * Aborts these runs. Resolves `true` when all have ended within the time, `false` when some still run; with
   * `withinMs` 0 it does not wait.
   */
  async abort(keys: Iterable<string>, withinMs: number): Promise<boolean> {
    const runs = [...keys].flatMap((key) => this.#runs.get(key) ?? [])
    for (const run of runs) run.abort.abort()
    if (runs.length === 0) return true
    const ended = Promise.all(runs.map((run) => run.settled)).then(() => true)
    return within(this.#options.clock, withinMs, ended, () => false)
  }

  get keys(): string[] {
    return [...this.#runs.keys()]
  }

  async #run(
    address: Address,
    key: string,
    effect: Invocation,
    signal: AbortSignal,
    former: InvocationRun | undefined,
  ): Promise<Outcome> {
    await former?.settled
    const kept = await this.#options.store.effectResult(key)
    if (kept) return kept
    const implementation = this.#options.implementations[effect.src]
    if (!implementation) return failed(new Error(`the source '${effect.src}' has no implementation`))
    const outcome = await this.#attempt(implementation, address, key, effect, signal)
    // An aborted run has no result; the result of a finished run is stored even when no actor waits for it.
    if (outcome.kind === 'done') await this.#options.store.saveEffectResult(key, outcome)
    return outcome
  }

  async #attempt(
    implementation: Implementation,
    address: Address,
    key: string,
    effect: Invocation,
    signal: AbortSignal,
  ): Promise<Outcome> {
    const { clock, tell, maxAttempts, random } = this.#options
    for (let attempt = 1; ; attempt += 1) {
      if (signal.aborted) return failed(new Error('aborted'))
      const since = clock.now()
      const about = { address, src: effect.src, key }
      tell({ type: 'effect.started', ...about, attempt })
      try {
        const output = await implementation({ input: effect.input, key, attempt, address, signal })
        tell({ type: 'effect.finished', ...about, ok: true, ms: clock.now() - since })
        return { kind: 'done', output: output ?? null }
      } catch (thrown) {
        const error = failure(thrown)
        // The actor that aborted the run expects no outcome.
        if (signal.aborted) return { kind: 'failed', error }
        tell({ type: 'effect.finished', ...about, ok: false, ms: clock.now() - since, error })
        if (attempt >= maxAttempts || !isRetryable(thrown)) return failed(thrown)
        await sleep(clock, backoff(attempt, RETRY, { kind: 'equal', random: random() }), signal)
      }
    }
  }
}

function failed(error: unknown): Outcome {
  return { kind: 'failed', error: failure(error) }
}

function isRetryable(error: unknown): boolean {
  return typeof error === 'object' && error !== null && (error as { retryable?: unknown }).retryable === true
}
