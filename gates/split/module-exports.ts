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
interface SyntaxNode {
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
    node.type === 'ExportAllDeclaration' && node.exportKind !== 'type'
      ? [(node.source as SyntaxNode).value]
      : [],
  )
  return { isModule, names: [...new Set(names)], all: all as string[] }
}

function bodyOf(path: string, text: string): readonly SyntaxNode[] | undefined {
  const plugins = /\.[cm]?ts$/.test(path)
    ? (['typescript', 'decorators'] as const)
    : (['decorators'] as const)
  try {
    const file = parse(text, {
      sourceType: 'unambiguous',
      allowReturnOutsideFunction: true,
      plugins: [...plugins],
    })
    return file.program.body as unknown as SyntaxNode[]
  } catch {
    return undefined
  }
}

function namesIn(node: SyntaxNode): string[] {
  if (node.exportKind === 'type') return []
  if (node.type === 'ExportDefaultDeclaration') return ['default']
  if (node.type !== 'ExportNamedDeclaration') return []
  const specifiers = (node.specifiers ?? []) as readonly SyntaxNode[]
  const declared = node.declaration ? declaredBy(node.declaration as SyntaxNode) : []
  return [...declared, ...specifiers.flatMap(specifierName)]
}

function specifierName({ exportKind, exported }: SyntaxNode): string[] {
  if (exportKind === 'type') return []
  const { name, value } = exported as SyntaxNode
  return [String(name ?? value)]
}

function declaredBy(node: SyntaxNode): string[] {
  if (node.declare === true) return []
  if (node.type === 'VariableDeclaration')
    return (node.declarations as SyntaxNode[]).flatMap(({ id }) => boundBy(id as SyntaxNode))
  if (/^TS(Interface|TypeAlias)/.test(node.type)) return []
  return boundBy(node.id as SyntaxNode)
}

/** Also by a pattern. */
function boundBy(node: SyntaxNode | null): string[] {
  switch (node?.type) {
    case 'Identifier':
      return [String(node.name)]
    case 'ObjectPattern':
      return (node.properties as SyntaxNode[]).flatMap((one) =>
        boundBy((one.value ?? one.argument) as SyntaxNode),
      )
    case 'ArrayPattern':
      return (node.elements as (SyntaxNode | null)[]).flatMap(boundBy)
    case 'AssignmentPattern':
      return boundBy(node.left as SyntaxNode)
    case 'RestElement':
      return boundBy(node.argument as SyntaxNode)
    default:
      return []
  }
}
