// Regex sample
//
// Owns:   making texts that a regular expression matches, or nearly: the text of a look-ahead is part of the sample.
// Leaves: where the expression comes from (literals, comparisons seen at run time), its structure (regex-parse.ts).
//
// R1. Always ends: repetitions, steps and length are bounded.
// R2. A reference repeats the last text of its group on the chosen path, as in the language.

import type { Random } from '../random.ts'
import { parseRegex, type RegexNode } from './regex-parse.ts'

const MAX_REPEATS = 3
const MAX_LENGTH = 200
const MAX_STEPS = 3000
const MAX_KEPT_PATTERNS = 500

const parsed = new Map<string, RegexNode>()

/** A text of at most 200 characters that `source` probably matches. */
export function sampleRegex(source: string, flags: string, random: Random): string {
  return new Sampler(flags, random).sample(parsedOnce(source, flags)).slice(0, MAX_LENGTH)
}

function parsedOnce(source: string, flags: string): RegexNode {
  const key = `${flags}/${source}`
  const known = parsed.get(key)
  if (known !== undefined) return known
  if (parsed.size >= MAX_KEPT_PATTERNS) parsed.clear()
  const node = parseRegex(source, flags)
  parsed.set(key, node)
  return node
}

class Sampler {
  readonly #ignoresCase: boolean
  readonly #random: Random
  /** By group number. */
  readonly #captured = new Map<number, string>()
  #steps = 0

  constructor(flags: string, random: Random) {
    this.#ignoresCase = flags.includes('i')
    this.#random = random
  }

  sample(node: RegexNode): string {
    if (++this.#steps > MAX_STEPS) return ''
    switch (node.kind) {
      case 'text':
        return this.#cased(node.text)
      case 'choice':
        return node.of.length === 0 ? '' : this.#random.pick(node.of)
      case 'reference':
        return this.#captured.get(node.group) ?? ''
      case 'repeat':
        return this.#repeat(node)
      case 'alternatives':
        return this.#alternative(node)
    }
  }

  #alternative({ of, group }: Extract<RegexNode, { kind: 'alternatives' }>): string {
    const chosen = of.length === 1 ? of[0] : this.#random.pick(of)
    let made = ''
    for (const one of chosen ?? []) made += this.sample(one)
    if (group !== undefined) this.#captured.set(group, made)
    return made
  }

  /** Each repetition is sampled for itself: `\d{4}` is rarely four times the same digit. */
  #repeat({ of, least, most, groups }: Extract<RegexNode, { kind: 'repeat' }>): string {
    const extra = Math.max(0, Math.min(most - least, MAX_REPEATS))
    const times = least + this.#random.below(extra + 1)
    let made = ''
    for (let time = 0; time < times && made.length < MAX_LENGTH && this.#steps < MAX_STEPS; time++) {
      for (let group = groups[0]; group < groups[1]; group++) this.#captured.delete(group)
      made += this.sample(of)
    }
    return made
  }

  #cased(text: string): string {
    if (!this.#ignoresCase || text === '' || !this.#random.chance(0.2)) return text
    const upper = text.toUpperCase()
    // `ß` has no counterpart of one character, and `ı` one that is not its own.
    return upper.toLowerCase() === text && upper.length === text.length ? upper : text
  }
}
