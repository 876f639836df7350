// Reading files of tests in JavaScript and TypeScript: which tests they have, in each framework's spelling, with their marks,
// lines and assertions.

import { describe, expect, it } from 'vitest'
import { readTests } from '../../analysis/tests-cases.ts'
import { beginReading } from '../../analysis/tests-syntax.ts'
import { cpuOf, times } from './judged.ts'

const read = (text: string, path = 'test/a.test.ts') => {
  beginReading(text.length)
  return readTests(path, text).tests
}
/** `name | mark | number of assertions`; the mark and the number only where they are not `runs` and 1. */
const shown = (text: string, path?: string) =>
  read(text, path).map(({ name, mark, assertions }) =>
    [name, ...(mark === 'runs' ? [] : [mark]), ...(assertions.length === 1 ? [] : [assertions.length])].join(
      ' | ',
    ),
  )
const asserted = (text: string, path?: string) =>
  read(text, path).flatMap(({ assertions }) =>
    assertions.map(
      ({ subject, matcher, expected, negated }) =>
        `${subject} ${negated ? 'not ' : ''}${matcher} ${expected.join(', ')}`,
    ),
  )
const B = '() => { expect(f()).toBe(1) }'

describe('a test is read', () => {
  it.each([
    [`it('a', ${B})`, ['a']],
    [`test('a', ${B})`, ['a']],
    [`specify('a', ${B})`, ['a']],
    [`test("a", async () => { expect(await f()).toBe(1) })`, ['a']],
    [`it('a', function () { expect(f()).toBe(1) })`, ['a']],
    [`it('a', () => expect(f()).toBe(1))`, ['a']],
    [`it('a', { timeout: 5 }, ${B})`, ['a']],
    [`it('a', ${B}, 5000)`, ['a']],
    [`it('a', (done) => { expect(f()).toBe(1); done() })`, ['a']],
    [`it.concurrent('a', ${B})`, ['a']],
    [`it.sequential('a', ${B})`, ['a']],
    [`test.serial('a', ${B})`, ['a']],
    [`it('a', fakeAsync(${B}))`, ['a']],
    [`const body = ${B}\nit('a', body)`, ['a']],
    [`function body() { expect(f()).toBe(1) }\nit('a', body)`, ['a']],
    [`it('a', (${B}) as () => void)`, ['a']],
    [`(it as any)('a', ${B})`, ['a']],
    [`;(<any>it)('a', ${B})`, ['a']],
    [`it!('a', ${B})`, ['a']],
    [`import { test as check } from 'vitest'\ncheck('a', ${B})`, ['a']],
    [`import { it as check } from 'node:test'\ncheck('a', ${B})`, ['a']],
    [`import check from 'node:test'\ncheck('a', ${B})`, ['a']],
    [`import { describe as group } from 'mocha'\ngroup('g', () => { it('a', ${B}) })`, ['g > a']],
    [`describe('g', () => { it('a', ${B}) })`, ['g > a']],
    [`describe('g', function () { it('a', ${B}) })`, ['g > a']],
    [`suite('g', () => { test('a', ${B}) })`, ['g > a']],
    [`context('g', () => { it('a', ${B}) })`, ['g > a']],
    [`test.describe('g', () => { test('a', ${B}) })`, ['g > a']],
    [
      `describe('g', () => { describe('h', () => { it('a', ${B}) }); it('b', ${B}) })`,
      ['g > h > a', 'g > b'],
    ],
    [`describe.each([1, 2])('g %d', (n) => { it('a', ${B}) })`, ['g %d > a | 2']],
    [`test('a', async (t) => { await t.test('b', ${B}) })`, ['a | 0', 'a > b']],
    [`for (const n of [1, 2]) it('a ' + n, ${B})`, [`"a " + n | 2`]],
    [`[1, 2].forEach((n) => it(\`a \${n}\`, ${B}))`, [`\`a $\{ n }\` | 2`]],
    [`it(name, ${B})`, ['name']],
    [`it(\`a\`, ${B})`, ['a']],
    [`it(Cart.name, ${B})`, ['Cart . name']],
    [`it('größe 🙂', ${B})`, ['größe 🙂']],
    [`it('a\\u0062', ${B})`, ['ab']],
    [`it('', ${B})`, ['']],
    [`beforeEach(${B})`, []],
    [`test.beforeEach(${B})`, []],
    [`test.use({})\ntest('a', ${B})`, ['a']],
    [`const test2 = test.extend({})`, []],
    [`// it('a', ${B})`, []],
    [`/* it('a', ${B}) */`, []],
    ['const text = `it("a", () => {})`', []],
    [`edit('a', ${B})`, ['a']],
    [`emit.it('a', ${B})`, ['a']],
    [`edit('a', () => { f() })`, []],
    [`expect(f()).toBe(1)`, ['the file']],
    [`if (on) expect(f()).toBe(1)\nit('a', ${B})`, ['a', 'the file']],
    [`function check() { expect(f()).toBe(1) }\nit('a', ${B})`, ['a']],
    ['', []],
  ])('%s', (text, tests) => {
    expect(shown(text)).toEqual(tests)
  })

  it.each([
    [`it.skip('a', ${B})`, 'skipped'],
    [`xit('a', ${B})`, 'skipped'],
    [`xtest('a', ${B})`, 'skipped'],
    [`xspecify('a', ${B})`, 'skipped'],
    [`describe.skip('g', () => { it('a', ${B}) })`, 'skipped'],
    [`xdescribe('g', () => { it('a', ${B}) })`, 'skipped'],
    [`describe.skip('g', () => { describe('h', () => { it('a', ${B}) }) })`, 'skipped'],
    [`it.skip.each([1])('a', ${B})`, 'skipped'],
    [`it('a', { skip: true }, ${B})`, 'skipped'],
    [`it('a', { skip: 'later' }, ${B})`, 'skipped'],
    [`it('a', (t) => { t.skip(); expect(f()).toBe(1) })`, 'skipped'],
    [`it('a', function () { this.skip(); expect(f()).toBe(1) })`, 'skipped'],
    [`it('a', (t) => { return t.skip() })`, 'skipped'],
    [`it('a', { skip: process.env.CI }, ${B})`, 'sometimes'],
    [`it.skipIf(isSlow)('a', ${B})`, 'sometimes'],
    [`it.runIf(isFast)('a', ${B})`, 'sometimes'],
    [`it('a', (t) => { if (isSlow) t.skip(); expect(f()).toBe(1) })`, 'sometimes'],
    [`if (isFast) it('a', ${B})`, 'sometimes'],
    [`isFast && it('a', ${B})`, 'sometimes'],
    [`isFast ? it('a', ${B}) : undefined`, 'sometimes'],
    [`describe('g', () => { if (isSlow) return; it('a', ${B}) })`, 'sometimes'],
    [`it.todo('a')`, 'todo'],
    [`it('a')`, 'todo'],
    [`it('a', { todo: true }, ${B})`, 'todo'],
    [`it.todo('a', ${B})`, 'todo'],
    [`it.only('a', ${B})`, 'only'],
    [`fit('a', ${B})`, 'only'],
    [`describe.only('g', () => { it('a', ${B}) })`, 'only'],
    [`fdescribe('g', () => { it('a', ${B}) })`, 'only'],
    [`it('a', { only: true }, ${B})`, 'only'],
    [`it.fails('a', ${B})`, 'fails'],
    [`it.failing('a', ${B})`, 'fails'],
    [`it('a', { fails: true }, ${B})`, 'fails'],
    [`it.only.skip('a', ${B})`, 'skipped'],
    [`describe.skip('g', () => { it.only('a', ${B}) })`, 'skipped'],
    [`it('a', { skip: false }, ${B})`, 'runs'],
    [`it('a', { only: false }, ${B})`, 'runs'],
    [`it('a', { timeout: 1, retry: 0 }, ${B})`, 'runs'],
    [`it('a', () => { list.skip(1); expect(f()).toBe(1) })`, 'runs'],
    [`it('a', (t) => { list.skip(1); expect(f()).toBe(1) })`, 'runs'],
    [`it('a', () => { skip(1); expect(f()).toBe(1) })`, 'runs'],
    [`it('a', ({ skip }) => { skip(); expect(f()).toBe(1) })`, 'skipped'],
    [`it('a', ({ skip }) => { if (isSlow) skip(); expect(f()).toBe(1) })`, 'sometimes'],
    [`test('a', () => { test.skip(isSlow); expect(f()).toBe(1) })`, 'skipped'],
    [`(it as any).only('a', ${B})`, 'only'],
  ])('with its mark: %s', (text, mark) => {
    expect(read(text).map((test) => test.mark)).toEqual([mark])
  })

  it.each([
    [
      'each row of a list',
      `it.each([1, 2, 3])('a', (n) => { expect(f(n)).toBe(n) })`,
      ['f ( 1 ) is 1', 'f ( 2 ) is 2', 'f ( 3 ) is 3'],
    ],
    [
      'each row of lists',
      `it.each([[1, 2], [3, 4]])('a', (n, m) => { expect(f(n)).toBe(m) })`,
      ['f ( 1 ) is 2', 'f ( 3 ) is 4'],
    ],
    [
      'each row of objects',
      `it.each([{ n: 1, m: 2 }])('a', ({ n, m }) => { expect(f(n)).toBe(m) })`,
      ['f ( 1 ) is 2'],
    ],
    [
      'each row of objects by a name',
      `it.each([{ n: 1, m: 2 }])('a', (row) => { expect(f(row)).toBe(1) })`,
      ['f ( { n : 1 , m : 2 } ) is 1'],
    ],
    ['a renamed field', `it.each([{ n: 1 }])('a', ({ n: m }) => { expect(f(m)).toBe(1) })`, ['f ( 1 ) is 1']],
    ['it.for', `it.for([[1, 2]])('a', ([n, m]) => { expect(f(n)).toBe(m) })`, ['f ( 1 ) is 2']],
    [
      'a template',
      `it.each\`n | m\n\${1} | \${2}\n\${3} | \${4}\`('a', ({ n, m }) => { expect(f(n)).toBe(m) })`,
      ['f ( 1 ) is 2', 'f ( 3 ) is 4'],
    ],
    [
      'a table with a name',
      `const rows = [[1, 2]]\nit.each(rows)('a', (n, m) => { expect(f(n)).toBe(m) })`,
      ['f ( 1 ) is 2'],
    ],
    [
      'a table as const',
      `const rows = [[1, 2]] as const\nit.each(rows)('a', (n, m) => { expect(f(n)).toBe(m) })`,
      ['f ( 1 ) is 2'],
    ],
    ['a table nobody can read', `it.each(load())('a', (n) => { expect(f(n)).toBe(1) })`, ['f ( n ) is 1']],
    [
      'a table with a spread',
      `it.each([...rows, 2])('a', (n) => { expect(f(n)).toBe(1) })`,
      ['f ( n ) is 1'],
    ],
    [
      'groups of rows',
      `describe.each([1, 2])('g', (n) => { it('a', () => { expect(f(n)).toBe(n) }) })`,
      ['f ( 1 ) is 1', 'f ( 2 ) is 2'],
    ],
    [
      'tables in tables',
      `describe.each([1, 2])('g', (n) => { it.each([3, 4])('a', (m) => { expect(f(n)).toBe(m) }) })`,
      ['f ( 1 ) is 3', 'f ( 1 ) is 4', 'f ( 2 ) is 3', 'f ( 2 ) is 4'],
    ],
    [
      'a loop in a test',
      `it('a', () => { for (const n of [1, 2]) expect(f(n)).toBe(n) })`,
      ['f ( 1 ) is 1', 'f ( 2 ) is 2'],
    ],
    [
      'forEach in a test',
      `it('a', () => { [1, 2].forEach((n) => expect(f(n)).toBe(n)) })`,
      ['f ( 1 ) is 1', 'f ( 2 ) is 2'],
    ],
    [
      'a helper',
      `const check = (n, m) => { expect(f(n)).toBe(m) }\nit('a', () => { check(1, 2); check(3, 4) })`,
      ['f ( 1 ) is 2', 'f ( 3 ) is 4'],
    ],
    [
      'helpers in helpers',
      `function one(n) { two(n, 1) }\nfunction two(n, m) { three(n, m); expect(g(n)).toBe(m) }\nfunction three(n, m) { expect(f(n)).toBe(m) }\nit('a', () => { two(5, 6) })`,
      ['f ( 5 ) is 6', 'g ( 5 ) is 6'],
    ],
    [
      'a helper that calls itself',
      `function check(n) { expect(f(n)).toBe(n); check(n) }\nit('a', () => { check(1) })`,
      Array.from({ length: 4 }, () => 'f ( 1 ) is 1'),
    ],
    [
      'a constant',
      `const one = 1\nit('a', () => { const two = one; expect(f(two)).toBe(one) })`,
      ['f ( 1 ) is 1'],
    ],
    ['a changed variable', `it('a', () => { let n = 1; n = 2; expect(f(n)).toBe(3) })`, ['f ( n ) is 3']],
    ['a counted variable', `it('a', () => { let n = 1; n++; expect(f(n)).toBe(3) })`, ['f ( n ) is 3']],
    [
      'a part of a constant',
      `const cart = { prices: [1, 2] }\nit('a', () => { const { prices: [n] } = cart; expect(f(n)).toBe(3) })`,
      ['f ( 1 ) is 3'],
    ],
    [
      'what a hook assigns',
      `let cart\nbeforeEach(() => { cart = [1] })\nit('a', () => { expect(f(cart)).toBe(3) })`,
      ['f ( [ 1 ] ) is 3'],
    ],
  ])('with the values of %s', (_what, text, demands) => {
    expect(asserted(text).sort()).toEqual(demands.sort())
  })
})

