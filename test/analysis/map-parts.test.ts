// The parts of a repository map: signatures, references, resolving imports, ranking, drawing, caches.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { draw, tokensOf } from '../../analysis/map/draw.ts'
import { type Definition, type Graph, graphOf } from '../../analysis/map/graph.ts'
import { keptGraphs } from '../../analysis/map/kept-graphs.ts'
import { LastUsed } from '../../analysis/map/last-used.ts'
import { type Mentions, rank } from '../../analysis/map/rank.ts'
import { isSource, readSources, type Sources } from '../../analysis/map/sources.ts'

/** Sources without a disk; `./a` leads to `a.ts`. */
function sourcesOf(files: Readonly<Record<string, string>>): Sources {
  const texts = new Map(Object.entries(files))
  return {
    texts,
    unread: 0,
    resolve: (specifier) =>
      [...texts.keys()].find((path) => path.replace(/\.\w+$/, '') === specifier.replace('./', '')),
  }
}

describe('a signature', () => {
  const signatures = (text: string, path = 'a.ts') =>
    graphOf(sourcesOf({ [path]: text })).definitions.map(({ signature }) => signature)

  it.each([
    [
      'export function f<T extends string>(a: T, ...b: number[]): Promise<T> { return a }',
      'function f<T extends string>(a: T, ...b: number[]): Promise<T>',
    ],
    [
      'export async function* f(): AsyncGenerator<number> { yield 1 }',
      'async function* f(): AsyncGenerator<number>',
    ],
    ['export default function f() {}', 'function f()'],
    [
      'export default class A extends B implements C { a = 1; #b = 2; private c() {} static d() {} get e() { return 1 } }',
      'class A extends B implements C { a, d, e }',
    ],
    ['@dec() @other export class A { a() {} }', 'class A { a }'],
    ['@dec({ a: 1 })\nexport default abstract class A { a() {} }', 'abstract class A { a }'],
    ['export @dec("@b") class A { a() {} }', 'class A { a }'],
    [
      'export interface A<T> extends B { a: T; b(): void; (c: number): void }',
      'interface A<T> extends B { a, b }',
    ],
    ['export enum A { B = 1, C }', 'enum A { B, C }'],
    ['export type A = { a: 1 } | string;', 'type A = { a: 1 } | string'],
    ['export const a: Map<string, number> = new Map()', 'const a: Map<string, number>'],
    [
      'export const a = async (b: number): Promise<void> => { await b }',
      'const a = async (b: number): Promise<void>',
    ],
    ['export const a = function (b) { return b }', 'const a = function (b)'],
    ['const a = { b: 1 }', 'const a'],
    ['let a', 'const a'],
    ['declare module "x" {}', ''],
    ['export const { a, b } = c', ''],
    ['function f(\n  a: number,\n  b: string,\n): void {}', 'function f( a: number, b: string, ): void'],
  ])('of %s', (text, signature) => {
    expect(signatures(text)).toEqual(signature === '' ? [] : [signature])
  })

  it('has at most 140 characters and names at most 12 members', () => {
    const [long = ''] = signatures(`export function f(${'argument: number, '.repeat(30)}) {}`)
    expect(long).toHaveLength(140)
    expect(long.endsWith('…')).toBe(true)
    const members = Array.from({ length: 15 }, (_, at) => `a${at}: 1`)
    expect(signatures(`interface A { ${members.join('; ')} }`)[0]).toMatch(/a11, … 3 more \}$/)
  })

  it('of JSX and of a file with a mistake is read as far as it goes', () => {
    expect(signatures('export const A = ({ b }: { b: string }) => <p>{b}</p>', 'a.tsx')).toEqual([
      'const A = ({ b }: { b: string })',
    ])
    expect(signatures('export const = 1\nexport const a = 2')).toContain('const a')
  })
})

