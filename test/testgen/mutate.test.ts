// Mutate: a change gives another case that can be run: its steps still refer to what comes before them.

import { inspect } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type {
  Descriptor,
  Literals,
  ModuleDescription,
  Parameter,
  Signature,
} from '../../testgen/descriptors.ts'
import { type Case, type CaseStep, constant, type Expression, partsOf } from '../../testgen/expression.ts'
import { createRandom } from '../../testgen/random.ts'
import { createGenerator } from '../../testgen/search/generate.ts'
import { createMutator } from '../../testgen/search/mutate.ts'
import type { SearchTarget } from '../../testgen/search/targets.ts'
import { plain } from './arbitrary.ts'
import { callOf, caseOf, given, on } from './in-memory.ts'

const noLiterals: Literals = { examples: [], distant: [], strings: [], numbers: [], regexes: [], keys: [] }
const any: Descriptor = { kind: 'any' }
const text: Descriptor = { kind: 'primitive', of: 'string' }
const number: Descriptor = { kind: 'primitive', of: 'number' }
const parameter = (type: Descriptor, more: Partial<Parameter> = {}): Parameter => ({
  name: 'value',
  type,
  optional: false,
  rest: false,
  ...more,
})

const show = (value: unknown) => inspect(value, { depth: null })

interface Setup {
  readonly parameters?: readonly Parameter[]
  readonly literals?: Partial<Literals>
  readonly next?: CaseStep
  readonly others?: readonly Case[]
}

/** Many mutations of one case, each with its own seed. */
function mutations(
  test: Case,
  { parameters = [], literals = {}, next, others = [] }: Setup,
  count = 600,
): readonly Case[] {
  const description: ModuleDescription = {
    exports: [],
    named: {},
    literals: { ...noLiterals, ...literals },
    importedClasses: [],
  }
  const signature: Signature = { parameters, returns: any }
  const target: SearchTarget = {
    name: test.target,
    create: () => test,
    extend: () => next,
    signature: () => signature,
  }
  return Array.from({ length: count }, (_, index) => {
    const random = createRandom(`mutation ${index}`)
    return createMutator(description, createGenerator(description, random), random).mutate(
      test,
      target,
      others,
    )
  })
}

/** The arguments of the first step of each mutation, as values where they are constants. */
function firsts(test: Case, setup: Setup): readonly unknown[] {
  return mutations(test, setup).map(({ steps }) => {
    const [first] = steps[0]?.of ?? []
    return first?.kind === 'constant' ? first.value : first
  })
}

const call = (...of: readonly unknown[]) => caseOf('f', callOf('f', ...of.map(given)))

