// Describe: each type as a descriptor, each use of an untyped parameter as a guess, each text that may be an input.

import ts from 'typescript-analysis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readExamples } from '../../testgen/analyse/examples.ts'
import { readModule } from '../../testgen/analyse/exported.ts'
import { readLiterals } from '../../testgen/analyse/literals.ts'
import { isEcmaScript, openModule, reachedFiles } from '../../testgen/analyse/program.ts'
import type { Descriptor, ExportDescriptor, ModuleDescription } from '../../testgen/descriptors.ts'
import { createRepository, type Repository } from './repository.ts'

const any: Descriptor = { kind: 'any' }
const text: Descriptor = { kind: 'primitive', of: 'string' }
const number: Descriptor = { kind: 'primitive', of: 'number' }
const boolean: Descriptor = { kind: 'primitive', of: 'boolean' }
const nothing: Descriptor = { kind: 'primitive', of: 'undefined' }
const array = (of: Descriptor): Descriptor => ({ kind: 'array', of })
const record = (...fields: readonly (readonly [string, Descriptor, boolean?])[]): Descriptor => ({
  kind: 'object',
  fields: fields.map(([name, type, optional = false]) => ({ name, type, optional })),
})

/** Objects in each other. */
function nested(levels: number, innermost: Descriptor): Descriptor {
  return levels === 0 ? innermost : record(['a', nested(levels - 1, innermost)])
}

/** A type as it is written, and as it is described. */
const types: readonly (readonly [string, Descriptor])[] = [
  ['string', text],
  ['number', number],
  ['bigint', { kind: 'primitive', of: 'bigint' }],
  ['symbol', { kind: 'primitive', of: 'symbol' }],
  ['null', { kind: 'primitive', of: 'null' }],
  ['undefined', nothing],
  ['boolean', boolean],
  ['any', any],
  ['unknown', any],
  ['never', any],
  ['object', any],
  ["'a'", { kind: 'literal', value: 'a' }],
  ['5', { kind: 'literal', value: 5 }],
  ['true', { kind: 'literal', value: true }],
  [
    "'a' | 'b'",
    {
      kind: 'union',
      of: [
        { kind: 'literal', value: 'a' },
        { kind: 'literal', value: 'b' },
      ],
    },
  ],
  ['string | number', { kind: 'union', of: [text, number] }],
  ['string | undefined', { kind: 'union', of: [nothing, text] }],
  ['string[]', array(text)],
  ['readonly string[]', array(text)],
  ['Array<number>', array(number)],
  ['[string, number]', { kind: 'tuple', of: [text, number] }],
  ['[string, ...number[]]', { kind: 'tuple', of: [text], rest: number }],
  ['readonly [a: string]', { kind: 'tuple', of: [text] }],
  ['{ a: string; b?: number }', record(['a', text], ['b', number, true])],
  ['{ readonly a: string }', record(['a', text])],
  ['Record<string, number>', { kind: 'object', fields: [], values: number }],
  ["Record<'a' | 'b', number>", record(['a', number], ['b', number])],
  ['Partial<{ a: string }>', record(['a', text, true])],
  ["Pick<{ a: string; b: number }, 'a'>", record(['a', text])],
  ['{ a: string } & { b: number }', record(['a', text], ['b', number])],
  ['Map<string, number>', { kind: 'map', keys: text, values: number }],
  ['ReadonlyMap<string, number>', { kind: 'map', keys: text, values: number }],
  ['Set<string>', { kind: 'set', of: text }],
  ['ReadonlySet<string>', { kind: 'set', of: text }],
  ['Promise<string>', { kind: 'promise', of: text }],
  ['PromiseLike<string>', { kind: 'promise', of: text }],
  ['Iterable<string>', { kind: 'iterable', of: text, async: false }],
  ['Generator<string>', { kind: 'iterable', of: text, async: false }],
  ['AsyncIterable<string>', { kind: 'iterable', of: text, async: true }],
  ['ArrayLike<string>', { kind: 'iterable', of: text, async: false }],
  ['Date', { kind: 'builtin', name: 'Date' }],
  ['RegExp', { kind: 'builtin', name: 'RegExp' }],
  ['Error', { kind: 'builtin', name: 'Error' }],
  ['Uint8Array', { kind: 'builtin', name: 'Uint8Array' }],
  ['BigInt64Array', { kind: 'builtin', name: 'BigInt64Array' }],
  ['ArrayBuffer', { kind: 'builtin', name: 'ArrayBuffer' }],
  ['WeakMap<object, string>', { kind: 'builtin', name: 'WeakMap' }],
  ['Function', { kind: 'function', signature: { parameters: [], returns: any } }],
  ['() => void', { kind: 'function', signature: { parameters: [], returns: nothing } }],
  [
    '(a: string, b?: number) => boolean',
    {
      kind: 'function',
      signature: {
        parameters: [
          { name: 'a', type: text, optional: false, rest: false },
          { name: 'b', type: { kind: 'union', of: [nothing, number] }, optional: true, rest: false },
        ],
        returns: boolean,
      },
    },
  ],
  [
    '(...all: string[]) => Promise<number>',
    {
      kind: 'function',
      signature: {
        parameters: [{ name: 'all', type: array(text), optional: false, rest: true }],
        returns: { kind: 'promise', of: number },
      },
    },
  ],
  ['`v$' + '{number}.x`', { kind: 'pattern', parts: ['v', number, '.x'] }],
  ["string & { readonly brand: 'id' }", text],
  ['Box', { kind: 'instance', of: 'Box' }],
  ['Inner', record(['shown', number])],
  [
    'Level',
    {
      kind: 'union',
      of: [
        { kind: 'literal', value: 0, path: ['Level', 'Low'] },
        { kind: 'literal', value: 5, path: ['Level', 'High'] },
      ],
    },
  ],
  ['Level.High', { kind: 'literal', value: 5, path: ['Level', 'High'] }],
  [
    'keyof { a: 1; b: 2 }',
    {
      kind: 'union',
      of: [
        { kind: 'literal', value: 'a' },
        { kind: 'literal', value: 'b' },
      ],
    },
  ],
  ["{ a: string }['a']", text],
  ["Exclude<'a' | 'b', 'a'>", { kind: 'literal', value: 'b' }],
  ['ReturnType<() => string>', text],
  ['Awaited<Promise<number>>', number],
  [`${'{ a: '.repeat(7)}string${' }'.repeat(7)}`, nested(7, text)],
  // Deeper down anything will do.
  [`${'{ a: '.repeat(9)}string${' }'.repeat(9)}`, nested(7, any)],
]

