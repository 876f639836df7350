// How figures, trees, failures and events of the command line are written and read.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { UserError } from '../../app/index.ts'
import { eventFrom } from '../../cli/event-argument.ts'
import { tellFailure } from '../../cli/failure.ts'
import { type TreeBranch, treeLines } from '../../cli/tree-lines.ts'
import { fit, percentText, reasonLines, timeSpan } from '../../cli/words.ts'

describe('figures', () => {
  it.each([
    [-5, '0s'],
    [0, '0s'],
    [59.4, '59s'],
    [59.5, '1m 00s'],
    [187, '3m 07s'],
    [3599.6, '1h 00m'],
    [3720, '1h 02m'],
    [360_000, '100h 00m'],
  ])('%d seconds are %s', (seconds, text) => {
    expect(timeSpan(seconds)).toBe(text)
  })

  it.each([
    [{ covered: 0, total: 3 }, '0.0%'],
    [{ covered: 2, total: 3 }, '66.6%'],
    [{ covered: 8_999, total: 10_000 }, '89.9%'],
    [{ covered: 9, total: 10 }, '90.0%'],
    [{ covered: 3, total: 3 }, '100.0%'],
  ])('%o is %s, never more than reached', (count, text) => {
    expect(percentText(count)).toBe(text)
  })
})

describe('a line', () => {
  const piece = fc.constantFrom('a', 'ü', '\x1b[31m', '\x1b[0m', ' ', 'bc', '🙂')
  it('is cut to its columns, and keeps its colours', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), fc.nat({ max: 20 }), (pieces, columns) => {
        const line = pieces.join('')
        const cut = fit(line, columns)
        // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape sequences of colours
        const bare = (text: string) => [...text.replace(/\x1b\[\d+m/g, '')]
        expect(bare(cut).length).toBeLessThanOrEqual(columns)
        expect(cut.split('\x1b').length).toBe(line.split('\x1b').length)
      }),
    )
  })

  it('of a reason has no stack frame, and none is empty', () => {
    expect(reasonLines(['a\n\n    at f (b.ts:1:2)\n  b  ', '', 'at home'])).toEqual(['a', 'b', 'at home'])
  })
})

it('a tree has one line for each branch, below its parent', () => {
  const leaf = (label: string, ...children: TreeBranch[]): TreeBranch => ({ label, children })
  expect(treeLines(leaf('a', leaf('b', leaf('c'), leaf('d')), leaf('e', leaf('f'))))).toEqual([
    ...['a', '├─ b', '│  ├─ c', '│  └─ d', '└─ e', '   └─ f'],
  ])
})

describe('an event', () => {
  it.each([
    ['PAUSE', undefined, { type: 'PAUSE' }],
    ['PAUSE', '{"a": 1}', { type: 'PAUSE', a: 1 }],
    ['PAUSE', '{"type": "OTHER"}', { type: 'PAUSE' }],
    ['{"type": "PAUSE", "a": 1}', undefined, { type: 'PAUSE', a: 1 }],
    ['  {"type": "PAUSE"}', undefined, { type: 'PAUSE' }],
  ])('%s with %s is %o', (first, json, event) => {
    expect(eventFrom(first, json)).toEqual(event)
  })

  it.each([
    ['{', undefined, 'expected JSON'],
    ['{}', undefined, "event's type is undefined"],
    ['{"type": ""}', undefined, "event's type is"],
    ['{"type": 1}', undefined, "event's type is 1"],
    ['{"type": "A"}', '{}', 'superfluous'],
    ['A', '[]', 'expected an object'],
    ['A', 'null', 'expected an object'],
    ['A', '{a: 1}', 'expected JSON'],
  ])('%s with %s is refused: %s', (first, json, reason) => {
    expect(() => eventFrom(first, json)).toThrow(reason)
  })
})

describe('a failure', () => {
  it.each([
    [
      new UserError('bad', 'no such file', 'Name another one.'),
      2,
      /^canopy: no such file\nName another one\.$/,
    ],
    [Object.assign(new Error('write'), { code: 'ENOSPC' }), 2, /the disk is full \(write\)\nFree some space/],
    [new Error('boom'), 70, /^canopy: internal error: boom\nNothing committed is lost\. The log is a\.log\./],
    ['boom', 70, /internal error: boom/],
    [undefined, 70, /internal error: undefined/],
  ])('%s ends with %d', (error, code, text) => {
    const told = tellFailure(error, 'a.log')
    expect(told.exitCode).toBe(code)
    expect(told.text).toMatch(text)
  })
})
