// Instrument, any program: a program that notes for itself which arms run has the same result and the same notes with
// probes, and the counters agree with its notes.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { OutOfSteps, Probes } from '../../testgen/inside/probes.ts'
import type { BranchEdge } from '../../testgen/instrument.ts'
import { compiled, load } from './in-memory.ts'

/** Values as code; the names are variables of the program. */
type Value =
  | { readonly is: 'text'; readonly text: string }
  | { readonly is: 'binary'; readonly operator: string; readonly left: Value; readonly right: Value }
  | { readonly is: 'ternary'; readonly test: Value; readonly yes: Value; readonly no: Value }
  | { readonly is: 'logical'; readonly chain: Chain }
  | {
      readonly is: 'call'
      readonly parameter: Value
      readonly given: Value | undefined
      readonly body: Value
    }
  | { readonly is: 'method'; readonly subject: string; readonly name: string; readonly of: Value }
  | { readonly is: 'lookup'; readonly key: Value }
  | { readonly is: 'optional'; readonly of: Value }
  | { readonly is: 'assign'; readonly name: string; readonly operator: string; readonly value: Value }

type Chain =
  | Value
  | { readonly is: 'chain'; readonly operator: string; readonly left: Chain; readonly right: Chain }

type Statement =
  | { readonly is: 'set'; readonly name: string; readonly value: Value }
  | { readonly is: 'if'; readonly test: Value; readonly yes: Block; readonly no: Block | undefined }
  | { readonly is: 'switch'; readonly on: Value; readonly cases: readonly (readonly [Block, boolean])[] }
  | {
      readonly is: 'loop'
      readonly kind: 'for' | 'while' | 'do' | 'of' | 'in'
      readonly times: number
      readonly body: Block
      readonly jump: string
      readonly when: Value
    }
  | {
      readonly is: 'try'
      readonly body: Block
      readonly thrown: Value | undefined
      readonly caught: Block
      readonly last: Block | undefined
    }
  | {
      readonly is: 'unpack'
      readonly names: readonly [string, string]
      readonly from: Value
      readonly defaults: Value
    }
  | { readonly is: 'return'; readonly value: Value }

type Block = readonly Statement[]

/**
 * Writes a program. Each arm and step gets the number that a walk over the source in its order gives it, and notes that
 * number when it runs: `t(7)`.
 */
class Writer {
  readonly kinds: string[] = []
  #names = 0

  number(kind: BranchEdge['kind']): number {
    return this.kinds.push(kind) - 1
  }

  value(value: Value): string {
    switch (value.is) {
      case 'text':
        return value.text
      case 'binary':
        return `(${this.value(value.left)} ${value.operator} ${this.value(value.right)})`
      case 'ternary': {
        const [yes, no] = [this.number('cond-expr'), this.number('cond-expr')]
        const test = this.value(value.test)
        return `(${test} ? (t(${yes}), ${this.value(value.yes)}) : (t(${no}), ${this.value(value.no)}))`
      }
      case 'logical': {
        const numbers = leavesOf(value.chain).map(() => this.number('binary-expr'))
        return this.#chain(value.chain, numbers)
      }
      case 'call': {
        const [body, parameter] = [this.number('step'), this.number('default-arg')]
        const name = `p${this.#names++}`
        const head = `(${name} = (t(${parameter}), ${this.value(value.parameter)})) => {`
        const inside = ` t(${body}); return [${name}, ${this.value(value.body)}][1] }`
        return `(${head}${inside})(${value.given === undefined ? '' : this.value(value.given)})`
      }
      case 'method':
        return `${value.subject}.${value.name}(${this.value(value.of)})`
      case 'lookup':
        return `table[${this.value(value.key)}]`
      case 'optional':
        return `Object(${this.value(value.of)})?.length`
      case 'assign': {
        const number = value.operator === '=' ? undefined : this.number('step')
        const right = this.value(value.value)
        return `(${value.name} ${value.operator} ${number === undefined ? right : `(t(${number}), ${right})`})`
      }
    }
  }