const shapes = `
export class Box { #hidden = 1; private own = 2; protected kept = 3; readonly size = 1; label = 'a'; get twice() { return 2 } set wide(value: number) {} open(): string { return '' } static of(n: number) { return new Box() } }
class Inner { private secret = 1; protected kept = 2; shown = 3 }
export enum Level { Low, High = 5 }
${types.map(([type], index) => `export function t${index}(value: ${type}) {}`).join('\n')}
export abstract class Shape { abstract area(): number; static unit() { return 1 } }
export class Single { private constructor() {} static get() { return new Single() } }
export interface Unseen { a: 1 }
export type AlsoUnseen = string
export const limit = 5
export const table = { parse: (text: string) => text, deep: { trim(text: string) { return text } }, size: 1 }
export const arrow = (a: number) => a
export const made = Object.assign((a: number) => a, { cancel() {} })
export function overloaded(a: string): string
export function overloaded(a: string, b: number): string
export function overloaded(a: string) { return a }
export function generic<T extends string>(a: T, b: T[]) {}
export async function* stream(a: string) { yield a }
export { Single as Renamed }
export { join } from 'node:path'
export * from './other.js'
export default class extends Box {}
declare const hidden: string
`

describe('a module with types', () => {
  let repository: Repository
  let module: ModuleDescription

  beforeAll(() => {
    repository = createRepository({ 'src/shapes.ts': shapes, 'src/other.ts': 'export const far = () => 1' })
    module = readModule(openModule(repository.root, 'src/shapes.ts'), true)
  })

  afterAll(() => repository.remove())

  const exported = (name: string): ExportDescriptor | undefined =>
    module.exports.find((one) => one.name === name)

  it.each(types.map(([type, descriptor], index) => [type, descriptor, index] as const))(
    'describes %s',
    (_type, descriptor, index) => {
      expect(exported(`t${index}`)?.signatures[0]?.parameters[0]?.type).toEqual(descriptor)
    },
  )

  it.each<[string, string, ExportDescriptor['kind']]>([
    ['Box', 'Box', 'class'],
    ['Renamed', 'Renamed', 'class'],
    ['default', 'shapes', 'class'],
    ['Shape', 'Shape', 'class'],
    ['Level', 'Level', 'value'],
    ['limit', 'limit', 'value'],
    ['table', 'table', 'object'],
    ['arrow', 'arrow', 'function'],
    ['made', 'made', 'function'],
    ['stream', 'stream', 'function'],
  ])('knows that %s, called %s, is a %s', (name, label, kind) => {
    expect(exported(name)).toMatchObject({ label, kind })
  })

  it.each(['Unseen', 'AlsoUnseen', 'join', 'far', 'hidden'])(
    'leaves out %s, which is no value of its own',
    (name) => {
      expect(exported(name)).toBeUndefined()
    },
  )

  it.each<[string, readonly string[]]>([
    [
      'Box',
      [
        'property size',
        'property label writable',
        'property twice',
        'property wide writable',
        'method open',
        'static method of',
      ],
    ],
    ['Shape', ['method area', 'static method unit']],
    ['Single', ['static method get']],
    ['table', ['static method parse', 'static method deep.trim']],
    ['made', ['static method cancel']],
    ['arrow', []],
  ])('offers the members of %s', (name, members) => {
    const shown = exported(name)?.members.map((one) =>
      [
        ...(one.static ? ['static'] : []),
        one.kind,
        [...(one.within ?? []), one.name].join('.'),
        ...(one.writable ? ['writable'] : []),
      ].join(' '),
    )
    expect(shown).toEqual(members)
  })

  it.each<[string, number]>([
    ['Box', 1],
    ['Shape', 0],
    ['Single', 0],
    ['overloaded', 2],
    ['arrow', 1],
  ])('knows the signatures of %s: %d', (name, count) => {
    expect(exported(name)?.signatures).toHaveLength(count)
  })

  it('describes a bounded type parameter by its bound', () => {
    expect(exported('generic')?.signatures[0]?.parameters.map(({ type }) => type)).toEqual([
      text,
      array(text),
    ])
  })

  it('describes a result that is streamed', () => {
    expect(exported('stream')?.signatures[0]?.returns).toEqual({ kind: 'iterable', of: text, async: true })
  })
})

