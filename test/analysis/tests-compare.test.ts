// Two versions of tests in JavaScript and TypeScript: each weakening is found once, with its line; no harmless rewrite is.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findingsOf, kindsOf } from './judged.ts'

// Line 1 is the test, line 2 its first assertion.
const ONE = `it('adds', () => {\n  expect(total([1, 2])).toBe(3)\n})\n`
const TWO = `it('adds', () => {\n  expect(total([1, 2])).toBe(3)\n  expect(total([])).toBe(0)\n})\n`
const OTHER = `it('is empty', () => {\n  expect(total([])).toBe(0)\n})\n`
const EACH = `it.each([\n  [[1], 1],\n  [[1, 2], 3],\n])('adds %j', (prices, sum) => {\n  expect(total(prices)).toBe(sum)\n})\n`
const THROWS = `it('refuses', () => {\n  expect(() => total([-1])).toThrow('negative')\n})\n`
const LATE = `it('fetches', async () => {\n  const user = await fetchUser(7)\n  expect(user).toEqual({ id: 7, name: 'a' })\n})\n`
const one = (line: string) => ONE.replace('expect(total([1, 2])).toBe(3)', line)

describe('a weakening is found once, on its line', () => {
  it.each<[string, string, string, string[]]>([
    ['a test is gone', ONE + OTHER, ONE, ['4 deleted_test']],
    ['all tests are gone', ONE + OTHER, '', ['1 deleted_test', '4 deleted_test']],
    ['a test is in a comment', ONE + OTHER, `${ONE}/*\n${OTHER}*/\n`, ['4 commented_out']],
    ['a test is skipped', ONE + OTHER, ONE + OTHER.replace('it(', 'it.skip('), ['4 skipped_test']],
    ['a test is alone', ONE + OTHER, ONE + OTHER.replace('it(', 'it.only('), ['4 focused_test']],
    ['a test must fail', ONE, ONE.replace('it(', 'it.fails('), ['1 expected_failure']],
    ['a test is to do', ONE, `it.todo('adds')\n`, ['1 skipped_test']],
    [
      'a group is skipped',
      `describe('g', () => {\n${ONE}})\n`,
      `describe.skip('g', () => {\n${ONE}})\n`,
      ['2 skipped_test'],
    ],
    ['a test with two assertions is empty', TWO, `it('adds', () => {})\n`, ['1 emptied_test']],
    ['a test is empty', ONE, `it('adds', () => {})\n`, ['1 emptied_test']],
    ['an assertion is gone', TWO, TWO.replace('  expect(total([])).toBe(0)\n', ''), ['1 fewer_assertions']],
    [
      'an assertion is in a comment',
      TWO,
      TWO.replace('expect(total([]))', '// expect(total([]))'),
      ['1 commented_out'],
    ],
    ['a row is gone', EACH, EACH.replace('  [[1], 1],\n', ''), ['1 fewer_assertions']],
    ['a row expects something else', EACH, EACH.replace('[[1], 1]', '[[1], 2]'), ['5 changed_expectation']],
    ['a row has another input', EACH, EACH.replace('[[1], 1]', '[[0, 1], 1]'), ['5 changed_expectation']],
    ['another value', ONE, one('expect(total([1, 2])).toBe(4)'), ['2 changed_expectation']],
    ['another input', ONE, one('expect(total([3])).toBe(3)'), ['2 changed_expectation']],
    ['another kind of value', ONE, one(`expect(total([1, 2])).toBe('3')`), ['2 changed_expectation']],
    ['any value', ONE, one('expect(total([1, 2])).toBeDefined()'), ['2 loosened']],
    ['any truth', ONE, one('expect(total([1, 2])).toBeTruthy()'), ['2 loosened']],
    ['any number', ONE, one('expect(total([1, 2])).toEqual(expect.any(Number))'), ['2 loosened']],
    ['a kind', ONE, one(`expect(total([1, 2])).toBeTypeOf('number')`), ['2 loosened']],
    ['a bound', ONE, one('expect(total([1, 2])).toBeGreaterThan(2)'), ['2 loosened']],
    ['not another', ONE, one('expect(total([1, 2])).not.toBe(4)'), ['2 loosened']],
    ['nearly', ONE, one('expect(total([1, 2])).toBeCloseTo(3, 0)'), ['2 loosened']],
    [
      'a wider bound',
      one('expect(f()).toBeLessThan(5)'),
      one('expect(f()).toBeLessThan(50)'),
      ['2 loosened'],
    ],
    [
      'a wider bound from below',
      one('expect(f()).toBeGreaterThan(5)'),
      one('expect(f()).toBeGreaterThan(1)'),
      ['2 loosened'],
    ],
    [
      'fewer digits',
      one('expect(f()).toBeCloseTo(5, 4)'),
      one('expect(f()).toBeCloseTo(5, 1)'),
      ['2 loosened'],
    ],
    ['no message', THROWS, THROWS.replace(`'negative'`, ''), ['2 loosened']],
    ['any message', THROWS, THROWS.replace(`'negative'`, '/.*/'), ['2 loosened']],
    ['any error', THROWS, THROWS.replace(`'negative'`, 'Error'), ['2 loosened']],
    ['another message', THROWS, THROWS.replace(`'negative'`, `'positive'`), ['2 changed_expectation']],
    [
      'a part of an object',
      LATE,
      LATE.replace(`toEqual({ id: 7, name: 'a' })`, 'toMatchObject({ id: 7 })'),
      ['3 loosened'],
    ],
    ['a vague field', LATE, LATE.replace(`name: 'a'`, 'name: expect.any(String)'), ['3 loosened']],
    ['a field less', LATE, LATE.replace(`, name: 'a'`, ''), ['3 changed_expectation']],
    [
      'an awaited promise is not',
      one(`await expect(f()).resolves.toBe(1)`),
      one(`expect(f()).resolves.toBe(1)`),
      ['2 unawaited_assertion'],
    ],
    [
      'a failure is caught',
      ONE,
      one('try { expect(total([1, 2])).toBe(3) } catch {}'),
      ['2 swallowed_failure'],
    ],
    ['a condition', ONE, one('if (ok) expect(total([1, 2])).toBe(3)'), ['2 conditional_assertion']],
    ['a condition with &&', ONE, one('ok && expect(total([1, 2])).toBe(3)'), ['2 conditional_assertion']],
    ['a return before', ONE, one('if (!ok) return\n  expect(total([1, 2])).toBe(3)'), ['3 early_return']],
    [
      'a function nobody calls',
      ONE,
      one('const later = () => { expect(total([1, 2])).toBe(3) }'),
      ['2 unreached_assertion'],
    ],
    ['a constant', ONE, one('expect(3).toBe(3)'), ['2 changed_expectation', '2 tautology']],
    ['ignored coverage', ONE, `/* v8 ignore next */\n${ONE}`, ['1 ignored_coverage']],
    ['an ignored type', ONE, `// @ts-ignore\n${ONE}`, ['1 suppressed_check']],
    ['an ignored lint', ONE, `${ONE}// biome-ignore lint: later\n`, ['4 suppressed_check']],
    ['an end of the process', ONE, `process.exit(0)\n${ONE}`, ['1 meddles_with_runner']],
    ['a replaced assertion', ONE, `globalThis.expect = () => calm\n${ONE}`, ['1 meddles_with_runner']],
    ['a second try', ONE, ONE.replace(`'adds', `, `'adds', { retry: 3 }, `), ['1 retried']],
    ['a sleep', ONE, ONE.replace('  expect', '  await sleep(500)\n  expect'), ['2 sleeps']],
    [
      'the network',
      ONE,
      ONE.replace('  expect', `  await fetch('https://shop.com/a')\n  expect`),
      ['2 network'],
    ],
  ])('%s', async (_what, before, after, found) => {
    expect(await kindsOf(before, before)).toEqual([])
    expect(await kindsOf(before, after)).toEqual(found)
  })

  it('a file of tests is gone', async () => {
    expect(await kindsOf(ONE + OTHER, undefined)).toEqual(['deleted_file', 'deleted_file'])
  })

  it('with the names of the test and both assertions', async () => {
    const [found] = await findingsOf(
      `describe('cart', () => {\n${ONE}})\n`,
      `describe('cart', () => {\n${one('expect(total([1, 2])).toBeTruthy()')}})\n`,
    )
    expect(found).toEqual({
      kind: 'loosened',
      path: 'test/shop.test.ts',
      line: 3,
      message: 'cart > adds: total ( [ 1 , 2 ] ) is 3 became total ( [ 1 , 2 ] ) any ',
    })
  })
})

