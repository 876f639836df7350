// Pinning
//
// Owns:   fixing in a written test the same things as in the search: chance, the clock, timers, the working folder.
// Leaves: the same in the search (inside/stubs.ts).

import { startOfTime } from '../inside/clock.ts'
import { folder } from '../inside/stubs.ts'
import type { Uses } from '../outcome.ts'
import { type TestRunner, usesNodeMocks } from './emitting.ts'
import { frameOf } from './frame.ts'

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
  if (!frameOf(runner).isGrouped) return flatPinning(runner, uses, pinned)
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
  const { before, isPinned, needs } = nodePins(uses)
  return {
    needs: [...(before.length > 0 ? ['beforeEach'] : []), ...(isPinned ? ['afterEach'] : []), ...needs],
    hooks: hooksOf(before, isPinned ? ['mock.reset()'] : []),
    statements: pinned.flatMap(pinsOfTest),
  }
}

/** Without groups each test pins for itself, and undoes it: by its context, or by a hook of the file. */
function flatPinning(runner: TestRunner, uses: readonly Pinnable[], pinned: readonly TestPins[]): Pinning {
  const { before, isPinned, needs } = nodePins(uses)
  const hook = HOOKS_OF_FILE[runner]
  return {
    needs,
    hooks: isPinned && hook !== undefined ? [hook] : [],
    statements: [
      ...(isPinned && hook === undefined ? ['t.teardown(() => mock.reset())'] : []),
      ...before,
      ...pinned.flatMap(pinsOfTest),
    ],
  }
}

const HOOKS_OF_FILE: Partial<Record<TestRunner, string>> = {
  uvu: 'test.after.each(() => mock.reset())',
  qunit: 'QUnit.testDone(() => mock.reset())',
}

function nodePins(uses: readonly Pinnable[]) {
  const any = flags(uses)
  const timed = any.timers ? "['setTimeout', 'setInterval', 'Date']" : "['Date']"
  const before = [
    ...(any.clock || any.timers
      ? [`mock.timers.enable({ apis: ${timed}, now: new Date('${moment}') })`]
      : []),
    ...(any.folder ? [`mock.method(process, 'cwd', () => '${folder}')`] : []),
  ]
  const isPinned = before.length > 0 || any.chance
  return { before, isPinned, needs: isPinned || any.spies ? ['mock'] : [] }
}

function pinsOfTest({ chance, moment }: TestPins): readonly string[] {
  return [
    ...(chance === undefined ? [] : [`mock.method(Math, 'random', () => ${chance})`]),
    ...(moment === undefined ? [] : [`mock.timers.setTime(Date.parse('${new Date(moment).toISOString()}'))`]),
  ]
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
