// Python formatters
//
// Finds the formatter of a checkout with Python: the one that its configuration or a list of its checks names, and that is in the
// environment.
// Leaves: formatting (../format.ts), the environment (../python/).

import { join } from 'node:path'
import { hasInstalled, type PackagePlaces } from '../runners/installed-package.ts'
import { FileRefused, readTextInside } from '../worktree-files.ts'
import type { Formatter, ToolOutput } from './formatter.ts'

const MAX_BYTES = 256 * 1024
/** Files that name the checks of a repository. */
const LISTS = ['.pre-commit-config.yaml', 'tox.ini', 'noxfile.py', 'Makefile', 'justfile', 'tasks.py']
const RUFF_FILES = ['ruff.toml', '.ruff.toml']

const KNOWN = [
  {
    name: 'ruff',
    options: (path: string) => ['format', '--no-cache', `--stdin-filename=${path}`, '-'],
    isUsed: ({ project, ruff, lists }: PythonSettings) =>
      /^\[tool\.ruff\.format\]/m.test(project) ||
      /^\[format\]/m.test(ruff) ||
      /\bruff[- ]format\b|["']ruff["'], *["']format["']/.test(lists),
  },
  {
    name: 'black',
    options: (path: string) => ['--quiet', `--stdin-filename=${path}`, '-'],
    isUsed: ({ project, lists }: PythonSettings) =>
      /^\[tool\.black\]/m.test(project) ||
      /\bid: black\b|\bblack (?:--|\.|src|\{)|["']black["'],/.test(lists),
  },
] as const

interface PythonSettings {
  readonly project: string
  readonly ruff: string
  readonly lists: string
}

/** At most one: the first that is used and installed. */
export async function pythonFormattersIn(places: PackagePlaces): Promise<Formatter[]> {
  const textOf = (name: string) => textIn(places.root, name)
  const joined = async (names: readonly string[]) => (await Promise.all(names.map(textOf))).join('\n')
  const settings = {
    project: await textOf('pyproject.toml'),
    ruff: await joined(RUFF_FILES),
    lists: await joined(LISTS),
  }
  for (const { name, options, isUsed } of KNOWN) {
    if (!isUsed(settings) || !(await hasInstalled(places, `.bin/${name}`))) continue
    const program = join(places.root, 'node_modules/.bin', name)
    return [{ name, files: /\.pyi?$/, read, argvFor: (path) => [program, ...options(path)] }]
  }
  return []
}

function read({ code, stdout }: ToolOutput): string | undefined {
  return code === 0 && stdout !== '' ? stdout : undefined
}

/** Empty for a file that is not there, too large, or no plain file. */
async function textIn(root: string, name: string): Promise<string> {
  try {
    return (await readTextInside(root, name, MAX_BYTES)) ?? ''
  } catch (error) {
    if (error instanceof FileRefused) return ''
    throw error
  }
}
