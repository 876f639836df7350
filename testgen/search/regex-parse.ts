// Regex parse
//
// Owns:   the structure of a regular expression: alternatives, groups, repetitions, and the characters that each of its
//         classes takes.
// Leaves: making texts of it (regex-sample.ts).
//
// R1. Always ends, and never throws: a sign that is no syntax is text, and groups nested too deep are left out.

export type RegexNode =
  | { readonly kind: 'text'; readonly text: string }
  /** One of these characters; of none there is no text. */
  | { readonly kind: 'choice'; readonly of: readonly string[] }
  /** `group`: its number, from 1, if it captures. */
  | { readonly kind: 'alternatives'; readonly of: readonly (readonly RegexNode[])[]; readonly group?: number }
  | { readonly kind: 'reference'; readonly group: number }
  /** `groups`: the numbers of the first group inside it and of the first behind it. */
  | {
      readonly kind: 'repeat'
      readonly of: RegexNode
      readonly least: number
      readonly most: number
      readonly groups: readonly [number, number]
    }

const MAX_DEPTH = 40
const nothing: RegexNode = { kind: 'text', text: '' }

const classes: Readonly<Record<string, string>> = {
  d: '0123456789',
  w: 'abcxyzAZ019_',
  s: '     \t\n',
  D: 'a-x ',
  W: ' -.!',
  S: 'aZ1-',
}
const controls: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', f: '\f', v: '\v' }
/** Tried where a class says which characters it does not take, or names a property. */
const usual = [...'ax1 -_.,/Zé日😀\n', ...'AÉz029!+Жλ٣€']

export function parseRegex(source: string, flags: string): RegexNode {
  return new Parser(source, flags).whole()
}

class Parser {
  readonly #source: string
  readonly #flags: string
  readonly #isUnicode: boolean
  readonly #names: ReadonlyMap<string, number>
  readonly #groupCount: number
  #groups = 0
  #at = 0

  constructor(source: string, flags: string) {
    this.#source = source
    this.#flags = flags
    this.#isUnicode = /[uv]/.test(flags)
    const heads = groupHeads(source)
    this.#groupCount = heads.length
    this.#names = new Map(heads.flatMap((name, index) => (name === '' ? [] : [[name, index + 1] as const])))
  }

  whole(): RegexNode {
    return this.#alternatives(0)
  }

  /** Reads `a|b|c` up to the end or a closing bracket. */
  #alternatives(depth: number, group?: number): RegexNode {
    const of = [this.#sequence(depth)]
    while (this.#source[this.#at] === '|') {
      this.#at += 1
      of.push(this.#sequence(depth))
    }
    return group === undefined ? { kind: 'alternatives', of } : { kind: 'alternatives', of, group }
  }

  #sequence(depth: number): readonly RegexNode[] {
    const nodes: RegexNode[] = []
    while (this.#at < this.#source.length) {
      const next = this.#source[this.#at]
      if (next === '|' || next === ')') break
      nodes.push(this.#repeated(depth))
    }
    return nodes
  }

  #repeated(depth: number): RegexNode {
    const first = this.#groups + 1
    const of = this.#atom(depth)
    const [least, most] = this.#quantifier()
    return least === 1 && most === 1
      ? of
      : { kind: 'repeat', of, least, most, groups: [first, this.#groups + 1] }
  }

  #quantifier(): readonly [number, number] {
    const rest = this.#source.slice(this.#at, this.#at + 40)
    const [text, least, comma, most] = /^\{(\d+)(,)?(\d+)?\}/.exec(rest) ?? []
    if (text !== undefined) {
      this.#skip(text.length)
      const low = Number(least)
      return [low, comma === undefined ? low : most === undefined ? Number.POSITIVE_INFINITY : Number(most)]
    }
    const [sign] = rest
    if (sign !== '*' && sign !== '+' && sign !== '?') return [1, 1]
    this.#skip(1)
    return [sign === '+' ? 1 : 0, sign === '?' ? 1 : Number.POSITIVE_INFINITY]
  }

  /** A quantifier, and the sign that makes it lazy. */
  #skip(length: number): void {
    this.#at += length
    if (this.#source[this.#at] === '?') this.#at += 1
  }

  #atom(depth: number): RegexNode {
    const next = this.#take()
    if (next === '(') return this.#group(depth)
    if (next === '[') return this.#class()
    if (next === '\\') return this.#escape()
    if (next === '.') return { kind: 'choice', of: ['a', 'x', '1', ' ', '-', '_'] }
    return next === '^' || next === '$' ? nothing : { kind: 'text', text: next }
  }