/** A use of the parameter `a`, and what is guessed from it. */
const uses: readonly (readonly [string, readonly Descriptor[]])[] = [
  ['a.trim()', [text]],
  ['a.toUpperCase()', [text]],
  ['a.push(1)', [array(any)]],
  ['a.map((x) => x)', [array(any)]],
  ['a.toFixed(2)', [number]],
  ['a.getTime()', [{ kind: 'builtin', name: 'Date' }]],
  ['a.length', [text, array(any)]],
  ['a.slice(1)', [text, array(any)]],
  ['a()', [{ kind: 'function', signature: { parameters: [], returns: any } }]],
  ['for (const one of a) {}', [array(any)]],
  ["typeof a === 'string'", [text]],
  ["'number' === typeof a", [number]],
  ["typeof a === 'function'", [{ kind: 'function', signature: { parameters: [], returns: any } }]],
  ["typeof a === 'boolean'", [{ kind: 'primitive', of: 'boolean' }]],
  ["typeof a === 'object'", [record()]],
  ['a instanceof Map', [{ kind: 'map', keys: any, values: any }]],
  ['a instanceof Date', [{ kind: 'builtin', name: 'Date' }]],
  ['a instanceof Array', [array(any)]],
  ["a === 'open'", [{ kind: 'literal', value: 'open' }]],
  ['a === 5', [number]],
  ['a > b', [number]],
  ['a * 2', [number]],
  ['-a', [number]],
  ['`$' + '{a}`', [text]],
  ['a.name', [record(['name', any, true])]],
  [
    'a.name; a.run()',
    [
      record(
        ['name', any, true],
        ['run', { kind: 'function', signature: { parameters: [], returns: any } }, true],
      ),
    ],
  ],
  ['helper(a)', [text]],
  ['new Helper(a)', [number]],
  ['!a', []],
  ['return a', []],
]

