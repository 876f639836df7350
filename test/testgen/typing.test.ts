// Typing and repair: how far an input is from its type, and the smallest change that makes it fit.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Descriptor, Parameter, Signature } from '../../testgen/descriptors.ts'
import { constant, type Expression } from '../../testgen/expression.ts'
import { repairCall, simplest } from '../../testgen/search/repair.ts'
import { mismatches, mismatchesOfCall } from '../../testgen/search/typing.ts'
import { anyExpression, descriptor, named } from './arbitrary.ts'
import { given } from './in-memory.ts'

const text: Descriptor = { kind: 'primitive', of: 'string' }
const number: Descriptor = { kind: 'primitive', of: 'number' }
const any: Descriptor = { kind: 'any' }
const nothing: Descriptor = { kind: 'primitive', of: 'undefined' }
const record = (
  fields: Readonly<Record<string, Descriptor>>,
  optional: readonly string[] = [],
): Descriptor => ({
  kind: 'object',
  fields: Object.entries(fields).map(([name, type]) => ({ name, type, optional: optional.includes(name) })),
})
const returns = (value: Expression, async = false): Expression => ({
  kind: 'function',
  does: { kind: 'returns', value, async },
})
const callback = (of: Descriptor): Descriptor => ({
  kind: 'function',
  signature: { parameters: [], returns: of },
})

