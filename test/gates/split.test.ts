// Objects of another process, used as if they were here; and what the side with the tests hands out of itself: nothing.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { moduleExports } from '../../gates/split/module-exports.ts'

const INSIDE = join(import.meta.dirname, '../../gates/split/inside')

const SOURCE = `
export class Violation extends RangeError {
  code = 7
  get twice() { return this.code * 2 }
}
export class Basket {
  items: number[] = []
  static from(items: number[]) { return new Basket().add(...items) }
  add(...items: number[]) { this.items.push(...items); return this }
  get total() { return this.items.reduce((sum, item) => sum + item, 0) }
  *[Symbol.iterator]() { yield* this.items }
}
export const sort = (items: number[]) => items.sort((a, b) => a - b)
export const same = (value: unknown) => value
export const fail = () => { throw new Violation('too far') }
export const each = (items: number[], use: (item: number) => number) => items.map(use)
export const slow = async (x: number) => { await new Promise((done) => setTimeout(done, 10)); return new Map([[x, { x }]]) }
export const after = async (work: () => Promise<number>) => (await work()) + 1
export const year = () => new Date().getFullYear()
export const end = () => process.exit(3)
export const reach = (given: any) => {
  const tried = [
    () => { given.prototype.x = 1 },
    () => { given.z = 1 },
    () => { Object.getPrototypeOf(given).y = 1 },
    () => given.constructor('globalThis.reached = true')(),
    () => { given.constructor.prototype.w = 1 },
  ]
  for (const attempt of tried) try { attempt() } catch {}
}
class Matcher { asymmetricMatch() { return true } }
export const boxed = () => Object(5)
export const worth = () => ({ __proto__: { valueOf: () => 5, toString: () => 'five' } })
export const matcher = () => new Matcher()
export const plainMatcher = () => ({ $$typeof: Symbol.for('jest.asymmetricMatcher') })
Object.is = () => true
`

type Loaded = Record<string, (...args: unknown[]) => unknown>

