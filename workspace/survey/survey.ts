// Survey
//
// Owns:   finding out whether a repository can be worked on, and what the work has to know of it.
// Leaves: each finding to its file; measuring to ../measure.ts.
//
// S1. The user's repository is only read. All that is run is run in worktrees of our clone.
// S2. What cannot be worked on is refused with the reason before anything is changed.

import { type Measurement, type Survey, surveySchema } from '../../machines/index.ts'
import { fetchHead } from '../clone.ts'
import { provideDependencies } from '../dependencies.ts'
import { measureCommit } from '../measure-commit.ts'
import type { Parts } from '../parts.ts'
import { changedFiles, commitAt, topLevel } from '../repository.ts'
import type { SuiteReport } from '../runners/runner.ts'
import type { PackageManifest } from '../runners/script.ts'
import { keepSurvey } from '../survey-record.ts'
import { WorkspaceError } from '../workspace-error.ts'
import { withWorktree } from '../worktree.ts'
import { isTestFile, sourceModules } from './modules.ts'
import { INSTALL_FILES, packageManagerOf, runnerOf } from './package.ts'
import { findPattern } from './place-for-tests.ts'
import { Refusal } from './refusal.ts'
import { findTypeCheck } from './type-check.ts'

export type SurveyOutcome =
  | { readonly kind: 'ready'; readonly survey: Survey }
  | { readonly kind: 'refused'; readonly code: string; readonly message: string }

export interface SurveyOptions {
  /** Start from HEAD although tracked files have changes that are not in it. */
  readonly allowDirty?: boolean
  readonly signal?: AbortSignal | undefined
}

const BASELINE_LIMIT_MS = 15 * 60_000

export async function survey(parts: Parts, options: SurveyOptions): Promise<SurveyOutcome> {
  try {
    const found = surveySchema.parse(await find(parts, options))
    await keepSurvey(parts.places, found)
    return { kind: 'ready', survey: found }
  } catch (error) {
    const refused =
      error instanceof Refusal ||
      (error instanceof WorkspaceError && error.code === 'dependencies_not_installed')
    if (!refused) throw error
    return { kind: 'refused', code: error.code, message: error.message }
  }
}

async function find(parts: Parts, options: SurveyOptions): Promise<Survey> {
  await checkRepository(parts, options)
  const head = await fetchHead(parts.git, parts.places, parts.repository, options.signal)
  const tracked = (await parts.clone.git(['ls-tree', '-r', '-z', '--name-only', head]))
    .split('\0')
    .filter(Boolean)
  const manifest = await readManifestAt(parts, head, tracked)
  const runner = findRunner(parts, manifest, tracked, await usesNodeTest(parts, head, tracked))
  const modules = sourceModules(tracked)
  if (modules.length === 0)
    throw new Refusal(
      'nothing_to_test',
      `No source module was found in ${parts.repository}: no .ts, .mts, .js, .mjs or .cjs file that is neither test, configuration, example nor build output.`,
    )
  const packageManager = packageManagerOf(manifest, tracked)
  const files = await installFiles(parts, head, tracked)
  const dependencies = await provideDependencies({
    ...parts,
    runner,
    packageManager,
    files,
    signal: options.signal,
  })
  return measureBaseline(
    parts,
    { head, tracked, modules, runner, packageManager, dependencies },
    options.signal,
  )
}

interface Found extends Pick<Survey, 'head' | 'modules' | 'runner' | 'packageManager' | 'dependencies'> {
  readonly tracked: readonly string[]
}

async function measureBaseline(parts: Parts, found: Found, signal: AbortSignal | undefined): Promise<Survey> {
  const [measurement, testPattern, types] = await settleAll([
    baseline(parts, found, signal),
    withWorktree(parts, { ...found, commit: found.head, name: 'survey-pattern', signal }, ({ path: root }) =>
      findPattern(parts, { ...found, root, signal }),
    ),
    withWorktree(parts, { ...found, commit: found.head, name: 'survey-types', signal }, ({ path: root }) =>
      findTypeCheck(parts, { ...found, root, signal }),
    ),
  ])
  const withCode = measurement.modules
    .filter((module) => module.statements.total > 0)
    .map((module) => module.path)
  if (withCode.length === 0)
    throw new Refusal(
      'nothing_to_test',
      `None of the ${found.modules.length} source modules has a statement to run.`,
    )
  const { tracked, ...rest } = found
  return {
    ...rest,
    repository: parts.repository,
    modules: withCode,
    measurement: {
      ...measurement,
      modules: measurement.modules.filter((module) => withCode.includes(module.path)),
    },
    testPattern,
    ...(types === undefined ? {} : { types }),
  }
}

/** All of them have ended before the first error is thrown: nothing runs on behind a refusal. */
async function settleAll<T extends readonly unknown[]>(work: { [K in keyof T]: Promise<T[K]> }): Promise<T> {
  await Promise.allSettled(work)
  return Promise.all(work) as unknown as Promise<T>
}

