// Regression gate
//
// The gate `regression`: the tip's own tests pass with the submission's source. The tests, and every file they read,
// are as at the tip, whatever the submission changes of tests, settings, data and their imports.
// Leaves: running the tests (split/conditions.ts), new or changed tests (agreement.ts).
//
// Only a person may allow tests to be replaced, beforehand (`replace`) or for one content (approval.ts); no task and no
// plan can. A test that could not run is no pass. Replaced files are the submission's when the tip's tests run. Files
// that the tip's tests rely on stay unchanged: otherwise one submission would weaken the tests that judge the next.
// R1. A test runs under the strictest condition under which it passes at the tip. Only tests that fail there with the
//     tip's own source run under the next condition.

import { join } from 'node:path'
import { z } from 'zod'
import {
  digest,
  type FailedTest,
  measureCommit,
  readJson,
  type SuiteReport,
  surveyAt,
  type TestResult,
  writeJson,
} from '../workspace/index.ts'
import { approvalCommand, approvedOf } from './approval.ts'
import { isAmongTests, isOfTests } from './changed-tests.ts'
import type { GateInput, GateParts } from './gate.ts'
import { LONGEST_MS } from './gate-input.ts'
import { requiredGate } from './gate-setting.ts'
import { commitOnto } from './merge-queue/batch.ts'
import { CONDITIONS, type Condition, type ConditionResult, runUnder, type Unrun } from './split/conditions.ts'
import { type ExpectedTest, missingFrom, passedOf } from './split/missing-tests.ts'
import { isListed, supportFindings } from './test-support.ts'
import { couldNotRun, findingOf, leftOut, verdict } from './verdict.ts'

const NAME = 'regression'

export const regression = requiredGate({
  name: NAME,
  judges: 'submission',
  limits: {
    /** Test files that a submission may replace: paths; a folder ends with a slash. */
    replace: z.array(z.string().min(1)),
  },
  stricter: { replace: 'user' },
  limitsOfAll: { replace: [] },
  judge: (limits) => async (parts, subject) => {
    const replace = [...limits.replace, ...(await approvedOf(parts, subject))]
    const support = supportFindings(await subject.files(), {
      replace,
      approve: (path) => approvalCommand(subject, path),
      ran: new Set(subject.testsBefore.map(({ file }) => file)),
    })
    if (support.length > 0) return verdict(NAME, support)
    const fewer = await fewerTests(subject, replace)
    if (fewer.length > 0) return verdict(NAME, fewer)
    if (subject.changes.every(({ path }) => isAmongTests(path)))
      return leftOut(NAME, 'nothing but tests is changed')
    const asked = await openQuestion(parts, subject, replace)
    if (typeof asked === 'string') return couldNotRun(NAME, asked)
    const isReplaced = ({ file }: ExpectedTest) => isListed(replace, file)
    const kept = asked.expected.filter((test) => !isReplaced(test))
    const found =
      asked.expected.length === 0 ? await askAsOne(parts, asked) : await askEach(parts, asked, kept)
    if (found.kind === 'unknown') return couldNotRun(NAME, found.reason)
    return verdict(NAME, found.findings)
  },
})

/** Tests generated from tables at run time are only counted here. */
async function fewerTests(subject: GateInput, replace: readonly string[]): Promise<string[]> {
  const { changes, testsBefore } = subject
  const suite = await subject.suite()
  if (suite.kind === 'broken' || !suite.report.success) return []
  const paths = new Set(changes.map(({ path }) => path).filter((path) => !isListed(replace, path)))
  const passedIn = (tests: readonly TestResult[]) => passedOf(tests).filter(({ file }) => paths.has(file))
  const [was, is] = [passedIn(testsBefore), passedIn(suite.report.tests)]
  if (is.length >= was.length) return []
  const files = [...new Set(was.map(({ file }) => file))]
  const commands = files.map((file) => approvalCommand(subject, file)).join('; ')
  return [
    `${is.length} tests pass in the changed test files, ${was.length} at the tip (${files.join(', ')}). ` +
      `Keep each of them, or have a person run: ${commands}`,
  ]
}

