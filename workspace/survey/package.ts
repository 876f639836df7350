// Package
//
// Which package manager and which test runner a repository uses, by its own files, and the files of its installation.

import type { Survey } from '../../machines/index.ts'
import { PNPM_WORKSPACE, packageFolders } from '../install/package-folders.ts'
import type { WorkspaceParts } from '../parts.ts'
import { type PackageManifest, testCommands } from '../runners/script.ts'
import { plannedRuns } from '../runners/suite-runs.ts'
import { type TestPart, testPlan } from '../runners/test-plan.ts'

export function packageManagerOf(
  manifest: PackageManifest,
  tracked: readonly string[],
): Survey['packageManager'] {
  const named = /^(npm|pnpm|yarn)@/.exec(manifest.packageManager ?? '')?.[1]
  if (named === 'npm' || named === 'pnpm' || named === 'yarn') return named
  if (tracked.includes('package-lock.json')) return 'npm'
  if (tracked.includes('pnpm-lock.yaml')) return 'pnpm'
  return tracked.includes('yarn.lock') ? 'yarn' : 'npm'
}

/**
 * The runners to try, in their order; none when no command runs tests. First comes the one that runs most parts of
 * `npm test`. Behind each runner comes `script`: the commands of
 * `npm test` as they are, of which only the exit code is known.
 */
export function runnersOf(
  manifest: PackageManifest,
  tracked: readonly string[],
  usesNodeTest: boolean,
  packages: ReadonlyMap<string, PackageManifest> = new Map(),
): Survey['runner'][] {
  const { tests } = testPlan(manifest)
  const ofRuns = mostFrequent(
    plannedRuns(manifest, packages).flatMap(({ runner }) => (runner === 'script' ? [] : runner)),
  )
  const runner = ofRuns ?? runnerOf(manifest, tests, { tracked, usesNodeTest })
  const script = tests.length > 0 && runner !== 'script' ? (['script'] as const) : []
  return runner === undefined ? [] : [runner, ...script]
}

/** The first of those that are there most often. */
function mostFrequent<Of>(values: readonly Of[]): Of | undefined {
  const times = (value: Of) => values.filter((each) => each === value).length
  return values.reduce<Of | undefined>(
    (one, other) => (one === undefined || times(other) > times(one) ? other : one),
    undefined,
  )
}

/** A runner that the script names in words which are not understood, then an installed or configured one; vitest before jest before Node's own. */
function runnerOf(
  manifest: PackageManifest,
  tests: readonly TestPart[],
  { tracked, usesNodeTest }: { readonly tracked: readonly string[]; readonly usesNodeTest: boolean },
): Survey['runner'] | undefined {
  const words = testCommands(manifest).flat()
  const starts = (name: RegExp) => words.some((word) => name.test(word))
  if (starts(/(^|\/)vitest(\.mjs)?$/)) return 'vitest'
  if (starts(/(^|\/)jest(\.js)?$/)) return 'jest'
  if (starts(/^--test$/)) return 'node'
  const has = (name: string) => name in { ...manifest.dependencies, ...manifest.devDependencies }
  const configured = (name: RegExp) => tracked.some((path) => name.test(path))
  if (has('vitest') || configured(/^vitest\.(config|workspace)\.[cm]?[jt]s$/)) return 'vitest'
  if (has('jest') || manifest.jest !== undefined || configured(/^jest\.config\.([cm]?[jt]s|json)$/))
    return 'jest'
  if (usesNodeTest && tests.every(({ words }) => words.length !== 0)) return 'node'
  return tests.length > 0 ? 'script' : undefined
}

/** Files that determine the installed packages. */
const INSTALL_FILES = [
  'package.json',
  'package-lock.json',
  'npm-shrinkwrap.json',
  'pnpm-lock.yaml',
  'yarn.lock',
  '.npmrc',
  PNPM_WORKSPACE,
]

/** Their texts by path, with the manifest of each package of the repository. */
export async function installFilesAt(
  { clone }: Pick<WorkspaceParts, 'clone'>,
  head: string,
  tracked: readonly string[],
): Promise<Record<string, string>> {
  const read = (path: string) => clone.git(['show', `${head}:${path}`])
  const there = INSTALL_FILES.filter((name) => tracked.includes(name))
  const contents = await Promise.all(there.map(read))
  const packages = await packageFolders({ tracked, read })
  return {
    ...Object.fromEntries(there.map((name, at) => [name, contents[at] ?? ''])),
    ...Object.fromEntries([...packages].map(([folder, text]) => [`${folder}/package.json`, text])),
  }
}
