// Pinning
//
// Owns:   fixing in a written test the same things as in the search: chance, the clock, timers, the working folder.
// Leaves: the same in the search (inside/stubs.ts).

import { startOfTime } from '../inside/clock.ts'
import { folder } from '../inside/stubs.ts'
import type { Uses } from '../outcome.ts'
import { type TestRunner, usesNodeMocks } from './emitting.ts'

/** The sources of change that a test uses; `spies`: it asserts calls of callbacks. */
export interface Pinnable extends Uses {
  readonly spies: boolean
}

/** The values that one test fixes for itself. */
export interface TestPins {
  readonly chance?: number
  readonly moment?: number
}

export interface Pinning {
  /** Names to import from the runner. */
  readonly needs: readonly string[]
  /** Lines of a group's hooks. */
  readonly hooks: readonly string[]
  /** Lines of one test. */
  readonly statements: readonly string[]
}

const moment = new Date(startOfTime).toISOString()

export function pinning(runner: TestRunner, uses: readonly Pinnable[], pinned: readonly TestPins[]): Pinning {
  return usesNodeMocks(runner)
    ? nodePinning(uses, pinned)
    : mockPinning(runner === 'vitest' ? 'vi' : 'jest', uses, pinned)
}

function mockPinning(mock: 'vi' | 'jest', uses: readonly Pinnable[], pinned: readonly TestPins[]): Pinning {
  const any = flags(uses)
  const before: string[] = []
  const after: string[] = []
  if (any.clock || any.timers) {
    const onlyDate = mock === 'vi' && !any.timers ? ", toFake: ['Date', 'performance']" : ''
    before.push(`${mock}.useFakeTimers({ now: new Date('${moment}')${onlyDate} })`)
    after.push(`${mock}.useRealTimers()`)
  }
  if (any.folder) before.push(`${mock}.spyOn(process, 'cwd').mockReturnValue('${folder}')`)
  if (any.chance || any.folder) after.push(`${mock}.restoreAllMocks()`)
  const needs = [
    ...(before.length > 0 ? ['beforeEach'] : []),
    ...(after.length > 0 ? ['afterEach'] : []),
    ...(mock === 'vi' && (after.length > 0 || any.spies) ? ['vi'] : []),
  ]
  return {
    needs,
    hooks: hooksOf(before, after),
    statements: pinned.flatMap(({ chance, moment }) => [
      ...(chance === undefined ? [] : [`${mock}.spyOn(Math, 'random').mockReturnValue(${chance})`]),
      ...(moment === undefined
        ? []
        : [`${mock}.setSystemTime(new Date('${new Date(moment).toISOString()}'))`]),
    ]),
  }
}

function nodePinning(uses: readonly Pinnable[], pinned: readonly TestPins[]): Pinning {
  const any = flags(uses)
  const before: string[] = []
  const timed = any.timers ? "['setTimeout', 'setInterval', 'Date']" : "['Date']"
  if (any.clock || any.timers)
    before.push(`mock.timers.enable({ apis: ${timed}, now: new Date('${moment}') })`)
  if (any.folder) before.push(`mock.method(process, 'cwd', () => '${folder}')`)
  const after = before.length > 0 || any.chance ? ['mock.reset()'] : []
  const needs = [
    ...(before.length > 0 ? ['beforeEach'] : []),
    ...(after.length > 0 ? ['afterEach'] : []),
    ...(after.length > 0 || any.spies ? ['mock'] : []),
  ]
  return {
    needs,
    hooks: hooksOf(before, after),
    statements: pinned.flatMap(({ chance, moment }) => [
      ...(chance === undefined ? [] : [`mock.method(Math, 'random', () => ${chance})`]),
      ...(moment === undefined
        ? []
        : [`mock.timers.setTime(Date.parse('${new Date(moment).toISOString()}'))`]),
    ]),
  }
}

function flags(uses: readonly Pinnable[]): Pinnable {
  return {
    timers: uses.some(({ timers }) => timers),
    spies: uses.some(({ spies }) => spies),
    chance: uses.some(({ chance }) => chance),
    clock: uses.some(({ clock }) => clock),
    folder: uses.some((one) => one.folder),
  }
}

function hooksOf(before: readonly string[], after: readonly string[]): readonly string[] {
  const block = (name: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : [`${name}(() => {`, ...lines.map((line) => `  ${line}`), '})']
  return [...block('beforeEach', before), ...block('afterEach', after)]
}
