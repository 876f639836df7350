// Mutate primitives
//
// Owns:   changing a text or a number a little.
// Leaves: new texts and numbers (strings.ts), where they are in an input (mutate-value.ts).

import type { Literals } from '../descriptors.ts'
import type { Random } from '../random.ts'
import { someNumber, someText } from './strings.ts'

/** A text with a part dropped, doubled, put in, in other letters or with another number. */
export function mutateText(text: string, name: string, literals: Literals, random: Random): string {
  const at = random.below(text.length + 1)
  const length = Math.min(text.length - at, 1 + random.below(3))
  const [before, after] = [text.slice(0, at), text.slice(at)]
  switch (random.below(10)) {
    case 0:
      return before + after.slice(length)
    case 1:
      return before + someText(name, literals, random) + after
    case 2:
      return text + someText(name, literals, random)
    case 3:
      return someText(name, literals, random) + text
    case 4:
      return before + after.slice(0, length) + after
    case 5:
      return (
        before +
        random.pick([...' -_.,:;/\\\'"()[]{}<>=+*&|!?#%@\n\t0123456789aZ']) +
        after.slice(random.below(2))
      )
    case 6:
      return random.chance(0.5) ? text.toUpperCase() : text.toLowerCase()
    case 7:
      return before
    case 8:
      return `${text}${random.pick([' ', ',', '\n', '.', '-', '/'])}${text}`.slice(0, 200)
    default:
      return replaceNumber(text, literals, random)
  }
}

function replaceNumber(text: string, literals: Literals, random: Random): string {
  const found = [...text.matchAll(/\d+/g)]
  if (found.length === 0) return text + random.below(10)
  const one = random.pick(found)
  return (
    text.slice(0, one.index) +
    Math.abs(Math.trunc(mutateNumber(Number(one[0]), '', literals, random))) +
    text.slice(one.index + one[0].length)
  )
}

/** One more or less, a multiple, a part, the negative, or another number. */
export function mutateNumber(value: number, name: string, literals: Literals, random: Random): number {
  switch (random.below(7)) {
    case 0:
      return value + 1
    case 1:
      return value - 1
    case 2:
      return -value
    case 3:
      return value * random.pick([2, 10, 100])
    case 4:
      return Math.trunc(value / random.pick([2, 10])) || 0
    default:
      return someNumber(literals, random, name)
  }
}
