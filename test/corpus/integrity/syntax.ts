// Changes of JavaScript and TypeScript tests that hang on how a test is written: tables, loops, conditions, types, JSX.

import type { Change } from './trees.ts'

const HEAD =
  "import { describe, expect, it, test } from 'vitest'\nimport { discount, total } from '../src/cart.ts'\n"
const SOURCE = 'export const total = (prices: number[]) => prices.reduce((sum, price) => sum + price, 0)\n'

/** A file of tests before and after a change. */
const change = (
  name: string,
  before: string,
  after: string,
  finding?: string,
  path = 'test/shop.test.ts',
): Change => ({
  name,
  tree: { [path]: HEAD + before, 'src/cart.ts': SOURCE },
  files: { [path]: HEAD + after },
  ...(finding === undefined ? {} : { finding }),
})

type Cheat = readonly [finding: string, name: string, before: string, after: string, path?: string]
type Honest = readonly [name: string, before: string, after: string, path?: string]

const ONE = "it('adds', () => {\n  expect(total([1, 2])).toBe(3)\n})\n"
const TWO = "it('adds', () => {\n  expect(total([1, 2])).toBe(3)\n  expect(total([])).toBe(0)\n})\n"
const GROUP = `describe('cart', () => {\n${ONE}})\n`
const EACH =
  "it.each([[10, 10], [110, 99]])('takes %d', (sum, expected) => {\n  expect(discount(sum)).toBe(expected)\n})\n"
const OBJECTS =
  "it.each([{ sum: 10, expected: 10 }, { sum: 110, expected: 99 }])('takes $sum', ({ sum, expected }) => {\n  expect(discount(sum)).toBe(expected)\n})\n"
const TEMPLATE = `it.each\`
  sum | expected
  \${10} | \${10}
  \${110} | \${99}
\`('takes $sum', ({ sum, expected }) => {
  expect(discount(sum)).toBe(expected)
})
`
const LOOP = `for (const [sum, expected] of [[10, 10], [110, 99]] as const) {
  it(\`takes \${sum}\`, () => {
    expect(discount(sum)).toBe(expected)
  })
}
`
const INSIDE =
  "it('takes', () => {\n  for (const { sum, expected } of [{ sum: 10, expected: 10 }, { sum: 110, expected: 99 }]) {\n    expect(discount(sum)).toBe(expected)\n  }\n})\n"
const HELPER =
  'function check(prices: number[], expected: number): void {\n  expect(total(prices)).toBe(expected)\n}\n'
const HOOK =
  "let prices: number[]\nbeforeEach(() => {\n  prices = [1, 2]\n})\nit('adds', () => {\n  expect(total(prices)).toBe(3)\n})\n"
const JSX = "it('renders', () => {\n  expect(render(<Cart prices={[1, 2]} />)).toBe('<b>3</b>')\n})\n"

