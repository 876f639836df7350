// Tests: assertions
//
// Recognises assertions (expect of vitest and jest, chai, should, node:assert and its kin, the contexts of tape, tap, AVA and
// QUnit) and measures how much each demands, so that two can be compared.
// Leaves: the names of the libraries in a file (tests-libraries.ts).
//
// V1. Different spellings of one demand are equal: `toBe(null)` and `toBeNull()`, `ok(a === b)` and `equal(a, b)`.

import { assertionNames, canonical } from './tests-libraries.ts'
import { pathOf, some, ts, unwrapped, words } from './tests-syntax.ts'
import type { ValueScope } from './tests-values.ts'

/** How much an assertion demands, from nothing to one exact value. */
export const STRENGTH = { nothing: 0, any: 1, kind: 2, bound: 3, part: 4, exact: 5, strict: 6 } as const

export interface Demand {
  readonly subject: string
  readonly subjectNode: ts.Node | undefined
  readonly matcher: string
  readonly expected: readonly string[]
  readonly expectedNodes: readonly ts.Node[]
  readonly negated: boolean
  readonly strength: number
  /** A promise that must be awaited for the assertion to count. */
  readonly promised: boolean
}

interface Chain {
  readonly subject: ts.Node | undefined
  readonly names: readonly string[]
  readonly args: readonly ts.Expression[]
  /** False for the chain `expect(a).to.be.true`, and for a matcher that nobody calls. */
  readonly isCalled: boolean
}

/** The demand a call (or the end of a chai chain) makes; undefined when it is no assertion. */
export function demandOf(node: ts.Node, scope: ValueScope, strictAssert: boolean): Demand | undefined {
  const chain = chainOf(node)
  if (chain !== undefined) return ofChain(chain, scope)
  return ts.isCallExpression(node) ? ofAssert(node, scope, strictAssert) : undefined
}

function chainOf(node: ts.Node): Chain | undefined {
  const names: string[] = []
  let args: readonly ts.Expression[] = []
  let at: ts.Node = node
  if (ts.isCallExpression(at) && ts.isPropertyAccessExpression(at.expression)) {
    args = at.arguments
    at = at.expression
  } else if (!ts.isPropertyAccessExpression(at)) return undefined
  while (ts.isPropertyAccessExpression(at) || ts.isCallExpression(at)) {
    if (ts.isCallExpression(at)) {
      const path = pathOf(at.expression)
      const start = path.slice(0, 2).join('.')
      if (path[0] === 'expect' && (path.length === 1 || /^expect\.(soft|poll|element)$/.test(start)))
        return { subject: at.arguments[0], names: names.reverse(), args, isCalled: ts.isCallExpression(node) }
      if (/^(expectTypeOf|assertType)$/.test(path[0] ?? '') && path.length === 1)
        return { subject: at.arguments[0], names: names.reverse(), args, isCalled: ts.isCallExpression(node) }
      if (path.length === 1 && path[0] === 'should')
        return { subject: at.arguments[0], names: names.reverse(), args, isCalled: ts.isCallExpression(node) }
      at = at.expression
    } else {
      // `list.should.have.length(1)`
      if (at.name.text === 'should' && names.length > 0)
        return { subject: at.expression, names: names.reverse(), args, isCalled: ts.isCallExpression(node) }
      names.push(at.name.text)
      at = at.expression
    }
  }
  return undefined
}

const CHAI_FILLERS = /^(to|be|been|is|that|which|and|has|have|with|at|of|same|does|still|also|an?)$/
const CHAI_ENDS = /^(true|false|null|undefined|NaN|ok|exist|empty|called|calledOnce|finite)$/

