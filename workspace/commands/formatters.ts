// Formatters
//
// Finds the formatters of a checkout: those that its configuration or its scripts name, and that are installed.
// Leaves: formatting (../format.ts), judging (gates/format.ts).

import { join } from 'node:path'
import { hasInstalled, type PackagePlaces } from '../runners/installed-package.ts'
import { kindInside } from '../worktree-files.ts'
import { type ScriptManifest, scriptManifest } from './script-manifest.ts'

export interface Formatter {
  readonly name: 'prettier' | 'biome'
  /** Reads a text from stdin and prints it formatted. */
  readonly argvFor: (path: string) => string[]
  readonly files: RegExp
}

interface KnownFormatter {
  readonly name: Formatter['name']
  /** The first that is installed. */
  readonly programs: readonly string[]
  readonly options: (path: string) => string[]
  readonly files: RegExp
  readonly isUsed: (root: string, manifest: ScriptManifest) => Promise<boolean>
}

const PRETTIER_FILES = [
  ...['', '.json', '.json5', '.yaml', '.yml', '.toml', '.js', '.cjs', '.mjs', '.ts', '.cts', '.mts'].map(
    (ending) => `.prettierrc${ending}`,
  ),
  ...['js', 'cjs', 'mjs', 'ts', 'cts', 'mts'].map((ending) => `prettier.config.${ending}`),
]

const KNOWN: readonly KnownFormatter[] = [
  {
    name: 'prettier',
    programs: ['prettier/bin/prettier.cjs', 'prettier/bin-prettier.js'],
    options: (path) => [`--stdin-filepath=${path}`],
    files: /\.([cm]?[jt]sx?|json5?|jsonc|css|scss|less|html|vue|md|mdx|ya?ml|graphql|hbs)$/,
    isUsed: async (root, manifest) =>
      manifest.prettier !== undefined ||
      scriptsName(manifest, /\bprettier\b/) ||
      (await hasOneOf(root, PRETTIER_FILES)),
  },
  {
    name: 'biome',
    programs: ['@biomejs/biome/bin/biome'],
    options: (path) => ['format', `--stdin-file-path=${path}`],
    files: /\.([cm]?[jt]sx?|jsonc?|css|graphql)$/,
    // Its configuration alone can mean that only its linter is used.
    isUsed: async (_root, manifest) => scriptsName(manifest, /\bbiome (check|ci|format)\b/),
  },
]

export async function formattersIn(places: PackagePlaces): Promise<Formatter[]> {
  const manifest = await scriptManifest(places.root)
  const found = await Promise.all(KNOWN.map((tool) => formatterIn(places, manifest, tool)))
  return found.filter((formatter) => formatter !== undefined)
}

async function formatterIn(
  places: PackagePlaces,
  manifest: ScriptManifest,
  { name, programs, options, files, isUsed }: KnownFormatter,
): Promise<Formatter | undefined> {
  const installed = await Promise.all(programs.map((program) => hasInstalled(places, program)))
  const program = programs[installed.indexOf(true)]
  if (program === undefined || !(await isUsed(places.root, manifest))) return undefined
  const path = join(places.root, 'node_modules', program)
  return { name, files, argvFor: (file) => [process.execPath, path, ...options(file)] }
}

function scriptsName({ scripts }: ScriptManifest, name: RegExp): boolean {
  return Object.values(scripts ?? {}).some((script) => typeof script === 'string' && name.test(script))
}

async function hasOneOf(root: string, files: readonly string[]): Promise<boolean> {
  const kinds = await Promise.all(files.map((file) => kindInside(root, file)))
  return kinds.some(({ kind }) => kind === 'file')
}
