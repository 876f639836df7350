// Instrument
//
// Owns:   a module's source with probes in it, as a transformer of the TypeScript compiler: a counter on every edge,
//         the operands of comparisons, and a tick in every loop and function so that endless ones end.
// Leaves: the actions of the probes (probes.ts), compiling (transpile.ts).
//
// R1. A probed module behaves like the module: probes return their argument.
// R2. Branches and their arms are told apart as istanbul does: if, cond-expr, binary-expr, switch, default-arg.

import ts from 'typescript-analysis'
import type { probeNames } from './probe-names.ts'

export interface BranchEdge {
  /** Of the branch, as istanbul counts: line from 1, column from 0. */
  readonly line: number
  readonly column: number
  readonly arm: number
  /** `step` is no branch: a function, a loop body or a catch block was entered. */
  /** The edge that enters the function it is in; -1 at the module's own level. */
  readonly owner: number
  readonly kind: 'if' | 'cond-expr' | 'binary-expr' | 'switch' | 'default-arg' | 'step'
}

const traced = new Set([
  'startsWith', 'endsWith', 'includes', 'indexOf', 'lastIndexOf', 'has', 'get', 'test', 'exec', 'match', 'matchAll', 'search',
  'replace', 'replaceAll', 'split', 'hasOwnProperty', 'hasOwn', 'isArray',
]) // biome-ignore format: a plain list

const compared = new Map<ts.SyntaxKind, string>([
  [ts.SyntaxKind.EqualsEqualsEqualsToken, '==='],
  [ts.SyntaxKind.ExclamationEqualsEqualsToken, '!=='],
  [ts.SyntaxKind.EqualsEqualsToken, '=='],
  [ts.SyntaxKind.ExclamationEqualsToken, '!='],
  [ts.SyntaxKind.InKeyword, 'in'],
  [ts.SyntaxKind.InstanceOfKeyword, 'instanceof'],
  [ts.SyntaxKind.LessThanToken, '<'],
  [ts.SyntaxKind.LessThanEqualsToken, '<='],
  [ts.SyntaxKind.GreaterThanToken, '>'],
  [ts.SyntaxKind.GreaterThanEqualsToken, '>='],
])

/** Adds its edges to `edges`, in the order of their numbers. */
export function createProbes(edges: BranchEdge[]): ts.TransformerFactory<ts.SourceFile> {
  return (transformation) => (source) => {
    const { factory } = transformation
    const probes = new ProbeWriter(factory, source, edges)

    function visit(node: ts.Node): ts.Node {
      if (isTypeOnly(node) || isDeclarationOnly(node)) return node
      const branch = probes.branchOf(node)
      const visited = probes.inside(node, branch, () => ts.visitEachChild(node, visit, transformation))
      return probes.write(node, visited, branch)
    }
    return ts.visitEachChild(source, visit, transformation)
  }
}

/** Writes only the probe that the module needs to run: a script has no `import.meta`. */
export const replaceMeta: ts.TransformerFactory<ts.SourceFile> = (transformation) => (source) => {
  const visit = (node: ts.Node): ts.Node =>
    isMeta(node)
      ? transformation.factory.createIdentifier('$$meta')
      : ts.visitEachChild(node, visit, transformation)
  return ts.visitEachChild(source, visit, transformation)
}

function isMeta(node: ts.Node): boolean {
  return ts.isMetaProperty(node) && node.keywordToken === ts.SyntaxKind.ImportKeyword
}

/** `extends mixin(Base)` counts as a type for the compiler, and is evaluated. */
function isTypeOnly(node: ts.Node): boolean {
  return ts.isTypeNode(node) && !ts.isExpressionWithTypeArguments(node)
}

function isDeclarationOnly(node: ts.Node): boolean {
  if (ts.isEnumDeclaration(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node))
    return true
  return (
    ts.canHaveModifiers(node) &&
    (ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.DeclareKeyword) ?? false)
  )
}

/** The numbers of a node's edges, given out before its children get theirs so that they follow the source. */
type EdgeNumbers = readonly number[]

class ProbeWriter {
  readonly #factory: ts.NodeFactory
  readonly #source: ts.SourceFile
  readonly #edges: BranchEdge[]
  #owner = -1

  constructor(factory: ts.NodeFactory, source: ts.SourceFile, edges: BranchEdge[]) {
    this.#factory = factory
    this.#source = source
    this.#edges = edges
  }

