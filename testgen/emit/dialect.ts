// Dialect
//
// Owns:   how each test runner says the same thing.
// Leaves: the statements (write-case.ts).

import type { Thrown } from '../outcome.ts'
import { type TestRunner, usesNodeMocks } from './emitting.ts'
import { around, call, fits, type LayoutPiece, layOut, plain } from './layout.ts'
import type { Printer } from './printer.ts'

/** Statements of a test, laid out from column `indent` on. */
export interface Dialect {
  equal(actual: LayoutPiece, value: LayoutPiece, how: 'same' | 'deep' | 'strict'): LayoutPiece
  instance(actual: LayoutPiece, of: string): LayoutPiece
  type(actual: LayoutPiece, of: string): LayoutPiece
  throws(called: LayoutPiece, thrown: Thrown): LayoutPiece
  /** A promise of the assertion, to be awaited. */
  rejects(promise: LayoutPiece, thrown: Thrown): LayoutPiece
  /** Makes a callback whose calls can be asserted. */
  readonly spy: string
  calls(spy: string, value: LayoutPiece): LayoutPiece
  callCount(spy: string, count: string): LayoutPiece
  /** Lets time pass. */
  pass(time: string): string
  /** Fires timers until none is left. */
  runTimers(): string
}

export function createDialect(runner: TestRunner, printer: Printer): Dialect {
  return usesNodeMocks(runner)
    ? nodeDialect(printer)
    : expectDialect(runner === 'vitest' ? 'vi' : 'jest', printer)
}

function expectDialect(mock: 'vi' | 'jest', printer: Printer): Dialect {
  const matchers = { same: 'toBe', deep: 'toEqual', strict: 'toStrictEqual' }

  function expected(thrown: Thrown): readonly LayoutPiece[] {
    if (thrown.message === undefined) return thrown.native ? [plain(thrown.name)] : []
    const text = printer.text(thrown.message)
    if (thrown.native)
      return [thrown.name === 'Error' ? plain(text) : call(`new ${thrown.name}`, [plain(text)])]
    return [call('expect.objectContaining', [fieldsOf(thrown, printer)])]
  }

  return {
    equal(actual, value, how) {
      if (how === 'same' && value.flat === 'undefined') return expectation(actual, 'toBeUndefined', [])
      if (how === 'same' && value.flat === 'null') return expectation(actual, 'toBeNull', [])
      return expectation(actual, matchers[how], [value])
    },
    instance: (actual, of) => expectation(actual, 'toBeInstanceOf', [plain(of)]),
    type: (actual, of) => expectation(around('typeof ', actual), 'toBe', [plain(printer.text(of))]),
    throws: (called, thrown) => expectation(around('() => ', called), 'toThrow', expected(thrown)),
    rejects(promise, thrown) {
      if (thrown.value !== undefined)
        return expectation(promise, 'rejects.toEqual', [printer.piece(thrown.value)])
      return expectation(promise, 'rejects.toThrow', expected(thrown))
    },
    spy: `${mock}.fn`,
    calls: (spy, value) => expectation(plain(`${spy}.mock.calls`), 'toEqual', [value]),
    callCount: (spy, count) =>
      count === '0'
        ? expectation(plain(spy), 'not.toHaveBeenCalled', [])
        : expectation(plain(spy), 'toHaveBeenCalledTimes', [plain(count)]),
    pass: (time) => `${mock}.advanceTimersByTime(${time})`,
    runTimers: () => `await ${mock}.runAllTimersAsync()`,
  }
}

/** `expect(actual).matcher(value)`: the value breaks first, the actual only when it must. */
function expectation(actual: LayoutPiece, matcher: string, values: readonly LayoutPiece[]): LayoutPiece {
  const subject = call('expect', [actual])
  return {
    flat: call(`${subject.flat}.${matcher}`, values).flat,
    broken(indent) {
      const [value] = values
      const head = `${subject.flat}.${matcher}`
      if (fits(head, indent, 2) && value !== undefined) return call(head, values).broken(indent)
      const end = value === undefined ? '()' : `(${layOut(value, indent, matcher.length + 4)})`
      return `${subject.broken(indent)}.${matcher}${end}`
    },
    hugs: false,
  }
}

function nodeDialect(printer: Printer): Dialect {
  function expected(thrown: Thrown): readonly LayoutPiece[] {
    if (thrown.value !== undefined) return []
    if (thrown.message === undefined)
      return [plain(thrown.native ? thrown.name : `{ name: ${printer.text(thrown.name)} }`)]
    return [fieldsOf(thrown, printer)]
  }
  return {
    equal: (actual, value, how) =>
      call(how === 'same' ? 'assert.strictEqual' : 'assert.deepStrictEqual', [actual, value]),
    instance: (actual, of) => plain(`assert.ok(${actual.flat} instanceof ${of})`),
    type: (actual, of) => call('assert.strictEqual', [around('typeof ', actual), plain(printer.text(of))]),
    throws: (called, thrown) => call('assert.throws', [around('() => ', called), ...expected(thrown)]),
    rejects: (promise, thrown) => call('assert.rejects', [promise, ...expected(thrown)]),
    spy: 'mock.fn',
    calls: (spy, value) =>
      call('assert.deepStrictEqual', [plain(`${spy}.mock.calls.map((one) => one.arguments)`), value]),
    callCount: (spy, count) => plain(`assert.strictEqual(${spy}.mock.callCount(), ${count})`),
    pass: (time) => `mock.timers.tick(${time})`,
    runTimers: () => 'await runTimers()',
  }
}

function fieldsOf({ name, message = '', fields }: Thrown, printer: Printer): LayoutPiece {
  const all = [
    ['name', { kind: 'constant', value: name }],
    ['message', { kind: 'constant', value: message }],
    ...fields,
  ] as const
  return printer.piece({ kind: 'object', fields: all })
}
