// Mutation gate
//
// The gate `mutation`: tests notice wrong code. Each of a few small changes to the changed lines is made in turn, and
// the tests that mention the file are run. Each new or changed test must also notice some change.
// Leaves: running tests on mutants (mutant-runs.ts), single tests (seen-to-fail.ts).
//
// A mutant on a line that no test reaches survives without a run. A test that fails for a mutant of changed code is not run
// on further mutants: most new tests are seen to fail there.
// X2. Coverage is verified: where a mutant on a reached line survives, the process is made to exit at that place, which
//     no test can miss. If the tests still pass, the coverage is wrong, and the gate could not run.

import { z } from 'zod'
import type { FileChange, Mutant } from '../machines/index.ts'
import { isTestFile } from '../workspace/index.ts'
import { type ChangedCases, changedCases } from './changed-cases.ts'
import { changedLines } from './changed-files.ts'
import type { GateInput, GateParts } from './gate.ts'
import { limitedGate } from './gate-setting.ts'
import { reachedLines, type Trial, withTrial } from './mutant-runs.ts'
import { askTests, type SeenToFailQuestion, type SeenToFailResult, seeLook } from './seen-to-fail.ts'
import { couldNotRun, leftOut, verdict } from './verdict.ts'

const WORKTREE = 'integration-mutants'
const NAME = 'mutation'

export const mutation = limitedGate({
  name: NAME,
  judges: 'submission',
  limits: {
    /** The most mutants of changed code; for code that changed tests reach, twice as many. */
    mutants: z.int().min(1).max(200),
    /** The share of mutants of changed code that may survive: 0 to 1. */
    survivors: z.number().min(0).max(1),
  },
  example: '{ mutants: 10, survivors: 0.5 }, survivors from 0 to 1',
  stricter: { mutants: 'at_least', survivors: 'at_most' },
  policies: {
    no_compromise: { mutants: 24, survivors: 0.2 },
    balanced: { mutants: 10, survivors: 0.5 },
    fast_iteration: false,
  },
  judge:
    (limits, { replace }) =>
    async (parts, subject) => {
      const coverage = await subject.coverage()
      if (coverage === undefined) return couldNotRun(NAME, 'the tests did not pass, so nothing was measured')
      const cases = await changedCases(parts, subject, replace)
      const question: MutationQuestion = { limits, cases, coverage, unseen: new Set(cases.asked) }
      const found = [await askCode(parts, subject, question)]
      if (cases.files.length + cases.before.length > 0) found.push(await askOfTests(parts, subject, question))
      const unknown = found.find((one) => one.kind === 'unknown')
      if (unknown) return couldNotRun(NAME, unknown.reason)
      const asked = found.filter((one) => one.kind === 'asked')
      if (asked.length > 0)
        return verdict(
          NAME,
          asked.flatMap(({ findings }) => findings),
        )
      return leftOut(NAME, found.flatMap((one) => ('reason' in one ? one.reason : [])).join('; '))
    },
})

interface MutationQuestion extends Pick<SeenToFailQuestion, 'cases' | 'coverage' | 'unseen'> {
  readonly limits: { readonly mutants: number; readonly survivors: number }
}

async function askCode(
  parts: GateParts,
  subject: GateInput,
  question: MutationQuestion,
): Promise<SeenToFailResult> {
  const { limits, coverage, cases } = question
  const changes = await subject.files()
  const code = changes.filter(({ path, after }) => after !== undefined && path in coverage)
  if (code.length === 0) return { kind: 'nothing', reason: 'no measured code is changed' }
  const lines = await changedLines(parts.clone, subject.commit)
  const mutants = await mutantsOf(
    parts,
    code.map(({ path, after = '' }) => ({ path, text: after, lines: lines.get(path) ?? NO_LINES })),
    limits.mutants,
  )
  if (mutants === undefined) return { kind: 'unknown', reason: 'no tool for making mutants is available' }
  if (mutants.length === 0) return { kind: 'nothing', reason: 'no mutant can be made of the changed lines' }
  const survivors = await survivorsOf(parts, subject, {
    ...question,
    mutants,
    files: await testsOf(parts, subject, code, cases),
  })
  if (typeof survivors === 'string') return { kind: 'unknown', reason: survivors }
  if (survivors.length <= limits.survivors * mutants.length) return { kind: 'asked', findings: [] }
  const told = survivors.map(({ path, line, what }) => `${path}:${line}: ${what}, and no test fails`)
  const count = `${survivors.length} of ${mutants.length} small changes to the changed lines go unnoticed`
  return { kind: 'asked', findings: [count, ...told] }
}

