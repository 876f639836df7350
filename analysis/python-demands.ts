// Python: demands
//
// Reads what a statement of a Python test asserts, in one form for unittest and pytest: the tested value, the kind of
// comparison, the expected value, and a measure of how many values pass.

import { isOneBracket } from './python-blocks.ts'
import { argumentsOf, callsOf, type PythonCall, splitOpen } from './python-parts.ts'

export interface PythonDemand {
  /** The tested value. */
  readonly subject: string
  readonly matcher: string
  readonly expected: string
  /** The more, the fewer values pass. */
  readonly strength: number
  readonly line: number
  /** It cannot fail. */
  readonly isTautology: boolean
  /** How far off a number may be. */
  readonly tolerance?: number
}

const EQUAL = 4
const NEARLY = 3
const PARTLY = 2
const HARDLY = 1

const METHODS = new Map<string, readonly [matcher: string, strength: number]>(
  Object.entries({
    Equal: ['==', EQUAL],
    Equals: ['==', EQUAL],
    AlmostEquals: ['~', NEARLY],
    NotEquals: ['!=', HARDLY],
    ListEqual: ['==', EQUAL],
    DictEqual: ['==', EQUAL],
    SetEqual: ['==', EQUAL],
    TupleEqual: ['==', EQUAL],
    SequenceEqual: ['==', EQUAL],
    MultiLineEqual: ['==', EQUAL],
    Is: ['is', EQUAL],
    CountEqual: ['counts', NEARLY],
    AlmostEqual: ['~', NEARLY],
    In: ['in', PARTLY],
    Regex: ['regex', PARTLY],
    NotRegex: ['not regex', HARDLY],
    Greater: ['>', PARTLY],
    GreaterEqual: ['>=', PARTLY],
    Less: ['<', PARTLY],
    LessEqual: ['<=', PARTLY],
    NotEqual: ['!=', HARDLY],
    NotIn: ['not in', HARDLY],
    IsNot: ['is not', HARDLY],
    IsInstance: ['isinstance', HARDLY],
    NotAlmostEqual: ['!~', HARDLY],
  }),
)
const COMPARES = / ?(==|!=|<=|>=|<|>) |(?<=\S) (not in|is not|in|is) (?=\S)/
const LITERAL = /^(-?[\d.]+(e-?\d+)?|[rbf]{0,2}(["']).*\3|None|True|False|\[.*\]|\{.*\}|\(.*,.*\))$/s
const ANYTHING = /^(Exception|BaseException|\(.*\bException\b.*\))$/
const SELF = '(?:self|cls|case|tc)'
const RAISES = new RegExp(
  `\\b(?:pytest\\.(?:raises|warns|deprecated_call)|${SELF}\\.assert(?:Raises|Warns)(?:Regex)?|${SELF}\\.assert(?:No)?Logs)\\(`,
)
const METHOD = new RegExp(`^(?:await )?${SELF}\\.assert(?!Raises|Warns|Logs|NoLogs)(\\w+)\\(`)

/** `inside`: for `with`, the last statement of its block. */
export function demandsOf(text: string, line: number, inside = ''): PythonDemand[] {
  const raises = callsOf(text, RAISES).map((call) => raising(call, line, inside))
  if (raises.length > 0) return raises
  const asserted = /^assert\b\s*(.*)$/s.exec(text)?.[1]
  if (asserted !== undefined) return ofExpression(splitOpen(asserted, /,/).parts[0] ?? '', line)
  const method = METHOD.exec(text)?.[1]
  if (method !== undefined)
    return ofMethod(
      method === '_' ? 'True' : method.replace(/_$/, ''),
      argumentsOf(text, METHOD_CALL) ?? [],
      line,
    )
  const [, subject, matcher = '', expected = ''] =
    /^(?:await )?(?:(.+)\.)?(assert_\w+|assert[A-Z]\w*)\((.*)\)$/s.exec(text) ?? []
  if (subject !== undefined) {
    const strength = /with|equal|close/.test(matcher) ? EQUAL : PARTLY
    return [{ subject, matcher, expected, strength, line, isTautology: false }]
  }
  if (matcher !== '') {
    const [first = '', ...others] = splitOpen(expected, /,/).parts
    return [
      { subject: first, matcher, expected: others.join(', '), strength: NEARLY, line, isTautology: false },
    ]
  }
  if (new RegExp(`^(?:${SELF}|pytest)\\.fail\\(`).test(text))
    return [{ subject: text, matcher: 'fails', expected: '', strength: EQUAL, line, isTautology: false }]
  return []
}

const METHOD_CALL = /\.assert\w+\(/

function raising(call: PythonCall, line: number, inside: string): PythonDemand {
  const [expected = '', ...more] = [...call.arguments]
  const isRegex = call.name.endsWith('Regex')
  const pattern = isRegex
    ? (more.shift() ?? '')
    : (more.find((part) => part.startsWith('match='))?.slice('match='.length) ?? '')
  const hasPattern = pattern !== '' && !/^r?["'](\.\*)?["']$/.test(pattern)
  const called = more.filter((part) => !/^\w+=/.test(part)).join(', ')
  const isLog = call.name.endsWith('Logs')
  return {
    subject: inside === '' ? called : inside,
    matcher: isLog ? 'logs' : 'raises',
    expected: isLog ? call.arguments.join(', ') : `${expected} ${hasPattern ? pattern : ''}`.trim(),
    strength: ANYTHING.test(expected) ? HARDLY : hasPattern ? EQUAL : NEARLY,
    line,
    isTautology: false,
  }
}

function ofMethod(method: string, args: readonly string[], line: number): PythonDemand[] {
  const [first = '', second = ''] = args
  if (method === 'True') return ofExpression(first, line)
  if (method === 'False') return ofExpression(`not ${first}`, line)
  if (method === 'IsNone') return ofExpression(`${first} is None`, line)
  if (method === 'IsNotNone') return ofExpression(`${first} is not None`, line)
  const [matcher, strength] = METHODS.get(method) ?? [method, NEARLY]
  if (matcher === '~') return [nearly(first, second, line, toleranceIn(args.slice(2)))]
  return [compared(first, matcher, second, line, strength)]
}

/** Digits after the point, or how far off. */
function toleranceIn(args: readonly string[]): number {
  const named = (name: string) => args.find((arg) => arg.startsWith(`${name}=`))?.slice(name.length + 1)
  const delta = Number(named('delta') ?? Number.NaN)
  if (!Number.isNaN(delta)) return delta
  const places = Number(named('places') ?? args.find((arg) => /^-?\d+$/.test(arg)) ?? 7)
  return 10 ** -places
}

const nearly = (subject: string, expected: string, line: number, tolerance: number): PythonDemand => ({
  ...{
    subject,
    matcher: '~',
    expected,
    strength: NEARLY,
    line,
    isTautology: bare(subject) === bare(expected),
    tolerance,
  },
})

const MAX_NESTING = 20

function ofExpression(given: string, line: number, depth = 0): PythonDemand[] {
  const inner = bare(given)
  const truth = (matcher: string, isTautology: boolean, subject = inner): PythonDemand[] => [
    { subject, matcher, expected: '', strength: HARDLY, line, isTautology },
  ]
  if (depth > MAX_NESTING) return truth('true', false)
  if (/^lambda\b/.test(inner) || splitOpen(inner, / for /).found.length > 0) return truth('true', true)
  const choice = splitOpen(inner, / (?:if|else) /).parts
  if (choice.length === 3) return truth('if', isTrue(choice[2] ?? '') && isFalse(choice[1] ?? ''))
  const { parts, found } = splitOpen(inner, / (?:and|or) /)
  if (found.length > 0 && found.every((word) => word === 'and'))
    return parts.flatMap((part) => ofExpression(part, line, depth + 1))
  if (found.length > 0) return truth('or', parts.some(isTrue))
  const isNot = /^not\b\s*(.*)$/s.exec(inner)?.[1]
  if (isNot !== undefined) return truth('not', isFalse(isNot), bare(isNot))
  const { parts: sides, found: signs } = splitOpen(inner, COMPARES)
  const [left = '', right] = sides
  const sign = signs[0]
  if (right !== undefined && sign !== undefined && sides.length === 2)
    return [compared(left, sign, right, line)]
  if (/^isinstance\(/.test(inner)) {
    const [subject = '', expected = ''] = argumentsOf(inner, /^isinstance\(/) ?? []
    return [{ subject, matcher: 'isinstance', expected, strength: HARDLY, line, isTautology: false }]
  }
  return truth('true', isTrue(inner))
}

function isFalse(text: string): boolean {
  return /^(False|None|0|\[\]|\{\}|\(\)|""|''|not True)$/.test(bare(text))
}

/** Also a filled display: a tuple that was to be a condition and a message. */
function isTrue(text: string): boolean {
  const inner = bare(text)
  if (/^(?:True|not False|not None|[rb]{0,2}(?:'(?:[^'\\]|\\.)+'|"(?:[^"\\]|\\.)+"))$/s.test(inner))
    return true
  if (/^-?[\d.]+$/.test(inner)) return Number(inner) !== 0
  const isDisplay = isOneBracket(inner) && inner.length > 2
  return isDisplay && splitOpen(inner.slice(1, -1), / for /).found.length === 0
}

const STRENGTHS: Readonly<Record<string, number>> = {
  '==': EQUAL,
  is: EQUAL,
  in: PARTLY,
  '!=': HARDLY,
  'is not': HARDLY,
  'not in': HARDLY,
}

function compared(
  left: string,
  matcher: string,
  right: string,
  line: number,
  strength = STRENGTHS[matcher] ?? PARTLY,
): PythonDemand {
  const swapped =
    (matcher === '==' || matcher === 'is') && LITERAL.test(bare(left)) && !LITERAL.test(bare(right))
  const [subject, expected] = (swapped ? [right, left] : [left, right]).map(bare) as [string, string]
  const approx = argumentsOf(expected, /^(?:pytest\.)?approx\(/)
  if (approx && matcher === '==') return nearly(subject, approx[0] ?? '', line, approxTolerance(approx))
  return {
    subject,
    matcher,
    expected,
    strength,
    line,
    isTautology: subject === expected && /^(==|is|<=|>=)$/.test(matcher),
  }
}

function approxTolerance(args: readonly string[]): number {
  const numbers = args.flatMap((arg) => /^(?:abs|rel)\s*=\s*([\d.e-]+)$/.exec(arg)?.[1] ?? [])
  return Math.max(0, ...numbers.map(Number)) || 1e-6
}

/** Without brackets around all of it that hold no list of values. */
function bare(text: string): string {
  let inner = text.trim()
  for (let depth = 0; depth < MAX_BRACKETS && inner.startsWith('(') && isOneBracket(inner); depth++) {
    const within = inner.slice(1, -1)
    if (within === '' || splitOpen(within, /,/).parts.length > 1) break
    inner = within.trim()
  }
  return inner
}

const MAX_BRACKETS = 20
