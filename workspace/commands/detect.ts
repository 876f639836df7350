// Detect
//
// Finds the linters of a checkout: those that are configured and installed.
// Leaves: the repository's `commands` setting (machines/commands.ts), running them (run-command.ts), package manager
//         and test runner (survey/package.ts), the type check (survey/type-check.ts).

import { join } from 'node:path'
import { hasInstalled, type PackagePlaces } from '../runners/installed-package.ts'
import { testPlan } from '../runners/test-plan.ts'
import { kindInside } from '../worktree-files.ts'
import { type ScriptManifest, scriptManifest } from './script-manifest.ts'

export interface Linter {
  readonly name: 'eslint' | 'biome' | 'oxlint'
  /** Everything but the files. */
  readonly argv: readonly string[]
  readonly files: RegExp
}

interface KnownLinter {
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

const KNOWN: readonly KnownLinter[] = [
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
    options: ['--format=json', '--no-error-on-unmatched-pattern'],
    files: CODE,
  },
]

/** Linters that are configured and installed: those named by the script `lint`, or else the first. */
export async function lintersIn(places: PackagePlaces): Promise<Linter[]> {
  const { root } = places
  const manifest = await scriptManifest(root)
  const isThere = async (tool: KnownLinter) =>
    (await hasInstalled(places, tool.program)) && (await isConfigured(root, tool, manifest))
  const answers = await Promise.all(KNOWN.map(isThere))
  const there = KNOWN.filter((_, at) => answers[at])
  const script = lintScripts(manifest).join(' ')
  const named = there.filter(({ name }) => script.includes(name))
  return (named.length > 0 ? named : there.slice(0, 1)).map(({ name, program, options, files }) => {
    const argv = [process.execPath, join(root, 'node_modules', program), ...options]
    return { name, argv, files }
  })
}

/** Programs that other gates run, or whose result does not depend on a change alone. */
const NOT_OF_A_CHANGE =
  /\b(eslint|biome|oxlint|prettier|tsc|audit|outdated|check-coverage|report|coveralls|codecov|lint-staged|linkinator|git|size-limit|bundlesize|bundlewatch)\b/

/** Lines of `npm test` that check the code without running its tests, besides the known linters. */
export async function scriptChecks(root: string): Promise<string[]> {
  const { checks } = testPlan({ scripts: textsOf(await scriptManifest(root)) })
  return checks.filter((line) => !NOT_OF_A_CHANGE.test(line))
}

function textsOf({ scripts = {} }: ScriptManifest): Record<string, string> {
  const texts = Object.entries(scripts).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  )
  return Object.fromEntries(texts)
}

/** oxlint needs no configuration; older versions of eslint may have theirs in package.json. */
async function isConfigured(
  root: string,
  { name, configured }: KnownLinter,
  manifest: ScriptManifest,
): Promise<boolean> {
  if (name === 'oxlint' || (name === 'eslint' && manifest.eslintConfig !== undefined)) return true
  const kinds = await Promise.all(configured.map((file) => kindInside(root, file)))
  return kinds.some(({ kind }) => kind === 'file')
}

/** `lint` and its parts, such as `lint:js`. */
function lintScripts({ scripts }: ScriptManifest): unknown[] {
  return Object.entries(scripts ?? {}).flatMap(([name, script]) => (/^lint\b/.test(name) ? [script] : []))
}
