import { OrchardError, ParseError } from './errors.js'

type Token =
  | { kind: 'number'; value: number; at: number }
  | { kind: 'name'; value: string; at: number }
  | { kind: 'symbol'; value: string; at: number }
  | { kind: 'end'; value: ''; at: number }

const TOKEN = /\s*(?:(\d+(?:\.\d+)?)|([a-z_]\w*)|(<=|>=|==|!=|[-+*/%^()<>,?:]))/iy

const FUNCTIONS: Record<string, (...values: number[]) => number> = {
  min: Math.min,
  max: Math.max,
  abs: Math.abs,
  round: (value, digits = 0) => Math.round(value * 10 ** digits) / 10 ** digits,
}

/** The price rules of the shop: numbers, names, `+ - * / % ^`, comparisons, `a ? b : c`, min, max, abs, round. */
export function evaluate(text: string, names: Readonly<Record<string, number>> = {}): number {
  const tokens = tokenize(text)
  let at = 0
  const peek = (): Token => tokens[at] as Token
  const accept = (...symbols: string[]): string | undefined => {
    const token = peek()
    if (token.kind !== 'symbol' || !symbols.includes(token.value)) return undefined
    at += 1
    return token.value
  }
  const expect = (symbol: string): void => {
    if (accept(symbol) === undefined) unexpected(peek(), `'${symbol}'`)
  }

  const choice = (): number => {
    const condition = comparison()
    if (accept('?') === undefined) return condition
    const yes = choice()
    expect(':')
    const no = choice()
    return condition !== 0 ? yes : no
  }
  const comparison = (): number => {
    const left = sum()
    const symbol = accept('<', '>', '<=', '>=', '==', '!=')
    return symbol === undefined ? left : Number(compare(symbol, left, sum()))
  }
  const sum = (): number => {
    let value = product()
    for (let symbol = accept('+', '-'); symbol !== undefined; symbol = accept('+', '-')) {
      value = symbol === '+' ? value + product() : value - product()
    }
    return value
  }
  const product = (): number => {
    let value = power()
    for (let symbol = accept('*', '/', '%'); symbol !== undefined; symbol = accept('*', '/', '%')) {
      const right = power()
      if (symbol !== '*' && right === 0) throw new OrchardError('division', 'division by zero')
      value = symbol === '*' ? value * right : symbol === '/' ? value / right : value % right
    }
    return value
  }
  const power = (): number => {
    if (accept('-') !== undefined) return -power()
    const left = atom()
    return accept('^') === undefined ? left : left ** power()
  }
  const atom = (): number => {
    const token = peek()
    if (token.kind === 'number') {
      at += 1
      return token.value
    }
    if (token.kind === 'name') {
      at += 1
      return accept('(') === undefined ? named(token.value, names) : call(token)
    }
    if (accept('(') === undefined) return unexpected(token, 'a number, a name or (')
    const value = choice()
    expect(')')
    return value
  }
  const call = (name: Token): number => {
    const run = Object.hasOwn(FUNCTIONS, name.value) ? FUNCTIONS[name.value] : undefined
    if (run === undefined) throw new ParseError(`unknown function '${name.value}'`, 1, name.at + 1)
    const values = [choice()]
    while (accept(',') !== undefined) values.push(choice())
    expect(')')
    return run(...values)
  }

  const value = choice()
  if (peek().kind !== 'end') unexpected(peek(), 'the end')
  return value
}

function tokenize(text: string): Token[] {
  const tokens: Token[] = []
  const end = text.trimEnd().length
  TOKEN.lastIndex = 0
  let at = 0
  while (at < end) {
    const match = TOKEN.exec(text)
    if (match === null) throw new ParseError(`cannot read '${text.slice(at).trim()}'`, 1, at + 1)
    const [, number, name, symbol = ''] = match
    if (number !== undefined) tokens.push({ kind: 'number', value: Number(number), at })
    else if (name !== undefined) tokens.push({ kind: 'name', value: name, at })
    else tokens.push({ kind: 'symbol', value: symbol, at })
    at = TOKEN.lastIndex
  }
  return [...tokens, { kind: 'end', value: '', at: end }]
}

function compare(symbol: string, left: number, right: number): boolean {
  switch (symbol) {
    case '<':
      return left < right
    case '>':
      return left > right
    case '<=':
      return left <= right
    case '>=':
      return left >= right
    case '==':
      return left === right
    default:
      return left !== right
  }
}

function named(name: string, names: Readonly<Record<string, number>>): number {
  const value = Object.hasOwn(names, name) ? names[name] : undefined
  if (value === undefined) throw new OrchardError('name', `nothing is called '${name}'`)
  return value
}

function unexpected(token: Token, expected: string): never {
  const found = token.kind === 'end' ? 'the end' : `'${token.value}'`
  throw new ParseError(`expected ${expected}, found ${found}`, 1, token.at + 1)
}
