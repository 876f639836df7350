// Formatters
//
// Finds the formatters of a checkout: those that its configuration or its scripts name, and that are installed.
// Leaves: formatting (../format.ts), judging (gates/format.ts).

import { join } from 'node:path'
import { hasInstalled, type PackagePlaces } from '../runners/installed-package.ts'
import { kindInside } from '../worktree-files.ts'
import type { Formatter, ToolOutput } from './formatter.ts'
import { pythonFormattersIn } from './python-formatters.ts'
import { type ScriptManifest, scriptManifest, scriptsName } from './script-manifest.ts'

export interface KnownTool extends Pick<Formatter, 'name' | 'files' | 'read'> {
  /** The first that is installed. */
  readonly programs: readonly string[]
  readonly options: (path: string) => string[]
}

interface KnownFormatter extends Omit<KnownTool, 'read'> {
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
  const uses = await Promise.all(KNOWN.map(({ isUsed }) => isUsed(places.root, manifest)))
  const read = ({ code, stdout }: ToolOutput) => (code === 0 && stdout !== '' ? stdout : undefined)
  const used = KNOWN.filter((_, at) => uses[at]).map((tool) => ({ ...tool, read }))
  return [...(await installedOf(places, used)), ...(await pythonFormattersIn(places))]
}

/** Those of the tools that are installed. */
export async function installedOf(places: PackagePlaces, tools: readonly KnownTool[]): Promise<Formatter[]> {
  const found = await Promise.all(tools.map((tool) => installed(places, tool)))
  return found.filter((tool) => tool !== undefined)
}

async function installed(
  places: PackagePlaces,
  { name, programs, options, files, read }: KnownTool,
): Promise<Formatter | undefined> {
  const answers = await Promise.all(programs.map((program) => hasInstalled(places, program)))
  const program = programs[answers.indexOf(true)]
  if (program === undefined) return undefined
  const path = join(places.root, 'node_modules', program)
  return { name, files, read, argvFor: (file) => [process.execPath, path, ...options(file)] }
}

async function hasOneOf(root: string, files: readonly string[]): Promise<boolean> {
  const kinds = await Promise.all(files.map((file) => kindInside(root, file)))
  return kinds.some(({ kind }) => kind === 'file')
}
