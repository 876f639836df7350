// Arbitrary
//
// Owns:   any expression and any descriptor, for laws about them.

import fc from 'fast-check'
import type { Descriptor, Field, PrimitiveName } from '../../testgen/descriptors.ts'
import { type Behaviour, constant, type Expression, type Primitive } from '../../testgen/expression.ts'

export const primitive: fc.Arbitrary<Primitive> = fc.oneof(
  fc.string({ maxLength: 8 }),
  fc.constantFrom('', 'it', "'", '"', '\\', '\n', '__proto__', 'constructor', '日本', '😀'),
  fc.integer({ min: -300, max: 300 }),
  fc.double(),
  fc.bigInt({ min: -999n, max: 999n }),
  fc.boolean(),
  fc.constantFrom(-0, Number.NaN, Number.POSITIVE_INFINITY, null, undefined),
)

const key = fc.oneof(fc.constantFrom('a', 'b', 'c', 'b-c', ''), fc.string({ maxLength: 5 }))

/** Expressions whose values can be compared; no callbacks, no exports. */
export const { plain } = fc.letrec<{ plain: Expression }>((tie) => {
  const some = fc.array(tie('plain'), { maxLength: 3 })
  return {
    plain: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      primitive.map(constant),
      fc.record({ kind: fc.constant('array' as const), items: some }),
      fc.record({ kind: fc.constant('set' as const), items: some }),
      fc
        .uniqueArray(fc.tuple(key, tie('plain')), { maxLength: 3, selector: ([name]) => name })
        .map((fields): Expression => ({ kind: 'object', fields })),
      fc.record({
        kind: fc.constant('map' as const),
        entries: fc.array(fc.tuple(tie('plain'), tie('plain')), { maxLength: 3 }),
      }),
      fc.integer({ min: -1e12, max: 1e12 }).map((time): Expression => ({ kind: 'date', time })),
      fc
        .constantFrom('a', '[bc]+', '\\d', '\\/x', '(?:)')
        .map((source): Expression => ({ kind: 'regexp', source, flags: 'g' })),
      key.map((description): Expression => ({ kind: 'symbol', description })),
    ) as fc.Arbitrary<Expression>,
  }
})

const behaviour: fc.Arbitrary<Behaviour> = fc.oneof(
  fc.record({ kind: fc.constant('returns' as const), value: plain, async: fc.boolean() }),
  fc.record({ kind: fc.constant('argument' as const), index: fc.nat({ max: 1 }) }),
  fc.record({
    kind: fc.constant('throws' as const),
    message: fc.constantFrom('boom', "it's"),
    async: fc.boolean(),
    bare: fc.boolean(),
  }),
  fc.constantFrom<Behaviour>({ kind: 'compares' }, { kind: 'adds' }, { kind: 'negates' }, { kind: 'texts' }),
  fc.record({ kind: fc.constant('exceeds' as const), limit: fc.integer() }),
  fc.record({ kind: fc.constant('equals' as const), value: plain }),
  fc.record({
    kind: fc.constant('invokes' as const),
    index: fc.nat({ max: 1 }),
    of: fc.array(plain, { maxLength: 2 }),
    async: fc.boolean(),
  }),
  fc.record({ kind: fc.constant('field' as const), name: key }),
)

/** All kinds of expressions. */
export const anyExpression: fc.Arbitrary<Expression> = fc.oneof(
  { weight: 3, arbitrary: plain },
  { weight: 1, arbitrary: behaviour.map((does): Expression => ({ kind: 'function', does })) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('promise' as const), of: plain, rejected: fc.boolean() }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom('create' as const, 'call' as const),
      path: fc.constantFrom(['Box'], ['tools', 'make']),
      of: fc.array(plain, { maxLength: 2 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('builtin' as const),
      name: fc.constantFrom('Error', 'Uint8Array', 'URLSearchParams'),
      of: fc.constant([]),
    }),
  },
)

const primitiveNames: readonly PrimitiveName[] = [
  'string',
  'number',
  'boolean',
  'bigint',
  'symbol',
  'undefined',
  'null',
]

/** Descriptors that are no deeper than a generator goes; `Box` is a class, `list` a recursive type. */
export const { descriptor } = fc.letrec<{ descriptor: Descriptor }>((tie) => {
  const of = tie('descriptor')
  const field: fc.Arbitrary<Field> = fc.record({
    name: fc.constantFrom('a', 'b', 'c', 'id'),
    type: of,
    optional: fc.boolean(),
  })
  const signature = fc.record({
    parameters: fc.constant([]),
    returns: of,
  })
  return {
    descriptor: fc.oneof(
      { maxDepth: 2, withCrossShrink: true },
      fc.constantFrom(...primitiveNames).map((name): Descriptor => ({ kind: 'primitive', of: name })),
      fc.constantFrom('x', 1, true, false, '').map((value): Descriptor => ({ kind: 'literal', value })),
      fc.constantFrom<Descriptor>(
        { kind: 'any' },
        { kind: 'literal', value: 1, path: ['Size', 'Large'] },
        { kind: 'pattern', parts: ['#', { kind: 'primitive', of: 'string' }] },
        { kind: 'instance', of: 'Box' },
        { kind: 'named', name: 'list' },
        ...['Date', 'RegExp', 'Error', 'URL', 'Uint8Array', 'WeakMap', 'AbortController'].map(
          (name): Descriptor => ({ kind: 'builtin', name }),
        ),
      ),
      fc
        .array(of, { minLength: 1, maxLength: 3 })
        .map((members): Descriptor => ({ kind: 'union', of: members })),
      fc.record({ kind: fc.constant('array' as const), of }),
      fc.record({ kind: fc.constant('set' as const), of }),
      fc.record({ kind: fc.constant('iterable' as const), of, async: fc.constant(false) }),
      fc.record({ kind: fc.constant('map' as const), keys: of, values: of }),
      fc.record({ kind: fc.constant('promise' as const), of }),
      fc.record({ kind: fc.constant('tuple' as const), of: fc.array(of, { maxLength: 3 }) }),
      fc
        .tuple(fc.array(of, { maxLength: 2 }), of)
        .map(([items, rest]): Descriptor => ({ kind: 'tuple', of: items, rest })),
      fc
        .uniqueArray(field, { maxLength: 3, selector: ({ name }) => name })
        .map((fields): Descriptor => ({ kind: 'object', fields })),
      of.map((values): Descriptor => ({ kind: 'object', fields: [], values })),
      signature.map((called): Descriptor => ({ kind: 'function', signature: called })),
    ) as fc.Arbitrary<Descriptor>,
  }
})

/** What the descriptor `{ kind: 'named', name: 'list' }` refers to. */
export const named: Readonly<Record<string, Descriptor>> = {
  list: {
    kind: 'object',
    fields: [
      { name: 'value', type: { kind: 'primitive', of: 'number' }, optional: false },
      { name: 'next', type: { kind: 'named', name: 'list' }, optional: true },
    ],
  },
}
