// The report of vitest and jest, as their versions write it.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { readJsonReport } from '../../../workspace/runners/json-report.ts'
import { write } from '../repositories.ts'

let out: string
beforeAll(() => {
  out = mkdtempSync(join(tmpdir(), 'canopy-json-report-'))
})
afterAll(() => rmSync(out, { recursive: true }))

interface Counts {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numTotalTests: number
}

async function read(counts: Counts, statuses: readonly string[], more: object = {}) {
  const assertionResults = statuses.map((status, at) => ({ status, fullName: `test ${at}`, title: `${at}` }))
  const file = { name: '/w/a.test.ts', status: 'passed', message: '', assertionResults, ...more }
  write(out, { 'report.json': JSON.stringify({ success: true, ...counts, testResults: [file] }) })
  return readJsonReport({ root: '/w', dependencies: '/w/node_modules', out })
}

it.each([
  ['jest and newer versions of vitest', { numPassedTests: 2, numFailedTests: 1, numTotalTests: 5 }],
  ['older versions of vitest', { numPassedTests: 4, numFailedTests: 1, numTotalTests: 5 }],
])('%s count tests that were skipped or are to be written', async (_who, counts) => {
  const statuses = ['passed', 'passed', 'failed', 'skipped', 'todo']
  expect(await read(counts, statuses)).toMatchObject({ passed: 2, failed: 1, skipped: 2 })
})

it('counts that no version writes are left as they are', async () => {
  const counts = { numPassedTests: 9, numFailedTests: 0, numTotalTests: 10 }
  expect(await read(counts, ['passed', 'skipped'])).toMatchObject({ passed: 9, skipped: 1 })
})

it('tests have the path of their file in the worktree, and failures their message', async () => {
  const counts = { numPassedTests: 0, numFailedTests: 1, numTotalTests: 1 }
  const assertionResults = [{ status: 'failed', title: 'adds', failureMessages: ['one', 'two'] }]
  const report = await read(counts, [], { assertionResults, status: 'failed' })
  expect(report?.tests).toEqual([{ file: 'a.test.ts', name: 'adds', status: 'failed' }])
  expect(report?.failures).toEqual([{ file: 'a.test.ts', name: 'adds', message: 'one\ntwo' }])
})

it('a file that cannot be loaded is a failure of the whole file', async () => {
  const counts = { numPassedTests: 0, numFailedTests: 0, numTotalTests: 0 }
  const report = await read(counts, [], { status: 'failed', message: 'no such module' })
  expect(report?.failures).toEqual([
    { file: 'a.test.ts', name: '(the whole file)', message: 'no such module' },
  ])
})

it('no report is no result, and another form is an error', async () => {
  rmSync(join(out, 'report.json'), { force: true })
  const request = { root: '/w', dependencies: '/w/node_modules', out }
  expect(await readJsonReport(request)).toBeUndefined()
  write(out, { 'report.json': '{"success":true}' })
  await expect(readJsonReport(request)).rejects.toThrow()
})