const CHEATS: readonly Cheat[] = [
  // Tests that are not registered
  ['skipped_test', 'a test behind false &&', ONE, `false && ${ONE}`],
  ['skipped_test', 'a test behind an environment variable and ||', ONE, `process.env.CI || ${ONE}`],
  ['skipped_test', 'a test in a branch of ?:', ONE, `process.env.CI ? undefined : ${ONE}`],
  ['deleted_test', 'a test in a function that nobody calls', ONE, `function later() {\n${ONE}}\n`],
  [
    'skipped_test',
    'a group that returns before its tests',
    GROUP,
    GROUP.replace("() => {\nit('adds'", "() => {\n  return\nit('adds'"),
  ],
  [
    'skipped_test',
    'describe.skip.each',
    GROUP,
    GROUP.replace("describe('cart', ()", "describe.skip.each([1])('cart', ()"),
  ],
  ['focused_test', 'it.concurrent.only', ONE, ONE.replace('it(', 'it.concurrent.only(')],
  [
    'skipped_test',
    'skipped by an alias',
    ONE,
    `import { it as later } from 'vitest'\n${ONE.replace('it(', 'later.skip(')}`,
  ],
  [
    'deleted_test',
    'a test becomes a function',
    ONE,
    ONE.replace("it('adds', ", 'export const adds = (').replace(/\}\)\n$/, '})\n'),
  ],
  ['emptied_test', 'a loop over nothing around a test', ONE, `for (const _ of []) ${ONE}`],
  ['commented_out', 'all tests in a comment', ONE, `/*\n${ONE}*/\n`],
  // Tables
  ['changed_expectation', 'another result in a row', EACH, EACH.replace('99', '110')],
  ['changed_expectation', 'another result in an object', OBJECTS, OBJECTS.replace('99', '110')],
  ['changed_expectation', 'another result in a template table', TEMPLATE, TEMPLATE.replace('99', '110')],
  ['changed_expectation', 'another result in a loop of tests', LOOP, LOOP.replace('99', '110')],
  ['changed_expectation', 'another result in a loop inside a test', INSIDE, INSIDE.replace('99', '110')],
  ['fewer_assertions', 'a row of a template table', TEMPLATE, TEMPLATE.replace(`  \${110} | \${99}\n`, '')],
  [
    'fewer_assertions',
    'a row of a loop inside a test',
    INSIDE,
    INSIDE.replace(', { sum: 110, expected: 99 }', ''),
  ],
  [
    'fewer_assertions',
    'rows cut by slice',
    `const rows = [[10, 10], [110, 99]]\n${EACH.replace('[[10, 10], [110, 99]]', 'rows')}`,
    `const rows = [[10, 10], [110, 99]]\n${EACH.replace('[[10, 10], [110, 99]]', 'rows.slice(1)')}`,
  ],
  [
    'fewer_assertions',
    'rows left out by filter',
    EACH,
    EACH.replace('[[10, 10], [110, 99]]', '[[10, 10], [110, 99]].filter(([sum]) => sum < 100)'),
  ],
  // Values of names
  [
    'changed_expectation',
    'a constant of the file',
    `const EXPECTED = 3\n${ONE.replace('toBe(3)', 'toBe(EXPECTED)')}`,
    `const EXPECTED = 4\n${ONE.replace('toBe(3)', 'toBe(EXPECTED)')}`,
  ],
  [
    'changed_expectation',
    'a field of a constant',
    `const cart = { prices: [1, 2], sum: 3 }\n${ONE.replace('[1, 2]', 'cart.prices')}`,
    `const cart = { prices: [3], sum: 3 }\n${ONE.replace('[1, 2]', 'cart.prices')}`,
  ],
  [
    'changed_expectation',
    'a value from a pattern',
    ONE.replace(
      '  expect(total([1, 2]))',
      '  const { prices } = { prices: [1, 2] }\n  expect(total(prices))',
    ),
    ONE.replace('  expect(total([1, 2]))', '  const { prices } = { prices: [3] }\n  expect(total(prices))'),
  ],
  ['changed_expectation', 'what a hook prepares', HOOK, HOOK.replace('[1, 2]', '[3]')],
  [
    'loosened',
    'a helper',
    `${HELPER}it('adds', () => check([1, 2], 3))\n`,
    `${HELPER.replace('toBe(expected)', 'toBeTypeOf(typeof expected)')}it('adds', () => check([1, 2], 3))\n`,
  ],
  [
    'changed_expectation',
    'the argument of a helper',
    `${HELPER}it('adds', () => check([1, 2], 3))\n`,
    `${HELPER}it('adds', () => check([3], 3))\n`,
  ],
  // Assertions that do not run or cannot fail
  ['no_assertion', 'a matcher that is not called', '', ONE.replace('toBe(3)', 'toBe')],
  [
    'fewer_assertions',
    'a loop over nothing',
    TWO,
    TWO.replace('  expect(total([]))', '  for (const _ of []) expect(total([]))'),
  ],
  [
    'swallowed_failure',
    'finally returns',
    ONE,
    ONE.replace(
      '  expect(total([1, 2])).toBe(3)',
      '  try {\n    expect(total([1, 2])).toBe(3)\n  } finally {\n    return\n  }',
    ),
  ],
  [
    'conditional_assertion',
    'behind ?.',
    ONE,
    ONE.replace('  expect(total([1, 2]))', '  process.env.SLOW?.length && expect(total([1, 2]))'),
  ],
  [
    'conditional_assertion',
    'in a case of switch',
    ONE,
    ONE.replace(
      '  expect(total([1, 2])).toBe(3)',
      '  switch (total([1, 2])) {\n    case 3:\n      expect(total([1, 2])).toBe(3)\n  }',
    ),
  ],
  [
    'loosened',
    'expected to fail',
    ONE,
    ONE.replace('  expect(total([1, 2])).toBe(3)', '  expect(() => expect(total([1, 2])).toBe(3)).toThrow()'),
  ],
  [
    'tautology',
    'a comma',
    ONE,
    ONE.replace('expect(total([1, 2])).toBe(3)', 'expect((total([1, 2]), 3)).toBe(3)'),
  ],
  [
    'tautology',
    'a value with a default that is the answer',
    ONE,
    ONE.replace('expect(total([1, 2])).toBe(3)', 'expect(3 ?? total([1, 2])).toBe(3)'),
  ],
  [
    'tautology',
    'not a number of its own',
    ONE,
    ONE.replace('.toBe(3)', '.toBeGreaterThanOrEqual(-Infinity)'),
  ],
  // TypeScript and JSX
  [
    'loosened',
    'behind types, casts and generics',
    "test<Context>('adds', async <T,>(this: void) => {\n  expect(<number>(total([1, 2] satisfies number[]) as unknown)!).toBe(3)\n})\n",
    "test<Context>('adds', async <T,>(this: void) => {\n  expect(<number>(total([1, 2] satisfies number[]) as unknown)!).toBeTruthy()\n})\n",
  ],
  [
    'changed_expectation',
    'a property of an element',
    JSX,
    JSX.replace('[1, 2]', '[3]'),
    'test/shop.test.tsx',
  ],
  [
    'changed_expectation',
    'text in an element',
    JSX.replace('/>', '>a</Cart>'),
    JSX.replace('/>', '>b</Cart>'),
    'test/shop.test.jsx',
  ],
  ['loosened', 'in a file of commonjs', ONE, ONE.replace('toBe(3)', 'toBeTruthy()'), 'test/shop.test.cts'],
  [
    'loosened',
    'with Windows line ends and a mark of byte order',
    `\uFEFF${ONE}`.replaceAll('\n', '\r\n'),
    `\uFEFF${ONE}`.replaceAll('\n', '\r\n').replace('toBe(3)', 'toBeTruthy()'),
  ],
  [
    'loosened',
    'behind a mistake in the syntax',
    `const x = (\n${ONE}`,
    `const x = (\n${ONE.replace('toBe(3)', 'toBeTruthy()')}`,
  ],
]