describe('each framework', () => {
  it.each([
    ['vitest', `expect(a).toBe(1)`, 'a is 1'],
    ['soft', `expect.soft(a).toBe(1)`, 'a is 1'],
    ['poll', `await expect.poll(() => a).toBe(1)`, '( ) => a is 1'],
    ['resolves', `await expect(a).resolves.toBe(1)`, 'a is 1'],
    ['rejects', `await expect(a).rejects.toThrow('b')`, 'a rejects throws "b"'],
    ['chai', `expect(a).to.equal(1)`, 'a is 1'],
    ['chai, deep', `expect(a).to.deep.equal({ b: 1 })`, 'a is { b : 1 }'],
    ['chai, a property', `expect(a).to.be.true`, 'a is true'],
    ['chai, a kind', `expect(a).to.be.an('array')`, 'a kind "array"'],
    ['chai, a length', `expect(a).to.have.lengthOf(2)`, 'a length 2'],
    ['assert', `assert.equal(a, 1)`, 'a is 1'],
    ['assert, strict', `assert.strict.equal(a, 1)`, 'a is 1'],
    ['assert of a test', `t.assert.strictEqual(a, 1)`, 'a is 1'],
    ['assert of chai', `chai.assert.isTrue(a)`, 'a is true'],
    ['assert of a comparison', `assert(a === 1)`, 'a is 1'],
    ['assert of a bound', `assert.ok(a > 1)`, 'a toBeGreaterThan 1'],
    ['assert of a failure', `assert.throws(() => a(), /b/)`, '( ) => a ( ) throws /b/'],
    ['types', `expectTypeOf(a).toEqualTypeOf<number>()`, 'a is '],
    ['fast-check', `fc.assert(fc.property(fc.nat(), (n) => f(n) > 0))`, 'fc.assert'],
    ['supertest', `await request(app).get('/').expect(200)`, 'request.get.expect'],
    ['a helper of another file', `expectCart(a)`, 'expectCart'],
    ['fail', `fail('never')`, 'fail'],
  ])('%s is read', (_what, line, demand) => {
    const [found = '', ...more] = asserted(`it('a', async (t) => { ${line} })`)
    expect(found).toContain(demand)
    expect(more).toEqual([])
  })

  it.each([
    ['expect(a)'],
    ['expect(a).toBe'],
    ['expect.assertions(1)'],
    ['expect.extend({})'],
    ['a.equal(b, 1)'],
    ['equal(a, 1)'],
    ['expected(a).toBe(1)'],
    ['console.assert'],
  ])('%s asserts nothing', (line) => {
    expect(asserted(`it('a', () => { ${line} })`)).toEqual([])
  })
})