function ofChain({ subject, names, args, isCalled }: Chain, scope: ValueScope): Demand | undefined {
  const negated = names.includes('not')
  const promised = names.some((name) => name === 'resolves' || name === 'rejects' || name === 'eventually')
  const last = names.at(-1) ?? ''
  if (/^(extend|assertions|hasAssertions)$/.test(last)) return undefined
  const jest = /^to[A-Z]/.test(last)
  if (jest && !isCalled) return undefined
  if (!jest && CHAI_FILLERS.test(last) && !/^an?$/.test(last) && !(last === 'be' && args.length > 0))
    return undefined
  if (!jest && !CHAI_ENDS.test(last) && args.length === 0 && !/^throws?$/i.test(last)) return undefined
  const deep = names.includes('deep') ? 'deep.' : ''
  const [matcher, given, strength] = meaningOf(jest ? last : `${deep}${last}`, args, scope)
  const demand = make(subject, matcher, given, strength, { negated, promised, scope })
  const rejects = names.includes('rejects') ? { ...demand, matcher: `rejects ${demand.matcher}` } : demand
  return unfold(rejects, scope)
}

type Meaning = [matcher: string, expected: readonly (ts.Expression | string)[], strength: number]

const IS: Record<string, string> = {
  toBeNull: 'null',
  toBeUndefined: 'undefined',
  toBeNaN: 'NaN',
  toBeTrue: 'true',
  toBeFalse: 'false',
  null: 'null',
  undefined: 'undefined',
  NaN: 'NaN',
  true: 'true',
  false: 'false',
}
const EQUAL =
  /^(be|exactly|toBe|toEqual|equals?|eql?|deep\.(equals?|eql?)|toEqualTypeOf|toMatchTypeOf|toBeCalledWith)$/
const SAME = /^toStrictEqual$/
const ANY = /^(toBeTruthy|toBeDefined|toBeFalsy|toExist|ok|exist|toBeInTheDocument)$/
const KIND = /^(toBeInstanceOf|toBeTypeOf|a|an|instanceof|instanceOf|typeOf)$/
const BOUND =
  /^(toBe(Greater|Less)Than(OrEqual)?|above|below|least|most|gt|lt|gte|lte|greaterThan|lessThan|within|toHaveBeenCalled|toBeCalled|called|toHaveReturned|toSatisfy|satisfy|oneOf|toBeOneOf)$/
const PART =
  /^(toContain|toContainEqual|toMatch|toMatchObject|toBeCloseTo|closeTo|toHaveProperty|(deep\.)?(include|includes|contain|contains|members|property|keys|match|string)|toInclude|partialDeepStrictEqual)$/
const THROW = /^(toThrow|toThrowError|throws?|Throw|rejects|rejected|rejectedWith)$/

function meaningOf(name: string, args: readonly ts.Expression[], scope: ValueScope): Meaning {
  const is = IS[name]
  if (is !== undefined) return ['is', [is], STRENGTH.exact]
  if (SAME.test(name)) return ['is', args, args.some(isComposite) ? STRENGTH.strict : STRENGTH.exact]
  if (EQUAL.test(name)) return ['is', args, exactness(args)]
  if (/^(toHaveLength|lengthOf|length)$/.test(name)) return ['length', args, STRENGTH.exact]
  if (ANY.test(name)) return [name === 'toBeFalsy' ? 'falsy' : 'any', [], STRENGTH.any]
  if (KIND.test(name)) return ['kind', args, STRENGTH.kind]
  if (BOUND.test(name)) return [name, args, STRENGTH.bound]
  if (THROW.test(name)) return ['throws', args, throwStrength(args, scope)]
  if (PART.test(name)) return [name, args, partStrength(name, args, scope)]
  if (/Snapshot$/.test(name)) return ['snapshot', args, STRENGTH.exact]
  return [name, args, exactness(args)]
}

function isComposite(node: ts.Node): boolean {
  const inner = unwrapped(node)
  return ts.isObjectLiteralExpression(inner) || ts.isArrayLiteralExpression(inner)
}

