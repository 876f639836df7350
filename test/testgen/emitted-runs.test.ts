// Emitted tests run: a written file passes on the code it was observed on, and fails on code that does something else.

import assert from 'node:assert/strict'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { addTests, titlesIn } from '../../testgen/emit/add-tests.ts'
import { noCasts } from '../../testgen/emit/casts.ts'
import { createDialect } from '../../testgen/emit/dialect.ts'
import { type Emitting, TEST_RUNNERS } from '../../testgen/emit/emitting.ts'
import { createPrinter } from '../../testgen/emit/print.ts'
import { emitTestFile } from '../../testgen/emit/test-file.ts'
import { type Case, constant, type Expression } from '../../testgen/expression.ts'
import { build } from '../../testgen/inside/build.ts'
import { runCase } from '../../testgen/inside/run-case.ts'
import type { CaseFinding } from '../../testgen/tasks.ts'
import { plain } from './arbitrary.ts'
import { benchOf, callOf, caseOf, finding, given, load, on } from './in-memory.ts'

type Runner = Emitting['runner']

/** Observes a case on a module. */
async function observe(text: string, test: Case): Promise<CaseFinding> {
  const { outcome, uses, awaits, waits } = await runCase(benchOf(text), test, false)
  return finding(test, outcome, { uses, awaits, waits })
}

interface Failure {
  readonly title: string
  readonly error: unknown
}

/** Runs a written file, with a runner of this function, on the exports of a module. Its failures, and how many tests it has. */
async function runFile(
  findings: readonly CaseFinding[],
  exports: Readonly<Record<string, unknown>>,
  runner: Runner,
): Promise<{ readonly tests: number; readonly failures: readonly Failure[] }> {
  return runSource(sourceOf(findings, runner), exports)
}

function sourceOf(findings: readonly CaseFinding[], runner: Runner, taken?: Emitting['taken']): string {
  const { source } = emitTestFile(findings, {
    runner,
    style: {
      quote: "'",
      semicolons: true,
      typed: false,
      required: true,
      indent: '  ',
      strict: false,
      specifier: 'the module',
    },
    labels: new Map(),
    importedClasses: new Map(),
    ...(taken && { taken }),
    casts: () => noCasts,
  })
  return source
}

async function runSource(
  source: string,
  exports: Readonly<Record<string, unknown>>,
): Promise<{ readonly tests: number; readonly failures: readonly Failure[] }> {
  const tests: { title: string; run: () => unknown }[] = []
  const describe = (_title: string, define: () => void) => define()
  const it = (title: string, run: () => unknown) => tests.push({ title, run })
  const modules: Readonly<Record<string, unknown>> = {
    'the module': exports,
    'node:test': { describe, it, mock: nodeMock },
    'node:assert/strict': assert,
    vitest: { describe, it, expect, vi },
  }
  const test = Object.assign(
    (title: string, run: (context: unknown) => unknown) => it(title, () => run(context())),
    {
      serial: (title: string, run: (context: unknown) => unknown) => it(title, () => run(context())),
      run: () => undefined,
      after: { each: () => undefined },
    },
  )
  const contextual = { ava: test, tape: test, tap: { test }, uvu: { test } }
  const require = (name: string) => modules[name] ?? contextual[name as keyof typeof contextual]
  const QUnit = { test, testDone: () => undefined }
  new Function('require', 'describe', 'it', 'expect', 'jest', 'QUnit', `{ ${source} }`)(
    require,
    describe,
    it,
    expect,
    vi,
    QUnit,
  )
  const failures: Failure[] = []
  for (const { title, run } of tests) {
    try {
      await run()
    } catch (error) {
      failures.push({ title, error })
    }
  }
  return { tests: tests.length, failures }
}

/** What written tests use of the context of AVA, tap, tape and QUnit. */
function context() {
  return {
    ...{ is: assert.strictEqual, equal: assert.strictEqual, strictEqual: assert.strictEqual, ok: assert.ok },
    ...{ deepEqual: assert.deepStrictEqual, strictSame: assert.deepStrictEqual, rejects: assert.rejects },
    true: (value: unknown) => assert.strictEqual(value, true),
    like: (value: object, fields: object) => {
      for (const [name, field] of Object.entries(fields))
        assert.deepStrictEqual(Reflect.get(value, name), field)
    },
    throws(run: () => unknown, expected?: Expected) {
      assert.throws(run, known(expected))
      try {
        return run()
      } catch (error) {
        return error
      }
    },
    async throwsAsync(promise: Promise<unknown>, expected?: Expected) {
      await assert.rejects(promise, known(expected))
      return promise.catch((error: unknown) => error)
    },
    end: () => undefined,
  }
}

