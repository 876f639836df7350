// Python: mutants
//
// Makes small changes to lines of a Python program that a test should notice: another operator, another value, a call left out.
// Leaves: choosing among them (mutant-edits.ts), running tests against them (gates/mutation.ts).
//
// P1. Each mutant of a valid program is valid: a syntax error would be noticed by any test.
// P2. Types, imports, decorators, docstrings and words for people are left alone: no test needs to notice those.

import type { Mutant, MutantQuestion } from '../machines/index.ts'
import { type Edit, mutantsBy, type PlacedEdit } from './mutant-edits.ts'
import { endOfString, isQuote } from './python-strings.ts'

type Kind = 'word' | 'number' | 'string' | 'open' | 'close' | 'sign'

interface Token {
  readonly kind: Kind
  readonly text: string
  readonly start: number
  readonly end: number
  readonly line: number
  /** Open brackets around it. */
  readonly depth: number
}

interface Statement {
  readonly tokens: readonly Token[]
  /** It ends with the colon of a block. */
  readonly opensBlock: boolean
}

const TOKEN =
  /[ \t\f]+|\\\r?\n|\r?\n|#[^\n]*|(?:[rbuftRBUFT]|[bBfFtT][rR]|[rR][bBfFtT])?(?=["'])|\.?\d(?:[eE][+-]\d|[\w.])*|[\w\u0080-\uFFFF]+|\*\*=?|\/\/=?|<<=?|>>=?|->|\.\.\.|[-+*/%@&|^=<>!:]=|[\s\S]/y
const HEADS = new Set('if elif else for while try except finally with def class async match case'.split(' '))

export function pythonMutantsOf({ path, text, lines, most }: MutantQuestion): Mutant[] {
  const byLine = new Map<number, PlacedEdit[]>()
  for (const statement of statementsIn(text)) {
    if (isNothingToRun(statement)) continue
    const ended = endBefore(statement, text)
    for (const { line, ...edit } of editsOf(statement, text)) {
      if (lines !== undefined && !lines.has(line)) continue
      const isThere = ended !== undefined && statement.tokens[0]?.line === line
      byLine.set(line, [...(byLine.get(line) ?? []), { ...edit, ...(isThere && { ended }) }])
    }
  }
  return mutantsBy({ path, text, most }, byLine)
}

