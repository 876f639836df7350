// Tests: cases
//
// Reads a test file: its tests by their full names, their marks and assertions.
// Leaves: faults of a single test (tests-smells.ts), comparing two files (tests-compare.ts).
//
// C1. Tables are unfolded and helpers of the same file are followed: a table asserts the same as the tests written out.

import { asserts, type Demand, demandOf, STRENGTH } from './tests-assertions.ts'
import {
  type FunctionNode,
  isFunction,
  lineOf,
  parse,
  pathOf,
  some,
  step,
  ts,
  unwrapped,
  visit,
  words,
} from './tests-syntax.ts'
import { type Bound, partOf, ValueScope } from './tests-values.ts'

export interface Assertion extends Demand {
  readonly line: number
  /** Runs only when something else is the case, or may fail unseen. */
  readonly hidden: Hidden | undefined
}

export type Hidden =
  | 'conditional_assertion'
  | 'swallowed_failure'
  | 'unawaited_assertion'
  | 'early_return'
  | 'unreached_assertion'

export type Mark = 'runs' | 'skipped' | 'todo' | 'only' | 'fails' | 'sometimes'

export interface TestCase {
  readonly name: string
  readonly path: string
  readonly line: number
  readonly mark: Mark
  readonly condition: string | undefined
  /** A function beside the tests that asserts for them. */
  readonly isHelper: boolean
  readonly body: FunctionNode | undefined
  readonly assertions: readonly Assertion[]
  /** What the body says, without layout. */
  readonly text: string
  /** What the names in its body stand for. */
  readonly inner: ValueScope
}

export interface TestFile {
  readonly path: string
  readonly file: ts.SourceFile
  readonly tests: readonly TestCase[]
  readonly scope: ValueScope
}

const TEST = /^(it|test|specify|xit|xtest|xspecify|fit|ftest)$/
const HOOK = /^(before|after|setup|teardown|suite|describe|context|hook)/i
const GROUP = /^(describe|suite|context|xdescribe|xcontext|fdescribe|xsuite)$/
/** Of one test, or of one row of its table. */
const MAX_ASSERTIONS = 4000

export function readTests(path: string, text: string): TestFile {
  const file = parse(path, text)
  const reader = new CaseReader(path, file)
  return { path, file, tests: reader.read(), scope: reader.top }
}

interface CaseContext {
  readonly names: readonly string[]
  readonly mark: Mark
  readonly condition: string | undefined
  readonly scopes: readonly ValueScope[]
}

class CaseReader {
  readonly #tests: TestCase[] = []
  readonly top: ValueScope
  readonly #path: string
  readonly #file: ts.SourceFile
  readonly #functions = new Map<string, FunctionNode>()
  readonly #strict: boolean
  readonly #aliases = new Map<string, string>()
  readonly #uses = new Map<string, number>()
  readonly #others = new Map<ts.CallExpression, boolean>()

  constructor(path: string, file: ts.SourceFile) {
    this.#path = path
    this.#file = file
    this.top = new ValueScope().read(file)
    this.#strict =
      /assert\/strict['"]|\bstrict as \w+[^}]*\}\s*from\s*['"](node:)?assert['"]|\.strict\b/.test(file.text)
    this.#findNames(file)
    this.#readHooks()
  }

