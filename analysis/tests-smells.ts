// Tests: smells
//
// Faults of a single test: it cannot fail, its failure is not seen, it tests a mock, it sleeps, it uses the network, it
// changes the runner.
// Leaves: whether the fault was there before the change (tests.ts).

import { matchesAll } from './tests-assertions.ts'
import { type Assertion, holdsSubtests, type TestCase, type TestFile } from './tests-cases.ts'
import { exactly } from './tests-compare.ts'
import { lineOf, pathOf, some, ts, unwrapped, visit, words } from './tests-syntax.ts'
import type { ValueScope } from './tests-values.ts'

export interface Smell {
  readonly kind: string
  readonly line: number
  readonly message: string
  /** The same before and after a change when it is the same smell. */
  readonly key: string
}

/** `was`: the test before the change. */
export function smellsOfTest(test: TestCase, file: TestFile, was?: TestCase): Smell[] {
  if (test.body === undefined) return []
  const at = (kind: string, line: number, message: string, key: string): Smell => {
    return { kind, line, message: `${test.name}: ${message}`, key: `${kind} ${key}` }
  }
  const smells: Smell[] = []
  for (const one of test.assertions) {
    const text = `${one.subject} ${one.matcher} ${one.expected.join(' ')}`.trim().slice(0, 120)
    const never = tautology(one, test, file)
    if (never !== undefined) smells.push(at('tautology', one.line, `${never}: ${text}`, text))
    if (one.hidden !== undefined && isHiding(one, test, was))
      smells.push(at(one.hidden, one.line, `${HIDDEN[one.hidden]}: ${text}`, text))
  }
  if (test.assertions.length === 0 && !holdsSubtests(test.body))
    smells.push(
      test.text === '{ }' || test.text === ''
        ? at('emptied_test', test.line, 'the test is empty', test.name)
        : at('no_assertion', test.line, 'nothing is asserted', test.name),
    )
  return smells
}

/** A condition around some of what a test asserts is no sleight, unless it was put there, or there is nothing else. */
function isHiding(one: Assertion, test: TestCase, was: TestCase | undefined): boolean {
  if (one.hidden !== 'conditional_assertion' && one.hidden !== 'early_return') return true
  const open = (other: Assertion) => other.hidden === undefined
  if (!test.assertions.some(open)) return true
  if (was === undefined) return false
  const same = (other: Assertion) => exactly(other) === exactly(one)
  const countHidden = ({ assertions }: TestCase) =>
    assertions.filter((other) => !open(other) && same(other)).length
  return was.assertions.some((other) => open(other) && same(other)) && countHidden(test) > countHidden(was)
}

const HIDDEN: Record<NonNullable<Assertion['hidden']>, string> = {
  conditional_assertion: 'asserted only under a condition',
  swallowed_failure: 'a failure here is caught and dropped',
  unawaited_assertion: 'nothing waits for this assertion',
  early_return: 'the test may have returned before this',
  unreached_assertion: 'nothing runs this assertion',
}

/** Why an assertion cannot fail; undefined when it can. */
function tautology(one: Assertion, test: TestCase, file: TestFile): string | undefined {
  if (one.subjectNode === undefined) return undefined
  const { matcher } = one
  if (isSelf(one, test)) return 'a value is compared with itself'
  const parts = [one.subjectNode, ...one.expectedNodes].map(resultOf)
  if (parts.every((part) => isConstant(part, test))) return 'only constants are compared'
  if (alwaysTrue(one.subjectNode)) return 'it is true whatever happens'
  if (isEitherBoolean(unwrapped(one.subjectNode))) return 'every boolean is among these'
  if (calledMock(one.subjectNode, file)) return 'the return value of a mock is compared'
  const given = one.expectedNodes[0] && unwrapped(one.expectedNodes[0])
  if (matcher === 'toMatch' && given && matchesAll(given)) return 'every text matches'
  if (isTrivialBound(one)) return 'no number fails this'
  return undefined
}

