// Python: lines
//
// Reads Python as a list of statements: lines are joined where brackets, strings or a backslash continue them. The text of
// a statement does not depend on layout, kind of quotes or trailing commas. Comments are listed apart.
// Leaves: the meaning of statements (python-tests.ts).
//
// L1. Reading never throws and takes time in proportion to the text. After a syntax error it goes on with the next line.

import { canonicalString, endOfString, isQuote } from './python-strings.ts'

export interface PythonStatement {
  /** Columns; a tab goes to the next multiple of 8. A statement behind `if x:` on one line has one more than that line. */
  readonly indent: number
  /** Without the colon when it opens a block. */
  readonly text: string
  readonly line: number
  readonly opensBlock: boolean
}

export interface PythonComment {
  readonly line: number
  readonly text: string
}

export interface PythonText {
  readonly statements: readonly PythonStatement[]
  readonly comments: readonly PythonComment[]
  /** The first syntax error that brackets, strings or indentation show. */
  readonly problem: { readonly line: number; readonly message: string } | undefined
}

const KEYWORDS = new Set(
  (
    'and as assert async await break class continue def del elif else except finally for from global if import in is ' +
    'lambda nonlocal not or pass raise return try while with yield'
  ).split(' '),
)
const OPENING = new Set('if elif else for while try except finally with def class async'.split(' '))
const TOKEN =
  /[ \t\f]+|\\\n|\n|#[^\n]*|(?:[rbuftRBUFT]|[bBfFtT][rR]|[rR][bBfFtT])?(?=["'])|\.?\d(?:[eE][+-]\d|[\w.])*|[\w\u0080-\uFFFF]+|\*\*=?|\/\/=?|<<=?|>>=?|->|\.\.\.|[-+*/%@&|^=<>!:]=|[\s\S]/y
const IS_PREFIX = /^(?:[rbuft]|br|rb|fr|rf|tr|rt)?$/i
const CLOSES = new Map([
  ['(', ')'],
  ['[', ']'],
  ['{', '}'],
])
type TokenKind =
  | 'word'
  | 'keyword'
  | 'value'
  | 'open'
  | 'close'
  | 'comma'
  | 'colon'
  | 'dot'
  | 'sign'
  | 'prefix'

interface Bracket {
  readonly sign: string
  readonly line: number
  /** After a name or a value: a call or a subscript. */
  readonly isApplied: boolean
  commas: number
}

class PythonReader {
  readonly #text: string
  readonly #statements: PythonStatement[] = []
  readonly #comments: PythonComment[] = []
  readonly #brackets: Bracket[] = []
  readonly #levels = [0]
  #problem: PythonText['problem']
  #line = 1
  #margin = 0
  #isLineBegun = false
  /** Of a statement on the line of its block's head. */
  #extra = 0
  #pieces: string[] = []
  #begun = 1
  #last: TokenKind | undefined
  #lambdas = 0
  #hasOpened = false

  constructor(text: string) {
    this.#text = text.replace(/^\uFEFF/, '').replaceAll(/\r\n?/g, '\n')
  }

