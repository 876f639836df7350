// The documents: each link leads somewhere, each path is there, each command is one, and the README is short.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createProgram } from '../cli/program.ts'

const project = resolve(import.meta.dirname, '..')
const names = readdirSync(join(project, 'docs'), { recursive: true, encoding: 'utf8' })
const pages = [
  ...['README.md', 'CONTRIBUTING.md'],
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

/** Every command of the program, carried out by nobody. */
const nobody: never = new Proxy(() => Promise.resolve(nobody), {
  get: (_, name) => (name === 'then' ? undefined : nobody),
}) as never

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
      const program = createProgram({ version: '0', commands: nobody, onCode: () => {}, write: () => {} })
      await expect(program.parseAsync(args, { from: 'user' }), args.join(' ')).resolves.toBeDefined()
    }
  })

  it('have a tutorial of which every piece is part of the example', () => {
    const folder = join(project, 'examples/orders')
    const sources = readdirSync(folder).map((name) => withoutSpaces(readFileSync(join(folder, name), 'utf8')))
    const excerpts = excerptsIn(textOf('docs/tutorial.md'))
    expect(excerpts.length).toBeGreaterThan(10)
    expect(excerpts.filter((excerpt) => !sources.some((source) => source.includes(excerpt)))).toEqual([])
  })
})
