// Mutation gate
//
// Owns:   that tests notice when the code is wrong: each of a few small changes to the changed lines is put in place,
//         and the tests that know the file are run. Where only tests are new, the code they are about is changed.
//
// X1. What no test reaches is not run to find out: it survives.
// X2. A mutant that makes the tests hang or crash is noticed.
// X3. Tests that fail without any mutant say nothing about one.
// X4. Each mutant is a checkout of its own, in which nothing ran before: what an earlier run left leads it nowhere.

import { dirname, join, normalize } from 'node:path'
import type { FileChange, Mutant } from '../../machines/index.ts'
import type { FileCoverages } from '../coverage.ts'
import { freshTrees } from '../fresh-trees.ts'
import type { Parts } from '../parts.ts'
import { runSuite } from '../suite.ts'
import { isTestFile } from '../survey/modules.ts'
import { kindInside, replaceInside } from '../worktree-files.ts'
import { changedLines } from './changed-files.ts'
import type { Gate, Subject } from './gate.ts'
import { couldNotRun, leftOut, verdict } from './verdict.ts'

export interface MutationLimits {
  /** More are not tried. */
  readonly mutants: number
  /** Of the mutants of changed code, the part that may go unnoticed: 0 to 1. */
  readonly survivors: number
}

const WORKTREE = 'integration-mutants'
const NAME = 'mutation'

export const mutationWithin = (limits: MutationLimits): Gate => ({
  name: NAME,
  async judge(parts, subject) {
    const changes = await subject.files()
    const coverage = await subject.coverage()
    if (coverage === undefined) return couldNotRun(NAME, 'the tests did not pass, so nothing was measured')
    const code = changes.filter(({ path, after }) => after !== undefined && path in coverage)
    const newTests = changes.filter(({ path, after }) => after !== undefined && isTestFile(path))
    if (code.length > 0) return judgeCode(parts, subject, { limits, coverage, code })
    if (newTests.length > 0) return judgeTests(parts, subject, { limits, coverage, newTests })
    return leftOut(NAME, 'no measured code and no test is changed')
  },
})

interface Of {
  readonly limits: MutationLimits
  readonly coverage: FileCoverages
}

async function judgeCode(parts: Parts, subject: Subject, of: Of & { code: readonly FileChange[] }) {
  const lines = await changedLines(parts.clone, subject.commit)
  const asked = of.code.map(({ path, after = '' }) => ({
    path,
    text: after,
    lines: lines.get(path) ?? new Set<number>(),
  }))
  const mutants = await mutantsOf(parts, asked, of.limits.mutants)
  if (mutants === undefined) return couldNotRun(NAME, 'nobody here can make mutants')
  if (mutants.length === 0)
    return leftOut(NAME, 'nothing on the changed lines can be made wrong in a small way')
  const tests = await testsOf(
    parts,
    subject,
    of.code.map(({ path }) => path),
  )
  const survivors = await survivorsOf(parts, subject, { mutants, tests, coverage: of.coverage })
  if (typeof survivors === 'string') return couldNotRun(NAME, survivors)
  if (survivors.length <= of.limits.survivors * mutants.length) return verdict(NAME, [])
  const told = survivors.map(({ path, line, what }) => `${path}:${line}: ${what}, and no test fails`)
  return verdict(NAME, [
    `${survivors.length} of ${mutants.length} small changes to the changed lines go unnoticed`,
    ...told,
  ])
}

/** A new test must kill something of what it is about. */
async function judgeTests(parts: Parts, subject: Subject, of: Of & { newTests: readonly FileChange[] }) {
  const about = of.newTests.flatMap(({ path, after = '' }) =>
    importsOf(path, after, Object.keys(of.coverage)),
  )
  const modules = [...new Set(about)]
  if (modules.length === 0) return leftOut(NAME, 'the tests import no module that is measured')
  const asked = await Promise.all(
    modules.map(async (path) => {
      const text = await parts.clone.git(['show', `${subject.commit}:${path}`])
      return { path, text, lines: reachedLines(of.coverage, path) }
    }),
  )
  const mutants = await mutantsOf(parts, asked, of.limits.mutants)
  if (mutants === undefined) return couldNotRun(NAME, 'nobody here can make mutants')
  if (mutants.length === 0)
    return leftOut(NAME, 'nothing that the tests reach can be made wrong in a small way')
  const tests = of.newTests.map(({ path }) => path)
  const survivors = await survivorsOf(parts, subject, { mutants, tests, coverage: of.coverage, enough: 1 })
  if (typeof survivors === 'string') return couldNotRun(NAME, survivors)
  const killed = mutants.length - survivors.length
  return verdict(
    NAME,
    killed > 0
      ? []
      : [
          `${tests.join(', ')}: none of ${mutants.length} small changes to ${modules.join(', ')} makes a test fail`,
        ],
  )
}

