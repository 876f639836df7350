// The documents: links, paths, commands, options, configuration keys, scripts and excerpts exist, and the README is short.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import type { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { configurationSchema } from '../app/configuration/schema.ts'
import { createProgram } from '../cli/program.ts'

const project = resolve(import.meta.dirname, '..')
const names = readdirSync(join(project, 'docs'), { recursive: true, encoding: 'utf8' })
const pages = [
  ...['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md'],
  ...names.filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`),
]
const textOf = (page: string) => readFileSync(join(project, page), 'utf8')
const withoutCode = (text: string) => text.replace(/^```[\s\S]*?^```$/gm, '')

/** As code hosts make it of a heading. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} -]/gu, '')
    .replaceAll(' ', '-')

const anchorsOf = (page: string) =>
  [...withoutCode(textOf(page)).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading))

/** What a link from this page to a file of the project leads to wrongly; undefined when it is right. */
function brokenLink(page: string, link: string): string | undefined {
  if (/^[a-z]+:/.test(link)) return undefined
  const [path = '', anchor] = link.split('#')
  const target = path === '' ? page : join(dirname(page), path)
  if (!existsSync(join(project, target))) return `${page}: ${link} is not there`
  if (anchor === undefined || anchorsOf(target).includes(anchor)) return undefined
  return `${page}: ${link} names no heading`
}

/** Folders that commands make: what is in them depends on which were run. */
const BUILT = new Set(['dist', 'coverage', 'node_modules'])

/** Paths in backticks that begin with a folder of this project. */
function pathsIn(text: string): string[] {
  const folders = readdirSync(project, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !BUILT.has(entry.name))
    .map(({ name }) => name)
  return [...withoutCode(text).matchAll(/`([\w./*-]+)`/g)]
    .map(([, path = '']) => path)
    .filter((path) => path.includes('/') && folders.includes(path.split('/')[0] ?? ''))
    .filter((path) => !path.includes('*'))
}

/** A file or folder of this project, or the name of an attack and perhaps of its variant. */
function isThere(path: string): boolean {
  const [group, name] = path.split('/')
  return [path, `test/attacks/${group}/${name}.attack.ts`].some((each) => existsSync(join(project, each)))
}

/** The lines in blocks of shell commands that call `canopy`, as arguments. */
function commandsIn(text: string): string[][] {
  const blocks = [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block)
  return blocks
    .flatMap((block) => block.replaceAll('\\\n', ' ').split('\n'))
    .map((line) => line.replace(/\s+#.*$/, '').trim())
    .map((line) => line.replace(/^npm start -- /, 'canopy run ').replace(/^npm run canopy -- /, 'canopy '))
    .filter((line) => line.startsWith('canopy '))
    .map((line) => [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? ''))
    .map(([, ...args]) => args)
}

/** The TypeScript blocks of a page, without the spaces that an excerpt may have less of. */
function excerptsIn(text: string): string[] {
  return [...text.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, block = '']) => withoutSpaces(block))
}

const withoutSpaces = (text: string): string => text.replace(/\s+/g, ' ').trim()

/** The implementations of all commands, which do nothing. */
const nobody: never = new Proxy(() => Promise.resolve(nobody), {
  get: (_, name) => (name === 'then' ? undefined : nobody),
}) as never

/** The text between single backticks. */
function inlineCodeIn(text: string): string[] {
  return [...withoutCode(text).matchAll(/`([^`]+)`/g)].map(([, code = '']) => code.replaceAll('\n', ' '))
}

/** All files of the project by their names. */
const fileNames = new Set(
  readdirSync(project, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !BUILT.has(entry.name) && entry.name !== '.git')
    .flatMap(({ name }) => readdirSync(join(project, name), { recursive: true, encoding: 'utf8' }))
    .map((name) => basename(name)),
)

/** Names of source files that a page gives without their folder. */
function sourceFilesIn(text: string): string[] {
  return inlineCodeIn(text).filter((code) => /^[\w.-]+\.(attack|slow\.test|test)?\.?ts$/.test(code))
}

/** Inline code that names a command, without parts in capitals, which stand for a value. */
function namedCommandsIn(text: string): string[][] {
  return inlineCodeIn(text)
    .filter((code) => code.startsWith('canopy '))
    .map((code) => code.split(' ').slice(1))
}

/** The command that the first words name, and the words after it. */
function resolveCommand(words: readonly string[], command: Command): { command: Command; rest: string[] } {
  const [first, ...rest] = words
  const named = command.commands.find((each) => each.name() === first)
  return named ? resolveCommand(rest, named) : { command, rest: [...words] }
}

/** What is wrong with a command in a sentence: its name, or one of its options. */
function mistakesOfCommand(words: readonly string[]): string[] {
  if (/^[A-Z]+$/.test(words[0] ?? '')) return []
  const { command, rest } = resolveCommand(words, program())
  if (command.parent === null) return [`canopy ${words.join(' ')} is no command`]
  const known = ['--help', ...command.options.flatMap(({ long, short }) => [long, short])]
  return rest
    .filter((word) => word.startsWith('-') && !known.includes(word))
    .map((word) => `canopy ${command.name()} has no option ${word}`)
}

const program = (): Command =>
  createProgram({ version: '0', commands: nobody, onCode: () => {}, write: () => {} })

function optionsOf(command: Command): string[] {
  return [...command.options.map(({ long }) => long ?? ''), ...command.commands.flatMap(optionsOf)]
}

/** Options of npm, vitest, git, bubblewrap and the programs of this project that are no command of `canopy`. */
const OTHER_OPTIONS = [
  '--bind-fd',
  '--prefix',
  '--provenance',
  '--reporter',
  '--quick',
  '--help',
  '--disable-sigusr1',
]
const knownOptions = new Set([...optionsOf(program()), ...OTHER_OPTIONS])

/** Options that a page names in a sentence. */
function namedOptionsIn(text: string): string[] {
  return inlineCodeIn(text).flatMap((code) => /^--[a-z\d-]+/.exec(code)?.[0] ?? [])
}

interface Fields {
  readonly properties?: Readonly<Record<string, Fields>>
  readonly additionalProperties?: Fields | boolean
  readonly items?: Fields
  readonly anyOf?: readonly Fields[]
}
const fieldsOfConfiguration = z.toJSONSchema(configurationSchema, {
  io: 'input',
  unrepresentable: 'any',
  reused: 'inline',
}) as Fields

/** Paths of keys in a part of a configuration that the schema does not have. */
function unknownKeys(value: unknown, fields: Fields, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return []
  if (Array.isArray(value))
    return value.flatMap((each) => unknownKeys(each, inObject(fields).items ?? {}, path))
  const { properties = {}, additionalProperties } = inObject(fields)
  return Object.entries(value).flatMap(([key, inner]) => {
    const known =
      properties[key] ?? (typeof additionalProperties === 'object' ? additionalProperties : undefined)
    return known ? unknownKeys(inner, known, `${path}${key}.`) : [`${path}${key}`]
  })
}

/** The form of a field that is written as an object or a list, where it may also be something else. */
function inObject(fields: Fields): Fields {
  const forms = fields.anyOf ?? [fields]
  return forms.find(({ properties, items }) => properties ?? items) ?? forms[0] ?? {}
}

/** The configuration files of a page, and the parts of them in sentences such as `gates: { lint: false }`. */
function configurationsIn(text: string): unknown[] {
  const parts = inlineCodeIn(text).filter((code) => /^[a-z]+: \{.*\}$/.test(code) && !code.includes('...'))
  return [...configurationFilesIn(text), ...parts.map((written) => parse(written) as unknown)]
}

function configurationFilesIn(text: string): unknown[] {
  return [...text.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, block = '']) => parse(block) as unknown)
}

/** A part as it stands in a file: a goal is in a milestone, and another key that no file begins with is a gate's. */
const asConfiguration = (part: unknown): unknown => {
  const [key = ''] = Object.keys(part as object)
  if (key === 'goal') return { milestones: [part] }
  return key in (fieldsOfConfiguration.properties ?? {}) ? part : { gates: part }
}

/** Scripts of package.json that a page calls. */
function scriptsIn(text: string): string[] {
  const code = [...inlineCodeIn(text), ...[...text.matchAll(/^npm .*$/gm)].map(([line]) => line)]
  const called = code.flatMap((line) => [...line.matchAll(/\bnpm (?:run (?:-s )?([\w:]+)|(test|start)\b)/g)])
  return called.map(([, run, short]) => run ?? short ?? '')
}

function benchmarksIn(text: string): string[] {
  return [...text.matchAll(/npm run bench -- ([a-z][\w-]*)/g)].map(([, name = '']) => name)
}

const sourceOf = (path: string): string => withoutSpaces(readFileSync(join(project, path), 'utf8'))

/** The pages with excerpts, and the files that they are taken from, which are compiled and tested. */
const EXCERPTS: Readonly<Record<string, readonly string[]>> = {
  'docs/tutorial.md': ['actors', 'main', 'payments'].map((name) => `examples/orders/${name}.ts`),
  'docs/testing-machines.md': ['test/examples/order-charts.test.ts'],
  'docs/library.md': [
    ...['examples/orders/main.ts', 'test/examples/library.test.ts', 'test/examples/two-nodes.test.ts'],
  ],
  'docs/supervision.md': ['examples/orders/actors.ts', 'test/examples/library.test.ts'],
}

describe('the documents', () => {
  it('have a README that is read in five minutes', () => {
    expect(textOf('README.md').split('\n').length).toBeLessThanOrEqual(250)
  })

  it.each(pages)('have only links that lead somewhere: %s', (page) => {
    const links = [...withoutCode(textOf(page)).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link)
    expect(links.flatMap((link) => brokenLink(page, link) ?? [])).toEqual([])
  })

  it.each(pages)('name only paths that are there: %s', (page) => {
    expect(pathsIn(textOf(page)).filter((path) => !isThere(path))).toEqual([])
  })

  it.each(pages)('have only commands that there are: %s', async (page) => {
    for (const args of commandsIn(textOf(page))) {
      await expect(program().parseAsync(args, { from: 'user' }), args.join(' ')).resolves.toBeDefined()
    }
    expect(namedCommandsIn(textOf(page)).flatMap(mistakesOfCommand)).toEqual([])
  })

  it.each(pages)('name only options, scripts, benchmarks and source files that there are: %s', (page) => {
    const text = textOf(page)
    const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Record<string, string> }
    expect(namedOptionsIn(text).filter((option) => !knownOptions.has(option))).toEqual([])
    expect(scriptsIn(text).filter((script) => !(script in scripts))).toEqual([])
    expect(benchmarksIn(text).filter((name) => !existsSync(join(project, `bench/${name}.ts`)))).toEqual([])
    expect(sourceFilesIn(text).filter((name) => !fileNames.has(name))).toEqual([])
  })

  it.each(pages)('name only keys of the configuration that there are: %s', (page) => {
    const unknown = configurationsIn(textOf(page)).flatMap((part) =>
      unknownKeys(asConfiguration(part), fieldsOfConfiguration),
    )
    expect(unknown).toEqual([])
    for (const file of configurationFilesIn(textOf(page)))
      expect(configurationSchema.safeParse(file).error?.issues ?? []).toEqual([])
  })

  it.each(Object.entries(EXCERPTS))('have only excerpts of tested files: %s', (page, files) => {
    const sources = files.map(sourceOf)
    const excerpts = excerptsIn(textOf(page))
    expect(excerpts.length).toBeGreaterThan(2)
    expect(excerpts.filter((excerpt) => !sources.some((source) => source.includes(excerpt)))).toEqual([])
  })
})
