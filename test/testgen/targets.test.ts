// Targets: what of a module can be called, a first case for it, and what can be done next.

import { describe, expect, it } from 'vitest'
import type {
  Descriptor,
  ExportDescriptor,
  Field,
  MemberDescriptor,
  ModuleDescription,
  Signature,
} from '../../testgen/descriptors.ts'
import type { Case, CaseStep } from '../../testgen/expression.ts'
import { constant } from '../../testgen/expression.ts'
import { createRandom } from '../../testgen/random.ts'
import { createGenerator } from '../../testgen/search/generate.ts'
import { guessExport } from '../../testgen/search/guess.ts'
import { offersOf } from '../../testgen/search/offers.ts'
import { findTargets, type SearchTarget } from '../../testgen/search/targets.ts'
import { callOf, on } from './in-memory.ts'

const any: Descriptor = { kind: 'any' }
const text: Descriptor = { kind: 'primitive', of: 'string' }
const number: Descriptor = { kind: 'primitive', of: 'number' }

const signature = (returns: Descriptor = any, ...types: readonly Descriptor[]): Signature => ({
  parameters: types.map((type, index) => ({ name: `p${index}`, type, optional: false, rest: false })),
  returns,
})
const exported = (name: string, more: Partial<ExportDescriptor> = {}): ExportDescriptor => ({
  name,
  label: name,
  kind: 'function',
  signatures: [signature()],
  members: [],
  type: any,
  ...more,
})
const member = (name: string, more: Partial<MemberDescriptor> = {}): MemberDescriptor => ({
  name,
  kind: 'method',
  static: false,
  writable: false,
  type: any,
  signatures: [signature()],
  ...more,
})

function targetsOf(
  exports: readonly ExportDescriptor[],
  atRunTime: Readonly<Record<string, unknown>>,
): readonly SearchTarget[] {
  const description: ModuleDescription = {
    exports,
    named: {},
    literals: { examples: [], distant: [], strings: [], numbers: [], regexes: [], keys: [] },
    importedClasses: [],
  }
  const random = createRandom('targets')
  return findTargets(description, atRunTime, createGenerator(description, random), random)
}

const namesOf = (exports: readonly ExportDescriptor[], atRunTime: Readonly<Record<string, unknown>>) =>
  targetsOf(exports, atRunTime).map(({ name }) => name)

const run = () => undefined
class Stack {
  static of() {}
  push() {}
}

describe('the targets of a module', () => {
  it.each<[string, readonly ExportDescriptor[], Readonly<Record<string, unknown>>, readonly string[]]>([
    ['a function', [exported('a')], { a: run }, ['a']],
    [
      'functions in the order they are described',
      [exported('b'), exported('a')],
      { a: run, b: () => 1 },
      ['b', 'a'],
    ],
    ['a default export by its label', [exported('default', { label: 'parse' })], { default: run }, ['parse']],
    [
      'a CommonJS function by its label',
      [exported('module.exports', { label: 'slug' })],
      { 'module.exports': run },
      ['slug'],
    ],
    ['a class', [exported('A', { kind: 'class' })], { A: Stack }, ['A']],
    [
      'a class without a constructor by its static methods',
      [exported('A', { kind: 'class', signatures: [], members: [member('of', { static: true })] })],
      { A: Stack },
      ['A.of'],
    ],
    [
      'a class and its static methods',
      [exported('A', { kind: 'class', members: [member('of', { static: true }), member('push')] })],
      { A: Stack },
      ['A', 'A.of'],
    ],
    [
      'an object by its functions',
      [exported('tools', { kind: 'object', signatures: [], members: [member('trim', { static: true })] })],
      { tools: {} },
      ['tools.trim'],
    ],
    [
      'functions deeper in an object',
      [
        exported('tools', {
          kind: 'object',
          signatures: [],
          members: [member('parse', { static: true, within: ['http'] })],
        }),
      ],
      { tools: {} },
      ['tools.http.parse'],
    ],
    [
      'a function with functions',
      [exported('f', { members: [member('sync', { static: true })] })],
      { f: run },
      ['f', 'f.sync'],
    ],
    ['no value', [exported('limit', { kind: 'value', signatures: [] })], { limit: 5 }, []],
    ['no export that is not there', [exported('gone')], {}, []],
    ['what only the run shows', [], { late: run }, ['late']],
    ['no mark of a module', [], { __esModule: true, late: run }, ['late']],
    ['one thing of two names once', [exported('a')], { a: run, alias: run }, ['a']],
    ['a class that only the run shows', [], { Stack }, ['Stack', 'Stack.of']],
    ['an object that only the run shows', [], { tools: { trim: run, size: 3 } }, ['tools.trim']],
    ['no number or text', [], { limit: 5, word: 'x', none: null }, []],
  ])('%s', (_name, exports, atRunTime, names) => {
    expect(namesOf(exports, atRunTime)).toEqual(names)
  })
})

function only(
  exports: readonly ExportDescriptor[],
  atRunTime: Readonly<Record<string, unknown>>,
): SearchTarget {
  const [target] = targetsOf(exports, atRunTime)
  if (target === undefined) throw new Error('no target')
  return target
}