  read(): PythonText {
    const text = this.#text
    for (let at = 0; at < text.length; ) {
      TOKEN.lastIndex = at
      const token = TOKEN.exec(text)?.[0] ?? ''
      if (isQuote(text[at + token.length]) && IS_PREFIX.test(token)) {
        const { end, isClosed } = endOfString(text, at + token.length, /[ft]/i.test(token))
        const quoted = text.slice(at + token.length, end)
        if (!isClosed) this.#report(this.#line, 'a string is not closed')
        this.#add(canonicalString(token, quoted), 'value')
        this.#line += quoted.split('\n').length - 1
        at = end
        continue
      }
      this.#take(token)
      at += token.length
    }
    const open = this.#brackets.at(0)
    if (open) this.#report(open.line, `"${open.sign}" is not closed`)
    this.#endLine()
    if (this.#hasOpened) this.#report(this.#line, 'a block is expected here')
    return { statements: this.#statements, comments: this.#comments, problem: this.#problem }
  }

  #report(line: number, message: string): void {
    if (this.#problem === undefined || line < this.#problem.line) this.#problem = { line, message }
  }

  #take(token: string): void {
    if (token === '\n') {
      if (this.#brackets.length === 0) this.#endLine()
      this.#line++
      this.#isLineBegun = false
      if (this.#brackets.length === 0) this.#margin = 0
    } else if (token === '\\\n') {
      this.#line++
    } else if (' \t\f'.includes(token[0] ?? '')) {
      if (!this.#isLineBegun && this.#pieces.length === 0) this.#margin = columnsOf(token)
    } else if (token.startsWith('#')) this.#comments.push({ line: this.#line, text: token })
    else this.#code(token)
  }

  #code(token: string): void {
    if ((token === 'def' || token === 'class') && this.#brackets.length > 0) this.#recover()
    const isOpen = this.#brackets.length === 0
    if (token === ';' && isOpen) return this.#finish()
    if (token === ':' && isOpen && this.#isHead()) return this.#openBlock()
    if (CLOSES.has(token)) {
      const isApplied = this.#last === 'word' || this.#last === 'close' || this.#last === 'value'
      this.#add(token, 'open')
      this.#brackets.push({ sign: token, line: this.#line, isApplied, commas: 0 })
    } else if (')]}'.includes(token)) this.#close(token)
    else this.#add(token, this.#kindOf(token))
  }

  #kindOf(token: string): TokenKind {
    if (token === ',') return 'comma'
    if (token === ':') return 'colon'
    if (token === '.') return 'dot'
    if (/^\.?\d/.test(token) || token === '...') return 'value'
    if (/^[\w\u0080-\uFFFF]/.test(token)) {
      if (token === 'lambda' && this.#brackets.length === 0) this.#lambdas++
      return KEYWORDS.has(token) ? 'keyword' : 'word'
    }
    const isAfterValue = this.#last === 'word' || this.#last === 'value' || this.#last === 'close'
    return isAfterValue || /^.+=$/.test(token) ? 'sign' : 'prefix'
  }

  /** A definition cannot be inside brackets: a bracket before it was not closed. */
  #recover(): void {
    const [open] = this.#brackets.splice(0)
    if (open) this.#report(open.line, `"${open.sign}" is not closed`)
    this.#finish()
    const from = this.#text.lastIndexOf('\n', TOKEN.lastIndex - 1) + 1
    this.#margin = columnsOf(/^[ \t\f]*/.exec(this.#text.slice(from, from + 1000))?.[0] ?? '')
    this.#extra = 0
  }

  #close(token: string): void {
    const open = this.#brackets.pop()
    if (open === undefined || CLOSES.get(open.sign) !== token)
      this.#report(this.#line, `"${token}" closes nothing`)
    const isTuple = open?.commas === 1 && (open.sign === '(' ? !open.isApplied : open.isApplied)
    if (this.#last === 'comma' && !isTuple) this.#pieces.pop()
    this.#add(token, 'close')
  }

  #isHead(): boolean {
    if (this.#lambdas > 0) {
      this.#lambdas--
      return false
    }
    const [first = '', second = '='] = this.#pieces
    return OPENING.has(first) || (/^(?:match|case)$/.test(first) && !/^(?: ?[=,]|\.$)/.test(second))
  }

  #openBlock(): void {
    this.#finish(true)
    this.#extra++
  }

  #add(token: string, kind: TokenKind): void {
    if (this.#pieces.length === 0) this.#begun = this.#line
    this.#isLineBegun = true
    this.#pieces.push(this.#gap(token, kind) + token)
    this.#last = kind
    const bracket = this.#brackets.at(-1)
    if (kind === 'comma' && bracket) bracket.commas++
  }

  /** The space between the last token and this one. */
  #gap(token: string, kind: TokenKind): string {
    const last = this.#last
    if (last === undefined || kind === 'close' || kind === 'comma') return ''
    if (last === 'comma') return ' '
    if (last === 'open' || last === 'prefix' || (kind === 'dot' && last !== 'keyword')) return ''
    if (last === 'dot') return kind === 'keyword' ? ' ' : ''
    const bracket = this.#brackets.at(-1)
    if (bracket !== undefined && (token === '=' || this.#pieces.at(-1) === '=')) return ''
    if (kind === 'colon') return ''
    if (last === 'colon') return bracket?.sign === '[' ? '' : ' '
    if (kind === 'open') return last === 'keyword' || last === 'sign' ? ' ' : ''
    return ' '
  }

  /** Ends a statement; the rest of the line belongs to the same block. */
  #finish(opensBlock = false): void {
    if (this.#pieces.length > 0) {
      const indent = this.#margin + this.#extra
      this.#place(indent, opensBlock)
      this.#statements.push({ indent, text: this.#pieces.join(''), line: this.#begun, opensBlock })
    }
    this.#pieces = []
    this.#last = undefined
    this.#lambdas = 0
  }

  #endLine(): void {
    this.#finish()
    this.#extra = 0
  }

  #place(indent: number, opensBlock: boolean): void {
    const levels = this.#levels
    const top = levels.at(-1) ?? 0
    if (this.#hasOpened && indent <= top) this.#report(this.#begun, 'a block is expected here')
    if (!this.#hasOpened && indent > top) this.#report(this.#begun, 'a line is indented without a block')
    while ((levels.at(-1) ?? 0) > indent) levels.pop()
    if (levels.at(-1) !== indent) {
      if (indent < top) this.#report(this.#begun, 'a line is indented like no line before it')
      levels.push(indent)
    }
    this.#hasOpened = opensBlock
  }
}

function columnsOf(margin: string): number {
  let columns = 0
  for (const char of margin)
    columns = char === '\t' ? columns - (columns % 8) + 8 : char === '\f' ? 0 : columns + 1
  return columns
}

export function readPython(text: string): PythonText {
  return new PythonReader(text).read()
}