/** The same name, or the same call where nothing else is asserted: that two calls agree may be worth a test. */
function isSelf(one: Assertion, test: TestCase): boolean {
  if (one.negated || !/^(is|toMatchObject|toContain)$/.test(one.matcher) || one.expected[0] !== one.subject)
    return false
  const [subject, expected] = [one.subjectNode, one.expectedNodes[0]]
  if (subject === undefined || expected === undefined) return false
  const same = words(subject) === words(expected)
  if (same && !some(subject, ts.isCallExpression)) return true
  const others = test.assertions.some(
    (other) => other.hidden === undefined && other.subject !== other.expected[0],
  )
  return !others && (same || nothingBetween(subject, [subject, expected], test))
}

/** Whether the names were declared right before, so that their values cannot have changed. */
function nothingBetween(at: ts.Node, parts: readonly ts.Node[], test: TestCase): boolean {
  let statement: ts.Node = at
  while (statement.parent !== undefined && !ts.isBlock(statement.parent)) statement = statement.parent
  const block = statement.parent
  if (block === undefined || !ts.isBlock(block)) return false
  const made = new Set<string>()
  for (let index = block.statements.indexOf(statement as ts.Statement) - 1; index >= 0; index--) {
    const earlier = block.statements[index]
    if (earlier === undefined || !ts.isVariableStatement(earlier)) break
    for (const { name } of earlier.declarationList.declarations) made.add(name.getText())
  }
  return !parts.some((part) =>
    some(part, (node) => {
      const bound = ts.isIdentifier(node) && !isProperty(node) ? test.inner.find(node.text) : undefined
      if (bound?.node === undefined || !ts.isIdentifier(node)) return false
      return !made.has(node.text) || isComposite(bound.node)
    }),
  )
}

/** The part of `(a, b)`, `1 ?? a` and `1 || a` that is their value. */
function resultOf(node: ts.Node): ts.Node {
  const inner = unwrapped(node)
  if (!ts.isBinaryExpression(inner)) return inner
  const operator = inner.operatorToken.kind
  if (operator === ts.SyntaxKind.CommaToken) return resultOf(inner.right)
  const isDecided =
    (operator === ts.SyntaxKind.QuestionQuestionToken || operator === ts.SyntaxKind.BarBarToken) &&
    isTruthyLiteral(unwrapped(inner.left))
  return isDecided ? inner.left : inner
}

const BUILTIN =
  /^(Math|JSON|Object|Array|Number|String|Boolean|Symbol|BigInt|undefined|NaN|Infinity|expect|vi|jest)$/

/** Made of literals and the language's own functions alone. */
function isConstant(node: ts.Node, test: TestCase): boolean {
  const constant = (one: ts.Node, scope: ValueScope, depth: number): boolean =>
    !some(one, (part) => {
      if (part.kind === ts.SyntaxKind.ThisKeyword || ts.isFunctionLike(part) || ts.isNewExpression(part))
        return true
      if (!ts.isIdentifier(part) || isProperty(part) || BUILTIN.test(part.text)) return false
      return !isConstantName(part.text, scope, depth)
    })
  const isConstantName = (name: string, scope: ValueScope, depth: number): boolean => {
    const bound = scope.find(name)
    if (bound?.node === undefined || depth > 4) return false
    if (isComposite(bound.node) && countOf(name, test) > 2) return false
    return constant(bound.node, bound.scope ?? scope, depth + 1)
  }
  return constant(node, test.inner, 0)
}

function isProperty(node: ts.Identifier): boolean {
  const { parent } = node
  return (
    (ts.isPropertyAccessExpression(parent) && parent.name === node) ||
    (ts.isPropertyAssignment(parent) && parent.name === node)
  )
}

/** What may have been changed since it was made. */
function isComposite(node: ts.Node): boolean {
  const inner = unwrapped(node)
  return ts.isArrayLiteralExpression(inner) || ts.isObjectLiteralExpression(inner)
}

function countOf(name: string, test: TestCase): number {
  return test.text.split(/[^\w$]+/).filter((word) => word === name).length
}

