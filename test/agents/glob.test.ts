// Which paths a pattern of a model's matches, and that no pattern takes long.

import { expect, it } from 'vitest'
import { globMatcher } from '../../agents/tools/glob.ts'
import { nearest } from '../../agents/tools/nearest.ts'

it.each([
  ['*.ts', 'a.ts', true],
  ['*.ts', 'src/a.ts', false],
  ['**/*.ts', 'a.ts', true],
  ['**/*.ts', 'src/deep/a.ts', true],
  ['src/**', 'src/deep/a.ts', true],
  ['src/**/index.ts', 'src/index.ts', true],
  ['src/**/index.ts', 'src/a/b/index.ts', true],
  ['src/**/index.ts', 'lib/index.ts', false],
  ['*.{ts,js}', 'a.js', true],
  ['{src,test}/*.{ts,js}', 'test/a.ts', true],
  ['?.ts', 'a.ts', true],
  ['?.ts', 'ab.ts', false],
  ['a+b(1).ts', 'a+b(1).ts', true],
  ['[a].ts', '[a].ts', true],
  ['', '', true],
  ['*', '', true],
  ['{', '{', true],
])('%s of %s: %s', (pattern, path, expected) => {
  expect(globMatcher(pattern)(path)).toBe(expected)
})

it('ends, whatever the pattern', () => {
  const path = 'a'.repeat(1000)
  expect(globMatcher(`${'*a'.repeat(99)}*b`)(path)).toBe(false)
  expect(globMatcher('{a,b}'.repeat(40))(path)).toBe(false)
  expect(globMatcher('**/'.repeat(60))(path)).toBe(true)
})

it('ends, whatever is looked for nearby', () => {
  const text = Array.from({ length: 20_000 }, (_, at) => `const name${at} = '${'x'.repeat(100)}'`).join('\n')
  const wanted = text.split('\n').slice(50, 150).join('\n').replace('name60', 'other')
  expect(nearest(text, wanted)).toMatchObject({ line: 51, onlySpacing: false })
})
