// Python: blocks
//
// Reads statements as blocks within blocks, and tells the values of names: imports of test libraries and names that are
// assigned once. Two texts that differ only in such names are equal after the replacement.

import { createHash } from 'node:crypto'
import type { PythonStatement } from './python-lines.ts'
import { replaceNames, splitOpen } from './python-parts.ts'

export interface PythonBlock {
  readonly statement: PythonStatement
  readonly children: readonly PythonBlock[]
}

export type PythonNames = ReadonlyMap<string, string>

/** Python itself allows 100. Deeper blocks are read as if they followed each other. */
const MAX_BLOCKS = 100

export function blocksOf(statements: readonly PythonStatement[]): PythonBlock[] {
  const top: PythonBlock[] = []
  const open: { indent: number; children: PythonBlock[] }[] = []
  for (const statement of statements) {
    while ((open.at(-1)?.indent ?? -1) >= statement.indent) open.pop()
    const children: PythonBlock[] = []
    ;(open.at(-1)?.children ?? top).push({ statement, children })
    if (statement.opensBlock && open.length < MAX_BLOCKS) open.push({ indent: statement.indent, children })
  }
  return top
}

/** All statements of blocks, in their order. */
export function statementsIn(blocks: readonly PythonBlock[]): PythonStatement[] {
  const found: PythonStatement[] = []
  const open = [...blocks].reverse()
  for (let block = open.pop(); block !== undefined; block = open.pop()) {
    found.push(block.statement)
    for (let at = block.children.length - 1; at >= 0; at--) open.push(block.children[at] as PythonBlock)
  }
  return found
}

const KNOWN_MODULE =
  /^(?:_?pytest|unittest|builtins|atexit|time|asyncio|contextlib|requests|httpx|urllib|os|sys|platform|shutil)(?:\.|$)/

/** Full names of what a file imports from known modules: `skip` of `from unittest import skip` is `unittest.skip`. */
export function importedNames(statements: readonly PythonStatement[]): PythonNames {
  const names = new Map<string, string>()
  const add = (part: string, prefix: string) => {
    const [, name = '', alias = name] = /^([\w.]+)(?: as (\w+))?$/.exec(part) ?? []
    const full = prefix + name
    if (KNOWN_MODULE.test(full) && alias !== full) names.set(alias, full)
  }
  for (const { text } of statements) {
    const [, module, list = ''] = /^(?:from ([\w.]+) )?import \(?([^)]*)\)?$/.exec(text) ?? []
    for (const part of list.split(', ')) add(part, module === undefined ? '' : `${module}.`)
  }
  return names
}

const ASSIGNMENT = /^((?:self\.|cls\.)?[A-Za-z_]\w*)(?:: [^=]+)? = (?!=)/
const CHANGES =
  /^([^=([{]+?) (?:[-+*/%@&|^]|\*\*|\/\/|<<|>>)?=(?!=)|^(?:async )?for (.+?) in |^(?:global|nonlocal|del|import|case|(?:async )?def|class)\b(.+)$|\bas \(?([\w., ]+)|(\w+) :=/g
/** Objects that record calls, and functions, stay names. */
const OPAQUE = /\b(?:\w*Mock|patch|spy|lambda|open|yield)\b/
/** Names that get their one value in these blocks, outside of functions in them. */
export function constantsIn(blocks: readonly PythonBlock[]): PythonNames {
  const values = new Map<string, string>()
  const changes = new Map<string, number>()
  const count = (name: string) => changes.set(name, (changes.get(name) ?? 0) + 1)
  for (const { text } of statementsIn(blocks)) {
    for (const [, ...targets] of text.matchAll(CHANGES))
      for (const name of targets.join(' ').match(/[A-Za-z_][\w.]*/g) ?? []) count(name)
  }
  for (const { statement } of blocks) {
    const [head, name = ''] = ASSIGNMENT.exec(statement.text) ?? []
    if (head === undefined || changes.get(name) !== 1) continue
    const value = statement.text.slice(head.length)
    const isOwn = new RegExp(`(?<![\\w.])${name.replaceAll('.', '\\.')}\\b`).test(value)
    if (!isOwn && !OPAQUE.test(value)) values.set(name, value)
  }
  return values
}

const MAX_LENGTH = 4000
const MAX_VALUE_LENGTH = 1000
const MAX_DEPTH = 6

/** A name for a long value: another value has another name. */
export function digestOf(value: string): string {
  return `value_${value.length}_${createHash('sha256').update(value).digest('hex').slice(0, 12)}`
}

/** A text with the values of its names, up to a length; long values are named by their digest. */
export function withValues(text: string, names: PythonNames): string {
  let written = text
  for (let depth = 0; depth < MAX_DEPTH && written.length <= MAX_LENGTH; depth++) {
    const next = replaceNames(written, (name) => {
      const value = names.get(name)
      if (value !== undefined && value.length > MAX_VALUE_LENGTH) return digestOf(value)
      return value === undefined || splitOpen(value, / /).parts.length === 1 ? value : `(${value})`
    })
    if (next === written || next.length > MAX_LENGTH) break
    written = next
  }
  return written
}

/** The elements of a list or tuple that is written out; undefined: the text is something else. */
export function elementsOf(text: string): string[] | undefined {
  const inner = text.trim()
  if (!/^[[(]/.test(inner) || !isOneBracket(inner)) return undefined
  const { parts } = splitOpen(inner.slice(1, -1), /,/)
  const elements = parts.filter((part) => part !== '')
  const isTable = elements.every(
    (part) => !part.startsWith('*') && splitOpen(part, / for /).found.length === 0,
  )
  return isTable ? elements : undefined
}

/** Whether the bracket that begins a text ends with it. */
export function isOneBracket(text: string): boolean {
  if (text.length < 2 || !/^[[({]/.test(text) || !/[\])}]$/.test(text)) return false
  return splitOpen(text.slice(1, -1), /[\])}]/).found.length === 0
}

/** All names of `a, (b, c)` with a digest of a table that is too long to be read row by row. */
export function bindToTable(targets: string, table: string): PythonNames {
  return new Map((targets.match(/[\w\u0080-\uFFFF]+/g) ?? []).map((name) => [name, digestOf(table)]))
}

/** `a, (b, c)` with the parts of a value; nothing for other parts. */
export function bindTargets(targets: string, value: string): [name: string, value: string][] {
  const bare = isOneBracket(targets) ? targets.slice(1, -1) : targets
  const names = splitOpen(bare, /,/).parts.filter((part) => part !== '')
  if (names.length === 1 && bare === targets && !targets.includes(','))
    return /^\w+$/.test(targets) ? [[targets, value]] : []
  const parts = elementsOf(value)
  if (parts === undefined) return []
  return names.flatMap((name, at) => {
    const part = parts[at]
    return part === undefined ? [] : bindTargets(name, part)
  })
}
