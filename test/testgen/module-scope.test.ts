// Module scope and guards: modules are loaded once each, with each other in reach, and again when that is asked for.

import { describe, expect, it } from 'vitest'
import { constant, type Expression } from '../../testgen/expression.ts'
import { build, CannotBuild, lookUp } from '../../testgen/inside/build.ts'
import { createModuleScope } from '../../testgen/inside/module-scope.ts'
import { Probes } from '../../testgen/inside/probes.ts'
import { compiled, load } from './in-memory.ts'

type Exports = Readonly<Record<string, unknown>>

const main = '/memory/main.ts'
const other = '/memory/other.ts'
const imports = { './other.js': other, './main.js': main }

/** The exports of a module that reaches one other. */
function both(mainText: string, otherText: string, flavour: 'plain' | 'probed' = 'probed'): Exports {
  return load([compiled(mainText, main, imports), compiled(otherText, other, imports)], flavour).exports
}

describe('the exports of a module', () => {
  it.each<[string, string, Exports]>([
    ['by name', 'export const a = 1; export { a as b }', { a: 1, b: 1 }],
    ['by default', 'export default 5', { default: 5 }],
    [
      'a function that is declared by default',
      'export default function () { return 1 }',
      { default: expect.any(Function) },
    ],
    ['of CommonJS', 'exports.a = 1; module.exports.b = 2', { a: 1, b: 2, 'module.exports': { a: 1, b: 2 } }],
    ['an object of CommonJS', 'module.exports = { a: 1 }', { a: 1, 'module.exports': { a: 1 } }],
    ['a text of CommonJS', 'module.exports = "x"', { 'module.exports': 'x' }],
    ['null of CommonJS', 'module.exports = null', { 'module.exports': null }],
    ['names that are no words', 'const a = 1; export { a as "b-c" }', { 'b-c': 1 }],
    ['an enum', 'export enum E { A, B = "b" }', { E: { 0: 'A', A: 0, B: 'b' } }],
  ])('%s', (_name, text, exports) => {
    expect(load(text).exports).toMatchObject(exports)
    expect(load(text, 'plain').exports).toMatchObject(exports)
  })

  it('of a CommonJS function are the function and its fields', () => {
    const { exports } = load('module.exports = Object.assign(() => 1, { a: 2 })')
    expect(Object.keys(exports)).toEqual(['a', 'module.exports'])
  })
})

describe('modules that reach each other', () => {
  it.each<[string, string, string, Exports]>([
    ['by name', "import { b } from './other.js'; export const a = b + 1", 'export const b = 1', { a: 2 }],
    ['as a whole', "import * as o from './other.js'; export const a = o.b", 'export const b = 1', { a: 1 }],
    ['by default', "import b from './other.js'; export const a = b", 'export default 7', { a: 7 }],
    [
      'passed on',
      "export { b as a } from './other.js'; export * from './other.js'",
      'export const b = 1, c = 2',
      { a: 1, b: 1, c: 2 },
    ],
    ['by require', "exports.a = require('./other.js').b", 'exports.b = 3', { a: 3 }],
    [
      'a CommonJS function by default',
      "import b from './other.js'; export const a = b()",
      'module.exports = () => 4',
      { a: 4 },
    ],
    [
      'in a circle',
      "import { b } from './other.js'; export const a = () => b(); export const c = 1",
      "import { c } from './main.js'; export const b = () => c",
      { c: 1 },
    ],
    ['of Node', "import { join } from 'node:path'; export const a = join('x', 'y')", '', { a: 'x/y' }],
    [
      'by a type only',
      "import type { B } from './other.js'; export const a: B = 1",
      'throw new Error("it was loaded")',
      { a: 1 },
    ],
  ])('%s', (_name, mainText, otherText, exports) => {
    expect(both(mainText, otherText)).toMatchObject(exports)
    expect(both(mainText, otherText, 'plain')).toMatchObject(exports)
  })

  it('are loaded once each, however often they are named', () => {
    const mainText =
      "import { next } from './other.js'; import * as o from './other.js'; export const a = [next(), o.next()]"
    expect(both(mainText, 'let n = 0; export const next = () => ++n').a).toEqual([1, 2])
  })

  it('count the edges of the module under test only', () => {
    const probes = new Probes()
    probes.begin(1000, false)
    const scope = createModuleScope(
      [
        compiled("import { b } from './other.js'; export const f = (x) => x ? b(x) : 0", main, imports),
        compiled('export const b = (x) => x > 1 ? (x ? 1 : 2) : 3', other, imports),
      ],
      'probed',
      probes,
    )
    const exports = scope.load() as { f(x: number): number }
    expect(scope.counts).toHaveLength(3)
    exports.f(5)
    expect([...scope.counts]).toEqual([1, 1, 0])
  })

  it('start from nothing each time they are loaded', () => {
    const probes = new Probes()
    probes.begin(1000, false)
    const scope = createModuleScope(
      [compiled('let n = 0; export const f = () => ++n', main)],
      'probed',
      probes,
    )
    const first = scope.load() as { f(): number }
    expect([first.f(), first.f()]).toEqual([1, 2])
    expect((scope.load() as { f(): number }).f()).toBe(1)
  })

  it('give classes of other modules, and leave out those that are not there', () => {
    const probes = new Probes()
    probes.begin(1000, false)
    const scope = createModuleScope(
      [compiled('export const a = 1', main), compiled('export class B {}', other)],
      'probed',
      probes,
    )
    scope.load()
    const classes = scope.loadImportedClasses(
      ['B', 'Gone'].map((name) => ({ key: `${name}@`, label: name, name, file: other, signatures: [] })),
    )
    expect(Object.keys(classes)).toEqual(['B@'])
  })

  it('know their file, their folder and their address', () => {
    const text =
      'export const a = [__filename, __dirname, import.meta.url, import.meta.filename, import.meta.dirname, typeof import.meta.env]'
    for (const flavour of ['plain', 'probed'] as const)
      expect(load([compiled(text, main)], flavour).exports.a).toEqual([
        main,
        '/memory',
        'file:///memory/main.ts',
        main,
        '/memory',
        'object',
      ])
  })

  it('throw what the module throws', () => {
    expect(() => load('throw new RangeError("at load")')).toThrow('at load')
    expect(() => load("import './nothing-here.js'")).toThrow(/nothing-here/)
    expect(() => createModuleScope([], 'plain', new Probes())).toThrow('at least the module under test')
  })
})

