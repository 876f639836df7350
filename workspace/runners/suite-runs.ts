// Suite runs
//
// The runs that make up a repository's tests: one for each part of its script, and where the script delegates, those of
// each package's own script.
// Leaves: running them (../suite.ts), joining their results (joined-report.ts).

import { posix } from 'node:path'
import { jsonOf } from '../../kernel/index.ts'
import type { Survey } from '../../machines/index.ts'
import { packageFolders } from '../install/package-folders.ts'
import { kindInside, listInside, readTextInside } from '../worktree-files.ts'
import { delegationOf } from './delegated.ts'
import { type PackageManifest, readManifest } from './script.ts'
import { type TestPart, testPlan } from './test-plan.ts'

export interface SuiteRun {
  readonly runner: Survey['runner']
  /** The package's, relative to the worktree; empty for the top folder. */
  readonly folder: string
  /** The part of its script that is run; absent: the runner with what the script says of it. */
  readonly part?: TestPart
  /** Shell lines of the package's own script before its tests; those of the top folder are the suite's. */
  readonly setup: readonly string[]
}

type Packages = ReadonlyMap<string, PackageManifest>

/** The runs of the script of a package, in its order. `packages`: those of the repository, by folder. */
export function plannedRuns(manifest: PackageManifest, packages: Packages): SuiteRun[] {
  return testPlan(manifest).tests.flatMap((part) => {
    const delegation =
      part.runner === 'script' ? delegationOf(part.words.map(({ value }) => value)) : undefined
    const runs = [...packages].flatMap(([folder, own]) => {
      if (!delegation?.selects(folder, own.name ?? '')) return []
      const { setup, tests } = testPlan(own, delegation.script)
      return tests.map((each, at): SuiteRun => {
        const env = { ...part.env, ...each.env }
        return { runner: each.runner, folder, part: { ...each, env }, setup: at === 0 ? setup : [] }
      })
    })
    return runs.length > 0 ? runs : [{ runner: part.runner, folder: '', part, setup: [] }]
  })
}

/** The runs in a worktree whose tests the survey found to be run with this runner. */
export async function runsIn(root: string, runner: Survey['runner']): Promise<SuiteRun[]> {
  const alone: SuiteRun = { runner, folder: '', setup: [] }
  if (runner === 'command' || runner === 'script') return [alone]
  const manifest = await readManifest(root)
  const runs = plannedRuns(manifest, await packagesIn(root, manifest))
  // The runner may be installed and not named; then the script names no other that is known.
  return runs.some((run) => run.runner === runner) ? runs : [alone]
}

/** None unless the script delegates: to look for them takes time. */
async function packagesIn(root: string, manifest: PackageManifest): Promise<Packages> {
  const { tests } = testPlan(manifest)
  if (!tests.some(({ words }) => delegationOf(words.map(({ value }) => value)) !== undefined))
    return new Map()
  const tracked = await manifestsBelow(root)
  const read = async (path: string) => (await readTextInside(root, path, MAX_MANIFEST_BYTES)) ?? ''
  return manifestsOf(await packageFolders({ tracked, read }))
}

export function manifestsOf(texts: ReadonlyMap<string, string>): Packages {
  const entries = [...texts].flatMap(([folder, text]) => {
    const manifest = jsonOf(text)
    return typeof manifest === 'object' && manifest !== null ? [[folder, manifest] as const] : []
  })
  return new Map(entries)
}

const MAX_MANIFEST_BYTES = 1024 * 1024
const MAX_DEPTH = 4
const FILES = ['package.json', 'pnpm-workspace.yaml']

/** The paths of manifests, down to the folders of the fourth level. */
async function manifestsBelow(root: string, folder = '', depth = 0): Promise<string[]> {
  const names = (await listInside(root, folder)) ?? []
  const own = FILES.filter((name) => names.includes(name)).map((name) => posix.join(folder, name))
  if (depth === MAX_DEPTH) return own
  const inner = names.filter((name) => !/^\.|^node_modules$|\.\w+$/.test(name))
  const below = inner.map(async (name) => {
    const path = posix.join(folder, name)
    return (await kindInside(root, path)).kind === 'folder' ? manifestsBelow(root, path, depth + 1) : []
  })
  return [...own, ...(await Promise.all(below)).flat()]
}

/** The files by the run that takes them; a file that no run takes is left out. */
export function filesByRun(
  runs: readonly SuiteRun[],
  files: readonly string[],
): ReadonlyMap<SuiteRun, string[]> {
  const found = new Map<SuiteRun, string[]>()
  for (const file of files) {
    const run = runOf(runs, file)
    if (run !== undefined) found.set(run, [...(found.get(run) ?? []), file])
  }
  return found
}

/** The run in the innermost folder around the file; of several, the one whose script names it, else the first. */
export function runOf(runs: readonly SuiteRun[], file: string): SuiteRun | undefined {
  const around = runs.filter(({ folder }) => folder === '' || file.startsWith(`${folder}/`))
  const innermost = Math.max(...around.map(({ folder }) => folder.length))
  const inside = around.filter(({ folder }) => folder.length === innermost)
  // Of a program that is no known runner, no file can be run alone.
  const known = inside.filter(({ runner }) => runner !== 'script')
  return known.find((run) => isNamed(run, file)) ?? known[0] ?? inside[0]
}

function isNamed({ part, folder }: SuiteRun, file: string): boolean {
  const path = posix.relative(folder, file)
  return (part?.words ?? []).some(({ value }) => {
    const named = value.replace(/^\.\//, '').replace(/\/+$/, '')
    return named === path || path.startsWith(`${named}/`) || posix.matchesGlob(path, named)
  })
}