describe('a reference', () => {
  const DEFINED = 'export const one = 1\nexport const two = 2\nexport default function main() {}\n'
  it.each([
    ['a name, as often as it is used', "import { one } from './def'\none + one", [['def.ts', 'one', 2]]],
    ['a name by another name', "import { one as uno } from './def'\nuno", [['def.ts', 'one', 1]]],
    ['a default export', "import start from './def'\nstart()", [['def.ts', 'main', 1]]],
    [
      'members of a namespace',
      "import * as all from './def'\nall.one; all.one; all.two",
      [
        ['def.ts', 'one', 2],
        ['def.ts', 'two', 1],
      ],
    ],
    ['a file for its effects', "import './def'", [['def.ts', '', 1]]],
    ['a type', "import type { one } from './def'\nlet a: typeof one", [['def.ts', 'one', 1]]],
    ['names of require', "const { one } = require('./def')\none", [['def.ts', '', 2]]],
    ['an object of require', "const all = require('./def')\nall.two()", [['def.ts', 'two', 1]]],
    [
      'an import inside a function',
      "async function f() { const all = await import('./def'); all.one }",
      [['def.ts', '', 1]],
    ],
    ['a name that another file passes on', "import { one } from './pass'\none", [['def.ts', 'one', 1]]],
    [
      'a name that another file passes on by another name',
      "import { uno } from './pass'\nuno",
      [['def.ts', 'one', 1]],
    ],
    ['nothing outside', "import { x } from 'package'\nimport { y } from './none'\nx + y", []],
    ['nothing that is only alike', 'const one = 1\none', []],
  ])('leads to %s', (_what, text, expected) => {
    const pass = "export { one, one as uno } from './def'\n"
    const { references } = graphOf(sourcesOf({ 'def.ts': DEFINED, 'pass.ts': pass, 'use.ts': text }))
    const found = references
      .filter(({ from }) => from === 'use.ts')
      .map(({ to, name, count }) => [to, name, count])
    expect(found.sort()).toEqual(expected)
  })

  it('in a circle ends', () => {
    const circle = graphOf(
      sourcesOf({
        'a.ts': "export * from './b'\nexport { x } from './b'",
        'b.ts': "export * from './a'\nexport { x } from './a'",
      }),
    )
    expect(circle.definitions).toEqual([])
  })
})

let root: string
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'canopy-map-parts-'))
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

function write(files: Readonly<Record<string, string>>): string[] {
  const name = mkdtempSync(join(root, 'case-'))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(name, path)), { recursive: true })
    writeFileSync(join(name, path), text)
  }
  return [name, ...Object.keys(files)]
}

describe('sources', () => {
  it.each([
    ['src/a.ts', true],
    ['a.mjs', true],
    ['a.cts', true],
    ['a.tsx', true],
    ['a.d.ts', false],
    ['dist/a.js', false],
    ['packages/b/build/a.js', false],
    ['distance/a.js', true],
    ['a.min.js', false],
    ['a.json', false],
    ['a.py', true],
    ['.venv/lib/a.py', false],
    ['a_pb2.py', false],
    ['a.rs', false],
  ])('%s: %s', (path, expected) => {
    expect(isSource(path)).toBe(expected)
  })

  const TREE = {
    'tsconfig.json':
      '{ // comments are allowed\n "compilerOptions": { "baseUrl": "src", "paths": { "~/*": ["app/*", "lib/*"], "#cart": ["lib/cart.ts"], "bad": 3 } }, }',
    'package.json': '{ "name": "shop" }',
    'src/app/a.ts': '',
    'src/lib/b.tsx': '',
    'src/lib/cart.ts': '',
    'src/lib/index.ts': '',
    'src/index.js': '',
    'packages/tax/package.json': '{ "name": "@shop/tax" }',
    'packages/tax/src/index.ts': '',
    'packages/tax/src/rate.ts': '',
    'packages/old/package.json': '{ broken',
  }
  it.each([
    ['./a', 'src/app/b.ts', 'src/app/a.ts'],
    ['./a.js', 'src/app/b.ts', 'src/app/a.ts'],
    ['./a.ts', 'src/app/b.ts', 'src/app/a.ts'],
    ['../lib/b.jsx', 'src/app/a.ts', 'src/lib/b.tsx'],
    ['../lib', 'src/app/a.ts', 'src/lib/index.ts'],
    ['../lib/', 'src/app/a.ts', 'src/lib/index.ts'],
    ['..', 'src/app/a.ts', 'src/index.js'],
    ['~/a', 'other.ts', 'src/app/a.ts'],
    ['~/b', 'other.ts', 'src/lib/b.tsx'],
    ['#cart', 'other.ts', 'src/lib/cart.ts'],
    ['@shop/tax', 'src/app/a.ts', 'packages/tax/src/index.ts'],
    ['@shop/tax/rate', 'src/app/a.ts', 'packages/tax/src/rate.ts'],
    ['shop', 'src/app/a.ts', 'src/index.js'],
    ['@shop/none', 'src/app/a.ts', undefined],
    ['../../../../../etc/passwd', 'src/app/a.ts', undefined],
    ['bad', 'src/app/a.ts', undefined],
    ['', 'src/app/a.ts', undefined],
  ])('lead %s of %s to %s', (specifier, from, to) => {
    const [folder = '', ...files] = write(TREE)
    expect(readSources(folder, files).resolve(specifier, from)).toBe(to)
  })

  it('are read up to a number of files and bytes, and the others counted', () => {
    const [folder = '', ...files] = write({
      'a.ts': 'a'.repeat(10),
      'b.ts': 'b'.repeat(10),
      'c.ts': 'c'.repeat(100),
    })
    const read = (limits: { files: number; bytes: number; bytesOfOne: number }) => {
      const { texts, unread } = readSources(folder, files, limits)
      return [[...texts.keys()].join(), unread]
    }
    expect(read({ files: 3, bytes: 1000, bytesOfOne: 1000 })).toEqual(['a.ts,b.ts,c.ts', 0])
    expect(read({ files: 1, bytes: 1000, bytesOfOne: 1000 })).toEqual(['a.ts', 2])
    expect(read({ files: 3, bytes: 15, bytesOfOne: 1000 })).toEqual(['a.ts,b.ts', 1])
    expect(read({ files: 3, bytes: 1000, bytesOfOne: 50 })).toEqual(['a.ts,b.ts', 1])
  })
})

