// Script
//
// Reads `package.json` scripts: the runner that starts the tests, and its options.
//
// A script is never run. It is parsed into words; parts that cannot be parsed are left out.

import { parseJson } from '../../kernel/index.ts'
import { readTextInside } from '../worktree-files.ts'

export interface PackageManifest {
  readonly name?: string
  readonly type?: string
  readonly main?: string
  readonly packageManager?: string
  readonly workspaces?: unknown
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

/** The simple commands of `npm test`, each as its words; `npm run x` is followed. */
export function testCommands(manifest: PackageManifest): string[][] {
  const scripts = manifest.scripts ?? {}
  return follow(scripts, 'test', new Set())
}

function follow(scripts: Readonly<Record<string, string>>, name: string, seen: Set<string>): string[][] {
  if (seen.has(name)) return []
  seen.add(name)
  return simpleCommands(scripts[name] ?? '').flatMap((words) => {
    const next = /^(npm|pnpm|yarn|bun)$/.test(words[0] ?? '')
      ? words.slice(1).find((word) => word !== 'run')
      : undefined
    return next !== undefined && scripts[next] !== undefined ? follow(scripts, next, seen) : [words]
  })
}

function simpleCommands(script: string): string[][] {
  return script
    .split(/&&|\|\||;|\||\n/)
    .map((part) => part.match(/"[^"]*"|'[^']*'|[^\s"']+(?:"[^"]*")?/g) ?? [])
    .map((words) => words.map((word) => word.replace(/^(['"])(.*)\1$/, '$2')))
    .filter((words) => words.length > 0)
}

/** The words after the program's name in the first command that has it; undefined when none has. */
export function wordsAfter(manifest: PackageManifest, program: RegExp): string[] | undefined {
  for (const words of testCommands(manifest)) {
    const at = words.findIndex((word) => program.test(word))
    if (at >= 0) return words.slice(at + 1)
  }
  return undefined
}

/** Variables that the script sets for the tests, with or without `cross-env`; none that Canopy needs itself. */
export function scriptVariables(manifest: PackageManifest): Record<string, string> {
  const words = testCommands(manifest).flatMap((command) => command.slice(0, programAt(command)))
  const pairs = words.map((word) => /^([A-Z_][A-Z0-9_]*)=(.*)$/.exec(word))
  return Object.fromEntries(
    pairs.flatMap((pair) => (pair?.[1] === undefined || OURS.has(pair[1]) ? [] : [[pair[1], pair[2] ?? '']])),
  )
}

const OURS = new Set(['PATH', 'HOME', 'NODE_OPTIONS', 'NODE_V8_COVERAGE', 'CI'])

function programAt(command: readonly string[]): number {
  const at = command.findIndex((word) => !/^(cross-env|[A-Z_][A-Z0-9_]*=.*)$/.test(word))
  return at < 0 ? command.length : at
}

const TRANSPILERS = /^(tsx|ts-node|tsm|esno|swc-node|@swc-node|esbuild-register|esm)\b/

/** The transpiler that rewrites the sources while they are loaded, if any. */
export function transpiler(manifest: PackageManifest): string | undefined {
  return testCommands(manifest)
    .flat()
    .find((word) => TRANSPILERS.test(word.replace(/^--?[a-z-]+=/, '')))
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
