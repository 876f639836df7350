// Source
//
// Owns:   what a source file says about others and which words it uses, read from its syntax tree.
// Leaves: what is allowed (rules.ts).

import { posix } from 'node:path'
import { parse } from '@babel/parser'

export interface Import {
  readonly specifier: string
  /** Of a file of ours: its path from the project's root; of a package or a builtin: undefined. */
  readonly target?: string
  /** Gone when the types are: `import type` and types named in types. */
  readonly typeOnly: boolean
  readonly line: number
}

export interface Word {
  readonly text: string
  readonly line: number
}

export interface Source {
  readonly path: string
  readonly imports: readonly Import[]
  /** Names that are not properties, `Math.random` as one, and `await`. */
  readonly words: readonly Word[]
}

interface Node {
  readonly type: string
  readonly loc?: { readonly start: { readonly line: number } }
  readonly [field: string]: unknown
}

/** `path` is from the project's root, with forward slashes. */
export function readSource(path: string, text: string): Source {
  const tree = parse(text, { sourceType: 'module', plugins: path.endsWith('.ts') ? ['typescript'] : [] })
  const imports: Import[] = []
  const words: Word[] = []
  walk(tree.program as unknown as Node, (node, parent, field) => {
    const line = node.loc?.start.line ?? 0
    const found = importOf(node)
    if (found) imports.push({ ...found, line, ...targetOf(path, found.specifier) })
    const word = wordOf(node, parent, field)
    if (word !== undefined) words.push({ text: word, line })
  })
  return { path, imports, words }
}

function importOf(node: Node): { specifier: string; typeOnly: boolean } | undefined {
  switch (node.type) {
    case 'ImportDeclaration':
      return { specifier: textOf(node.source), typeOnly: node.importKind === 'type' }
    case 'ExportAllDeclaration':
      return { specifier: textOf(node.source), typeOnly: node.exportKind === 'type' }
    case 'ExportNamedDeclaration':
      return node.source
        ? { specifier: textOf(node.source), typeOnly: node.exportKind === 'type' }
        : undefined
    case 'ImportExpression':
      return { specifier: textOf(node.source), typeOnly: false }
    case 'CallExpression':
      return (node.callee as Node).type === 'Import'
        ? { specifier: textOf((node.arguments as Node[])[0]), typeOnly: false }
        : undefined
    case 'TSImportType':
      return { specifier: textOf(node.argument ?? node.source), typeOnly: true }
    default:
      return undefined
  }
}

/** The text of a literal; empty for what is only known when it runs. */
function textOf(literal: unknown): string {
  const { value, literal: inner } = literal as { value?: unknown; literal?: { value?: unknown } }
  const text = value ?? inner?.value
  return typeof text === 'string' ? text : ''
}

function targetOf(path: string, specifier: string): { target?: string } {
  if (!specifier.startsWith('.')) return {}
  return { target: posix.normalize(posix.join(posix.dirname(path), specifier)) }
}

function wordOf(node: Node, parent: Node | undefined, field: string): string | undefined {
  if (node.type === 'AwaitExpression') return 'await'
  if (node.type === 'ForOfStatement' && node.await === true) return 'await'
  if (node.type === 'MemberExpression') {
    const [object, property] = [node.object as Node, node.property as Node]
    return object.name === 'Math' && property.name === 'random' ? 'Math.random' : undefined
  }
  if (node.type !== 'Identifier') return undefined
  const isProperty = field === 'property' && parent?.computed !== true
  const isKey = field === 'key' && parent?.computed !== true && parent?.shorthand !== true
  return isProperty || isKey ? undefined : String(node.name)
}

const SKIPPED = new Set([
  'loc',
  'errors',
  'comments',
  'leadingComments',
  'trailingComments',
  'innerComments',
  'extra',
])

type Visit = (node: Node, parent: Node | undefined, field: string) => void

function walk(node: Node, visit: Visit, parent?: Node, field = ''): void {
  visit(node, parent, field)
  for (const [name, value] of Object.entries(node)) {
    if (SKIPPED.has(name)) continue
    for (const child of Array.isArray(value) ? value : [value]) {
      if (isNode(child)) walk(child, visit, node, name)
    }
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string'
}
