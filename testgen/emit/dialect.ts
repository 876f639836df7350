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
  if (runner in CONTEXT_WORDS) return contextDialect(runner as keyof typeof CONTEXT_WORDS, printer)
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

const CONTEXT_WORDS = {
  ava: { same: 't.is', deep: 't.deepEqual', ok: 't.true', throws: 't.throws', rejects: 't.throwsAsync' },
  tap: { same: 't.equal', deep: 't.strictSame', ok: 't.ok', throws: 't.throws', rejects: 't.rejects' },
  // Tape has no assertion for a promise.
  tape: { same: 't.equal', deep: 't.deepEqual', ok: 't.ok', throws: 't.throws', rejects: 'assert.rejects' },
  qunit: {
    ...{ same: 'assert.strictEqual', deep: 'assert.deepEqual', ok: 'assert.ok' },
    ...{ throws: 'assert.throws', rejects: 'assert.rejects' },
  },
} as const

/** Assertions of what a test function gets: `t.equal(actual, expected)`. */
function contextDialect(runner: keyof typeof CONTEXT_WORDS, printer: Printer): Dialect {
  const words = CONTEXT_WORDS[runner]

  function expected(thrown: Thrown): readonly LayoutPiece[] {
    if (thrown.value !== undefined) return runner === 'ava' ? [plain('{ any: true }')] : []
    if (runner === 'ava') return [expectationOfAva(thrown, printer)]
    if (thrown.message !== undefined) return [fieldsOf(thrown, printer)]
    if (thrown.native) return [plain(thrown.name)]
    const name = printer.text(thrown.name)
    // QUnit compares the message, too.
    return [plain(runner === 'qunit' ? `(error) => error.name === ${name}` : `{ name: ${name} }`)]
  }

  // AVA's expectation has no place for them.
  const hasMore = ({ fields, message }: Thrown) =>
    runner === 'ava' && message !== undefined && fields.length > 0

  return {
    ...nodeDialect(printer),
    equal: (actual, value, how) => call(how === 'same' ? words.same : words.deep, [actual, value]),
    instance: (actual, of) => plain(`${words.ok}(${actual.flat} instanceof ${of})`),
    type: (actual, of) => call(words.same, [around('typeof ', actual), plain(printer.text(of))]),
    throws(called, thrown) {
      const error = call(words.throws, [around('() => ', called), ...expected(thrown)])
      return hasMore(thrown) ? call('t.like', [error, moreOf(thrown, printer)]) : error
    },
    rejects(promise, thrown) {
      const error = call(words.rejects, [promise, ...expected(thrown)])
      if (!hasMore(thrown)) return error
      return around('', error, `.then((error) => t.like(error, ${moreOf(thrown, printer).flat}))`)
    },
    calls: (spy, value) => call(words.deep, [plain(`${spy}.mock.calls.map((one) => one.arguments)`), value]),
    callCount: (spy, count) => plain(`${words.same}(${spy}.mock.callCount(), ${count})`),
  }
}

/** The fields of an error beside its name and message. */
function moreOf({ fields }: Thrown, printer: Printer): LayoutPiece {
  return printer.piece({ kind: 'object', fields })
}

/** AVA's expectation of an error. */
function expectationOfAva({ name, message, native }: Thrown, printer: Printer): LayoutPiece {
  const kind = native ? `instanceOf: ${name}` : `name: ${printer.text(name)}`
  return plain(`{ ${kind}${message === undefined ? '' : `, message: ${printer.text(message)}`} }`)
}

function fieldsOf({ name, message = '', fields }: Thrown, printer: Printer): LayoutPiece {
  const all = [
    ['name', { kind: 'constant', value: name }],
    ['message', { kind: 'constant', value: message }],
    ...fields,
  ] as const
  return printer.piece({ kind: 'object', fields: all })
}