  /** Nodes visited meanwhile belong to the function, if the node is one. */
  inside<T>(node: ts.Node, numbers: EdgeNumbers, visitChildren: () => T): T {
    const before = this.#owner
    if (hasBody(node)) this.#owner = numbers[0] ?? -1
    const visited = visitChildren()
    this.#owner = before
    return visited
  }

  branchOf(node: ts.Node): EdgeNumbers {
    if (ts.isIfStatement(node)) return this.#number(node, 'if', 2)
    if (ts.isConditionalExpression(node)) return this.#number(node, 'cond-expr', 2)
    if (isLogical(node) && !isLogical(parentOf(node)))
      return this.#number(node, 'binary-expr', operands(node).length)
    if (ts.isSwitchStatement(node)) return this.#number(node, 'switch', node.caseBlock.clauses.length)
    if ((ts.isParameter(node) || ts.isBindingElement(node)) && node.initializer)
      return this.#number(node.name, 'default-arg', 1)
    if (isAssignedDefault(node)) return this.#number(node, 'default-arg', 1)
    if (isLoop(node) || ts.isCatchClause(node) || hasBody(node) || isLogicalAssignment(node))
      return this.#number(node, 'step', 1)
    return []
  }

  #number(node: ts.Node, kind: BranchEdge['kind'], arms: number): EdgeNumbers {
    const { line, character } = this.#source.getLineAndCharacterOfPosition(node.getStart(this.#source))
    return Array.from(
      { length: arms },
      (_, arm) => this.#edges.push({ line: line + 1, column: character, arm, kind, owner: this.#owner }) - 1,
    )
  }

  write(original: ts.Node, node: ts.Node, numbers: EdgeNumbers): ts.Node {
    const [first = 0, second = 0] = numbers
    const f = this.#factory
    if (ts.isIfStatement(node))
      return f.updateIfStatement(
        node,
        node.expression,
        this.#entered(node.thenStatement, first),
        this.#entered(node.elseStatement, second),
      )
    if (ts.isConditionalExpression(node))
      return f.updateConditionalExpression(
        node,
        node.condition,
        node.questionToken,
        this.#counted(node.whenTrue, first),
        node.colonToken,
        this.#counted(node.whenFalse, second),
      )
    if (isLogical(original) && ts.isBinaryExpression(node))
      return numbers.length > 0 ? this.#logical(node, [...numbers]) : node
    if (isLogicalAssignment(original) && ts.isBinaryExpression(node))
      return f.updateBinaryExpression(node, node.left, node.operatorToken, this.#counted(node.right, first))
    if (isAssignedDefault(original)) return this.#assignedDefault(node, first)
    if (ts.isSwitchStatement(node)) return this.#switch(node, numbers)
    if (ts.isParameter(node) && node.initializer)
      return f.updateParameterDeclaration(
        node,
        node.modifiers,
        node.dotDotDotToken,
        node.name,
        node.questionToken,
        node.type,
        this.#counted(node.initializer, first),
      )
    if (ts.isBindingElement(node) && node.initializer)
      return f.updateBindingElement(
        node,
        node.dotDotDotToken,
        node.propertyName,
        node.name,
        this.#counted(node.initializer, first),
      )
    if (ts.isCatchClause(node))
      return f.updateCatchClause(
        node,
        node.variableDeclaration,
        this.#block(node.block, [this.#count(first)]),
      )
    if (isLoop(node)) return this.#loop(node, first)
    if (hasBody(node)) return this.#function(node, first)
    return this.#expression(original, node)
  }

  #expression(original: ts.Node, node: ts.Node): ts.Node {
    if (ts.isBinaryExpression(node)) return this.#comparison(node)
    if (ts.isCallExpression(node)) return this.#invocation(node)
    if (ts.isElementAccessExpression(node) && isPlainRead(original)) return this.#lookup(node)
    if (ts.isThrowStatement(node) && !ts.isIdentifier(node.expression)) return this.#raised(node)
    if (isMeta(node)) return this.#probe('$$meta')
    return node
  }

  #probe(name: (typeof probeNames)[number]): ts.Identifier {
    return this.#factory.createIdentifier(name)
  }

  #increment(number: number): ts.Expression {
    const f = this.#factory
    return f.createPostfixIncrement(f.createElementAccessExpression(this.#probe('$$count'), number))
  }

  #count(number: number): ts.Statement {
    return this.#factory.createExpressionStatement(this.#increment(number))
  }

  #tick(): ts.Statement {
    const f = this.#factory
    return f.createExpressionStatement(f.createCallExpression(this.#probe('$$tick'), undefined, []))
  }

  #counted(expression: ts.Expression, number: number): ts.Expression {
    return this.#factory.createParenthesizedExpression(
      this.#factory.createComma(this.#increment(number), expression),
    )
  }

  #block(body: ts.Statement | undefined, before: readonly ts.Statement[]): ts.Block {
    const f = this.#factory
    if (body === undefined) return f.createBlock([...before], true)
    return ts.isBlock(body)
      ? f.updateBlock(body, [...before, ...body.statements])
      : f.createBlock([...before, body], true)
  }

  #entered(statement: ts.Statement | undefined, number: number): ts.Block {
    return this.#block(statement, [this.#count(number)])
  }

  #logical(node: ts.Expression, numbers: number[]): ts.Expression {
    const f = this.#factory
    if (ts.isParenthesizedExpression(node) && isLogical(unwrapped(node)))
      return f.updateParenthesizedExpression(node, this.#logical(node.expression, numbers))
    if (!isLogical(node)) return this.#counted(node, numbers.shift() ?? 0)
    const left = this.#logical(node.left, numbers)
    return f.updateBinaryExpression(node, left, node.operatorToken, this.#logical(node.right, numbers))
  }

  #assignedDefault(node: ts.Node, number: number): ts.Node {
    const f = this.#factory
    if (ts.isBinaryExpression(node))
      return f.updateBinaryExpression(node, node.left, node.operatorToken, this.#counted(node.right, number))
    return ts.isShorthandPropertyAssignment(node) && node.objectAssignmentInitializer !== undefined
      ? f.updateShorthandPropertyAssignment(
          node,
          node.name,
          this.#counted(node.objectAssignmentInitializer, number),
        )
      : node
  }

  #switch(node: ts.SwitchStatement, numbers: EdgeNumbers): ts.SwitchStatement {
    const f = this.#factory
    const clauses = node.caseBlock.clauses.map((clause, index) => {
      const statements = [this.#count(numbers[index] ?? 0), ...clause.statements]
      return ts.isCaseClause(clause)
        ? f.updateCaseClause(clause, clause.expression, statements)
        : f.updateDefaultClause(clause, statements)
    })
    const known = node.caseBlock.clauses.flatMap((clause) =>
      ts.isCaseClause(clause) && ts.isLiteralExpression(clause.expression) ? [clause.expression] : [],
    )
    const chosen = f.createCallExpression(this.#probe('$$choose'), undefined, [
      node.expression,
      f.createArrayLiteralExpression(known),
    ])
    return f.updateSwitchStatement(
      node,
      known.length > 0 ? chosen : node.expression,
      f.updateCaseBlock(node.caseBlock, clauses),
    )
  }

  #loop(node: Loop, number: number): ts.Statement {
    const f = this.#factory
    const body = this.#block(node.statement, [this.#count(number), this.#tick()])
    if (ts.isForStatement(node))
      return f.updateForStatement(node, node.initializer, node.condition, node.incrementor, body)
    if (ts.isForOfStatement(node))
      return f.updateForOfStatement(node, node.awaitModifier, node.initializer, node.expression, body)
    if (ts.isForInStatement(node))
      return f.updateForInStatement(node, node.initializer, node.expression, body)
    if (ts.isWhileStatement(node)) return f.updateWhileStatement(node, node.expression, body)
    return f.updateDoStatement(node, body, node.expression)
  }

  #function(node: WithBody, number: number): ts.Node {
    const f = this.#factory
    const before = [this.#count(number), this.#tick()]
    if (ts.isArrowFunction(node) && !ts.isBlock(node.body)) {
      const body = f.createBlock(
        [...before, f.createReturnStatement(f.createParenthesizedExpression(node.body))],
        true,
      )
      return f.updateArrowFunction(
        node,
        node.modifiers,
        node.typeParameters,
        node.parameters,
        node.type,
        node.equalsGreaterThanToken,
        body,
      )
    }
    const body = this.#withPrologue(node.body as ts.Block, before)
    if (ts.isArrowFunction(node))
      return f.updateArrowFunction(
        node,
        node.modifiers,
        node.typeParameters,
        node.parameters,
        node.type,
        node.equalsGreaterThanToken,
        body,
      )
    if (ts.isFunctionDeclaration(node))
      return f.updateFunctionDeclaration(
        node,
        node.modifiers,
        node.asteriskToken,
        node.name,
        node.typeParameters,
        node.parameters,
        node.type,
        body,
      )
    if (ts.isFunctionExpression(node))
      return f.updateFunctionExpression(
        node,
        node.modifiers,
        node.asteriskToken,
        node.name,
        node.typeParameters,
        node.parameters,
        node.type,
        body,
      )
    if (ts.isMethodDeclaration(node))
      return f.updateMethodDeclaration(
        node,
        node.modifiers,
        node.asteriskToken,
        node.name,
        node.questionToken,
        node.typeParameters,
        node.parameters,
        node.type,
        body,
      )
    if (ts.isConstructorDeclaration(node))
      return f.updateConstructorDeclaration(node, node.modifiers, node.parameters, body)
    if (ts.isGetAccessorDeclaration(node))
      return f.updateGetAccessorDeclaration(node, node.modifiers, node.name, node.parameters, node.type, body)
    return f.updateSetAccessorDeclaration(node, node.modifiers, node.name, node.parameters, body)
  }

  /** `'use strict'` stays the first statement, or it would mean nothing. */
  #withPrologue(body: ts.Block, before: readonly ts.Statement[]): ts.Block {
    const end = body.statements.findIndex(
      (statement) => !ts.isExpressionStatement(statement) || !ts.isStringLiteral(statement.expression),
    )
    const at = end === -1 ? body.statements.length : end
    return this.#factory.updateBlock(body, [
      ...body.statements.slice(0, at),
      ...before,
      ...body.statements.slice(at),
    ])
  }

  #comparison(node: ts.BinaryExpression): ts.Expression {
    const operator = compared.get(node.operatorToken.kind)
    if (operator === undefined || isUninformative(node.left) || isUninformative(node.right)) return node
    const f = this.#factory
    const asksForType = ts.isTypeOfExpression(node.left) && /=/.test(operator)
    return f.createCallExpression(this.#probe('$$compare'), undefined, [
      f.createStringLiteral(asksForType ? `typeof ${operator}` : operator),
      node.left,
      node.right,
    ])
  }

  #invocation(node: ts.CallExpression): ts.Expression {
    const callee = node.expression
    if (!ts.isPropertyAccessExpression(callee) || callee.questionDotToken || node.questionDotToken)
      return node
    if (
      !traced.has(callee.name.text) ||
      callee.expression.kind === ts.SyntaxKind.SuperKeyword ||
      ts.isOptionalChain(node)
    )
      return node
    const f = this.#factory
    const name = f.createStringLiteral(callee.name.text)
    return f.createCallExpression(this.#probe('$$invoke'), undefined, [
      callee.expression,
      name,
      ...node.arguments,
    ])
  }

  #raised(node: ts.ThrowStatement): ts.Statement {
    const f = this.#factory
    return f.updateThrowStatement(
      node,
      f.createCallExpression(this.#probe('$$raised'), undefined, [node.expression]),
    )
  }

  #lookup(node: ts.ElementAccessExpression): ts.Expression {
    const key = node.argumentExpression
    if (ts.isLiteralExpression(key) || node.questionDotToken || ts.isOptionalChain(node)) return node
    if (node.expression.kind === ts.SyntaxKind.SuperKeyword) return node
    return this.#factory.createCallExpression(this.#probe('$$lookup'), undefined, [node.expression, key])
  }
}

