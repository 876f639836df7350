// Probes: a probed module does what the module does, and what would not end does.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openModule } from '../../testgen/analyse/program.ts'
import { createModuleScope } from '../../testgen/inside/module-scope.ts'
import { OutOfSteps, Probes } from '../../testgen/inside/probes.ts'
import { type CompiledModule, compileReached } from '../../testgen/transpile.ts'
import { createRepository, type Repository } from './repository.ts'

const tricky = `
import { double as twice, type Unused } from './other.js'
import * as other from './other.js'
export type { Unused }

export enum Level { Low = 1 << 0, High = 1 << 1 }

const table: Record<string, number> = { a: 1, b: 2 }

export const results = {
  commentAfterArrow: ((...values: number[]) =>
    // a comment in the way
    values.reduce((sum, value) => sum + value, 0))(1, 2, 3),
  imported: twice(4) + other.double(1),
  logical: (null ?? 'a') && ('' || 'b'),
  nested: ((a: boolean, b: boolean, c: boolean) => (a && (b || c)) || 'none')(true, false, false),
  swapped: (() => { const list = [1, 2, 3]; const [i, j] = [0, 2]; [list[i], list[j]] = [list[j]!, list[i]!]; return list })(),
  called: (() => { const object = { count: 5, m() { return this.count } } as Record<string, any>; const k = 'm'; return object[k]() })(),
  deleted: (() => { const object: Record<string, number> = { x: 1 }; const k = 'x'; delete object[k]; return Object.keys(object) })(),
  counted: (() => { const counts: Record<string, number> = {}; for (const k of ['x', 'x']) { counts[k] ??= 0; counts[k]!++ } return counts })(),
  optional: (() => { const none = undefined as { list?: string[] } | undefined; return none?.list?.includes('a') })(),
  looked: table['a']! + table[['b'][0]!]!,
  switched: ((value: unknown) => { switch (value) { case 1: return 'one'; case 'two': return 2; default: return null } })('two'),
  fallen: ((value: number) => { const seen = []; switch (value) { case 1: seen.push(1); case 2: seen.push(2); break; case 3: seen.push(3) } return seen })(1),
  defaults: (({ a = 1, b: { c = 2 } = {} }: { a?: number; b?: { c?: number } } = {}, [d = 3] = []) => [a, c, d])(),
  strict: (function () { 'use strict'; return this })(),
  labelled: (() => { let found = 0; outer: for (let i = 0; i < 3; i++) for (let j = 0; j < 3; j++) { if (j === 2) continue outer; if (i === 2) break outer; found++ } return found })(),
  generated: [...(function* () { for (let i = 0; i < 3; i++) yield i })()],
  inOperator: 'a' in table,
  thrown: (() => { try { throw new TypeError('mine') } catch (error) { return (error as Error).message } finally { table.b = 2 } })(),
  regexes: [/a/.test('cat'), 'a-b'.replace('-', '+'), 'abc'.indexOf('c'), [1, 2].includes(2), new Map([[1, 2]]).get(1)],
  comparisons: [1 < 2, 'a' >= 'b', 1 == ('1' as unknown as number), 1n < 2, null == undefined],
  level: Level[Level.High],
  meta: typeof import.meta.url,
}

class Base { constructor(readonly name: string) {} greet() { return 'hello ' + this.name } }
class Derived extends Base {
  #secret = 1
  constructor(name: string, private readonly extra = 'x') { super(name + '!'); this.#secret++ }
  override greet() { return super.greet() + this.extra + this.#secret + (#secret in this) }
  static { table.c = 3 }
}
export const derived = new Derived('you').greet()
export const settled = table.c

export function forever(): void { for (;;) { try { table.a!++ } finally { table.b = 0 } } }
export function deeper(): number { return 1 + deeper() }
export function judge(value: number, strict = false): string { return value > 10 && !strict ? 'high' : 'low' }
`

const other = 'export interface Unused { a: 1 }\nexport const double = (value: number) => value * 2\n'

describe('a probed module', () => {
  let repository: Repository
  let modules: readonly CompiledModule[]
  const probes = new Probes()

  beforeAll(() => {
    repository = createRepository({ 'src/tricky.ts': tricky, 'src/other.ts': other })
    modules = compileReached(openModule(repository.root, 'src/tricky.ts'))
  })

  afterAll(() => repository.remove())

  function load(flavour: 'plain' | 'probed') {
    probes.begin(100_000, true)
    const scope = createModuleScope(modules, flavour, probes)
    return { exports: scope.load(), counts: scope.counts }
  }

  it('computes what the plain one computes', () => {
    const [plain, probed] = [load('plain').exports, load('probed').exports]
    expect(probed.results).toEqual(plain.results)
    expect(probed.derived).toBe('hello you!x2true')
    expect(probed.settled).toBe(3)
  })

  it.each(['forever', 'deeper'])('ends %s after the last step', (name) => {
    const { exports } = load('probed')
    probes.begin(2000, false)
    expect(exports[name]).toThrow(OutOfSteps)
    expect(probes.spent).toBe(true)
  })

  it('counts each arm where istanbul would', () => {
    const { exports, counts } = load('probed')
    const arms = () =>
      (modules[0]?.edges ?? []).flatMap(({ line, kind, arm }, edge) =>
        line === judgeLine && kind !== 'step' && counts[edge] ? [`${kind} ${arm}`] : [],
      )
    const judge = exports.judge as (value: number, strict?: boolean) => string
    counts.fill(0)
    judge(1)
    expect(arms()).toEqual(['default-arg 0', 'cond-expr 1', 'binary-expr 0'])
    counts.fill(0)
    judge(11, false)
    expect(arms()).toEqual(['cond-expr 0', 'binary-expr 0', 'binary-expr 1'])
  })

  it('remembers what was compared with what, while it is watched', () => {
    const { exports } = load('probed')
    const judge = exports.judge as (value: number) => string
    probes.begin(1000, true)
    judge(7)
    expect(probes.operands).toContainEqual({ operator: '>', left: 7, right: 10 })
    probes.begin(1000, false)
    judge(7)
    expect(probes.operands).toEqual([])
  })
})

const judgeLine = tricky.split('\n').findIndex((line) => line.includes('function judge')) + 1