interface RegressionQuestion {
  readonly subject: GateInput
  readonly tip: { readonly commit: string; readonly tree: string }
  /** The tip with the replaced files. */
  readonly tests: string
  readonly expected: readonly ExpectedTest[]
  /** How many tests passed. */
  readonly passed: number
}

type RegressionResult =
  | { readonly kind: 'known'; readonly findings: readonly string[] }
  | { readonly kind: 'unknown'; readonly reason: string }

/** The tests that pass at the tip, or why they could not be determined. */
async function openQuestion(
  parts: GateParts,
  subject: GateInput,
  replace: readonly string[],
): Promise<RegressionQuestion | string> {
  const commit = (await parts.clone.git(['rev-parse', `${subject.commit}^`])).trim()
  const measurable = await surveyAt(parts.clone, subject.survey, commit)
  const tip = await measureCommit(parts, { measurable, commit, limitMs: LONGEST_MS, signal: subject.signal })
  if (tip.kind !== 'measured') return 'the tests do not pass without the submission'
  const { measurement } = tip.kept
  const { tree, tests: counts } = measurement
  const replaced = subject.changes.filter(({ path }) => isOfTests(path) && isListed(replace, path))
  const tests =
    replaced.length === 0 ? commit : await commitOnto(parts.clone, commit, replaced, 'what may be replaced')
  return { subject, tests, tip: { commit, tree }, expected: passedOf(tip.kept.tests), passed: counts.passed }
}

/** A command that names no tests passes or fails as a whole. */
async function askAsOne(parts: GateParts, question: RegressionQuestion): Promise<RegressionResult> {
  const { passed } = question
  const tried = await run(parts, question, 'together on another machine', commitsOf(question))
  if (tried.kind !== 'ran') return { kind: 'known', findings: [`the tests of the tip ${tried.reason}`] }
  const { report } = tried
  const findings = report.failures.map(findingOf)
  if (report.success && report.passed < passed)
    findings.push(`${report.passed} tests of the tip pass, ${passed} did before`)
  if (!report.success && findings.length === 0) findings.push('the tests of the tip fail outside of any test')
  return { kind: 'known', findings }
}

/** R1. */
async function askEach(
  parts: GateParts,
  question: RegressionQuestion,
  all: readonly ExpectedTest[],
): Promise<RegressionResult> {
  let expected = all
  let reason = ''
  for (const condition of CONDITIONS) {
    if (expected.length === 0) break
    const broken = await brokenUnder(parts, question, condition, expected)
    if (broken.kind === 'impossible') continue
    if (broken.kind === 'forged') return { kind: 'unknown', reason: broken.reason }
    if (broken.findings.length > 0) return { kind: 'known', findings: broken.findings }
    expected = broken.undecided
    reason = broken.reason
  }
  if (expected.length === 0) return { kind: 'known', findings: [] }
  const names = expected.slice(0, 5).map(({ file, name }) => `${file}: ${name}`)
  return {
    kind: 'unknown',
    reason: `${expected.length} tests of the tip pass only in the usual kind of run (${names.join(', ')}): ${reason}`,
  }
}

type Broken =
  | Unrun
  | {
      readonly kind: 'asked'
      readonly findings: readonly string[]
      /** These tests fail under this condition with the tip's own source as well. */
      readonly undecided: readonly ExpectedTest[]
      readonly reason: string
    }

async function brokenUnder(
  parts: GateParts,
  question: RegressionQuestion,
  condition: Condition,
  expected: readonly ExpectedTest[],
): Promise<Broken> {
  const commits = commitsOf(question)
  const first = await failuresUnder(parts, question, condition, { commits, expected })
  if (first.kind !== 'asked') return first
  if (first.missing.length === 0) return { kind: 'asked', findings: [], undecided: [], reason: '' }
  const passing = await passingAtTip(parts, question, condition, first.missing)
  const undecided = first.missing.filter((test) => !passing.has(keyOf(test)))
  const reason = first.failures[0]?.message.slice(0, 300) ?? ''
  const doubtful = first.missing.filter((test) => passing.has(keyOf(test)))
  if (doubtful.length === 0) return { kind: 'asked', findings: [], undecided, reason }
  // A second run separates tests that fail sometimes from tests that always fail.
  const second = await failuresUnder(parts, question, condition, { commits, expected: doubtful })
  if (second.kind !== 'asked') return second
  const findings = second.missing
    .slice(0, 20)
    .map((test) => findingText(question, { test, condition, failures: second.failures }))
  return { kind: 'asked', findings, undecided, reason }
}