type Loop = ts.ForStatement | ts.ForOfStatement | ts.ForInStatement | ts.WhileStatement | ts.DoStatement
type WithBody = (ts.FunctionLikeDeclaration & { readonly body?: ts.ConciseBody }) & { body: ts.ConciseBody }

function isLoop(node: ts.Node): node is Loop {
  return ts.isIterationStatement(node, false)
}

function hasBody(node: ts.Node): node is WithBody {
  return ts.isFunctionLike(node) && 'body' in node && node.body !== undefined
}

function isLogical(node: ts.Node | undefined): node is ts.BinaryExpression {
  return node !== undefined && ts.isBinaryExpression(node) && logicalOperators.has(node.operatorToken.kind)
}

const logicalOperators = new Set([
  ts.SyntaxKind.AmpersandAmpersandToken,
  ts.SyntaxKind.BarBarToken,
  ts.SyntaxKind.QuestionQuestionToken,
])
const logicalAssignments = new Set([
  ts.SyntaxKind.AmpersandAmpersandEqualsToken,
  ts.SyntaxKind.BarBarEqualsToken,
  ts.SyntaxKind.QuestionQuestionEqualsToken,
])

function isLogicalAssignment(node: ts.Node): boolean {
  return ts.isBinaryExpression(node) && logicalAssignments.has(node.operatorToken.kind)
}

