// Stubs
//
// Owns:   replacing whatever changes from run to run by fixed values: chance, the clock, timers, the working folder,
//         the console, the end of the program.
// Leaves: pinning the same in the written test (emit/pinning.ts).
//
// R1. Installed before the module under test is loaded, for good: the program that does this has no other purpose.

import type { FakeClock } from './clock.ts'

/** Thrown in the place of `process.exit`. */
export class ProcessExit extends Error {}

/** Thrown where a text or list would be made that is too long to be part of a test. */
export class TooLong extends Error {}

export const folder = '/home/canopy/project'

export interface Stubs {
  chance: number
  usedChance: boolean
  usedFolder: boolean
  ended: boolean
  /** The number of uncaught rejections and errors. */
  escaped: number
}

export function installStubs(clock: FakeClock): Stubs {
  const stubs: Stubs = { chance: 0.5, usedChance: false, usedFolder: false, ended: false, escaped: 0 }
  Math.random = () => {
    stubs.usedChance = true
    return stubs.chance
  }
  globalThis.Date = fakeDate(clock)
  performance.now = () => clock.read() - 0
  installTimers(clock)
  installProgram(stubs)
  silence()
  limitLengths()
  return stubs
}

function fakeDate(clock: FakeClock): DateConstructor {
  const RealDate = Date
  function FakeDate(this: unknown, ...values: []): string | Date {
    if (new.target === undefined) return new RealDate(clock.read()).toString()
    const given = values.length === 0 ? [clock.read()] : values
    const made: unknown = Reflect.construct(
      RealDate,
      given,
      Object.is(new.target, FakeDate) ? RealDate : new.target,
    )
    return made as Date
  }
  const fake = Object.assign(FakeDate, { UTC: RealDate.UTC, parse: RealDate.parse, now: () => clock.read() })
  Object.defineProperty(fake, 'name', { value: 'Date' })
  Object.defineProperty(fake, 'prototype', { value: RealDate.prototype })
  Object.defineProperty(RealDate.prototype, 'constructor', {
    value: fake,
    writable: true,
    configurable: true,
  })
  return fake as unknown as DateConstructor
}

function installTimers(clock: FakeClock): void {
  type Callback = (...values: unknown[]) => void
  const handle = (id: number) => ({
    id,
    ref() {
      return this
    },
    unref() {
      return this
    },
    hasRef: () => true,
    refresh() {
      return this
    },
    [Symbol.toPrimitive]: () => id,
  })
  const start =
    (repeats: boolean) =>
    (callback: Callback, delay = 0, ...values: unknown[]) =>
      handle(clock.set(() => callback(...values), delay, repeats))
  const stop = (timer: unknown) => {
    if (typeof timer === 'number') clock.clear(timer)
    else if (typeof timer === 'object' && timer !== null && 'id' in timer) clock.clear(Number(timer.id))
  }
  Object.assign(globalThis, {
    setTimeout: start(false),
    setInterval: start(true),
    setImmediate: (callback: Callback, ...values: unknown[]) =>
      handle(clock.set(() => callback(...values), 0, false)),
    clearTimeout: stop,
    clearInterval: stop,
    clearImmediate: stop,
  })
}

function installProgram(stubs: Stubs): void {
  const end = () => {
    stubs.ended = true
    throw new ProcessExit('the program under test ended itself')
  }
  Object.assign(process, {
    exit: end,
    reallyExit: end,
    abort: end,
    kill: end,
    chdir: () => undefined,
    exitCode: 0,
  })
  process.cwd = () => {
    stubs.usedFolder = true
    return folder
  }
  const note = () => {
    stubs.escaped += 1
  }
  process.on('unhandledRejection', note)
  process.on('uncaughtException', note)
}

function silence(): void {
  const quiet = () => undefined
  for (const name of Object.keys(console)) Reflect.set(console, name, quiet)
  for (const stream of [process.stdout, process.stderr]) stream.write = () => true
}

const MAX_CHARACTERS = 100_000

function limitLengths(): void {
  const text = String.prototype
  const { repeat, padStart, padEnd } = text
  text.repeat = function (count) {
    if (this.length * Number(count) > MAX_CHARACTERS) throw new TooLong()
    return repeat.call(this, count)
  }
  text.padStart = function (length, fill) {
    if (Number(length) > MAX_CHARACTERS) throw new TooLong()
    return padStart.call(this, length, fill)
  }
  text.padEnd = function (length, fill) {
    if (Number(length) > MAX_CHARACTERS) throw new TooLong()
    return padEnd.call(this, length, fill)
  }
  const { from } = Array
  Array.from = function (this: ArrayConstructor, ...values: Parameters<typeof from>) {
    const source: unknown = values[0]
    if (
      typeof source === 'object' &&
      source !== null &&
      'length' in source &&
      Number(source.length) > MAX_CHARACTERS
    )
      throw new TooLong()
    return Reflect.apply(from, this, values)
  } as typeof from
  const { fill } = Array.prototype
  Array.prototype.fill = function (...values) {
    if (this.length > MAX_CHARACTERS) throw new TooLong()
    return fill.apply(this, values)
  }
}
