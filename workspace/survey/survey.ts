// Survey
//
// Finds out whether Canopy can work on a repository, and the facts that the work needs.
// Leaves: each fact to its file.
//
// The user's repository is only read. All commands run in worktrees of our clone. An unsuitable repository is refused
// with the reason, before anything is changed.

import { parseJson } from '../../kernel/index.ts'
import { type Survey, shellWord, surveySchema } from '../../machines/index.ts'
import { withBroughtFiles } from '../bring/bring-folder.ts'
import { readBroughtFiles } from '../bring/brought-files.ts'
import { fetchHead } from '../clone.ts'
import { hasProgram, hasRunner, packageFoldersOf, provideDependencies } from '../dependencies.ts'
import { ownFoldersIn } from '../install/install.ts'
import type { WorkspaceParts } from '../parts.ts'
import { hasInstalled } from '../runners/installed-package.ts'
import { type PackageManifest, testCommands, transpiler } from '../runners/script.ts'
import { manifestsOf } from '../runners/suite-runs.ts'
import { setupsOf, testPlan } from '../runners/test-plan.ts'
import { keepSurvey } from '../survey-record.ts'
import { WorkspaceError } from '../workspace-error.ts'
import { withWorktree } from '../worktree.ts'
import { measureBaseline } from './baseline.ts'
import { findByCommand } from './by-command.ts'
import { checkRepository } from './check-repository.ts'
import { FailingTests } from './failing-tests.ts'
import { findNode } from './find-node.ts'
import { isTestFile, sourceModules } from './modules.ts'
import { installFilesAt, packageManagerOf, runnersOf } from './package.ts'
import { findPattern } from './place-for-tests.ts'
import { findPython } from './python.ts'
import { Refusal } from './refusal.ts'
import { trackedFiles } from './tracked-files.ts'
import { findTypeCheck } from './type-check.ts'

export type SurveyOutcome =
  | { readonly kind: 'ready'; readonly survey: Survey }
  | { readonly kind: 'refused'; readonly code: string; readonly message: string }

export interface SurveyOptions {
  /** Start from HEAD although tracked files have uncommitted changes. */
  readonly allowDirty?: boolean
  readonly signal?: AbortSignal | undefined
}

export async function survey(parts: WorkspaceParts, options: SurveyOptions): Promise<SurveyOutcome> {
  try {
    const found = surveySchema.parse(await find(parts, options))
    await keepSurvey(parts.places, found)
    return { kind: 'ready', survey: found }
  } catch (error) {
    if (!isRefusal(error)) throw error
    return { kind: 'refused', code: error.code, message: error.message }
  }
}

function isRefusal(error: unknown): error is Refusal | WorkspaceError {
  if (error instanceof Refusal) return true
  return error instanceof WorkspaceError && error.code === 'dependencies_not_installed'
}

async function find(without: WorkspaceParts, options: SurveyOptions): Promise<Survey> {
  const { signal } = options
  await checkRepository(without, options.allowDirty === true)
  const head = await fetchHead({ ...without, signal })
  const tracked = await trackedFiles(without, head)
  const parts = { ...without, brought: await readBroughtFiles(without, tracked) }
  await refuseLinkedPackages(parts, head)
  if (parts.commands?.tests !== undefined) return findByCommand(parts, { head, tracked, signal })
  const python = await findPython(parts, { head, tracked, signal })
  if (python !== undefined) return python
  const manifest = await readManifestAt(parts, head, tracked)
  const files = await installFilesAt(parts, head, tracked)
  const [runner, ...others] = await findRunners(parts, { head, manifest, tracked, files })
  const modules = sourceModules(tracked, ownFoldersIn(files))
  if (modules.length === 0) throw nothingToTest('no .ts, .mts, .js, .mjs or .cjs file is a source of its own')
  const packageManager = packageManagerOf(manifest, tracked)
  const order = { runner, packageManager, files, tracked, signal }
  const installed = await provideDependencies({ ...parts, cache: parts.places.dependencies, ...order })
  requireRunner(parts, runner, { dependencies: installed, files })
  requirePrograms(parts, manifest, installed)
  const dependencies = await withBroughtFiles(parts, installed)
  const isTranspiled = await hasTranspiler(manifest, dependencies)
  return tryRunners([runner, ...others], async (name) => {
    if (name !== runner)
      parts.log('the tests are run as the script says, by its exit code', { instead: runner })
    const isStripping = name === 'node' && isTypeScript(modules, tracked) && !isTranspiled
    const node = await findNode(parts, { head, tracked, manifest, runner: name, dependencies, isStripping })
    const own = node === undefined ? {} : { node }
    const found = { head, tracked, modules, runner: name, packageManager, dependencies, ...own }
    return examineWithSetup(parts, found, { setups: setupsOf(manifest), signal }).catch((error) => {
      throw name === 'node' && !isTranspiled ? withoutTranspiler(error, manifest) : error
    })
  })
}