/** `a = 1` in `[a = 1] = list` and in `({ a = 1 } = object)`: a default, not an assignment. */
function isAssignedDefault(node: ts.Node): boolean {
  if (ts.isShorthandPropertyAssignment(node)) return node.objectAssignmentInitializer !== undefined
  if (!ts.isBinaryExpression(node) || node.operatorToken.kind !== ts.SyntaxKind.EqualsToken) return false
  const { parent } = node
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node && isPattern(parent.parent)
  return ts.isArrayLiteralExpression(parent) && isPattern(parent)
}

/** Whether a list or an object is written to, in parts. */
function isPattern(node: ts.Node): boolean {
  const { parent } = node
  if (ts.isBinaryExpression(parent))
    return parent.left === node && parent.operatorToken.kind === ts.SyntaxKind.EqualsToken
  if (ts.isForOfStatement(parent) || ts.isForInStatement(parent)) return parent.initializer === node
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node && isPattern(parent.parent)
  return (
    (ts.isArrayLiteralExpression(parent) ||
      ts.isSpreadElement(parent) ||
      ts.isParenthesizedExpression(parent)) &&
    isPattern(parent)
  )
}

/** The parent, looking through parentheses. */
function parentOf(node: ts.Node): ts.Node | undefined {
  let parent = node.parent as ts.Node | undefined
  while (parent !== undefined && ts.isParenthesizedExpression(parent)) parent = parent.parent
  return parent
}

