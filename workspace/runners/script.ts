// Script
//
// Reads `package.json` scripts: the runner that starts the tests, and its options.
//
// A script is never run. It is parsed into words; parts that cannot be parsed are left out.

import { parseJson } from '../../kernel/index.ts'
import { readTextInside } from '../worktree-files.ts'
import { partsOf } from './script-parts.ts'
import { type TestPart, testPlan } from './test-plan.ts'

export interface PackageManifest {
  readonly name?: string
  readonly version?: string
  readonly type?: string
  readonly main?: string
  readonly packageManager?: string
  readonly workspaces?: unknown
  readonly engines?: unknown
  readonly volta?: unknown
  readonly jest?: unknown
  readonly scripts?: Readonly<Record<string, string>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
}

const MAX_MANIFEST_BYTES = 1024 * 1024

export async function readManifest(root: string): Promise<PackageManifest> {
  return parseJson(
    (await readTextInside(root, 'package.json', MAX_MANIFEST_BYTES)) ?? '{}',
  ) as PackageManifest
}

/** The commands of `npm test`, each as its words; `npm run x` is followed, and wrappers are taken off. */
export function testCommands(manifest: PackageManifest): string[][] {
  return partsOf(manifest.scripts ?? {}).map(({ words }) => words.map(({ value }) => value))
}

/** The parts of `npm test` that start this runner, in their order. */
export async function partsFor(root: string, runner: TestPart['runner']): Promise<TestPart[]> {
  return testPlan(await readManifest(root)).tests.filter((part) => part.runner === runner)
}

/** The first of them; undefined when the script does not name it. */
export async function partFor(root: string, runner: TestPart['runner']): Promise<TestPart | undefined> {
  return (await partsFor(root, runner))[0]
}

/** Variables that the script sets for the tests; none that Canopy needs itself. */
export function scriptVariables(tests: readonly Pick<TestPart, 'env'>[]): Record<string, string> {
  const pairs = tests.flatMap(({ env }) => Object.entries(env))
  return Object.fromEntries(pairs.filter(([name]) => !OURS.has(name)))
}

const OURS = new Set(['PATH', 'HOME', 'NODE_OPTIONS', 'NODE_V8_COVERAGE', 'CI'])

/** Options that the script sets for Node in each process of the tests. */
export function scriptNodeOptions(tests: readonly Pick<TestPart, 'env'>[]): string {
  return tests.map(({ env }) => env.NODE_OPTIONS ?? '').find(Boolean) ?? ''
}

const TRANSPILERS = /^(tsx|ts-node|tsm|esno|swc-node|@swc-node\/register|esbuild-register|esm)\b/

/** The word that names the transpiler which rewrites the sources while they are loaded, and its package. */
export function transpiler(words: readonly string[]): { word: string; package: string } | undefined {
  for (const word of words) {
    const found = TRANSPILERS.exec(word.replace(/^--?[a-z-]+=/, ''))?.[1]
    if (found !== undefined) return { word, package: found }
  }
  return undefined
}

/** Allowed options with their values: `--config x`, `--config=x`. */
export function keepOptions(words: readonly string[], allowed: readonly string[]): string[] {
  return words.flatMap((word, at) => {
    const [name = ''] = word.split('=')
    if (!allowed.includes(name)) return []
    if (word.includes('=')) return [word]
    const value = words[at + 1]
    return value === undefined || value.startsWith('-') ? [word] : [word, value]
  })
}
