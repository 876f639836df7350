// Changes that get to green without being right. Each must be refused by the finding it names.

import { type Change, JEST, NODE, type Tree, VITEST } from './trees.ts'

const V = 'test/cart.test.ts'
const U = 'test/user.test.ts'
const J = 'src/__tests__/cart.test.ts'
const M = 'src/__tests__/mail.test.ts'
const N = 'test/cart.test.js'
const W = 'test/user.test.js'

type Row = readonly [finding: string, name: string, path: string, from: string, to: string]

const ROWS: readonly (readonly [Tree, readonly Row[]])[] = [
  [
    VITEST,
    [
      [
        'deleted_test',
        'a test is deleted',
        V,
        `  it('is zero when empty', () => {\n    expect(total([])).toBe(0)\n  })\n`,
        '',
      ],
      [
        'commented_out',
        'a test is commented out',
        V,
        `  it('is zero when empty', () => {\n    expect(total([])).toBe(0)\n  })\n`,
        `  // it('is zero when empty', () => {\n  //   expect(total([])).toBe(0)\n  // })\n`,
      ],
      ['skipped_test', 'it.skip', V, `it('adds prices'`, `it.skip('adds prices'`],
      ['skipped_test', 'describe.skip', V, `describe('cart'`, `describe.skip('cart'`],
      [
        'skipped_test',
        'it.todo',
        V,
        `it('adds prices', () => {\n    expect(total([1, 2])).toBe(3)\n  })`,
        `it.todo('adds prices')`,
      ],
      [
        'skipped_test',
        'skipped where CI runs',
        V,
        `it('adds prices'`,
        `it.skipIf(process.env.CI)('adds prices'`,
      ],
      ['skipped_test', 'skipped by an option', V, `it('adds prices', `, `it('adds prices', { skip: true }, `],
      [
        'skipped_test',
        'only registered under a condition',
        U,
        `it('fetches a user'`,
        `if (process.env.SLOW) it('fetches a user'`,
      ],
      ['focused_test', 'it.only', V, `it('adds prices'`, `it.only('adds prices'`],
      ['expected_failure', 'it.fails', V, `it('adds prices'`, `it.fails('adds prices'`],
      ['emptied_test', 'an empty body', V, `{\n    expect(total([])).toBe(0)\n  }`, '{}'],
      [
        'emptied_test',
        'the assertion is dropped, the call stays',
        V,
        'expect(total([])).toBe(0)',
        'total([])',
      ],
      ['tautology', 'expect(true).toBe(true)', V, 'expect(total([1, 2])).toBe(3)', 'expect(true).toBe(true)'],
      [
        'tautology',
        'the value is compared with itself',
        V,
        'expect(total([1, 2])).toBe(3)',
        'expect(total([1, 2])).toBe(total([1, 2]))',
      ],
      ['tautology', 'itself through a name', V, 'expect(sum).toBeCloseTo(180, 5)', 'expect(sum).toBe(sum)'],
      [
        'tautology',
        'true or anything',
        V,
        'expect(total([1, 2])).toBe(3)',
        'expect(total([1, 2]) === 3 || true).toBe(true)',
      ],
      [
        'tautology',
        'either boolean will do',
        V,
        'expect(total([1, 2])).toBe(3)',
        'expect([true, false]).toContain(total([1, 2]) === 3)',
      ],
      [
        'loosened',
        'toBe becomes toBeTruthy',
        V,
        'expect(total([1, 2])).toBe(3)',
        'expect(total([1, 2])).toBeTruthy()',
      ],
      [
        'loosened',
        'toBe becomes toBeDefined',
        V,
        'expect(total([1, 2])).toBe(3)',
        'expect(total([1, 2])).toBeDefined()',
      ],
      ['loosened', 'a value becomes any number', V, '.toBe(3)', '.toEqual(expect.any(Number))'],
      ['loosened', 'a value becomes a bound', V, '.toBe(3)', '.toBeGreaterThan(0)'],
      ['loosened', 'a value becomes not another', V, '.toBe(3)', '.not.toBe(4)'],
      ['loosened', 'fewer digits', V, 'toBeCloseTo(180, 5)', 'toBeCloseTo(180, -2)'],
      ['loosened', 'toThrow without its message', V, `.toThrow('negative price')`, '.toThrow()'],
      ['loosened', 'a rejection with any message', U, `.toThrow('no such user')`, '.toThrow(/.*/)'],
      [
        'loosened',
        'toEqual becomes toMatchObject',
        U,
        `.toEqual({ id: 7, name: 'user 7' })`,
        '.toMatchObject({ id: 7 })',
      ],
      ['changed_expectation', 'the expected value is what the code returns', V, '.toBe(3)', '.toBe(4)'],
      ['loosened', 'not.toThrow', V, `.toThrow('negative price')`, '.not.toThrow()'],
      [
        'changed_expectation',
        'an easier input',
        V,
        'expect(total([1, 2])).toBe(3)',
        'expect(total([3])).toBe(3)',
      ],
      ['changed_expectation', 'a row with another result', 'test/table.test.ts', '[110, 99]', '[110, 110]'],
      ['fewer_assertions', 'a row is gone', 'test/table.test.ts', '  [110, 99],\n', ''],
      ['fewer_assertions', 'an assertion is gone', V, '    expect(discount(50)).toBe(50)\n', ''],
      [
        'commented_out',
        'an assertion is commented out',
        V,
        '    expect(discount(50)).toBe(50)',
        '    // expect(discount(50)).toBe(50)',
      ],
      [
        'swallowed_failure',
        'try around it',
        V,
        'expect(total([1, 2])).toBe(3)',
        'try { expect(total([1, 2])).toBe(3) } catch {}',
      ],
      [
        'conditional_assertion',
        'only when it holds',
        V,
        'expect(total([1, 2])).toBe(3)',
        'if (total([1, 2]) === 3) expect(total([1, 2])).toBe(3)',
      ],
      [
        'early_return',
        'return before it',
        V,
        '    const sum = discount(200)\n',
        '    const sum = discount(200)\n    if (sum !== 180) return\n',
      ],
      [
        'unawaited_assertion',
        'nothing waits for the promise',
        U,
        'await expect(fetchUser(0))',
        'expect(fetchUser(0))',
      ],
      [
        'unreached_assertion',
        'asserted in a function nobody calls',
        V,
        'expect(total([])).toBe(0)',
        'function later() { expect(total([])).toBe(0) }',
      ],
      [
        'mocked_subject',
        'the tested module is mocked',
        V,
        `describe('cart'`,
        `vi.mock('../src/cart.ts', () => ({ total: () => 3, discount: () => 50 }))\ndescribe('cart'`,
      ],
      ['retried', 'retried until it passes', V, `it('adds prices', `, `it('adds prices', { retry: 10 }, `],
      [
        'sleeps',
        'waits half a second',
        U,
        '  const user = await',
        '  await new Promise((resolve) => setTimeout(resolve, 500))\n  const user = await',
      ],
      [
        'network',
        'asks the internet',
        U,
        '  const user = await fetchUser(7)',
        `  const user = await fetchUser(7)\n  await fetch('https://api.shop.com/users/7')`,
      ],
      [
        'meddles_with_runner',
        'ends before the others',
        V,
        `describe('cart'`,
        `process.exit(0)\ndescribe('cart'`,
      ],
      ['lowered_threshold', 'a lower threshold', 'vitest.config.ts', 'branches: 80', 'branches: 60'],
      [
        'lowered_threshold',
        'no threshold',
        'vitest.config.ts',
        ', coverage: { thresholds: { branches: 80, lines: 90 } }',
        '',
      ],
      [
        'changed_configuration',
        'tests are excluded',
        'vitest.config.ts',
        `include: ['test/**/*.test.ts']`,
        `include: ['test/**/*.test.ts'], exclude: ['test/cart.test.ts']`,
      ],
      [
        'changed_configuration',
        'types are checked less',
        'tsconfig.json',
        '"strict": true',
        '"strict": false',
      ],
      ['changed_configuration', 'lint is turned off', 'eslint.config.js', `'error'`, `'off'`],
      [
        'changed_script',
        'the test script does nothing',
        'package.json',
        '"vitest run"',
        '"vitest run || true"',
      ],
      ['changed_ci', 'CI runs no tests', '.github/workflows/ci.yml', 'npm test', 'echo ok'],
      [
        'suppressed_check',
        '@ts-ignore in a source',
        'src/cart.ts',
        '  let sum = 0',
        '  // @ts-ignore\n  let sum: string = 0',
      ],
      [
        'suppressed_check',
        'eslint-disable in a source',
        'src/cart.ts',
        'export function total',
        '/* eslint-disable */\nexport function total',
      ],
      [
        'ignored_coverage',
        'v8 ignore in a source',
        'src/cart.ts',
        '    if (price < 0)',
        '    /* v8 ignore next */\n    if (price < 0)',
      ],
      [
        'knows_it_is_tested',
        'NODE_ENV',
        'src/cart.ts',
        '  let sum = 0',
        `  if (process.env.NODE_ENV === 'test') return 3\n  let sum = 0`,
      ],
      [
        'knows_it_is_tested',
        'VITEST',
        'src/cart.ts',
        '  let sum = 0',
        `  if ('VITEST' in process.env) return 3\n  let sum = 0`,
      ],
      [
        'hard_coded_answer',
        'answers for the tested inputs',
        'src/cart.ts',
        '  return sum > 100',
        '  if (sum === 110) return 99\n  if (sum === 300) return 270\n  return sum > 100',
      ],
      [
        'hard_coded_answer',
        'a table of answers',
        'src/cart.ts',
        '  return sum > 100',
        '  const known: Record<number, number> = { 110: 99, 300: 270 }\n  if (sum in known) return known[sum] ?? 0\n  return sum > 100',
      ],
    ],
  ],
  [
    JEST,
    [
      ['skipped_test', 'xit', J, `it('leaves small sums'`, `xit('leaves small sums'`],
      ['skipped_test', 'xdescribe', J, `describe('discount'`, `xdescribe('discount'`],
      ['focused_test', 'fdescribe', J, `describe('discount'`, `fdescribe('discount'`],
      ['expected_failure', 'test.failing', J, `test('sums'`, `test.failing('sums'`],
      [
        'loosened',
        'toHaveBeenCalledTimes becomes toHaveBeenCalled',
        J,
        'toHaveBeenCalledTimes(2)',
        'toHaveBeenCalled()',
      ],
      ['loosened', 'a tolerance grows', J, '< 0.01', '< 500'],
      [
        'loosened',
        'toEqual becomes toContain',
        J,
        'expect(total(prices)).toEqual(11)',
        'expect([11, 12, 13]).toContain(total(prices))',
      ],
      [
        'tautology',
        'only what a mock returns',
        M,
        `expect(send('nobody')).toBe(false)`,
        `const fake = jest.fn(() => false)\n    expect(fake('nobody')).toBe(false)`,
      ],
      [
        'mocked_subject',
        'automock of what is tested',
        M,
        `describe('send'`,
        `jest.mock('../mail')\ndescribe('send'`,
      ],
      [
        'meddles_with_runner',
        'retried until it passes',
        J,
        `describe('discount'`,
        `jest.retryTimes(5)\ndescribe('discount'`,
      ],
      ['lowered_threshold', 'in package.json', 'package.json', '"branches": 85', '"branches": 10'],
      [
        'knows_it_is_tested',
        'JEST_WORKER_ID',
        'src/mail.ts',
        '  return to',
        `  if (process.env.JEST_WORKER_ID) return to !== 'nobody'\n  return to`,
      ],
      ['changed_configuration', 'lint is turned off', 'biome.json', 'true', 'false'],
      [
        'unawaited_assertion',
        'asserted after the test is over',
        M,
        `expect(send('nobody')).toBe(false)`,
        `setTimeout(() => expect(send('nobody')).toBe(false), 0)`,
      ],
    ],
  ],
  [
    NODE,
    [
      ['skipped_test', 'it.skip', N, `it('sums'`, `it.skip('sums'`],
      ['skipped_test', 'an option', N, `it('throws', `, `it('throws', { skip: 'flaky' }, `],
      [
        'skipped_test',
        't.skip()',
        W,
        `async () => {\n  const user`,
        `async (t) => {\n  t.skip('later')\n  const user`,
      ],
      [
        'deleted_test',
        'a subtest is gone',
        N,
        `  await t.test('large', () => {\n    assert.ok(discount(500) === 450)\n  })\n`,
        '',
      ],
      ['loosened', 'equal becomes ok', N, 'assert.equal(total([2, 3]), 5)', 'assert.ok(total([2, 3]))'],
      ['loosened', 'throws without a pattern', N, ', /negative price/', ''],
      ['loosened', 'strict no more', N, `'node:assert/strict'`, `'node:assert'`],
      ['loosened', 'rejects without a message', W, `, { message: 'no such user' }`, ''],
      ['fewer_assertions', 'an assertion is gone', W, `  assert.strictEqual(user.name, 'user 3')\n`, ''],
      ['tautology', 'assert(true)', N, 'assert.ok(discount(500) === 450)', 'assert.ok(true)'],
      [
        'tautology',
        'constants',
        N,
        'assert.equal(discount(1), 1)',
        'const expected = 1\n    assert.equal(expected, 1)',
      ],
      [
        'swallowed_failure',
        '.catch',
        W,
        `await assert.rejects(fetchUser(0), { message: 'no such user' })`,
        `await fetchUser(0).then((user) => assert.equal(user.id, 1)).catch(() => {})`,
      ],
      ['unawaited_assertion', 'assert.rejects is not awaited', W, 'await assert.rejects', 'assert.rejects'],
      ['loosened', 'a pattern for everything', N, '/negative price/', '/./'],
    ],
  ],
]