const manyOf = (target: SearchTarget, count = 200): readonly Case[] =>
  Array.from({ length: count }, () => target.create())

describe('a function', () => {
  it('is called with arguments of its signature', () => {
    for (const test of manyOf(
      only([exported('f', { signatures: [signature(any, text, number)] })], { f: run }),
    ))
      expect(test).toMatchObject({
        target: 'f',
        chance: 0.5,
        steps: [{ op: 'call', on: { path: ['f'] }, of: [{ kind: 'constant' }, { kind: 'constant' }] }],
      })
  })

  it('is called by each of its overloads', () => {
    const target = only(
      [exported('f', { signatures: [signature(any, text), signature(any, text, number)] })],
      { f: run },
    )
    expect(new Set(manyOf(target).map(({ steps }) => steps[0]?.of.length))).toEqual(new Set([1, 2]))
    expect(target.signature(callOf('f', constant('a')))?.parameters).toHaveLength(1)
    expect(target.signature(callOf('f', constant('a'), constant(1)))?.parameters).toHaveLength(2)
    expect(target.signature(callOf('f'))?.parameters).toHaveLength(1)
  })

  it('of an object is called on the object', () => {
    const tools = exported('tools', {
      kind: 'object',
      signatures: [],
      members: [member('parse', { static: true, within: ['http'] })],
    })
    expect(only([tools], { tools: {} }).create().steps[0]?.on).toEqual({ path: ['tools', 'http', 'parse'] })
  })

  it('that returns a function is called again', () => {
    const target = only(
      [exported('f', { signatures: [signature({ kind: 'function', signature: signature(any, number) })] })],
      { f: run },
    )
    const first = target.create().steps
    expect(target.extend(first)).toMatchObject({ op: 'call', on: { step: 0 }, of: [{ kind: 'constant' }] })
    expect(target.signature(on(0, 'call', undefined, constant(1)))?.parameters).toHaveLength(1)
  })

  it('that is curried is called on, from the last result or from the first', () => {
    const inner: Descriptor = {
      kind: 'function',
      signature: signature({ kind: 'function', signature: signature() }),
    }
    const target = only([exported('f', { signatures: [signature(inner)] })], { f: run })
    const steps = [...target.create().steps, on(0, 'call', undefined)]
    const places = Array.from({ length: 60 }, () => target.extend(steps)?.on)
    expect(places).toContainEqual({ step: 0 })
    expect(places).toContainEqual({ step: 1 })
  })

  it('that returns something plain cannot be carried on', () => {
    const target = only([exported('f', { signatures: [signature(text)] })], { f: run })
    expect(target.extend(target.create().steps)).toBeUndefined()
  })

  it('that returns an object of the module is carried on with its methods and fields', () => {
    const stack = exported('Stack', {
      kind: 'class',
      members: [
        member('push'),
        member('size', { kind: 'property', signatures: [] }),
        member('of', { static: true }),
      ],
    })
    const f = exported('f', { signatures: [signature({ kind: 'instance', of: 'Stack' })] })
    const target = only([f, stack], { f: run, Stack })
    const next = Array.from({ length: 60 }, () => target.extend(target.create().steps))
    expect(new Set(next.map((step) => `${step?.op} ${step?.name}`))).toEqual(
      new Set(['call push', 'get size']),
    )
  })

  it('is not carried on for ever', () => {
    const target = only(
      [exported('f', { signatures: [signature({ kind: 'function', signature: signature() })] })],
      { f: run },
    )
    const steps: CaseStep[] = [...target.create().steps]
    for (let next = target.extend(steps); next !== undefined; next = target.extend(steps)) steps.push(next)
    expect(steps).toHaveLength(10)
  })
})

describe('a class', () => {
  const members = [
    member('push', { signatures: [signature(any, number)] }),
    member('size', { kind: 'property', signatures: [], type: number }),
    member('label', { kind: 'property', signatures: [], type: text, writable: true }),
    member('handler', {
      kind: 'property',
      signatures: [],
      type: { kind: 'function', signature: signature() },
    }),
    member('of', { static: true }),
  ]
  const target = () =>
    only([exported('Stack', { kind: 'class', signatures: [signature(any, number)], members })], { Stack })

  it('is created, and then used', () => {
    const tests = manyOf(target())
    for (const { steps } of tests) {
      expect(steps[0]).toMatchObject({ op: 'new', on: { path: ['Stack'] }, of: [{ kind: 'constant' }] })
      for (const step of steps.slice(1)) expect(step.on).toEqual({ step: 0 })
    }
    expect(new Set(tests.map(({ steps }) => steps.length))).toEqual(new Set([1, 2, 3, 4, 5, 7]))
  })

  it('has its methods called, its fields read and set, but no static ones', () => {
    const used = new Set(
      manyOf(target()).flatMap(({ steps }) => steps.slice(1).map(({ op, name }) => `${op} ${name}`)),
    )
    expect([...used].sort()).toEqual(['call push', 'get label', 'get size', 'set label'])
  })

  it('knows the arguments of each step', () => {
    const stack = target()
    expect(stack.signature({ op: 'new', on: { path: ['Stack'] }, of: [] })?.parameters[0]?.type).toEqual(
      number,
    )
    expect(stack.signature(on(0, 'call', 'push'))?.parameters[0]?.type).toEqual(number)
    expect(stack.signature(on(0, 'set', 'label'))?.parameters[0]?.type).toEqual(text)
    expect(stack.signature(on(0, 'call', 'unknown'))).toBeUndefined()
  })

  it('without members is only created', () => {
    const bare = only([exported('Bare', { kind: 'class' })], { Bare: class {} })
    for (const { steps } of manyOf(bare, 20)) expect(steps).toHaveLength(1)
    expect(bare.extend(bare.create().steps)).toBeUndefined()
  })
})

