// Detect
//
// Owns:   which of its own tools a checkout is linted with, by what is configured and installed in it.
// Leaves: what a repository says of its commands by itself (machines/commands.ts), running them (run-command.ts), its
//         package manager and its test runner (survey/package.ts), its type check (survey/type-check.ts).

import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface Linter {
  readonly name: 'eslint' | 'biome' | 'oxlint'
  /** Everything but the files. */
  readonly argv: readonly string[]
  readonly files: RegExp
}

interface Known {
  readonly name: Linter['name']
  readonly configured: readonly string[]
  readonly program: string
  readonly options: readonly string[]
  readonly files: RegExp
}

const ESLINT = ['eslint.config', '.eslintrc'].flatMap((name) =>
  ['.js', '.mjs', '.cjs', '.ts', '.mts', '.cts', '.json', '.yml', '.yaml', ''].map(
    (ending) => `${name}${ending}`,
  ),
)
const CODE = /\.[cm]?[jt]sx?$/

const KNOWN: readonly Known[] = [
  {
    name: 'biome',
    configured: ['biome.json', 'biome.jsonc'],
    program: '@biomejs/biome/bin/biome',
    options: ['lint', '--reporter=github', '--max-diagnostics=200', '--no-errors-on-unmatched'],
    files: /\.([cm]?[jt]sx?|jsonc?|css)$/,
  },
  {
    name: 'oxlint',
    configured: ['.oxlintrc.json', 'oxlintrc.json', 'oxlint.config.ts'],
    program: 'oxlint/bin/oxlint',
    options: ['--format=unix'],
    files: CODE,
  },
  {
    name: 'eslint',
    configured: ESLINT,
    program: 'eslint/bin/eslint.js',
    options: ['--format=json', '--no-error-on-unmatched-pattern', '--no-warn-ignored'],
    files: CODE,
  },
]

/** Those that are configured and installed; first what the script `lint` names. */
export async function lintersIn(root: string): Promise<Linter[]> {
  const there = KNOWN.filter((tool) => isConfigured(root, tool) || tool.name === named(root, tool))
  const installed = there.filter(({ program }) => existsSync(join(root, 'node_modules', program)))
  const script = await lintScript(root)
  const order = [...installed].sort(
    (a, b) => Number(script.includes(b.name)) - Number(script.includes(a.name)),
  )
  return order.map(({ name, program, options, files }) => {
    const argv = [process.execPath, join(root, 'node_modules', program), ...options]
    return { name, argv, files }
  })
}

function isConfigured(root: string, { configured }: Known): boolean {
  return configured.some((name) => existsSync(join(root, name)))
}

/** oxlint needs no configuration. */
function named(root: string, { name, program }: Known): string | undefined {
  return name === 'oxlint' && existsSync(join(root, 'node_modules', program)) ? name : undefined
}

async function lintScript(root: string): Promise<string> {
  try {
    const { scripts = {} } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
    return String(scripts.lint ?? '')
  } catch {
    return ''
  }
}
