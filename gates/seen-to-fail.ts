// Seen to fail
//
// Checks that each new or changed test was seen to fail, on the former source or on a mutant of the code it runs; and
// that tests which replace others notice the mutants that those noticed.
// Leaves: finding these tests (changed-cases.ts), running them (mutant-runs.ts).
//
// S1. Missing code, a crash and a failure of the whole file show nothing about a single test.
// S2. Where tests are changed, each mutant that the tip's tests notice and the new or changed ones do not is a loss. An
//     unchanged test keeps its own: it makes up for no loss of others, and has none when only the code around it
//     changes.
// S3. Tests that start the source as a program reach nothing that is measured here: they run on the former source.

import type { Mutant } from '../machines/index.ts'
import { type FileCoverages, runSuite, type TestResult, withWorktree } from '../workspace/index.ts'
import { approvalCommand } from './approval.ts'
import { type AskedTest, type ChangedCases, isCalled } from './changed-cases.ts'
import { isOfTests } from './changed-tests.ts'
import type { GateInput, GateParts } from './gate.ts'
import { commitOnto } from './merge-queue/batch.ts'
import { type MutantResult, reachedLines, type Trial, withTrial } from './mutant-runs.ts'
import { importedIn, isAbsence } from './proof.ts'
import { testedModules } from './tested-modules.ts'

export type SeenToFailResult =
  | { readonly kind: 'asked'; readonly findings: readonly string[] }
  /** There was no test to check. */
  | { readonly kind: 'nothing'; readonly reason: string }
  | { readonly kind: 'unknown'; readonly reason: string }

export interface SeenToFailQuestion {
  readonly cases: ChangedCases
  /** Coverage of the whole suite. */
  readonly coverage: FileCoverages
  /** Tests without a seen failure so far; removed when one is seen. */
  readonly unseen: Set<AskedTest>
  readonly most: number
  makeMutants(lines: ReadonlyMap<string, ReadonlySet<number>>, most: number): Promise<Mutant[] | undefined>
}

const NOW = 'integration-mutants-now'
const WAS = 'integration-mutants-was'
const WITHOUT = 'integration-mutants-without'
const MAX_FINDINGS_TOLD = 5

export async function askTests(
  parts: GateParts,
  subject: GateInput,
  question: SeenToFailQuestion,
): Promise<SeenToFailResult> {
  const { cases, unseen } = question
  await askWithout(parts, subject, question)
  if (unseen.size === 0 && cases.before.length === 0) return { kind: 'asked', findings: [] }
  if (cases.files.length === 0) return { kind: 'nothing', reason: 'tests are deleted, and none is added' }
  return withTrial(parts, subject, orderOf(question, subject.commit, cases.files, NOW), async (now) => {
    if (typeof now === 'string' || !now.success) return FAILED
    return withTipTests(parts, subject, question, (was) => askMutants(subject, { ...question, now, was }))
  })
}

const FAILED: SeenToFailResult = {
  kind: 'unknown',
  reason: 'the new or changed tests do not pass by themselves',
}

function orderOf(
  { coverage, most }: SeenToFailQuestion,
  commit: string,
  files: readonly string[],
  name: string,
) {
  return { commit, files, modules: Object.keys(coverage), most, name }
}

/** Removes tests that fail on the former source (S1). */
async function askWithout(
  parts: GateParts,
  subject: GateInput,
  { cases, unseen }: SeenToFailQuestion,
): Promise<void> {
  const { survey, commit, changes, limitMs, signal } = subject
  if (unseen.size === 0 || changes.every(({ path }) => isOfTests(path))) return
  const tests = changes.filter(({ path }) => isOfTests(path))
  const tip = await commitOnto(parts.clone, `${commit}^`, tests, 'the tests alone')
  const { modules: _, ...of } = survey
  const files = filesOf(unseen)
  const outcome = await withWorktree(
    parts,
    { ...survey, name: WITHOUT, commit: tip, signal },
    ({ path: root }) =>
      runSuite(parts.sandbox, parts.places, { ...of, root, files, timeoutMs: limitMs, signal }),
  )
  if (outcome.kind === 'broken') return
  const imported = await importedIn(subject, cases.files)
  const failed = outcome.report.failures.filter((failure) => !isAbsence(failure, imported))
  see(
    unseen,
    failed.map((failure) => ({ ...failure, status: 'failed' as const })),
  )
}

const filesOf = (tests: Iterable<AskedTest>) => [...new Set([...tests].map(({ file }) => file))]

/** Removes the failed tests; all of them when the runner names no tests. */
export function seeLook(unseen: Set<AskedTest>, { tests }: Trial, { isNoticed, failed }: MutantResult): void {
  if (isNoticed && tests.length === 0) unseen.clear()
  see(unseen, failed)
}

function see(unseen: Set<AskedTest>, failed: MutantResult['failed']): void {
  for (const test of unseen)
    if (failed.some((one) => one.file === test.file && isCalled(one, test))) unseen.delete(test)
}

/** The tip's tests of the changed files, with the submission's source; undefined when there are none. */
async function withTipTests(
  parts: GateParts,
  subject: GateInput,
  question: SeenToFailQuestion,
  ask: (was: Trial | undefined) => Promise<SeenToFailResult>,
): Promise<SeenToFailResult> {
  const { before } = question.cases
  if (before.length === 0) return ask(undefined)
  const source = subject.changes.filter(({ path }) => !isOfTests(path))
  const commit = await commitOnto(parts.clone, `${subject.commit}^`, source, 'the source alone')
  return withTrial(parts, subject, orderOf(question, commit, before, WAS), (was) =>
    // Tests that do not run notice nothing: the gate `regression` decides whether others may replace them.
    ask(typeof was === 'string' ? undefined : was),
  )
}