  /** What a hook assigns, and nobody else, is as good as a constant. */
  #readHooks(): void {
    const assigned = new Map<string, ts.Expression[]>()
    visit(this.#file, (node) => {
      const value = ts.isBinaryExpression(node)
        ? node.right
        : ts.isPostfixUnaryExpression(node)
          ? node.operand
          : undefined
      const target = ts.isBinaryExpression(node)
        ? node.left
        : ts.isPostfixUnaryExpression(node)
          ? node.operand
          : undefined
      if (value === undefined || target === undefined || !ts.isIdentifier(target)) return
      if (ts.isBinaryExpression(node) && !/^[^=!<>]*=$/.test(node.operatorToken.getText())) return
      assigned.set(target.text, [...(assigned.get(target.text) ?? []), value])
    })
    for (const [name, [value, ...more]] of assigned)
      if (value !== undefined && more.length === 0 && isInHook(value)) this.top.give(name, value)
  }

  #findNames(node: ts.Node): void {
    if (isFunction(node) && ts.isFunctionDeclaration(node) && node.name)
      this.#functions.set(node.name.text, node)
    if (ts.isVariableDeclaration(node) && ts.isIdentifier(node.name) && node.initializer) {
      const value = unwrapped(node.initializer)
      const run = isFunction(value) ? value : functionOfMacro(value)
      if (run !== undefined) this.#functions.set(node.name.text, run)
    }
    if (ts.isImportDeclaration(node) && isTestLibrary(node.moduleSpecifier)) this.#findAliases(node)
    ts.forEachChild(node, (child) => this.#findNames(child))
  }

  #findAliases(node: ts.ImportDeclaration): void {
    const clause = node.importClause
    // The module of tap is no test itself: its functions are.
    const isFunction = !/tap['"]$/.test(node.moduleSpecifier.getText())
    if (clause?.name && isFunction) this.#aliases.set(clause.name.text, 'test')
    const named = clause?.namedBindings
    if (named && ts.isNamedImports(named))
      for (const one of named.elements)
        if (one.propertyName) this.#aliases.set(one.name.text, one.propertyName.getText())
  }

  read(): TestCase[] {
    const around = { names: [], mark: 'runs' as const, condition: undefined, scopes: [this.top] }
    ts.forEachChild(this.#file, (child) => this.#look(child, around))
    this.#ownAssertions()
    if (this.#tests.length === 0) this.#supports()
    return this.#tests
  }

  /** Assertions outside of every test, in a file that is a program: they count as one test. */
  #ownAssertions(): void {
    const statements = this.#file.statements.filter(
      (one) =>
        isRunAtOnce(one) &&
        asserts(one) &&
        !this.#holdsTests(one) &&
        !this.#isNeverCalled(one) &&
        !this.#isRegistration(one),
    )
    const [first] = statements
    if (first === undefined) return
    const assertions: Assertion[] = []
    const walk = new BodyWalk(assertions, this.#functions, this.#strict, this.#file)
    for (const one of statements) walk.statement(one, this.top)
    if (assertions.length === 0) return
    this.#tests.push({
      ...{ name: 'the file', path: this.#path, line: lineOf(first), mark: 'runs', condition: undefined },
      ...{ isHelper: false, body: undefined, assertions, inner: this.top },
      text: statements.map((one) => words(one)).join(' '),
    })
  }

  /** A hook, a test, or another call that keeps a function for later. */
  #isRegistration(node: ts.Statement): boolean {
    const call = ts.isExpressionStatement(node) ? unwrapped(node.expression) : node
    if (!ts.isCallExpression(call) || !call.arguments.some((one) => isFunction(unwrapped(one)))) return false
    const name = pathOf(call.expression).at(-1) ?? ''
    return (
      !/^(forEach|map|then|catch|finally)$/.test(name) && demandOf(call, this.top, this.#strict) === undefined
    )
  }

  /** A file beside the tests that asserts for them: each function of it counts as a test. */
  #supports(): void {
    for (const [name, body] of this.#functions) {
      const assertions = asserts(body) ? this.#assertions(body, this.top) : []
      if (assertions.length === 0) continue
      const inner = new ValueScope(this.top).read(body.body)
      const shown = {
        name: `function ${name}`,
        path: this.#path,
        line: lineOf(body),
        isHelper: true,
        body,
        inner,
      }
      this.#tests.push({ ...shown, mark: 'runs', condition: undefined, assertions, text: words(body.body) })
    }
  }

  #look(node: ts.Node, around: CaseContext): void {
    if (ts.isCallExpression(node)) {
      const path = this.#path0(node)
      if (GROUP.test(path[0] ?? '') || isSubtestGroup(path)) return this.#group(node, path, around)
      if (TEST.test(path[0] ?? '') && !isHook(path) && node.arguments.length > 0)
        return this.#test(node, path, around)
      const rows = this.#forEachRows(node, around.scopes)
      if (rows !== undefined) return this.#look(rows.callback.body, { ...around, scopes: rows.scopes })
      if (this.#isOtherTest(node, path)) return this.#test(node, path, around)
    }
    if (ts.isForOfStatement(node)) {
      const scopes = around.scopes.flatMap((scope) => loopScopes(node, scope))
      return this.#look(node.statement, { ...around, scopes })
    }
    const [condition, ...branches] = branchesOf(node)
    if (condition !== undefined) {
      const sometimes = { ...around, mark: worse(around.mark, 'sometimes'), condition: words(condition) }
      for (const branch of branches) this.#look(branch, sometimes)
      return
    }
    if (this.#isNeverCalled(node)) return
    if (ts.isBlock(node)) return this.#block(node, around)
    ts.forEachChild(node, (child) => this.#look(child, around))
  }

  /** `tape('adds', (t) => ...)`, `QUnit.test`, `Deno.test`, a suite of uvu: a name, and a function that asserts. */
  #isOtherTest(node: ts.CallExpression, path: readonly string[]): boolean {
    const known = this.#others.get(node) ?? this.#looksLikeTest(node, path)
    this.#others.set(node, known)
    return known
  }

  #looksLikeTest(node: ts.CallExpression, path: readonly string[]): boolean {
    const [name] = node.arguments
    if (name === undefined || path.some((part) => HOOK.test(part))) return false
    if (!ts.isStringLiteralLike(name) && !ts.isTemplateExpression(name)) return false
    const body = this.#callbackOf(node)
    if (body === undefined || !some(body.body, isAnyAssertion)) return false
    return !this.#holdsTests(body.body, body.parameters[0]?.name.getText())
  }

  /** Other tests than those of `context`, which are a part of its own test. */
  #holdsTests(node: ts.Node, context?: string): boolean {
    return some(node, (one) => {
      if (!ts.isCallExpression(one)) return false
      const path = this.#path0(one)
      if (path[0] === context || isHook(path) || this.#callbackOf(one) === undefined) return false
      return TEST.test(path[0] ?? '') || GROUP.test(path[0] ?? '') || this.#isOtherTest(one, path)
    })
  }

  /** Tests behind a `return` are registered only where it is not reached. */
  #block({ statements }: ts.Block, around: CaseContext): void {
    let inside = around
    for (const statement of statements) {
      this.#look(statement, inside)
      if (!leaves(statement)) continue
      const condition = ts.isIfStatement(statement) ? words(statement.expression) : 'false'
      inside = { ...inside, mark: worse(inside.mark, 'sometimes'), condition }
    }
  }

  /** A function whose name is nowhere else in the file, and that no other file can import. */
  #isNeverCalled(node: ts.Node): boolean {
    const isNamed = ts.isFunctionDeclaration(node) || ts.isVariableStatement(node)
    if (!isNamed || node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)) return false
    const names = ts.isFunctionDeclaration(node)
      ? [node.name?.text]
      : node.declarationList.declarations.map(({ name, initializer }) =>
          isFunction(initializer && unwrapped(initializer)) ? name.getText() : undefined,
        )
    return names.every((name) => name !== undefined && this.#usesOf(name) === 1)
  }

  #usesOf(name: string): number {
    if (this.#uses.size === 0)
      visit(this.#file, (node) => {
        if (ts.isIdentifier(node)) this.#uses.set(node.text, (this.#uses.get(node.text) ?? 0) + 1)
      })
    return this.#uses.get(name) ?? 0
  }

  #path0(node: ts.CallExpression): string[] {
    const path = pathOf(node.expression)
    const alias = this.#aliases.get(path[0] ?? '')
    return alias === undefined ? path : [alias, ...path.slice(1)]
  }

  #group(node: ts.CallExpression, path: readonly string[], around: CaseContext): void {
    const callback = this.#callbackOf(node)
    if (callback === undefined) return
    const { mark, condition } = markOf(path, node)
    const scopes = around.scopes
      .flatMap((scope) => this.#tableScopes(node, scope, callback))
      .map((scope) => new ValueScope(scope).read(callback.body))
    this.#look(callback.body, {
      names: [...around.names, nameOf(node)],
      mark: worse(around.mark, mark),
      condition: condition ?? around.condition,
      scopes,
    })
  }

  #test(node: ts.CallExpression, path: readonly string[], around: CaseContext): void {
    const body = this.#callbackOf(node)
    const own = markOf(path, node, body)
    const marked = body === undefined && own.mark === 'runs' ? 'todo' : own.mark
    const scopes =
      body === undefined ? [] : around.scopes.flatMap((scope) => this.#tableScopes(node, scope, body))
    this.#takeBehind(node, body, scopes)
    const names = [...around.names, nameOf(node)]
    this.#tests.push({
      name: names.join(' > '),
      path: this.#path,
      line: lineOf(node),
      mark: worse(around.mark, marked),
      condition: own.condition ?? around.condition,
      isHelper: false,
      body,
      text: body === undefined ? '' : `${words(body.body)}`,
      inner: new ValueScope(scopes[0] ?? this.top).read(body?.body ?? this.#file),
      assertions: body === undefined ? [] : scopes.flatMap((scope) => this.#assertions(body, scope)),
    })
    if (body !== undefined) this.#subtests(body, { ...around, names })
  }

  /** `await t.test('...', ...)` inside a test of node:test. */
  #subtests(body: FunctionNode, around: CaseContext): void {
    const look = (node: ts.Node): void => {
      if (ts.isCallExpression(node)) {
        const path = pathOf(node.expression)
        if (isSubtest(path) && ts.isStringLiteralLike(node.arguments[0] ?? node) && this.#callbackOf(node))
          return this.#test(node, path, around)
      }
      ts.forEachChild(node, look)
    }
    look(body.body)
  }

  /** `test('adds', macro, 1, 2)`: the function gets the values behind it, after its context. */
  #takeBehind(node: ts.CallExpression, body: FunctionNode | undefined, scopes: ValueScope[]): void {
    const at = node.arguments.findIndex((one) => {
      const inner = unwrapped(one)
      return inner === body || (ts.isIdentifier(inner) && this.#functions.get(inner.text) === body)
    })
    const behind = node.arguments.slice(at + 1)
    if (body === undefined || at < 0 || behind.length === 0) return
    for (const [index, scope] of scopes.entries()) {
      const inner = new ValueScope(scope)
      inner.takeArguments(body, [{}, ...behind.map((one): Bound => ({ node: one, scope }))])
      scopes[index] = inner
    }
  }

  #callbackOf(node: ts.CallExpression): FunctionNode | undefined {
    for (const argument of [...node.arguments].reverse()) {
      const inner = unwrapped(argument)
      if (isFunction(inner)) return inner
      if (ts.isIdentifier(inner) && this.#functions.has(inner.text)) return this.#functions.get(inner.text)
      // `it('x', fakeAsync(() => ...))`
      if (ts.isCallExpression(inner)) {
        const wrapped = inner.arguments.map(unwrapped).find(isFunction)
        if (wrapped !== undefined) return wrapped
      }
    }
    return undefined
  }

  /** One scope for each row of `it.each(rows)`; the scope itself where there is no table. */
  #tableScopes(node: ts.CallExpression, scope: ValueScope, callback: FunctionNode): ValueScope[] {
    const callee = unwrapped(node.expression)
    if (ts.isTaggedTemplateExpression(callee)) return templateScopes(callee, scope, callback)
    if (!ts.isCallExpression(callee) || !/^(each|for)$/.test(pathOf(callee).at(-1) ?? '')) return [scope]
    const table = callee.arguments[0]
    const spread = pathOf(callee).at(-1) === 'each'
    return table === undefined
      ? [scope]
      : rowScopes(table, scope, (row, inner) => {
          const whole = row.scope?.resolve(row.node as ts.Node)
          if (spread && whole && ts.isArrayLiteralExpression(whole.node))
            inner.takeArguments(
              callback,
              whole.node.elements.map((_, at) => partOf(row, String(at))),
            )
          else inner.takeArguments(callback, [row])
        })
  }

  #forEachRows(node: ts.CallExpression, scopes: readonly ValueScope[]) {
    const callee = unwrapped(node.expression)
    const callback = node.arguments.map(unwrapped).find(isFunction)
    if (!ts.isPropertyAccessExpression(callee) || callee.name.text !== 'forEach' || !callback)
      return undefined
    const inner = scopes.flatMap((scope) =>
      rowScopes(callee.expression, scope, (row, each) => each.takeArguments(callback, [row])),
    )
    return { callback, scopes: inner }
  }

  #assertions(body: FunctionNode, scope: ValueScope): Assertion[] {
    const found: Assertion[] = []
    const walk = new BodyWalk(found, this.#functions, this.#strict, body)
    const inner = new ValueScope(scope).read(body.body)
    walk.block(body.body, inner, undefined, 0)
    if (found.length >= MAX_ASSERTIONS) found.push(wholeBody(body, inner))
    return found
  }
}

