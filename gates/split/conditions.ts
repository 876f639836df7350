// Conditions
//
// The conditions under which tests run again, the strictest first, and running tests under one.
//
// Apart: the source runs in its own process, with another clock than the tests; then with the same clock. Together: in
// one process as usual, but on another machine, beside a file of tests that must fail. A run in which these do not fail
// is not believed.

import { randomUUID } from 'node:crypto'
import { dirname, relative } from 'node:path'
import { z } from 'zod'
import { jsonOf } from '../../kernel/index.ts'
import { fillPattern, type Survey } from '../../machines/index.ts'
import {
  type Content,
  changesBetween,
  isByCommand,
  type LoadStyle,
  loadStyleOf,
  runnerNamed,
  runSuite,
  type SuiteOutcome,
  type SuiteReport,
  type WorkspaceParts,
  withWorktree,
  writeCommit,
} from '../../workspace/index.ts'
import { isAmongTests, isOfTests } from '../changed-tests.ts'
import { otherMachine, runSplit } from './run-split.ts'
import { MODULE, type SplitCommits, splitTrees } from './trees.ts'

export const CONDITIONS = ['apart at another time', 'apart', 'together on another machine'] as const
export type Condition = (typeof CONDITIONS)[number]

export interface ConditionOrder {
  readonly survey: Survey
  readonly commits: SplitCommits
  /** Absent: all. */
  readonly files?: readonly string[] | undefined
  readonly limitMs: number
  readonly signal?: AbortSignal | undefined
}

/** Why there is no result: this source cannot run so, or tests that must fail did not. */
export type Unrun =
  | { readonly kind: 'impossible'; readonly reason: string }
  | { readonly kind: 'forged'; readonly reason: string }
export type ConditionResult = SuiteOutcome | Unrun

const AHEAD_DAYS = 400

export async function runUnder(
  parts: WorkspaceParts,
  condition: Condition,
  order: ConditionOrder,
): Promise<ConditionResult> {
  const begun = performance.now()
  const tried = await run(parts, condition, order)
  const { files, commits } = order
  const of = { condition, ...commits, files: files ?? 'all', ms: Math.round(performance.now() - begun) }
  const reason = 'reason' in tried ? { reason: tried.reason.slice(0, 300) } : {}
  parts.log('ran tests again', { ...of, ended: tried.kind, ...reason })
  return tried
}

async function run(
  parts: WorkspaceParts,
  condition: Condition,
  order: ConditionOrder,
): Promise<ConditionResult> {
  if (condition === 'together on another machine') return runTogether(parts, order)
  if (isByCommand(order.survey))
    return { kind: 'impossible', reason: 'the tests are run by a command of the repository' }
  const trees = await splitTrees(parts.clone, order.survey, order.commits)
  if (typeof trees === 'string') return { kind: 'impossible', reason: trees }
  return runSplit(parts, { ...order, trees, aheadDays: condition === 'apart' ? 0 : AHEAD_DAYS })
}

async function runTogether(parts: WorkspaceParts, order: ConditionOrder): Promise<ConditionResult> {
  const { survey, files, limitMs, signal } = order
  const sources = await sourceChanges(parts, order)
  const paths = sources.filter(({ mode }) => mode !== '000000').map(({ path }) => path)
  const canary = canaryFor(survey, paths, await loadStyle(parts, order))
  const commit = await writeCommit(parts.clone, {
    ref: 'refs/canopy/split',
    parent: order.commits.tests,
    contents: [...sources, ...(canary === undefined ? [] : [canary])],
    message: 'together',
  })
  const { modules: _, ...of } = survey
  const some = files && (canary === undefined ? files : [...files, canary.path])
  const tree = { ...survey, name: `again-${randomUUID()}`, commit, signal }
  const outcome = await withWorktree(parts, tree, ({ path: root }) =>
    runSuite(parts.sandbox, parts.places, {
      ...of,
      root,
      ...(some === undefined ? {} : { files: some }),
      env: { NODE_OPTIONS: '--max-old-space-size=3072' },
      machine: otherMachine(),
      timeoutMs: limitMs,
      signal,
    }),
  )
  if (outcome.kind === 'broken' || canary === undefined) return outcome
  const report = withoutCanary(outcome.report, canary.path)
  if (report !== undefined) return { ...outcome, report }
  const reason = 'tests that must fail did not: the results of the others do not count'
  return { kind: 'forged', reason }
}