/** `expect.any(Number)` in the place of a value weakens the demand. */
function exactness(args: readonly ts.Expression[]): number {
  const first = args[0] && unwrapped(args[0])
  const text = first?.getText() ?? ''
  if (/^expect\.(anything|any)\(/.test(text)) return STRENGTH.any
  const vague = args.some((arg) => /\bexpect\.(not\.)?[a-zA-Z]+\(/.test(arg.getText()))
  return vague ? STRENGTH.part : STRENGTH.exact
}

function throwStrength(args: readonly ts.Expression[], scope: ValueScope): number {
  const demands = args.filter(
    (arg) => ts.isStringLiteralLike(arg) === false || (arg as ts.StringLiteral).text !== '',
  )
  if (demands.length === 0) return STRENGTH.kind
  const resolved = scope.resolve(demands[0] as ts.Expression).node
  if (matchesAll(resolved)) return STRENGTH.kind
  const kind = ts.isIdentifier(resolved) || ts.isPropertyAccessExpression(resolved)
  return kind ? STRENGTH.bound : STRENGTH.part
}

function partStrength(name: string, args: readonly ts.Expression[], scope: ValueScope): number {
  if (/toHaveProperty|property/.test(name)) return args.length > 1 ? STRENGTH.exact : STRENGTH.bound
  const first = args[0] && scope.resolve(args[0]).node
  if (first && (matchesAll(first) || words(first) === '{ }' || words(first) === '""')) return STRENGTH.any
  return STRENGTH.part
}

/** A pattern that no text fails. */
export function matchesAll(node: ts.Node): boolean {
  if (!ts.isRegularExpressionLiteral(node)) return false
  return /^\/(\^?\(?\.[*+]?\??\)?\$?|\^|\$|\(\?:\)|\[\^?\\?[sS]\\?[sS]\][*+]|\|.*|.*\|)\/[a-z]*$/.test(
    node.text,
  )
}

const OTHER_OBJECTS = /^(chai|sinon)\.assert$/
/** Functions of objects that assert which assert nothing themselves. */
const NO_ASSERTION = /^(pass|plan|expect|async|timeout|end|comment|diagnostic|skip|todo|test|teardown|log)$/

/** The name in node:assert; for an assertion that only its library has, that one. */
function assertName(node: ts.CallExpression): string | undefined {
  const path = pathOf(node.expression).filter((part, at) => at === 0 || part !== 'strict')
  const [object = '', ...names] = path
  const { objects, contexts, functions, hasContexts } = assertionNames(node.getSourceFile())
  const given = node.arguments.length
  if (names.length === 0) {
    if (objects.has(object)) return 'ok'
    const imported = functions.get(object)
    return imported === undefined ? undefined : canonical([imported], given)
  }
  const last = names.at(-1) ?? ''
  if (objects.has(object) || OTHER_OBJECTS.test(path.slice(0, -1).join('.')))
    return NO_ASSERTION.test(last) ? undefined : (canonical(names, given) ?? last)
  if (names[0] === 'assert' && names.length > 1) return canonical(names.slice(1), given) ?? last
  const isContext = contexts.has(object) && (hasContexts || isStatement(node))
  if (!isContext || !ts.isPropertyAccessExpression(node.expression)) return undefined
  return last === 'deepEqual' && hasContexts ? 'deepStrictEqual' : canonical(names, given)
}

/** Nothing uses its value. */
function isStatement(node: ts.Node): boolean {
  let at = node.parent
  while (ts.isAwaitExpression(at) || ts.isParenthesizedExpression(at) || ts.isVoidExpression(at))
    at = at.parent
  return (
    ts.isExpressionStatement(at) || ts.isReturnStatement(at) || (ts.isArrowFunction(at) && at.body === node)
  )
}

function ofAssert(node: ts.CallExpression, scope: ValueScope, strictAssert: boolean): Demand | undefined {
  const name = assertName(node)
  if (name === undefined) return undefined
  const [subject, ...rest] = node.arguments
  const negated = /^(not|doesNot)/.test(name)
  const promised = /^(rejects|doesNotReject)$/.test(name)
  const isAlone = /^(ok|notOk|isTrue|isFalse|isNull|isUndefined|isDefined|exists|ifError|fail)$/.test(name)
  const expected = rest.slice(0, isAlone ? 0 : 1)
  const plainName = name.replace(/^(not|doesNot)(.)/, (_all, _not, first: string) => first.toLowerCase())
  const [matcher, given, strength] = assertMeaning(plainName, expected, scope, strictAssert)
  const demand = make(subject, matcher, given, strength, { negated, promised, scope })
  return unfold(name === 'rejects' ? { ...demand, matcher: `rejects ${demand.matcher}` } : demand, scope)
}

function assertMeaning(
  name: string,
  args: readonly ts.Expression[],
  scope: ValueScope,
  strict: boolean,
): Meaning {
  if (/^(equal|deepEqual)$/.test(name)) return ['is', args, strict ? STRENGTH.exact : STRENGTH.exact - 0.5]
  if (/^(strictEqual|deepStrictEqual)$/.test(name)) return ['is', args, STRENGTH.exact]
  if (/^(throws|rejects|throw|reject)$/.test(name)) return ['throws', args, throwStrength(args, scope)]
  if (name === 'ok' || name === 'isDefined' || name === 'exists') return ['any', [], STRENGTH.any]
  if (name === 'isTrue') return ['is', ['true'], STRENGTH.exact]
  if (name === 'isFalse') return ['is', ['false'], STRENGTH.exact]
  if (name === 'isNull') return ['is', ['null'], STRENGTH.exact]
  if (name === 'isUndefined') return ['is', ['undefined'], STRENGTH.exact]
  if (name === 'ifError') return ['is', ['null'], STRENGTH.exact]
  return meaningOf(name, args, scope)
}

interface Circumstances {
  readonly negated: boolean
  readonly promised: boolean
  readonly scope: ValueScope
}

function make(
  subject: ts.Node | undefined,
  matcher: string,
  given: readonly (ts.Expression | string)[],
  strength: number,
  { negated, promised, scope }: Circumstances,
): Demand {
  const written = (one: ts.Expression | string) => (typeof one === 'string' ? one : scope.words(one))
  return {
    subject: subject === undefined ? '' : scope.words(subject),
    subjectNode: subject,
    matcher,
    expected: given.map(written),
    expectedNodes: given.filter((one): one is ts.Expression => typeof one !== 'string'),
    negated,
    // That something is not one value leaves all the others.
    strength:
      negated && strength > STRENGTH.kind && matcher !== 'throws'
        ? STRENGTH.any
        : negated
          ? Math.min(strength, STRENGTH.any)
          : strength,
    promised,
  }
}

/** `ok(a === b)` and `expect(a < b).toBe(true)` demand something of `a`. */
function unfold(demand: Demand, scope: ValueScope): Demand {
  const { subjectNode: node } = demand
  if (node === undefined || demand.negated) return demand
  const truth = demand.matcher === 'any' || (demand.matcher === 'is' && demand.expected[0] === 'true')
  const inner = scope.resolve(node).node
  if (!truth || !ts.isBinaryExpression(inner)) return demand
  const operator = inner.operatorToken.getText()
  const by = (matcher: string, strength: number, negated = false): Demand => ({
    ...demand,
    subject: scope.words(inner.left),
    subjectNode: inner.left,
    matcher,
    expected: [scope.words(inner.right)],
    expectedNodes: [inner.right],
    strength,
    negated,
  })
  if (/^===?$/.test(operator)) return by('is', operator === '===' ? STRENGTH.exact : STRENGTH.exact - 0.5)
  if (/^!==?$/.test(operator)) return by('is', STRENGTH.any, true)
  if (operator === '<' || operator === '<=') return by('toBeLessThan', STRENGTH.bound)
  if (operator === '>' || operator === '>=') return by('toBeGreaterThan', STRENGTH.bound)
  return demand
}

/** Whether a piece of code contains an assertion of any kind. */
export function asserts(node: ts.Node): boolean {
  return some(node, (one) => {
    if (ts.isThrowStatement(one)) return true
    if (!ts.isCallExpression(one)) return false
    const path = pathOf(one.expression)
    const name = path.at(-1) ?? ''
    if (path[0] === 'expect' || path[0] === 'assert' || path[0] === 'expectTypeOf') return true
    if (path.length > 1 && path.includes('should')) return true
    return assertName(one) !== undefined || /^(fail|done|reject)$/.test(name)
  })
}
