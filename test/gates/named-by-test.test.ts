// Complaints of linters about new tests: each says which test it means, so that the writer can leave that one out.

import { describe, expect, it } from 'vitest'
import { analysis } from '../../analysis/index.ts'
import type { GateInput, GateParts } from '../../gates/gate.ts'
import { namedByTest } from '../../gates/named-by-test.ts'

const AFTER = `'use strict'

const test = require('tape')

test('adds', (t) => {
  t.equal(1, 1)
})

test("its \\"own\\" name", (t) => {
  t.ok(true)
})
`

const changes = [
  { path: 'test/a.test.js', before: undefined, after: AFTER },
  { path: 'test/gone.test.js', before: AFTER, after: undefined },
  { path: 'notes.md', before: undefined, after: 'test' },
]

describe('complaints of a linter', () => {
  it.each([
    ['a line of a test', ['test/a.test.js:6: no-x: No x.'], ['test/a.test.js: adds: ']],
    ['the first line of a test', ['test/a.test.js:5: no-x: No x.'], ['test/a.test.js: adds: ']],
    ['a title with quotes', ['test/a.test.js:10:3: No x.'], ['test/a.test.js: its "own" name: ']],
    ['a line above all tests', ['test/a.test.js:1: strict: Use it.'], ['']],
    ['another file', ['src/a.js:6: no-x: No x.'], ['']],
    ['a removed file', ['test/gone.test.js:6: no-x: No x.'], ['']],
    ['no line', ['test/a.test.js is not formatted'], ['']],
    [
      'lines below their file',
      ['xo exited with 1', 'test/a.test.js:6:3', '✖  6:3  No x.', '✖  10:1  No y.'],
      ['', 'test/a.test.js: adds: ', 'test/a.test.js: adds: ', 'test/a.test.js: its "own" name: '],
    ],
  ])('about %s', async (_, complaints, prefixes) => {
    const named = await namedByTest(
      { analysis } as unknown as GateParts,
      { files: async () => changes } as unknown as GateInput,
      complaints,
    )
    expect(named).toEqual(complaints.map((complaint, at) => `${prefixes[at]}${complaint}`))
  })
})
