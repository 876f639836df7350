// Scope gate
//
// The gate `scope` for tests: a submission adds test files and changes nothing else.

import { testNameIn } from '../machines/index.ts'
import { type Change, lookUp } from '../workspace/index.ts'
import type { Gate } from './gate.ts'
import { verdict } from './verdict.ts'

const MAX_FILES = 10
const MAX_BYTES = 512 * 1024

export const scope: Gate = {
  name: 'scope',
  judges: 'submission',
  first: true,
  async judge({ clone }, { survey, changes }) {
    const findings = changes.flatMap((change) => problemsOf(survey.testPattern, change))
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
    return verdict('scope', findings)
  },
}

function problemsOf(pattern: string, change: Change): string[] {
  const { path, status, mode } = change
  if (status !== 'A') return [`${path} exists and would be changed (${status}); only new files may be added`]
  if (mode !== '100644') return [`${path} has mode ${mode}; only ordinary files may be added`]
  if (testNameIn(pattern, path) === undefined)
    return [`${path} does not match the name of a new test file (${pattern})`]
  return []
}