interface Asked {
  readonly path: string
  readonly text: string
  readonly lines: ReadonlySet<number>
}

async function mutantsOf(
  { analysis }: Parts,
  files: readonly Asked[],
  most: number,
): Promise<Mutant[] | undefined> {
  const share = Math.max(1, Math.ceil(most / Math.max(1, files.length)))
  const made = await Promise.all(files.map((file) => analysis.mutants({ ...file, most: share })))
  if (made.some((some) => some === undefined)) return undefined
  return made.flatMap((some) => some ?? []).slice(0, most)
}

interface Trial {
  readonly mutants: readonly Mutant[]
  readonly tests: readonly string[]
  readonly coverage: FileCoverages
  /** Stop when this many were noticed. */
  readonly enough?: number
}

/** Those that no test notices, or why that could not be found out. */
async function survivorsOf(parts: Parts, subject: Subject, trial: Trial): Promise<Mutant[] | string> {
  const { survey, commit, signal } = subject
  const isReached = ({ path, line }: Mutant) => reachedLines(trial.coverage, path).has(line)
  const reached = trial.mutants.filter(isReached)
  const survivors = trial.mutants.filter((mutant) => !isReached(mutant))
  const enough = trial.enough ?? Number.POSITIVE_INFINITY
  const order = { ...survey, name: WORKTREE, commit, signal }
  let limit: number | undefined
  let noticed = 0
  for await (const root of freshTrees(parts, order, reached.length + 1)) {
    const run = (timeoutMs: number) => passes(parts, subject, { root, files: trial.tests, timeoutMs })
    if (limit === undefined) {
      const begun = performance.now()
      if (!(await run(subject.limitMs)))
        return 'the tests fail in a second worktree, before anything is changed'
      limit = Math.min(subject.limitMs, 10_000 + 5 * (performance.now() - begun))
    } else {
      const mutant = reached.shift() as Mutant
      await placeMutant(parts, root, mutant)
      if (await run(limit)) survivors.push(mutant)
      else noticed++
    }
    if (noticed >= enough || reached.length === 0) break
  }
  return survivors
}

async function placeMutant({ places }: Parts, root: string, { path, text }: Mutant): Promise<void> {
  const { kind } = await kindInside(root, path)
  if (kind !== 'file') throw new Error(`${path} cannot be changed: it is no file in the commit`)
  await replaceInside(root, path, { bytes: Buffer.from(text), mode: 0o644, spare: places.scratch })
}

async function passes(
  parts: Parts,
  { survey, signal }: Subject,
  order: { root: string; files: readonly string[]; timeoutMs: number },
): Promise<boolean> {
  const { modules: _, ...of } = survey
  const { files, ...rest } = order
  const some = files.length === 0 ? {} : { files }
  const outcome = await runSuite(parts.sandbox, parts.places, { ...of, ...rest, ...some, signal })
  return outcome.kind === 'ran' && outcome.report.success
}

const MOST_FILES = 30

/** Test files that speak of a module's file; none (which stands for all) where nobody does, or everybody. */
async function testsOf({ clone }: Parts, { commit }: Subject, modules: readonly string[]): Promise<string[]> {
  const names = modules.map((path) => (path.split('/').at(-1) ?? path).replace(/\.\w+$/, ''))
  const words = names.flatMap((name) => ['-e', name])
  const said = await clone.git(['grep', '-l', '-z', '--fixed-strings', ...words, commit], { accept: [1] })
  const paths = said
    .split('\0')
    .filter(Boolean)
    .map((entry) => entry.slice(commit.length + 1))
  const tests = paths.filter(isTestFile)
  return tests.length > MOST_FILES ? [] : tests
}

function importsOf(path: string, text: string, modules: readonly string[]): string[] {
  const specifiers = [...text.matchAll(/['"](\.{1,2}\/[^'"]+)['"]/g)].map(([, specifier = '']) => specifier)
  return specifiers.flatMap((specifier) => {
    const target = normalize(join(dirname(path), specifier)).replaceAll('\\', '/')
    const stem = target.replace(/\.[cm]?[jt]sx?$/, '')
    return modules.filter((module) => {
      const bare = module.replace(/\.[cm]?[jt]sx?$/, '')
      return module === target || bare === stem || bare === `${stem}/index`
    })
  })
}

function reachedLines(coverage: FileCoverages, path: string): Set<number> {
  const file = coverage[path]
  const lines = new Set<number>()
  for (const [id, count] of Object.entries(file?.s ?? {})) {
    const place = file?.statementMap[id]
    if (place === undefined || count === 0) continue
    for (let line = place.start.line; line <= place.end.line; line++) lines.add(line)
  }
  for (const [id, count] of Object.entries(file?.s ?? {})) {
    const place = file?.statementMap[id]
    if (place !== undefined && count === 0 && place.start.line === place.end.line)
      lines.delete(place.start.line)
  }
  return lines
}