/** Stands for the assertions behind the last that is read: any change of the test changes it. */
function wholeBody(body: FunctionNode, scope: ValueScope): Assertion {
  return {
    subject: `a test with more than ${MAX_ASSERTIONS} assertions`,
    subjectNode: undefined,
    matcher: 'is',
    expected: [scope.words(body.body)],
    expectedNodes: [],
    negated: false,
    strength: STRENGTH.exact,
    promised: false,
    line: lineOf(body),
    hidden: undefined,
  }
}

/** Goes through a test's body in the order it runs. */
class BodyWalk {
  readonly #found: Assertion[]
  readonly #functions: ReadonlyMap<string, FunctionNode>
  readonly #strict: boolean
  /** A test's function, or the file of assertions outside of tests. */
  readonly #test: FunctionNode | ts.SourceFile

  constructor(
    found: Assertion[],
    functions: ReadonlyMap<string, FunctionNode>,
    strict: boolean,
    test: FunctionNode | ts.SourceFile,
  ) {
    this.#found = found
    this.#functions = functions
    this.#strict = strict
    this.#test = test
  }

  get #body(): ts.Node {
    return isFunction(this.#test) ? this.#test.body : this.#test
  }

  statement(node: ts.Statement, scope: ValueScope): void {
    this.#see(node, scope, undefined, 0)
  }

