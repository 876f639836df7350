// Python: demands
//
// Owns:   what a statement of a Python test demands, in one form for unittest and pytest: of what, what, and how strictly.

import { argumentsOf, splitOpen } from './python-lines.ts'

export interface PythonDemand {
  /** The tested value. */
  readonly subject: string
  readonly matcher: string
  readonly expected: string
  /** The more, the fewer values pass. */
  readonly strength: number
  readonly line: number
  /** Cannot fail. */
  readonly never: boolean
  /** How far off a number may be. */
  readonly tolerance?: number
}

const EQUAL = 4
const NEARLY = 3
const PARTLY = 2
const HARDLY = 1

const METHODS: Readonly<Record<string, readonly [matcher: string, strength: number, args: number]>> = {
  Equal: ['==', EQUAL, 2],
  Equals: ['==', EQUAL, 2],
  ListEqual: ['==', EQUAL, 2],
  DictEqual: ['==', EQUAL, 2],
  SetEqual: ['==', EQUAL, 2],
  TupleEqual: ['==', EQUAL, 2],
  SequenceEqual: ['==', EQUAL, 2],
  MultiLineEqual: ['==', EQUAL, 2],
  Is: ['is', EQUAL, 2],
  CountEqual: ['counts', NEARLY, 2],
  AlmostEqual: ['~', NEARLY, 2],
  In: ['in', PARTLY, 2],
  Regex: ['regex', PARTLY, 2],
  Greater: ['>', PARTLY, 2],
  GreaterEqual: ['>=', PARTLY, 2],
  Less: ['<', PARTLY, 2],
  LessEqual: ['<=', PARTLY, 2],
  NotEqual: ['!=', HARDLY, 2],
  NotIn: ['not in', HARDLY, 2],
  IsNot: ['is not', HARDLY, 2],
  IsInstance: ['isinstance', HARDLY, 2],
  NotAlmostEqual: ['!~', HARDLY, 2],
}
const COMPARES = / ?(==|!=|<=|>=|<|>)|(?<=\S) (not in|is not|in|is) (?=\S)/
const LITERAL = /^(-?[\d.]+(e-?\d+)?|[rbfu]{0,2}(["']).*\3|None|True|False|\[.*\]|\{.*\}|\(.*,.*\))$/s
const ANYTHING = /^(Exception|BaseException|\(.*\bException\b.*\))$/

export function demandsOf(text: string, line: number): PythonDemand[] {
  const raises = raising(text, line)
  if (raises) return [raises]
  const asserted = /^assert\b\s*(.*)$/s.exec(text)?.[1]
  if (asserted !== undefined) return ofExpression(splitOpen(asserted, /,/).parts[0] ?? '', line)
  const method = /^(?:await )?(?:self|cls|case|tc)\.assert(?!Raises|Warns|Logs)(\w+?)_?\(/.exec(text)?.[1]
  if (method !== undefined) return ofMethod(method, argumentsOf(text, /\.assert\w+\(/) ?? [], line)
  const mocked = /^(?:await )?([\w.[\]]+)\.(assert_\w+)\((.*)\)$/s.exec(text)
  if (mocked) {
    const [, subject = '', matcher = '', expected = ''] = mocked
    return [
      { subject, matcher, expected, strength: /with/.test(matcher) ? EQUAL : PARTLY, line, never: false },
    ]
  }
  if (/^(self|pytest)\.fail\(/.test(text))
    return [{ subject: text, matcher: 'fails', expected: '', strength: EQUAL, line, never: false }]
  return []
}

function raising(text: string, line: number): PythonDemand | undefined {
  const call = /\b(?:pytest\.(?:raises|warns)|self\.assert(?:Raises|Warns)(Regex)?)\(/.exec(text)
  if (call === null) return undefined
  const [expected = '', ...more] =
    argumentsOf(text, /\b(?:pytest\.(?:raises|warns)|self\.assert(?:Raises|Warns)(?:Regex)?)\(/) ?? []
  const words = call[1] === undefined ? more.find((part) => /^match\s*=/.test(part)) : more[0]
  const pattern = words?.replace(/^match\s*=\s*/, '') ?? ''
  const says = pattern !== '' && !/^r?["'](\.\*)?["']$/.test(pattern)
  const strength = ANYTHING.test(expected) ? HARDLY : says ? EQUAL : NEARLY
  return {
    subject: 'what is raised',
    matcher: 'raises',
    expected: `${expected} ${says ? pattern : ''}`.trim(),
    strength,
    line,
    never: false,
  }
}

function ofMethod(method: string, args: readonly string[], line: number): PythonDemand[] {
  const [first = '', second = ''] = args
  if (method === 'True') return ofExpression(first, line)
  if (method === 'False') return ofExpression(`not ${first}`, line)
  if (method === 'IsNone') return ofExpression(`${first} is None`, line)
  if (method === 'IsNotNone') return ofExpression(`${first} is not None`, line)
  const [matcher, strength] = METHODS[method] ?? [method, NEARLY]
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
    never: bare(subject) === bare(expected),
    tolerance,
  },
})

function ofExpression(given: string, line: number): PythonDemand[] {
  const inner = bare(given)
  const { parts, found } = splitOpen(inner, /\b (?:and|or) \b| (?:and|or) /)
  if (found.length > 0 && found.every((word) => word === 'and'))
    return parts.flatMap((part) => ofExpression(part, line))
  if (found.length > 0)
    return [
      { subject: inner, matcher: 'or', expected: '', strength: HARDLY, line, never: parts.some(isTrue) },
    ]
  const { parts: sides, found: signs } = splitOpen(inner, COMPARES)
  const [left = '', right] = sides
  const sign = signs[0]
  if (right !== undefined && sign !== undefined && sides.length === 2)
    return [compared(left, sign, right, line)]
  const isNot = /^not\b\s*(.*)$/s.exec(inner)?.[1]
  if (isNot !== undefined)
    return [
      {
        subject: bare(isNot),
        matcher: 'not',
        expected: '',
        strength: HARDLY,
        line,
        never: /^(False|None|0|\[\]|\{\}|""|'')$/.test(bare(isNot)),
      },
    ]
  if (/^isinstance\(/.test(inner)) {
    const [subject = '', expected = ''] = argumentsOf(inner, /^isinstance\(/) ?? []
    return [{ subject, matcher: 'isinstance', expected, strength: HARDLY, line, never: false }]
  }
  return [{ subject: inner, matcher: 'true', expected: '', strength: HARDLY, line, never: isTrue(inner) }]
}

/** A filled literal: a tuple that was to be a condition and a message, too. */
function isTrue(text: string): boolean {
  const inner = bare(text)
  return (
    /^(True|-?[1-9]\d*|not False|not None|(["']).+\2)$/s.test(inner) ||
    (/^[([{].*[^\s([{].*[)\]}]$/s.test(inner) && splitOpen(inner.slice(1, -1), /,/).parts.length > 1)
  )
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
    never: subject === expected && /^(==|is|<=|>=)$/.test(matcher),
  }
}

function approxTolerance(args: readonly string[]): number {
  const numbers = args.flatMap((arg) => /^(?:abs|rel)\s*=\s*([\d.e-]+)$/.exec(arg)?.[1] ?? [])
  return Math.max(0, ...numbers.map(Number)) || 1e-6
}

/** Without brackets around all of it that hold no list of values. */
function bare(text: string, most = 20): string {
  const inner = text.trim()
  if (most === 0 || !inner.startsWith('(') || !inner.endsWith(')')) return inner
  const within = inner.slice(1, -1)
  const { parts } = splitOpen(within, /,/)
  let depth = 0
  for (const char of within) {
    depth += char === '(' ? 1 : char === ')' ? -1 : 0
    if (depth < 0) return inner
  }
  return parts.length > 1 ? inner : bare(within, most - 1)
}
