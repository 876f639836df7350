// Modules
//
// Owns:   modules of the kinds that the builtin writer must cope with, to be written into a repository.

/** Switches, regular expressions, dates, generics, errors: all without tricks. */
export const plain = `
export type Shape = { kind: 'circle'; radius: number } | { kind: 'square'; side: number } | { kind: 'line' }

/** A switch over a union. */
export function area(shape: Shape): number {
  switch (shape.kind) {
    case 'circle':
      return Math.round(shape.radius ** 2 * 3)
    case 'square':
      return shape.side * shape.side
    default:
      return 0
  }
}

export class VersionError extends Error {
  readonly text: string
  constructor(text: string) {
    super(\`'\${text}' is no version\`)
    this.name = 'VersionError'
    this.text = text
  }
}

/** A regular expression that only special texts match. */
export function version(text: string): { major: number; minor: number; tag?: string } {
  const match = /^v?(\\d+)\\.(\\d+)(?:-([a-z]+))?$/.exec(text)
  if (match === null) throw new VersionError(text)
  const [, major, minor, tag] = match
  if (Number(major) > 99) throw new RangeError('the major version is too large')
  return tag === undefined ? { major: Number(major), minor: Number(minor) } : { major: Number(major), minor: Number(minor), tag }
}

export function daysUntil(date: Date, today: Date = new Date()): number {
  const days = Math.round((date.getTime() - today.getTime()) / 86_400_000)
  return days < 0 ? -1 : days
}

export function group<T, K extends string>(items: readonly T[], key: (item: T) => K, only?: K): Map<K, T[]> {
  const groups = new Map<K, T[]>()
  for (const item of items) {
    const name = key(item)
    if (only !== undefined && name !== only) continue
    const members = groups.get(name)
    if (members === undefined) groups.set(name, [item])
    else members.push(item)
  }
  return groups
}

export function ratio(part: number, whole: number): number {
  if (Number.isNaN(part)) return Number.NaN
  if (whole === 0) return part < 0 ? Number.NEGATIVE_INFINITY : -0
  return part / whole
}
`

/** A class with a state, and functions that take their time. */
export const stateful = `
export class Turnstile {
  #state: 'locked' | 'open' = 'locked'
  #coins = 0
  readonly price: number

  constructor(price = 1) {
    if (price < 0) throw new RangeError('a price is 0 or more')
    this.price = price
  }

  get state(): string {
    return this.#state
  }

  insert(coins: number): this {
    this.#coins += coins
    if (this.#coins >= this.price) this.#state = 'open'
    return this
  }

  push(): boolean {
    if (this.#state === 'locked') return false
    this.#state = 'locked'
    this.#coins = 0
    return true
  }
}

export async function retry<T>(run: () => Promise<T>, times: number): Promise<T | undefined> {
  for (let attempt = 0; attempt < times; attempt++) {
    try {
      return await run()
    } catch (error) {
      if (attempt === times - 1) throw error
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
  return undefined
}

export function debounce(run: (text: string) => void, wait: number): ((text: string) => void) & { cancel(): void } {
  let timer: ReturnType<typeof setTimeout> | undefined
  const debounced = (text: string) => {
    if (timer !== undefined) clearTimeout(timer)
    timer = setTimeout(() => run(text), wait)
  }
  return Object.assign(debounced, {
    cancel() {
      if (timer !== undefined) clearTimeout(timer)
    },
  })
}
`

/** Everything that could spoil the reply. */
export const hostile = `
import { randomUUID } from 'node:crypto'

let calls = 0

export function endless(kind: string): string {
  if (kind === 'for') for (;;) calls += 0
  if (kind === 'recursion') return endless(kind)
  if (kind === 'pattern') return String(/^(a+)+$/.test('a'.repeat(40) + '!'))
  return 'it ends'
}

export function leave(code: number): string {
  console.log('leaving')
  process.stdout.write('not JSON')
  if (code > 0) process.exit(code)
  if (code < 0) void Promise.reject(new Error('nobody listens'))
  return code < 0 ? 'rejected' : 'stayed'
}

export function unstable(kind: string): string | number {
  if (kind === 'count') return ++calls
  if (kind === 'uuid') return randomUUID()
  if (kind === 'zone') return new Date(2024, 0, 1, 3).toISOString()
  return 'stable'
}

export function dice(sides: number): string {
  const thrown = Math.floor(Math.random() * sides) + 1
  return thrown === sides ? 'highest' : 'other'
}

export function greeting(): string {
  const hour = new Date().getUTCHours()
  return hour < 12 ? 'good morning' : 'good day'
}
`

/** CommonJS without types. */
export const legacy = `
'use strict'

function Point(x, y) {
  this.x = x
  this.y = y
}

Point.prototype.scale = function (factor) {
  if (typeof factor !== 'number') throw new TypeError('a factor is a number')
  return new Point(this.x * factor, this.y * factor)
}

function parsePair(text) {
  if (typeof text !== 'string') return null
  var parts = text.split('=')
  if (parts.length !== 2) throw new Error('a pair is written a=b')
  return { key: parts[0].trim(), value: parts[1] }
}

module.exports = { Point: Point, parsePair: parsePair }
`

/** Names that a test file needs for itself or that cannot be declared, and values that are hard to write down. */
export const awkward = `
export function expect(value) { return value > 3 ? 'more' : 'less' }
export const it = (text) => (text === 'a' ? 'b' : text)
export const result = (n) => (n > 2 ? { n } : 0)
const remove = (n) => (n > 1 ? 'gone' : 'there')
const spell = (n) => (n > 1 ? 'many' : 'one')
export { remove as delete, spell as 'b-c' }
export class Switch {
  on = false
  flip() { this.on = !this.on; return this.on }
}
export class Callback {
  each(run) { run('once') }
}
export const tools = { 'a-b': (n) => n > 1, class: (n) => n > 2 }

export function odd(n) {
  if (n === 1) return ['\`', '$' + '{x}', '*/', '\\u2028', "'" + '"', '\\\\', '\\0' + '1', '</script>', '\\uE000\\uE001']
  if (n === 2) return { __proto__: null, 'b-c': -0, "it's": NaN, '\\ud800': 12n, '': undefined, class: /\uE000/g }
  if (n === 3) return new Map([[new Map([[{ a: 1 }, new Set([[1]])]]), new Date(NaN)]])
  if (n === 4) return Symbol.for('\`*/')
  if (n === 5) throw { 'b-c': '\`' }
  return 'x'.repeat(900)
}

/** It looks like a promise and is none. */
export function broken(n) { return { n, then() { throw new Error('not now') } } }

export default (n) => (n > 1 ? 'a' : 'b')
`