const keyOf = ({ file, name }: ExpectedTest) => `${file}\n${name}`

/** A person can only approve the submission's content of a test. */
function wayOutOf(subject: GateInput, file: string): string {
  const isChanged = subject.changes.some(({ path }) => path === file)
  const approve = isChanged ? `a person runs: ${approvalCommand(subject, file)}` : 'change it, too'
  return `Keep the behaviour that the test expects. If the milestone requires another result, ${approve}; or the user lists the file under gates.regression.replace.`
}

function findingText(
  { subject }: RegressionQuestion,
  {
    test,
    condition,
    failures,
  }: { test: ExpectedTest; condition: Condition; failures: readonly FailedTest[] },
): string {
  const wayOut = wayOutOf(subject, test.file)
  const failure = failures.find((one) => keyOf(one) === keyOf(test)) ?? failures[0]
  const message = failure?.message ?? 'it did not run'
  return (
    `${test.file}: ${test.name}: passes at the tip and does not pass with this source, run ${condition}: ${message.slice(0, 400)}. ` +
    wayOut
  )
}

function commitsOf({ subject, tests }: RegressionQuestion) {
  return { tests, source: subject.commit }
}

interface ConditionFailures {
  readonly kind: 'asked'
  readonly missing: readonly ExpectedTest[]
  readonly failures: readonly FailedTest[]
}

async function failuresUnder(
  parts: GateParts,
  question: RegressionQuestion,
  condition: Condition,
  { commits, expected }: { commits: { tests: string; source: string }; expected: readonly ExpectedTest[] },
): Promise<ConditionFailures | Unrun> {
  const isAll = expected.length === question.expected.length
  const files = isAll ? undefined : [...new Set(expected.map(({ file }) => file))]
  const tried = await run(parts, question, condition, commits, files)
  if (tried.kind === 'impossible' || tried.kind === 'forged') return tried
  if (tried.kind === 'broken')
    return { kind: 'asked', missing: expected, failures: [{ file: '', name: '', message: tried.reason }] }
  return { kind: 'asked', missing: missingIn(expected, tried.report), failures: tried.report.failures }
}

/** After an error outside all tests, no result counts. */
function missingIn(expected: readonly ExpectedTest[], report: SuiteReport): readonly ExpectedTest[] {
  if (!report.success && report.failures.length === 0) return expected
  return missingFrom(expected, report.tests)
}

function run(
  parts: GateParts,
  { subject }: RegressionQuestion,
  condition: Condition,
  commits: { tests: string; source: string },
  files?: readonly string[],
): Promise<ConditionResult> {
  const { survey, limitMs, signal } = subject
  return runUnder(parts, condition, { survey, commits, files, limitMs, signal })
}

const passingSchema = z.object({ passing: z.array(z.string()) })

/** The tip's own source under the same condition; cached, because it does not change. */
async function passingAtTip(
  parts: GateParts,
  question: RegressionQuestion,
  condition: Condition,
  expected: readonly ExpectedTest[],
): Promise<ReadonlySet<string>> {
  const { commit, tree } = question.tip
  const files = [...new Set(expected.map(({ file }) => file))].sort()
  const place = join(parts.places.outcomes, `${digest('at tip', tree, condition, ...files)}.json`)
  const kept = passingSchema.safeParse(await readJson(place)).data
  if (kept) return new Set(kept.passing)
  const all = question.expected.filter(({ file }) => files.includes(file))
  const commits = { tests: commit, source: commit }
  const found = await failuresUnder(parts, question, condition, { commits, expected: all })
  const missing = new Set(found.kind === 'asked' ? found.missing.map(keyOf) : all.map(keyOf))
  const passing = all.map(keyOf).filter((key) => !missing.has(key))
  await writeJson(place, { passing })
  return new Set(passing)
}
