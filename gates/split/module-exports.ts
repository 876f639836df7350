// Module exports
//
// The names that a module exports, and whether it is an ES module: read from its text, without running it.
//
// A type is no export, unless it looks the same as a value.

import { parse } from '@babel/parser'

export interface ModuleExports {
  readonly isModule: boolean
  readonly names: readonly string[]
  /** Modules in `export * from`, as written. */
  readonly all: readonly string[]
}

/** The part of a syntax tree that is read. */
interface Node {
  readonly type: string
  readonly [field: string]: unknown
}

/** Undefined: the text cannot be parsed. */
export function moduleExports(path: string, text: string): ModuleExports | undefined {
  const body = bodyOf(path, text)
  if (body === undefined) return undefined
  const isModule = /\.m[jt]s$/.test(path) || body.some(({ type }) => /^(Import|Export)/.test(type))
  const names = body.flatMap(namesIn)
  const all = body.flatMap((node) =>
    node.type === 'ExportAllDeclaration' && node.exportKind !== 'type' ? [(node.source as Node).value] : [],
  )
  return { isModule, names: [...new Set(names)], all: all as string[] }
}

function bodyOf(path: string, text: string): readonly Node[] | undefined {
  const plugins = /\.[cm]?ts$/.test(path)
    ? (['typescript', 'decorators'] as const)
    : (['decorators'] as const)
  try {
    const file = parse(text, {
      sourceType: 'unambiguous',
      allowReturnOutsideFunction: true,
      plugins: [...plugins],
    })
    return file.program.body as unknown as Node[]
  } catch {
    return undefined
  }
}

function namesIn(node: Node): string[] {
  if (node.exportKind === 'type') return []
  if (node.type === 'ExportDefaultDeclaration') return ['default']
  if (node.type !== 'ExportNamedDeclaration') return []
  const specifiers = (node.specifiers ?? []) as readonly Node[]
  const declared = node.declaration ? declaredBy(node.declaration as Node) : []
  return [...declared, ...specifiers.flatMap(specifierName)]
}

function specifierName({ exportKind, exported }: Node): string[] {
  if (exportKind === 'type') return []
  const { name, value } = exported as Node
  return [String(name ?? value)]
}

function declaredBy(node: Node): string[] {
  if (node.declare === true) return []
  if (node.type === 'VariableDeclaration')
    return (node.declarations as Node[]).flatMap(({ id }) => boundBy(id as Node))
  if (/^TS(Interface|TypeAlias)/.test(node.type)) return []
  return boundBy(node.id as Node)
}

/** Also by a pattern. */
function boundBy(node: Node | null): string[] {
  switch (node?.type) {
    case 'Identifier':
      return [String(node.name)]
    case 'ObjectPattern':
      return (node.properties as Node[]).flatMap((one) => boundBy((one.value ?? one.argument) as Node))
    case 'ArrayPattern':
      return (node.elements as (Node | null)[]).flatMap(boundBy)
    case 'AssignmentPattern':
      return boundBy(node.left as Node)
    case 'RestElement':
      return boundBy(node.argument as Node)
    default:
      return []
  }
}
