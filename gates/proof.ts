// Proof gate
//
// The gate `proof`: the tests of a fix fail without it. The submission's new and changed tests run on the former
// source; at least one must fail there and pass with the change.
// Leaves: that all tests pass with the change (tests.ts), that tests notice small errors (mutation.ts).
//
// B1. A failure counts when the same test fails twice, and when more tests pass with the change than without it: a test
//     that is skipped with the change proves nothing. Tests that hang or crash without the change count as failed.
// B2. For a fix, only a test that sees wrong behaviour counts. A test that fails because an import is missing or does
//     not compile only shows that something is new: enough for new code, not for a fix.
// B3. A test that could not run, with the change or without it, proves nothing and is no pass.

import { z } from 'zod'
import { agentKinds, type TaskKind } from '../machines/index.ts'
import {
  type Change,
  type FailedTest,
  runSuite,
  type SuiteOutcome,
  withWorktree,
} from '../workspace/index.ts'
import { isOfTests, testFilesIn } from './changed-tests.ts'
import type { GateInput, GateParts } from './gate.ts'
import { limitedGate } from './gate-setting.ts'
import { commitOnto } from './merge-queue/batch.ts'
import { couldNotRun, findingOf, leftOut, verdict } from './verdict.ts'

const NAME = 'proof'
const WITH = 'integration-with'
const WITHOUT = 'integration-without'

export const proof = limitedGate({
  name: NAME,
  judges: 'submission',
  limits: {
    /** The kinds of tasks that must prove their change. */
    kinds: z.array(z.enum(['debug', 'code'])).min(1),
  },
  example: '{ kinds: [debug, code] }',
  stricter: { kinds: 'superset' },
  // Every policy asks it of a fix: without a test that failed before, a fix is only a claim.
  policies: {
    no_compromise: { kinds: ['debug', 'code'] },
    balanced: { kinds: ['debug'] },
    fast_iteration: { kinds: ['debug'] },
  },
  judge: (limits) => async (parts, subject) => {
    const kinds: readonly TaskKind[] = limits.kinds
    const kind = 'kind' in subject.task ? subject.task.kind : undefined
    if (kind === undefined || !kinds.includes(kind)) return leftOut(NAME, `not required of a ${kind} task`)
    const isFix = agentKinds[kind].provesFix
    const files = testFilesIn(subject)
    if (files.length === 0)
      return isFix ? verdict(NAME, [NO_TEST]) : leftOut(NAME, 'no test is added or changed')
    if (subject.changes.every(({ path }) => isOfTests(path)))
      return isFix ? verdict(NAME, [NO_FIX]) : leftOut(NAME, 'nothing but tests is changed')
    const seen = await lookTwice(parts, subject, files)
    return typeof seen === 'string'
      ? couldNotRun(NAME, seen)
      : verdict(NAME, judged(seen, isFix ? await importedIn(subject, files) : undefined))
  },
})

const NO_TEST =
  'no test is added or changed: add one that fails without the fix, for the reason the task is about'
const NO_FIX = 'nothing but tests is changed: there is no fix for them to prove'

interface ProofRuns {
  /** How many tests pass with the change. */
  readonly passed: number
  /** The first and the second run without it. */
  readonly without: readonly [Without, Without]
}

interface Without {
  readonly passed: number
  readonly failures: readonly FailedTest[]
}

/** The results with the change and, twice, without it; or why they could not be determined (B3). */
async function lookTwice(
  parts: GateParts,
  subject: GateInput,
  files: readonly string[],
): Promise<ProofRuns | string> {
  const { survey, commit, signal } = subject
  const run = (root: string, timeoutMs: number) => {
    const { modules: _, ...of } = survey
    return runSuite(parts.sandbox, parts.places, { ...of, root, files, timeoutMs, signal })
  }
  const order = { ...survey, name: WITH, commit, signal }
  const now = await withWorktree(parts, order, ({ path }) => run(path, subject.limitMs))
  if (now.kind === 'broken' || !now.report.success || now.report.passed === 0)
    return `the new or changed tests do not pass by themselves: ${reasonOf(now)}`
  const limit = Math.min(subject.limitMs, 10_000 + 5 * now.ms)
  const testsOnly = subject.changes.filter(({ path }) => isOfTests(path))
  const tip = await testsOnTip(parts, commit, testsOnly)
  // Each in its own tree: files that the first run leaves do not affect the second.
  const look = async (number: 1 | 2) => {
    const without = { ...order, name: `${WITHOUT}-${number}`, commit: tip }
    return withoutIn(await withWorktree(parts, without, ({ path }) => run(path, limit)))
  }
  const first = await look(1)
  if (typeof first === 'string') return first
  // A test that passes once without the change proves nothing, whatever its next result.
  const second = first.failures.length === 0 ? first : await look(2)
  if (typeof second === 'string') return second
  return { passed: now.report.passed, without: [first, second] }
}

