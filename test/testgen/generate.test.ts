// Generate: an input is of the shape that is asked for, ends, and is the same for the same seed.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type {
  Descriptor,
  ExportDescriptor,
  ImportedClass,
  Literals,
  ModuleDescription,
  Parameter,
  Signature,
} from '../../testgen/descriptors.ts'
import { type Expression, partsOf } from '../../testgen/expression.ts'
import { createRandom } from '../../testgen/random.ts'
import { createGenerator } from '../../testgen/search/generate.ts'
import type { Generator } from '../../testgen/search/generator.ts'
import { mismatches, mismatchesOfCall } from '../../testgen/search/typing.ts'
import { descriptor, named } from './arbitrary.ts'

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
const signature = (...parameters: readonly Parameter[]): Signature => ({ parameters, returns: any })

const class_ = (name: string, more: Partial<ExportDescriptor> = {}): ExportDescriptor => ({
  name,
  label: name,
  kind: 'class',
  signatures: [signature(parameter(number))],
  members: [],
  type: any,
  ...more,
})
const imported: ImportedClass = {
  key: 'Far@/far.ts',
  label: 'Far',
  name: 'Far',
  file: '/far.ts',
  signatures: [signature()],
}

function module(more: Partial<ModuleDescription> = {}): ModuleDescription {
  return { exports: [class_('Box')], named, literals: noLiterals, importedClasses: [], ...more }
}

function generatorOf(seed: string, description = module()): Generator {
  return createGenerator(description, createRandom(seed))
}

/** Many inputs of a type. */
function many(type: Descriptor, description = module(), count = 300): readonly Expression[] {
  const generator = generatorOf(JSON.stringify(type), description)
  return Array.from({ length: count }, () => generator.value(type, 'value'))
}

function* allIn(expression: Expression): Walk {
  yield expression
  for (const part of partsOf(expression)) yield* allIn(part)
}
type Walk = Iterable<Expression>