const names = fc.constantFrom('a', 'b', 'addMoney', '_private', 'total_sum', 'f')
const paths = ['a.ts', 'b.ts', 'src/c.ts', 'src/d.ts']
const path = fc.constantFrom(...paths)
const graph: fc.Arbitrary<Graph> = fc.record({
  definitions: fc.uniqueArray(
    fc
      .record({ path, name: names, exported: fc.boolean() })
      .map((one): Definition => ({ ...one, signature: `const ${one.name}` })),
    { selector: ({ path: at, name }) => `${at} ${name}`, maxLength: 12 },
  ),
  references: fc.uniqueArray(
    fc.record({ from: path, to: path, name: names, count: fc.integer({ min: 1, max: 50 }) }),
    {
      selector: ({ from, to, name }) => `${from} ${to} ${name}`,
      maxLength: 15,
    },
  ),
})
const NOBODY: Mentions = { files: new Set(), names: new Set() }

describe('a ranking', () => {
  it('does not depend on the order of its parts, and its ranks are shares of one', () => {
    fc.assert(
      fc.property(graph, (given) => {
        const ranked = rank(given, paths, NOBODY)
        const turned = rank(
          { definitions: given.definitions.toReversed(), references: given.references.toReversed() },
          paths,
          NOBODY,
        )
        expect(turned.definitions).toEqual(ranked.definitions)
        expect([...ranked.definitions].sort(byPlace)).toEqual([...given.definitions].sort(byPlace))
        const sum = [...ranked.files.values()].reduce((total, share) => total + share, 0)
        expect(sum).toBeCloseTo(1, 4)
      }),
    )
  })

  it('puts what more files use before what fewer use, and what is used before what is not', () => {
    const used = (name: string, at: string): Definition => ({
      path: at,
      name,
      signature: name,
      exported: true,
    })
    const { definitions } = rank(
      {
        definitions: [used('none', 'a.ts'), used('once', 'b.ts'), used('often', 'src/c.ts')],
        references: [
          { from: 'src/d.ts', to: 'src/c.ts', name: 'often', count: 9 },
          { from: 'b.ts', to: 'src/c.ts', name: 'often', count: 9 },
          { from: 'src/d.ts', to: 'b.ts', name: 'once', count: 1 },
        ],
      },
      paths,
      NOBODY,
    )
    expect(definitions.map(({ name }) => name)).toEqual(['often', 'once', 'none'])
  })

  it('counts the second definition of a file a quarter, so that other files get a place', () => {
    const at = (path: string, name: string): Definition => ({ path, name, signature: name, exported: true })
    const use = (to: string, name: string, count: number) => ({ from: 'src/d.ts', to, name, count })
    const { definitions } = rank(
      {
        definitions: [at('a.ts', 'one'), at('a.ts', 'two'), at('b.ts', 'three')],
        references: [use('a.ts', 'one', 100), use('a.ts', 'two', 81), use('b.ts', 'three', 9)],
      },
      paths,
      NOBODY,
    )
    expect(definitions.map(({ name }) => name)).toEqual(['one', 'three', 'two'])
  })

  it('puts mentioned definitions before all others that nobody uses', () => {
    fc.assert(
      fc.property(graph, fc.constantFrom('addMoney', 'total_sum'), ({ definitions }, name) => {
        const mentions = { files: new Set<string>(), names: new Set([name]) }
        const order = rank({ definitions, references: [] }, paths, mentions).definitions.map(
          (one) => one.name,
        )
        const count = definitions.filter((one) => one.name === name).length
        expect(order.slice(0, count).every((each) => each === name)).toBe(true)
      }),
    )
  })
})