  #chain(chain: Chain, numbers: number[]): string {
    if (chain.is !== 'chain') return `(t(${numbers.shift()}), ${this.value(chain)})`
    return `(${this.#chain(chain.left, numbers)} ${chain.operator} ${this.#chain(chain.right, numbers)})`
  }

  block(block: Block): string {
    return block.map((statement) => this.statement(statement)).join('\n')
  }

  statement(statement: Statement): string {
    switch (statement.is) {
      case 'set':
        return `${statement.name} = ${this.value(statement.value)};`
      case 'return':
        return `return ${this.value(statement.value)};`
      case 'if': {
        const [yes, no] = [this.number('if'), this.number('if')]
        const head = `if (w(${yes}, ${no}, ${this.value(statement.test)})) {\n${this.block(statement.yes)}\n}`
        return statement.no === undefined ? head : `${head} else {\n${this.block(statement.no)}\n}`
      }
      case 'switch': {
        const numbers = statement.cases.map(() => this.number('switch'))
        const on = this.value(statement.on)
        const cases = statement.cases.map(([body, breaks], index) => {
          const head = index === statement.cases.length - 1 ? 'default' : `case ${index}`
          return `${head}: t(${numbers[index]}); ${this.block(body)}${breaks ? ' break;' : ''}`
        })
        return `switch (${on}) {\n${cases.join('\n')}\n}`
      }
      case 'loop':
        return this.#loop(statement)
      case 'try': {
        const body = this.block(statement.body)
        const thrown = statement.thrown === undefined ? '' : `throw ${this.value(statement.thrown)};`
        const number = this.number('step')
        const caught = `catch (e) { t(${number}); c = shape(e); ${this.block(statement.caught)} }`
        const last = statement.last === undefined ? '' : ` finally { ${this.block(statement.last)} }`
        return `try { ${body}\n${thrown} } ${caught}${last}`
      }
      case 'unpack': {
        // The pattern comes first in the source, and so do its defaults.
        const [one, other] = statement.names
        const numbers = [this.number('default-arg'), 0]
        const first = `length: ${one}_ = (t(${numbers[0]}), ${this.value(statement.defaults)})`
        const second = `missing: ${other}_ = (t(${this.number('default-arg')}), ${this.value(statement.defaults)})`
        return `{ const { ${first}, ${second} } = Object(${this.value(statement.from)}); ${one} = ${one}_; ${other} = ${other}_ }`
      }
    }
  }

  #loop({ kind, times, body, jump, when }: Extract<Statement, { is: 'loop' }>): string {
    const number = this.number('step')
    const name = `i${this.#names++}`
    const inside = (): string => {
      const [yes, no] = [this.number('if'), this.number('if')]
      return `t(${number}); if (w(${yes}, ${no}, ${this.value(when)})) { ${jump} }\n${this.block(body)}`
    }
    if (kind === 'for') return `for (let ${name} = 0; ${name} < ${times}; ${name}++) { ${inside()} }`
    if (kind === 'of') return `for (const ${name} of [...'abcd'].slice(0, ${times})) { ${inside()} }`
    if (kind === 'in') return `for (const ${name} in { x: 1, y: 2 }) { ${inside()} }`
    if (kind === 'while') return `{ let ${name} = ${times}; while (${name}-- > 0) { ${inside()} } }`
    return `{ let ${name} = ${times}; do { ${inside()} } while (${name}-- > 0) }`
  }
}

function leavesOf(chain: Chain): readonly Value[] {
  return chain.is === 'chain' ? [...leavesOf(chain.left), ...leavesOf(chain.right)] : [chain]
}

const names = ['a', 'b', 'c'] as const
const name = fc.constantFrom(...names)
const texts = fc.constantFrom(
  ...names,
  '0',
  '1',
  '2',
  '-1',
  '""',
  '"x"',
  'null',
  'undefined',
  'true',
  'false',
  'NaN',
  '[1, 2]',
)

const { value, block } = fc.letrec<{ value: Value; statement: Statement; block: Block; chain: Chain }>(
  (tie) => ({
    value: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      texts.map((text): Value => ({ is: 'text', text })),
      fc.record({
        is: fc.constant('binary' as const),
        operator: fc.constantFrom('===', '!==', '==', '!=', '<', '<=', '>', '>=', '+', '-'),
        left: tie('value'),
        right: tie('value'),
      }),
      fc.record({
        is: fc.constant('ternary' as const),
        test: tie('value'),
        yes: tie('value'),
        no: tie('value'),
      }),
      fc.record({
        is: fc.constant('logical' as const),
        chain: fc.record({
          is: fc.constant('chain' as const),
          operator: fc.constantFrom('&&', '||', '??'),
          left: tie('chain'),
          right: tie('chain'),
        }),
      }),
      fc.record({
        is: fc.constant('call' as const),
        parameter: tie('value'),
        given: fc.option(tie('value'), { nil: undefined }),
        body: tie('value'),
      }),
      fc.record({
        is: fc.constant('method' as const),
        subject: fc.constantFrom('"a-b"', '[1, 2]', 'String(a)', 'table', 'new Map([[1, 2]])'),
        name: fc.constantFrom('includes', 'indexOf', 'has', 'split'),
        of: tie('value'),
      }),
      tie('value').map((key): Value => ({ is: 'lookup', key })),
      tie('value').map((of): Value => ({ is: 'optional', of })),
      fc.record({
        is: fc.constant('assign' as const),
        name,
        operator: fc.constantFrom('=', '??=', '||=', '&&='),
        value: tie('value'),
      }),
    ) as fc.Arbitrary<Value>,
    chain: fc.oneof(
      { maxDepth: 2 },
      tie('value'),
      fc.record({
        is: fc.constant('chain' as const),
        operator: fc.constantFrom('&&', '||', '??'),
        left: tie('chain'),
        right: tie('chain'),
      }),
    ) as fc.Arbitrary<Chain>,
    statement: fc.oneof(
      { maxDepth: 2, withCrossShrink: true },
      fc.record({ is: fc.constant('set' as const), name, value: tie('value') }),
      fc.record({ is: fc.constant('return' as const), value: tie('value') }),
      fc.record({
        is: fc.constant('if' as const),
        test: tie('value'),
        yes: tie('block'),
        no: fc.option(tie('block'), { nil: undefined }),
      }),
      fc.record({
        is: fc.constant('switch' as const),
        on: tie('value'),
        cases: fc.array(fc.tuple(tie('block'), fc.boolean()), { minLength: 1, maxLength: 3 }),
      }),
      fc.record({
        is: fc.constant('loop' as const),
        kind: fc.constantFrom('for' as const, 'while' as const, 'do' as const, 'of' as const, 'in' as const),
        times: fc.nat({ max: 3 }),
        body: tie('block'),
        jump: fc.constantFrom('break', 'continue', ''),
        when: tie('value'),
      }),
      fc.record({
        is: fc.constant('try' as const),
        body: tie('block'),
        thrown: fc.option(tie('value'), { nil: undefined }),
        caught: tie('block'),
        last: fc.option(tie('block'), { nil: undefined }),
      }),
      fc.record({
        is: fc.constant('unpack' as const),
        names: fc.constantFrom(['a', 'b'] as const, ['c', 'a'] as const),
        from: tie('value'),
        defaults: tie('value'),
      }),
    ) as fc.Arbitrary<Statement>,
    block: fc.array(tie('statement'), { maxLength: 3 }) as fc.Arbitrary<Block>,
  }),
)