/** The tests of the submission, and no other part of it. */
function testsOnTip(parts: GateParts, commit: string, tests: readonly Change[]): Promise<string> {
  return commitOnto(parts.clone, `${commit}^`, tests, 'the tests alone')
}

/** B1: a hang or a crash is a failure; B3: without a report there is no result. */
function withoutIn(outcome: SuiteOutcome): Without | string {
  if (outcome.kind === 'ran') {
    const { success, passed, failures } = outcome.report
    if (success || failures.length > 0) return { passed, failures }
    return 'without the change the tests fail outside of any test'
  }
  if (outcome.cause === 'no_report') return `without the change the tests leave ${outcome.reason}`
  return { passed: 0, failures: [{ file: '', name: 'the test run', message: outcome.reason }] }
}

function reasonOf(outcome: SuiteOutcome): string {
  if (outcome.kind === 'broken') return outcome.reason
  const [failure] = outcome.report.failures
  return failure === undefined ? 'no test was run' : findingOf(failure)
}

/** `imported`: by the tests of a fix (B2). */
function judged(
  { passed, without: [first, second] }: ProofRuns,
  imported: ReadonlySet<string> | undefined,
): string[] {
  if (first.failures.length === 0)
    return [
      'every new or changed test passes without the change, too: none of them proves that the change works',
    ]
  const again = new Map(second.failures.map((failure) => [keyOf(failure), failure]))
  const same = first.failures.filter((failure) => again.has(keyOf(failure)))
  if (same.length === 0)
    return first.failures
      .slice(0, 5)
      .map((failure) => `fails without the change only sometimes: ${findingOf(failure)}`)
  if (passed <= Math.max(first.passed, second.passed))
    return same
      .slice(0, 5)
      .map((failure) => `fails without the change and does not run with it: ${findingOf(failure)}`)
  const isProof = (failure: FailedTest) =>
    imported === undefined ||
    ![failure, again.get(keyOf(failure)) ?? failure].some((one) => isAbsence(one, imported))
  if (same.some(isProof)) return []
  return same
    .slice(0, 5)
    .map(
      (failure) =>
        `fails without the change only because something is missing, which is not wrong behaviour: ${findingOf(failure)}`,
    )
}

/** Names that tests import from files of the repository. */
export async function importedIn(subject: GateInput, tests: readonly string[]): Promise<ReadonlySet<string>> {
  const files = (await subject.files()).filter(({ path }) => tests.includes(path))
  return new Set(files.flatMap(({ after = '' }) => importedBy(after)))
}

const keyOf = ({ file, name }: FailedTest) => `${file}\n${name}`

/** B2, in the messages of the known runners and languages. */
const ABSENT = [
  /\bdoes not provide an export named\b/,
  /\bCannot find (module|package)\b/,
  /\bERR_(MODULE_NOT_FOUND|UNSUPPORTED_DIR_IMPORT|PACKAGE_PATH_NOT_EXPORTED)\b/,
  /\b(Failed to (resolve import|load url)|Could not resolve)\b/,
  /\b(error )?TS\d{4,5}:/,
  /\b(ImportError|ModuleNotFoundError)\b|\bAttributeError: (partially initialized )?module\b/,
]
const SEEN = /\bAssertionError\b|\bFAIL: /
/** A missing export that is called: `clamp`, `(0 , _cart.clamp)`, `cart.clamp`. */
const CALLED = /([\w$]+(?:\.[\w$]+)*)\)? is not a (?:function|constructor)\b/

/** vitest stores the imports of a file under this name. */
const KEPT_IMPORT = /^__vi/

/** Errors of several tests in one message show wrong behaviour when one of them does. */
export function isAbsence({ message }: Pick<FailedTest, 'message'>, imported: ReadonlySet<string>): boolean {
  if (SEEN.test(message)) return false
  const called = CALLED.exec(message)?.[1]?.split('.') ?? []
  return (
    called.some((name) => imported.has(name) || KEPT_IMPORT.test(name)) ||
    ABSENT.some((pattern) => pattern.test(message))
  )
}

const IMPORTS =
  /\b(?:import|const|let|var)\s+(?:type\s+)?([\w$*{},:\s]+?)\s*(?:from|=\s*(?:await\s+import|require)\s*\()\s*\(?\s*['"]\.{1,2}\//g

/** Names under which a test file uses imports from files of the repository. */
export function importedBy(text: string): string[] {
  return [...text.matchAll(IMPORTS)].flatMap(([, names = '']) => names.match(/[\w$]+/g) ?? [])
}
