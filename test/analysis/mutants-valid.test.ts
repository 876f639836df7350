// Each mutant of a valid program is a valid program: a syntax error would be noticed by any test.

import { describe, expect, it } from 'vitest'
import { analysis } from '../../analysis/index.ts'
import { parseProblem } from '../../analysis/parse-problem.ts'

const broken = async (text: string, path = 'src/a.ts') => {
  expect(parseProblem(path, text)).toBeUndefined()
  const mutants = await analysis.mutants({ path, text, most: 200 })
  expect(mutants.length).toBeGreaterThan(0)
  const texts = mutants.flatMap(({ what, text: one, ended }) => [
    [what, one],
    ...(ended ? [[`${what}, ended`, ended]] : []),
  ])
  return texts.filter(([, one = '']) => parseProblem(path, one) !== undefined)
}

describe('each mutant is valid in', () => {
  it.each([
    ['function f(a) { if (a) return a.b; else return a.c }'],
    ['function f(a) { return a.b; g() }'],
    ['function f(a) { return a.b }'],
    ['function f(a) { while (a) return a.b; return g() }'],
    ['function f(a) {\n  return (\n    a\n  )\n}'],
    ['function f(a) { return{ b: a } }'],
    ['const f = (a) => a + 1'],
    ['const f = (a) => ({ b: a * 2, c: [a] })'],
    ['if (a) f(); else g()'],
    ['for (let i = 0; i < 3; i++) f(i)'],
    ['for (const a of [1, 2]) f(a)'],
    ['do f(); while (a > 1)'],
    ['switch (a) { case 1: f(); break; case 2: return2(); break; default: g() }'],
    ['label: for (;;) { if (a) break label; f() }'],
    ['a = b ? 1 : c ? 2 : 3'],
    ['a = !b && !(c || d)'],
    ['a = 1 - -1 + +2'],
    ['a = b - --c'],
    ['a = b++ + ++b'],
    ['a = 1..toFixed(2)'],
    ['a = 1.5.toFixed(2)'],
    ['a = 0xff + 0b11 + 0o7 + 1_000 + 1e3 + .5'],
    ['a = 10n + 5n'],
    [`a = \`b$\{1 + 2}c\` + 'd'`],
    ["a = { 'b': 1, 2: 'c', ['d']: true }"],
    ["const { b = 1, 'c': d = 'e' } = a\nf()"],
    ['const [b = 1, , c = [2]] = a\nf()'],
    ['class A { #b = 1; static c = [1]; get d() { return this.#b + 1 } static { f() } }'],
    ['async function* f() { yield 1 + 2; await g(); return a.b }'],
    ['try { f() } catch { g() } finally { h() }'],
    ['a ||= 1; a &&= 2; a ??= 3; a **= 2; a <<= 1'],
    ['a = b ?? (c || d)'],
    ['a = (b && c) ?? d'],
    ['a = b?.c?.[1] ?? 2'],
    ['enum A { B = 1, C = 2 }'],
    ['const a = <T,>(b: T): b is T => b !== undefined'],
    ['let a: 1 | 2 = 1 as const\nf<number>(a!)'],
    ['function f(this: A, a = 1, ...b: number[]): asserts a is 1 { g() }'],
    ['export default a + 1'],
    ['@dec(1) class A { @dec(true) b() { return this.c } }'],
    ['#!/usr/bin/env node\nf()\n'],
    ['f()\r\ng()\r\n'],
    ['\uFEFFf()\n'],
    ['if (a) { f() } // end'],
    ['a = b /* 1 */ + /* 2 */ c'],
    ['if (/a+/.test(b)) f()'],
    ["import a from 'b' with { type: 'json' }\na()"],
    ["const a = await import('b')\na.c()"],
    ['throw a + 1'],
  ])('%s', async (text) => {
    expect(await broken(text)).toEqual([])
  })

  it.each([
    ['src/a.tsx', 'const a = <A b={1} c="d" {...e}>{f ? <g /> : 2}</A>'],
    ['src/a.jsx', "const a = () => { return <A b='c'>{d && <e>text</e>}</A>; f() }"],
    ['src/a.js', 'const a = [1, 2].map((b) => <C key={b + 1} />)'],
    ['src/a.cjs', "const a = require('b')\nmodule.exports = { c: a.d() + 1 }"],
    ['src/a.mts', 'export const a = b satisfies 1 | 2 ? 1 : 2'],
  ])('%s: %s', async (path, text) => {
    expect(await broken(text, path)).toEqual([])
  })

  it('never changes another line than it says', async () => {
    const text = 'const a = 1\nconst b = 2\nif (a < b) f(a)\nexport const c = () => a + b\n'
    for (const { line, text: other } of await analysis.mutants({ path: 'a.ts', text, most: 50 })) {
      const changed = other.split('\n').flatMap((one, at) => (one === text.split('\n')[at] ? [] : [at + 1]))
      expect(changed).toEqual([line])
    }
  })

  it.each([
    ['++a', ['++a became --a']],
    ['f(--a)', ['--a became ++a', 'f(--a) became ;']],
  ])('%s has a mutant, too', async (text, expected) => {
    const found = await analysis.mutants({ path: 'a.ts', text, most: 50 })
    expect(found.map(({ what }) => what).sort()).toEqual(expected.sort())
  })
})
