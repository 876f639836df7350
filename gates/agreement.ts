// Agreement gate
//
// The gate `agreement`: the new or changed tests of a submission give the same results when its source runs in another,
// plain process on another machine. It finds source that is right only while tests watch it.
// Leaves: the tip's own tests (regression.ts), whether the tests notice errors (proof.ts, mutation.ts).
//
// A1. A test may run under a weaker condition only if its own text gives a reason: it sets clocks, or it replaces
//     something that the source uses.

import type { FileChange } from '../machines/index.ts'
import { type FailedTest, isByCommand } from '../workspace/index.ts'
import { isAmongTests, testFilesIn } from './changed-tests.ts'
import type { Gate, GateInput, GateParts } from './gate.ts'
import { CONDITIONS, type Condition, runUnder } from './split/conditions.ts'
import { type ExpectedTest, missingFrom, passedOf } from './split/missing-tests.ts'
import { couldNotRun, findingOf, leftOut, verdict } from './verdict.ts'

const NAME = 'agreement'

export const agreement: Gate = {
  name: NAME,
  judges: 'submission',
  async judge(parts, subject) {
    const files = testFilesIn(subject)
    if (files.length === 0) return leftOut(NAME, 'no test is added or changed')
    if (subject.changes.every(({ path }) => isAmongTests(path)))
      return leftOut(NAME, 'nothing but tests is changed')
    const suite = await subject.suite()
    if (suite.kind === 'broken' || !suite.report.success)
      return couldNotRun(NAME, 'the tests did not pass, so there is no result to compare')
    if (isByCommand(subject.survey))
      return leftOut(NAME, 'not compared: the tests are run by a command of the repository')
    const expected = passedOf(suite.report.tests).filter(({ file }) => files.includes(file))
    return askUnderEach(parts, subject, expected)
  },
}

async function askUnderEach(parts: GateParts, subject: GateInput, all: readonly ExpectedTest[]) {
  const { survey, commit, limitMs, signal } = subject
  const texts = await subject.files()
  let expected = all
  for (const condition of CONDITIONS) {
    const files = [...new Set(expected.map(({ file }) => file))]
    const commits = { tests: commit, source: commit }
    const tried = await runUnder(parts, condition, { survey, commits, files, limitMs, signal })
    if (tried.kind === 'impossible') continue
    if (tried.kind === 'forged') return couldNotRun(NAME, tried.reason)
    if (tried.kind === 'broken') return couldNotRun(NAME, `run ${condition}, the tests ${tried.reason}`)
    const { tests, failures, success } = tried.report
    if (!success && failures.length === 0)
      return couldNotRun(NAME, `run ${condition}, the tests failed outside of any test`)
    const missing = missingFrom(expected, tests)
    if (missing.length === 0) return verdict(NAME, [])
    const unexcused = missing.filter(
      (test) => !isExcused(texts, test.file, condition) && !isConverted(failures, test, condition),
    )
    if (unexcused.length > 0) {
      const told =
        failures.length > 0
          ? failures.map(findingOf)
          : unexcused.map(({ file, name }) => `${file}: ${name}: did not run`)
      return verdict(
        NAME,
        told
          .slice(0, 10)
          .map((text) => `passes in the test run and does not pass when run ${condition}: ${text}`),
      )
    }
    expected = missing
  }
  return couldNotRun(NAME, `${expected.length} tests pass only in one kind of run`)
}

/** A1. */
const EXCUSES: Readonly<Record<Condition, RegExp | undefined>> = {
  'apart at another time': /\b(Date|performance|hrtime|uptime|Temporal|\w*[Tt]imers?|setSystemTime)\b/,
  apart:
    /\b(vi|jest|mock|sinon)\.|\bmock\b|\b(console|process|globalThis|document|window)\b|['"](node:)?(fs|os|path|http|https|net|child_process|worker_threads|events|stream|timers)(\/\w+)?['"]/,
  'together on another machine': undefined,
}

/** New tests may convert an object to a primitive; tests of the tip passed without that. */
function isConverted(
  failures: readonly FailedTest[],
  { file, name }: ExpectedTest,
  condition: Condition,
): boolean {
  const failure = failures.find((one) => one.file === file && one.name === name)
  return (
    condition !== 'together on another machine' &&
    /passes for a number or a text/.test(failure?.message ?? '')
  )
}

function isExcused(texts: readonly FileChange[], file: string, condition: Condition): boolean {
  const text = texts.find(({ path }) => path === file)?.after ?? ''
  if (condition === 'apart at another time' && EXCUSES.apart?.test(text)) return true
  return EXCUSES[condition]?.test(text) ?? false
}
