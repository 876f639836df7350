// Suggestions: what the code compared its input with is put into the input, as a text, a number or another kind.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ModuleDescription } from '../../testgen/descriptors.ts'
import { type Case, constant, type Expression } from '../../testgen/expression.ts'
import type { Operands } from '../../testgen/inside/probes.ts'
import { createRandom } from '../../testgen/random.ts'
import { suggest } from '../../testgen/search/feedback.ts'
import { createGenerator } from '../../testgen/search/generate.ts'
import { createKindSuggestions } from '../../testgen/search/kinds.ts'
import { plain, primitive } from './arbitrary.ts'
import { callOf, caseOf, given } from './in-memory.ts'

const call = (...of: readonly unknown[]) => caseOf('f', callOf('f', ...of.map(given)))
const operands = (operator: string, left: unknown, right: unknown): Operands => ({ operator, left, right })

/** The arguments of the suggested cases. */
function suggested(test: Case, ...seen: readonly Operands[]): readonly (readonly Expression[])[] {
  return suggest(test, seen, createRandom('s')).map(({ steps }) => steps[0]?.of ?? [])
}

describe('a comparison', () => {
  it.each<[string, readonly unknown[], Operands, readonly unknown[]]>([
    [
      'of a text with another puts the other in its place',
      ['foo'],
      operands('===', 'foo', 'admin'),
      ['admin'],
    ],
    ['the other way round, too', ['foo'], operands('===', 'admin', 'foo'), ['admin']],
    ['of a part of a text changes the part', ['x-foo-y'], operands('===', 'foo', 'admin'), ['x-admin-y']],
    ['of a trimmed text changes the whole', ['  foo '], operands('===', 'foo', 'admin'), ['  admin ']],
    ['of a text in small letters changes the whole', ['FOO'], operands('===', 'foo', 'admin'), ['admin']],
    ['of a text with its start puts it in front', ['foo'], operands('startsWith', 'foo', '--'), ['--foo']],
    ['of a text with its end appends it', ['foo'], operands('endsWith', 'foo', '.js'), ['foo.js']],
    ['of a text with a part puts it inside', ['abcd'], operands('includes', 'abcd', '='), ['ab=cd']],
    ['of a text that is split puts the sign inside', ['abcd'], operands('split', 'abcd', ','), ['ab,cd']],
    ['of the index of a part puts it inside', ['abcd'], operands('indexOf', 'abcd', '@'), ['ab@cd']],
    ['of a number with another', [3], operands('===', 3, 42), [42]],
    ['of a boolean with another', [true], operands('===', true, false), [false]],
    ['of null with a text', [null], operands('===', null, 'x'), ['x']],
    ['of a big integer', [5n], operands('===', 5n, 7n), [7n]],
    ['of a length makes the text as long', ['abc'], operands('===', 3, 5), ['abcab']],
    ['of a length cuts the text', ['abcdef'], operands('===', 6, 2), ['ab']],
    ['of digits in a text changes them', ['v12'], operands('===', 12, 99), ['v99']],
  ])('%s', (_name, values, seen, expected) => {
    expect(suggested(call(...values), seen)).toContainEqual(expected.map(given))
  })

  it.each<[string, number, number, readonly number[]]>([
    ['<', 3, 10, [10, 11, 9]],
    ['<=', 3, 10, [10, 11, 9]],
    ['>', 3, 10, [10, 11, 9]],
    ['>=', 10, 3, [3, 4, 2]],
    ['===', 3, 10, [10]],
    ['!==', 3, 10, [10]],
  ])('by %s tries both sides of the border', (operator, left, right, values) => {
    const made = suggested(call(left), operands(operator, left, right))
    expect(made).toEqual(values.map((value) => [constant(value)]))
  })

  it('with a pattern puts a text that matches in its place', () => {
    const made = suggested(call('foo'), operands('test', 'foo', /^v\d\.\d$/))
    expect(made).toHaveLength(1)
    const [value] = made[0] ?? []
    expect(value?.kind === 'constant' ? value.value : value).toMatch(/^v\d\.\d$/)
  })

  it.each<[string, readonly unknown[], Operands]>([
    ['of kinds', ['foo'], operands('typeof', 'string', 'number')],
    ['of classes', ['foo'], operands('class', {}, Map)],
    ['of texts that are not in the input', ['bar'], operands('===', 'foo', 'admin')],
    ['of numbers that are not in the input', [7], operands('===', 3, 10)],
    ['of objects', ['foo'], operands('===', {}, [])],
    ['of a symbol', ['foo'], operands('===', Symbol('a'), 'foo')],
    ['with itself', ['foo'], operands('===', 'foo', 'foo')],
    ['of no text with a pattern', [5], operands('test', 5, /x/)],
  ])('%s suggests nothing', (_name, values, seen) => {
    expect(suggested(call(...values), seen)).toEqual([])
  })

  it('changes one place at a time, keys of objects and items, too', () => {
    const made = suggested(call({ foo: 'foo', list: ['foo'] }), operands('===', 'foo', 'bar'))
    expect(made).toEqual([
      [given({ bar: 'foo', list: ['foo'] })],
      [given({ foo: 'bar', list: ['foo'] })],
      [given({ foo: 'foo', list: ['bar'] })],
    ])
  })

  it('is not suggested twice', () => {
    const same = operands('===', 'foo', 'admin')
    expect(suggested(call('foo'), same, same, operands('==', 'foo', 'admin'))).toHaveLength(1)
  })

  it('gives sixty suggestions at most', () => {
    const many = Array.from({ length: 200 }, (_, index) => operands('===', 'foo', `word ${index}`))
    expect(suggested(call('foo'), ...many)).toHaveLength(60)
  })

  it('suggests cases that differ from the first in one constant', () => {
    const seen = fc.array(
      fc.tuple(fc.constantFrom('===', '<', 'includes', 'startsWith'), primitive, primitive),
      { maxLength: 5 },
    )
    fc.assert(
      fc.property(fc.array(plain, { minLength: 1, maxLength: 3 }), seen, (of, compared) => {
        const test = caseOf('f', callOf('f', ...of))
        const before = structuredClone(test)
        for (const one of suggest(
          test,
          compared.map(([operator, left, right]) => operands(operator, left, right)),
          createRandom('x'),
        )) {
          expect(one).not.toEqual(test)
          expect(one.steps).toHaveLength(1)
          expect(one.steps[0]?.of).toHaveLength(of.length)
        }
        expect(test).toEqual(before)
      }),
      { seed: 1, numRuns: 200 },
    )
  })
})

