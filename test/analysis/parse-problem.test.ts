// What can be parsed and what cannot, in each language that is judged.

import { expect, it } from 'vitest'
import { parseProblem } from '../../analysis/parse-problem.ts'

const whole: [string, string][] = [
  ['a.ts', 'export const a: number = 1 satisfies number'],
  ['a.ts', '@dec class A { @x() y = 1; constructor(private z: number) {} }'],
  ['a.tsx', 'export const a = <T,>(x: T) => <div>{String(x)}</div>'],
  ['a.jsx', 'export const a = <div />'],
  ['a.js', 'const a = <div />'],
  ['a.cjs', 'return 1'],
  ['a.mjs', '#!/usr/bin/env node\nawait import("x")'],
  ['a.mts', 'using x = y()'],
  ['a.d.ts', 'declare const a: number'],
  ['package.json', '{"a": [1, 2]}'],
  ['tsconfig.build.json', '{ // why\n "a": 1, }'],
  ['.vscode/settings.json', '{ "a": 1, /* b */ }'],
  ['empty.ts', ''],
  ['a.py', 'def f(:'],
  ['README.md', '{{{'],
]
it.each(whole)('%s can be parsed: %s', (path, source) => {
  expect(parseProblem(path, source)).toBeUndefined()
})

const broken: [string, string, string][] = [
  ['a.ts', 'const a = 1\nconst b: = 2', 'line 2, column 10'],
  ['a.ts', 'export function f() {\n  return 1\n', 'line 3, column 1'],
  ['a.tsx', 'const a = <div>', 'line 1'],
  ['a.js', 'let x = `abc', 'line 1'],
  ['src/a.MJS', 'import { from "x"', 'line 1'],
  ['package.json', '{\n  "a": 1,\n}', 'line 3, column 1'],
  ['package.json', '', 'line 1'],
  ['tsconfig.json', '{ "a": }', 'line 1'],
  ['deep.ts', '('.repeat(200_000), 'nested deeper'],
]
it.each(broken)('%s cannot be parsed: %s', (path, source, where) => {
  expect(parseProblem(path, source)).toContain(where)
})

it('shows the line', () => {
  expect(parseProblem('a.ts', 'const a = 1\n  const b: = 2\n')).toMatch(
    /Type expected\.\n {2}2 \| const b: = 2$/,
  )
})
