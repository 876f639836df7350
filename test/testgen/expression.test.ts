// Expression: the weight of a case is what a reader has to take in, and its parts are all that is in it.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Case,
  constant,
  type Expression,
  partsOf,
  weight,
  weightOfCase,
} from '../../testgen/expression.ts'
import { mapConstants } from '../../testgen/search/constants.ts'
import { anyExpression, plain } from './arbitrary.ts'
import { callOf, caseOf, given, on } from './in-memory.ts'

const one = constant(1)
const list = (...items: readonly Expression[]): Expression => ({ kind: 'array', items })

describe('the parts of an expression', () => {
  it.each<[string, Expression, readonly Expression[]]>([
    ['a constant', one, []],
    ['a list', list(one, constant('a')), [one, constant('a')]],
    ['a set', { kind: 'set', items: [one] }, [one]],
    [
      'an object',
      {
        kind: 'object',
        fields: [
          ['a', one],
          ['b', constant(2)],
        ],
      },
      [one, constant(2)],
    ],
    ['a map', { kind: 'map', entries: [[one, constant(2)]] }, [one, constant(2)]],
    ['a promise', { kind: 'promise', of: one, rejected: true }, [one]],
    ['a new object', { kind: 'create', path: ['A'], of: [one] }, [one]],
    ['a call', { kind: 'call', path: ['a'], of: [one] }, [one]],
    ['an object of the runtime', { kind: 'builtin', name: 'Error', of: [one] }, [one]],
    [
      'a callback that returns',
      { kind: 'function', does: { kind: 'returns', value: one, async: false } },
      [one],
    ],
    ['a callback that compares', { kind: 'function', does: { kind: 'equals', value: one } }, [one]],
    [
      'a callback that calls back',
      { kind: 'function', does: { kind: 'invokes', index: 0, of: [one], async: false } },
      [one],
    ],
    ['a callback that adds', { kind: 'function', does: { kind: 'adds' } }, []],
    ['a date', { kind: 'date', time: 0 }, []],
    ['a pattern', { kind: 'regexp', source: 'a', flags: '' }, []],
    ['a symbol', { kind: 'symbol', description: 'a' }, []],
    ['an export', { kind: 'export', path: ['a'] }, []],
    ['an earlier result', { kind: 'step', index: 0 }, []],
  ])('%s', (_name, expression, parts) => {
    expect(partsOf(expression)).toEqual(parts)
  })
})

describe('weight', () => {
  it.each<[Expression, Expression]>([
    [constant(1), constant(100)],
    [constant(1), constant(1.5)],
    [constant('a'), constant('ab')],
    [constant('ab'), constant('a\n')],
    [constant('ab'), constant('aé')],
    [constant(true), constant(undefined)],
    [constant(1), constant(1n)],
    [list(), list(one)],
    [list(one), { kind: 'map', entries: [[one, one]] }],
    [given({ a: 1 }), given({ a: 1, b: 1 })],
    [given({ a: 1 }), given({ aLongName: 1 })],
    [
      { kind: 'regexp', source: 'a', flags: '' },
      { kind: 'regexp', source: '(a|b)+', flags: '' },
    ],
    [
      { kind: 'function', does: { kind: 'adds' } },
      { kind: 'function', does: { kind: 'returns', value: list(one), async: false } },
    ],
    [
      { kind: 'function', does: { kind: 'invokes', index: 0, of: [], async: false } },
      { kind: 'function', does: { kind: 'invokes', index: 0, of: [one], async: false } },
    ],
    [
      { kind: 'step', index: 0 },
      { kind: 'export', path: ['a'] },
    ],
    [
      { kind: 'export', path: ['A'] },
      { kind: 'create', path: ['A'], of: [] },
    ],
    [
      { kind: 'date', time: 0 },
      { kind: 'symbol', description: 'a' },
    ],
  ])('grows with what there is to read, %#', (light, heavy) => {
    expect(weight(light)).toBeLessThan(weight(heavy))
  })

  it('is positive, and more than that of each part', () => {
    fc.assert(
      fc.property(anyExpression, (expression) => {
        expect(weight(expression)).toBeGreaterThan(0)
        for (const part of partsOf(expression)) expect(weight(expression)).toBeGreaterThan(weight(part))
      }),
      { seed: 1 },
    )
  })

  it.each<[string, Case, Case]>([
    ['one step', caseOf('f', callOf('f')), caseOf('f', callOf('f'), on(0, 'call', 'm'))],
    ['few arguments', caseOf('f', callOf('f')), caseOf('f', callOf('f', one))],
    ['usual chance', caseOf('f', callOf('f')), { ...caseOf('f', callOf('f')), chance: 0.9 }],
    ['usual time', caseOf('f', callOf('f')), { ...caseOf('f', callOf('f')), moment: 0 }],
  ])('of a case grows from %s', (_name, light, heavy) => {
    expect(weightOfCase(light)).toBeLessThan(weightOfCase(heavy))
  })
})

describe('walking over constants', () => {
  const test = caseOf(
    'f',
    callOf('f', given(['a', { key: 2 }]), { kind: 'map', entries: [[constant('k'), constant(true)]] }),
    on(
      0,
      'call',
      'm',
      { kind: 'date', time: 5 },
      { kind: 'promise', of: constant('p'), rejected: false },
      { kind: 'create', path: ['A'], of: [constant('c')] },
      { kind: 'builtin', name: 'Error', of: [constant('e')] },
      { kind: 'function', does: { kind: 'returns', value: constant('r'), async: false } },
      { kind: 'function', does: { kind: 'equals', value: constant('q') } },
      { kind: 'function', does: { kind: 'throws', message: 'no', async: false, bare: false } },
      { kind: 'regexp', source: 'x', flags: '' },
      { kind: 'set', items: [constant('s')] },
    ),
  )

  it('visits each once, in the order of the source', () => {
    const seen: unknown[] = []
    mapConstants(test, (value) => {
      seen.push(value)
      return value
    })
    expect(seen).toEqual(['a', 'key', 2, 'k', true, 5, 'p', 'c', 'e', 'r', 'q', 's'])
  })

  it('changes what it is told to change, and leaves the case alone', () => {
    const before = structuredClone(test)
    const changed = mapConstants(test, (value) => (typeof value === 'string' ? `${value}!` : value))
    expect(test).toEqual(before)
    const seen: unknown[] = []
    mapConstants(changed, (value) => {
      seen.push(value)
      return value
    })
    expect(seen).toEqual(['a!', 'key!', 2, 'k!', true, 5, 'p!', 'c!', 'e!', 'r!', 'q!', 's!'])
  })

  it('makes a text of a key and a number of a date', () => {
    const [object, date] = [given({ a: 1 }), { kind: 'date', time: 1 } as const]
    const changed = mapConstants(caseOf('f', callOf('f', object, date)), (value) =>
      value === 'a' ? 7 : value === 1 ? '2' : value,
    )
    expect(changed.steps[0]?.of).toEqual([
      { kind: 'object', fields: [['7', constant('2')]] },
      { kind: 'date', time: 2 },
    ])
  })

  it('gives the same case back when nothing changes', () => {
    fc.assert(
      fc.property(fc.array(plain, { maxLength: 3 }), (of) => {
        const any = caseOf('f', callOf('f', ...of))
        expect(mapConstants(any, (value) => value)).toEqual(any)
      }),
      { seed: 2 },
    )
  })
})