const description: ModuleDescription = {
  exports: [
    {
      name: 'Box',
      label: 'Box',
      kind: 'class',
      signatures: [{ parameters: [], returns: { kind: 'any' } }],
      members: [],
      type: { kind: 'any' },
    },
  ],
  named: {},
  literals: { examples: [], distant: [], strings: [], numbers: [], regexes: [], keys: [] },
  importedClasses: [],
}
class Box {}

/** The arguments of cases with other kinds of inputs. */
function kinds(test: Case, ...seen: readonly Operands[]): readonly (readonly Expression[])[] {
  const random = createRandom('k')
  const generator = createGenerator(description, random)
  const pathOf = (value: unknown) => (value === Box ? ['Box'] : undefined)
  const suggestKinds = createKindSuggestions(generator, pathOf, random)
  return suggestKinds(test, seen).map(({ steps }) => steps[0]?.of ?? [])
}

describe('a question for the kind of an input', () => {
  it.each<[string, Operands, Expression['kind']]>([
    ['x instanceof Map', operands('class', 'x', Map), 'map'],
    ['x instanceof Set', operands('class', 'x', Set), 'set'],
    ['Array.isArray(x)', operands('class', 'x', Array), 'array'],
    ['x instanceof Promise', operands('class', 'x', Promise), 'promise'],
    ['x.constructor === Object', operands('class', 'x', Object), 'object'],
    ['x instanceof Function', operands('class', 'x', Function), 'function'],
    ['x instanceof Date', operands('class', 'x', Date), 'date'],
    ['x instanceof RegExp', operands('class', 'x', RegExp), 'regexp'],
    ['x instanceof Uint8Array', operands('class', 'x', Uint8Array), 'builtin'],
    ['x instanceof an exported class', operands('class', 'x', Box), 'create'],
    ['typeof x === "function"', operands('typeof', 'string', 'function'), 'function'],
    ['typeof x === "object"', operands('typeof', 'string', 'object'), 'object'],
    ['typeof x === "symbol"', operands('typeof', 'string', 'symbol'), 'symbol'],
    ['the tag of a Map', operands('===', '[object String]', '[object Map]'), 'map'],
    ['the tag of a Date', operands('===', '[object String]', '[object Date]'), 'date'],
    ['the tag of null', operands('===', '[object String]', '[object Null]'), 'constant'],
    ['the tag of a function', operands('===', '[object String]', '[object Function]'), 'function'],
  ])('%s puts one in the place of the argument', (_name, seen, kind) => {
    expect(kinds(call('x'), seen).map(([value]) => value?.kind)).toEqual([kind])
  })

  it.each<[string, 'string' | 'number' | 'boolean' | 'bigint' | 'undefined']>([
    ['string', 'string'],
    ['number', 'number'],
    ['boolean', 'boolean'],
    ['bigint', 'bigint'],
    ['undefined', 'undefined'],
  ])('typeof x === "%s" puts one in the place of the argument', (asked, type) => {
    const [[value] = []] = kinds(call({}), operands('typeof', 'object', asked))
    expect(value?.kind === 'constant' ? typeof value.value : value).toBe(type)
  })

  it.each<[string, Operands]>([
    ['a class nobody can make', operands('class', 'x', class Unknown {})],
    ['a method', operands('class', 'x', Object.prototype.valueOf)],
    ['no class', operands('class', 'x', 5)],
    ['an unknown tag', operands('===', '[object String]', '[object Unheard]')],
    ['other comparisons', operands('===', 'x', 'y')],
    ['an unknown type', operands('typeof', 'string', 'unheard')],
  ])('for %s suggests nothing', (_name, seen) => {
    expect(kinds(call('x'), seen)).toEqual([])
  })

  it('tries each argument, all at once, and each part', () => {
    const made = kinds(call('a', ['b'], { c: 1 }), operands('class', 'x', Map))
    const shapes = made.map((of) =>
      of.map((one) => {
        if (one.kind === 'array') return one.items.map(({ kind }) => kind)
        return one.kind === 'object'
          ? Object.fromEntries(one.fields.map(([name, value]) => [name, value.kind]))
          : one.kind
      }),
    )
    expect(shapes).toEqual([
      ['map', ['constant'], { c: 'constant' }],
      ['constant', 'map', { c: 'constant' }],
      ['constant', ['constant'], 'map'],
      ['map', 'map', 'map'],
      ['constant', ['map'], { c: 'constant' }],
      ['constant', ['constant'], { c: 'map' }],
    ])
  })

  it('puts the very same in the place of all arguments', () => {
    const all = kinds(call('a', 'b'), operands('class', 'x', Array)).at(-1)
    expect(all?.[0]).toBe(all?.[1])
  })

  it('gives 24 cases at most', () => {
    const long = call(Array.from({ length: 60 }, (_, index) => index))
    expect(kinds(long, operands('class', 'x', Map), operands('class', 'x', Set))).toHaveLength(24)
  })
})
