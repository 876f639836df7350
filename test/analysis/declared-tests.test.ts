// Which tests a file declares, and what else of it matters to them.

import { describe, expect, it } from 'vitest'
import { analysis } from '../../analysis/index.ts'

const declared = async (text: string, path = 'a.test.ts') =>
  (await analysis.declaredTests(path, text)) ?? { tests: [], imports: [], around: '' }
const titles = async (text: string) => (await declared(text)).tests.map(({ title }) => title)

describe('declared tests', () => {
  it.each([
    ["it('a', () => {})", ['a']],
    ["test('a', async () => {})", ['a']],
    ["specify('a', function () {})", ['a']],
    ["it('a', { timeout: 1 }, () => {})", ['a']],
    ["it('a', handler)", ['a']],
    ["it('a', wrap(() => {}))", ['a']],
    ["it.only('a', () => {})", ['a']],
    ["it.each([1])('a %d', () => {})", ['a %d']],
    [`it.each\`b\n\${1}\`('a $b', () => {})`, ['a $b']],
    [`it(\`a \${b} c\`, () => {})`, ['a %s c']],
    ["t.test('a', () => {})", ['a']],
    ["describe('a', () => { it('b', () => {}); it('c', () => {}) })", ['b', 'c']],
    ['for (const a of b) it(a, () => {})', [undefined]],
    ["it.skip('a', () => {})", []],
    ["it.todo('a')", []],
    ["it('a')", []],
    ["it('a', 5)", []],
    ["test.describe('a', () => {})", []],
    ["xit('a', () => {})", []],
    ["// it('a', () => {})", []],
    ["emit('a', () => {})", []],
  ])('of %j are %j', async (text, expected) => {
    expect(await titles(text)).toEqual(expected)
  })

  it('hold their line and their words, with the table that they are made from', async () => {
    const { tests } = await declared(
      "\nit.each([[1, 2]])(\n  'a',\n  (b, c) => {\n    expect(b).toBe(c)\n  },\n)\n",
    )
    expect(tests.map(({ line }) => line)).toEqual([2])
    expect(tests[0]?.text).toContain('[ [ 1 , 2 ] ]')
    const [other] = (await declared("it.each([[1, 3]])('a', (b, c) => { expect(b).toBe(c) })")).tests
    expect(other?.text).not.toBe(tests[0]?.text)
  })

  it('are the same whatever the layout, quotes and types', async () => {
    const one = await declared("it('a', () => { const b: number = f('c')!; expect(b).toBe(1) })")
    const two = await declared(
      'it("a", () => {\n  const b: number = f("c");\n  expect(b as number).toBe(1);\n});',
    )
    expect(two.tests.map(({ text }) => text)).toEqual(one.tests.map(({ text }) => text))
  })

  it('list names of packages, and not of files', async () => {
    const { imports, around } = await declared(
      "import fc, { a as b, c } from 'fast-check'\nimport * as d from '@e/f'\nimport 'g'\nimport { h } from './h.ts'\nimport { i } from '#i'\n",
    )
    expect(imports).toEqual([
      'fc of default fast-check',
      'b of a fast-check',
      'c of c fast-check',
      'd of * @e/f',
    ])
    expect(around).toContain("import { h } from './h.ts'")
    expect(around).toContain("import 'g'")
  })

  it('are told apart from the code around them', async () => {
    const { around } = await declared("const a = 1\nit('b', () => { c() })\n\n  const   d = 2\n")
    expect(around).toBe('const a = 1 … const d = 2 ')
  })

  it('of other languages are not read', async () => {
    expect(await analysis.declaredTests('test_a.py', 'def test_a(): pass')).toBeUndefined()
    expect((await declared("it('a', () => <b />)", 'a.test.jsx')).tests).toHaveLength(1)
  })
})