describe('no weakening is', () => {
  it.each<[string, string, string]>([
    ['another title', ONE, ONE.replace('adds', 'sums up')],
    ['another title of a group', `describe('g', () => {\n${ONE}})\n`, `describe('h', () => {\n${ONE}})\n`],
    ['another order', ONE + OTHER, OTHER + ONE],
    ['another order of assertions', TWO, TWO.replace(/(.*\n)(.*\n)(.*\n)/, '$1$3$2')],
    [
      'another order of rows',
      EACH,
      EACH.replace('  [[1], 1],\n  [[1, 2], 3],\n', '  [[1, 2], 3],\n  [[1], 1],\n'),
    ],
    ['a split', TWO, ONE + OTHER],
    ['a join', ONE + OTHER, TWO],
    ['a group around', ONE + OTHER, `describe('cart', () => {\n${ONE}${OTHER}})\n`],
    ['no group around', `describe('cart', () => {\n${ONE}${OTHER}})\n`, ONE + OTHER],
    ['test for it', TWO, TWO.replace('it(', 'test(')],
    ['a function for an arrow', TWO, TWO.replace('() =>', 'function ()')],
    ['async', TWO, TWO.replace('() =>', 'async () =>')],
    ['an expression for a block', ONE, `it('adds', () => expect(total([1, 2])).toBe(3))\n`],
    [
      'a helper',
      TWO,
      `const check = (prices, sum) => expect(total(prices)).toBe(sum)\nit('adds', () => {\n  check([1, 2], 3)\n  check([], 0)\n})\n`,
    ],
    [
      'no helper',
      `const check = (prices, sum) => expect(total(prices)).toBe(sum)\nit('adds', () => {\n  check([1, 2], 3)\n  check([], 0)\n})\n`,
      TWO,
    ],
    [
      'a table',
      TWO,
      `it.each([[[1, 2], 3], [[], 0]])('adds %j', (prices, sum) => {\n  expect(total(prices)).toBe(sum)\n})\n`,
    ],
    [
      'no table',
      EACH,
      `it('a', () => {\n  expect(total([1])).toBe(1)\n  expect(total([1, 2])).toBe(3)\n})\n`,
    ],
    [
      'a table of objects',
      EACH,
      EACH.replace('[[1], 1]', '{ prices: [1], sum: 1 }')
        .replace('[[1, 2], 3]', '{ prices: [1, 2], sum: 3 }')
        .replace('(prices, sum)', '({ prices, sum })'),
    ],
    [
      'a table with a name',
      EACH,
      `const rows = [\n  [[1], 1],\n  [[1, 2], 3],\n]\n${EACH.replace(/\[[\s\S]*?\n\]/, 'rows')}`,
    ],
    [
      'a loop in a test',
      TWO,
      `it('adds', () => {\n  for (const [prices, sum] of [[[1, 2], 3], [[], 0]]) expect(total(prices)).toBe(sum)\n})\n`,
    ],
    ['a name for a value', ONE, one('const sum = total([1, 2])\n  expect(sum).toBe(3)')],
    ['a name for what is expected', ONE, one('const expected = 3\n  expect(total([1, 2])).toBe(expected)')],
    ['a constant of the file', ONE, `const PRICES = [1, 2]\n${ONE.replace('[1, 2]', 'PRICES')}`],
    ['assert for expect', ONE, one('assert.strictEqual(total([1, 2]), 3)')],
    ['toEqual for toBe', ONE, one('expect(total([1, 2])).toEqual(3)')],
    ['toBeNull', one('expect(f()).toBe(null)'), one('expect(f()).toBeNull()')],
    ['a comparison', one('assert.ok(f() === 1)'), one('assert.strictEqual(f(), 1)')],
    ['chai for jest', ONE, one('expect(total([1, 2])).to.equal(3)')],
    ['a stricter assertion', one('expect(f()).toBeTruthy()'), one('expect(f()).toBe(3)')],
    ['a narrower bound', one('expect(f()).toBeLessThan(50)'), one('expect(f()).toBe(5)')],
    ['a stated message', THROWS.replace(`'negative'`, ''), THROWS],
    [
      'a whole for its parts',
      one(`expect(r.a).toBe(1)\n  expect(r.b).toBe(2)`),
      one('expect(r).toEqual({ a: 1, b: 2 })'),
    ],
    ['one more assertion', ONE, TWO],
    ['one more test', ONE, ONE + OTHER],
    ['a copy less', ONE + ONE.replace('adds', 'adds again'), ONE],
    ['a skip less', ONE.replace('it(', 'it.skip('), ONE],
    ['an only less', ONE.replace('it(', 'it.only('), ONE],
    ['a test in place of a todo', `it.todo('adds')\n`, ONE],
    ['a condition less', one('if (ok) expect(total([1, 2])).toBe(3)'), ONE],
    ['a comment', ONE, `// adds\n${ONE.replace('expect', '/* sum */ expect')}`],
    ['a type', ONE, one('expect(total([1, 2] as number[]) satisfies number).toBe(3)')],
    ['a message for the reader', ONE, one(`expect(total([1, 2]), 'the sum').toBe(3)`)],
    ['a time limit', ONE, ONE.replace('})\n', '}, 5000)\n')],
    ['an import', ONE, `import { total } from '../src/cart.ts'\n${ONE}`],
    [
      'a fake clock for a sleep',
      ONE.replace('  expect', '  await sleep(500)\n  expect'),
      ONE.replace('  expect', '  vi.useFakeTimers()\n  expect'),
    ],
    ['@ts-expect-error', ONE, ONE.replace('  expect', '  // @ts-expect-error no number\n  expect')],
  ])('%s', async (_what, before, after) => {
    expect(await findingsOf(before, after)).toEqual([])
  })

  it('a move to another file, or of the file', async () => {
    const { analysis } = await import('../../analysis/index.ts')
    const moved = [
      { path: 'test/a.test.ts', before: ONE + OTHER, after: ONE },
      { path: 'test/b.test.ts', after: OTHER },
    ]
    expect(await analysis.judgeTests({ tests: moved, sources: [] })).toEqual([])
    const renamed = [
      { path: 'test/a.test.ts', before: ONE },
      { path: 'test/b.test.ts', after: ONE },
    ]
    expect(await analysis.judgeTests({ tests: renamed, sources: [] })).toEqual([])
  })
})