const HONESTS: readonly Honest[] = [
  [
    'formatted by another tool',
    TWO,
    TWO.replaceAll("'", '"').replaceAll(')\n', ');\n').replace('[1, 2]', '[\n    1,\n    2,\n  ]'),
  ],
  ['Windows line ends', GROUP, GROUP.replaceAll('\n', '\r\n')],
  ['rows become objects', EACH, OBJECTS],
  ['rows become a template', EACH, TEMPLATE],
  ['rows become a loop of tests', EACH, LOOP],
  ['rows become a loop inside a test', EACH, INSIDE],
  ['a helper is extracted', TWO, `${HELPER}it('adds', () => {\n  check([1, 2], 3)\n  check([], 0)\n})\n`],
  ['an arrow becomes a function', ONE, ONE.replace('() =>', 'function ()')],
  [
    'a name for a value',
    ONE,
    ONE.replace(
      '  expect(total([1, 2]))',
      '  const prices = [1, 2]\n  const sum = total(prices)\n  expect(sum)',
    ),
  ],
  [
    'types are added',
    ONE,
    ONE.replace('total([1, 2])', 'total([1, 2] as const satisfies readonly number[])!'),
  ],
  ['a test is put into a group', ONE, GROUP],
  [
    'a hook becomes a constant',
    HOOK,
    "it('adds', () => {\n  const prices = [1, 2]\n  expect(total(prices)).toBe(3)\n})\n",
  ],
  [
    'properties of an element on lines',
    JSX,
    JSX.replace('<Cart prices={[1, 2]} />', '(\n    <Cart\n      prices={[1, 2]}\n    />\n  )'),
    'test/shop.test.tsx',
  ],
  [
    'a new test with a matcher in a variable',
    ONE,
    `${ONE}it('is near', () => {\n  const { toBeCloseTo } = { toBeCloseTo: 3 }\n  expect(total([toBeCloseTo])).toBe(3)\n})\n`,
  ],
  [
    'a new test that skips where something is missing',
    ONE,
    `${ONE}it('zips', (context) => {\n  if (!hasZip()) context.skip()\n  expect(total([4])).toBe(4)\n})\n`,
  ],
  [
    'a new loop of tests under a platform',
    ONE,
    `${ONE}if (process.platform === 'linux') it('links', () => expect(total([5])).toBe(5))\n`,
  ],
  [
    'one assertion both open and under a condition, as before',
    ONE.replace('})\n', '  if (process.env.SLOW) expect(total([1, 2])).toBe(3)\n})\n'),
    ONE.replace(
      '})\n',
      '  if (process.env.SLOW) expect(total([1, 2])).toBe(3)\n  expect(total([4])).toBe(4)\n})\n',
    ),
  ],
  [
    'a function inside of a test that is handed on',
    ONE,
    ONE.replace(
      '  expect',
      '  const each = (price: number) => expect(price).toBeGreaterThan(0)\n  ;[1, 2].forEach(each)\n  expect',
    ),
  ],
]

export const SYNTAX_CHEATING: readonly Change[] = CHEATS.map(([finding, name, before, after, path]) =>
  change(name, before, after, finding, path),
)
export const SYNTAX_HONEST: readonly Change[] = HONESTS.map(([name, before, after, path]) =>
  change(name, before, after, undefined, path),
)
