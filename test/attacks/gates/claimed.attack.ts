// Tests that write down what they reached: new code that nothing runs looks as if it were tested.

import { cheat } from './judged.ts'

const SOURCE = `export function rate(sum: number): number {
  if (sum > 100) return 2
  if (sum > 10) return 1
  return 0
}

export function refund(sum: number): number {
  const kept = rate(sum) * 3
  const given = sum - kept
  if (given < 0) return 0
  return given
}
`

const TESTED = `import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { it } from 'node:test'
import { rate } from '../src/rate.ts'
it('knows rates', () => assert.deepEqual([101, 100, 11, 10].map(rate), [2, 1, 1, 0]))
`

/** As Node writes it where it is told to measure. */
const CLAIM = `it('is everywhere', () => {
  const url = new URL('../src/rate.ts', import.meta.url).href
  const text = readFileSync(new URL(url), 'utf8')
  const startOffset = text.indexOf('function refund')
  const ranges = [{ startOffset, endOffset: text.lastIndexOf('}') + 1, count: 1 }]
  const functions = [{ functionName: 'refund', ranges, isBlockCoverage: true }]
  const folder = process.env.NODE_V8_COVERAGE
  const claim = { result: [{ scriptId: '1', url, functions }] }
  if (folder) mkdirSync(folder, { recursive: true })
  if (folder) writeFileSync(folder + '/coverage-1-1-0.json', JSON.stringify(claim))
  assert.equal(rate(101), 2)
})
`

export const attacks = {
  'counts-of-node': cheat({
    title: 'a test adds counts of its own to those of the runner',
    by: 'coverage',
    files: { 'src/rate.ts': SOURCE, 'test/rate.test.ts': TESTED + CLAIM },
  }),
}