const legacy = `'use strict'
function helper(x) { return x.trim() }
class Helper { constructor(x) { this.x = x.toFixed(1) } }
${uses.map(([use], index) => `function u${index}(a, b) { ${use} }`).join('\n')}
module.exports = { ${uses.map((_, index) => `u${index}`).join(', ')} }
`

describe('a module without types', () => {
  let repository: Repository
  let module: ModuleDescription

  beforeAll(() => {
    repository = createRepository({ 'src/legacy.cjs': legacy })
    module = readModule(openModule(repository.root, 'src/legacy.cjs'), true)
  })

  afterAll(() => repository.remove())

  it.each(uses.map(([use, descriptors], index) => [use, descriptors, index] as const))(
    'is guessed by its use: %s',
    (_use, descriptors, index) => {
      const type = module.exports.find(({ name }) => name === `u${index}`)?.signatures[0]?.parameters[0]?.type
      // What the code does not test for must be tried, too.
      expect(type).toEqual(descriptors.length === 0 ? any : { kind: 'union', of: [...descriptors, any] })
    },
  )
})

describe('where a module is', () => {
  let repository: Repository
  const files = {
    'src/[slug].ts': 'export default function (a: string) { return a }',
    'src/(shop)/cart+1.ts': 'export const add = (a: number) => a + 1',
    'src/$id.ts': 'export const id = (a: number) => a',
    'src/index.ts': 'export default (a: number) => a',
    'src/to-upper-case.ts': 'export default (a: string) => a.toUpperCase()',
    'src/1st.ts': 'export default (a: string) => a',
    'src/named.ts': 'export default function ownName(a: string) { return a }',
    'src/slug.cjs': 'module.exports = function slugify(a) { return a.trim() }',
    'src/user.ts':
      "import { Store } from './store.js'\nimport { Hidden } from './hidden.js'\nexport const use = (store: Store, hidden: Hidden) => store",
    'src/store.ts': 'export class Store { constructor(readonly size: number) {} }',
    'src/hidden.ts': 'class Hidden { private constructor() {} }\nexport type { Hidden }',
  }

  beforeAll(() => {
    repository = createRepository(files)
  })

  afterAll(() => repository.remove())

  it.each<[string, readonly string[]]>([
    ['src/[slug].ts', ['default called slug']],
    ['src/(shop)/cart+1.ts', ['add called add']],
    ['src/$id.ts', ['id called id']],
    ['src/index.ts', ['default called fixture']],
    ['src/to-upper-case.ts', ['default called toUpperCase']],
    ['src/1st.ts', ['default called default']],
    ['src/named.ts', ['default called ownName']],
    ['src/slug.cjs', ['module.exports called slugify']],
  ])('gives a default export its name: %s', (file, names) => {
    const { exports } = readModule(openModule(repository.root, file), true)
    expect(exports.map(({ name, label }) => `${name} called ${label}`)).toEqual(names)
  })

  it.each<[string, Readonly<Record<string, string>>, string]>([
    ['the package, of an index beside the manifest', { 'package.json': '{"name":"mini-mist"}' }, 'miniMist'],
    ['the package without its scope', { 'package.json': '{"name":"@a/mini.mist"}' }, 'miniMist'],
    ['nothing, in a package without a name', { 'package.json': '{}' }, 'default'],
    ['nothing, beside a manifest that cannot be read', { 'package.json': '{"name"' }, 'default'],
    ['nothing, in a package with a strange name', { 'package.json': '{"name":5}' }, 'default'],
  ])('calls an index after %s', (_, more, name) => {
    const at = (folder: string, file: string) => {
      const files = Object.entries(more).map(([path, text]) => [`${folder}${path}`, text])
      const made = createRepository({ ...Object.fromEntries(files), [file]: 'export default (a) => a' })
      const { exports } = readModule(openModule(made.root, file), true)
      made.remove()
      return exports.map(({ label }) => label)
    }
    expect(at('', 'index.js')).toEqual([name])
    expect(at('', 'src/index.js')).toEqual([name])
    expect(at('packages/one/', 'packages/one/lib/index.js')).toEqual([name])
    expect(at('', 'src/my-part/index.js')).toEqual(['myPart'])
  })

  it('finds the classes of other modules that tests can make', () => {
    const open = openModule(repository.root, 'src/user.ts')
    const { importedClasses, exports } = readModule(open, true)
    expect(
      importedClasses.map(({ label, name, signatures }) => [label, name, signatures[0]?.parameters[0]?.type]),
    ).toEqual([['Store', 'Store', number]])
    expect(exports[0]?.signatures[0]?.parameters[0]?.type).toEqual({
      kind: 'instance',
      of: importedClasses[0]?.key,
    })
    expect(readModule(open, false).importedClasses).toEqual([])
    expect(reachedFiles(open).map(({ fileName }) => fileName.replace(repository.root, ''))).toEqual([
      '/src/user.ts',
      '/src/store.ts',
      '/src/hidden.ts',
    ])
    expect(isEcmaScript(open)).toBe(true)
  })

  it('says which module is missing', () => {
    expect(() => openModule(repository.root, 'src/nowhere.ts')).toThrow('src/nowhere.ts')
  })
})