// Random files of tests, whose assertions all differ.

const subject = fc.constantFrom('total([1, 2])', 'cart.sum', `find('a')`, 'list[0]', 'await load()')
const matcher = fc.constantFrom('toBe', 'toEqual', 'toContain', 'toBeGreaterThan', 'toMatchObject')
const assertionsOf = fc.array(fc.tuple(subject, matcher), { minLength: 1, maxLength: 4 })
const randomFile = fc.array(assertionsOf, { minLength: 1, maxLength: 4 })
type RandomFile = readonly (readonly (readonly [string, string])[])[]

/** The lines of each test; no two assertions of a file are the same. */
const linesOf = (file: RandomFile) =>
  file.map((test, at) =>
    test.map(([value, is], index) => `expect(f(${value}, ${at})).${is}(${at * 10 + index + 2})`),
  )
const write = (tests: readonly (readonly string[])[], title = 'test') =>
  tests
    .map(
      (lines, at) => `it('${title} ${at}', async () => {\n${lines.map((line) => `  ${line}\n`).join('')}})\n`,
    )
    .join('\n')

const HARMLESS: readonly [string, (tests: string[][]) => string][] = [
  ['other titles', (tests) => write(tests, 'case')],
  ['another order of tests', (tests) => write(tests).split('\n\n').toReversed().join('\n\n')],
  ['another order of assertions', (tests) => write(tests.map((lines) => lines.toReversed()))],
  ['a group around', (tests) => `describe('g', () => {\n${write(tests)}})\n`],
  ['one test for all', (tests) => write([tests.flat()])],
  ['one test for each assertion', (tests) => write(tests.flat().map((line) => [line]))],
  [
    'names for values',
    (tests) =>
      write(
        tests.map((lines) =>
          lines.map((line, at) =>
            line.replace(/^expect\((.*)\)\.(\w+)\((.*)\)$/, `const v${at} = $1\n  expect(v${at}).$2($3)`),
          ),
        ),
      ),
  ],
  ['a block around each', (tests) => write(tests.map((lines) => lines.map((line) => `{ ${line}; }`)))],
  [
    'semicolons, quotes and comments',
    (tests) => write(tests).replaceAll(')\n', '); // so\n').replaceAll("'", '"'),
  ],
  ['another layout', (tests) => write(tests).replaceAll('(', '(\n\t').replaceAll(')', '\n)')],
]

