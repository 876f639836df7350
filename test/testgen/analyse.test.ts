// Analyse: what a module's text says about its exports.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { analyse } from '../../testgen/analyse.ts'
import type { Descriptor, ModuleDescription } from '../../testgen/descriptors.ts'
import { createRepository, type Repository } from './repository.ts'

const source = `
export type Tree = { value: number; children: Tree[] }
export class Box<T> {
  private hidden = 1
  readonly size: number = 0
  label = 'a'
  constructor(public value: T) {}
  open(): T { return this.value }
  static of(text: string): Box<string> { return new Box(text) }
}
abstract class Shape { abstract area(): number }
export { Shape }
export const inputs = (
  _union: 'a' | 'b' | 3, _tuple: [string, number?], _map: Map<string, Set<Date>>, _tree: Tree, _box: Box<string>,
  _callback: (text: string) => Promise<boolean>, _pattern: \`#\${string}\`, _bytes: Uint8Array, _branded: string & { brand: 1 },
  _items: Iterable<number>, _options: { name?: string; [key: string]: unknown }, ..._rest: boolean[]
) => undefined
export function bounded<T extends { id: number }>(item: T, optional = 'x'): T { return optional ? item : item }
export function untyped(value) {
  if (typeof value === 'string') return value.trim().split('::')
  if (value.kind === 'special') return value.items.map((item) => item)
  return value instanceof Date ? /^a+$/.test('x') : null
}
export default function () { return 'nameless' }
export { join } from 'node:path'
`

describe('analyse', () => {
  let repository: Repository
  let analysis: ModuleDescription

  beforeAll(() => {
    repository = createRepository({ 'src/module.ts': source })
    analysis = analyse(repository.root, 'src/module.ts', 'vitest').analysis
  })

  afterAll(() => repository.remove())

  const exported = (name: string) => analysis.exports.find((one) => one.name === name)
  const parameter = (name: string, index: number) => exported(name)?.signatures[0]?.parameters[index]
  const text: Descriptor = { kind: 'primitive', of: 'string' }

  it('tells its own exports from those it passes on', () => {
    expect(analysis.exports.map(({ name, kind }) => `${kind} ${name}`).sort()).toEqual([
      'class Box',
      'class Shape',
      'function bounded',
      'function default',
      'function inputs',
      'function untyped',
    ])
  })

  it.each<[number, object]>([
    [0, { kind: 'union' }],
    [1, { kind: 'tuple', of: [text, expect.anything()] }],
    [2, { kind: 'map', keys: text, values: { kind: 'set', of: { kind: 'builtin', name: 'Date' } } }],
    [
      3,
      {
        kind: 'object',
        fields: [{ name: 'value' }, { name: 'children', type: { kind: 'array', of: { kind: 'named' } } }],
      },
    ],
    [4, { kind: 'instance', of: 'Box' }],
    [
      5,
      {
        kind: 'function',
        signature: {
          parameters: [{ name: 'text', type: text }],
          returns: { kind: 'promise', of: { kind: 'primitive', of: 'boolean' } },
        },
      },
    ],
    [6, { kind: 'pattern', parts: ['#', text, ''] }],
    [7, { kind: 'builtin', name: 'Uint8Array' }],
    [8, text],
    [9, { kind: 'iterable', of: { kind: 'primitive', of: 'number' }, async: false }],
    [10, { kind: 'object', values: { kind: 'any' } }],
  ])('describes parameter %i', (index, expected) => {
    expect(parameter('inputs', index)?.type).toMatchObject(expected)
  })

  it('sees rest, optional and bounded parameters', () => {
    expect(parameter('inputs', 11)).toMatchObject({
      rest: true,
      type: { kind: 'array', of: { kind: 'primitive', of: 'boolean' } },
    })
    expect(parameter('bounded', 0)?.type).toMatchObject({
      kind: 'object',
      fields: [{ name: 'id', type: { kind: 'primitive', of: 'number' } }],
    })
    expect(parameter('bounded', 1)).toMatchObject({ optional: true, type: text })
  })

  it('offers what is public of a class, and no constructor of an abstract one', () => {
    expect(exported('Box')?.members.map(({ name }) => name)).toEqual(['size', 'label', 'value', 'open', 'of'])
    expect(exported('Box')?.members.find(({ name }) => name === 'size')).toMatchObject({
      kind: 'property',
      writable: false,
    })
    expect(exported('Shape')?.signatures).toEqual([])
  })

  it('guesses what an untyped parameter takes from its use', () => {
    const type = parameter('untyped', 0)?.type
    const kinds = type?.kind === 'union' ? type.of : []
    expect(kinds).toContainEqual(text)
    expect(kinds).toContainEqual({ kind: 'builtin', name: 'Date' })
    expect(kinds).toContainEqual(
      expect.objectContaining({
        kind: 'object',
        fields: expect.arrayContaining([expect.objectContaining({ name: 'kind' })]),
      }),
    )
  })

  it('collects literals', () => {
    expect(analysis.literals.strings).toContain('::')
    expect(analysis.literals.regexes).toEqual([{ source: '^a+$', flags: '' }])
  })
})
