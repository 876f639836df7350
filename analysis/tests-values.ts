// Tests: values
//
// The values of names in a test: constants, rows of tables, arguments of helpers in the same file.
//
// E1. A constant is written as its source expression: a value that moves into a name is equal, one that changes there differs.

import { type FunctionNode, type NameRewrite, some, ts, unwrapped, visit, words } from './tests-syntax.ts'

/** A name's value: a node in the scope it was written in, or text. */
export interface Bound {
  readonly node?: ts.Node
  readonly scope?: ValueScope
  /** Appended: the field taken from it. */
  readonly suffix?: string
}

const MAX_DEPTH = 6

export class ValueScope {
  readonly #bound = new Map<string, Bound>()
  readonly #outer: ValueScope | undefined

  constructor(outer?: ValueScope) {
    this.#outer = outer
  }

  bind(name: string, bound: Bound): void {
    this.#bound.set(name, bound)
  }

  find(name: string): Bound | undefined {
    return this.#bound.get(name) ?? this.#outer?.find(name)
  }

  /** The expression behind a name, followed to where it was written. */
  resolve(node: ts.Node): { node: ts.Node; scope: ValueScope } {
    const inner = unwrapped(node)
    const bound = ts.isIdentifier(inner) ? this.find(inner.text) : undefined
    if (bound?.node === undefined || bound.suffix !== undefined) return { node: inner, scope: this }
    return (bound.scope ?? this).resolve(bound.node)
  }

  words(node: ts.Node, depth = 0): string {
    return words(node, this.naming, depth)
  }

  readonly naming: NameRewrite = (name, depth) => {
    const bound = this.find(name)
    if (bound?.node === undefined || depth > MAX_DEPTH) return undefined
    return (bound.scope ?? this).words(bound.node, depth + 1) + (bound.suffix ?? '')
  }

  /** Binds the constants of a block, but not those of functions inside it. */
  read(block: ts.Node): this {
    visitShallow(block, (node) => {
      if (!ts.isVariableDeclaration(node) || node.initializer === undefined) return
      if (isLoopVariable(node) || isOpaque(node.initializer)) return
      if (ts.isIdentifier(node.name) && isChanged(node.name.text, node, block)) return
      this.take(node.name, { node: node.initializer, scope: this })
    })
    return this
  }

  /** A value that a name gets elsewhere, unless it stands for a function or a mock. */
  give(name: string, node: ts.Expression): void {
    if (!isOpaque(node) && !mentions(node, name)) this.bind(name, { node, scope: this })
  }

  /** Binds the names of a pattern to the parts of a value. */
  take(name: ts.BindingName, bound: Bound): void {
    if (ts.isIdentifier(name)) {
      if (bound.node === undefined || !mentions(bound.node, name.text)) this.bind(name.text, bound)
      return
    }
    name.elements.forEach((element, at) => {
      if (ts.isOmittedExpression(element)) return
      const key = ts.isObjectBindingPattern(name)
        ? (element.propertyName ?? element.name).getText()
        : String(at)
      this.take(element.name, partOf(bound, key))
    })
  }

  takeArguments(target: FunctionNode, given: readonly Bound[]): void {
    target.parameters.forEach((parameter, at) => {
      const bound = given[at]
      if (bound !== undefined) this.take(parameter.name, bound)
    })
  }
}

/** The part of an array or object that is written there, or of anything else by name. */
export function partOf(bound: Bound, key: string): Bound {
  const { node } = bound
  const whole =
    node && bound.suffix === undefined ? (bound.scope ?? new ValueScope()).resolve(node) : undefined
  if (whole && ts.isArrayLiteralExpression(whole.node)) {
    const element = whole.node.elements[Number(key)]
    if (element !== undefined) return { node: element, scope: whole.scope }
  }
  if (whole && ts.isObjectLiteralExpression(whole.node)) {
    const property = whole.node.properties.find((one) => one.name?.getText().replace(/['"]/g, '') === key)
    if (property && ts.isPropertyAssignment(property))
      return { node: property.initializer, scope: whole.scope }
  }
  return { ...bound, suffix: `${bound.suffix ?? ''} . ${key}` }
}

export function visitShallow(node: ts.Node, see: (node: ts.Node) => void): void {
  see(node)
  ts.forEachChild(node, (child) => {
    if (!ts.isFunctionLike(child)) visitShallow(child, see)
  })
}

/** Functions, mocks and promises in the making stay names. */
function isOpaque(initializer: ts.Expression): boolean {
  const inner = unwrapped(initializer)
  if (ts.isFunctionLike(inner) || ts.isClassExpression(inner)) return true
  return some(
    inner,
    (node) =>
      ts.isCallExpression(node) &&
      /^(vi|jest|mock|t\.mock|sinon)\.(fn|method|spyOn|stub|spy|mocked)$/.test(node.expression.getText()),
  )
}

function isLoopVariable(node: ts.VariableDeclaration): boolean {
  const list = node.parent.parent
  return ts.isForStatement(list) || ts.isForOfStatement(list) || ts.isForInStatement(list)
}

function isChanged(name: string, declaration: ts.VariableDeclaration, block: ts.Node): boolean {
  if (ts.isVariableDeclarationList(declaration.parent) && declaration.parent.flags & ts.NodeFlags.Const)
    return false
  let changed = false
  visit(block, (node) => {
    if (
      ts.isBinaryExpression(node) &&
      ts.isIdentifier(node.left) &&
      node.left.text === name &&
      node.operatorToken.kind >= ts.SyntaxKind.FirstAssignment &&
      node.operatorToken.kind <= ts.SyntaxKind.LastAssignment
    )
      changed = true
    if (
      (ts.isPostfixUnaryExpression(node) || ts.isPrefixUnaryExpression(node)) &&
      node.operand.getText() === name
    )
      changed = true
  })
  return changed
}

function mentions(node: ts.Node, name: string): boolean {
  return some(
    node,
    (one) => ts.isIdentifier(one) && one.text === name && !ts.isPropertyAccessExpression(one.parent),
  )
}
