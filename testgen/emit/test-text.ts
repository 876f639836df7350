// Test text
//
// Owns:   a file of tests as its parts: its loads, its groups, the tests in each.
// Leaves: adding tests to one (add-tests.ts).

import ts from 'typescript-analysis'

export interface LoadedName {
  readonly local: string
  /** `default`, `*` for the whole module, or the name of an export. */
  readonly exported: string
  /** As it is written between braces; empty for the others. */
  readonly text: string
}

/** An import, or a `const` that is required. */
export interface Load {
  readonly node: ts.Statement
  readonly kind: 'import' | 'require'
  /** With its quotes. */
  readonly from: string
  readonly specifier: string
  readonly names: readonly LoadedName[]
  /** The braces and the names between them. */
  readonly braces: ts.Node | undefined
}

/** A top-level `describe` with a plain title. */
export interface Group {
  readonly node: ts.Statement
  readonly title: string
  readonly body: ts.Block
  readonly tests: readonly ts.Statement[]
  /** Titles of the tests. */
  readonly titles: readonly string[]
  /** Everything else in it, without spaces, quotes and semicolons. */
  readonly hooks: string
}

/** A test at the top level, or a call there that is none: a hook, or `test.run()`. */
export interface TopCall {
  readonly node: ts.Statement
  readonly title: string | undefined
}

export interface TestText {
  readonly file: ts.SourceFile
  readonly calls: readonly TopCall[]
  readonly loads: readonly Load[]
  readonly groups: readonly Group[]
  /** All other statements. */
  readonly others: readonly ts.Statement[]
}

export function readTestText(name: string, text: string): TestText {
  const file = ts.createSourceFile(name, text, ts.ScriptTarget.ESNext, true)
  const loads: Load[] = []
  const groups: Group[] = []
  const calls: TopCall[] = []
  const others: ts.Statement[] = []
  for (const statement of file.statements) {
    const load = loadIn(statement)
    const group = load === undefined ? groupIn(statement) : undefined
    if (load !== undefined) loads.push(load)
    else if (group !== undefined) groups.push(group)
    else if (isOfRunner(statement)) calls.push({ node: statement, title: titleOf(statement) })
    else others.push(statement)
  }
  return { file, loads, groups, calls, others }
}

/** `test('...', ...)`, `tap.test('...', ...)`, `test.serial('...', ...)`, `QUnit.testDone(...)`, `test.run()`. */
function isOfRunner(statement: ts.Statement): boolean {
  return /^((tap|QUnit)\.)?test(Done)?\b/.test(callIn(statement)?.expression.getText() ?? '')
}

function titleOf(statement: ts.Statement): string | undefined {
  const [named] = callIn(statement)?.arguments ?? []
  return named !== undefined && ts.isStringLiteralLike(named) ? named.text : undefined
}

function loadIn(node: ts.Statement): Load | undefined {
  if (ts.isImportDeclaration(node)) return importIn(node)
  const [declared] = ts.isVariableStatement(node) ? node.declarationList.declarations : []
  const made = declared?.initializer
  if (declared === undefined || made === undefined || !ts.isCallExpression(made)) return undefined
  const [from] = made.arguments
  if (made.expression.getText() !== 'require' || from === undefined || !ts.isStringLiteral(from))
    return undefined
  const { name } = declared
  const read = { node, kind: 'require' as const, from: from.getText(), specifier: from.text }
  if (ts.isIdentifier(name))
    return { ...read, names: [{ local: name.text, exported: '*', text: '' }], braces: undefined }
  if (!ts.isObjectBindingPattern(name)) return undefined
  const names = name.elements.map((each) => ({
    local: each.name.getText(),
    exported: nameIn(each.propertyName ?? each.name),
    text: each.getText(),
  }))
  return { ...read, names, braces: name }
}

function importIn(node: ts.ImportDeclaration): Load | undefined {
  const { importClause: clause, moduleSpecifier: from } = node
  if (clause === undefined || clause.isTypeOnly || !ts.isStringLiteral(from)) return undefined
  const { namedBindings: bindings, name } = clause
  const names: LoadedName[] = name ? [{ local: name.text, exported: 'default', text: '' }] : []
  if (bindings && ts.isNamespaceImport(bindings))
    names.push({ local: bindings.name.text, exported: '*', text: '' })
  if (bindings && ts.isNamedImports(bindings))
    for (const each of bindings.elements)
      names.push({
        local: each.name.text,
        exported: nameIn(each.propertyName ?? each.name),
        text: each.getText(),
      })
  const braces = bindings && ts.isNamedImports(bindings) ? bindings : undefined
  return { node, kind: 'import', from: from.getText(), specifier: from.text, names, braces }
}

function nameIn(node: ts.Node): string {
  return ts.isIdentifier(node) || ts.isStringLiteral(node) ? node.text : node.getText()
}

function groupIn(node: ts.Statement): Group | undefined {
  const call = callIn(node)
  const body = call?.arguments.at(-1)
  if (call === undefined || body === undefined || call.expression.getText() !== 'describe') return undefined
  const [title] = call.arguments
  if (title === undefined || !ts.isStringLiteralLike(title)) return undefined
  if (!(ts.isArrowFunction(body) || ts.isFunctionExpression(body)) || !ts.isBlock(body.body)) return undefined
  const isTest = (statement: ts.Statement) =>
    /^(it|test)$/.test(callIn(statement)?.expression.getText() ?? '')
  const tests = body.body.statements.filter(isTest)
  const titles = tests.flatMap((test) => titleOf(test) ?? [])
  const hooks = body.body.statements
    .filter((statement) => !isTest(statement))
    .map((statement) => statement.getText().replace(/[\s;'"`,]/g, ''))
    .sort()
    .join('\n')
  return { node, title: title.text, body: body.body, tests, titles, hooks }
}

function callIn(node: ts.Statement): ts.CallExpression | undefined {
  return ts.isExpressionStatement(node) && ts.isCallExpression(node.expression) ? node.expression : undefined
}