describe('an input', () => {
  it.each<[string, Descriptor, readonly string[]]>([
    ['a text', text, ['constant']],
    ['a number', number, ['constant']],
    ['a symbol', { kind: 'primitive', of: 'symbol' }, ['symbol']],
    ['null', { kind: 'primitive', of: 'null' }, ['constant']],
    ['a list', { kind: 'array', of: text }, ['array']],
    ['an iterable', { kind: 'iterable', of: text, async: false }, ['array']],
    ['a tuple', { kind: 'tuple', of: [text] }, ['array']],
    ['a set', { kind: 'set', of: text }, ['set']],
    ['a map', { kind: 'map', keys: text, values: text }, ['map']],
    ['a promise', { kind: 'promise', of: text }, ['promise']],
    ['a callback', { kind: 'function', signature: signature() }, ['function']],
    ['an instance', { kind: 'instance', of: 'Box' }, ['create']],
    ['a member of an enum', { kind: 'literal', value: 1, path: ['Size', 'Large'] }, ['export']],
    ['a date', { kind: 'builtin', name: 'Date' }, ['date']],
    ['a pattern', { kind: 'builtin', name: 'RegExp' }, ['regexp']],
    ['an error', { kind: 'builtin', name: 'TypeError' }, ['builtin']],
    ['bytes', { kind: 'builtin', name: 'Uint8Array' }, ['builtin']],
    ['a URL', { kind: 'builtin', name: 'URL' }, ['builtin']],
    ['a recursive type', { kind: 'named', name: 'list' }, ['object']],
    ['a union', { kind: 'union', of: [text, { kind: 'array', of: text }] }, ['array', 'constant']],
  ])('for %s is of these kinds', (_name, type, kinds) => {
    expect([...new Set(many(type).map(({ kind }) => kind))].sort()).toEqual(kinds)
  })

  it('is of its type', () => {
    fc.assert(
      fc.property(descriptor, fc.string(), (type, seed) => {
        const value = generatorOf(seed).value(type, 'value')
        expect(mismatches(value, type, named)).toBe(0)
      }),
      { seed: 1, numRuns: 600 },
    )
  })

  it('is the same for the same seed', () => {
    fc.assert(
      fc.property(descriptor, fc.string(), (type, seed) => {
        expect(generatorOf(seed).value(type, 'value')).toEqual(generatorOf(seed).value(type, 'value'))
      }),
      { seed: 2, numRuns: 100 },
    )
  })

  it.each<[string, Descriptor]>([
    ['lists of lists', { kind: 'array', of: { kind: 'named', name: 'deep' } }],
    ['an object that holds itself', { kind: 'named', name: 'loop' }],
    ['a callback that returns itself', { kind: 'named', name: 'curried' }],
    ['anything', any],
  ])('ends for %s', (_name, type) => {
    const endless: Readonly<Record<string, Descriptor>> = {
      deep: { kind: 'array', of: { kind: 'named', name: 'deep' } },
      loop: {
        kind: 'object',
        fields: [
          { name: 'one', type: { kind: 'named', name: 'loop' }, optional: false },
          { name: 'other', type: { kind: 'named', name: 'loop' }, optional: false },
        ],
      },
      curried: {
        kind: 'function',
        signature: { parameters: [], returns: { kind: 'named', name: 'curried' } },
      },
    }
    for (const value of many(type, module({ named: endless }), 200))
      expect([...allIn(value)].length).toBeLessThan(3000)
  })

  it('takes both sides of a boolean and each member of a union', () => {
    const values = many({
      kind: 'union',
      of: [
        { kind: 'literal', value: 'a' },
        { kind: 'literal', value: 2 },
      ],
    })
    expect(new Set(values.map((one) => JSON.stringify(one))).size).toBe(2)
    const flags = many({ kind: 'primitive', of: 'boolean' })
    expect(new Set(flags.map((one) => JSON.stringify(one))).size).toBe(2)
  })

  it('fills a template of texts and types', () => {
    const type: Descriptor = { kind: 'pattern', parts: ['v', number, '.', { kind: 'literal', value: 'x' }] }
    for (const value of many(type)) expect(String((value as { value?: unknown }).value)).toMatch(/^v.*\.x$/)
  })

  it('sometimes holds an item twice, which sorting and grouping wait for', () => {
    const lists = many({ kind: 'array', of: { kind: 'primitive', of: 'number' } })
    const repeated = lists.filter(
      (list) => list.kind === 'array' && new Set(list.items).size < list.items.length,
    )
    expect(repeated.length).toBeGreaterThan(10)
  })

  it('has its fields, and optional ones now and then', () => {
    const type: Descriptor = {
      kind: 'object',
      fields: [
        { name: 'id', type: number, optional: false },
        { name: 'note', type: text, optional: true },
      ],
    }
    const keys = many(type).map((one) =>
      one.kind === 'object' ? one.fields.map(([name]) => name).join() : '',
    )
    expect([...new Set(keys)].sort()).toEqual(['id', 'id,note'])
  })

  it('has keys of the module where keys are free, each once', () => {
    const literals = { ...noLiterals, keys: ['known'] }
    const type: Descriptor = {
      kind: 'object',
      fields: [{ name: 'a', type: text, optional: false }],
      values: number,
    }
    const objects = many(type, module({ literals }))
    const keys = objects.map((one) => (one.kind === 'object' ? one.fields.map(([name]) => name) : []))
    expect(keys.some((names) => names.includes('known'))).toBe(true)
    for (const names of keys) expect(new Set(names).size).toBe(names.length)
  })

  it.each(['Uint8Array', 'Float64Array', 'Int16Array'])('for %s holds numbers', (name) => {
    for (const value of many({ kind: 'builtin', name }))
      expect(value).toMatchObject({ kind: 'builtin', name, of: [{ kind: 'array' }] })
  })

  it('for BigInt64Array holds big integers', () => {
    const all = many({ kind: 'builtin', name: 'BigInt64Array' }).flatMap((value) => [...allIn(value)])
    const constants = all.flatMap((one) => (one.kind === 'constant' ? [typeof one.value] : []))
    expect(new Set(constants)).toEqual(new Set(['bigint']))
  })

  it.each([
    ['DataView', [{ kind: 'builtin', name: 'ArrayBuffer' }]],
    ['WeakMap', []],
    ['AbortController', []],
    ['Headers', [{ kind: 'object' }]],
  ])('for %s can be made', (name, of) => {
    expect(many({ kind: 'builtin', name }, module(), 3)[0]).toMatchObject({ kind: 'builtin', name, of })
  })

  it('for an error has a cause now and then', () => {
    const errors = many({ kind: 'builtin', name: 'Error' })
    const causes = errors.filter((one) => one.kind === 'builtin' && one.of.length === 2)
    expect(causes.length).toBeGreaterThan(20)
    expect(causes.length).toBeLessThan(200)
  })

  it('for a pattern is one of the module now and then', () => {
    const literals = { ...noLiterals, regexes: [{ source: 'own', flags: 'i' }] }
    const values = many({ kind: 'builtin', name: 'RegExp' }, module({ literals }))
    expect(values).toContainEqual({ kind: 'regexp', source: 'own', flags: 'i' })
  })
})

describe('an instance', () => {
  it('of a class of the module is created with arguments of its constructor', () => {
    for (const value of many({ kind: 'instance', of: 'Box' })) {
      expect(value).toMatchObject({ kind: 'create', path: ['Box'], of: [{ kind: 'constant' }] })
    }
  })

  it('of a class of another module is created by its key', () => {
    const values = many({ kind: 'instance', of: imported.key }, module({ importedClasses: [imported] }))
    for (const value of values) expect(value).toEqual({ kind: 'create', path: [imported.key], of: [] })
  })

  it('of a class without a constructor comes from a static method that returns one', () => {
    const factory = class_('Money', {
      signatures: [],
      members: [
        {
          name: 'of',
          kind: 'method',
          static: true,
          writable: false,
          type: any,
          signatures: [{ parameters: [parameter(text)], returns: { kind: 'instance', of: 'Money' } }],
        },
      ],
    })
    const values = many({ kind: 'instance', of: 'Money' }, module({ exports: [factory] }))
    expect(values[0]).toMatchObject({ kind: 'call', path: ['Money', 'of'] })
  })

  it('of a class that nobody knows is something that is no instance of it', () => {
    for (const value of many({ kind: 'instance', of: 'Unknown' }))
      expect(value).toMatchObject({ kind: 'builtin', name: 'Error' })
  })

  it('is among anything now and then, where there are classes', () => {
    expect(many(any).some(({ kind }) => kind === 'create')).toBe(true)
    expect(many(any, module({ exports: [] })).some(({ kind }) => kind === 'create')).toBe(false)
  })
})