interface Trials extends SeenToFailQuestion {
  readonly now: Trial
  readonly was: Trial | undefined
}

async function askMutants(subject: GateInput, trials: Trials): Promise<SeenToFailResult> {
  const { unseen, now, was, most } = trials
  const texts = await textsOf(subject)
  const reached = mostLikely(reachedBy([now, ...(was ? [was] : [])]), trials.cases.files, texts)
  const mutants = await trials.makeMutants(reached, most)
  if (mutants === undefined) return { kind: 'unknown', reason: 'no tool for making mutants is available' }
  const losses: Loss[] = []
  for (const mutant of mutants) {
    if ((unseen.size === 0 && was === undefined) || losses.length === MAX_FINDINGS_TOLD) break
    const look = await now.look(mutant)
    seeLook(unseen, now, look)
    const lost = was && (await lostOf(trials.cases, { look, was, mutant }))
    if (lost) losses.push(lost)
  }
  const startsPrograms = ({ file }: AskedTest) => reached.size === 0 && PROGRAM.test(texts.get(file) ?? '')
  const isUnread = ({ isWhole }: AskedTest) => isWhole === true && mutants.length === 0
  const never = [...unseen].filter((test) => !startsPrograms(test) && !isUnread(test))
  const places = [...reached.keys()].join(', ')
  const findings = [
    ...never.map((test) => neverText(subject, test, { mutants: mutants.length, places })),
    ...losses.map((loss) => lossText(subject, loss)),
  ]
  if (findings.length === 0 && mutants.length === 0)
    return { kind: 'nothing', reason: 'no mutant can be made of the code that the tests reach' }
  return { kind: 'asked', findings: findings.slice(0, 2 * MAX_FINDINGS_TOLD) }
}

/** Modules that the tests import, if there are any: the modules that these load are tested elsewhere. */
function mostLikely(
  reached: ReadonlyMap<string, ReadonlySet<number>>,
  files: readonly string[],
  texts: ReadonlyMap<string, string>,
): ReadonlyMap<string, ReadonlySet<number>> {
  const modules = [...reached.keys()]
  const tested = new Set(files.flatMap((file) => testedModules(file, texts.get(file) ?? '', modules)))
  return tested.size === 0 ? reached : new Map([...reached].filter(([path]) => tested.has(path)))
}

/** Lines by file: those of functions that ran; of all loaded files when no function ran. */
function reachedBy(trials: readonly Trial[]): Map<string, ReadonlySet<number>> {
  const called = linesOf(trials, ({ f }) => Object.values(f).some((count) => count > 0))
  return called.size > 0 ? called : linesOf(trials, () => true)
}

function linesOf(trials: readonly Trial[], isAsked: (file: FileCoverages[string]) => boolean) {
  const lines = new Map<string, ReadonlySet<number>>()
  for (const { coverage } of trials)
    for (const [path, file] of Object.entries(coverage)) {
      if (!isAsked(file)) continue
      const both = new Set([...(lines.get(path) ?? []), ...reachedLines(coverage, path)])
      if (both.size > 0) lines.set(path, both)
    }
  return lines
}

interface Loss {
  readonly mutant: Mutant
  readonly test: TestResult
}

/** S2. */
async function lostOf(
  cases: ChangedCases,
  { look, was, mutant }: { look: MutantResult; was: Trial; mutant: Mutant },
): Promise<Loss | undefined> {
  const isCrash = look.isNoticed && look.failed.length === 0
  const isMadeUp = isCrash || look.failed.some(cases.isChanged)
  const isLost = (test: TestResult) =>
    cases.wasChanged(test) ? !isMadeUp : !isCrash && cases.isMoved(test) && !isAmong(look.failed, test)
  const doubtful = was.tests.filter((test) => test.status === 'passed' && isLost(test))
  if (doubtful.length === 0) return undefined
  const { failed } = await was.look(mutant)
  const test = doubtful.find((one) => isAmong(failed, one))
  return test && { mutant, test }
}

function isAmong(tests: readonly TestResult[], { file, name }: TestResult): boolean {
  return tests.some((one) => one.file === file && one.name === name)
}

/** S3. */
const PROGRAM = /\b(child_process|worker_threads|execa|playwright|puppeteer|supertest)\b|\bnew Worker\b/

async function textsOf(subject: GateInput): Promise<ReadonlyMap<string, string>> {
  return new Map((await subject.files()).map(({ path, after = '' }) => [path, after]))
}

function neverText(subject: GateInput, test: AskedTest, of: { mutants: number; places: string }): string {
  const what =
    of.mutants === 0
      ? 'and reaches no code that a mutant can be made of'
      : `and with each of ${of.mutants} small changes to the code it runs (${of.places})`
  return (
    `${test.file}:${test.line}: ${test.title ?? 'a test'}: was never seen to fail: it passes on the source as it was ${what}. ` +
    `Make it check something that can go wrong, or have a person run: ${approvalCommand(subject, test.file)}`
  )
}

function lossText(subject: GateInput, { mutant: { path, line, what }, test: { file, name } }: Loss): string {
  return (
    `${file}: ${name}: failed at the tip when ${path}:${line} was made wrong (${what}), and no new or changed test does. ` +
    `Keep its expectation, or have a person run: ${approvalCommand(subject, file)}`
  )
}
