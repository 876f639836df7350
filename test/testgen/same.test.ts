// Same: a case is kept when it showed the same again, to the last bit of what its test will assert.

import { deserialize, serialize } from 'node:v8'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { constant, type Expression } from '../../testgen/expression.ts'
import type { CaseOutcome, Observation, Thrown } from '../../testgen/outcome.ts'
import { sameObservation } from '../../testgen/same.ts'
import { plain } from './arbitrary.ts'
import { equals, given, noUses, returned } from './in-memory.ts'

const observed = (outcome: CaseOutcome, more: Partial<Observation> = {}): Observation => ({
  outcome,
  uses: noUses,
  awaits: [],
  waits: [],
  ...more,
})
const gives = (value: Expression) => observed(returned(equals(0, value)))
const throws = (thrown: Partial<Thrown>, async = false) =>
  observed({ kind: 'threw', async, thrown: { name: 'Error', native: true, fields: [], ...thrown } })

describe('the same observation', () => {
  it.each<[string, Observation, Observation, boolean]>([
    ['equal numbers', gives(constant(1)), gives(constant(1)), true],
    ['other numbers', gives(constant(1)), gives(constant(2)), false],
    ['NaN', gives(constant(Number.NaN)), gives(constant(Number.NaN)), true],
    ['0 and -0', gives(constant(0)), gives(constant(-0)), false],
    ['a number and its text', gives(constant(1)), gives(constant('1')), false],
    ['null and undefined', gives(constant(null)), gives(constant(undefined)), false],
    ['1 and 1n', gives(constant(1)), gives(constant(1n)), false],
    ['equal objects', gives(given({ a: [1, { b: 2 }] })), gives(given({ a: [1, { b: 2 }] })), true],
    ['fields in another order', gives(given({ a: 1, b: 2 })), gives(given({ b: 2, a: 1 })), false],
    ['a field that is undefined and none', gives(given({ a: undefined })), gives(given({})), false],
    ['another number of readings', gives(constant(1)), observed(returned()), false],
    ['a result and an error', gives(constant(1)), throws({ message: 'x' }), false],
    ['the same error', throws({ message: 'x' }), throws({ message: 'x' }), true],
    ['errors of other words', throws({ message: 'x' }), throws({ message: 'y' }), false],
    ['errors of other classes', throws({ name: 'Error' }), throws({ name: 'TypeError' }), false],
    ['an error thrown and one rejected', throws({}), throws({}, true), false],
    ['words only the second time', throws({}), throws({ message: 'of the runtime' }), true],
    ['words only the first time', throws({ message: 'own' }), throws({}), false],
    [
      'other fields, which are asserted',
      throws({ message: 'x', fields: [['code', constant(1)]] }),
      throws({ message: 'x', fields: [['code', constant(2)]] }),
      false,
    ],
    ['other fields, which are not asserted', throws({}), throws({ fields: [['code', constant(2)]] }), true],
    [
      'other thrown values',
      throws({ name: '', value: constant(1) }),
      throws({ name: '', value: constant(2) }),
      false,
    ],
    [
      'the same reason not to use it',
      observed({ kind: 'unusable', reason: 'exit' }),
      observed({ kind: 'unusable', reason: 'exit' }),
      true,
    ],
    [
      'other reasons not to use it',
      observed({ kind: 'unusable', reason: 'exit' }),
      observed({ kind: 'unusable', reason: 'pending' }),
      false,
    ],
  ])('%s: %#', (_name, first, second, same) => {
    expect(sameObservation(first, second)).toBe(same)
  })

  it('does not look at what the run made use of', () => {
    const first = gives(constant(1))
    expect(sameObservation(first, { ...first, uses: { ...noUses, clock: true }, awaits: [0] })).toBe(true)
  })

  it('does not depend on how V8 keeps a number or a list', () => {
    const half = Number('1.5')
    const holey = new Array<Expression>(1)
    holey[0] = constant(1)
    expect(sameObservation(gives(constant(half + half)), gives(constant(3)))).toBe(true)
    expect(
      sameObservation(gives({ kind: 'array', items: holey }), gives({ kind: 'array', items: [constant(1)] })),
    ).toBe(true)
  })

  it('holds for any value and a copy of it, and holds both ways or not at all', () => {
    fc.assert(
      fc.property(plain, plain, (one, other) => {
        expect(sameObservation(gives(copy(one)), gives(copy(one)))).toBe(true)
        expect(sameObservation(gives(one), gives(other))).toBe(sameObservation(gives(other), gives(one)))
      }),
      { seed: 1 },
    )
  })
})

/** As it arrives from another process. */
function copy(value: Expression): Expression {
  return deserialize(serialize(value))
}
