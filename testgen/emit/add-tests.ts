// Add tests
//
// Owns:   adding written tests to a file of tests that is there: a test goes into the group of its target, and the names
//         that it needs to the loaded ones.
// Leaves: the parts of such a file (test-text.ts), the tests (test-file.ts).
//
// R1. Text is only inserted, but for the braces of a load that gets more names: every test of before stays as it was.
// R2. Undefined where a name would have two meanings: then the tests need a file for themselves.

import ts from 'typescript-analysis'
import { type Group, type Load, type LoadedName, readTestText, type TestText } from './test-text.ts'

interface Insertion {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** The titles of the tests in each group of a file; those outside of groups have the group `''`. */
export function titlesIn(name: string, text: string): ReadonlyMap<string, readonly string[]> {
  const titles = new Map<string, string[]>()
  const { groups, calls } = readTestText(name, text)
  const free = calls.flatMap(({ title }) => title ?? [])
  if (free.length > 0) titles.set('', free)
  for (const group of groups) titles.set(group.title, [...(titles.get(group.title) ?? []), ...group.titles])
  return titles
}

/** `written` is a whole file of tests, as emitTestFile makes it; so is the result. */
export function addTests(name: string, existing: string, written: string): string | undefined {
  const old = readTestText(name, existing)
  const more = readTestText(name, written)
  const loads = loadEdits(old, more)
  const functions = newFunctions(old, more)
  if (loads === undefined || functions === undefined) return undefined
  const inside: Insertion[] = []
  const behind: string[] = functions.map((node) => node.getText())
  for (const group of more.groups) {
    const target = old.groups.find(({ title, hooks }) => title === group.title && hooks === group.hooks)
    if (target === undefined) behind.push(group.node.getText())
    else inside.push(insideGroup(target, group))
  }
  behind.push(...newCalls(old, more))
  return edited(existing, [...loads, ...inside, atEnd(existing, old, behind)])
}

/** Before `test.run()`, which is the last. */
function atEnd(existing: string, { calls }: TestText, texts: readonly string[]): Insertion {
  const last = calls.at(-1)?.node
  if (last !== undefined && isEnd(last)) {
    const at = last.getStart()
    return { start: at, end: at, text: texts.map((text) => `${text}\n\n`).join('') }
  }
  const end = existing.trimEnd().length
  return { start: end, end: existing.length, text: `${texts.map((text) => `\n\n${text}`).join('')}\n` }
}

const isEnd = (node: ts.Node) => /^test\.run\(/.test(node.getText())

/** Tests outside of groups, and the hooks that are not there yet. */
function newCalls(old: TestText, more: TestText): string[] {
  const known = new Set(old.calls.map(({ node }) => node.getText()))
  return more.calls
    .filter(({ node, title }) => title !== undefined || !known.has(node.getText()))
    .map(({ node }) => node.getText())
}

function edited(text: string, edits: readonly Insertion[]): string {
  const isWindows = text.includes('\r\n')
  const sorted = [...edits].sort((a, b) => b.start - a.start)
  return sorted.reduce((whole, edit) => {
    const inserted = isWindows ? edit.text.replace(/\r?\n/g, '\r\n') : edit.text
    return whole.slice(0, edit.start) + inserted + whole.slice(edit.end)
  }, text)
}

/** Before the closing brace. */
function insideGroup(target: Group, { tests }: Group): Insertion {
  const at = target.body.getEnd() - 1
  const before = target.body.getSourceFile().text.slice(0, at)
  const text = tests.map((test) => `\n${indentOf(test)}${test.getText()}\n`).join('')
  return { start: at, end: at, text: /\n[ \t]*$/.test(before) ? text : `\n${text}` }
}

function indentOf(node: ts.Node): string {
  const { text } = node.getSourceFile()
  return /[ \t]*$/.exec(text.slice(0, node.getStart()))?.[0] ?? ''
}

/** Functions that the tests call and the file lacks; those that are there by the same name were written by us, too. */
function newFunctions(old: TestText, more: TestText): ts.Statement[] | undefined {
  const found: ts.Statement[] = []
  for (const node of more.others) {
    if (isDirective(node)) continue
    if (!ts.isFunctionDeclaration(node) || node.name === undefined) return undefined
    const { text } = node.name
    const isThere = old.others.some((each) => ts.isFunctionDeclaration(each) && each.name?.text === text)
    if (isThere) continue
    if (declaredIn(old).has(text)) return undefined
    found.push(node)
  }
  return found
}

function loadEdits(old: TestText, more: TestText): Insertion[] | undefined {
  if (more.loads.some(({ kind }) => old.loads.some((load) => load.kind !== kind))) return undefined
  const declared = declaredIn(old)
  const edits: Insertion[] = []
  const lines: string[] = []
  for (const load of more.loads) {
    const missing: LoadedName[] = []
    for (const name of load.names) {
      const known = declared.get(name.local)
      if (known === undefined) missing.push(name)
      else if (known !== keyOf(load, name)) return undefined
    }
    if (missing.length === 0) continue
    const isNamed = missing.every(({ text }) => text !== '')
    const target = old.loads.find(
      ({ specifier, braces }) => specifier === load.specifier && braces !== undefined,
    )
    if (isNamed && target?.braces !== undefined) edits.push(bracesWith(target, target.braces, missing))
    else lines.push(...linesFor(load, missing))
  }
  if (lines.length > 0) edits.push(behindLoads(old, lines))
  return edits
}

/** `'use strict'`: the file has its own, or none. */
const isDirective = (node: ts.Statement): boolean =>
  ts.isExpressionStatement(node) && ts.isStringLiteral(node.expression)

/** What each name of the file's top level means; '' for a name that is not loaded. */
function declaredIn({ loads, others }: TestText): ReadonlyMap<string, string> {
  const names = new Map<string, string>()
  for (const node of others) {
    if (ts.isVariableStatement(node))
      for (const { name } of node.declarationList.declarations)
        for (const each of identifiersIn(name)) names.set(each, '')
    else if ((ts.isFunctionDeclaration(node) || ts.isClassDeclaration(node)) && node.name)
      names.set(node.name.text, '')
    else if (!ts.isExpressionStatement(node)) for (const each of identifiersIn(node)) names.set(each, '')
  }
  for (const load of loads) for (const name of load.names) names.set(name.local, keyOf(load, name))
  return names
}

function identifiersIn(node: ts.Node): string[] {
  if (ts.isIdentifier(node)) return [node.text]
  const found: string[] = []
  ts.forEachChild(node, (child) => {
    found.push(...identifiersIn(child))
  })
  return found
}

const keyOf = ({ specifier }: Load, { exported }: LoadedName) => JSON.stringify([specifier, exported])

function bracesWith({ names }: Load, braces: ts.Node, missing: readonly LoadedName[]): Insertion {
  const all = [...names.filter(({ text }) => text !== ''), ...missing].map(({ text }) => text).sort()
  const flat = `{ ${all.join(', ')} }`
  const text = flat.length <= 90 ? flat : `{\n${all.map((each) => `  ${each},\n`).join('')}}`
  return { start: braces.getStart(), end: braces.getEnd(), text }
}

function linesFor({ kind, from, node }: Load, missing: readonly LoadedName[]): string[] {
  const end = node.getText().endsWith(';') ? ';' : ''
  const named = missing.filter(({ text }) => text !== '').map(({ text }) => text)
  const whole = missing
    .filter(({ text }) => text === '')
    .map(({ local, exported }) => (exported === '*' && kind === 'import' ? `* as ${local}` : local))
  const parts = [...whole, ...(named.length > 0 ? [`{ ${named.join(', ')} }`] : [])]
  return parts.map((what) =>
    kind === 'import' ? `import ${what} from ${from}${end}` : `const ${what} = require(${from})${end}`,
  )
}

function behindLoads({ file, loads }: TestText, lines: readonly string[]): Insertion {
  const last = loads.at(-1)?.node.getEnd()
  const at = last ?? file.statements[0]?.getStart() ?? 0
  const text = last === undefined ? `${lines.join('\n')}\n\n` : `\n${lines.join('\n')}`
  return { start: at, end: at, text }
}
