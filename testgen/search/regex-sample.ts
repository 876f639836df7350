// Regex sample
//
// Owns:   making texts that a regular expression matches, or nearly.
// Leaves: where the expression comes from (literals, comparisons seen at run time).
//
// R1. Always ends: depth, repetition and length are bounded. Unknown syntax is left out.

import type { Random } from '../random.ts'

const most = { depth: 12, repeats: 3, length: 200 }

/** A text that `source` probably matches. */
export function sampleRegex(source: string, flags: string, random: Random): string {
  const sampler = new Sampler(source, flags, random)
  return sampler.alternatives(0).slice(0, most.length)
}

class Sampler {
  readonly #source: string
  readonly #random: Random
  readonly #groups: string[] = []
  readonly #names = new Map<string, string>()
  readonly #flags: string
  #at = 0

  constructor(source: string, flags: string, random: Random) {
    this.#source = source
    this.#random = random
    this.#flags = flags
  }

  /** Reads `a|b|c` up to the end or a closing bracket and returns one of them. */
  alternatives(depth: number): string {
    const made = [this.#sequence(depth)]
    while (this.#source[this.#at] === '|') {
      this.#at += 1
      made.push(this.#sequence(depth))
    }
    return this.#random.pick(made)
  }

  #sequence(depth: number): string {
    let made = ''
    while (this.#at < this.#source.length) {
      const next = this.#source[this.#at]
      if (next === '|' || next === ')') break
      made += this.#quantified(depth)
    }
    return made
  }

  #quantified(depth: number): string {
    const start = this.#at
    let made = this.#atom(depth)
    const [least, greatest] = this.#quantifier()
    const times = least + this.#random.below(Math.min(greatest, least + most.repeats) - least + 1)
    if (times === 0) return ''
    const end = this.#at
    // Each repetition is sampled for itself: `\d{4}` is rarely four times the same digit.
    for (let time = 1; time < times && made.length < most.length; time++) {
      this.#at = start
      made += this.#atom(depth)
    }
    this.#at = end
    return made
  }

  #quantifier(): readonly [number, number] {
    const rest = this.#source.slice(this.#at)
    const [text, least, comma, greatest] = /^\{(\d+)(,)?(\d+)?\}/.exec(rest) ?? []
    if (text !== undefined) {
      this.#skip(text.length)
      const low = Number(least)
      return [low, comma === undefined ? low : greatest === undefined ? low + most.repeats : Number(greatest)]
    }
    const [sign] = rest
    if (sign !== '*' && sign !== '+' && sign !== '?') return [1, 1]
    this.#skip(1)
    if (sign === '?') return [0, 1]
    return [sign === '*' ? 0 : 1, most.repeats]
  }

  #skip(length: number): void {
    this.#at += length
    if (this.#source[this.#at] === '?' || this.#source[this.#at] === '+') this.#at += 1
  }

  #atom(depth: number): string {
    const next = this.#source[this.#at++] ?? ''
    if (next === '(') return this.#group(depth)
    if (next === '[') return this.#class()
    if (next === '\\') return this.#escape()
    if (next === '.') return this.#random.pick(['a', 'x', '1', ' ', '-', '_'])
    if (next === '^' || next === '$') return ''
    return this.#cased(next)
  }

  #cased(text: string): string {
    return this.#flags.includes('i') && this.#random.chance(0.2) ? text.toUpperCase() : text
  }

  #group(depth: number): string {
    const rest = this.#source.slice(this.#at)
    const [head = ''] = /^\?(?:[:=!]|<[=!]|<[^>]*>|[a-z-]*:)/.exec(rest) ?? []
    this.#at += head.length
    const number = head === '' || /^\?<[^=!]/.test(head) ? this.#groups.push('') - 1 : -1
    const made = depth > most.depth ? '' : this.alternatives(depth + 1)
    if (this.#source[this.#at] === ')') this.#at += 1
    else this.#at = this.#source.length
    if (head.endsWith('!')) return ''
    if (number >= 0) this.#groups[number] = made
    if (/^\?<[^=!]/.test(head)) this.#names.set(head.slice(2, -1), made)
    return made
  }

  #escape(): string {
    const next = this.#source[this.#at++] ?? ''
    if (/[1-9]/.test(next)) return this.#groups[Number(next) - 1] ?? ''
    if (next === 'k') return this.#named()
    if (next === 'b' || next === 'B') return ''
    return this.#random.pick(this.#escaped(next))
  }

  #named(): string {
    const [text = '', name = ''] = /^<([^>]*)>/.exec(this.#source.slice(this.#at)) ?? []
    this.#at += text.length
    return this.#names.get(name) ?? ''
  }

  /** What an escape stands for, as a list of characters. */
  #escaped(next: string): readonly string[] {
    const classes: Record<string, string> = {
      d: '0123456789',
      w: 'abcxyzAZ019_',
      s: '     \t\n',
      D: 'a-x ',
      W: ' -.!',
      S: 'aZ1-',
    }
    const simple: Record<string, string> = { n: '\n', r: '\r', t: '\t', f: '\f', v: '\v', 0: '\0' }
    const class_ = classes[next]
    if (class_ !== undefined) return [...class_]
    if (simple[next] !== undefined) return [simple[next]]
    if (next === 'p' || next === 'P') return this.#property()
    const rest = this.#source.slice(this.#at)
    const [text, code, braced] =
      (next === 'x' ? /^([\da-f]{2})/i : next === 'u' ? /^(?:([\da-f]{4})|\{([\da-f]+)\})/i : /^$a/).exec(
        rest,
      ) ?? []
    if (text === undefined) return [next]
    this.#at += text.length
    return [String.fromCodePoint(Number.parseInt(code ?? braced ?? '61', 16))]
  }

  #property(): readonly string[] {
    const [text = '', name = ''] = /^\{([^}]*)\}/.exec(this.#source.slice(this.#at)) ?? []
    this.#at += text.length
    if (/Lu|Upper/.test(name)) return [...'AZÉ']
    if (/Ll|Lower/.test(name)) return [...'azé']
    if (/^N/.test(name)) return [...'0129']
    if (/^(P|S)/.test(name)) return [...'-!.+']
    if (/Emoji|Pictographic/.test(name)) return ['😀']
    return [...'aéZ']
  }

  #class(): string {
    const start = this.#at - 1
    const negated = this.#source[this.#at] === '^'
    if (negated) this.#at += 1
    const members: string[] = []
    while (this.#at < this.#source.length && this.#source[this.#at] !== ']') members.push(...this.#member())
    this.#at += 1
    const choice = negated ? charactersIn(this.#source.slice(start, this.#at), this.#flags) : members
    return choice.length === 0 ? '' : this.#random.pick(choice)
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
    const next = this.#source.codePointAt(this.#at) ?? 0
    const text = String.fromCodePoint(next)
    this.#at += text.length
    if (text !== '\\') return [text]
    const escaped = this.#source[this.#at++] ?? ''
    return escaped === 'b' ? ['\b'] : this.#escaped(escaped)
  }
}

const usual = [...'ax1 -_.,/Zé日😀\n']

/** Which of the usual characters a class takes: the engine itself knows best. */
function charactersIn(text: string, flags: string): readonly string[] {
  try {
    const pattern = new RegExp(`^${text}$`, flags.replace(/[gy]/g, ''))
    return usual.filter((character) => pattern.test(character))
  } catch {
    return []
  }
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