function statementsIn(text: string): Statement[] {
  const statements: Statement[] = []
  let tokens: Token[] = []
  let [line, depth, lambdas] = [1, 0, 0]
  const finish = (opensBlock = false): void => {
    if (tokens.length > 0) statements.push({ tokens, opensBlock })
    tokens = []
    lambdas = 0
  }
  const add = (kind: Kind, start: number, end: number): void => {
    tokens.push({ kind, text: text.slice(start, end), start, end, line, depth })
  }
  for (let at = 0; at < text.length; ) {
    TOKEN.lastIndex = at
    const token = TOKEN.exec(text)?.[0] ?? ''
    const end = at + token.length
    if (isQuote(text[end]) && /^[rbuft]{0,2}$/i.test(token)) {
      const { end: close } = endOfString(text, end, /[ft]/i.test(token))
      add('string', at, close)
      line += text.slice(at, close).split('\n').length - 1
      at = close
      continue
    }
    if (token.endsWith('\n')) {
      if (depth === 0 && !token.startsWith('\\')) finish()
      line++
    } else if ('([{'.includes(token)) {
      add('open', at, end)
      depth++
    } else if (')]}'.includes(token)) {
      depth = Math.max(0, depth - 1)
      add('close', at, end)
    } else if (depth === 0 && token === ';') finish()
    else if (depth === 0 && token === ':' && lambdas > 0) {
      lambdas--
      add('sign', at, end)
    } else if (depth === 0 && token === ':' && HEADS.has(tokens[0]?.text ?? '')) finish(true)
    else if (!/^[ \t\f#]/.test(token)) {
      if (depth === 0 && token === 'lambda') lambdas++
      add(/^\.?\d/.test(token) ? 'number' : /^[\w\u0080-\uFFFF]/.test(token) ? 'word' : 'sign', at, end)
    }
    at = end
  }
  finish()
  return statements
}

const NOT_RUN = new Set([
  'import',
  'from',
  'raise',
  'class',
  'global',
  'nonlocal',
  'del',
  '@',
  'match',
  'case',
])
const FOR_PEOPLE = /^(print|log|logger|logging|warnings|_log|_logger|LOG|LOGGER)$/

/** P2. */
function isNothingToRun({ tokens }: Statement): boolean {
  const [first, second] = tokens
  if (first === undefined || NOT_RUN.has(first.text) || FOR_PEOPLE.test(first.text)) return true
  if (first.text.startsWith('__') && second?.text === '=') return true
  if (tokens.some(({ text }) => text === 'TYPE_CHECKING' || text === '__name__')) return true
  return tokens.every(({ kind }) => kind === 'string')
}

const ABORT = "__import__('os').abort()"

/** Nothing catches it. Absent behind a head on the same line of a compound statement, and for parts of one. */
function endBefore({ tokens, opensBlock }: Statement, text: string): PlacedEdit['ended'] {
  const [first] = tokens
  if (first === undefined) return undefined
  if (!opensBlock) return { at: first.start, by: `${ABORT}; ` }
  const margin = text.slice(text.lastIndexOf('\n', first.start) + 1, first.start)
  if (first.text !== 'if' || !/^[ \t]*$/.test(margin)) return undefined
  return { at: first.start, by: `${ABORT}\n${margin}` }
}

const INSTEAD: Readonly<Record<string, string>> = {
  '==': '!=',
  '!=': '==',
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
  '+': '-',
  '-': '+',
  '*': '/',
  '/': '*',
  '//': '*',
  '%': '*',
  '+=': '-=',
  '-=': '+=',
  '*=': '/=',
  '/=': '*=',
  and: 'or',
  or: 'and',
  True: 'False',
  False: 'True',
}
const ARITHMETIC = /^[-+*/%]/
const KEYWORDS = new Set(
  'and as assert async await break class continue def del elif else except finally for from global if import in is lambda nonlocal not or pass raise return try while with yield'.split(
    ' ',
  ),
)

type LineEdit = Edit & { readonly line: number }

function editsOf(statement: Statement, text: string): LineEdit[] {
  const { tokens } = statement
  const silent = annotationsIn(statement)
  const loops = loopWordsIn(tokens)
  const small = tokens.flatMap((token, at) =>
    silent.has(at) || loops.has(at) ? [] : editOf(tokens, at).map((edit) => ({ ...edit, line: token.line })),
  )
  return [...wholeEdits(statement, text), ...small]
}

function wholeEdits({ tokens, opensBlock }: Statement, text: string): LineEdit[] {
  const [first, second] = tokens
  const last = tokens.at(-1)
  if (first === undefined || last === undefined) return []
  const { line } = first
  if (opensBlock && second && (first.text === 'if' || first.text === 'elif')) {
    const condition = text.slice(second.start, last.end)
    return [{ line, start: second.start, end: last.end, by: `not (${condition})` }]
  }
  if (opensBlock) return []
  if (first.text === 'return' && second && !isLiteral(tokens.slice(1)))
    return [{ line, start: first.start, end: last.end, by: 'return None' }]
  return isCall(tokens) ? [{ line, start: first.start, end: last.end, by: 'pass' }] : []
}

function isLiteral(tokens: readonly Token[]): boolean {
  const [only] = tokens
  return tokens.length === 1 && (only?.kind !== 'word' || /^(None|True|False)$/.test(only.text))
}

/** A call whose result is not used. */
function isCall(tokens: readonly Token[]): boolean {
  const [first] = tokens
  const body = first?.text === 'await' ? tokens.slice(1) : tokens
  const outer = body.filter(({ depth }) => depth === 0)
  return (
    outer.at(-1)?.text === ')' &&
    outer.every(
      ({ kind, text }) =>
        (kind === 'word' && !KEYWORDS.has(text)) || text === '.' || kind === 'open' || kind === 'close',
    )
  )
}

function editOf(tokens: readonly Token[], at: number): Edit[] {
  const token = tokens[at] as Token
  const [before, after] = [tokens[at - 1], tokens[at + 1]]
  const { kind, text, start, end } = token
  const by = (change: string, to = end): Edit[] => [{ start, end: to, by: change }]
  if (kind === 'number') return /^\d+(\.\d+)?$/.test(text) && !/^0\d/.test(text) ? by(oneMore(text)) : []
  if (kind === 'string') return isValue(tokens, at) ? by(otherString(text)) : []
  switch (text) {
    case 'not':
      if (before?.text === 'is') return []
      return after ? [{ start, end: after.start, by: '' }] : []
    case 'is':
      return after?.text === 'not' ? by('is', after.end) : by('is not')
    case 'in':
      return before?.text === 'not' ? [] : by('not in')
    default: {
      const other = Object.hasOwn(INSTEAD, text) ? INSTEAD[text] : undefined
      if (other === undefined || (ARITHMETIC.test(text) && !isBetweenNumbers(before, after))) return []
      return by(other)
    }
  }
}

/** Of two values, no texts: texts are put together with `+` and filled with `%`, too. */
function isBetweenNumbers(before: Token | undefined, after: Token | undefined): boolean {
  if (before === undefined || after === undefined || after.text === ',' || after.kind === 'close')
    return false
  const isValueBefore =
    before.kind === 'close' ||
    before.kind === 'number' ||
    (before.kind === 'word' && !KEYWORDS.has(before.text))
  return isValueBefore && after.kind !== 'string'
}

function oneMore(text: string): string {
  const [, decimals] = text.split('.')
  return decimals === undefined ? `${BigInt(text) + 1n}` : (Number(text) + 1).toFixed(decimals.length)
}

/** Not a key, a subscript, or a part of a longer text. */
function isValue(tokens: readonly Token[], at: number): boolean {
  const [before, after, beforeThat] = [tokens[at - 1], tokens[at + 1], tokens[at - 2]]
  const isKey = after?.text === ':' && (tokens[at]?.depth ?? 0) > 0
  const isSubscript =
    before?.text === '[' && beforeThat !== undefined && /^(word|close|string)$/.test(beforeThat.kind)
  return !isKey && !isSubscript && before?.kind !== 'string' && after?.kind !== 'string'
}

function otherString(text: string): string {
  const [, prefix = '', body = ''] = /^([a-z]*)([\s\S]*)$/i.exec(text) ?? []
  const kind = prefix.replaceAll(/[fFtTrRuU]/g, '')
  return /^(''|""||"""""")$/.test(body) ? `${kind}'mutant'` : `${kind}''`
}

/** Positions in type annotations: of parameters, results and variables. */
function annotationsIn({ tokens }: Statement): Set<number> {
  const found = new Set<number>()
  const head = tokens[0]?.text === 'async' ? tokens[1]?.text : tokens[0]?.text
  const isDefinition = head === 'def'
  const base = isDefinition ? 1 : 0
  let inside: number | undefined
  for (const [at, { text, depth }] of tokens.entries()) {
    const isAnnotated =
      text === ':' && depth === base && (isDefinition || !tokens.slice(0, at).some(isLambda))
    if (isAnnotated || (text === '->' && depth === 0)) inside ??= depth
    else if (inside !== undefined && depth <= inside && /^[,=)]$/.test(text)) inside = undefined
    if (inside !== undefined) found.add(at)
    // `*` and `/` alone.
    if (isDefinition && depth === 1 && /^(\*{1,2}|\/)$/.test(text)) found.add(at)
  }
  return found
}

const isLambda = ({ text }: Token) => text === 'lambda'

/** Positions of `in` that belong to a `for`. */
function loopWordsIn(tokens: readonly Token[]): Set<number> {
  const found = new Set<number>()
  const open = new Set<number>()
  for (const [at, { text, depth }] of tokens.entries()) {
    if (text === 'for') open.add(depth)
    else if (text === 'in' && open.delete(depth)) found.add(at)
  }
  return found
}
