// Tests: sources
//
// Finds code outside of tests that plays to them: it asks whether a test runs, or returns the expected value for the input of
// a test without computing it.
//
// H1. A lookup table is no cheat: a value counts against a function only when the function computes its other values, or did
//     before the change.

import type { TestFile } from './tests-cases.ts'
import type { Smell } from './tests-smells.ts'
import { type FunctionNode, isFunction, lineOf, parse, ts, unwrapped, visit, words } from './tests-syntax.ts'

const UNDER_TEST =
  /^(VITEST\w*|JEST_WORKER_ID|NODE_TEST_CONTEXT|__vitest_\w+__|__JEST__|MOCHA\w*|CYPRESS|PLAYWRIGHT_TEST)$/
const RUNNERS = /^(vi|jest|describe|it|test|expect|vitest|__vitest_worker__|beforeEach|afterEach)$/

/** Where a source asks whether a test is what runs it. */
export function asksForTests(path: string, text: string): Smell[] {
  const smells: Smell[] = []
  const add = (node: ts.Node, what: string) =>
    smells.push({
      kind: 'knows_it_is_tested',
      line: lineOf(node),
      message: what,
      key: `${what} ${words(node)}`,
    })
  visit(parse(path, text), (node) => {
    const name = nameRead(node)
    if (name !== undefined && UNDER_TEST.test(name)) add(node, `it asks for ${name}`)
    if (ts.isTypeOfExpression(node) && RUNNERS.test(node.expression.getText()))
      add(node, `it asks for ${node.expression.getText()}`)
    if (ts.isPropertyAccessExpression(node) && node.getText() === 'import.meta.vitest')
      add(node, 'it asks for vitest')
    if (isComparison(node) && /\b(NODE_ENV|APP_ENV|ENV|MODE)\b/.test(node.getText()) && isTestWord(node))
      add(node, 'it asks whether the environment is test')
    if (ts.isCallExpression(node) && looksAtCallers(node)) add(node, 'it looks for a test among its callers')
  })
  return smells
}

function nameRead(node: ts.Node): string | undefined {
  if (ts.isPropertyAccessExpression(node)) return node.name.text
  if (ts.isElementAccessExpression(node) && ts.isStringLiteralLike(node.argumentExpression))
    return node.argumentExpression.text
  if (ts.isBindingElement(node)) return (node.propertyName ?? node.name).getText()
  if (
    ts.isBinaryExpression(node) &&
    node.operatorToken.kind === ts.SyntaxKind.InKeyword &&
    ts.isStringLiteralLike(node.left)
  )
    return node.left.text
  return undefined
}

function isComparison(node: ts.Node): node is ts.BinaryExpression {
  return ts.isBinaryExpression(node) && /^[!=]==?$/.test(node.operatorToken.getText())
}

function isTestWord({ left, right }: ts.BinaryExpression): boolean {
  return [left, right].some((side) => ts.isStringLiteralLike(side) && /^tests?(ing)?$/i.test(side.text))
}

