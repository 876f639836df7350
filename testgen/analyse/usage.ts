// Usage
//
// Owns:   guessing the type of an untyped parameter by its uses in the function.
// Leaves: parameters that have a type (describe.ts).

import ts from 'typescript-analysis'
import { anything, type Descriptor, type Field, type Parameter, type Signature } from '../descriptors.ts'
import type { Describer } from './describe.ts'

const textMethods = new Set(
  Object.getOwnPropertyNames(String.prototype).filter((name) => !(name in Array.prototype)),
)
const listMethods = new Set(
  Object.getOwnPropertyNames(Array.prototype).filter((name) => !(name in String.prototype)),
)
const numberMethods = new Set(['toFixed', 'toPrecision', 'toExponential'])
const dateMethods = new Set(
  Object.getOwnPropertyNames(Date.prototype).filter((name) => /^[gs]et|^toISO/.test(name)),
)

const text: Descriptor = { kind: 'primitive', of: 'string' }
const number: Descriptor = { kind: 'primitive', of: 'number' }
const list: Descriptor = { kind: 'array', of: anything }
const callback: Descriptor = { kind: 'function', signature: { parameters: [], returns: anything } }

function builtin(name: string): Descriptor {
  if (name === 'Map') return { kind: 'map', keys: anything, values: anything }
  if (name === 'Set') return { kind: 'set', of: anything }
  if (name === 'Promise') return { kind: 'promise', of: anything }
  return name === 'Array' ? list : { kind: 'builtin', name }
}

const MAX_CALLS = 3

/** Fills in `any` parameters of a function written without types. */
export function refineByUsage(
  signature: Signature,
  declaration: ts.SignatureDeclaration,
  checker: ts.TypeChecker,
  describer: Describer,
): Signature {
  if (!signature.parameters.some(({ type }) => type.kind === 'any')) return signature
  const parameters = signature.parameters.map((parameter, index): Parameter => {
    const declared = declaration.parameters[index]
    if (parameter.type.kind !== 'any' || declared === undefined || !ts.isIdentifier(declared.name))
      return parameter
    return {
      ...parameter,
      optional: parameter.optional,
      type: guess(declared.name.text, declaration, { checker, describer }, 0),
    }
  })
  return { ...signature, parameters }
}

interface UsageContext {
  readonly checker: ts.TypeChecker
  readonly describer: Describer
}

/** `depth`: over how many calls the value was followed. */
function guess(name: string, declaration: ts.Node, around: UsageContext, depth: number): Descriptor {
  const found = new Map<string, Descriptor>()
  const fields = new Map<string, Field>()
  const add = (descriptor: Descriptor): void => {
    found.set(JSON.stringify(descriptor), descriptor)
  }

  function visit(node: ts.Node): void {
    if (ts.isIdentifier(node) && node.text === name && node.parent !== undefined) noteUse(node)
    ts.forEachChild(node, visit)
  }

  function noteUse(node: ts.Identifier): void {
    const { parent } = node
    if (ts.isPropertyAccessExpression(parent) && parent.expression === node) noteProperty(parent)
    else if (ts.isCallExpression(parent) && parent.expression === node) add(callback)
    else if (ts.isForOfStatement(parent) && parent.expression === node) add(list)
    else if (ts.isTypeOfExpression(parent)) noteTypeof(parent.parent)
    else if (ts.isBinaryExpression(parent) && parent.operatorToken.kind === ts.SyntaxKind.InstanceOfKeyword)
      noteClass(parent, node)
    else if (ts.isBinaryExpression(parent)) noteOperator(parent, node)
    else if (ts.isPrefixUnaryExpression(parent) && parent.operator !== ts.SyntaxKind.ExclamationToken)
      add(number)
    else if (ts.isTemplateSpan(parent)) add(text)
    else if (ts.isNewExpression(parent) || ts.isCallExpression(parent)) notePassing(parent, node)
  }

  /** The function it is passed on to may tell more. */
  function notePassing(call: ts.NewExpression | ts.CallExpression, node: ts.Identifier): void {
    const index = call.arguments?.indexOf(node) ?? -1
    const callee =
      index < 0 || depth >= MAX_CALLS ? undefined : around.checker.getResolvedSignature(call)?.declaration
    const parameter = callee?.parameters[index]
    if (callee === undefined || parameter === undefined || ts.isJSDocSignature(callee)) return
    if (!ts.isParameter(parameter) || !ts.isIdentifier(parameter.name) || parameter.type !== undefined) return
    const passed = guess(parameter.name.text, callee, around, depth + 1)
    for (const one of passed.kind === 'union' ? passed.of : []) if (one.kind !== 'any') add(one)
  }

  function noteProperty(access: ts.PropertyAccessExpression): void {
    const property = access.name.text
    const isCall = ts.isCallExpression(access.parent) && access.parent.expression === access
    if (isCall && textMethods.has(property)) add(text)
    else if (isCall && listMethods.has(property)) add(list)
    else if (isCall && numberMethods.has(property)) add(number)
    else if (isCall && dateMethods.has(property)) add({ kind: 'builtin', name: 'Date' })
    else if (property === 'length' || (isCall && property in String.prototype))
      for (const one of [text, list]) add(one)
    else fields.set(property, { name: property, type: isCall ? callback : anything, optional: true })
  }

  function noteTypeof(comparison: ts.Node): void {
    if (!ts.isBinaryExpression(comparison)) return
    for (const side of [comparison.left, comparison.right]) {
      if (!ts.isStringLiteral(side)) continue
      const known: Record<string, Descriptor> = {
        string: text,
        number,
        function: callback,
        boolean: { kind: 'primitive', of: 'boolean' },
      }
      add(known[side.text] ?? { kind: 'object', fields: [] })
    }
  }

  function noteClass(test: ts.BinaryExpression, node: ts.Identifier): void {
    if (test.left !== node || !ts.isIdentifier(test.right)) return
    const { text: class_ } = test.right
    if (Object.hasOwn(globalThis, class_)) return add(builtin(class_))
    const [construct] = around.checker.getTypeAtLocation(test.right).getConstructSignatures()
    if (construct !== undefined) add(around.describer.type(construct.getReturnType()))
  }

  function noteOperator(expression: ts.BinaryExpression, node: ts.Identifier): void {
    const other = expression.left === node ? expression.right : expression.left
    if (ts.isStringLiteral(other)) add({ kind: 'literal', value: other.text })
    else if (ts.isNumericLiteral(other)) add(number)
    else if (/^[-*/%<>]/.test(expression.operatorToken.getText())) add(number)
  }

  visit(declaration)
  if (fields.size > 0) add({ kind: 'object', fields: [...fields.values()].slice(0, 16) })
  if (found.size === 0) return anything
  // Values the code does not test for must be tried, too.
  const of = [...found.values(), anything]
  return { kind: 'union', of }
}
