// Integrity gate
//
// The gate `integrity`: a change weakens no check. No test is deleted, skipped, emptied or loosened, no check is
// configured away, and no source detects that tests run.
// Leaves: reading tests (the port analysis.ts), configuration (configuration.ts).
//
// A task may change settings and expectations of tests in its own `files`; only a task for refactoring or tests may also
// delete tests there. No task may make a test unable to fail, keep it from running, or lower a threshold. A person may
// approve a file of tests that expects less or something else; a test that cannot fail stays refused. Without a parser
// for the tests the gate could not run, which is no pass.

import { agentKinds, type ChangeFinding, type FileChange, type TaskKind } from '../machines/index.ts'
import { isTest, type SourceAnalysis } from '../workspace/index.ts'
import { approvalCommand, approvedOf } from './approval.ts'
import { configurationFindings } from './configuration.ts'
import type { Gate, GateInput, GateParts } from './gate.ts'
import { couldNotRun, verdict } from './verdict.ts'

export const integrity: Gate = {
  name: 'integrity',
  judges: 'submission',
  first: true,
  async judge(parts, subject) {
    const changes = await subject.files()
    const permission = 'kind' in subject.task ? subject.task : {}
    const others = await nearbyTests(parts, subject, changes)
    const judged = integrityFindings(parts.analysis, { changes, permission, others })
    const findings = await judged.catch((error: Error) => error)
    if (findings instanceof Error) return couldNotRun('integrity', findings.message)
    if (findings === undefined) return couldNotRun('integrity', 'no parser for these tests is available')
    const approved = new Set(await approvedOf(parts, subject))
    const open = findings.filter(({ kind, path }) => !(OF_A_PERSON.has(kind) && approved.has(path)))
    const wayOut = ({ kind, path }: ChangeFinding) =>
      OF_A_PERSON.has(kind) ? `. Keep it, or have a person run: ${approvalCommand(subject, path)}` : ''
    return verdict(
      'integrity',
      open.map((finding) => findingText(finding) + wayOut(finding)),
    )
  },
}

const MAX_NEARBY = 40

/** Unchanged tests that mention a changed file. */
async function nearbyTests({ clone }: GateParts, { commit }: GateInput, changes: readonly FileChange[]) {
  const names = changes
    .filter(({ path }) => isCode(path) && !isTestCode(path))
    .map(({ path }) => bareName(path))
  if (names.length === 0) return []
  const words = names.flatMap((name) => ['-e', name])
  const args = ['grep', '-l', '-z', '--fixed-strings', ...words, commit]
  const output = await clone.git(args, { accept: [1] })
  const touched = new Set(changes.map(({ path }) => path))
  const paths = output
    .split('\0')
    .filter(Boolean)
    .map((entry) => entry.slice(commit.length + 1))
  const near = paths.filter((path) => isTestCode(path) && !touched.has(path)).slice(0, MAX_NEARBY)
  return Promise.all(
    near.map(async (path) => ({ path, text: await clone.git(['show', `${commit}:${path}`]) })),
  )
}

function bareName(path: string): string {
  return (path.split('/').at(-1) ?? path).replace(/\.\w+$/, '')
}

/** The task's permission to change tests. */
export interface TestPermission {
  readonly kind?: TaskKind | undefined
  /** Paths in the task; a folder ends with a slash. */
  readonly files?: readonly string[]
}

export interface IntegrityQuestion {
  readonly changes: readonly FileChange[]
  readonly permission: TestPermission
  /** Unchanged tests that may test the changed files. */
  readonly others?: readonly { readonly path: string; readonly text: string }[]
}

const OF_NAMED = new Set(['changed_ci', 'changed_configuration', 'changed_expectation', 'changed_script'])
/** Allowed only when the task is about tests, or about the shape of the code. */
const OF_NAMED_TESTS = new Set(['deleted_file', 'deleted_test', 'fewer_assertions', 'mass_snapshots'])

/**
 * Expectations of tests. Only a person knows whether they still hold, and approves the file's content. A syntax error may be
 * syntax that is newer than the reader.
 */
const OF_A_PERSON = new Set([...OF_NAMED_TESTS, 'changed_expectation', 'loosened', 'syntax_error'])

/** Undefined when no parser can read the tests. */
export async function integrityFindings(
  analysis: SourceAnalysis,
  { changes, permission, others = [] }: IntegrityQuestion,
): Promise<ChangeFinding[] | undefined> {
  const tests = changes.filter(({ path }) => isTestCode(path))
  const sources = changes.filter(({ path }) => !isTestCode(path) && isCode(path))
  const ofTests = await analysis.judgeTests({ tests, sources, others })
  if (ofTests === undefined) return undefined
  const findings = [...ofTests, ...changes.flatMap(configurationFindings)]
  return findings.filter((finding) => !isPermitted(permission, finding))
}

function isPermitted(permission: TestPermission, { kind, path }: ChangeFinding): boolean {
  if (!isNamed(permission, path)) return false
  const ofTests = permission.kind !== undefined && agentKinds[permission.kind].replacesTests
  return OF_NAMED.has(kind) || (ofTests && OF_NAMED_TESTS.has(kind))
}

const OTHER_TESTS =
  /(^|\/)(tests?|specs?)\/.*\.(py|go|rb|rs|java|kt|cs|php|exs?)$|(^|\/)test_[^/]+\.py$|_test\.(py|go|rb|exs?)$|(Test|Tests|Spec)\.(java|kt|cs|php|swift)$/

export function isTestCode(path: string): boolean {
  return isTest(path) || OTHER_TESTS.test(path)
}

function isCode(path: string): boolean {
  return /\.([cm]?[jt]sx?|py|go|rb|rs|java|kt|cs|php|exs?)$/.test(path)
}

function isNamed({ files = [] }: TestPermission, path: string): boolean {
  return files.some((name) => name === path || (name.endsWith('/') && path.startsWith(name)))
}

export function findingText({ kind, path, line, message }: ChangeFinding): string {
  return `${path}${line === undefined ? '' : `:${line}`}: ${kind}: ${message}`
}