describe('anything', () => {
  it('is of each kind', () => {
    const kinds = new Set(many(any, module(), 3000).map(({ kind }) => kind))
    for (const kind of [
      'constant',
      'date',
      'function',
      'array',
      'map',
      'set',
      'regexp',
      'builtin',
      'symbol',
      'object',
      'create',
    ])
      expect(kinds).toContain(kind)
  })

  it('is null, undefined, a big integer, a boolean, a text and a number', () => {
    const constants = many(any, module(), 3000).flatMap((one) => (one.kind === 'constant' ? [one.value] : []))
    const kinds = new Set(constants.map((value) => (value === null ? 'null' : typeof value)))
    expect([...kinds].sort()).toEqual(['bigint', 'boolean', 'null', 'number', 'string', 'undefined'])
  })
})

describe('arguments', () => {
  const values = (called: Signature, count = 300) => {
    const generator = generatorOf(JSON.stringify(called))
    return Array.from({ length: count }, () => generator.values(called))
  }

  it('are as many as are asked for', () => {
    for (const of of values(signature(parameter(text), parameter(number)))) expect(of).toHaveLength(2)
  })

  it('are sometimes fewer where they are optional, never fewer than needed', () => {
    const called = signature(
      parameter(text),
      parameter(number, { optional: true }),
      parameter(text, { optional: true }),
    )
    const lengths = new Set(values(called).map((of) => of.length))
    expect([...lengths].sort()).toEqual([1, 2, 3])
  })

  it('are any number for a rest', () => {
    const called = signature(parameter({ kind: 'array', of: number }, { rest: true }))
    const lengths = new Set(values(called).map((of) => of.length))
    expect(lengths).toContain(0)
    expect(Math.max(...lengths)).toBeGreaterThan(2)
    for (const of of values(called)) for (const one of of) expect(one.kind).toBe('constant')
  })

  it('are those of the tuple for a rest that is one', () => {
    const called = signature(parameter({ kind: 'tuple', of: [text, number] }, { rest: true }))
    for (const of of values(called)) expect(of).toHaveLength(2)
  })

  it('fit their signature', () => {
    const parameters = fc.array(
      descriptor.map((type) => parameter(type)),
      { maxLength: 3 },
    )
    fc.assert(
      fc.property(parameters, fc.string(), (of, seed) => {
        const called = signature(...of)
        expect(mismatchesOfCall(generatorOf(seed).values(called), called, named)).toBe(0)
      }),
      { seed: 3, numRuns: 200 },
    )
  })
})

describe('a callback', () => {
  const behaviours = (returns: Descriptor, parameters: readonly Parameter[] = []) =>
    new Set(
      many({ kind: 'function', signature: { parameters, returns } }, module(), 800).map((one) =>
        one.kind === 'function' ? one.does.kind : one.kind,
      ),
    )

  it.each<[string, Descriptor, readonly string[]]>([
    [
      'a boolean',
      { kind: 'primitive', of: 'boolean' },
      ['equals', 'exceeds', 'negates', 'returns', 'throws'],
    ],
    ['a number', number, ['adds', 'argument', 'compares', 'returns', 'throws']],
    ['a text', text, ['argument', 'returns', 'texts', 'throws']],
    ['a promise', { kind: 'promise', of: text }, ['returns', 'throws']],
    ['anything', any, ['adds', 'argument', 'compares', 'exceeds', 'returns', 'texts', 'throws']],
  ])('that gives %s does what gives one', (_name, returns, kinds) => {
    expect([...behaviours(returns)].sort()).toEqual(kinds)
  })

  it('calls the callback it is given', () => {
    const next = parameter({ kind: 'function', signature: signature() })
    expect(behaviours(any, [next])).toContain('invokes')
    expect(behaviours(any, [parameter(text)])).not.toContain('invokes')
  })

  it('is async when a promise is asked for, and throws errors and bare texts', () => {
    const all = many(
      { kind: 'function', signature: { parameters: [], returns: { kind: 'promise', of: text } } },
      module(),
      800,
    )
    const does = all.flatMap((one) => (one.kind === 'function' ? [one.does] : []))
    for (const one of does) expect('async' in one && one.async).toBe(true)
    const thrown = does.flatMap((one) => (one.kind === 'throws' ? [one.bare] : []))
    expect(new Set(thrown)).toEqual(new Set([true, false]))
  })
})