function byPlace(a: Definition, b: Definition): number {
  return `${a.path} ${a.name}` < `${b.path} ${b.name}` ? -1 : 1
}

describe('a drawing', () => {
  const drawn = fc.record({
    definitions: fc.array(
      fc.record({
        path: fc.constantFrom(...paths),
        name: names,
        signature: fc.string({ maxLength: 60 }),
        exported: fc.boolean(),
      }),
    ),
    files: fc.uniqueArray(
      fc.string({ minLength: 1, maxLength: 20 }).map((text) => text.replaceAll('\n', '')),
      { maxLength: 30 },
    ),
    unread: fc.nat(3),
    budgetTokens: fc.nat(200),
  })

  it('never exceeds its budget', () => {
    fc.assert(
      fc.property(drawn, (given) => {
        const text = draw({ ...given, files: [...given.files, ...paths] })
        expect(tokensOf(text)).toBeLessThanOrEqual(given.budgetTokens)
      }),
      { numRuns: 300 },
    )
  })

  it.each([
    [0, ''],
    [9, ''],
    [13, '[2 of 2 files are not named here]'],
    [100, 'src/a.ts\n  const a\n./ README.md'],
  ])('with %i tokens is %j', (budgetTokens, text) => {
    const definitions = [{ path: 'src/a.ts', name: 'a', signature: 'const a', exported: true }]
    expect(draw({ definitions, files: ['src/a.ts', 'README.md'], unread: 0, budgetTokens })).toBe(text)
  })
})

describe('a cache', () => {
  it('keeps those that were used last', () => {
    const kept = new LastUsed<number>(2)
    kept.keep('a', 1)
    kept.keep('b', 2)
    kept.keep('a', 3)
    kept.keep('c', 4)
    expect([kept.get('a'), kept.get('b'), kept.get('c')]).toEqual([3, undefined, 4])
    kept.get('a')
    kept.keep('d', 5)
    expect([kept.get('a'), kept.get('c'), kept.get('d')]).toEqual([undefined, 4, 5])
  })

  it('of graphs reads a tree once, and one that was not read whole each time', () => {
    const ground = keptGraphs(2)
    let reads = 0
    const read =
      (unread = 0) =>
      () => {
        reads += 1
        return { ...sourcesOf({ 'b.ts': 'export const b = 1', 'a.ts': '' }), unread }
      }
    expect(ground('one', read()).paths).toEqual(['a.ts', 'b.ts'])
    expect(ground('one', read())).toBe(ground('one', read()))
    expect(reads).toBe(1)
    ground(undefined, read())
    ground(undefined, read())
    expect(reads).toBe(3)
    ground('large', read(1))
    ground('large', read(1))
    expect(reads).toBe(5)
    ground('two', read())
    ground('three', read())
    ground('one', read())
    expect(reads).toBe(8)
  })
})