/** The result of the first runner under which the tests pass; else the refusal of the first one. */
export async function tryRunners<Found>(
  [runner, ...others]: readonly [Survey['runner'], ...Survey['runner'][]],
  examineAs: (runner: Survey['runner']) => Promise<Found>,
): Promise<Found> {
  try {
    return await examineAs(runner)
  } catch (error) {
    if (!(error instanceof FailingTests)) throw error
    for (const other of others) {
      try {
        return await examineAs(other)
      } catch (later) {
        if (!(later instanceof Refusal)) throw later
      }
    }
    throw error
  }
}

function isTypeScript(modules: readonly string[], tracked: readonly string[]): boolean {
  return [...modules, ...tracked.filter(isTestFile)].some((path) => /\.[cm]?ts$/.test(path))
}

async function hasTranspiler(manifest: PackageManifest, dependencies: string): Promise<boolean> {
  const through = transpiler(testCommands(manifest).flat())
  const places = { root: dependencies, dependencies }
  return through !== undefined && hasInstalled(places, `${through.package}/package.json`)
}

/** Canopy makes `node_modules` in each worktree: a link there, or in place of a scope, would redirect it. */
async function refuseLinkedPackages(parts: WorkspaceParts, head: string): Promise<void> {
  const listed = await parts.clone.git(['ls-tree', '-r', '-z', head, '--', 'node_modules'])
  const entry = listed.split('\0').find((each) => LINKED_PACKAGES.test(each))
  if (entry === undefined) return
  const path = entry.slice(entry.indexOf('\t') + 1)
  const wayOut = `Remove it from git (git rm --cached ${shellWord(path)}); to use a folder of packages elsewhere: --dependencies DIR.`
  throw new Refusal(
    'linked_packages',
    `${path} in ${parts.repository} is tracked as a link or a submodule. ${wayOut}`,
  )
}

/** A link (120000) or a submodule (160000) where Canopy makes a folder. */
const LINKED_PACKAGES = /^1[26]0000 [^\t]*\tnode_modules(\/@[^/]+)?$/

interface SurveyFacts
  extends Pick<Survey, 'head' | 'modules' | 'runner' | 'packageManager' | 'dependencies' | 'node' | 'setup'> {
  readonly tracked: readonly string[]
}

/** Tries again with scripts that may make a missing file, as `prepare` does after an installation. */
async function examineWithSetup(
  parts: WorkspaceParts,
  found: SurveyFacts,
  { setups, signal }: { setups: readonly (readonly string[])[]; signal: AbortSignal | undefined },
): Promise<Survey> {
  try {
    return await examine(parts, found, signal)
  } catch (error) {
    const [setup, ...rest] = setups
    if (setup === undefined || !(error instanceof FailingTests) || !error.isMissing) throw error
    parts.log('the tests miss a file, and are tried again behind a script', { setup })
    // A script that fails says less of the tests than they did without it.
    return examineWithSetup(parts, { ...found, setup: [...setup] }, { setups: rest, signal }).catch(
      (later) => {
        throw later instanceof FailingTests && !later.hasRun ? error : later
      },
    )
  }
}

/** The checks that need a worktree, all at the same time. */
async function examine(
  parts: WorkspaceParts,
  found: SurveyFacts,
  signal: AbortSignal | undefined,
): Promise<Survey> {
  const inWorktree = <T>(name: string, look: (root: string) => Promise<T>) =>
    withWorktree(parts, { ...found, commit: found.head, name, signal }, ({ path }) => look(path))
  const work = [
    measureBaseline(parts, found, signal),
    inWorktree('survey-pattern', (root) => findPattern(parts, { ...found, root, signal })),
    inWorktree('survey-types', (root) => findTypeCheck(parts, { ...found, root, signal })),
  ] as const
  // All have ended before the first refusal is thrown: no check goes on in the background.
  await Promise.allSettled(work)
  const [{ measurement, leftOut }, place, types] = await Promise.all(work)
  const measured = measurement.modules.filter((module) => module.statements.total > 0)
  if (measured.length === 0 && leftOut.length === 0)
    throw nothingToTest(`none of ${found.modules.length} modules has a statement to run`)
  const { tracked, ...rest } = found
  return {
    ...rest,
    repository: parts.repository,
    modules: measured.map((module) => module.path),
    measurement: { ...measurement, modules: measured },
    ...place,
    ...(types === undefined ? {} : { types }),
    ...(parts.commands === undefined ? {} : { commands: parts.commands }),
  }
}

