// Scope gate
//
// The gate `scope` for tests: a submission adds test files, or tests to the file that Canopy made for the module, and
// changes nothing else.
//
// A file of before keeps each of its tests: the findings of the gate `integrity` refuse a weaker one.

import { isCoverageTask, type Task, testFileFor, testNameIn } from '../machines/index.ts'
import { type Change, lookUp } from '../workspace/index.ts'
import type { Gate, GateInput, GateParts } from './gate.ts'
import { findingText, integrityFindings } from './integrity.ts'
import { verdict } from './verdict.ts'

const MAX_FILES = 10
const MAX_BYTES = 512 * 1024

export const scope: Gate = {
  name: 'scope',
  judges: 'submission',
  first: true,
  async judge(parts, subject) {
    const { clone } = parts
    const { survey, task, changes } = subject
    const own = fileOf(task, survey.testPattern)
    const findings = changes.flatMap((change) => problemsOf(survey.testPattern, own, change))
    if (changes.length === 0) findings.push('nothing is changed')
    if (changes.length > MAX_FILES)
      findings.push(`${changes.length} files are changed, more than ${MAX_FILES}`)
    const found = await lookUp(
      clone,
      changes.map(({ blob }) => blob),
    )
    for (const [at, { path }] of changes.entries()) {
      const bytes = found[at]?.bytes ?? 0
      if (bytes > MAX_BYTES) findings.push(`${path} has ${bytes} bytes, more than ${MAX_BYTES}`)
    }
    if (findings.length === 0) findings.push(...(await weakened(parts, subject)))
    return verdict('scope', findings)
  },
}

/** The file for the tests of the task's module. */
function fileOf(task: Task, pattern: string): string | undefined {
  return isCoverageTask(task) ? testFileFor(pattern, task.module) : undefined
}

/** Tests of the changed files that would check less than before. */
async function weakened({ analysis }: GateParts, { changes, files }: GateInput): Promise<string[]> {
  const paths = new Set(changes.filter(({ status }) => status === 'M').map(({ path }) => path))
  if (paths.size === 0) return []
  const changed = (await files()).filter(({ path }) => paths.has(path))
  const findings = await integrityFindings(analysis, { changes: changed, permission: {} })
  return findings?.map(findingText) ?? ['no parser for these tests is available']
}

function problemsOf(pattern: string, own: string | undefined, change: Change): string[] {
  const { path, status, mode } = change
  if (status !== 'A' && !(status === 'M' && path === own))
    return [`${path} exists and would be changed (${status}); only new files may be added`]
  if (mode !== '100644') return [`${path} has mode ${mode}; only ordinary files may be added`]
  if (testNameIn(pattern, path) === undefined)
    return [`${path} does not match the name of a new test file (${pattern})`]
  return []
}
