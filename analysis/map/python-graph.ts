// Python graph
//
// The definitions at the top of each Python file, and how often other files use each.
// Leaves: reading statements (../python-lines.ts).
//
// P1. A name is followed to the file that its import names, and from there through `from .a import b` once more, as packages
//     pass names on in `__init__.py`.

import { dirname, join } from 'node:path/posix'
import { readPython } from '../python-lines.ts'
import type { Definition, Graph, MapReference } from './graph.ts'
import { isPythonSource } from './sources.ts'

const MAX_LENGTH = 140
const MAX_MEMBERS = 12
const DEFINITION = /^(?:async )?(def|class) (\w+)/
const CONSTANT = /^([A-Z][A-Z\d_]+)(?:: [^=]+)? = /
const WORD = /[A-Za-z_]\w*/g

interface ImportedName {
  /** As other statements of the file say it. */
  readonly alias: string
  readonly path: string
  /** Empty: the module itself. */
  readonly name: string
}

interface PythonModule {
  readonly path: string
  readonly definitions: readonly Definition[]
  readonly imported: readonly ImportedName[]
  readonly text: string
}

export function pythonGraph(texts: ReadonlyMap<string, string>): Graph {
  const paths = new Set([...texts.keys()].filter(isPythonSource))
  const modules = new Map([...paths].map((path) => [path, moduleOf(path, texts.get(path) ?? '', paths)]))
  return {
    definitions: [...modules.values()].flatMap(({ definitions }) => definitions),
    references: [...modules.values()].flatMap((module) => referencesIn(module, modules)),
  }
}

function moduleOf(path: string, text: string, paths: ReadonlySet<string>): PythonModule {
  const definitions: Definition[] = []
  const imported: ImportedName[] = []
  let members: string[] | undefined
  /** Columns of the statements of the class. */
  let depth: number | undefined
  const { statements } = readPython(text)
  const finish = (): void => {
    const last = definitions.at(-1)
    if (members?.length && last)
      definitions.push({ ...(definitions.pop() ?? last), signature: withMembers(last, members) })
    members = undefined
    depth = undefined
  }
  for (const { indent, text: line } of statements) {
    imported.push(...importedBy(line, path, paths))
    const [, kind, name = ''] = DEFINITION.exec(line) ?? []
    if (indent > 0) {
      if (members) depth ??= indent
      if (members && indent === depth && kind === 'def' && !name.startsWith('_')) members.push(name)
      continue
    }
    finish()
    const constant = CONSTANT.exec(line)?.[1]
    const found = kind === undefined ? constant : name
    if (found === undefined) continue
    const signature = kind === undefined ? found : shortened(line)
    definitions.push({ path, name: found, signature, exported: !found.startsWith('_') })
    if (kind === 'class') members = []
  }
  finish()
  return { path, definitions, imported, text }
}

const shortened = (line: string) => (line.length > MAX_LENGTH ? `${line.slice(0, MAX_LENGTH - 1)}…` : line)

function withMembers({ signature }: Definition, members: readonly string[]): string {
  const names = [...new Set(members)]
  const left = names.length - MAX_MEMBERS
  return shortened(
    `${signature}: ${names.slice(0, MAX_MEMBERS).join(', ')}${left > 0 ? `, … ${left} more` : ''}`,
  )
}

function importedBy(line: string, from: string, paths: ReadonlySet<string>): ImportedName[] {
  const [, module, names] = /^from (\.*[\w.]*) import \(?(.*?)\)?$/.exec(line) ?? []
  if (module !== undefined && names !== undefined)
    return partsOf(names).flatMap(({ name, alias }) => {
      const inside = pathOf(`${module}${module.endsWith('.') ? '' : '.'}${name}`, from, paths)
      if (inside !== undefined) return [{ alias, path: inside, name: '' }]
      const path = pathOf(module, from, paths)
      return path === undefined ? [] : [{ alias, path, name: name === '*' ? '' : name }]
    })
  const [, modules] = /^import (.+)$/.exec(line) ?? []
  return partsOf(modules ?? '').flatMap(({ name, alias }) => {
    const path = pathOf(name, from, paths)
    return path === undefined ? [] : [{ alias, path, name: '' }]
  })
}

function partsOf(list: string): { name: string; alias: string }[] {
  return list.split(',').flatMap((part) => {
    const [, name, alias] = /^\s*([\w.*]+)(?: as (\w+))?\s*$/.exec(part) ?? []
    return name === undefined ? [] : [{ name, alias: alias ?? name }]
  })
}

/** From the folders of importable code, or from the file where it begins with dots. */
function pathOf(module: string, from: string, paths: ReadonlySet<string>): string | undefined {
  const [, dots = '', rest = ''] = /^(\.*)(.*)$/.exec(module) ?? []
  const place = rest.replaceAll('.', '/')
  const up = dots === '' ? [] : [join(dirname(from), ...Array.from({ length: dots.length - 1 }, () => '..'))]
  const folders = dots === '' ? ['', 'src', dirname(from)] : up
  return folders
    .flatMap((folder) => [`${join(folder, place)}.py`, join(folder, place, '__init__.py')])
    .find((path) => paths.has(path) && path !== from)
}

function referencesIn(module: PythonModule, modules: ReadonlyMap<string, PythonModule>): MapReference[] {
  const uses = new Map<string, number>()
  for (const [word] of module.text.matchAll(WORD)) uses.set(word, (uses.get(word) ?? 0) + 1)
  const found = new Map<string, MapReference>()
  const add = (to: string, name: string, count: number): void => {
    if (to === module.path || count <= 0) return
    const key = `${to}\0${name}`
    found.set(key, { from: module.path, to, name, count: count + (found.get(key)?.count ?? 0) })
  }
  for (const { alias, path, name } of module.imported) {
    if (name === '') {
      const members = membersUsed(module.text, alias)
      add(path, '', members.size === 0 ? 1 : 0)
      for (const [member, count] of members) {
        const there = placeOf(path, member, modules)
        add(there, member, count)
      }
    } else add(placeOf(path, name, modules), name, (uses.get(alias) ?? 1) - 1 || 1)
  }
  return [...found.values()]
}

/** `alias.member` in the text. */
function membersUsed(text: string, alias: string): Map<string, number> {
  const members = new Map<string, number>()
  const use = new RegExp(`(?<![\\w.])${alias.replaceAll('.', '\\.')}\\.([A-Za-z_]\\w*)`, 'g')
  for (const [, member = ''] of text.matchAll(use)) members.set(member, (members.get(member) ?? 0) + 1)
  return members
}

/** P1. */
function placeOf(path: string, name: string, modules: ReadonlyMap<string, PythonModule>): string {
  const there = modules.get(path)
  if (there?.definitions.some((each) => each.name === name)) return path
  return there?.imported.find(({ alias }) => alias === name)?.path ?? path
}