/** The submission's changes, without tests and files that tests may read. */
async function sourceChanges({ clone }: WorkspaceParts, { commits }: ConditionOrder): Promise<Content[]> {
  const changes = await changesBetween(clone, commits.tests, commits.source)
  const candidates = changes.filter(({ path }) => !isOfTests(path) && path !== 'package.json')
  const kept: Content[] = []
  for (const change of candidates) {
    const isRead = change.status !== 'A' && !CODE.test(change.path)
    if (!isRead || !(await isNamedByTests(clone, commits.tests, change.path))) kept.push(change)
  }
  return kept
}

const CODE = /\.([cm]?[jt]sx?|vue|svelte|py|go|rb|rs|java|kt|cs|php|exs?)$/

async function isNamedByTests(
  clone: WorkspaceParts['clone'],
  commit: string,
  path: string,
): Promise<boolean> {
  const name = path.split('/').at(-1) ?? path
  const said = await clone.git(['grep', '-l', '-z', '--fixed-strings', '-e', name, commit], { accept: [1] })
  return said
    .split('\0')
    .filter(Boolean)
    .some((entry) => isAmongTests(entry.slice(commit.length + 1)))
}

/** How the canary loads others. Vitest and Node take `import` in any file. */
async function loadStyle({ clone }: WorkspaceParts, { survey, commits }: ConditionOrder): Promise<LoadStyle> {
  if (survey.runner === 'vitest' || survey.runner === 'node') return 'import'
  const manifest = await clone.git(['show', `${commits.tests}:package.json`], { accept: [128] })
  const { type } = z.object({ type: z.string().optional() }).safeParse(jsonOf(manifest)).data ?? {}
  return loadStyleOf(survey.testPattern, { type })
}

/** A file of tests in which each but the first must fail; undefined for an unknown runner. */
function canaryFor(
  { runner, testPattern, commands }: Survey,
  sources: readonly string[],
  load: LoadStyle,
): Content | undefined {
  const frame = runnerNamed(runner, commands).frame?.(load)
  if (frame === undefined) return undefined
  const path = fillPattern(testPattern, `case-${randomUUID().slice(0, 8)}`)
  // Effects of the source on the runner at loading act on these tests, too.
  const imports = sources
    .filter((source) => MODULE.test(source))
    .map((source) => importOf(path, source, load))
  const text = `${imports.join('')}${frame.head}${CANARY}${frame.foot ?? ''}`
  return { path, mode: '100644', blob: Buffer.from(text) }
}

function importOf(path: string, source: string, load: LoadStyle): string {
  const specifier = relative(dirname(path), source)
  const name = JSON.stringify(specifier.startsWith('.') ? specifier : `./${specifier}`)
  return load === 'require' ? `require(${name})\n` : `import ${name}\n`
}

const CANARY = `it('holds', () => equal(1, 1))
it('compares', () => equal(1, 2))
it('compares words', () => equal('one', 'two'))
it('compares objects', () => equal({}, {}))
it('throws', () => {
  throw new Error('thrown')
})
`
const MUST_FAIL = 4

/** Undefined: a test that must fail did not. */
function withoutCanary(report: SuiteReport, path: string): SuiteReport | undefined {
  const canaries = report.tests.filter(({ file }) => file === path)
  const failed = canaries.filter(({ status }) => status === 'failed').length
  if (canaries.length !== MUST_FAIL + 1 || failed !== MUST_FAIL || report.success) return undefined
  const failures = report.failures.filter(({ file }) => file !== path)
  return {
    ...report,
    success: failures.length === 0,
    passed: report.passed - 1,
    failed: report.failed - MUST_FAIL,
    failures,
    tests: report.tests.filter(({ file }) => file !== path),
  }
}
