// Where new test files may go when a repository's tests are several runs.

import { expect, it } from 'vitest'
import { plannedRuns } from '../../../workspace/runners/suite-runs.ts'
import { placesByRun } from '../../../workspace/survey/place-for-tests.ts'

const packages = new Map([
  ['packages/a', { name: 'a', scripts: { test: 'vitest run' } }],
  ['packages/b', { name: 'b', scripts: { test: 'vitest run' } }],
  ['packages/c', { name: 'c', scripts: { test: 'mocha' } }],
])
const runs = plannedRuns({ scripts: { test: 'npm test -ws' } }, packages)
const patterns = ['test', 'packages/c/test', 'packages/b/test', 'packages/a/test', 'packages/b/src'].map(
  (folder) => `${folder}/{name}.test.ts`,
)

it('are asked package by package, the likeliest first, for a runner of packages', () => {
  expect(placesByRun(patterns, runs, 'vitest')).toEqual([
    { folder: 'packages/b', patterns: [patterns[2], patterns[4]] },
    { folder: 'packages/a', patterns: [patterns[3]] },
  ])
})

it.each([
  ['all patterns for a runner alone', [{ runner: 'jest', folder: '', setup: [] }] as const, 'jest' as const],
  ['all patterns where no run takes one', runs, 'jest' as const],
])('are %s', (_which, of, runner) => {
  expect(placesByRun(patterns, of, runner)).toEqual([{ folder: '', patterns }])
})