type Expected =
  | (abstract new () => unknown)
  | { readonly instanceOf?: { readonly name: string }; readonly any?: true }

/** AVA's expectation of an error as that of node:assert. */
function known(expected: Expected = {}): object {
  if (typeof expected === 'function') return expected
  const { instanceOf, any: _, ...rest } = expected
  const fields = instanceOf === undefined ? rest : { ...rest, name: instanceOf.name }
  return Object.keys(fields).length === 0 ? () => true : fields
}

/** What written tests use of node:test's mocks. */
const nodeMock = {
  fn(run: (...values: readonly unknown[]) => unknown) {
    const calls: { arguments: readonly unknown[] }[] = []
    const spy = (...values: readonly unknown[]) => {
      calls.push({ arguments: values })
      return run(...values)
    }
    return Object.assign(spy, { mock: { calls, callCount: () => calls.length } })
  },
}

const runners: readonly Runner[] = TEST_RUNNERS

const shop = `
export function total(prices, discount = 0) {
  if (!Array.isArray(prices)) throw new TypeError('prices are a list')
  const sum = prices.reduce((all, one) => all + one, 0)
  return discount > 0 ? sum - discount : sum
}
export class ParseError extends Error {
  constructor(message, line) { super(message); this.name = 'ParseError'; this.line = line }
}
export function parse(text) {
  if (text === '') throw new ParseError('nothing to parse', 1)
  if (text === 'x') throw 'bare'
  return { text, parts: text.split(','), at: new Date(0), none: undefined }
}
export class Stack {
  #items = []
  label = 'plain'
  get size() { return this.#items.length }
  set limit(value) { this.most = value }
  push(item) { this.#items.push(item); return this }
  pop() { if (this.size === 0) throw new RangeError('the stack is empty'); return this.#items.pop() }
  clear() { this.#items = [] }
  *[Symbol.iterator]() { yield* this.#items }
  toString() { return 'Stack of ' + this.size }
}
export const add = (a) => (b) => a + b
export async function later(value) { if (value < 0) throw new RangeError('too small'); return { value } }
export function each(items, run) { for (const item of items) run(item) }
export const numbers = () => ({ zero: -0, none: NaN, big: 5n, set: new Set([1]), map: new Map([['a', [1]]]) })
export function* count(n) { for (let i = 0; i < n; i++) yield i }
export const make = () => new Stack()
export const tools = { text: { trim: (text) => text.trim() } }
export const key = Symbol.for('key')
export const bytes = () => new Uint8Array([1, 2])
export const itself = () => itself
`

const stack = (...steps: Parameters<typeof caseOf>[1][]) =>
  caseOf('Stack', { op: 'new', on: { path: ['Stack'] }, of: [] }, ...steps)

