// Fixers
//
// Finds the linters of a checkout that can mend a text: those that a script names, or eslint where it is the linter.
// Leaves: mending (../format.ts), judging (gates/lint.ts).

import { z } from 'zod'
import { jsonOf } from '../../kernel/index.ts'
import type { PackagePlaces } from '../runners/installed-package.ts'
import { lintersIn } from './detect.ts'
import type { Formatter, ToolOutput } from './formatter.ts'
import { installedOf, type KnownTool } from './formatters.ts'
import { scriptManifest, scriptsName } from './script-manifest.ts'

const CODE = /\.[cm]?[jt]sx?$/

const ESLINT: KnownTool = {
  name: 'eslint',
  files: CODE,
  programs: ['eslint/bin/eslint.js'],
  options: (path) => ['--fix-dry-run', '--format=json', '--stdin', `--stdin-filename=${path}`],
  read: mendedByEslint,
}

const NAMED: readonly (KnownTool & { readonly word: RegExp })[] = [
  {
    name: 'xo',
    word: /\bxo\b/,
    files: CODE,
    programs: ['xo/dist/cli.js', 'xo/cli.js'],
    options: (path) => ['--fix', '--stdin', `--stdin-filename=${path}`],
    read: mended,
  },
  {
    name: 'standard',
    word: /\bstandard\b/,
    files: CODE,
    programs: ['standard/bin/cmd.cjs', 'standard/bin/cmd.js'],
    options: () => ['--fix', '--stdin'],
    read: mended,
  },
]

/** Exit status 1: complaints are left. */
function mended({ code, stdout }: ToolOutput): string | undefined {
  return code <= 1 && stdout !== '' ? stdout : undefined
}

/** The report has the whole text only where something was mended. */
const reportSchema = z.tuple([z.object({ output: z.string().optional() })])

function mendedByEslint({ code, stdout }: ToolOutput, text: string): string | undefined {
  const start = stdout.indexOf('[{')
  const report = reportSchema.safeParse(start < 0 ? undefined : jsonOf(stdout.slice(start))).data
  return code <= 1 && report !== undefined ? (report[0].output ?? text) : undefined
}

export async function fixersIn(places: PackagePlaces): Promise<Formatter[]> {
  const manifest = await scriptManifest(places.root)
  const named = NAMED.filter(({ word }) => scriptsName(manifest, word))
  const linters = await lintersIn(places)
  return installedOf(places, [...named, ...(linters.some(({ name }) => name === 'eslint') ? [ESLINT] : [])])
}
