// Laws of judging Python tests, whatever the tests are.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { analysis } from '../../analysis/index.ts'

const judge = async (before: string | undefined, after: string) =>
  (await analysis.judgeTests({
    tests: [{ path: 'tests/test_a.py', ...(before === undefined ? {} : { before }), after }],
    sources: [],
  })) ?? []

const value = fc.constantFrom('1', '-2', "'s'", 'None', '[1, 2]', 'total([1])', 'price', 'cart.sum')
const assertion = fc.oneof(
  fc
    .tuple(value, fc.constantFrom('==', '!=', '<', 'in', 'is not'), value)
    .map(([a, is, b]) => `assert ${a} ${is} ${b}`),
  fc
    .tuple(fc.constantFrom('Equal', 'In', 'AlmostEqual', 'Less'), value, value)
    .map(([how, a, b]) => `self.assert${how}(${a}, ${b})`),
  value.map((each) => `price = ${each}`),
  value.map((each) => `with self.assertRaises(ValueError): f(${each})`),
)
const body = fc.array(
  fc.oneof(
    assertion,
    fc
      .tuple(fc.constantFrom('if price:', 'for price in [1, 2]:', 'while price:'), assertion)
      .map(([head, inner]) => `${head}\n            ${inner}`),
  ),
  { minLength: 1, maxLength: 4 },
)
const file = fc
  .array(body, { minLength: 1, maxLength: 4 })
  .map(
    (bodies) =>
      `class CartTest(unittest.TestCase):\n${bodies.map((lines, at) => `    def test_${at}(self):\n${lines.map((line) => `        ${line}\n`).join('')}`).join('')}`,
  )

describe('a change of Python tests', () => {
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
          .replaceAll('    ', '\t')
          .replaceAll("'", '"')
          .replaceAll(/, /g, ' ,\n\t\t\t\t\t\t')
          .replaceAll('(self)', '( self, )')
          .replaceAll('\n\tdef', '\n\n\t# a test\n\tdef')
          .replaceAll('\n', '\r\n')
        expect(await judge(text, other)).toEqual([])
      }),
      { numRuns: 60 },
    )
  })

  it('that takes a test away is found, unless another test asserts the same', async () => {
    await fc.assert(
      fc.asyncProperty(file, body, async (text, lines) => {
        const last = `    def test_last(self):\n        self.assertEqual(total([7]), 7)\n${lines.map((line) => `        ${line}\n`).join('')}`
        const kinds = (await judge(text + last, text)).map(({ kind }) => kind)
        expect(kinds).toEqual(['deleted_test'])
        expect(await judge(text + last, text + last.replace('test_last', 'test_other'))).toEqual([])
      }),
      { numRuns: 60 },
    )
  })
})

it('a test that calls helpers hundreds of times is followed to its end', async () => {
  const text = `def check(prices, expected):\n${'    prepare()\n'.repeat(5)}    assert total(prices) == expected\n\n\ndef test_a():\n${Array.from({ length: 300 }, (_, at) => `    check([${at}], ${at})\n`).join('')}`
  const kinds = (await judge(text, text.replace('check([299], 299)', 'check([299], 0)'))).map(
    ({ kind }) => kind,
  )
  expect(kinds).toEqual(['changed_expectation'])
})

describe('endless Python', () => {
  const inner = (name: string) => `    ${name}()\n`.repeat(300)
  it.each([
    [
      'helpers in helpers',
      `def a():\n${inner('b')}def b():\n${inner('c')}def c():\n${'    assert x == 1\n'.repeat(300)}def test_a():\n    a()\n    assert f() == 1\n`,
    ],
    [
      'helpers that call themselves',
      'def a():\n    a()\n    a()\n    assert x\n\n\ndef test_a():\n    a()\n    assert f() == 1\n',
    ],
    [
      'loops in loops',
      `def test_a():\n${[0, 1, 2, 3, 4].map((at) => `${'    '.repeat(at + 1)}for x${at} in [${'1, '.repeat(150)}]:\n`).join('')}${'    '.repeat(6)}assert x == 1\n    assert f() == 1\n`,
    ],
    [
      'names for names',
      `${Array.from({ length: 60 }, (_, at) => `a${at} = a${at + 1} + a${at + 1}\n`).join('')}def test_a():\n    assert a0 == 2\n    assert f() == 1\n`,
    ],
    [
      'blocks in blocks',
      `def test_a():\n${Array.from({ length: 400 }, (_, at) => `${' '.repeat(at + 1)}if x:\n`).join('')}${' '.repeat(401)}pass\n assert f() == 1\n`,
    ],
  ])('of %s is judged all the same', async (_what, text) => {
    expect(await judge(text, text)).toEqual([])
    const kinds = (await judge(text, text.replace('assert f() == 1', 'assert f()'))).map(({ kind }) => kind)
    expect(kinds).toEqual(['loosened'])
  })
})
