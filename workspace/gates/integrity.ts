// Integrity gate
//
// Owns:   that a change passes by being right, not by asking for less: no test deleted, skipped, emptied or loosened,
//         no check configured away, nothing that plays to the tests.
// Leaves: reading tests (the port analysis.ts), configuration (configuration.ts).
//
// G1. A task may change what it names: a test or a setting among its `files` may get other expectations, move or go.
//     No task may make a test unable to fail, keep it from running, or lower a threshold.
// G2. Without somebody who can read tests the gate could not run, and that is no pass.

import type { Analysis, ChangeFinding, FileChange } from '../analysis.ts'
import { isTest } from '../survey/modules.ts'
import { configurationFindings } from './configuration.ts'

/** As much of a task as says what it may do to tests. */
export interface Permission {
  /** Paths that the task is about; a folder ends with a slash. */
  readonly files?: readonly string[]
}

export interface IntegrityQuestion {
  readonly changes: readonly FileChange[]
  readonly permission: Permission
  /** Tests that the change does not touch and that may be of what it touches. */
  readonly others?: readonly { readonly path: string; readonly text: string }[]
}

const OF_NAMED = new Set([
  'changed_ci',
  'changed_configuration',
  'changed_expectation',
  'changed_script',
  'deleted_file',
  'deleted_test',
  'fewer_assertions',
  'mass_snapshots',
])

/** Undefined when nobody can read tests. */
export async function integrityFindings(
  analysis: Analysis,
  { changes, permission, others = [] }: IntegrityQuestion,
): Promise<ChangeFinding[] | undefined> {
  const tests = changes.filter(({ path }) => isTestCode(path))
  const sources = changes.filter(({ path }) => !isTestCode(path) && isCode(path))
  const ofTests = await analysis.judgeTests({ tests, sources, others })
  if (ofTests === undefined) return undefined
  const findings = [...ofTests, ...changes.flatMap(configurationFindings)]
  return findings.filter(({ kind, path }) => !(OF_NAMED.has(kind) && isNamed(permission, path)))
}

const OTHER_TESTS =
  /(^|\/)(tests?|specs?)\/.*\.(py|go|rb|rs|java|kt|cs|php|exs?)$|(^|\/)test_[^/]+\.py$|_test\.(py|go|rb|exs?)$|(Test|Tests|Spec)\.(java|kt|cs|php|swift)$/

export function isTestCode(path: string): boolean {
  return isTest(path) || OTHER_TESTS.test(path)
}

function isCode(path: string): boolean {
  return /\.([cm]?[jt]sx?|py|go|rb|rs|java|kt|cs|php|exs?)$/.test(path)
}

function isNamed({ files = [] }: Permission, path: string): boolean {
  return files.some((name) => name === path || (name.endsWith('/') && path.startsWith(name)))
}

export function findingText({ kind, path, line, message }: ChangeFinding): string {
  return `${path}${line === undefined ? '' : `:${line}`}: ${kind}: ${message}`
}