describe('what can be done with a result', () => {
  const field = (name: string, type: Descriptor): Field => ({ name, type, optional: false })
  const callback: Descriptor = { kind: 'function', signature: signature(text) }
  const classes = new Map([
    [
      'Stack',
      exported('Stack', {
        kind: 'class',
        members: [
          member('push'),
          member('size', { kind: 'property', signatures: [] }),
          member('of', { static: true }),
        ],
      }),
    ],
  ])

  it.each<[string, Descriptor, readonly string[]]>([
    ['a function', callback, ['call']],
    [
      'a function with methods',
      { kind: 'function', signature: signature(), fields: [field('cancel', callback), field('id', number)] },
      ['call', 'call cancel'],
    ],
    [
      'an object with methods',
      { kind: 'object', fields: [field('get', callback), field('size', number)] },
      ['call get'],
    ],
    ['an instance', { kind: 'instance', of: 'Stack' }, ['call push', 'get size']],
    ['an instance of an unknown class', { kind: 'instance', of: 'Unknown' }, []],
    ['a promise of a function', { kind: 'promise', of: callback }, ['call']],
    [
      'one of two',
      {
        kind: 'union',
        of: [{ kind: 'primitive', of: 'undefined' }, callback, { kind: 'instance', of: 'Stack' }],
      },
      ['call', 'call push', 'get size'],
    ],
    ['a text', text, []],
    ['a list', { kind: 'array', of: callback }, []],
    ['anything', any, []],
  ])('%s', (_name, type, offers) => {
    expect(
      offersOf(type, classes).map(({ op, name }) => (name === undefined ? op : `${op} ${name}`)),
    ).toEqual(offers)
  })
})

describe('a guess from the value itself', () => {
  const shape = (name: string, value: unknown) =>
    guessExport(name, value).map(({ kind, label, members, signatures }) => ({
      kind,
      label,
      members: members.map((one) => `${one.static ? 'static ' : ''}${one.name}`),
      parameters: signatures.map(({ parameters }) => parameters.length),
    }))
  function Old(this: object) {}
  Old.prototype.run = (value: unknown) => value
  Old.create = () => undefined

  it.each<[string, string, unknown, unknown]>([
    [
      'a function',
      'f',
      (a: unknown, b: unknown) => [a, b],
      { kind: 'function', label: 'f', members: [], parameters: [2] },
    ],
    [
      'a function of rest parameters',
      'f',
      (...all: unknown[]) => all,
      { kind: 'function', label: 'f', members: [], parameters: [1] },
    ],
    ['a class', 'A', Stack, { kind: 'class', label: 'A', members: ['push', 'static of'], parameters: [1] }],
    ['a class without methods', 'A', class {}, { kind: 'class', label: 'A', members: [], parameters: [1] }],
    [
      'a constructor of old',
      'Old',
      Old,
      { kind: 'class', label: 'Old', members: ['run', 'static create'], parameters: [1] },
    ],
    [
      'a whole module that is a function',
      'module.exports',
      function slug() {},
      { kind: 'function', label: 'slug', members: [], parameters: [1] },
    ],
    [
      'a default export without a name',
      'default',
      (
        () => () =>
          1
      )(),
      { kind: 'function', label: 'default', members: [], parameters: [1] },
    ],
    [
      'an object',
      'tools',
      { trim: run, size: 3 },
      { kind: 'object', label: 'tools', members: ['static trim'], parameters: [] },
    ],
  ])('%s', (_name, name, value, expected) => {
    expect(shape(name, value)).toEqual([expected])
  })

  it.each<[string, string, unknown]>([
    ['a text', 'a', 'x'],
    ['null', 'a', null],
    ['a whole module that is an object, whose fields are exports', 'module.exports', { a: run }],
  ])('%s is nothing to call', (_name, name, value) => {
    expect(guessExport(name, value)).toEqual([])
  })

  it('does not run getters', () => {
    const value = Object.defineProperty({}, 'danger', {
      enumerable: true,
      get: () => {
        throw new Error('it was read')
      },
    })
    expect(shape('a', value)).toEqual([{ kind: 'object', label: 'a', members: [], parameters: [] }])
  })
})
