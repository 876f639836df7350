// A thrown value becomes a failure of plain JSON, because the journal stores it: whatever was thrown, there is a message,
// and nothing in it is lost when it is stored.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Failure, failure } from '../../kernel/index.ts'

function fromStore(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value))
}

class RefusedCall extends Error {
  readonly code = 'refused'
  readonly detail = { tries: 3 }
}

const circular: { self?: unknown } = {}
circular.self = circular

describe('a failure', () => {
  const cases: [string, unknown, Failure][] = [
    ['an error', new Error('boom'), { message: 'boom' }],
    ['an error of a class', new RefusedCall('no'), { message: 'no', code: 'refused', detail: { tries: 3 } }],
    ['an error without a message', new Error(), { message: '' }],
    [
      'an error whose code is a number',
      Object.assign(new Error('x'), { code: 7 }),
      { message: 'x', code: '7' },
    ],
    ['a text', 'boom', { message: 'boom' }],
    ['an empty text', '', { message: '' }],
    ['a number', 7, { message: '7' }],
    ['nothing', undefined, { message: 'undefined' }],
    ['null', null, { message: 'null' }],
    ['a large whole number', 7n, { message: '7' }],
    ['a symbol', Symbol('s'), { message: 'Symbol(s)' }],
    ['an object without a message', { status: 500 }, { message: '{"status":500}' }],
    ['a list', [1, 'a'], { message: '[1,"a"]' }],
    ['an object with a message', { message: 'm', code: 'c' }, { message: 'm', code: 'c' }],
    ['an object whose message is no text', { message: 5 }, { message: '{"message":5}' }],
    ['a failure', { message: 'm', code: 'c', detail: [1] }, { message: 'm', code: 'c', detail: [1] }],
    ['an object that contains itself', circular, { message: '[object Object]' }],
  ]

  it.each(cases)('of %s keeps what it says', (_, thrown, expected) => {
    expect(failure(thrown)).toEqual(expected)
  })

  it('holds no more of a thrown object than its message, its code and its detail', () => {
    const thrown = { message: 'm', stack: 'secret', cause: circular, retry: () => 1 }
    expect(failure(thrown)).toEqual({ message: 'm' })
  })

  const details: [string, unknown, unknown][] = [
    ['contains itself', circular, '[object Object]'],
    ['is a large whole number', 1n, '[object BigInt]'],
    ['holds a large whole number', { n: 1n }, '[object Object]'],
    ['is a date', new Date(0), '1970-01-01T00:00:00.000Z'],
    ['is a map', new Map([['a', 1]]), {}],
    ['is a function', Math.max, String(Math.max)],
    ['is a symbol', Symbol('s'), 'Symbol(s)'],
    ['is no number', Number.NaN, null],
    ['holds what is undefined', { a: undefined, b: [undefined] }, { b: [null] }],
    [
      'throws when it is read',
      {
        toJSON() {
          throw new Error('no')
        },
      },
      '[object Object]',
    ],
  ]

  it.each(details)('whose detail %s can be stored', (_, detail, stored) => {
    const made = failure(Object.assign(new Error('m'), { detail }))
    expect(made).toEqual({ message: 'm', detail: stored })
    expect(fromStore(made)).toEqual(made)
  })

  it('of any value can be stored, and comes back from the store unchanged', () => {
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withNullPrototype: true,
      withSet: true,
      withSparseArray: true,
      withTypedArray: true,
    })
    const thrown = fc.oneof(
      anything,
      fc.record({ message: fc.string(), code: anything, detail: anything }, { requiredKeys: ['message'] }),
      fc
        .tuple(fc.string(), anything, anything)
        .map(([message, code, detail]) => Object.assign(new Error(message), { code, detail })),
    )
    fc.assert(
      fc.property(thrown, (value) => {
        const made = failure(value)
        expect(typeof made.message).toBe('string')
        if (made.code !== undefined) expect(typeof made.code).toBe('string')
        expect(JSON.stringify(fromStore(made))).toBe(JSON.stringify(made))
        expect(Object.keys(made).every((field) => ['message', 'code', 'detail'].includes(field))).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  it('of a failure is the same failure', () => {
    const made = failure(new RefusedCall('no'))
    expect(failure(made)).toEqual(made)
    expect(failure(fromStore(made))).toEqual(made)
  })
})
