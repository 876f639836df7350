// Tests: libraries
//
// The names by which one file of tests asserts: the objects and functions of its assertion libraries, and the objects that
// its test functions get (`t` of tape, tap and AVA, `assert` of QUnit), all by any name that the file gives them.
// Leaves: how much an assertion demands (tests-assertions.ts).
//
// L1. All spellings of one assertion have one name: the one of node:assert.

import { isFunction, pathOf, ts, unwrapped, visit } from './tests-syntax.ts'

export interface AssertionNames {
  /** Objects whose functions assert, such as `assert`; some can be called themselves. */
  readonly objects: ReadonlySet<string>
  /** What test functions get. Only functions with a known name assert. */
  readonly contexts: ReadonlySet<string>
  /** Functions, with their names in the library. */
  readonly functions: ReadonlyMap<string, string>
  /** A library is loaded whose tests assert by their contexts; else only whole statements are taken for assertions. */
  readonly hasContexts: boolean
}

const ASSERTIONS =
  /^((node:)?assert(\/strict)?|chai|uvu\/assert|power-assert|should|@japa\/assert|zora\/assert)$/
/** Their module asserts itself, and gives objects that do. */
const TAP = /^(tap|libtap|tape|supertape|fresh-tape|blue-tape|tape-\w+|zora|brittle|@tapjs\/[\w-]+)$/

const known = new WeakMap<ts.SourceFile, AssertionNames>()

export function assertionNames(file: ts.SourceFile): AssertionNames {
  const found = known.get(file) ?? read(file)
  known.set(file, found)
  return found
}

function read(file: ts.SourceFile): AssertionNames {
  const names = {
    objects: new Set(['assert', 'assertStrict', 'chai.assert', 'sinon.assert']),
    contexts: new Set<string>(),
    functions: new Map<string, string>(),
    hasContexts: false,
  }
  visit(file, (node) => {
    if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier))
      takeImport(node, node.moduleSpecifier.text, names)
    if (ts.isVariableDeclaration(node) && node.initializer) takeRequire(node, names)
    if (ts.isCallExpression(node)) takeContext(node, names)
  })
  return names
}

interface Collected {
  readonly objects: Set<string>
  readonly contexts: Set<string>
  readonly functions: Map<string, string>
  hasContexts: boolean
}

function takeImport({ importClause }: ts.ImportDeclaration, module: string, names: Collected): void {
  names.hasContexts ||= isContextual(module)
  const bindings = importClause?.namedBindings
  const whole = [importClause?.name, bindings && ts.isNamespaceImport(bindings) ? bindings.name : undefined]
  for (const name of whole) if (name) takeWhole(name.text, module, names)
  if (bindings && ts.isNamedImports(bindings))
    for (const { name, propertyName } of bindings.elements)
      takePart(name.text, (propertyName ?? name).text, module, names)
}

/** `const a = require('assert').strict`, `const { is: same } = require('uvu/assert')`. */
function takeRequire({ name, initializer }: ts.VariableDeclaration, names: Collected): void {
  const module = /^require\(\s*['"]([^'"]+)['"]\s*\)(\.(strict|assert|test|default)|\.should\(\))?$/.exec(
    initializer?.getText() ?? '',
  )?.[1]
  if (module === undefined) return
  names.hasContexts ||= isContextual(module)
  if (ts.isIdentifier(name)) return takeWhole(name.text, module, names)
  if (!ts.isObjectBindingPattern(name)) return
  for (const element of name.elements)
    if (ts.isIdentifier(element.name))
      takePart(element.name.text, (element.propertyName ?? element.name).getText(), module, names)
}

function isContextual(module: string): boolean {
  return TAP.test(module) || /^(ava|qunit|qunitjs)$/.test(module)
}

function takeWhole(local: string, module: string, names: Collected): void {
  if (ASSERTIONS.test(module)) names.objects.add(local)
  if (TAP.test(module)) names.contexts.add(local)
}

function takePart(local: string, name: string, module: string, names: Collected): void {
  if (ASSERTIONS.test(module)) {
    if (/^(assert|strict|default|should)$/.test(name)) names.objects.add(local)
    else names.functions.set(local, name)
  }
  if (TAP.test(module) && /^(t|tap|default)$/.test(name)) names.contexts.add(local)
}