/** `new Error().stack.includes('.test.')`, `process.argv.some((word) => word.includes('vitest'))` */
function looksAtCallers(node: ts.CallExpression): boolean {
  const text = node.getText()
  if (!/\.(includes|match|test|some|indexOf|search)\(/.test(text) || text.length > 300) return false
  return (
    /\.stack\b|process\.(argv|execArgv|title)|require\.main/.test(text) &&
    /vitest|jest|mocha|\btest\b|spec/.test(text)
  )
}

interface KnownAnswer {
  readonly name: string
  readonly given: string
  readonly returned: string
  readonly node: ts.Node
}

/** Values that a changed function returns for a test's input, and did not before. */
export function hardCoded(
  path: string,
  before: string | undefined,
  after: string,
  tests: readonly TestFile[],
): Smell[] {
  const was = functionsOf(parse(path, before ?? ''))
  const assertions = tests.flatMap((file) => file.tests.flatMap((test) => test.assertions))
  const smells: Smell[] = []
  for (const [name, node] of functionsOf(parse(path, after))) {
    const earlier = was.get(name)
    const known = new Set(earlier === undefined ? [] : answersOf(name, earlier).map(keyOf))
    const added = answersOf(name, node).filter((answer) => !known.has(keyOf(answer)))
    const worksOut = computes(node) || (earlier !== undefined && computes(earlier))
    const hits = added.filter((answer) =>
      assertions.some((one) => isAnswer(answer, one.subject, one.expected[0])),
    )
    if (!worksOut || !(hits.length > 1 || hits.some(isTelling))) continue
    for (const { node: at, given, returned } of hits)
      smells.push({
        kind: 'hard_coded_answer',
        line: lineOf(at),
        message: `${name} returns ${returned} for the ${given || 'input'} of a test without working it out`,
        key: `${name} ${given} ${returned}`,
      })
  }
  return smells
}

const keyOf = ({ given, returned }: KnownAnswer) => `${given} ${returned}`

function functionsOf(file: ts.SourceFile): Map<string, FunctionNode | ts.MethodDeclaration> {
  const found = new Map<string, FunctionNode | ts.MethodDeclaration>()
  visit(file, (node) => {
    if (ts.isFunctionDeclaration(node) && isFunction(node) && node.name) found.set(node.name.text, node)
    if (ts.isMethodDeclaration(node) && node.body) found.set(node.name.getText(), node)
    if (ts.isVariableDeclaration(node) && ts.isIdentifier(node.name) && node.initializer) {
      const value = unwrapped(node.initializer)
      if (isFunction(value)) found.set(node.name.text, value)
    }
  })
  return found
}

function answersOf(name: string, node: FunctionNode | ts.MethodDeclaration): KnownAnswer[] {
  const found: KnownAnswer[] = []
  const add = (at: ts.Node, given: string, returned: ts.Node | undefined) => {
    if (returned !== undefined && isLiteral(returned))
      found.push({ name, given, returned: bare(words(returned)), node: at })
  }
  const body = node.body as ts.ConciseBody
  visit(body, (one) => {
    if (ts.isIfStatement(one))
      for (const given of literalsIn(one.expression)) add(one, given, returnedBy(one.thenStatement))
    if (ts.isConditionalExpression(one))
      for (const given of literalsIn(one.condition)) add(one, given, unwrapped(one.whenTrue))
    if (ts.isCaseClause(one) && isLiteral(one.expression))
      add(
        one,
        bare(words(one.expression)),
        one.statements.map(returnedBy).find((value) => value !== undefined),
      )
    if (ts.isPropertyAssignment(one) && isLookUp(one)) add(one, bare(one.name.getText()), one.initializer)
  })
  const only = ts.isBlock(body)
    ? body.statements.length === 1
      ? returnedBy(body.statements[0] as ts.Statement)
      : undefined
    : unwrapped(body)
  if (only !== undefined) add(node, '', only)
  return found
}

function returnedBy(statement: ts.Statement): ts.Node | undefined {
  if (ts.isReturnStatement(statement)) return statement.expression && unwrapped(statement.expression)
  if (!ts.isBlock(statement) || statement.statements.length !== 1) return undefined
  const [only] = statement.statements
  return only && returnedBy(only)
}

/** What a condition asks its values to be. */
function literalsIn(condition: ts.Expression): string[] {
  const found: string[] = []
  visit(condition, (node) => {
    if (!ts.isBinaryExpression(node) || !/^===?$/.test(node.operatorToken.getText())) return
    for (const side of [node.left, node.right]) if (isLiteral(unwrapped(side))) found.push(bare(words(side)))
  })
  return found
}

/** An entry of an object that is looked into by a key: `{ a: 1 }[key]` in place or by its name. */
function isLookUp(node: ts.PropertyAssignment): boolean {
  const object = node.parent
  let at: ts.Node = object.parent
  while (ts.isAsExpression(at) || ts.isParenthesizedExpression(at)) at = at.parent
  if (ts.isElementAccessExpression(at)) return true
  if (!ts.isVariableDeclaration(at)) return false
  return new RegExp(`\\b${at.name.getText()}\\[|\\bin ${at.name.getText()}\\b`).test(
    object.getSourceFile().text,
  )
}

function isLiteral(node: ts.Node): boolean {
  const inner = unwrapped(node)
  if (ts.isPrefixUnaryExpression(inner)) return isLiteral(inner.operand)
  if (ts.isArrayLiteralExpression(inner)) return inner.elements.every(isLiteral)
  if (ts.isObjectLiteralExpression(inner))
    return inner.properties.every((one) => ts.isPropertyAssignment(one) && isLiteral(one.initializer))
  const words = [ts.SyntaxKind.TrueKeyword, ts.SyntaxKind.FalseKeyword, ts.SyntaxKind.NullKeyword]
  return ts.isStringLiteralLike(inner) || ts.isNumericLiteral(inner) || words.includes(inner.kind)
}

/** Whether a function returns a value computed from its parameters. */
function computes(node: FunctionNode | ts.MethodDeclaration): boolean {
  const body = node.body as ts.ConciseBody
  if (!ts.isBlock(body)) return isWorkedOut(body)
  let found = false
  visit(body, (one) => {
    if (ts.isReturnStatement(one) && one.expression && isWorkedOut(one.expression)) found = true
  })
  return found
}

function isWorkedOut(node: ts.Expression): boolean {
  const inner = unwrapped(node)
  if (ts.isConditionalExpression(inner)) return isWorkedOut(inner.whenTrue) || isWorkedOut(inner.whenFalse)
  return !isLiteral(inner) && !ts.isElementAccessExpression(inner)
}

function isAnswer(answer: KnownAnswer, subject: string, expected: string | undefined): boolean {
  if (expected === undefined || bare(expected) !== answer.returned) return false
  if (!new RegExp(`(^|\\. |\\b)${escaped(answer.name)} \\(`).test(subject)) return false
  const inside = subject.slice(subject.indexOf('(') + 1)
  return (
    answer.given === '' ||
    literalWords(inside).includes(answer.given) ||
    bare(inside).startsWith(`${answer.given})`)
  )
}

const literalWords = (text: string) =>
  (text.match(/"(?:[^"\\]|\\.)*"|-? ?\d[\d_.]*|\b(?:true|false|null)\b/g) ?? []).map(bare)
const bare = (text: string) => text.replaceAll(/[\s"'`]/g, '')
const escaped = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** A number nobody writes by chance, for an input nobody writes by chance. */
function isTelling({ given, returned }: KnownAnswer): boolean {
  const trivial = (text: string) => /^(-?[012]|10|100|true|false|null|\[\]|\{\})?$/.test(text)
  return !trivial(returned) && /\d/.test(returned) && (given === '' || !trivial(given))
}