describe('how many values are of another kind than the type says', () => {
  it.each<[string, Expression, Descriptor, number]>([
    ['anything', given({ a: 1 }), any, 0],
    ['a text', constant('a'), text, 0],
    ['a number for a text', constant(1), text, 1],
    ['null for a text', constant(null), text, 1],
    ['null for null', constant(null), { kind: 'primitive', of: 'null' }, 0],
    ['a list for a text', given([1]), text, 1],
    ['a symbol', { kind: 'symbol', description: 'a' }, { kind: 'primitive', of: 'symbol' }, 0],
    ['a symbol for a text', { kind: 'symbol', description: 'a' }, text, 1],
    ['a big integer for a number', constant(1n), number, 1],
    ['the literal', constant('a'), { kind: 'literal', value: 'a' }, 0],
    ['another literal', constant('b'), { kind: 'literal', value: 'a' }, 1],
    ['-0 for 0', constant(-0), { kind: 'literal', value: 0 }, 1],
    [
      'the member of an enum',
      { kind: 'export', path: ['E', 'A'] },
      { kind: 'literal', value: 1, path: ['E', 'A'] },
      0,
    ],
    ['its value alone', constant(1), { kind: 'literal', value: 1, path: ['E', 'A'] }, 1],
    [
      'another member',
      { kind: 'export', path: ['E', 'B'] },
      { kind: 'literal', value: 1, path: ['E', 'A'] },
      1,
    ],
    ['a text for a pattern', constant('zz'), { kind: 'pattern', parts: ['#'] }, 0],
    ['a number for a pattern', constant(1), { kind: 'pattern', parts: ['#'] }, 1],
    ['the best member of a union', given({ a: 1 }), { kind: 'union', of: [text, record({ a: number })] }, 0],
    ['no member of a union', given([1]), { kind: 'union', of: [text, number] }, 1],
    ['each wrong item', given([1, 'a', 'b']), { kind: 'array', of: number }, 2],
    [
      'a set for an iterable',
      { kind: 'set', items: [constant(1)] },
      { kind: 'iterable', of: number, async: false },
      0,
    ],
    ['a set for a list', { kind: 'set', items: [] }, { kind: 'array', of: number }, 1],
    ['a list for a set', given([]), { kind: 'set', of: number }, 1],
    [
      'keys and values',
      { kind: 'map', entries: [[constant(1), constant('a')]] },
      { kind: 'map', keys: text, values: number },
      2,
    ],
    ['an object for a map', given({}), { kind: 'map', keys: text, values: number }, 1],
    ['a tuple', given(['a', 1]), { kind: 'tuple', of: [text, number] }, 0],
    ['a short tuple', given(['a']), { kind: 'tuple', of: [text, number] }, 1],
    ['a long tuple', given(['a', 1, 2]), { kind: 'tuple', of: [text, number] }, 1],
    ['a tuple with a rest', given(['a', 1, 2, 'x']), { kind: 'tuple', of: [text], rest: number }, 1],
    ['an object', given({ a: 'x' }), record({ a: text }), 0],
    ['a missing field', given({}), record({ a: text, b: text }), 2],
    ['a missing optional field', given({}), record({ a: text }, ['a']), 0],
    ['an optional field that is undefined', given({ a: undefined }), record({ a: text }, ['a']), 0],
    ['a superfluous field', given({ a: 'x', z: 1 }), record({ a: text }), 1],
    ['a dictionary', given({ x: 1, y: 'a' }), { kind: 'object', fields: [], values: number }, 1],
    ['a list where all fields are optional', given([]), record({ length: number }, ['length']), 0],
    ['a text where all fields are optional', constant('a'), record({ length: number }, ['length']), 1],
    ['a callback', returns(constant(1)), callback(number), 0],
    ['a callback of another result', returns(constant('a')), callback(number), 1],
    ['a callback whose result nobody takes', returns(constant('a')), callback(nothing), 0],
    ['an async callback', returns(constant(1), true), callback({ kind: 'promise', of: number }), 0],
    [
      'an async callback of another result',
      returns(constant('a'), true),
      callback({ kind: 'promise', of: number }),
      1,
    ],
    ['an async callback where none is asked for', returns(constant(1), true), callback(number), 1],
    ['an async callback of anything', returns(constant(1), true), callback(any), 0],
    [
      'an async callback where one may be',
      returns(constant(1), true),
      callback({ kind: 'union', of: [number, { kind: 'promise', of: number }] }),
      0,
    ],
    [
      'a callback that throws',
      { kind: 'function', does: { kind: 'throws', message: '', async: false, bare: false } },
      callback(number),
      0,
    ],
    ['an exported function', { kind: 'export', path: ['f'] }, callback(number), 0],
    ['a text for a callback', constant('a'), callback(number), 1],
    ['an instance', { kind: 'create', path: ['A'], of: [] }, { kind: 'instance', of: 'A' }, 0],
    ['an object for an instance', given({}), { kind: 'instance', of: 'A' }, 1],
    ['a date', { kind: 'date', time: 0 }, { kind: 'builtin', name: 'Date' }, 0],
    ['a pattern', { kind: 'regexp', source: 'a', flags: '' }, { kind: 'builtin', name: 'RegExp' }, 0],
    ['a URL', { kind: 'builtin', name: 'URL', of: [] }, { kind: 'builtin', name: 'URL' }, 0],
    ['another class', { kind: 'builtin', name: 'Error', of: [] }, { kind: 'builtin', name: 'URL' }, 1],
    ['a promise', { kind: 'promise', of: constant(1), rejected: false }, { kind: 'promise', of: number }, 0],
    [
      'a promise of another',
      { kind: 'promise', of: constant('a'), rejected: false },
      { kind: 'promise', of: number },
      1,
    ],
    [
      'a rejected promise',
      { kind: 'promise', of: constant('a'), rejected: true },
      { kind: 'promise', of: number },
      0,
    ],
    ['no promise', constant(1), { kind: 'promise', of: number }, 1],
    ['a recursive type', given({ value: 1, next: { value: 'a' } }), { kind: 'named', name: 'list' }, 1],
    ['a type nobody knows', constant(1), { kind: 'named', name: 'unknown' }, 0],
  ])('%s', (_name, value, type, count) => {
    expect(mismatches(value, type, named)).toBe(count)
  })
})

const parameter = (type: Descriptor, more: Partial<Parameter> = {}): Parameter => ({
  name: 'value',
  type,
  optional: false,
  rest: false,
  ...more,
})
const signature = (...parameters: readonly Parameter[]): Signature => ({ parameters, returns: any })
const rest = (type: Descriptor) => parameter(type, { rest: true })