const NO_LINES: ReadonlySet<number> = new Set()

function askOfTests(
  parts: GateParts,
  subject: GateInput,
  { limits, cases, coverage, unseen }: MutationQuestion,
): Promise<SeenToFailResult> {
  return askTests(parts, subject, {
    ...{ cases, coverage, unseen, most: 2 * limits.mutants },
    makeMutants: async (reached, most) => {
      const asked = [...reached]
        .filter(([path]) => isTestable(path))
        .map(async ([path, lines]) => {
          const text = await parts.clone.git(['show', `${subject.commit}:${path}`])
          return { path, text, lines }
        })
      return mutantsOf(parts, await Promise.all(asked), most)
    },
  })
}

/** Mutants of other languages are approximate: good enough for changed code, not for refusing a test. */
const isTestable = (path: string) => /\.[cm]?[jt]sx?$/.test(path)

interface MutationFile {
  readonly path: string
  readonly text: string
  readonly lines: ReadonlySet<number>
}

async function mutantsOf(
  { analysis }: GateParts,
  files: readonly MutationFile[],
  most: number,
): Promise<Mutant[] | undefined> {
  const share = Math.max(1, Math.ceil(most / Math.max(1, files.length)))
  const made = await Promise.all(files.map((file) => analysis.mutants({ ...file, most: share })))
  if (made.some((some) => some === undefined)) return undefined
  return made.flatMap((some) => some ?? []).slice(0, most)
}

interface CodeQuestion extends MutationQuestion {
  readonly mutants: readonly Mutant[]
  readonly files: readonly string[]
}

/** The surviving mutants, or why they could not be determined. */
async function survivorsOf(
  parts: GateParts,
  subject: GateInput,
  question: CodeQuestion,
): Promise<Mutant[] | string> {
  const { mutants, coverage, files } = question
  const isReached = ({ path, line }: Mutant) => reachedLines(coverage, path).has(line)
  const reached = mutants.filter(isReached)
  const survivors = mutants.filter((mutant) => !isReached(mutant))
  if (reached.length === 0) return survivors
  const modules = [...new Set(reached.map(({ path }) => path))]
  const order = {
    commit: subject.commit,
    files,
    modules,
    most: reached.length + MAX_ENDED_MUTANTS,
    name: WORKTREE,
  }
  return withTrial(parts, subject, order, async (trial) => {
    if (typeof trial === 'string') return `the tests do not run in a second worktree: ${trial}`
    if (!trial.success) return 'the tests fail in a second worktree, before anything is changed'
    const more = await unnoticed(trial, reached, question)
    return (await disagreement(trial, more)) ?? [...survivors, ...more]
  })
}

const MAX_ENDED_MUTANTS = 3

/** X2. Compares with the trial's own run, because it has only some of the tests. */
async function disagreement(trial: Trial, survivors: readonly Mutant[]): Promise<string | undefined> {
  const claimed = survivors.filter(({ path, line }) => reachedLines(trial.coverage, path).has(line))
  for (const { path, line, what, ended } of claimed.slice(0, MAX_ENDED_MUTANTS)) {
    if (ended === undefined) continue
    const { isNoticed } = await trial.look({ path, line, what, text: ended })
    if (!isNoticed)
      return `coverage reports that tests reach ${path}:${line}, but they pass when the process exits there: the coverage is wrong`
  }
  return undefined
}

async function unnoticed(
  trial: Trial,
  mutants: readonly Mutant[],
  { unseen }: MutationQuestion,
): Promise<Mutant[]> {
  const survivors: Mutant[] = []
  for (const mutant of mutants) {
    const look = await trial.look(mutant)
    seeLook(unseen, trial, look)
    if (!look.isNoticed) survivors.push(mutant)
  }
  return survivors
}

const MAX_FILES = 30

/** The tests that are changed or mention the code's files; empty (which means all) when no test does, or all do. */
async function testsOf(
  { clone }: GateParts,
  { commit }: GateInput,
  code: readonly FileChange[],
  cases: ChangedCases,
): Promise<string[]> {
  const names = code.map(({ path }) => (path.split('/').at(-1) ?? path).replace(/\.\w+$/, ''))
  const words = names.flatMap((name) => ['-e', name])
  const said = await clone.git(['grep', '-l', '-z', '--fixed-strings', ...words, commit], { accept: [1] })
  const paths = said
    .split('\0')
    .filter(Boolean)
    .map((entry) => entry.slice(commit.length + 1))
  const tests = paths.filter(isTestFile)
  return tests.length === 0 || tests.length > MAX_FILES ? [] : [...new Set([...tests, ...cases.files])]
}