function alwaysTrue(node: ts.Node): boolean {
  const inner = unwrapped(node)
  if (!ts.isBinaryExpression(inner)) return false
  const operator = inner.operatorToken.kind
  if (operator === ts.SyntaxKind.BarBarToken)
    return isTruthyLiteral(unwrapped(inner.left)) || isTruthyLiteral(unwrapped(inner.right))
  const equal = [ts.SyntaxKind.EqualsEqualsEqualsToken, ts.SyntaxKind.EqualsEqualsToken].includes(operator)
  return equal && words(inner.left) === words(inner.right)
}

function isTruthyLiteral(node: ts.Node): boolean {
  if (node.kind === ts.SyntaxKind.TrueKeyword) return true
  return ts.isNumericLiteral(node) ? Number(node.text) !== 0 : ts.isStringLiteral(node) && node.text !== ''
}

function isEitherBoolean(node: ts.Node): boolean {
  if (!ts.isArrayLiteralExpression(node)) return false
  const kinds = node.elements.map((element) => element.kind)
  return kinds.includes(ts.SyntaxKind.TrueKeyword) && kinds.includes(ts.SyntaxKind.FalseKeyword)
}

function isTrivialBound({ subject, matcher, expected }: Assertion): boolean {
  const size = /\. (length|size)$/.test(subject)
  if (
    /^toBeGreaterThan(OrEqual)?$/.test(matcher) &&
    /^- Infinity$|NEGATIVE_INFINITY$/.test(expected[0] ?? '')
  )
    return true
  if (/^toBeLessThan(OrEqual)?$/.test(matcher) && /^Infinity$|POSITIVE_INFINITY$/.test(expected[0] ?? ''))
    return true
  return size && matcher === 'toBeGreaterThanOrEqual' && /^(0|- \d+)$/.test(expected[0] ?? '')
}

/** `expect(mock(1))`, where the mock was made in the file. */
function calledMock(node: ts.Node, { file }: TestFile): boolean {
  const inner = unwrapped(node)
  return (
    ts.isCallExpression(inner) &&
    ts.isIdentifier(inner.expression) &&
    mocksOf(file).has(inner.expression.text)
  )
}

