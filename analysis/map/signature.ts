// Signature
//
// Writes a declaration in one line: name, parameters and result, without its body and decorators.

import type TypeScript from 'typescript-analysis'
import { compiler } from '../compiler.ts'

const MAX_LENGTH = 140
const MAX_MEMBERS = 12

export function signatureOf(node: TypeScript.Node, file: TypeScript.SourceFile): string {
  const text = lineOf(node, file).replace(/\s+/g, ' ').trim()
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH - 1)}…` : text
}

function lineOf(node: TypeScript.Node, file: TypeScript.SourceFile): string {
  const ts = compiler()
  const decorators = ts.canHaveDecorators(node) ? (ts.getDecorators(node) ?? []) : []
  const start = decorators.at(-1)?.end ?? node.getStart(file)
  const upTo = (end: number) =>
    file.text
      .slice(start, end)
      .trimStart()
      .replace(/^export (default )?/, '')
  if (ts.isFunctionDeclaration(node)) return upTo(node.body?.pos ?? node.end)
  if (ts.isClassDeclaration(node) || ts.isInterfaceDeclaration(node))
    return `${upTo(node.members.pos)} ${membersOf(node)} }`
  if (ts.isEnumDeclaration(node)) return `enum ${node.name.text} { ${namesOf(node.members)} }`
  if (ts.isVariableDeclaration(node)) return `const ${variable(node, file)}`
  return upTo(node.end).replace(/;$/, '')
}

function variable(node: TypeScript.VariableDeclaration, file: TypeScript.SourceFile): string {
  const ts = compiler()
  const { initializer, type } = node
  const name = node.name.getText(file)
  if (type !== undefined) return `${name}: ${type.getText(file)}`
  if (initializer === undefined) return name
  if (!ts.isArrowFunction(initializer) && !ts.isFunctionExpression(initializer)) return name
  return `${name} = ${file.text.slice(initializer.getStart(file), initializer.body.pos).replace(/=>\s*$/, '')}`
}

function membersOf(node: TypeScript.ClassDeclaration | TypeScript.InterfaceDeclaration): string {
  const ts = compiler()
  const open = [...node.members].filter((member) => {
    const flags = ts.canHaveModifiers(member) ? (ts.getModifiers(member) ?? []) : []
    return !flags.some(({ kind }) => kind === ts.SyntaxKind.PrivateKeyword)
  })
  return namesOf(open)
}

function namesOf(
  members: readonly (TypeScript.ClassElement | TypeScript.TypeElement | TypeScript.EnumMember)[],
): string {
  const ts = compiler()
  const names = members.flatMap(({ name }) =>
    name !== undefined && ts.isIdentifier(name) ? [name.text] : [],
  )
  const left = names.length - MAX_MEMBERS
  return [...new Set(names)].slice(0, MAX_MEMBERS).join(', ') + (left > 0 ? `, … ${left} more` : '')
}