/** A case, what a change of the module's text puts in its place, and whether a test must see that. */
const cases: readonly (readonly [string, Case, string, string])[] = [
  ['a sum', caseOf('total', callOf('total', given([1, 2, 3]))), 'all + one', 'all - one'],
  ['a default', caseOf('total', callOf('total', given([5]))), 'discount = 0', 'discount = 1'],
  [
    'an error of the runtime with words',
    caseOf('total', callOf('total', constant('x'))),
    'prices are a list',
    'a list is wanted',
  ],
  [
    'another class of error',
    caseOf('total', callOf('total', constant('x'))),
    'new TypeError',
    'new SyntaxError',
  ],
  ['an error of its own', caseOf('parse', callOf('parse', constant(''))), 'nothing to parse', 'no text'],
  ['a field of an error', caseOf('parse', callOf('parse', constant(''))), "parse', 1", "parse', 2"],
  ['an object', caseOf('parse', callOf('parse', constant('a,b'))), "split(',')", "split(';')"],
  ['a date', caseOf('parse', callOf('parse', constant('a'))), 'new Date(0)', 'new Date(1)'],
  ['a field that is undefined', caseOf('parse', callOf('parse', constant('a'))), ', none: undefined', ''],
  [
    'a getter',
    stack(on(0, 'call', 'push', constant(1)), on(0, 'get', 'size')),
    'return this.#items.length',
    'return 7',
  ],
  ['a setter', stack(on(0, 'set', 'limit', constant(9))), 'this.most = value', 'this.most = value + 1'],
  ['an error of a method', stack(on(0, 'call', 'pop')), 'the stack is empty', 'nothing left'],
  [
    'a method that returns its object',
    stack(on(0, 'call', 'push', constant(4))),
    'push(item); return',
    'push(5); return',
  ],
  [
    'a method that returns nothing',
    stack(on(0, 'call', 'push', constant(4)), on(0, 'call', 'clear')),
    'this.#items = []; }',
    'this.#items = [1] }',
  ],
  ['the text of an object', stack(), "'Stack of '", "'A stack of '"],
  [
    'a curried call',
    caseOf('add', callOf('add', constant(1)), on(0, 'call', undefined, constant(2))),
    'a + b',
    'a * b',
  ],
  ['a promise', caseOf('later', callOf('later', constant(3))), 'return { value }', 'return { value: 1 }'],
  ['a rejection', caseOf('later', callOf('later', constant(-3))), 'too small', 'too low'],
  [
    'a callback',
    caseOf('each', callOf('each', given([1, 2]), { kind: 'function', does: { kind: 'negates' } })),
    'run(item)',
    'run(item, 1)',
  ],
  [
    'a callback that is not called',
    caseOf('each', callOf('each', given([]), { kind: 'function', does: { kind: 'negates' } })),
    'for (const item of items)',
    'for (const item of [1])',
  ],
  ['-0', caseOf('numbers', callOf('numbers')), 'zero: -0', 'zero: 0'],
  ['NaN', caseOf('numbers', callOf('numbers')), 'none: NaN', 'none: 1'],
  ['a big integer', caseOf('numbers', callOf('numbers')), '5n', '5'],
  ['a set', caseOf('numbers', callOf('numbers')), 'new Set([1])', 'new Set([2])'],
  ['a map', caseOf('numbers', callOf('numbers')), "['a', [1]]", "['a', [2]]"],
  ['a generator', caseOf('count', callOf('count', constant(3))), 'yield i', 'yield i + 1'],
  ['an instance', caseOf('make', callOf('make')), 'new Stack()', '({ size: 0 })'],
  [
    'a function of an object',
    caseOf('tools.text.trim', callOf('tools.text.trim', constant(' a '))),
    'text.trim()',
    'text',
  ],
  ['bytes', caseOf('bytes', callOf('bytes')), '[1, 2])', '[1, 3])'],
  ['an export', caseOf('itself', callOf('itself')), '=> itself', '=> add'],
]

describe('a written test', () => {
  for (const runner of runners) {
    it.each(cases)(
      `passes on the code and fails when it is broken, by ${runner}: %s`,
      async (_name, test, from, to) => {
        const observed = await observe(shop, test)
        expect(observed.observed.outcome.kind).not.toBe('unusable')
        const good = await runFile([observed], load(shop, 'plain').exports, runner)
        expect(good).toEqual({ tests: 1, failures: [] })
        const broken =
          from === 'this.#items = []; }'
            ? shop.replace('clear() { this.#items = [] }', 'clear() { this.#items = [1] }')
            : shop.replace(from, to)
        expect(broken).not.toBe(shop)
        const bad = await runFile([observed], load(broken, 'plain').exports, runner)
        expect(bad.failures).toHaveLength(1)
      },
    )
  }

  it('is a file of all of them, too', async () => {
    const findings = await Promise.all(cases.map(([, test]) => observe(shop, test)))
    for (const runner of runners) {
      const { tests, failures } = await runFile(findings, load(shop, 'plain').exports, runner)
      expect(tests).toBe(cases.length)
      expect(failures).toEqual([])
    }
  })
})

