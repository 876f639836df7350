// Checks
//
// Owns:   the checks of a document: each returns the mistakes on a page.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { refusedCommands, unknownCommands, unknownOptions } from './commands.ts'
import { refusedFiles, unknownKeys } from './configuration.ts'
import {
  anchorsOf,
  blocksOf,
  inlineCodeOf,
  linksOf,
  type Page,
  pageAt,
  project,
  shellLinesOf,
  withoutSpaces,
} from './page.ts'

export type Check = (page: Page) => string[] | Promise<string[]>

/** By the subject of each. */
export const checks: Readonly<Record<string, Check>> = {
  links: brokenLinks,
  paths: missingPaths,
  'source files': missingSourceFiles,
  scripts: missingScripts,
  benchmarks: missingBenchmarks,
  'commands in blocks': refusedCommands,
  'commands in sentences': unknownCommands,
  options: unknownOptions,
  'configuration files': refusedFiles,
  'configuration keys': unknownKeys,
  excerpts: foreignExcerpts,
}

/** Folders that commands make: their content depends on the commands that ran. */
const BUILT = new Set(['dist', 'coverage', 'node_modules', '.git'])

const folders = readdirSync(project, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !BUILT.has(entry.name))
  .map(({ name }) => name)

const fileNames = new Set(
  folders
    .flatMap((name) => readdirSync(join(project, name), { recursive: true, encoding: 'utf8' }))
    .map((name) => basename(name)),
)

function brokenLinks(page: Page): string[] {
  return linksOf(page)
    .filter((link) => !/^[a-z]+:/.test(link))
    .flatMap((link) => {
      const [path = '', anchor] = link.split('#')
      const target = path === '' ? page.path : join(dirname(page.path), path)
      if (!existsSync(join(project, target))) return [`${link}: the file does not exist`]
      const anchors = anchor === undefined ? [] : anchorsOf(path === '' ? page : pageAt(target))
      return anchor === undefined || anchors.includes(anchor) ? [] : [`${link}: there is no such heading`]
    })
}

/** Paths that begin with a folder of this project; `group/name` can also be an attack. */
function missingPaths(page: Page): string[] {
  return inlineCodeOf(page)
    .filter((code) => /^[\w./-]+$/.test(code) && code.includes('/'))
    .filter((path) => folders.includes(path.split('/')[0] ?? ''))
    .filter((path) => {
      const [group, name] = path.split('/')
      const places = [path, `test/attacks/${group}/${name}.attack.ts`]
      return !places.some((place) => existsSync(join(project, place)))
    })
}

/** Names of source files without their folder. */
function missingSourceFiles(page: Page): string[] {
  return inlineCodeOf(page)
    .filter((code) => /^[\w.-]+\.ts$/.test(code))
    .filter((name) => !fileNames.has(name))
}

function missingScripts(page: Page): string[] {
  const { scripts } = JSON.parse(pageAt('package.json').text) as { scripts: object }
  return [...inlineCodeOf(page), ...shellLinesOf(page)]
    .flatMap((line) => [...line.matchAll(/\bnpm (?:run (?:-s )?([\w:]+)|(test|start)\b)/g)])
    .map(([, run, short]) => run ?? short ?? '')
    .filter((script) => !(script in scripts))
}

function missingBenchmarks({ text }: Page): string[] {
  return [...text.matchAll(/npm run bench --\s+([a-z][\w-]*)/g)]
    .map(([, name = '']) => name)
    .filter((name) => !existsSync(join(project, `bench/${name}.ts`)))
}

/** The files from which the excerpts of a page are taken; tests compile and run them. */
const EXCERPTS: Readonly<Record<string, readonly string[]>> = {
  'docs/tutorial.md': ['examples/orders/actors.ts', 'examples/orders/main.ts', 'examples/orders/payments.ts'],
  'docs/testing-machines.md': ['test/examples/order-charts.test.ts'],
  'docs/library.md': [
    'examples/orders/main.ts',
    'test/examples/library.test.ts',
    'test/examples/two-nodes.test.ts',
  ],
  'docs/supervision.md': ['examples/orders/actors.ts', 'test/examples/library.test.ts'],
}

/** Blocks of TypeScript that are in no tested file, apart from the spaces. */
function foreignExcerpts(page: Page): string[] {
  const files = EXCERPTS[page.path] ?? []
  const sources = files.map((file) => withoutSpaces(readFileSync(join(project, file), 'utf8')))
  return blocksOf(page, 'ts')
    .map(withoutSpaces)
    .filter((excerpt) => !sources.some((source) => source.includes(excerpt)))
}