async function checkRepository(parts: Parts, options: SurveyOptions): Promise<void> {
  const { git, repository } = parts
  const top = await topLevel(git, repository)
  if (top === undefined)
    throw new Refusal(
      'not_a_repository',
      `${repository} is not a git repository with a checkout. Make one with: git init && git add . && git commit`,
    )
  if (top !== repository)
    throw new Refusal(
      'not_the_top_folder',
      `${repository} lies inside the repository ${top}. Give that one: --repo ${top}`,
    )
  if ((await commitAt(git, repository, 'HEAD')) === undefined)
    throw new Refusal(
      'no_commit',
      `${repository} has no commit yet. The work starts from HEAD: commit first.`,
    )
  const changed = (await changedFiles(git, repository)).filter(matters)
  if (changed.length === 0 || options.allowDirty === true) return
  throw new Refusal(
    'uncommitted_changes',
    `${changed.length} tracked files have changes that are not committed, and the work starts from HEAD without them: ${changed.slice(0, 5).join(', ')}. Commit or stash them.`,
  )
}

/** Prose and pictures do not change what tests do. */
function matters(path: string): boolean {
  return !/\.(md|mdx|markdown|txt|rst|adoc|png|jpe?g|gif|svg|ico|webp)$|(^|\/)(LICEN[CS]E|AUTHORS|CODEOWNERS)$/i.test(
    path,
  )
}

async function readManifestAt(
  parts: Parts,
  head: string,
  tracked: readonly string[],
): Promise<PackageManifest> {
  if (!tracked.includes('package.json'))
    throw new Refusal(
      'no_package',
      `${parts.repository} has no package.json in its top folder at HEAD. Only npm packages can be worked on.`,
    )
  try {
    return JSON.parse(await parts.clone.git(['show', `${head}:package.json`]))
  } catch (error) {
    throw new Refusal('no_package', `package.json at HEAD cannot be read: ${(error as Error).message}`)
  }
}

async function usesNodeTest(parts: Parts, head: string, tracked: readonly string[]): Promise<boolean> {
  const tests = tracked.filter(isTestFile)
  if (tests.length === 0) return false
  const args = ['grep', '--quiet', '--fixed-strings', '-e', 'node:test', head, '--', ...tests]
  const answer = await parts.git({ gitDir: parts.places.clone, args, accept: [1] })
  return answer.code === 0
}

function findRunner(
  parts: Parts,
  manifest: PackageManifest,
  tracked: readonly string[],
  nodeTest: boolean,
): Survey['runner'] {
  const runner = runnerOf(manifest, tracked, () => nodeTest)
  const workspaces = manifest.workspaces !== undefined || tracked.includes('pnpm-workspace.yaml')
  if (workspaces && !sourceModules(tracked).some((path) => !path.startsWith('packages/'))) {
    throw new Refusal(
      'unsupported',
      `${parts.repository} keeps its packages in workspaces and none in its top folder. Only single packages can be worked on so far.`,
    )
  }
  if (!tracked.some(isTestFile))
    throw new Refusal(
      'no_tests',
      `${parts.repository} has no test file. Canopy adds to tests that pass: write a first one (for vitest: test/first.test.ts) and commit it.`,
    )
  if (runner === undefined)
    throw new Refusal(
      'no_runner',
      `No test runner that Canopy knows was found: neither vitest, jest nor node --test is in the scripts or dependencies of package.json.${said}`,
    )
  return runner
}

async function installFiles(
  parts: Parts,
  head: string,
  tracked: readonly string[],
): Promise<Record<string, string>> {
  const there = INSTALL_FILES.filter((name) => tracked.includes(name))
  const contents = await Promise.all(there.map((name) => parts.clone.git(['show', `${head}:${name}`])))
  return Object.fromEntries(there.map((name, at) => [name, contents[at] ?? '']))
}

async function baseline(parts: Parts, found: Found, signal: AbortSignal | undefined) {
  const measured = await measureCommit(parts, {
    measurable: found,
    commit: found.head,
    limitMs: BASELINE_LIMIT_MS,
    signal,
  })
  if (measured.kind === 'measured') return refuseEmpty(measured.measurement)
  if (measured.kind === 'broken')
    throw new Refusal('failing_tests', `The tests do not run at HEAD: ${measured.reason}`)
  throw refusalFor(measured.report)
}

function refuseEmpty(measurement: Measurement): Measurement {
  if (measurement.tests.passed > 0) return measurement
  throw new Refusal('no_tests', 'The test runner found no test to run.')
}

function refusalFor(report: SuiteReport): Refusal {
  if (report.passed + report.failed === 0 && report.failures.length === 0)
    return new Refusal('no_tests', 'The test runner found no test to run.')
  const names = report.failures.slice(0, 10).map((test) => `${test.file}: ${test.name}`)
  const reason = names.length > 0 ? names.join('\n  ') : 'an error outside of any test'
  return new Refusal('failing_tests', `Tests fail at HEAD. Make them pass first:\n  ${reason}`)
}