describe('of a random file of tests', () => {
  it.each(HARMLESS)('%s are no weakening', async (_what, rewrite) => {
    await fc.assert(
      fc.asyncProperty(randomFile, async (file) => {
        const tests = linesOf(file)
        expect(await findingsOf(write(tests), rewrite(tests))).toEqual([])
      }),
      { numRuns: 12 },
    )
  })

  it('an assertion less is found exactly once', async () => {
    await fc.assert(
      fc.asyncProperty(randomFile, fc.nat(), fc.nat(), async (file, first, second) => {
        const tests = linesOf(file)
        const at = first % tests.length
        const lines = tests[at] ?? []
        const less = tests.with(at, lines.toSpliced(second % lines.length, 1))
        const kinds = (await findingsOf(write(tests), write(less))).map(({ kind }) => kind)
        expect(kinds).toEqual(lines.length === 1 ? ['emptied_test'] : ['fewer_assertions'])
      }),
      { numRuns: 40 },
    )
  })

  it('a test less is found exactly once', async () => {
    await fc.assert(
      fc.asyncProperty(randomFile, fc.nat(), async (file, which) => {
        const tests = linesOf(file)
        const kept = write(tests)
          .split('\n\n')
          .toSpliced(which % tests.length, 1)
          .join('\n\n')
        expect((await findingsOf(write(tests), kept)).map(({ kind }) => kind)).toEqual(['deleted_test'])
      }),
      { numRuns: 40 },
    )
  })

  it('another expected value is found exactly once, on its line', async () => {
    await fc.assert(
      fc.asyncProperty(randomFile, fc.nat(), async (file, which) => {
        const text = write(linesOf(file))
        const lines = text.split('\n')
        const numbers = lines.flatMap((line, at) => (/expect\(/.test(line) ? [at] : []))
        const at = numbers[which % numbers.length] ?? 0
        const other = lines.with(at, (lines[at] ?? '').replace(/\((\d+)\)$/, '(999)')).join('\n')
        expect(await kindsOf(text, other)).toEqual([
          expect.stringMatching(new RegExp(`^${at + 1} (changed_expectation|loosened)$`)),
        ])
      }),
      { numRuns: 40 },
    )
  })
})