/** The first parameter of the function that a test is: `(t) => ...`, `({ equal, end }) => ...`. */
function takeContext(node: ts.CallExpression, names: Collected): void {
  // Of `it.each(rows)('...', (row) => ...)` it is a value.
  if (ts.isCallExpression(unwrapped(node.expression))) return
  const isNamed = node.arguments.some(
    (one) => ts.isStringLiteralLike(unwrapped(one)) || ts.isTemplateExpression(one),
  )
  const isMacro = pathOf(node.expression).at(-1) === 'macro'
  if (!isNamed && !isMacro && !/^(test|it)$/.test(pathOf(node.expression).at(-1) ?? '')) return
  for (const argument of node.arguments) {
    const run = unwrapped(argument)
    const first = isFunction(run) ? run.parameters[0]?.name : undefined
    if (first && ts.isIdentifier(first)) names.contexts.add(first.text)
    if (first && ts.isObjectBindingPattern(first))
      for (const { name, propertyName } of first.elements) {
        const own = (propertyName ?? name).getText()
        if (ts.isIdentifier(name) && canonical([own], 2) !== undefined) names.functions.set(name.text, own)
      }
  }
}

const SPELLINGS: Readonly<Record<string, readonly string[]>> = {
  strictEqual: ['is', 'equal', 'equals', 'isEqual', 'isStrictEqual', 'strictEquals', 'identical', 'exactly'],
  deepStrictEqual: ['deepEquals', 'isDeeply', 'isDeepEqual', 'strictSame', 'sameStrict', 'strictDeepEqual', 'strictDeepEquals', 'isEquivalent', 'propEqual'],
  deepEqual: ['same', 'equivalent', 'looseEquivalent', 'deepLooseEqual', 'looseEqual', 'looseEquals'],
  ok: ['truthy', 'assert', 'exist'],
  notOk: ['falsy', 'notok', 'notOK'],
  isTrue: ['true'],
  isFalse: ['false'],
  isNull: ['null'],
  isUndefined: ['undefined'],
  throws: ['raises', 'throw', 'expectUncaughtException'],
  doesNotThrow: ['notThrows'],
  rejects: ['throwsAsync'],
  doesNotReject: ['notThrowsAsync', 'resolves'],
  match: ['regex', 'matches', 'resolveMatch', 'matchStrict'],
  doesNotMatch: ['notRegex', 'notMatch'],
  partialDeepStrictEqual: ['like', 'has', 'hasStrict', 'hasProps', 'hasProp', 'matchOnly', 'propContains'],
  instanceOf: ['instance', 'isa', 'isA', 'type'],
  ifError: ['error', 'ifErr', 'iferror'],
  snapshot: ['matchSnapshot', 'fixture'],
  fail: ['unreachable'],
  notStrictEqual: ['isNot', 'isNotEqual', 'notEquals', 'isInequal', 'notStrict', 'doesNotEqual'],
  notDeepStrictEqual: ['notPropEqual', 'notStrictSame', 'notDeepEquals', 'isNotDeepEqual', 'notEquivalent', 'notDeeply'],
  notDeepEqual: ['notSame', 'notDeepLooseEqual', 'notLooseEqual'],
  notPartialDeepStrictEqual: ['unlike', 'notHas'],
} // biome-ignore format: a plain table

const CANONICAL = new Map(
  Object.entries(SPELLINGS).flatMap(([name, spellings]) =>
    [name, ...spellings].map((one) => [one, name] as const),
  ),
)

/**
 * The name in node:assert of an assertion of any library: `['not', 'equal']` is `notStrictEqual`. Undefined when it is not
 * known, as for `plan`, `end` and `comment`.
 */
export function canonical(path: readonly string[], given: number): string | undefined {
  const last = path.at(-1) ?? ''
  const before = path.slice(0, -1)
  if (last === 'not') return before.includes('is') || given > 1 ? 'notStrictEqual' : 'notOk'
  const name = CANONICAL.get(last)
  if (name === undefined || !before.includes('not')) return name
  return `not${name[0]?.toUpperCase() ?? ''}${name.slice(1)}`
}