/** Tests that need a transpiler fail without it; "the tests fail" would be the wrong message. */
function withoutTranspiler(error: unknown, manifest: PackageManifest): unknown {
  const through = transpiler(testCommands(manifest).flat())
  if (through === undefined || !(error instanceof Refusal) || error.code !== 'failing_tests') return error
  const reason = `The tests are started through ${through.word}, which no package brings, and do not pass without it`
  return new Refusal('unsupported', `${reason}. Node strips types itself since 22.18. ${error.message}`)
}

function nothingToTest(reason: string): Refusal {
  return new Refusal('nothing_to_test', `There is nothing to write tests for: ${reason}.`)
}

async function readManifestAt(
  parts: WorkspaceParts,
  head: string,
  tracked: readonly string[],
): Promise<PackageManifest> {
  const only = "For another language, say how the tests are run: 'commands: { tests: ... }' in canopy.yaml."
  if (!tracked.includes('package.json')) {
    throw new Refusal(
      'no_package',
      `${parts.repository} has no package.json in its top folder at HEAD. ${only}`,
    )
  }
  try {
    return parseJson(await parts.clone.git(['show', `${head}:package.json`])) as PackageManifest
  } catch (error) {
    throw new Refusal(
      'no_package',
      `package.json at HEAD cannot be read: ${(error as Error).message}. ${only}`,
    )
  }
}

interface ManifestsAt extends Pick<Survey, 'head'> {
  readonly manifest: PackageManifest
  readonly tracked: readonly string[]
  readonly files: Readonly<Record<string, string>>
}

async function findRunners(
  parts: WorkspaceParts,
  { head, manifest, tracked, files }: ManifestsAt,
): Promise<[Survey['runner'], ...Survey['runner'][]]> {
  if (!tracked.some(isTestFile)) {
    const wayOut =
      'Canopy adds to tests that pass: write a first one (such as test/first.test.ts) and commit it.'
    throw new Refusal('no_tests', `${parts.repository} has no test file. ${wayOut}`)
  }
  const packages = manifestsOf(
    new Map(ownFoldersIn(files).map((folder) => [folder, files[`${folder}/package.json`] ?? ''])),
  )
  const isUsed = await usesNodeTest(parts, head, tracked)
  const [runner, ...others] = runnersOf(manifest, tracked, isUsed, packages)
  if (runner !== undefined) return [runner, ...others]
  const said = testCommands(manifest)[0]?.join(' ')
  const found =
    said === undefined ? 'package.json has no test script' : `npm test only checks the code, with: ${said}`
  const wayOut = "'commands: { tests: ... }' in canopy.yaml says how the tests are run."
  throw new Refusal('no_runner', `No command that runs tests was found: ${found}. ${wayOut}`)
}

function requireRunner(
  { repository }: WorkspaceParts,
  runner: Survey['runner'],
  { dependencies, files }: { readonly dependencies: string; readonly files: ManifestsAt['files'] },
): void {
  const folders = packageFoldersOf(dependencies, ownFoldersIn(files))
  if (folders.some((folder) => hasRunner(folder, runner))) return
  const reason = `npm test of ${repository} runs ${runner}, and no package that package.json names brings it`
  throw new Refusal('no_runner', `${reason}. Add it: npm install --save-dev ${runner}`)
}

/** Programs that run tests, and that are often installed in the user's home, which no command sees. */
const OWN_RUNTIMES = ['bun', 'deno']

export function requirePrograms(
  { repository }: Pick<WorkspaceParts, 'repository'>,
  manifest: PackageManifest,
  dependencies: string,
): void {
  const words = testPlan(manifest).tests.flatMap(({ words }) => words[0]?.value ?? [])
  const missing = OWN_RUNTIMES.find((name) => words.includes(name) && !hasProgram(dependencies, name))
  if (missing === undefined) return
  const reason = `npm test of ${repository} runs ${missing}, which is no package of it and not in /usr/local/bin or /usr/bin`
  throw new Refusal('no_runner', `${reason}. Add it: npm install --save-dev ${missing}`)
}

async function usesNodeTest(
  parts: WorkspaceParts,
  head: string,
  tracked: readonly string[],
): Promise<boolean> {
  const args = [
    'grep',
    '--quiet',
    '--fixed-strings',
    '-e',
    'node:test',
    head,
    '--',
    ...tracked.filter(isTestFile),
  ]
  return (await parts.git({ gitDir: parts.places.clone, args, accept: [1] })).code === 0
}