describe('how far a call is from its signature', () => {
  it.each<[string, readonly unknown[], Signature, number]>([
    ['all there', ['a', 1], signature(parameter(text), parameter(number)), 0],
    ['one missing', ['a'], signature(parameter(text), parameter(number)), 1],
    ['an optional one missing', ['a'], signature(parameter(text), parameter(number, { optional: true })), 0],
    [
      'one missing that may be undefined',
      [],
      signature(parameter({ kind: 'union', of: [text, nothing] })),
      0,
    ],
    ['an optional one undefined', [undefined], signature(parameter(text, { optional: true })), 0],
    ['one undefined', [undefined], signature(parameter(text)), 1],
    ['one too many', ['a', 1], signature(parameter(text)), 1],
    ['one where none is taken', [1], signature(), 1],
    ['none for a rest', [], signature(rest({ kind: 'array', of: number })), 0],
    ['some for a rest', [1, 2, 'a'], signature(rest({ kind: 'array', of: number })), 1],
    ['a tuple for a rest', ['a', 1], signature(rest({ kind: 'tuple', of: [text, number] })), 0],
    ['a wrong tuple for a rest', [1, 1], signature(rest({ kind: 'tuple', of: [text, number] })), 1],
    ['anything for a rest', [1, 'a'], signature(rest(any)), 0],
  ])('%s', (_name, values, called, count) => {
    expect(mismatchesOfCall(values.map(given), called, named)).toBe(count)
  })
})

/** There is no plainest instance of a class: its constructor may ask for anything. */
const isMakable = (type: Descriptor) => !JSON.stringify(type).includes('"instance"')

describe('repairing a call', () => {
  const repaired = (values: readonly unknown[], called: Signature) =>
    repairCall(values.map(given), called, named)

  it.each<[string, readonly unknown[], Signature, readonly unknown[]]>([
    ['keeps what fits', ['a', 1], signature(parameter(text), parameter(number)), ['a', 1]],
    ['adds what is missing', ['a'], signature(parameter(text), parameter(number)), ['a', 1]],
    [
      'leaves optional ones away',
      ['a'],
      signature(parameter(text), parameter(number, { optional: true })),
      ['a'],
    ],
    ['drops what is superfluous', ['a', 1], signature(parameter(text)), ['a']],
    ['replaces what is of another kind', [1, 'x'], signature(parameter(text), parameter(number)), ['a', 1]],
    [
      'keeps an optional undefined',
      [undefined, 2],
      signature(parameter(text, { optional: true }), parameter(number)),
      [undefined, 2],
    ],
    ['repairs items', [[1, 'a']], signature(parameter({ kind: 'array', of: number })), [[1, 1]]],
    [
      'repairs fields',
      [{ a: 1, z: 2 }],
      signature(parameter(record({ a: text, b: number }))),
      [{ a: 'a', b: 1 }],
    ],
    [
      'keeps optional fields that are undefined',
      [{ a: undefined }],
      signature(parameter(record({ a: text }, ['a']))),
      [{ a: undefined }],
    ],
    [
      'keeps the keys of a dictionary',
      [{ x: 'a', y: 2 }],
      signature(parameter({ kind: 'object', fields: [], values: number })),
      [{ x: 1, y: 2 }],
    ],
    [
      'repairs tuples',
      [['a', 'b', 3]],
      signature(parameter({ kind: 'tuple', of: [text, number] })),
      [['a', 1]],
    ],
    [
      'takes the nearest member of a union',
      [{ kind: 'b', m: 'y', n: 'x' }],
      signature(
        parameter({
          kind: 'union',
          of: [
            record({ x: text, y: text, z: text }),
            record({ kind: { kind: 'literal', value: 'b' }, m: text, n: number }),
          ],
        }),
      ),
      [{ kind: 'b', m: 'y', n: 1 }],
    ],
    [
      'drops what is behind a tuple',
      [['x', 5, 7]],
      signature(parameter({ kind: 'tuple', of: [text, number] })),
      [['x', 5]],
    ],
    [
      'keeps the rest of a tuple',
      [['a', 1, 'x']],
      signature(parameter({ kind: 'tuple', of: [text], rest: number })),
      [['a', 1, 1]],
    ],
    [
      'repairs the rest',
      ['a', 1, 'x'],
      signature(parameter(text), rest({ kind: 'array', of: number })),
      ['a', 1, 1],
    ],
    [
      'repairs a rest that is a tuple',
      [1, 1],
      signature(rest({ kind: 'tuple', of: [text, number] })),
      ['a', 1],
    ],
    ['fills a rest that is a tuple', ['a'], signature(rest({ kind: 'tuple', of: [text, number] })), ['a', 1]],
    [
      'repairs a recursive type',
      [{ value: 'x', next: { value: 2, more: 1 } }],
      signature(parameter({ kind: 'named', name: 'list' })),
      [{ value: 1, next: { value: 2 } }],
    ],
  ])('%s', (_name, values, called, expected) => {
    expect(repaired(values, called)).toEqual(expected.map(given))
  })

  it('fits afterwards, and leaves alone what fits', () => {
    const parameters = fc.array(
      fc.record({
        name: fc.constant('value'),
        type: descriptor.filter(isMakable),
        optional: fc.boolean(),
        rest: fc.constant(false),
      }),
      { maxLength: 3 },
    )
    fc.assert(
      fc.property(parameters, fc.array(anyExpression, { maxLength: 4 }), (of, values) => {
        // What is optional comes last, as in every signature.
        const called = signature(...[...of].sort((a, b) => Number(a.optional) - Number(b.optional)))
        const once = repairCall(values, called, named)
        expect(mismatchesOfCall(once, called, named)).toBe(0)
        expect(repairCall(once, called, named)).toEqual(once)
      }),
      { seed: 1, numRuns: 400 },
    )
  })
})