describe('any value', () => {
  const scope = { exports: {}, importedClasses: {}, results: [], tick: () => undefined }
  const text = 'let value; export const give = () => value; export const put = (next) => { value = next }'

  it('that is returned passes its own test', async () => {
    await fc.assert(
      fc.asyncProperty(plain, fc.constantFrom(...runners), async (expression, runner) => {
        const test = caseOf('give', callOf('give'))
        const bench = benchOf(text)
        const { put } = bench.code.exports as { put(value: unknown): void }
        put(build(expression, scope))
        const { outcome, uses, awaits, waits } = await runCase(bench, test, false)
        fc.pre(outcome.kind === 'returned')
        const observed = finding(test, outcome, { uses, awaits, waits })
        const { failures } = await runFile([observed], bench.code.exports, runner)
        expect(failures).toEqual([])
      }),
      { seed: 1, numRuns: 200 },
    )
  })

  it('fails the test of another number, text or list', async () => {
    const simple = fc.oneof(
      fc.integer(),
      fc.string(),
      fc.constantFrom(-0, 0, Number.NaN, null, undefined, true, 1n),
      fc.array(fc.integer({ max: 3 }), { maxLength: 2 }),
    )
    await fc.assert(
      fc.asyncProperty(simple, simple, fc.constantFrom(...runners), async (one, other, runner) => {
        fc.pre(!sameValue(one, other))
        const bench = benchOf(text)
        const { put } = bench.code.exports as { put(value: unknown): void }
        put(one)
        const test = caseOf('give', callOf('give'))
        const { outcome } = await runCase(bench, test, false)
        fc.pre(outcome.kind === 'returned')
        put(other)
        const { failures } = await runFile([finding(test, outcome)], bench.code.exports, runner)
        expect(failures).toHaveLength(1)
      }),
      { seed: 2, numRuns: 200 },
    )
  })
})

function sameValue(one: unknown, other: unknown): boolean {
  return Array.isArray(one) && Array.isArray(other) ? one.join() === other.join() : Object.is(one, other)
}

describe('tests that are added to a file', () => {
  it.each(runners)('of %s run with all of before, each under its own name', async (runner) => {
    const observed = await Promise.all(cases.map(([, test]) => observe(shop, test)))
    const first = sourceOf(
      observed.filter((_, at) => at % 2 === 0),
      runner,
    )
    const taken = titlesIn('a.test.js', first)
    // Some of the same again: they get other titles.
    const later = observed.filter((_, at) => at % 2 === 1 || at % 6 === 0)
    const whole = addTests('a.test.js', first, sourceOf(later, runner, taken)) as string
    const { tests, failures } = await runSource(whole, load(shop).exports)
    expect(failures).toEqual([])
    const counts = [first, sourceOf(later, runner)].map(
      (text) => text.match(/^( {2}it|test|test\.serial|(tap|QUnit)\.test)\(/gm)?.length ?? 0,
    )
    expect(tests).toBe((counts[0] ?? 0) + (counts[1] ?? 0))
    const titles = [...titlesIn('a.test.js', whole)].flatMap(([group, of]) =>
      of.map((it) => `${group} > ${it}`),
    )
    expect(titles).toHaveLength(tests)
    expect(new Set(titles).size).toBe(tests)
    const missing = first.split('\n').filter((line) => !whole.includes(line) && !/require\(/.test(line))
    expect(missing).toEqual([])
  })
})

describe('a dialect', () => {
  const printer = createPrinter("'", { path: (path) => path.join('.'), step: String })
  const three: Expression = constant(3)

  it.each<[Runner, string, string, string, string]>([
    [
      'vitest',
      'vi.fn',
      'vi.advanceTimersByTime(5)',
      'await vi.runAllTimersAsync()',
      'expect(a).toStrictEqual(3)',
    ],
    [
      'jest',
      'jest.fn',
      'jest.advanceTimersByTime(5)',
      'await jest.runAllTimersAsync()',
      'expect(a).toStrictEqual(3)',
    ],
    ['node', 'mock.fn', 'mock.timers.tick(5)', 'await runTimers()', 'assert.deepStrictEqual(a, 3)'],
  ])('of %s has its own words', (runner, spy, pass, run, equal) => {
    const dialect = createDialect(runner, printer)
    const subject = { flat: 'a', broken: () => 'a', hugs: false }
    expect([
      dialect.spy,
      dialect.pass('5'),
      dialect.runTimers(),
      dialect.equal(subject, printer.piece(three), 'strict').flat,
    ]).toEqual([spy, pass, run, equal])
  })
})