describe('literals', () => {
  const literalsOf = (source: string) =>
    readLiterals(ts.createSourceFile('a.ts', source, ts.ScriptTarget.ESNext, true))

  it.each<[string, Partial<ReturnType<typeof literalsOf>>]>([
    ['f(\'a\'); g("b"); h(`c`)', { strings: ['a', 'b', 'c'] }],
    ['f(`head $' + '{x} middle $' + '{y} tail`)', { strings: ['head ', ' middle ', ' tail'] }],
    ["import a from 'left-out'; export * from 'left-out'", { strings: [] }],
    ["type A = 'left out'; let x: 'left out'", { strings: [] }],
    [`f('', '${'x'.repeat(61)}')`, { strings: [] }],
    ["f('a', 'a')", { strings: ['a'] }],
    ['f(1, 0x10, 1_000, 1.5, 1)', { numbers: [1, 16, 1000, 1.5] }],
    [
      'f(/a\\/b/gi, /c/)',
      {
        regexes: [
          { source: 'a\\/b', flags: 'gi' },
          { source: 'c', flags: '' },
        ],
      },
    ],
    ['f({ key: 1 }); a.member; a["text"]', { keys: ['key', 'member'], strings: ['text'] }],
  ])('of %s', (source, expected) => {
    expect(literalsOf(source)).toMatchObject(expected)
  })
})

describe('examples', () => {
  let repository: Repository

  beforeAll(() => {
    repository = createRepository({
      'README.md': "Use `slug('Hello World')` or slug(\"it\\'s\").\nProse with 'quotes' of no use.\n",
      'test/slug.test.ts': "expect(slug('from a test')).toBe('from-a-test')\nother('not this')\n",
      'test/other.test.ts': "slug('of another test')\n",
      'test/slug.canopy.test.ts': "slug('of our own test')\n",
      'src/slug.ts': '',
    })
  })

  afterAll(() => repository.remove())

  const examples = (source: string, names: readonly string[]) =>
    readExamples(repository.root, `${repository.root}/src/slug.ts`, source, names)

  it('are the texts of lines that call an export, in the README and in tests named for the module', () => {
    expect(examples('', ['slug'])).toEqual(["slug('Hello World')", "it's", 'from a test', 'from-a-test'])
  })

  it('are the texts of comments', () => {
    expect(examples("/** `a-b` and 'c' */\n// \"d\\n\"\nconst e = 'not this'\n", ['unheard'])).toEqual([
      'a-b',
      'c',
      'd\n',
    ])
  })

  it('are of comments only when nothing can be called by name', () => {
    expect(examples("/** 'x' */", ['default', 'f'])).toEqual(['x'])
  })
})
