// Feedback
//
// Owns:   putting the values into the input that the code compared it with: `if (kind === 'admin')` met with 'foo'
//         suggests 'admin' in the place of 'foo'.
// Leaves: noting the comparisons (inside/probes.ts).

import type { Case, Primitive } from '../expression.ts'
import type { Operands } from '../inside/probes.ts'
import type { Random } from '../random.ts'
import { mapConstants } from './constants.ts'
import { sampleRegex } from './regex-sample.ts'

const MAX_SUGGESTIONS = 60

/** Cases that differ from `test` in one constant, chosen by the operands seen while it ran. */
export function suggest(test: Case, operands: readonly Operands[], random: Random): readonly Case[] {
  const leaves = leavesOf(test)
  const made = new Map<string, Case>()
  for (const swap of swapsOf(operands, random)) {
    for (const leaf of leaves) {
      for (const value of swap(leaf.value)) {
        if (Object.is(value, leaf.value) || made.size >= MAX_SUGGESTIONS) continue
        made.set(`${leaf.number}:${typeof value}:${String(value)}`, replaceLeaf(test, leaf.number, value))
      }
    }
  }
  return [...made.values()]
}

/** The values that a leaf could become. */
type Swap = (leaf: Primitive) => readonly Primitive[]

function swapsOf(operands: readonly Operands[], random: Random): readonly Swap[] {
  const seen = new Set<string>()
  return operands.flatMap(({ operator, left, right }): readonly Swap[] => {
    if (operator === 'class' || operator === 'typeof') return []
    const key = `${operator}|${describe(left)}|${describe(right)}`
    if (seen.has(key)) return []
    seen.add(key)
    if (right instanceof RegExp)
      return typeof left === 'string'
        ? [swapText(left, () => sampleRegex(right.source, right.flags, random))]
        : []
    if (typeof left === 'string' && typeof right === 'string') return textSwaps(operator, left, right)
    if (typeof left === 'number' && typeof right === 'number')
      return [...numberSwaps(operator, left, right), ...numberSwaps(operator, right, left)]
    return isPrimitive(left) && isPrimitive(right)
      ? [(leaf) => (Object.is(leaf, left) ? [right] : Object.is(leaf, right) ? [left] : [])]
      : []
  })
}

function describe(value: unknown): string {
  return value instanceof RegExp
    ? String(value)
    : `${typeof value}:${isPrimitive(value) ? String(value) : ''}`
}

function isPrimitive(value: unknown): value is Primitive {
  return (
    value === null || (typeof value !== 'object' && typeof value !== 'function' && typeof value !== 'symbol')
  )
}

function textSwaps(operator: string, left: string, right: string): readonly Swap[] {
  if (operator === 'startsWith') return [swapText(left, () => right + left)]
  if (operator === 'endsWith') return [swapText(left, () => left + right)]
  if (/includes|ndexOf|split|replace|search|match/.test(operator))
    return [swapText(left, () => `${left.slice(0, left.length >> 1)}${right}${left.slice(left.length >> 1)}`)]
  return [swapText(left, () => right), swapText(right, () => left)]
}

/** Where `from` is the leaf or a part of it, put another text in its place. */
function swapText(from: string, to: () => string): Swap {
  return (leaf) => {
    if (typeof leaf !== 'string') return []
    if (leaf === from) return [to()]
    if (from.length > 0 && leaf.includes(from)) return [leaf.replace(from, to)]
    if (leaf.trim().toLowerCase() === from.toLowerCase()) return [to()]
    return []
  }
}

/** An order comparison is tried on both sides of its border. */
function numberSwaps(operator: string, from: number, to: number): readonly Swap[] {
  const wanted = /[<>]/.test(operator) ? [to, to + 1, to - 1] : [to]
  return [
    (leaf) => {
      if (typeof leaf === 'number') return leaf === from ? wanted : []
      if (typeof leaf !== 'string') return []
      if (leaf.length === from && to >= 0 && to < 100) return wanted.map((length) => resize(leaf, length))
      const digits = String(from)
      return from >= 0 && leaf.includes(digits) ? wanted.map((one) => leaf.replace(digits, String(one))) : []
    },
  ]
}

function resize(text: string, length: number): string {
  return length <= text.length ? text.slice(0, Math.max(0, length)) : text.padEnd(length, text || 'a')
}

interface Leaf {
  readonly number: number
  readonly value: Primitive
}

function leavesOf(test: Case): readonly Leaf[] {
  const leaves: Leaf[] = []
  mapConstants(test, (value) => {
    leaves.push({ number: leaves.length, value })
    return value
  })
  return leaves
}

function replaceLeaf(test: Case, number: number, value: Primitive): Case {
  let next = 0
  return mapConstants(test, (old) => (next++ === number ? value : old))
}