const MAKES_MOCK = /\b(?:const|let|var)\s+([\w$]+)\s*=\s*(?:vi|jest|mock|t\.mock|sinon)\.(?:fn|stub|spy)\(/g
const mocks = new WeakMap<ts.SourceFile, ReadonlySet<string>>()

/** The names of the mocks that a file makes. */
function mocksOf(file: ts.SourceFile): ReadonlySet<string> {
  const names = mocks.get(file) ?? new Set([...file.text.matchAll(MAKES_MOCK)].map(([, name = '']) => name))
  mocks.set(file, names)
  return names
}

/** Faults of a test file outside its tests. */
export function smellsOfFile({ file, tests, path }: TestFile, subjects: readonly string[]): Smell[] {
  const smells: Smell[] = []
  const add = (kind: string, node: ts.Node, message: string) =>
    smells.push({ kind, line: lineOf(node), message, key: `${kind} ${words(node).slice(0, 300)}` })
  const clock = /\b(useFakeTimers|timers\.enable|install\(|fakeAsync)/.test(file.text)
  const network =
    /\b(stubGlobal\(\s*['"]fetch|(globalThis|global|window)\.fetch\s*=|spyOn\((globalThis|global|window),\s*['"]fetch|setupServer|nock\(|MockAgent|fetchMock)/.test(
      file.text,
    )
  visit(file, (node) => {
    if (ts.isCallExpression(node)) {
      const asleep = clock ? undefined : sleep(node)
      if (asleep !== undefined) add('sleeps', node, `a test waits ${asleep}`)
      const away = network ? undefined : outside(node)
      if (away !== undefined) add('network', node, `a test reaches ${away}`)
      const mocked = mockedSubject(node, path, tests, subjects)
      if (mocked !== undefined)
        add('mocked_subject', node, `${mocked} is what is tested, and is replaced by a mock`)
      const meddles = meddling(node)
      if (meddles !== undefined) add('meddles_with_runner', node, meddles)
    }
    if (
      ts.isPropertyAssignment(node) &&
      node.name.getText() === 'retry' &&
      !/^0$/.test(node.initializer.getText())
    )
      add('retried', node, 'a test that fails is run again until it passes')
    if (ts.isBinaryExpression(node) && isReplacement(node))
      add('meddles_with_runner', node, `${node.left.getText()} is replaced`)
    if (ts.isWhileStatement(node) && /\b(Date\.now|performance\.now)\(/.test(node.expression.getText()))
      add('sleeps', node, 'a test waits for the clock')
  })
  return smells
}

const MAX_SLEEP_MS = 25

function sleep(node: ts.CallExpression): string | undefined {
  const path = pathOf(node.expression)
  const name = path.at(-1) ?? ''
  const sleeps = /^(sleep|delay|wait|pause|waitForTimeout|setTimeout)$/.test(name)
  if (path.join('.') === 'Atomics.wait') return 'in Atomics.wait'
  if (!sleeps || path.length > 1 || isOwnClock(name, node)) return undefined
  const isWait =
    name !== 'setTimeout' || resolvesPromise(node) || ts.isNumericLiteral(node.arguments[0] ?? node)
  const ms = node.arguments.map(unwrapped).find(ts.isNumericLiteral)
  if (!isWait || ms === undefined || Number(ms.text.replaceAll('_', '')) < MAX_SLEEP_MS) return undefined
  return `${ms.text} ms`
}

/** A `wait` of the file's own that sets no timer moves a clock of its own. */
function isOwnClock(name: string, node: ts.Node): boolean {
  const { text } = node.getSourceFile()
  const made = new RegExp(`\\b(?:function\\s+${name}\\b|(?:const|let|var)\\s+${name}\\s*=)`).test(text)
  return name !== 'setTimeout' && made && !/\bsetTimeout\b/.test(text)
}

/** `setTimeout(resolve, 500)` and `setTimeout(() => resolve(), 500)`. */
function resolvesPromise(node: ts.CallExpression): boolean {
  for (let at: ts.Node | undefined = node.parent; at !== undefined; at = at.parent)
    if (ts.isNewExpression(at) && at.expression.getText() === 'Promise') return true
  const callback = node.arguments[0]?.getText() ?? ''
  return /^(resolve|done|r|res)$/.test(callback) || /\bdone\(/.test(callback) || /\bexpect\(/.test(callback)
}

const REACHES =
  /^(fetch|axios|got|request|get|post|put|delete|head|connect|createConnection|lookup|resolve|WebSocket|EventSource)$/
const LOCAL =
  /^(\w+:\/\/)?(localhost|127\.|0\.0\.0\.0|\[?::1|[\w.-]*\.(test|invalid|local|localhost|example)\b|(www\.)?example\.(com|org|net))/

function outside(node: ts.CallExpression): string | undefined {
  const path = pathOf(node.expression)
  if (!REACHES.test(path.at(-1) ?? '')) return undefined
  const direct = path.length === 1 && /^(fetch|got|axios)$/.test(path[0] ?? '')
  const client =
    path.length > 1 && /^(axios|got|http|https|net|tls|dns|request|ky|undici|superagent)$/.test(path[0] ?? '')
  if (!direct && !client) return undefined
  const first = node.arguments[0] && unwrapped(node.arguments[0])
  const address = first && addressOf(first)
  if (address === undefined) return undefined
  const public0 = /^(https?|wss?):\/\//.test(address) || client
  return public0 && !LOCAL.test(address.replace(/^\w+:\/\//, '')) ? address.slice(0, 80) : undefined
}

function addressOf(node: ts.Node): string | undefined {
  if (ts.isStringLiteralLike(node)) return node.text
  if (ts.isTemplateExpression(node)) return node.head.text === '' ? undefined : node.head.text
  if (ts.isNewExpression(node) && node.arguments?.[0]) return addressOf(unwrapped(node.arguments[0]))
  if (!ts.isIdentifier(node)) return undefined
  const made = new RegExp(`\\bconst\\s+${node.text}\\s*=\\s*['"\`]([^'"\`$]+)`).exec(
    node.getSourceFile().text,
  )
  return made?.[1]
}

/** The module that a file of tests is for, replaced by a mock: by its name, or because its functions are asserted on. */
function mockedSubject(
  node: ts.CallExpression,
  path: string,
  tests: readonly TestCase[],
  subjects: readonly string[],
): string | undefined {
  const call = pathOf(node.expression).join('.')
  const first = node.arguments[0] && unwrapped(node.arguments[0])
  if (first === undefined) return undefined
  if (/^(vi|jest)\.(mock|doMock|unstable_mockModule|setMock)$|^(t\.)?mock\.module$/.test(call)) {
    const specifier = ts.isStringLiteralLike(first) ? first.text : importedIn(first)
    if (specifier === undefined || !/^[.#@~/]/.test(specifier)) return undefined
    const name = bareName(specifier)
    const own = bareName(path) === name || subjects.some((subject) => bareName(subject) === name)
    return own || isAssertedOn(node.getSourceFile(), specifier, tests) ? specifier : undefined
  }
  if (/^(vi|jest|sinon)\.(spyOn|stub)$|^(t\.)?mock\.method$/.test(call) && node.arguments[1]) {
    const target = `${first.getText()} . ${node.arguments[1].getText().replace(/['"`]/g, '')} (`
    const replaced =
      /\.(mock(Return|Resolved|Rejected|Implementation)\w*|returns)\(/.test(
        node.parent.parent?.getText() ?? '',
      ) || node.arguments.length > 2
    return replaced && tests.some((test) => test.assertions.some((one) => one.subject.startsWith(target)))
      ? target.replace(/ \($/, '')
      : undefined
  }
  return undefined
}

/** `vi.mock(import('./a.ts'))` */
function importedIn(node: ts.Node): string | undefined {
  const first = ts.isCallExpression(node) && node.arguments[0]
  return first && ts.isStringLiteralLike(first) ? first.text : undefined
}

function bareName(path: string): string {
  const last = path.split('/').at(-1) ?? ''
  return last.replace(/\.[cm]?[jt]sx?$/, '').replace(/[._-](canopy|test|spec|unit)\b.*$/, '')
}

/** Whether an import from a module is called in a tested value. */
function isAssertedOn(file: ts.SourceFile, specifier: string, tests: readonly TestCase[]): boolean {
  const names = file.statements.flatMap((statement) => {
    if (!ts.isImportDeclaration(statement)) return []
    if (!ts.isStringLiteral(statement.moduleSpecifier) || statement.moduleSpecifier.text !== specifier)
      return []
    const named = statement.importClause?.namedBindings
    const own = statement.importClause?.name?.text
    const others = named && ts.isNamedImports(named) ? named.elements.map((one) => one.name.text) : []
    return own === undefined ? others : [own, ...others]
  })
  const calls = (subject: string) => names.some((name) => subject.startsWith(`${name} (`))
  return tests.some((test) => test.assertions.some((one) => calls(one.subject)))
}

function meddling(node: ts.CallExpression): string | undefined {
  const call = pathOf(node.expression).join('.')
  const itself = call === 'process.kill' && node.arguments[0]?.getText() === 'process.pid'
  if (itself || /^process\.(exit|abort|reallyExit)$/.test(call)) return `a test calls ${call}`
  if (
    /^process\.(on|once|addListener)$/.test(call) &&
    /uncaught|unhandled/.test(node.arguments[0]?.getText() ?? '')
  )
    return 'a test catches what no test caught'
  if (call === 'jest.retryTimes' || call === 'this.retries')
    return 'a test that fails is run again until it passes'
  if (call === 'expect.extend' && /\bto(Be|Equal|StrictEqual|Throw|Match)\b\s*[:(]/.test(node.getText()))
    return 'an assertion of the runner is replaced'
  if (/^expect\.assertions$/.test(call) && node.arguments[0]?.getText() === '0')
    return 'zero assertions are required'
  return undefined
}

function isReplacement(node: ts.BinaryExpression): boolean {
  if (node.operatorToken.kind !== ts.SyntaxKind.EqualsToken) return false
  const target = pathOf(node.left).join('.')
  return /^((globalThis|global)\.)?(expect|assert)(\.\w+)*$|^process\.exitCode$|^(globalThis|global)\.(it|test|describe)$/.test(
    target,
  )
}
