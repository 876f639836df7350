// Mutants
//
// Makes small changes to lines of a program that a test should notice: another operator, another value, a call left out.
// Leaves: running tests against them (gates/mutation.ts).
//
// U1. The same question gives the same mutants, spread evenly over the lines.

import type { Mutant, MutantQuestion } from '../machines/index.ts'
import { type Edit, mutantsBy, type PlacedEdit } from './mutant-edits.ts'
import { parse, pathOf, ts } from './tests-syntax.ts'

export function mutantsOf({ path, text, lines, most }: MutantQuestion): Mutant[] {
  const file = parse(path, text)
  const byLine = new Map<number, PlacedEdit[]>()
  const look = (node: ts.Node): void => {
    if (isNothingToRun(node)) return
    for (const edit of editsOf(node)) {
      const line = file.getLineAndCharacterOfPosition(edit.start).line + 1
      if (lines !== undefined && !lines.has(line)) continue
      const statement = statementAt(node, line)
      const end = statement === undefined ? {} : { ended: { at: statement, by: END } }
      byLine.set(line, [...(byLine.get(line) ?? []), { ...edit, ...end }])
    }
    ts.forEachChild(node, look)
  }
  look(file)
  return mutantsBy({ path, text, most }, byLine)
}

/** Nothing catches it, also in a thread. */
const END = "process.kill(process.pid, 'SIGABRT');"

/** Where the innermost statement of a block begins that a node is in, if that is on the same line. */
function statementAt(node: ts.Node, line: number): number | undefined {
  let at = node
  while (at.parent && !isBlock(at.parent)) at = at.parent
  if (at.parent === undefined || !ts.isStatement(at) || ts.isFunctionDeclaration(at)) return undefined
  const start = at.getStart()
  return at.getSourceFile().getLineAndCharacterOfPosition(start).line + 1 === line ? start : undefined
}

function isBlock(node: ts.Node): boolean {
  return ts.isBlock(node) || ts.isSourceFile(node) || ts.isCaseOrDefaultClause(node)
}

/** Types, imports and words for people: no test needs to notice those. */
function isNothingToRun(node: ts.Node): boolean {
  if (ts.isTypeNode(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return true
  if (ts.isExpressionStatement(node)) return isNothingToRun(node.expression)
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node) || ts.isJSDoc(node)) return true
  if (ts.isCallExpression(node) && /^(console|logger|log|debug)$/.test(pathOf(node.expression)[0] ?? ''))
    return true
  return ts.isNewExpression(node) && /Error$/.test(node.expression.getText())
}

const INSTEAD: Readonly<Record<string, string>> = {
  '===': '!==',
  '!==': '===',
  '==': '!=',
  '!=': '==',
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
  '+': '-',
  '-': '+',
  '*': '/',
  '/': '*',
  '%': '*',
  '&&': '||',
  '||': '&&',
  '??': '&&',
  '+=': '-=',
  '-=': '+=',
  '*=': '/=',
  '/=': '*=',
  '++': '--',
  '--': '++',
}

function editsOf(node: ts.Node): Edit[] {
  const whole = (by: string): Edit[] => [{ start: node.getStart(), end: node.getEnd(), by }]
  if (ts.isBinaryExpression(node)) return operator(node)
  if (ts.isIfStatement(node) || ts.isConditionalExpression(node)) {
    const condition = ts.isIfStatement(node) ? node.expression : node.condition
    return [{ start: condition.getStart(), end: condition.getEnd(), by: `!(${condition.getText()})` }]
  }
  if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken)
    return whole(node.operand.getText())
  if (ts.isPrefixUnaryExpression(node)) {
    const by = INSTEAD[node.getText().slice(0, 2)]
    return by === undefined ? [] : whole(`${by}${node.operand.getText()}`)
  }
  if (ts.isPostfixUnaryExpression(node)) {
    const sign = node.operator === ts.SyntaxKind.PlusPlusToken ? '--' : '++'
    return whole(`${node.operand.getText()}${sign}`)
  }
  if (node.kind === ts.SyntaxKind.TrueKeyword && !ts.isLiteralTypeNode(node.parent)) return whole('false')
  if (node.kind === ts.SyntaxKind.FalseKeyword && !ts.isLiteralTypeNode(node.parent)) return whole('true')
  if (ts.isNumericLiteral(node) && !isKey(node)) return whole(oneMore(node))
  if (ts.isStringLiteral(node) && isValue(node)) return whole(node.text === '' ? "'mutant'" : "''")
  if (ts.isReturnStatement(node) && node.expression && !isLiteral(node.expression))
    return [{ start: node.getStart(), end: node.expression.getEnd(), by: 'return undefined' }]
  if (ts.isArrayLiteralExpression(node) && node.elements.length > 0 && isValue(node)) return whole('[]')
  if (ts.isExpressionStatement(node) && ts.isCallExpression(node.expression)) return whole(';')
  return []
}

/** The point of `1.` stays: `2.toFixed()` is no expression. */
function oneMore(node: ts.NumericLiteral): string {
  const value = Number(node.text.replaceAll('_', '')) + 1
  return node.getText().endsWith('.') ? `${value}.` : `${value}`
}

function operator({ operatorToken: token, left, right }: ts.BinaryExpression): Edit[] {
  const by = INSTEAD[token.getText()]
  // Texts are put together with `+`, too; taking them from each other is noticed by anything.
  const texts = [left, right].some((side) => ts.isStringLiteralLike(side) || ts.isTemplateExpression(side))
  if (by === undefined || (texts && /^\+=?$/.test(token.getText()))) return []
  return [{ start: token.getStart(), end: token.getEnd(), by }]
}

function isLiteral(node: ts.Node): boolean {
  return ts.isLiteralExpression(node) || /^(true|false|null|undefined)$/.test(node.getText())
}

function isKey(node: ts.Node): boolean {
  return ts.isPropertyAssignment(node.parent) && node.parent.name === node
}

function isValue(node: ts.Node): boolean {
  const { parent } = node
  if (isKey(node) || ts.isLiteralTypeNode(parent) || ts.isExpressionStatement(parent)) return false
  return (
    !ts.isElementAccessExpression(parent) &&
    !ts.isExternalModuleReference(parent) &&
    !ts.isBindingElement(parent)
  )
}