describe('a linked process', () => {
  const root = mkdtempSync(join(tmpdir(), 'canopy-split-'))
  const pipes = join(root, 'pipes')
  let source: ChildProcess
  let loaded: Loaded
  const load = () => createRequire(import.meta.url)(join(INSIDE, 'connect.cjs')).connect('src/a.ts') as Loaded

  beforeAll(() => {
    mkdirSync(join(root, 'app/src'), { recursive: true })
    mkdirSync(pipes)
    writeFileSync(join(root, 'app/src/a.ts'), SOURCE)
    source = spawn(process.execPath, [join(INSIDE, 'main.cjs'), pipes, join(root, 'app'), '400'], {
      detached: true,
    })
    process.env.CANOPY_SPLIT = pipes
    loaded = load()
  })
  afterAll(() => {
    // In the sandbox what it starts ends with the sandbox; here with its group.
    if (source.pid !== undefined) process.kill(-source.pid, 'SIGKILL')
    execFileSync('sleep', ['0.1'])
    rmSync(root, { recursive: true, force: true })
  })

  it('gives back values as they are, and the very objects it was given', () => {
    const { same } = loaded
    for (const value of [
      1,
      -0,
      Number.NaN,
      'a',
      null,
      undefined,
      10n,
      true,
      Symbol.for('a'),
      Symbol.iterator,
    ])
      expect(same?.(value)).toBe(value)
    for (const object of [{ a: 1 }, [1], () => 1, new (class X {})(), new Map(), new Error('x'), Object])
      expect(same?.(object)).toBe(object)
    const round: { self?: unknown } = {}
    round.self = round
    expect(same?.(round)).toBe(round)
  })

  it('changes what it was given where it is', () => {
    const items = [3, 1, 2]
    expect(loaded.sort?.(items)).toBe(items)
    expect(items).toEqual([1, 2, 3])
  })

  it('keeps classes, their instances and what they throw', () => {
    const { Basket, Violation, fail } = loaded as unknown as {
      Basket: { new (): object; from(items: number[]): { total: number; add(item: number): unknown } }
      Violation: new () => Error
      fail: () => void
    }
    const basket = Basket.from([1, 2])
    expect(basket).toBeInstanceOf(Basket)
    expect(new Basket()).toBeInstanceOf(Basket)
    expect(new (class Larger extends Basket {})()).toBeInstanceOf(Basket)
    expect(basket.add(4)).toBe(basket)
    expect(basket.total).toBe(7)
    expect([...(basket as unknown as Iterable<number>)]).toEqual([1, 2, 4])
    expect(basket).toMatchObject({ items: [1, 2, 4] })
    expect(fail).toThrow(Violation)
    expect(fail).toThrow(RangeError)
    expect(fail).toThrow('too far')
    expect(fail).toThrow(expect.objectContaining({ code: 7, twice: 14 }))
  })

  it('calls back, waits, and is waited for', async () => {
    expect(loaded.each?.([1, 2], (item: number) => item + 1)).toEqual([2, 3])
    expect(await loaded.slow?.(3)).toEqual(new Map([[3, { x: 3 }]]))
    expect(await loaded.after?.(async () => 4)).toBe(5)
    await expect(loaded.after?.(() => Promise.reject(new Error('no')))).rejects.toThrow('no')
  })

  it('lives at another time', () => {
    expect(loaded.year?.()).toBeGreaterThan(new Date().getFullYear())
  })

  it('cannot change this side, nor decide how it compares', () => {
    class Given {}
    loaded.reach?.(Given)
    loaded.reach?.(() => 1)
    expect([Given, Given.prototype, Function.prototype, Object.prototype].flatMap(Object.keys)).toEqual([])
    expect(globalThis).not.toHaveProperty('reached')
    expect(Object.is(1, 2)).toBe(false)
    expect(() => expect(loaded.matcher?.()).toEqual(5)).toThrow(/decide comparisons/)
    expect(() => loaded.plainMatcher?.()).toThrow(/decide comparisons/)
  })

  it('gives nothing that passes for a number, and everything as a text', () => {
    for (const object of [loaded.boxed?.(), loaded.worth?.()] as unknown as number[]) {
      // biome-ignore lint/suspicious/noDoubleEquals: that is what is tried
      expect(() => object == 5).toThrow(/passes for a number/)
      expect(() => object > 4).toThrow(/passes for a number/)
    }
    expect(`${loaded.boxed?.()} ${loaded.worth?.()} ${String(loaded.Basket)}`).toMatch(/^5 five /)
  })

  it('is told as gone, each time it is asked, and another takes the place of it', () => {
    expect(() => loaded.end?.()).toThrow("the source's process ended: code 3")
    expect(() => loaded.year?.()).toThrow("the source's process ended")
    loaded = load()
    expect(loaded.same?.(1)).toBe(1)
  })
})

describe('what a module exports', () => {
  it.each([
    ['a.ts', 'export const a = 1, { b, c: [d] } = x; export function e() {}; export class F {}', 'a b d e F'],
    ['a.ts', 'export type A = 1; export interface B {}; export enum C { D }; export default 1', 'C default'],
    ['a.ts', "export { a as b, type C } from './x.js'; export * as d from './y.js'", 'b d'],
    ['a.mjs', 'const a = 1; export { a as default }', 'default'],
  ])('is read from its text (%#)', (path, text, names) => {
    expect(moduleExports(path, text)).toMatchObject({ isModule: true, names: names.split(' ') })
  })

  it('is nothing that can be named for CommonJS, and unknown for what cannot be parsed', () => {
    expect(moduleExports('a.js', 'module.exports = 1')).toEqual({ isModule: false, names: [], all: [] })
    expect(moduleExports('a.ts', 'export const')).toBeUndefined()
  })
})