describe('building', () => {
  class Box {
    value: unknown
    constructor(value: unknown) {
      this.value = value
    }
    static of(value: unknown) {
      return new this(value)
    }
  }
  const scope = {
    exports: {
      Box,
      tools: { deep: { twice: (value: number) => value * 2 } },
      refuse: () => {
        throw new Error('no')
      },
    },
    importedClasses: { 'Far@': Map },
    results: ['first'],
    tick: () => undefined,
  }

  it.each<[string, Expression, unknown]>([
    ['an object of the module', { kind: 'create', path: ['Box'], of: [constant(1)] }, new Box(1)],
    ['an object by a static method', { kind: 'call', path: ['Box', 'of'], of: [constant(1)] }, new Box(1)],
    ['a call of a function', { kind: 'call', path: ['tools', 'deep', 'twice'], of: [constant(4)] }, 8],
    ['an object of another module', { kind: 'create', path: ['Far@'], of: [] }, new Map()],
    [
      'an object of the runtime',
      { kind: 'builtin', name: 'Set', of: [{ kind: 'array', items: [constant(1)] }] },
      new Set([1]),
    ],
    ['an export', { kind: 'export', path: ['Box'] }, Box],
    ['an earlier result', { kind: 'step', index: 0 }, 'first'],
    [
      'a key of the prototype',
      { kind: 'object', fields: [['__proto__', constant(1)]] },
      Object.defineProperty({}, '__proto__', {
        value: 1,
        enumerable: true,
        writable: true,
        configurable: true,
      }),
    ],
    ['a registered symbol', { kind: 'symbol', description: 'a' }, Symbol.for('a')],
  ])('%s', (_name, expression, value) => {
    expect(build(expression, scope)).toStrictEqual(value)
  })

  it.each<[string, Expression]>([
    ['a class that refuses', { kind: 'builtin', name: 'URL', of: [constant('no url')] }],
    ['a class that is not there', { kind: 'builtin', name: 'NoSuchClass', of: [] }],
    ['an export that is not there', { kind: 'export', path: ['gone'] }],
    ['a field of nothing', { kind: 'export', path: ['tools', 'gone', 'deeper'] }],
    ['a call of what is no function', { kind: 'call', path: ['tools'], of: [] }],
    ['a function that refuses', { kind: 'call', path: ['refuse'], of: [] }],
    ['an object of what is no class', { kind: 'create', path: ['tools'], of: [] }],
  ])('%s cannot be done', (_name, expression) => {
    expect(() => build(expression, scope)).toThrow(CannotBuild)
  })

  it('follows a path into the exports', () => {
    expect(lookUp(['tools', 'deep'], scope)).toBe(scope.exports.tools.deep)
    expect(lookUp(['Far@'], scope)).toBe(Map)
  })

  it('of a rejected promise that nobody takes does not fail the program', async () => {
    build({ kind: 'promise', of: constant('no'), rejected: true }, scope)
    // The runner reports a rejection that nobody caught by then.
    await new Promise((resolve) => setImmediate(resolve))
  })

  it('of a rejected promise leaves nothing that nobody catches', async () => {
    await expect(build({ kind: 'promise', of: constant('no'), rejected: true }, scope)).rejects.toBe('no')
    await expect(build({ kind: 'promise', of: constant('yes'), rejected: false }, scope)).resolves.toBe('yes')
  })

  it('counts each call of a callback as a step', () => {
    let ticks = 0
    const counting = {
      ...scope,
      tick: () => {
        ticks += 1
      },
    }
    const run = build({ kind: 'function', does: { kind: 'adds' } }, counting) as (
      a: number,
      b: number,
    ) => number
    expect([run(1, 2), run(3, 4)]).toEqual([3, 7])
    expect(ticks).toBe(2)
  })

  it('makes an async callback give a promise, whatever it does', async () => {
    const fails = build(
      { kind: 'function', does: { kind: 'throws', message: 'no', async: true, bare: false } },
      scope,
    ) as () => Promise<unknown>
    await expect(fails()).rejects.toThrow('no')
    const gives = build(
      { kind: 'function', does: { kind: 'returns', value: constant(1), async: true } },
      scope,
    ) as () => Promise<unknown>
    await expect(gives()).resolves.toBe(1)
  })
})
