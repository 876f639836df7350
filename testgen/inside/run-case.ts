// Run case
//
// Owns:   running one case from its first step to its observation.
// Leaves: which cases (search/), what the probes and stubs noted meanwhile (probes.ts, stubs.ts), errors (thrown.ts).
//
// R1. Nothing escapes: whatever the code under test does ends in an outcome.
// R2. Waiting is real only for microtasks and a few turns of the event loop; timers run on the clock.

import { types } from 'node:util'
import type { Case, CaseStep, Expression } from '../expression.ts'
import type { CaseOutcome, Observation, Reading, Unusable } from '../outcome.ts'
import type { Bench } from './bench.ts'
import { type BuildScope, build, CannotBuild, lookUp, ownerOf } from './build.ts'
import { type ObservedView, observe } from './observe.ts'
import { Spies } from './spies.ts'
import { describeThrown, troubleIn } from './thrown.ts'

// Taken before the stubs are installed.
const nextTurn = setImmediate

const MAX_IDLE_TURNS = 12

const MAX_STEPS = 40_000

/** The observation of a run, and the step that broke it. */
export interface CaseRun extends Observation {
  /** The step, other than the last, that threw. */
  readonly brokeAt?: number
}

export function runCase(bench: Bench, test: Case, watching: boolean): CaseRun | Promise<CaseRun> {
  const { probes, clock, stubs } = bench
  probes.begin(MAX_STEPS, watching)
  clock.reset(test.moment)
  Object.assign(stubs, { chance: test.chance, usedChance: false, usedFolder: false, ended: false })
  return new Running(bench, test).go()
}

/** Waits one turn of the event loop and tells whether an error was left uncaught: it would fail the test, too. */
export async function somethingEscaped({ stubs }: Bench): Promise<boolean> {
  const before = stubs.escaped
  await new Promise<void>((resolve) => nextTurn(resolve))
  return stubs.escaped > before
}

type PromiseState =
  | { kind: 'fulfilled'; value: unknown }
  | { kind: 'rejected'; error: unknown }
  | { kind: 'pending' }

class Running {
  readonly #bench: Bench
  readonly #test: Case
  readonly #results: unknown[] = []
  readonly #awaits: number[] = []
  readonly #waits: number[] = []
  readonly #spies = new Spies()
  readonly #around: BuildScope