describe('a change of a text', () => {
  const changed = firsts(call('Hello 42'), { parameters: [parameter(text)], literals: { strings: ['::'] } })

  it.each<[string, (value: string) => boolean]>([
    ['drops characters', (value) => value.length < 8 && 'Hello 42'.startsWith(value)],
    [
      'drops characters inside',
      (value) => /^H?e?l?l?o? ?4?2?$/.test(value) && value.length < 8 && !'Hello 42'.startsWith(value),
    ],
    ['appends a text', (value) => value.startsWith('Hello 42') && value.length > 8],
    ['puts a text in front', (value) => value.endsWith('Hello 42') && value.length > 8],
    ['puts a text inside', (value) => /^H.*[^Helo 42].*2$/s.test(value)],
    ['puts in a literal of the module', (value) => value.includes('::')],
    ['makes capitals', (value) => value === 'HELLO 42'],
    ['makes small letters', (value) => value === 'hello 42'],
    ['changes a number in it', (value) => /^Hello \d+$/.test(value) && value !== 'Hello 42'],
    ['repeats a part', (value) => /(ll|lo|el|o )\1/.test(value)],
    ['doubles it', (value) => /^Hello 42[ ,\n./-]Hello 42$/.test(value)],
    ['puts a sign in it', (value) => /^Hel?l?o?[()[\]{}<>;:"'&|!?#%@*+=]/.test(value)],
  ])('%s', (_name, holds) => {
    expect(changed.some((value) => typeof value === 'string' && holds(value))).toBe(true)
  })

  it('appends a digit where there is none', () => {
    expect(
      firsts(call('a'), { parameters: [parameter(text)] }).some((value) => /^a\d$/.test(String(value))),
    ).toBe(true)
  })

  it('keeps it at most 200 characters long, or as long as its parts', () => {
    for (const value of firsts(call('x'.repeat(180)), { parameters: [parameter(text)] }))
      expect(String(value).length).toBeLessThan(700)
  })
})

describe('a change of a number', () => {
  const changed = firsts(call(40), { parameters: [parameter(number)], literals: { numbers: [777] } })

  it.each([41, 39, -40, 80, 400, 4000, 20, 4, 777, 0])('of 40 gives %d', (value) => {
    expect(changed).toContain(value)
  })

  it('gives no -0 by division', () => {
    expect(
      firsts(call(1), { parameters: [parameter(number)] }).filter(
        (value) => value === 0 && !Object.is(value, 0),
      ).length,
    ).toBeLessThan(10)
  })
})

describe('a change of another value', () => {
  it.each<[string, Expression, Descriptor, (value: Expression) => boolean]>([
    [
      'a boolean turns',
      constant(true),
      { kind: 'primitive', of: 'boolean' },
      (one) => one.kind === 'constant' && one.value === false,
    ],
    [
      'a literal becomes another',
      constant('a'),
      {
        kind: 'union',
        of: [
          { kind: 'literal', value: 'a' },
          { kind: 'literal', value: 'b' },
        ],
      },
      (one) => one.kind === 'constant' && one.value === 'b',
    ],
    [
      'a date moves by a day',
      { kind: 'date', time: 0 },
      any,
      (one) => one.kind === 'date' && one.time === 86_400_000,
    ],
    ['a date moves back', { kind: 'date', time: 0 }, any, (one) => one.kind === 'date' && one.time < 0],
    ['a list grows', given([1, 2]), any, (one) => one.kind === 'array' && one.items.length === 3],
    ['a list shrinks', given([1, 2]), any, (one) => one.kind === 'array' && one.items.length === 1],
    [
      'a list turns round',
      given([1, 2, 3]),
      any,
      (one) => one.kind === 'array' && show(one) === show(given([3, 2, 1])),
    ],
    [
      'an item changes',
      given([1, 2]),
      { kind: 'array', of: number },
      (one) => one.kind === 'array' && one.items.length === 2 && show(one.items[0]) !== show(constant(1)),
    ],
    [
      'a set grows',
      { kind: 'set', items: [constant(1)] },
      any,
      (one) => one.kind === 'set' && one.items.length === 2,
    ],
    ['an object gets a key', given({ a: 1 }), any, (one) => one.kind === 'object' && one.fields.length === 2],
    [
      'an object loses a key',
      given({ a: 1, b: 2 }),
      any,
      (one) => one.kind === 'object' && one.fields.length === 1,
    ],
    [
      'an object loses no field that is asked for',
      given({ a: 1 }),
      { kind: 'object', fields: [{ name: 'a', type: number, optional: false }] },
      (one) => one.kind === 'object' && one.fields.length === 1,
    ],
    [
      'an object gets a field of its type',
      given({}),
      { kind: 'object', fields: [{ name: 'late', type: number, optional: true }] },
      (one) => one.kind === 'object' && one.fields[0]?.[0] === 'late',
    ],
    [
      'a field changes',
      given({ a: 1 }),
      any,
      (one) =>
        one.kind === 'object' && one.fields[0]?.[0] === 'a' && show(one.fields[0][1]) !== show(constant(1)),
    ],
    [
      'an argument of a constructor changes',
      { kind: 'create', path: ['A'], of: [constant(1)] },
      { kind: 'instance', of: 'A' },
      (one) => one.kind === 'create' && show(one.of[0]) !== show(constant(1)),
    ],
    ['null takes its place', constant('a'), text, (one) => one.kind === 'constant' && one.value === null],
    [
      'undefined takes its place',
      constant('a'),
      text,
      (one) => one.kind === 'constant' && one.value === undefined,
    ],
    ['something of another kind takes its place', constant('a'), text, (one) => one.kind !== 'constant'],
    [
      'a new one of its type takes its place',
      { kind: 'regexp', source: 'zz', flags: '' },
      { kind: 'builtin', name: 'RegExp' },
      (one) => one.kind === 'regexp' && one.source !== 'zz',
    ],
  ])('%s', (_name, value, type, holds) => {
    const changed = mutations(caseOf('f', callOf('f', value)), { parameters: [parameter(type)] }, 1500)
    expect(changed.some(({ steps }) => steps[0]?.of[0] !== undefined && holds(steps[0].of[0]))).toBe(true)
  })

  it('drops a field that is asked for less often than an optional one', () => {
    const lost = (optional: boolean) => {
      const type: Descriptor = { kind: 'object', fields: [{ name: 'a', type: number, optional }] }
      return mutations(call({ a: 1 }), { parameters: [parameter(type)] }, 3000).filter(
        ({ steps }) => steps[0]?.of[0]?.kind === 'object' && steps[0].of[0].fields.length === 0,
      ).length
    }
    expect(lost(false)).toBeGreaterThan(0)
    expect(lost(true)).toBeGreaterThan(1.5 * lost(false))
  })

  it('keeps what a tuple holds where it is', () => {
    const type: Descriptor = { kind: 'tuple', of: [text, number] }
    const kept = mutations(call(['a', 1]), { parameters: [parameter(type)] }).filter(({ steps }) => {
      const [value] = steps[0]?.of ?? []
      return value?.kind === 'array' && value.items.length !== 2
    })
    // Only where something else took the place of all.
    expect(kept.length).toBeLessThan(20)
  })

  it('keeps a list at most twelve items long', () => {
    const long = Array.from({ length: 12 }, (_, index) => index)
    for (const { steps } of mutations(call(long), {
      parameters: [parameter({ kind: 'array', of: number })],
    })) {
      const [value] = steps[0]?.of ?? []
      if (value?.kind === 'array') expect(value.items.length).toBeLessThanOrEqual(12)
    }
  })
})

describe('a change of the arguments', () => {
  const lengths = (test: Case, setup: Setup) =>
    new Set(mutations(test, setup).map(({ steps }) => steps[0]?.of.length))

  it.each<[string, Case, Setup, readonly number[]]>([
    ['adds one that is missing', call(1), { parameters: [parameter(number), parameter(text)] }, [0, 1, 2]],
    ['adds none where none is taken', call(), { parameters: [] }, [0]],
    [
      'adds to a rest',
      call(1, 2),
      { parameters: [parameter({ kind: 'array', of: number }, { rest: true })] },
      [1, 2, 3],
    ],
    ['drops the last', call(1, 2), { parameters: [parameter(number), parameter(number)] }, [1, 2]],
  ])('%s', (_name, test, setup, expected) => {
    for (const length of expected) expect(lengths(test, setup)).toContain(length)
  })

  it('makes two of them alike', () => {
    const all = mutations(call('left', 'right'), { parameters: [parameter(text), parameter(text)] })
    const alike = (value: string) =>
      all.some(({ steps }) => show(steps[0]?.of) === show([value, value].map(given)))
    expect([alike('left'), alike('right')]).toEqual([true, true])
  })

  it('takes one of another case', () => {
    const others = [call(1, 'donated')]
    const all = mutations(call(1, 2), { parameters: [parameter(any), parameter(any)], others })
    expect(all.some(({ steps }) => show(steps[0]?.of) === show([1, 'donated'].map(given)))).toBe(true)
  })

  it('joins a text with one of another case', () => {
    const others = [call('SECOND')]
    const all = firsts(call('first'), { parameters: [parameter(text)], others })
    expect(all.some((value) => /^first.?SECOND$/.test(String(value)))).toBe(true)
    expect(all.some((value) => /^fi?r?s?t?SECOND(f?i?r?s?)t$/.test(String(value)))).toBe(true)
  })
})

describe('a change of the steps', () => {
  const object = caseOf(
    'A',
    { op: 'new', on: { path: ['A'] }, of: [] },
    on(0, 'call', 'push', constant(1)),
    on(0, 'get', 'size'),
  )
  const next = on(0, 'call', 'clear')

  it('appends a step', () => {
    expect(mutations(object, { next }).some(({ steps }) => steps.at(-1)?.name === 'clear')).toBe(true)
  })

  it('repeats a step', () => {
    const all = mutations(object, { next })
    expect(all.some(({ steps }) => steps.filter(({ name }) => name === 'push').length > 1)).toBe(true)
  })

  it('drops a step, but never the first', () => {
    const all = mutations(object, { next })
    expect(all.some(({ steps }) => !steps.some(({ name }) => name === 'push'))).toBe(true)
    for (const { steps } of all) expect(steps[0]?.op).toBe('new')
  })

  it('keeps a step that a later one needs', () => {
    const chained = caseOf('f', callOf('f'), on(0, 'call', 'a'), on(1, 'call', 'b'))
    for (const { steps } of mutations(chained, {}))
      if (steps.some(({ name }) => name === 'b')) expect(steps.some(({ name }) => name === 'a')).toBe(true)
  })

  it('renumbers what comes behind a dropped step', () => {
    const chained = caseOf('f', callOf('f'), on(0, 'call', 'gone'), on(0, 'call', 'a'), on(2, 'call', 'b'))
    const dropped = mutations(chained, {}).filter(({ steps }) => !steps.some(({ name }) => name === 'gone'))
    expect(dropped.length).toBeGreaterThan(0)
    for (const { steps } of dropped) {
      const at = steps.findIndex(({ name }) => name === 'a')
      for (const step of steps) if (step.name === 'b') expect(step.on).toEqual({ step: at })
    }
  })

  it('stops at ten steps', () => {
    const long = caseOf(
      'A',
      { op: 'new', on: { path: ['A'] }, of: [] },
      ...Array.from({ length: 9 }, () => next),
    )
    for (const { steps } of mutations(long, { next })) expect(steps.length).toBeLessThanOrEqual(12)
  })
})

describe('chance and time', () => {
  it('are changed now and then', () => {
    const all = mutations(call(1), { parameters: [parameter(number)] }, 1500)
    const chances = new Set(all.map(({ chance }) => chance))
    expect([...chances].sort()).toEqual([0, 0.1, 0.5, 0.9, 0.99])
    const moments = new Set(all.map(({ moment }) => moment))
    expect(moments.size).toBeGreaterThan(4)
    expect(moments).toContain(Date.UTC(2024, 1, 29, 9))
  })
})

describe('any mutation', () => {
  const step = fc.record({
    op: fc.constantFrom('call' as const, 'get' as const, 'set' as const),
    name: fc.constantFrom('a', 'b'),
    of: fc.array(plain, { minLength: 1, maxLength: 2 }),
  })
  const cases = fc
    .tuple(fc.array(plain, { maxLength: 3 }), fc.array(fc.tuple(step, fc.nat()), { maxLength: 5 }))
    .map(([of, steps]) =>
      caseOf(
        'f',
        callOf('f', ...of),
        ...steps.map(
          ([one, target], index): CaseStep => ({
            ...one,
            of: one.op === 'get' ? [] : one.of,
            on: { step: target % (index + 1) },
          }),
        ),
      ),
    )

  it('can be run: each step is on an earlier one, the first is the same call, and nothing was changed in place', () => {
    fc.assert(
      fc.property(cases, cases, fc.string(), (test, other, seed) => {
        const before = structuredClone([test, other])
        const random = createRandom(seed)
        const description: ModuleDescription = {
          exports: [],
          named: {},
          literals: noLiterals,
          importedClasses: [],
        }
        const target: SearchTarget = {
          name: 'f',
          create: () => test,
          extend: (steps) => on(0, 'call', 'next', constant(steps.length)),
          signature: () => undefined,
        }
        const mutator = createMutator(description, createGenerator(description, random), random)
        let changed = test
        for (let time = 0; time < 5; time++) {
          changed = mutator.mutate(changed, target, [other])
          expect(changed.target).toBe('f')
          expect(changed.steps[0]).toMatchObject({ op: 'call', on: { path: ['f'] } })
          for (const [index, { on: subject }] of changed.steps.entries())
            if ('step' in subject) expect(subject.step).toBeLessThan(index)
        }
        expect([test, other]).toEqual(before)
      }),
      { seed: 4, numRuns: 300 },
    )
  })

  it('is the same for the same seed', () => {
    const test = call('a', [1, { b: 2 }])
    expect(mutations(test, { parameters: [parameter(any)] }, 50)).toEqual(
      mutations(test, { parameters: [parameter(any)] }, 50),
    )
  })

  it('does not grow without end', () => {
    const description: ModuleDescription = {
      exports: [],
      named: {},
      literals: noLiterals,
      importedClasses: [],
    }
    const random = createRandom('long')
    const mutator = createMutator(description, createGenerator(description, random), random)
    let test = call('a', [1])
    const target: SearchTarget = {
      name: 'f',
      create: () => test,
      extend: () => undefined,
      signature: () => undefined,
    }
    const size = (value: Expression): number =>
      1 + partsOf(value).reduce((total, part) => total + size(part), 0)
    for (let time = 0; time < 3000; time++) {
      test = mutator.mutate(test, target, [test])
      for (const value of test.steps.flatMap(({ of }) => of)) expect(size(value)).toBeLessThan(20_000)
    }
  })
})
