// Run case
//
// Owns:   running one case from its first step to what it showed.
// Leaves: which cases (search/), what the probes and stubs noted meanwhile (probes.ts, stubs.ts).
//
// R1. Nothing escapes: whatever the code under test does ends in an outcome.
// R2. Waiting is real only for microtasks and a few turns of the event loop; timers run on the clock.

import { types } from 'node:util'
import type { Case, Step } from '../expression.ts'
import type { Observed, Outcome, Reading, Thrown, Unusable } from '../outcome.ts'
import { build, CannotBuild, lookUp, type Surroundings } from './build.ts'
import type { Clock } from './clock.ts'
import { express, isRuntimeWording, type PathOf } from './express.ts'
import { observe } from './observe.ts'
import { OutOfFuel, type Probes } from './probes.ts'
import { ProgramEnd, type Stubs, TooLong } from './stubs.ts'

// Taken before the stubs are installed.
const nextTurn = setImmediate

const turnsToWait = 12

export interface Bench {
  readonly probes: Probes
  readonly clock: Clock
  readonly stubs: Stubs
  readonly exports: Readonly<Record<string, unknown>>
  readonly pathOf: PathOf
  readonly counts: Uint32Array
  readonly fuel: number
  /** There are no probes to tell the module's own errors by: take the words of all. */
  readonly plain: boolean
}

/** What a run left behind, for those who want to build on it. */
export interface Run extends Observed {
  /** The last step's result, awaited. */
  readonly result: unknown
  /** The step, other than the last, that threw. */
  readonly brokeAt?: number
}

export function runCase(bench: Bench, test: Case, watching: boolean): Run | Promise<Run> {
  const { probes, clock, stubs } = bench
  probes.begin(bench.fuel, watching)
  clock.reset(test.moment)
  stubs.chance = test.chance
  stubs.usedChance = false
  stubs.usedFolder = false
  stubs.ended = false
  return runFrom(createRunning(bench, test))
}

interface Running {
  readonly bench: Bench
  readonly test: Case
  readonly around: Surroundings
  readonly results: unknown[]
  readonly awaits: number[]
}

function createRunning(bench: Bench, test: Case): Running {
  const results: unknown[] = []
  return {
    bench,
    test,
    results,
    around: { exports: bench.exports, results, tick: bench.probes.tick },
    awaits: [],
  }
}

function runFrom(running: Running): Run | Promise<Run> {
  const { test, around, results } = running
  while (results.length < test.steps.length) {
    let result: unknown
    try {
      result = perform(test.steps[results.length] as Step, around)
    } catch (error) {
      return failed(running, error)
    }
    if (isThenable(result)) return waitAndGoOn(running, result)
    results.push(result)
  }
  return finished(running)
}

async function waitAndGoOn(running: Running, promise: PromiseLike<unknown>): Promise<Run> {
  running.awaits.push(running.results.length)
  const settled = await settle(running.bench, promise)
  if (settled.kind === 'pending') return unusable(running, 'pending')
  if (settled.kind === 'rejected') return failed(running, settled.error)
  running.results.push(settled.value)
  return runFrom(running)
}

/** The last step's result was a promise. */
function endedAsync({ awaits, test }: Running): boolean {
  return awaits.includes(test.steps.length - 1)
}

type Settled =
  | { kind: 'fulfilled'; value: unknown }
  | { kind: 'rejected'; error: unknown }
  | { kind: 'pending' }

async function settle(bench: Bench, promise: PromiseLike<unknown>): Promise<Settled> {
  let settled: Settled = { kind: 'pending' }
  promise.then(
    (value) => {
      settled = { kind: 'fulfilled', value }
    },
    (error: unknown) => {
      settled = { kind: 'rejected', error }
    },
  )
  const isPending = () => settled.kind === 'pending'
  for (let idle = 0; isPending() && idle < turnsToWait; ) {
    await new Promise<void>((resolve) => nextTurn(resolve))
    if (!isPending()) break
    if (!fire(bench)) idle += 1
  }
  return settled
}

/** A test whose code fails behind its back fails, too: whether that happened shows a turn of the event loop later. */
export async function somethingEscaped({ stubs }: Bench): Promise<boolean> {
  const before = stubs.escaped
  await new Promise<void>((resolve) => nextTurn(resolve))
  return stubs.escaped > before
}

function fire(bench: Bench): boolean {
  try {
    return bench.clock.advance()
  } catch {
    return true
  }
}

function perform(step: Step, around: Surroundings): unknown {
  const receiver = 'path' in step.on ? lookUp(step.on.path, around) : around.results[step.on.step]
  if (step.op === 'get') return read(receiver, step.name)
  const values = step.of.map((expression) => build(expression, around))
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
  return Reflect.apply(callee, step.name === undefined ? ownerOf(step, around) : receiver, values)
}

/** `exported.method()` is called on `exported`. */
function ownerOf(step: Step, around: Surroundings): unknown {
  if (!('path' in step.on) || step.on.path.length < 2) return undefined
  return lookUp(step.on.path.slice(0, -1), around)
}

function read(receiver: unknown, name: string | undefined): unknown {
  if (receiver === null || receiver === undefined || name === undefined)
    throw new CannotBuild(`no field ${name}`)
  return (receiver as Record<string, unknown>)[name]
}

