// Laws of judging tests of JavaScript and TypeScript, whatever the tests are.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { analysis } from '../../analysis/index.ts'

const judge = async (before: string | undefined, after: string, path = 'test/a.test.tsx') => {
  const change = { path, ...(before === undefined ? {} : { before }), after }
  return ((await analysis.judgeTests({ tests: [change], sources: [] })) ?? []).map(({ kind }) => kind)
}

const value = fc.constantFrom(
  '1',
  '-2.5',
  "'s'",
  'null',
  '[1, 2]',
  '{ a: 1 }',
  'total([1])',
  'price',
  'cart.sum',
  '<b a={1}>c</b>',
  '`d`',
)
const matcher = fc.constantFrom('toBe', 'toEqual', 'not.toBe', 'toContain', 'toMatchObject', 'toBeLessThan')
const assertion = fc.oneof(
  fc.tuple(value, matcher, value).map(([a, is, b]) => `expect(f(${a})).${is}(${b})`),
  fc.tuple(value, value).map(([a, b]) => `assert.equal(f(${a}), ${b})`),
  value.map((each) => `expect(() => f(${each})).toThrow('negative')`),
  value.map((each) => `const price = ${each}`),
)
const body = fc.array(
  fc.oneof(
    assertion,
    assertion.map((inner) => `for (const price of [1, 2]) { ${inner} }`),
    assertion.map((inner) => `if (price) { ${inner} }`),
  ),
  { minLength: 1, maxLength: 4 },
)
const test = (title: string, lines: readonly string[]) =>
  `it('${title}', async () => {\n${lines.map((line) => `  ${line}\n`).join('')}})\n`
const file = fc
  .array(body, { minLength: 1, maxLength: 4 })
  .map(
    (bodies) =>
      `describe('cart', () => {\n${bodies.map((lines, at) => test(`test ${at}`, lines)).join('')}})\n`,
  )

describe('a change of tests', () => {
  it('is none when nothing changes', async () => {
    await fc.assert(
      fc.asyncProperty(file, async (text) => {
        expect(await judge(text, text)).toEqual([])
      }),
      { numRuns: 60 },
    )
  })

  it('is none when only the layout changes', async () => {
    await fc.assert(
      fc.asyncProperty(file, async (text) => {
        const other = text
          .replaceAll("'", '"')
          .replaceAll(', ', ' ,\n\n\t')
          .replaceAll(/\)\n/g, ') ; // end\r\n')
          .replaceAll('=> {', '=>\n{ /* begin */')
        expect(await judge(text, other)).toEqual([])
      }),
      { numRuns: 60 },
    )
  })

  it('that takes a test away is found, and is none when the test is renamed or moves', async () => {
    await fc.assert(
      fc.asyncProperty(file, body, async (text, lines) => {
        const last = test('last', ['expect(total([7])).toBe(7)', ...lines])
        expect(await judge(text + last, text)).toEqual(['deleted_test'])
        expect(await judge(text + last, last.replace("'last'", "'first'") + text)).toEqual([])
      }),
      { numRuns: 60 },
    )
  })

  it.each([
    ['skipped_test', 'it.skip('],
    ['focused_test', 'it.only('],
    ['expected_failure', 'it.fails('],
    ['skipped_test', 'it.todo('],
    ['skipped_test', 'xit('],
    ['skipped_test', 'false && it('],
  ])('that marks a test is found: %s by %s', async (kind, marked) => {
    await fc.assert(
      fc.asyncProperty(file, async (text) => {
        expect(await judge(text, text.replace('it(', marked))).toContain(kind)
      }),
      { numRuns: 15 },
    )
  })
})

describe('any text', () => {
  const words = fc.constantFrom(
    "it('a', ",
    '() => {',
    '})',
    'expect(',
    ').toBe(',
    ')',
    '}',
    '{',
    '`$' + '{',
    "'",
    '/*',
    '//',
    '<b>',
    'if (',
    '\n',
    'const a =',
    'describe.each`',
    '🙂',
    '\0',
    '\uFEFF',
  )
  it.each([
    'test/a.test.ts',
    'test/a.test.tsx',
    'test/a.test.js',
    'test/a.test.cjs',
    'test_a.py',
    'a_test.go',
  ])('is judged as %s', async (path) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(words, fc.string({ maxLength: 3 })), { maxLength: 25 }),
        async (parts) => {
          const text = parts.join(' ')
          expect(await judge(text, text, path)).toEqual([])
          expect(await judge(undefined, text, path)).toBeInstanceOf(Array)
        },
      ),
      { numRuns: 60 },
    )
  })
})