  block(node: ts.Node, scope: ValueScope, hidden: Hidden | undefined, depth: number): void {
    if (!ts.isBlock(node)) return this.#see(node, scope, hidden, depth)
    let from = hidden
    for (const statement of node.statements) {
      this.#see(statement, scope, from, depth)
      if (leaves(statement)) from ??= 'early_return'
    }
  }

  #see(node: ts.Node, scope: ValueScope, hidden: Hidden | undefined, depth: number): void {
    step()
    if (this.#found.length >= MAX_ASSERTIONS) return
    if (this.#assertion(node, scope, hidden)) return
    if (ts.isBlock(node)) return this.block(node, new ValueScope(scope).read(node), hidden, depth)
    if (ts.isIfStatement(node)) return this.#branch(node, scope, hidden, depth)
    if (ts.isTryStatement(node)) return this.#attempt(node, scope, hidden, depth)
    if (ts.isConditionalExpression(node) && !(asserts(node.whenTrue) && asserts(node.whenFalse)))
      return this.#each(node, scope, hidden ?? 'conditional_assertion', depth)
    if (ts.isSwitchStatement(node) || isShortCircuit(node))
      return this.#each(node, scope, hidden ?? 'conditional_assertion', depth)
    if (ts.isForOfStatement(node)) {
      for (const inner of loopScopes(node, scope)) this.#see(node.statement, inner, hidden, depth)
      return
    }
    if (ts.isWhileStatement(node) && node.expression.kind === ts.SyntaxKind.FalseKeyword)
      return this.#each(node, scope, 'unreached_assertion', depth)
    if (
      ts.isFunctionDeclaration(node) ||
      (ts.isVariableDeclaration(node) && isFunction(node.initializer && unwrapped(node.initializer)))
    )
      return this.#local(node, scope, hidden, depth)
    if (ts.isCallExpression(node)) return this.#call(node, scope, hidden, depth)
    this.#each(node, scope, hidden, depth)
  }

  #each(node: ts.Node, scope: ValueScope, hidden: Hidden | undefined, depth: number): void {
    ts.forEachChild(node, (child) => this.#see(child, scope, hidden, depth))
  }

  #assertion(node: ts.Node, scope: ValueScope, hidden: Hidden | undefined): boolean {
    if (!ts.isCallExpression(node) && !ts.isPropertyAccessExpression(node)) return false
    const demand = demandOf(node, scope, this.#strict)
    if (demand === undefined) return isOtherAssertion(node) && this.#other(node, scope, hidden)
    const lost = demand.promised && !isAwaited(node) ? 'unawaited_assertion' : undefined
    this.#found.push({ ...demand, line: lineOf(node), hidden: hidden ?? lost })
    return true
  }

  /** `fc.assert(...)`, `fail()`, `request(app).get('/').expect(200)`, an imported `expectValid(x)`. */
  #other(node: ts.Node, scope: ValueScope, hidden: Hidden | undefined): boolean {
    const call = node as ts.CallExpression
    if (this.#functions.has(pathOf(call.expression)[0] ?? '')) return false
    const inside = call.arguments.some((one) => asserts(one))
    const before = this.#found.length
    if (inside) this.#each(call, scope, hidden, 1)
    if (this.#found.length > before) return true
    this.#found.push({
      subject: scope.words(call),
      subjectNode: call,
      matcher: pathOf(call.expression).join('.'),
      expected: [],
      expectedNodes: [],
      negated: false,
      strength: 4,
      promised: false,
      line: lineOf(call),
      hidden,
    })
    return true
  }