interface Program {
  readonly text: string
  readonly kinds: readonly string[]
}

function programOf(body: Block, result: Value): Program {
  const writer = new Writer()
  const head = `let notes = [], a, b, c
    export { notes }
    const t = (number) => { notes.push(number) }
    const w = (yes, no, value) => { notes.push(value ? yes : no); return value }
    const shape = (e) => e instanceof Error ? e.constructor.name : e
    const table = { x: 1, 0: 'zero', has: (key) => key === 'x', includes: () => null, indexOf: () => 1, split: () => '' }`
  const text = `${writer.block(body)}\nreturn [${names.join(', ')}, ${writer.value(result)}]`
  return {
    text: `${head}\nexport function f(start) { a = start; b = c = undefined; ${text}\n}`,
    kinds: writer.kinds,
  }
}

interface Ran {
  readonly ended: unknown
  readonly notes: readonly number[]
}

function run(exports: Readonly<Record<string, unknown>>, start: unknown): Ran {
  const notes = exports.notes as number[]
  notes.length = 0
  let ended: unknown
  try {
    ended = (exports.f as (start: unknown) => unknown)(start)
  } catch (error) {
    ended = error instanceof Error ? error.constructor.name : { thrown: error }
  }
  return { ended, notes: [...notes] }
}

describe('any program', () => {
  const some = fc.tuple(block, value, fc.constantFrom(undefined, 0, 1, 'x', null))

  it('gives the same with probes and without, in the same order, and each counter is right', () => {
    let branches = 0
    fc.assert(
      fc.property(some, ([body, result, start]) => {
        const { text, kinds } = programOf(body, result)
        const module = compiled(text)
        const plain = run(load([module], 'plain').exports, start)
        const probes = new Probes()
        const { exports, scope } = load([module], 'probed', probes)
        const first = module.edges.length - kinds.length
        expect(module.edges.slice(first).map(({ kind }) => kind)).toEqual(kinds)
        for (const watching of [false, true]) {
          probes.begin(1_000_000, watching)
          scope.counts.fill(0)
          const probed = run(exports, start)
          expect(probed).toEqual(plain)
          const counted = kinds.map((_, number) => scope.counts[first + number])
          const noted = kinds.map(() => 0)
          for (const number of plain.notes) noted[number] = (noted[number] ?? 0) + 1
          expect(counted).toEqual(noted)
        }
        branches += new Set(plain.notes).size
      }),
      { numRuns: 45, seed: 11 },
    )
    expect(branches).toBeGreaterThan(150)
  })

  it('ends after its last step when a loop goes on whatever is thrown in it', () => {
    fc.assert(
      fc.property(some, ([body, result, start]) => {
        const { text } = programOf(body, result)
        const { exports, probes } = load(
          `${text}\nexport function forever(start) { for (;;) try { f(start) } catch {} }`,
        )
        probes.begin(500, false)
        expect(() => (exports.forever as (start: unknown) => unknown)(start)).toThrow(OutOfSteps)
        expect(probes.spent).toBe(true)
        expect(probes.stepsTaken).toBe(500)
      }),
      { numRuns: 15, seed: 12 },
    )
  })
})