function finished(running: Running): Run {
  const { bench, test, results } = running
  const trouble = troubleOf(bench)
  if (trouble !== undefined) return unusable(running, trouble)
  const last = test.steps.length - 1
  const readings = readSafely(() => [
    ...observe(results[last], last, bench),
    ...observeReceiver(bench, test, results),
  ])
  // Reading runs getters and iterators of the code under test.
  const late = troubleOf(bench)
  if (late !== undefined) return unusable(running, late)
  if (readings.length === 0) return unusable(running, 'unreadable')
  return {
    outcome: { kind: 'returned', readings, async: endedAsync(running) },
    uses: usesOf(bench),
    awaits: running.awaits,
    result: results[last],
  }
}

/** Code under test that fails while it is read gives nothing to read. */
function readSafely(read: () => readonly Reading[]): readonly Reading[] {
  try {
    return read()
  } catch {
    return []
  }
}

/** A method that returns nothing, or its object again, is judged by what became of the object. */
function observeReceiver(bench: Bench, test: Case, results: readonly unknown[]): readonly Reading[] {
  const last = test.steps[test.steps.length - 1]
  if (last === undefined || 'path' in last.on) return []
  const receiver = results[last.on.step]
  const result = results[test.steps.length - 1]
  if (typeof receiver !== 'object' || receiver === null || Object.is(receiver, result)) return []
  if (last.op === 'call' && result !== undefined) return []
  if (last.op === 'get') return []
  // That it is an instance of the class it was made from goes without saying.
  return observe(receiver, last.on.step, bench).filter(({ sees }) => sees.kind !== 'instance')
}

function failed(running: Running, error: unknown): Run {
  const { bench, results, test } = running
  const isLast = results.length === test.steps.length - 1
  const trouble = troubleOf(bench) ?? troubleIn(error)
  if (trouble !== undefined) return unusable(running, trouble)
  if (!isLast) return { ...unusable(running, 'setup'), brokeAt: results.length }
  const thrown = describeThrown(bench, error)
  if (thrown === undefined) return unusable(running, 'unreadable')
  const outcome: Outcome = { kind: 'threw', thrown, async: endedAsync(running) }
  return { outcome, uses: usesOf(bench), awaits: running.awaits, result: undefined }
}

function troubleOf({ probes, stubs }: Bench): Unusable | undefined {
  if (probes.spent) return 'endless'
  return stubs.ended ? 'exit' : undefined
}

function troubleIn(error: unknown): Unusable | undefined {
  if (error instanceof CannotBuild) return 'setup'
  if (error instanceof OutOfFuel) return 'endless'
  if (error instanceof TooLong) return 'exhausted'
  if (error instanceof ProgramEnd) return 'exit'
  if (
    error instanceof RangeError &&
    /call stack|string length|array length|array buffer/i.test(error.message)
  )
    return 'exhausted'
  if (
    typeof error === 'object' &&
    error !== null &&
    'code' in error &&
    /^(E[A-Z]+|ERR_ACCESS_DENIED|MODULE_NOT_FOUND)$/.test(String(error.code)) &&
    'syscall' in error
  )
    return 'environment'
  if (error instanceof Error && Reflect.get(error, 'code') === 'ERR_ACCESS_DENIED') return 'environment'
  return undefined
}

const runtimeClasses = [TypeError, RangeError, SyntaxError, ReferenceError, URIError, EvalError]

function describeThrown(bench: Bench, error: unknown): Thrown | undefined {
  if (!(error instanceof Error)) {
    const value = express(error, bench.pathOf)
    return value === undefined ? undefined : { name: '', native: false, fields: [], value }
  }
  const native = Object.getPrototypeOf(error) === Reflect.get(globalThis, error.name)?.prototype
  const mayBeRuntimes =
    native &&
    runtimeClasses.some((class_) => error.constructor === class_) &&
    !bench.plain &&
    !bench.probes.own.has(error)
  const name = String(error.name)
  if (mayBeRuntimes || error.message === '' || isRuntimeWording(error.message) || 'syscall' in error)
    return { name, native, fields: [] }
  const isWhole = native && Object.keys(error).length === 0 && error.cause === undefined
  return { name, native: isWhole, message: error.message, fields: fieldsOf(error, bench.pathOf) }
}

function fieldsOf(
  error: Error,
  pathOf: PathOf,
): readonly (readonly [string, NonNullable<ReturnType<typeof express>>])[] {
  const hidden = new Set(['name', 'message', 'stack', 'cause'])
  return Object.entries(error)
    .filter(([name]) => !hidden.has(name))
    .flatMap(([name, value]) => {
      const expression = express(value, pathOf)
      return expression === undefined ? [] : [[name, expression] as const]
    })
    .slice(0, 4)
}

function unusable(running: Running, reason: Unusable): Run {
  return {
    outcome: { kind: 'unusable', reason },
    uses: usesOf(running.bench),
    awaits: running.awaits,
    result: undefined,
  }
}

function usesOf({ clock, stubs }: Bench): Observed['uses'] {
  return {
    chance: stubs.usedChance,
    clock: clock.usedClock,
    timers: clock.usedTimers,
    folder: stubs.usedFolder,
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  if (types.isProxy(value)) return false
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}