  #branch(node: ts.IfStatement, scope: ValueScope, hidden: Hidden | undefined, depth: number): void {
    const both =
      asserts(node.thenStatement) && node.elseStatement !== undefined && asserts(node.elseStatement)
    const inside = both ? hidden : (hidden ?? 'conditional_assertion')
    this.#see(node.thenStatement, scope, inside, depth)
    if (node.elseStatement) this.#see(node.elseStatement, scope, inside, depth)
  }

  #attempt(node: ts.TryStatement, scope: ValueScope, hidden: Hidden | undefined, depth: number): void {
    const isSeen = node.catchClause === undefined || asserts(node.catchClause.block)
    const isReplaced = node.finallyBlock?.statements.some(ts.isReturnStatement) ?? false
    const inside = isSeen && !isReplaced ? undefined : 'swallowed_failure'
    this.#see(node.tryBlock, scope, hidden ?? inside, depth)
    if (node.catchClause) {
      const counted = asserts(node.tryBlock) || countsAssertions(this.#test)
      this.#see(
        node.catchClause.block,
        scope,
        hidden ?? (counted ? undefined : 'conditional_assertion'),
        depth,
      )
    }
    if (node.finallyBlock) this.#see(node.finallyBlock, scope, hidden, depth)
  }

  /** A function made in the test: its assertions count where it is called, and are lost where it never is. */
  #local(node: ts.Node, scope: ValueScope, hidden: Hidden | undefined, depth: number): void {
    const name = (node as ts.FunctionDeclaration | ts.VariableDeclaration).name?.getText() ?? ''
    if (!asserts(node) || !this.#functions.has(name)) return this.#each(node, scope, hidden, depth)
    const used =
      words(this.#body)
        .split(' ')
        .filter((word) => word === name).length > 1
    if (!used) this.#each(node, scope, 'unreached_assertion', depth)
    else if (!isCalled(this.#body, name)) this.#each(node, scope, hidden, depth)
  }

  #call(node: ts.CallExpression, scope: ValueScope, hidden: Hidden | undefined, depth: number): void {
    const path = pathOf(node.expression)
    const helper = ts.isIdentifier(node.expression) ? this.#functions.get(path[0] ?? '') : undefined
    if (helper !== undefined && depth < 4 && asserts(helper)) {
      const inner = new ValueScope(scope)
      inner.takeArguments(
        helper,
        node.arguments.map((argument): Bound => ({ node: argument, scope })),
      )
      return this.#see(helper.body, inner.read(helper.body), hidden, depth + 1)
    }
    const name = path.at(-1) ?? ''
    if (isSubtest(path) && ts.isStringLiteralLike(node.arguments[0] ?? node)) return
    if (name === 'forEach' && ts.isPropertyAccessExpression(node.expression)) {
      const callback = node.arguments.map(unwrapped).find(isFunction)
      const from = node.expression.expression
      if (callback) {
        const take = (row: Bound, each: ValueScope) => each.takeArguments(callback, [row])
        for (const inner of rowScopes(from, scope, take)) this.#see(callback.body, inner, hidden, depth)
        return
      }
    }
    const later =
      isLater(path, node) && !isAwaited(node) && isFunction(this.#test) && this.#test.parameters.length === 0
    const swallowed = name === 'catch' && isSilentCatch(node)
    const inside = later ? 'unawaited_assertion' : swallowed ? 'swallowed_failure' : undefined
    this.#each(node, scope, hidden ?? inside, depth)
  }
}

/** The condition of `if`, `?:`, `&&`, `||` and `??`, and what runs only under it; nothing for other code. */
function branchesOf(node: ts.Node): ts.Node[] {
  if (ts.isIfStatement(node))
    return [node.expression, node.thenStatement, ...(node.elseStatement ? [node.elseStatement] : [])]
  if (ts.isConditionalExpression(node)) return [node.condition, node.whenTrue, node.whenFalse]
  return ts.isBinaryExpression(node) && SHORT_CIRCUITS.has(node.operatorToken.kind)
    ? [node.left, node.right]
    : []
}

function isInHook(node: ts.Node): boolean {
  for (let at: ts.Node | undefined = node.parent; at !== undefined; at = at.parent)
    if (
      ts.isCallExpression(at) &&
      /^(before|beforeEach|beforeAll|setup)$/.test(pathOf(at.expression).at(-1) ?? '')
    )
      return true
  return false
}

function isTestLibrary(specifier: ts.Expression): boolean {
  return /^['"](vitest|@jest\/globals|node:test|mocha|ava|tap|tape|uvu|bun:test)['"]$/.test(
    specifier.getText(),
  )
}

function isHook(path: readonly string[]): boolean {
  return (
    path.slice(1).some((name) => /^(before|after|use|extend|mock|describe)/.test(name)) &&
    !path.includes('each')
  )
}

/** `test.macro((t, given) => ...)` and `test.macro({ exec(t, given) {...} })` of AVA. */
function functionOfMacro(node: ts.Node): FunctionNode | undefined {
  if (!ts.isCallExpression(node) || pathOf(node.expression).at(-1) !== 'macro') return undefined
  const [given] = node.arguments.map(unwrapped)
  if (isFunction(given)) return given
  const exec =
    given && ts.isObjectLiteralExpression(given)
      ? given.properties.find((one) => one.name?.getText() === 'exec')
      : undefined
  const value = exec && ts.isPropertyAssignment(exec) ? unwrapped(exec.initializer) : undefined
  return isFunction(value) ? value : undefined
}

/** Not a declaration whose code runs only when something calls it. */
function isRunAtOnce(node: ts.Statement): boolean {
  if (ts.isVariableStatement(node))
    return !node.declarationList.declarations.some(({ initializer }) =>
      isFunction(initializer && unwrapped(initializer)),
    )
  return !ts.isFunctionDeclaration(node) && !ts.isClassDeclaration(node) && !ts.isExportAssignment(node)
}

/** Whether a test has tests of its own. */
export function holdsSubtests({ body }: FunctionNode): boolean {
  return some(
    body,
    (one) => ts.isCallExpression(one) && isSubtest(pathOf(one.expression)) && one.arguments.length > 1,
  )
}

/** Of the context of another test. */
function isSubtest(path: readonly string[]): boolean {
  return path.length === 2 && /^(test|skip|todo|only)$/.test(path[1] ?? '')
}

function isSubtestGroup(path: readonly string[]): boolean {
  return /^(test|it)$/.test(path[0] ?? '') && path[1] === 'describe'
}

function nameOf(node: ts.CallExpression): string {
  const [first] = node.arguments
  if (first === undefined) return ''
  return ts.isStringLiteralLike(first) ? first.text : words(first)
}

const ORDER: readonly Mark[] = ['runs', 'only', 'sometimes', 'fails', 'todo', 'skipped']

function worse(a: Mark, b: Mark): Mark {
  return ORDER.indexOf(a) > ORDER.indexOf(b) ? a : b
}

function markOf(
  path: readonly string[],
  node: ts.CallExpression,
  body?: FunctionNode,
): { mark: Mark; condition: string | undefined } {
  const names = path.slice(1)
  const marked = (mark: Mark, condition?: string) => ({ mark, condition })
  if (/^x/.test(path[0] ?? '') || names.includes('skip') || names.includes('ignore')) return marked('skipped')
  if (names.includes('todo')) return marked('todo')
  if (/^f(it|test|describe)$/.test(path[0] ?? '') || names.includes('only')) return marked('only')
  if (names.includes('fails') || names.includes('failing')) return marked('fails')
  if (names.some((name) => /^(skipIf|runIf|if)$/.test(name))) return marked('sometimes', conditionOf(node))
  const options = node.arguments.map(unwrapped).find(ts.isObjectLiteralExpression)
  for (const property of options?.properties ?? []) {
    const name = property.name?.getText() ?? ''
    const value = ts.isPropertyAssignment(property) ? property.initializer : undefined
    if (value === undefined || value.kind === ts.SyntaxKind.FalseKeyword) continue
    const constant = value.kind === ts.SyntaxKind.TrueKeyword || ts.isStringLiteralLike(value)
    if (name === 'skip') return constant ? marked('skipped') : marked('sometimes', words(value))
    if (name === 'todo') return marked('todo')
    if (name === 'only') return marked('only')
    if (name === 'fails') return marked('fails')
  }
  return skipsInside(body)
}

/** `t.skip()`, `this.skip()`, `test.skip(true)`, and `skip()` of `({ skip }) => ...`, in the test itself. */
function skipsInside(body: FunctionNode | undefined): { mark: Mark; condition: string | undefined } {
  if (body === undefined || !ts.isBlock(body.body)) return { mark: 'runs', condition: undefined }
  const [context] = body.parameters
  const names = context && ts.isIdentifier(context.name) ? [context.name.text] : []
  const own = context && ts.isObjectBindingPattern(context.name) ? context.name.elements : []
  const isFree = own.some(({ name }) => name.getText() === 'skip')
  const calls = [...['this', 'it', 'test', ...names].map((name) => `${name}.`), ...(isFree ? [''] : [])]
  for (const statement of body.body.statements) {
    const found = skipIn(statement, calls)
    if (found !== undefined)
      return ts.isIfStatement(statement)
        ? { mark: 'sometimes', condition: words(statement.expression) }
        : { mark: found, condition: undefined }
  }
  return { mark: 'runs', condition: undefined }
}

function skipIn(statement: ts.Statement, calls: readonly string[]): Mark | undefined {
  const match = /^(?:if\s*\(.*\)\s*\{?\s*)?(?:return\s+)?([\w$]+\.)?(skip|todo)\(/s.exec(statement.getText())
  if (match === null || !calls.includes(match[1] ?? '')) return undefined
  return match[2] === 'todo' ? 'todo' : 'skipped'
}

function conditionOf(node: ts.CallExpression): string {
  const callee = unwrapped(node.expression)
  return ts.isCallExpression(callee) && callee.arguments[0] ? words(callee.arguments[0]) : ''
}

function rowScopes(
  table: ts.Node,
  scope: ValueScope,
  take: (row: Bound, inner: ValueScope) => void,
): ValueScope[] {
  const rows = scope.resolve(table)
  if (!ts.isArrayLiteralExpression(rows.node) || rows.node.elements.some(ts.isSpreadElement))
    return [new ValueScope(scope)]
  return rows.node.elements.map((element) => {
    step()
    const inner = new ValueScope(scope)
    take({ node: element, scope: rows.scope }, inner)
    return inner
  })
}

function loopScopes(node: ts.ForOfStatement, scope: ValueScope): ValueScope[] {
  const declared = ts.isVariableDeclarationList(node.initializer)
    ? node.initializer.declarations[0]
    : undefined
  return rowScopes(node.expression, scope, (row, inner) => {
    if (declared) inner.take(declared.name, row)
  })
}

function templateScopes(
  node: ts.TaggedTemplateExpression,
  scope: ValueScope,
  callback: FunctionNode,
): ValueScope[] {
  if (!ts.isTemplateExpression(node.template)) return [scope]
  const columns = node.template.head.text.split('|').map((name) => name.trim())
  const cells = node.template.templateSpans.map((span) => span.expression)
  const rows = Array.from({ length: Math.floor(cells.length / columns.length) }, (_, at) => at)
  const [parameter] = callback.parameters
  return rows.map((row) => {
    const inner = new ValueScope(scope)
    if (parameter && ts.isObjectBindingPattern(parameter.name))
      for (const element of parameter.name.elements) {
        const at = columns.indexOf((element.propertyName ?? element.name).getText())
        const cell = cells[row * columns.length + at]
        if (at >= 0 && cell) inner.take(element.name, { node: cell, scope })
      }
    return inner
  })
}

/** A statement after which nothing of the block runs, at least sometimes. */
function leaves(statement: ts.Statement): boolean {
  if (ts.isReturnStatement(statement)) return true
  if (!ts.isIfStatement(statement) || asserts(statement.thenStatement)) return false
  const inside = ts.isBlock(statement.thenStatement)
    ? statement.thenStatement.statements
    : [statement.thenStatement]
  return inside.some(ts.isReturnStatement)
}

const SHORT_CIRCUITS = new Set<ts.SyntaxKind>([
  ts.SyntaxKind.AmpersandAmpersandToken,
  ts.SyntaxKind.BarBarToken,
  ts.SyntaxKind.QuestionQuestionToken,
])

function isShortCircuit(node: ts.Node): boolean {
  if (!ts.isBinaryExpression(node)) return false
  return SHORT_CIRCUITS.has(node.operatorToken.kind) && asserts(node.right)
}

function isAnyAssertion(node: ts.Node): boolean {
  return isOtherAssertion(node) || (ts.isCallExpression(node) && asserts(node))
}

function isOtherAssertion(node: ts.Node): boolean {
  if (!ts.isCallExpression(node)) return false
  const path = pathOf(node.expression)
  const name = path.at(-1) ?? ''
  if (path.length > 1 && name === 'assert') return true
  if (path.length > 1 && name === 'expect') return true
  if (path[0] === 'expect' && path.length > 1) return false
  return path.length === 1 && /^(expect|assert|verify|should|check|ensure)[A-Z]\w*$|^fail$/.test(name)
}

/** Whether something waits for a promise: it is awaited, returned, or handed to something that is. */
export function isAwaited(node: ts.Node): boolean {
  for (let at = node.parent, from = node; at !== undefined; from = at, at = at.parent) {
    if (ts.isAwaitExpression(at) || ts.isReturnStatement(at)) return true
    if (ts.isArrowFunction(at)) return at.body === from
    if (ts.isFunctionLike(at) || ts.isExpressionStatement(at)) return false
    if (ts.isVariableDeclaration(at) || ts.isBinaryExpression(at)) return true
  }
  return false
}

function isLater(path: readonly string[], node: ts.CallExpression): boolean {
  const name = path.at(-1) ?? ''
  if (/^(setTimeout|setImmediate|queueMicrotask|nextTick)$/.test(name)) return !insidePromise(node)
  return path.length > 1 && name === 'then'
}

function insidePromise(node: ts.Node): boolean {
  for (let at: ts.Node | undefined = node.parent; at !== undefined; at = at.parent)
    if (ts.isNewExpression(at) && at.expression.getText() === 'Promise') return true
  return false
}

function isSilentCatch(node: ts.CallExpression): boolean {
  const callback = node.arguments[0] && unwrapped(node.arguments[0])
  return callback === undefined || (isFunction(callback) && !asserts(callback.body))
}

function isCalled(body: ts.Node, name: string): boolean {
  return new RegExp(`(?<!function )\\b${name}\\s*\\(`).test(body.getText().replaceAll(`const ${name}`, ''))
}

function countsAssertions(test: ts.Node): boolean {
  return /expect\.(assertions\(\s*[1-9]|hasAssertions)|\.plan\(\s*[1-9]/.test(test.getText())
}