  constructor(bench: Bench, test: Case) {
    this.#bench = bench
    this.#test = test
    this.#around = {
      exports: bench.code.exports,
      importedClasses: bench.code.importedClasses,
      results: this.#results,
      tick: bench.probes.tick,
    }
  }

  get #view(): ObservedView {
    return { pathOf: this.#bench.code.pathOf, counts: this.#bench.counts }
  }

  get #last(): number {
    return this.#test.steps.length - 1
  }

  go(): CaseRun | Promise<CaseRun> {
    while (this.#results.length <= this.#last) {
      let result: unknown
      try {
        result = this.#perform(this.#test.steps[this.#results.length] as CaseStep)
      } catch (error) {
        return this.#failed(error)
      }
      if (isThenable(result)) return this.#waitAndGoOn(result)
      this.#results.push(result)
    }
    return this.#finished()
  }

  async #waitAndGoOn(promise: PromiseLike<unknown>): Promise<CaseRun> {
    this.#awaits.push(this.#results.length)
    const settled = await this.#settle(promise)
    if (settled.kind === 'pending') return this.#unusable('pending')
    if (settled.kind === 'rejected') return this.#failed(settled.error)
    this.#results.push(settled.value)
    return this.go()
  }

  /** Waits a few turns; when nothing else is left to do, the clock jumps to the next timer. */
  async #settle(promise: PromiseLike<unknown>): Promise<PromiseState> {
    let settled: PromiseState = { kind: 'pending' }
    try {
      promise.then(
        (value) => {
          settled = { kind: 'fulfilled', value }
        },
        (error: unknown) => {
          settled = { kind: 'rejected', error }
        },
      )
    } catch {
      // Its `then` throws: runners do not agree whether that is a promise.
      return { kind: 'pending' }
    }
    const isPending = () => settled.kind === 'pending'
    for (let idle = 0; isPending() && idle < MAX_IDLE_TURNS; ) {
      await new Promise<void>((resolve) => nextTurn(resolve))
      if (!isPending()) break
      if (this.#fire()) this.#waits.push(this.#results.length)
      else idle += 1
    }
    return settled
  }

  #fire(): boolean {
    try {
      return this.#bench.clock.advance()
    } catch {
      return true
    }
  }

  #perform(step: CaseStep): unknown {
    const around = this.#around
    if (step.op === 'wait') return this.#bench.clock.pass(Number(build(step.of[0] as Expression, around)))
    const receiver = 'path' in step.on ? lookUp(step.on.path, around) : this.#results[step.on.step]
    if (step.op === 'get') return read(receiver, step.name)
    const number = this.#results.length
    const values = step.of.map((value, index) => this.#argument(value, number, index))
    if (step.op === 'set') {
      Reflect.set(Object(receiver), step.name ?? '', values[0])
      return undefined
    }
    if (step.op === 'new') {
      if (typeof receiver !== 'function') throw new CannotBuild('no class')
      return Reflect.construct(receiver, values)
    }
    const callee = step.name === undefined ? receiver : read(receiver, step.name)
    if (typeof callee !== 'function') throw new CannotBuild('no function')
    return Reflect.apply(callee, step.name === undefined ? ownerOfStep(step, around) : receiver, values)
  }

  #argument(value: Expression, step: number, index: number): unknown {
    const built = build(value, this.#around)
    return value.kind === 'function' ? this.#spies.watch(built, step, index) : built
  }

  #finished(): CaseRun {
    const trouble = this.#trouble()
    if (trouble !== undefined) return this.#unusable(trouble)
    const readings = readSafely(() => this.#readings())
    // Reading runs getters and iterators of the code under test.
    const late = this.#trouble()
    if (late !== undefined) return this.#unusable(late)
    if (readings.length === 0) return this.#unusable('unreadable')
    return this.#run({ kind: 'returned', readings, async: this.#awaits.includes(this.#last) })
  }

  #readings(): readonly Reading[] {
    const { pathOf } = this.#view
    const own = observe(this.#results[this.#last], this.#last, this.#view)
    const all = [...own, ...this.#receiverReadings()]
    if (!all.every(saysLittle)) return all
    return [...all, ...this.#spies.read(pathOf)]
  }

  /** For a method that returns nothing, or its object, the object is read. */
  #receiverReadings(): readonly Reading[] {
    const step = this.#test.steps[this.#last]
    if (step === undefined || 'path' in step.on || step.op === 'get') return []
    const receiver = this.#results[step.on.step]
    const result = this.#results[this.#last]
    if (typeof receiver !== 'object' || receiver === null || Object.is(receiver, result)) return []
    if (step.op === 'call' && result !== undefined) return []
    // Its class is known: the case created it.
    return observe(receiver, step.on.step, this.#view).filter(({ sees }) => sees.kind !== 'instance')
  }

  #failed(error: unknown): CaseRun {
    const trouble = this.#trouble() ?? troubleIn(error)
    if (trouble !== undefined) return this.#unusable(trouble)
    const at = this.#results.length
    if (at < this.#last) return { ...this.#unusable('setup'), brokeAt: at }
    const { plain, probes } = this.#bench
    const thrown = describeThrown(error, (one) => plain || probes.own.has(one), this.#view.pathOf)
    if (thrown === undefined) return this.#unusable('unreadable')
    return this.#run({ kind: 'threw', thrown, async: this.#awaits.includes(this.#last) })
  }

  #trouble(): Unusable | undefined {
    const { probes, stubs } = this.#bench
    if (probes.spent) return 'endless'
    return stubs.ended ? 'exit' : undefined
  }

  #unusable(reason: Unusable): CaseRun {
    return this.#run({ kind: 'unusable', reason })
  }

  #run(outcome: CaseOutcome): CaseRun {
    const { clock, stubs } = this.#bench
    const uses = {
      chance: stubs.usedChance,
      clock: clock.usedClock,
      timers: clock.usedTimers,
      folder: stubs.usedFolder,
    }
    return { outcome, uses, awaits: this.#awaits, waits: [...new Set(this.#waits)] }
  }
}

function ownerOfStep(step: CaseStep, around: BuildScope): unknown {
  return 'path' in step.on ? ownerOf(step.on.path, around) : undefined
}

function read(receiver: unknown, name: string | undefined): unknown {
  if (receiver === null || receiver === undefined || name === undefined)
    throw new CannotBuild(`no field ${name}`)
  return (receiver as Record<string, unknown>)[name]
}

/** That it is undefined, or a function, or an object. */
function saysLittle({ sees }: Reading): boolean {
  return (
    sees.kind === 'type' ||
    (sees.kind === 'equal' && sees.value.kind === 'constant' && sees.value.value === undefined)
  )
}

/** Code under test that fails while it is read gives nothing to read. */
function readSafely(read: () => readonly Reading[]): readonly Reading[] {
  try {
    return read()
  } catch {
    return []
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  if (types.isProxy(value)) return false
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}