describe('a file is read', () => {
  const TEXT = `describe('g', () => {\n  it('a', () => {\n    expect(f()).toBe(1)\n  })\n})\n`
  it.each([
    ['a mark of byte order', `\uFEFF${TEXT}`],
    ['Windows line ends', TEXT.replaceAll('\n', '\r\n')],
    ['line ends of old Macs', TEXT.replaceAll('\n', '\r')],
    ['tabs', TEXT.replaceAll('  ', '\t')],
    ['a hashbang', `#!/usr/bin/env node\n${TEXT}`],
    ['a directive', `'use strict'\n${TEXT}`],
    ['no last line end', TEXT.trimEnd()],
    ['comments everywhere', TEXT.replaceAll(' ', ' /* a */ ')],
    ['semicolons', TEXT.replaceAll(')\n', ');\n')],
    ['a closing brace too much', `${TEXT}}\n`],
    ['an open bracket before it', `const a = [\n${TEXT}`],
    ['a merge conflict before it', `<<<<<<< HEAD\nconst a = 1\n=======\nconst a = 2\n>>>>>>> other\n${TEXT}`],
    ['decorators', `@sealed class A { @field b = 1; @bound() c() {} }\n${TEXT}`],
    ['types', `type A<T> = T extends infer U ? U : never\nenum B { c }\ndeclare const d: A<B>\n${TEXT}`],
    ['using', `await using a = b()\n${TEXT}`],
  ])('with %s', (_what, text) => {
    expect(shown(text)).toEqual(['g > a'])
  })

  it.each([
    ['a.test.tsx', `it('a', () => { expect(render(<A b={1}>c</A>)).toBe(1) })`],
    ['a.test.jsx', `it('a', () => { expect(render(<A b={1}>c</A>)).toBe(1) })`],
    ['a.test.js', `it('a', () => { expect(render(<A b={1}>c</A>)).toBe(1) })`],
    ['a.test.ts', `it('a', () => { expect(render(<A>c)).toBe(1) })`],
    ['a.test.mts', `it('a', () => { expect(f<A>(c)).toBe(1) })`],
    ['a.test.cts', `const f = require('f')\nit('a', () => { expect(f(c)).toBe(1) })`],
    ['a.test.mjs', `it('a', async () => { expect(await import('f')).toBe(1) })`],
  ])('as %s', (path, text) => {
    expect(shown(text, path)).toEqual(['a'])
  })

  it('with the line of each test and each assertion', () => {
    const text = `\n\nit(\n  'a',\n  () => {\n    expect(\n      f(),\n    ).toBe(1)\n    expect(g()).toBe(2)\n  },\n)\nit.skip('b', () => {})\n`
    const tests = read(text)
    expect(tests.map(({ line }) => line)).toEqual([3, 12])
    expect(tests[0]?.assertions.map(({ line }) => line)).toEqual([6, 9])
  })

  it.each([
    ['groups in groups', `${"describe('g', () => {".repeat(300)}it('a', ${B})${'})'.repeat(300)}`],
    ['calls of calls', `it('a', () => { expect(f${'()'.repeat(1500)}).toBe(1) })`],
    ['a long chain', `it('a', () => { expect(f()${'.b'.repeat(1500)}).toBe(1) })`],
    ['a long title', `it('${'a'.repeat(200_000)}', ${B})`],
    ['many comments', `${'// it()\n'.repeat(20_000)}it('a', ${B})`],
    ['many imports', `${times(1000, (at) => `import { a${at} } from './a${at}'\n`)}it('a', ${B})`],
  ])('in bounded time with %s', async (_what, text) => {
    expect(await cpuOf(() => expect(read(text)).toHaveLength(1))).toBeLessThan(1500)
  })
})