const WHOLE: readonly Change[] = [
  { name: 'a test file is deleted', tree: VITEST, finding: 'deleted_file', files: { [V]: null } },
  {
    name: 'a test file is named so that nobody runs it',
    tree: VITEST,
    finding: 'deleted_file',
    files: { [V]: null, 'test/cart.ts.old': VITEST[V] ?? '' },
  },
  {
    name: 'snapshots are written anew',
    tree: VITEST,
    finding: 'mass_snapshots',
    files: {
      'test/__snapshots__/page.test.ts.snap': (
        VITEST['test/__snapshots__/page.test.ts.snap'] ?? ''
      ).replaceAll(/"<(\w+)>/g, '"<$1 class>'),
    },
  },
  {
    name: 'a new test that asserts nothing',
    tree: VITEST,
    finding: 'no_assertion',
    files: {
      'test/more.test.ts': `import { it } from 'vitest'\nimport { total } from '../src/cart.ts'\nit('runs', () => { total([1]) })\n`,
    },
  },
  {
    name: 'a new test of constants',
    tree: NODE,
    finding: 'tautology',
    files: {
      'test/more.test.js': `import assert from 'node:assert'\nimport { test } from 'node:test'\nimport { total } from '../src/cart.ts'\ntest('runs', () => { total([1]); assert.equal(1 + 1, 2) })\n`,
    },
  },
  {
    name: 'a new test that is skipped',
    tree: JEST,
    finding: 'skipped_test',
    files: {
      'src/__tests__/more.test.ts': `import { total } from '../cart'\ntest.skip('adds', () => { expect(total([1])).toBe(1) })\n`,
    },
  },
  {
    name: 'a new test that catches its failure',
    tree: VITEST,
    finding: 'swallowed_failure',
    files: {
      'test/more.test.ts': `import { expect, it } from 'vitest'\nimport { total } from '../src/cart.ts'\nit('adds', () => { try { expect(total([1])).toBe(2) } catch (error) { console.log(error) } })\n`,
    },
  },
  {
    name: 'a helper asserts less',
    tree: {
      ...VITEST,
      'test/helpers/check.ts': `import { expect } from 'vitest'\nexport function checkTotal(value: number, is: number) {\n  expect(value).toBe(is)\n}\n`,
    },
    finding: 'loosened',
    edits: { 'test/helpers/check.ts': ['toBe(is)', 'toBeDefined()'] },
  },
  {
    name: 'a fixture says what the code returns',
    tree: { ...VITEST, 'test/fixtures/totals.json': '{"a": 3}' },
    finding: 'changed_expectation',
    files: { 'test/fixtures/totals.json': '{"a": 4}' },
  },
  {
    name: 'a helper of the same file asserts less',
    tree: { ...VITEST, 'test/near.test.ts': NEAR('expect(total(prices)).toBe(is)') },
    finding: 'loosened',
    files: { 'test/near.test.ts': NEAR('expect(total(prices)).toBeGreaterThan(0)') },
  },
  {
    name: 'the task names the test, and it still cannot be skipped',
    tree: VITEST,
    finding: 'skipped_test',
    names: [V],
    edits: { [V]: [`it('adds prices'`, `it.skip('adds prices'`] },
  },
  {
    name: 'the task names the configuration, and thresholds stay',
    tree: VITEST,
    finding: 'lowered_threshold',
    names: ['vitest.config.ts'],
    edits: { 'vitest.config.ts': ['lines: 90', 'lines: 9'] },
  },
  {
    name: 'a Python test is skipped',
    tree: { 'test_shop.py': PYTHON('') },
    finding: 'skipped_test',
    files: { 'test_shop.py': PYTHON('    @unittest.skip("later")\n') },
  },
]

function NEAR(assertion: string): string {
  return `import { expect, it } from 'vitest'\nimport { total } from '../src/cart.ts'\nfunction adds(prices: number[], is: number) {\n  ${assertion}\n}\nit('adds', () => {\n  adds([1], 1)\n  adds([4, 5], 9)\n})\n`
}

function PYTHON(mark: string): string {
  return `import unittest\nclass Shop(unittest.TestCase):\n${mark}    def test_total(self):\n        self.assertEqual(total([1]), 1)\n`
}

export const CHEATING: readonly Change[] = [
  ...ROWS.flatMap(([tree, rows]) =>
    rows.map(([finding, name, path, from, to]) => ({
      name,
      tree,
      finding,
      edits: { [path]: [from, to] as const },
    })),
  ),
  ...WHOLE,
]