describe('the plainest value of a type', () => {
  it.each<[Descriptor, Expression]>([
    [text, constant('a')],
    [number, constant(1)],
    [{ kind: 'primitive', of: 'boolean' }, constant(false)],
    [{ kind: 'primitive', of: 'bigint' }, constant(1n)],
    [{ kind: 'primitive', of: 'null' }, constant(null)],
    [nothing, constant(undefined)],
    [
      { kind: 'primitive', of: 'symbol' },
      { kind: 'symbol', description: 'a' },
    ],
    [{ kind: 'literal', value: 'b' }, constant('b')],
    [
      { kind: 'literal', value: 1, path: ['E', 'A'] },
      { kind: 'export', path: ['E', 'A'] },
    ],
    [{ kind: 'pattern', parts: ['v', number, '.'] }, constant('v1.')],
    [{ kind: 'union', of: [number, text] }, constant(1)],
    [{ kind: 'array', of: text }, given([])],
    [{ kind: 'iterable', of: text, async: false }, given([])],
    [{ kind: 'tuple', of: [text, number] }, given(['a', 1])],
    [record({ a: text, b: text }, ['b']), given({ a: 'a' })],
    [callback(number), returns(constant(1))],
    [callback({ kind: 'promise', of: text }), returns(constant('a'), true)],
    [
      { kind: 'builtin', name: 'Date' },
      { kind: 'date', time: Date.UTC(2024, 0, 15) },
    ],
    [
      { kind: 'builtin', name: 'RegExp' },
      { kind: 'regexp', source: 'a', flags: '' },
    ],
    [
      { kind: 'builtin', name: 'TypeError' },
      { kind: 'builtin', name: 'TypeError', of: [constant('boom')] },
    ],
    [
      { kind: 'builtin', name: 'Uint8Array' },
      { kind: 'builtin', name: 'Uint8Array', of: [] },
    ],
    [
      { kind: 'map', keys: text, values: text },
      { kind: 'map', entries: [] },
    ],
    [
      { kind: 'set', of: text },
      { kind: 'set', items: [] },
    ],
    [
      { kind: 'promise', of: number },
      { kind: 'promise', of: constant(1), rejected: false },
    ],
    [{ kind: 'named', name: 'list' }, given({ value: 1 })],
    [any, constant(undefined)],
  ])('of %j', (type, value) => {
    expect(simplest(type, named, 0)).toEqual(value)
  })

  it('is of the type', () => {
    fc.assert(
      fc.property(descriptor.filter(isMakable), (type) => {
        expect(mismatches(simplest(type, named, 0), type, named)).toBe(0)
      }),
      { seed: 2, numRuns: 400 },
    )
  })

  it('ends for a type that holds itself', () => {
    const loop = { loop: { kind: 'tuple', of: [{ kind: 'named', name: 'loop' }] } } as const
    expect(JSON.stringify(simplest({ kind: 'named', name: 'loop' }, loop, 0)).length).toBeLessThan(500)
  })
})