  /** The next character, which is a code point where the flags say so. */
  #take(): string {
    const code = this.#source.codePointAt(this.#at)
    const next = this.#isUnicode && code !== undefined ? String.fromCodePoint(code) : this.#source[this.#at]
    this.#at += next?.length ?? 1
    return next ?? ''
  }

  #group(depth: number): RegexNode {
    const rest = this.#source.slice(this.#at)
    const [head = ''] = /^\?(?:[:=!]|<[=!]|<[^>]*>|[a-z-]*:)/.exec(rest) ?? []
    this.#at += head.length
    const isCapturing = head === '' || /^\?<[^=!]/.test(head)
    const group = isCapturing ? ++this.#groups : undefined
    if (depth > MAX_DEPTH) {
      this.#at = this.#source.length
      return nothing
    }
    const node = this.#alternatives(depth + 1, group)
    this.#at += 1
    return head.endsWith('!') ? nothing : node
  }

  #escape(): RegexNode {
    const rest = this.#source.slice(this.#at, this.#at + 80)
    const [digits] = /^[1-9]\d*/.exec(rest) ?? []
    if (digits !== undefined && Number(digits) <= this.#groupCount) {
      this.#at += digits.length
      return { kind: 'reference', group: Number(digits) }
    }
    const [text, name] = /^k<([^>]*)>/.exec(rest) ?? []
    if (text !== undefined && (this.#names.size > 0 || this.#isUnicode)) {
      this.#at += text.length
      return { kind: 'reference', group: this.#names.get(name ?? '') ?? 0 }
    }
    if (/^[bB]/.test(rest)) {
      this.#at += 1
      return nothing
    }
    return { kind: 'choice', of: this.#escaped() }
  }

  /** The characters that an escape takes; its backslash is read. */
  #escaped(): readonly string[] {
    const start = this.#at
    const next = this.#take()
    const class_ = classes[next]
    if (class_ !== undefined) return [...class_]
    const control = controls[next]
    if (control !== undefined) return [control]
    if (this.#isUnicode && (next === 'p' || next === 'P')) {
      this.#at += /^\{[^}]*\}/.exec(this.#source.slice(this.#at))?.[0].length ?? 0
      return this.#taken(`\\${this.#source.slice(start, this.#at)}`, usual)
    }
    return [this.#coded(next)]
  }

  /** Characters by their number: `\x41`, `\u0041`, `\u{41}`, `\cA`, `\101`; any other escape is the character itself. */
  #coded(next: string): string {
    const rest = this.#source.slice(this.#at, this.#at + 12)
    const hex =
      next === 'x'
        ? /^([\da-f]{2})/i.exec(rest)
        : next === 'u'
          ? (/^([\da-f]{4})/i.exec(rest) ?? (this.#isUnicode ? /^\{([\da-f]{1,6})\}/i.exec(rest) : null))
          : null
    if (hex !== null) return this.#numbered(hex[0].length, Number.parseInt(hex[1] ?? '', 16))
    const [letter] = next === 'c' ? (/^[a-z]/i.exec(rest) ?? []) : []
    if (letter !== undefined) return this.#numbered(1, letter.charCodeAt(0) % 32)
    if (!/^[0-7]$/.test(next)) return next
    const [more = ''] = (next <= '3' ? /^[0-7]{0,2}/ : /^[0-7]?/).exec(rest) ?? []
    return this.#numbered(more.length, Number.parseInt(next + more, 8))
  }

  #numbered(length: number, code: number): string {
    if (code > 0x10ffff) return ''
    this.#at += length
    return String.fromCodePoint(code)
  }

  #class(): RegexNode {
    const start = this.#at - 1
    const isNegated = this.#source[this.#at] === '^'
    if (isNegated) this.#at += 1
    const members: string[] = []
    if (this.#flags.includes('v')) this.#skipNested()
    else
      while (this.#at < this.#source.length && this.#source[this.#at] !== ']') members.push(...this.#member())
    this.#at += 1
    const text = this.#source.slice(start, this.#at)
    return { kind: 'choice', of: this.#taken(text, members.length === 0 || isNegated ? usual : members) }
  }

  /** To the end of a class that may hold others. */
  #skipNested(): void {
    for (let open = 1; this.#at < this.#source.length; this.#at++) {
      const next = this.#source[this.#at]
      if (next === '\\') this.#at += 1
      else if (next === '[') open += 1
      else if (next === ']') open -= 1
      if (open === 0) return
    }
  }

  /** The candidates that a class takes, by the engine's own judgement. */
  #taken(text: string, candidates: readonly string[]): readonly string[] {
    try {
      const pattern = new RegExp(`^${text}$`, this.#flags.replace(/[gy]/g, ''))
      return candidates.filter((character) => pattern.test(character))
    } catch {
      return candidates === usual ? [] : candidates
    }
  }

  /** One character, escape or range of a class. */
  #member(): readonly string[] {
    const first = this.#single()
    const [low] = first
    if (
      this.#source[this.#at] !== '-' ||
      this.#source[this.#at + 1] === ']' ||
      first.length !== 1 ||
      low === undefined
    )
      return first
    this.#at += 1
    const [high] = this.#single()
    return high === undefined ? first : range(low, high)
  }

  #single(): readonly string[] {
    const next = this.#take()
    if (next !== '\\') return [next]
    if (this.#source[this.#at] !== 'b') return this.#escaped()
    this.#at += 1
    return ['\b']
  }
}

/** The name of each capturing group, or nothing for those without, in the order of their numbers. */
function groupHeads(source: string): readonly string[] {
  const bare = source.replace(/\\[\s\S]|\[(?:\\[\s\S]|[^\]\\])*\]?/g, '_')
  return [...bare.matchAll(/\((?!\?)|\(\?<([^=!>][^>]*)>/g)].map(([, name = '']) => name)
}

/** The ends of a range and some between. */
function range(low: string, high: string): readonly string[] {
  const [from, to] = [low.codePointAt(0) ?? 0, high.codePointAt(0) ?? 0]
  if (to < from) return [low]
  const step = Math.max(1, Math.floor((to - from) / 24))
  const made: string[] = [high]
  for (let code = from; code < to; code += step)
    if (code < 0xd800 || code > 0xdfff) made.push(String.fromCodePoint(code))
  return made
}