function unwrapped(node: ts.Expression): ts.Expression {
  return ts.isParenthesizedExpression(node) ? unwrapped(node.expression) : node
}

function operands(node: ts.Expression): readonly ts.Expression[] {
  const inner = unwrapped(node)
  return isLogical(inner) ? [...operands(inner.left), ...operands(inner.right)] : [node]
}

/** Comparing with these tells nothing that could be put into an input. */
function isUninformative(node: ts.Node): boolean {
  return (
    ts.isPrivateIdentifier(node) ||
    node.kind === ts.SyntaxKind.NullKeyword || node.kind === ts.SyntaxKind.TrueKeyword ||
    node.kind === ts.SyntaxKind.FalseKeyword || (ts.isIdentifier(node) && node.text === 'undefined')
  ) // biome-ignore format: a plain list
}

/** `table[key]` whose value is read, not assigned, deleted, called or counted up. */
function isPlainRead(node: ts.Node): boolean {
  const { parent } = node
  if (ts.isCallExpression(parent) || ts.isNewExpression(parent)) return parent.expression !== node
  if (ts.isParenthesizedExpression(parent) || isAssertion(parent)) return isPlainRead(parent)
  if (ts.isBinaryExpression(parent)) return parent.left !== node || !isAssignment(parent.operatorToken.kind)
  return !changesItsOperand(parent)
}

/** Says something about a type only, and may be assigned to. */
function isAssertion(node: ts.Node): boolean {
  return (
    ts.isNonNullExpression(node) ||
    ts.isAsExpression(node) ||
    ts.isSatisfiesExpression(node) ||
    ts.isTypeAssertionExpression(node)
  )
}

function isAssignment(kind: ts.SyntaxKind): boolean {
  return kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment
}

/** These may assign to their operand, or take it as a pattern. */
function changesItsOperand(parent: ts.Node): boolean {
  return (
    ts.isTaggedTemplateExpression(parent) ||
    ts.isDeleteExpression(parent) ||
    ts.isPrefixUnaryExpression(parent) ||
    ts.isPostfixUnaryExpression(parent) ||
    ts.isArrayLiteralExpression(parent) ||
    ts.isPropertyAssignment(parent) ||
    ts.isSpreadElement(parent) ||
    ts.isSpreadAssignment(parent) ||
    ts.isForOfStatement(parent) ||
    ts.isForInStatement(parent)
  )
}
