// Write case: each kind of step and each kind of reading, in the words of each runner.

import { describe, expect, it } from 'vitest'
import { type Casts, noCasts } from '../../testgen/emit/casts.ts'
import type { Emitting } from '../../testgen/emit/emitting.ts'
import { emitTestFile } from '../../testgen/emit/test-file.ts'
import { type Case, constant, type Expression } from '../../testgen/expression.ts'
import type { Observation, Thrown } from '../../testgen/outcome.ts'
import type { CaseFinding } from '../../testgen/tasks.ts'
import { callOf, caseOf, equals, finding, given, noUses, on, returned } from './in-memory.ts'

type Runner = Emitting['runner']
const runners = ['vitest', 'jest', 'node'] as const

function emitting(
  runner: Runner,
  more: Partial<Emitting> = {},
  style: Partial<Emitting['style']> = {},
): Emitting {
  return {
    runner,
    style: {
      quote: "'",
      semicolons: false,
      typed: false,
      required: false,
      indent: '  ',
      strict: false,
      specifier: '../m.js',
      ...style,
    },
    labels: new Map(),
    importedClasses: new Map(),
    casts: () => noCasts,
    ...more,
  }
}

/** The statements of the only test in a file. */
function bodyOf(one: CaseFinding, asked: Emitting): readonly string[] {
  const { source } = emitTestFile([one], asked)
  const lines = source.split('\n')
  const start = lines.findIndex((line) => line.startsWith('  it('))
  return lines.slice(start + 1, lines.indexOf('  })', start)).map((line) => line.slice(4))
}

const f = caseOf('f', callOf('f', constant(1)))
const awaited = { awaits: [0] }
const waited = { awaits: [0], waits: [0], uses: { ...noUses, timers: true } }
const pushed: Case = caseOf(
  'Stack',
  { op: 'new', on: { path: ['Stack'] }, of: [] },
  on(0, 'call', 'push', constant(1)),
)
const callback: Expression = { kind: 'function', does: { kind: 'negates' } }
const called = caseOf('each', callOf('each', callback))

/** What vitest, jest and node:test each say for a finding. */
type Row = readonly [string, CaseFinding, readonly string[], readonly string[]]

const rows: readonly Row[] = [
  [
    'a constant',
    finding(f, returned(equals(0, constant(2)))),
    ['expect(f(1)).toBe(2)'],
    ['assert.strictEqual(f(1), 2)'],
  ],
  [
    'undefined',
    finding(f, returned(equals(0, constant(undefined)))),
    ['expect(f(1)).toBeUndefined()'],
    ['assert.strictEqual(f(1), undefined)'],
  ],
  [
    'null',
    finding(f, returned(equals(0, constant(null)))),
    ['expect(f(1)).toBeNull()'],
    ['assert.strictEqual(f(1), null)'],
  ],
  [
    'a symbol',
    finding(f, returned(equals(0, { kind: 'symbol', description: 'a' }))),
    ["expect(f(1)).toBe(Symbol.for('a'))"],
    ["assert.strictEqual(f(1), Symbol.for('a'))"],
  ],
  [
    'an export',
    finding(f, returned(equals(0, { kind: 'export', path: ['f'] }))),
    ['expect(f(1)).toBe(f)'],
    ['assert.strictEqual(f(1), f)'],
  ],
  [
    'a list',
    finding(f, returned(equals(0, given([1])))),
    ['expect(f(1)).toEqual([1])'],
    ['assert.deepStrictEqual(f(1), [1])'],
  ],
  [
    'a field that is undefined',
    finding(f, returned(equals(0, given({ a: undefined })))),
    ['expect(f(1)).toStrictEqual({ a: undefined })'],
    ['assert.deepStrictEqual(f(1), { a: undefined })'],
  ],
  [
    'an instance',
    finding(f, returned({ step: 0, read: [], sees: { kind: 'instance', of: ['f'] } })),
    ['expect(f(1)).toBeInstanceOf(f)'],
    ['assert.ok(f(1) instanceof f)'],
  ],
  [
    'a type',
    finding(f, returned({ step: 0, read: [], sees: { kind: 'type', of: 'function' } })),
    ["expect(typeof f(1)).toBe('function')"],
    ["assert.strictEqual(typeof f(1), 'function')"],
  ],
  [
    'a type of a promised value',
    finding(f, returned({ step: 0, read: [], sees: { kind: 'type', of: 'object' } }), awaited),
    ["expect(typeof (await f(1))).toBe('object')"],
    ["assert.strictEqual(typeof (await f(1)), 'object')"],
  ],
  [
    'a field',
    finding(f, returned(equals(0, constant(2), { kind: 'field', name: 'size' }))),
    ['expect(f(1).size).toBe(2)'],
    ['assert.strictEqual(f(1).size, 2)'],
  ],
  [
    'a field whose name is no name',
    finding(f, returned(equals(0, constant(2), { kind: 'field', name: 'a-b' }))),
    ["expect(f(1)['a-b']).toBe(2)"],
    ["assert.strictEqual(f(1)['a-b'], 2)"],
  ],
  [
    'a field of a promised value',
    finding(f, returned(equals(0, constant(2), { kind: 'field', name: 'size' })), awaited),
    ['expect((await f(1)).size).toBe(2)'],
    ['assert.strictEqual((await f(1)).size, 2)'],
  ],
  [
    'the items',
    finding(f, returned(equals(0, given([1]), { kind: 'spread' }))),
    ['expect([...f(1)]).toEqual([1])'],
    ['assert.deepStrictEqual([...f(1)], [1])'],
  ],
  [
    'the text',
    finding(f, returned(equals(0, constant('a'), { kind: 'text' }))),
    ["expect(String(f(1))).toBe('a')"],
    ["assert.strictEqual(String(f(1)), 'a')"],
  ],
  [
    'several readings',
    finding(
      f,
      returned(
        equals(0, constant(2), { kind: 'field', name: 'a' }),
        equals(0, constant(3), { kind: 'field', name: 'b' }),
      ),
    ),
    ['const result = f(1)', 'expect(result.a).toBe(2)', 'expect(result.b).toBe(3)'],
    ['const result = f(1)', 'assert.strictEqual(result.a, 2)', 'assert.strictEqual(result.b, 3)'],
  ],
  [
    'a promised value',
    finding(f, returned(equals(0, constant(2))), awaited),
    ['expect(await f(1)).toBe(2)'],
    ['assert.strictEqual(await f(1), 2)'],
  ],
  [
    'a method',
    finding(pushed, returned(equals(1, constant(1)))),
    ['const stack = new Stack()', 'expect(stack.push(1)).toBe(1)'],
    ['const stack = new Stack()', 'assert.strictEqual(stack.push(1), 1)'],
  ],
  [
    'a method and its object',
    finding(
      pushed,
      returned(equals(1, constant(1)), equals(0, constant(1), { kind: 'field', name: 'size' })),
    ),
    ['const stack = new Stack()', 'expect(stack.push(1)).toBe(1)', 'expect(stack.size).toBe(1)'],
    [
      'const stack = new Stack()',
      'assert.strictEqual(stack.push(1), 1)',
      'assert.strictEqual(stack.size, 1)',
    ],
  ],
  [
    'a method that returns nothing',
    finding(
      pushed,
      returned(equals(1, constant(undefined)), equals(0, constant(1), { kind: 'field', name: 'size' })),
    ),
    ['const stack = new Stack()', 'stack.push(1)', 'expect(stack.size).toBe(1)'],
    ['const stack = new Stack()', 'stack.push(1)', 'assert.strictEqual(stack.size, 1)'],
  ],
  [
    'a getter',
    finding(
      caseOf('Stack', { op: 'new', on: { path: ['Stack'] }, of: [] }, on(0, 'get', 'size')),
      returned(equals(1, constant(0))),
    ),
    ['const stack = new Stack()', 'expect(stack.size).toBe(0)'],
    ['const stack = new Stack()', 'assert.strictEqual(stack.size, 0)'],
  ],
  [
    'a setter',
    finding(
      caseOf('Stack', { op: 'new', on: { path: ['Stack'] }, of: [] }, on(0, 'set', 'label', constant('a'))),
      returned(equals(0, constant('a'), { kind: 'field', name: 'label' })),
    ),
    ['const stack = new Stack()', "stack.label = 'a'", "expect(stack.label).toBe('a')"],
    ['const stack = new Stack()', "stack.label = 'a'", "assert.strictEqual(stack.label, 'a')"],
  ],
  [
    'a setter of a name that is none',
    finding(
      caseOf('Stack', { op: 'new', on: { path: ['Stack'] }, of: [] }, on(0, 'set', 'a-b', constant('a'))),
      returned(equals(0, constant('a'), { kind: 'text' })),
    ),
    ['const stack = new Stack()', "stack['a-b'] = 'a'", "expect(String(stack)).toBe('a')"],
    ['const stack = new Stack()', "stack['a-b'] = 'a'", "assert.strictEqual(String(stack), 'a')"],
  ],
  [
    'a curried call',
    finding(
      caseOf('f', callOf('f', constant(1)), on(0, 'call', undefined, constant(2))),
      returned(equals(1, constant(3))),
    ),
    ['const result = f(1)', 'expect(result(2)).toBe(3)'],
    ['const result = f(1)', 'assert.strictEqual(result(2), 3)'],
  ],
  [
    'three steps',
    finding(
      caseOf('f', callOf('f'), on(0, 'call', 'a'), on(1, 'call', 'b')),
      returned(equals(2, constant(3))),
    ),
    ['const result = f()', 'const result2 = result.a()', 'expect(result2.b()).toBe(3)'],
    ['const result = f()', 'const result2 = result.a()', 'assert.strictEqual(result2.b(), 3)'],
  ],
  [
    'a step nobody refers to',
    finding(caseOf('f', callOf('f'), callOf('g')), returned(equals(1, constant(3)))),
    ['f()', 'expect(g()).toBe(3)'],
    ['f()', 'assert.strictEqual(g(), 3)'],
  ],
  [
    'a step whose result is passed on',
    finding(
      caseOf('f', callOf('f'), callOf('g', { kind: 'step', index: 0 })),
      returned(equals(1, constant(3))),
    ),
    ['const result = f()', 'expect(g(result)).toBe(3)'],
    ['const result = f()', 'assert.strictEqual(g(result), 3)'],
  ],
  [
    'an awaited step',
    finding(caseOf('f', callOf('f'), on(0, 'call', 'a')), returned(equals(1, constant(3))), { awaits: [0] }),
    ['const result = await f()', 'expect(result.a()).toBe(3)'],
    ['const result = await f()', 'assert.strictEqual(result.a(), 3)'],
  ],
]

describe('a result', () => {
  it.each(rows)('%s', (_name, one, expected, asserted) => {
    for (const runner of ['vitest', 'jest'] as const) expect(bodyOf(one, emitting(runner))).toEqual(expected)
    expect(bodyOf(one, emitting('node'))).toEqual(asserted)
  })
})

const threw = (thrown: Partial<Thrown>, more: Partial<Observation> = {}, test = f) =>
  finding(
    test,
    {
      kind: 'threw',
      async: more.awaits !== undefined,
      thrown: { name: 'Error', native: true, fields: [], ...thrown },
    },
    more,
  )
const own: Partial<Thrown> = {
  name: 'ParseError',
  native: false,
  message: 'no',
  fields: [['line', constant(3)]],
}

const errors: readonly Row[] = [
  [
    'a class',
    threw({ name: 'TypeError' }),
    ['expect(() => f(1)).toThrow(TypeError)'],
    ['assert.throws(() => f(1), TypeError)'],
  ],
  [
    'words',
    threw({ message: 'no' }),
    ["expect(() => f(1)).toThrow('no')"],
    ["assert.throws(() => f(1), { name: 'Error', message: 'no' })"],
  ],
  [
    'words of a class of the runtime',
    threw({ name: 'RangeError', message: 'no' }),
    ["expect(() => f(1)).toThrow(new RangeError('no'))"],
    ["assert.throws(() => f(1), { name: 'RangeError', message: 'no' })"],
  ],
  [
    'a class of its own',
    threw(own),
    ["expect(() => f(1)).toThrow(expect.objectContaining({ name: 'ParseError', message: 'no', line: 3 }))"],
    ["assert.throws(() => f(1), { name: 'ParseError', message: 'no', line: 3 })"],
  ],
  [
    'a class of its own without words',
    threw({ name: 'ParseError', native: false }),
    ['expect(() => f(1)).toThrow()'],
    ["assert.throws(() => f(1), { name: 'ParseError' })"],
  ],
  [
    'a rejection',
    threw({ message: 'no' }, awaited),
    ["await expect(f(1)).rejects.toThrow('no')"],
    ["await assert.rejects(f(1), { name: 'Error', message: 'no' })"],
  ],
  [
    'a rejection with a class',
    threw({ name: 'TypeError' }, awaited),
    ['await expect(f(1)).rejects.toThrow(TypeError)'],
    ['await assert.rejects(f(1), TypeError)'],
  ],
  [
    'a rejection with no error',
    threw({ name: '', native: false, value: constant('no') }, awaited),
    ["await expect(f(1)).rejects.toEqual('no')"],
    ['await assert.rejects(f(1))'],
  ],
  [
    'no error',
    threw({ name: '', native: false, value: constant('no') }),
    ['expect(() => f(1)).toThrow()'],
    ['assert.throws(() => f(1))'],
  ],
  [
    'an assignment',
    threw(
      { name: 'TypeError' },
      {},
      caseOf('S', { op: 'new', on: { path: ['S'] }, of: [] }, on(0, 'set', 'a', constant(1))),
    ),
    ['const s = new S()', 'expect(() => { s.a = 1 }).toThrow(TypeError)'],
    ['const s = new S()', 'assert.throws(() => { s.a = 1 }, TypeError)'],
  ],
]

describe('an error', () => {
  it.each(errors)('by %s', (_name, one, expected, asserted) => {
    const joined = (lines: readonly string[]) =>
      lines
        .join(' ')
        .replace(/\(\s+/g, '(')
        .replace(/,?\s+\)/g, ')')
        .replace(/\{\s+/g, '{ ')
        .replace(/,?\s+\}/g, ' }')
        .replace(/,\s+/g, ', ')
    for (const runner of ['vitest', 'jest'] as const)
      expect(joined(bodyOf(one, emitting(runner)))).toBe(expected.join(' '))
    expect(joined(bodyOf(one, emitting('node')))).toBe(asserted.join(' '))
  })
})

describe('a promise that timers settle', () => {
  it.each<[Runner, string, string]>([
    ['vitest', 'await vi.runAllTimersAsync()', 'expect(result).toBe(2)'],
    ['jest', 'await jest.runAllTimersAsync()', 'expect(result).toBe(2)'],
    ['node', 'await runTimers()', 'assert.strictEqual(result, 2)'],
  ])('is started, then its timers run, by %s', (runner, run, assertion) => {
    const one = finding(f, returned(equals(0, constant(2))), waited)
    expect(bodyOf(one, emitting(runner))).toEqual([
      'const pending = f(1)',
      run,
      'const result = await pending',
      assertion,
    ])
  })

  it('is expected to be rejected before its timers run', () => {
    expect(bodyOf(threw({ message: 'late' }, waited), emitting('vitest'))).toEqual([
      "const rejection = expect(f(1)).rejects.toThrow('late')",
      'await vi.runAllTimersAsync()',
      'await rejection',
    ])
  })

  it('is numbered where it is not the last', () => {
    const one = finding(caseOf('f', callOf('f'), on(0, 'get', 'a')), returned(equals(1, constant(2))), waited)
    expect(bodyOf(one, emitting('vitest'))).toEqual([
      'const pending1 = f()',
      'await vi.runAllTimersAsync()',
      'const result = await pending1',
      'expect(result.a).toBe(2)',
    ])
  })

  it('brings along a function that fires timers for node:test only', () => {
    const one = finding(f, returned(equals(0, constant(2))), waited)
    const sources = runners.map((runner) =>
      emitTestFile([one], emitting(runner)).source.includes('async function runTimers()'),
    )
    expect(sources).toEqual([false, false, true])
    expect(emitTestFile([one], emitting('node', {}, { typed: true })).source).toContain(
      'async function runTimers(): Promise<void> {',
    )
  })
})

describe('a callback', () => {
  const calls = (value: Expression) => equals(0, value, { kind: 'calls', argument: 0 })
  const silent = equals(0, constant(undefined))

  it.each<[string, CaseFinding, readonly string[], readonly string[]]>([
    [
      'whose calls are known',
      finding(called, returned(silent, calls(given([['a', 1]])))),
      [
        'const callback = vi.fn((value) => !value)',
        'each(callback)',
        "expect(callback.mock.calls).toEqual([['a', 1]])",
      ],
      [
        'const callback = mock.fn((value) => !value)',
        'each(callback)',
        "assert.deepStrictEqual(callback.mock.calls.map((one) => one.arguments), [['a', 1]])",
      ],
    ],
    [
      'that is not called',
      finding(called, returned(silent, calls(given([])))),
      [
        'const callback = vi.fn((value) => !value)',
        'each(callback)',
        'expect(callback).not.toHaveBeenCalled()',
      ],
      [
        'const callback = mock.fn((value) => !value)',
        'each(callback)',
        'assert.strictEqual(callback.mock.callCount(), 0)',
      ],
    ],
    [
      'that is called often',
      finding(called, returned(silent, equals(0, constant(9), { kind: 'callCount', argument: 0 }))),
      [
        'const callback = vi.fn((value) => !value)',
        'each(callback)',
        'expect(callback).toHaveBeenCalledTimes(9)',
      ],
      [
        'const callback = mock.fn((value) => !value)',
        'each(callback)',
        'assert.strictEqual(callback.mock.callCount(), 9)',
      ],
    ],
    [
      'after some time',
      finding(
        caseOf('each', callOf('each', callback), on(0, 'wait', undefined, constant(100))),
        returned(calls(given([[]]))),
      ),
      [
        'const callback = vi.fn((value) => !value)',
        'each(callback)',
        'vi.advanceTimersByTime(100)',
        'expect(callback.mock.calls).toEqual([[]])',
      ],
      [
        'const callback = mock.fn((value) => !value)',
        'each(callback)',
        'mock.timers.tick(100)',
        'assert.deepStrictEqual(callback.mock.calls.map((one) => one.arguments), [[]])',
      ],
    ],
    [
      'that nothing is asserted of',
      finding(called, returned(equals(0, constant(1)))),
      ['expect(each((value) => !value)).toBe(1)'],
      ['assert.strictEqual(each((value) => !value), 1)'],
    ],
  ])('%s', (_name, one, expected, asserted) => {
    expect(bodyOf(one, emitting('vitest'))).toEqual(expected)
    const jest = expected.map((line) => line.replace(/\bvi\./, 'jest.'))
    expect(bodyOf(one, emitting('jest'))).toEqual(jest)
    expect(bodyOf(one, emitting('node'))).toEqual(asserted)
  })

  it('has a number where there are two', () => {
    const two = caseOf('f', callOf('f', callback, callback))
    const readings = [calls(given([])), equals(0, given([[1]]), { kind: 'calls', argument: 1 })]
    expect(bodyOf(finding(two, returned(silent, ...readings)), emitting('vitest'))).toEqual([
      'const callback = vi.fn((value) => !value)',
      'const callback2 = vi.fn((value) => !value)',
      'f(callback, callback2)',
      'expect(callback).not.toHaveBeenCalled()',
      'expect(callback2.mock.calls).toEqual([[1]])',
    ])
  })
})

describe('what is forced on the compiler', () => {
  const casts = (more: Partial<Casts>): Casts => ({ ...noCasts, ...more })
  const typed = (one: CaseFinding, more: Partial<Casts>) =>
    bodyOf(one, emitting('vitest', { casts: () => casts(more) }, { typed: true }))
  const size = finding(f, returned(equals(0, constant(2), { kind: 'field', name: 'size' })))

  it.each<[string, CaseFinding, Partial<Casts>, readonly string[]]>([
    [
      'an argument',
      finding(f, returned(equals(0, constant(2)))),
      { cast: new Set(['0:0']) },
      ['expect(f(1 as never)).toBe(2)'],
    ],
    [
      'a callback',
      finding(called, returned(equals(0, constant(2)))),
      { cast: new Set(['0:0']) },
      ['expect(each(((value: unknown) => !value) as never)).toBe(2)'],
    ],
    [
      'a callback whose types are named',
      finding(called, returned(equals(0, constant(2)))),
      { annotated: new Set(['0:0']) },
      ['expect(each((value: unknown) => !value)).toBe(2)'],
    ],
    [
      'a mock',
      finding(
        called,
        returned(equals(0, constant(undefined)), equals(0, given([]), { kind: 'calls', argument: 0 })),
      ),
      { cast: new Set(['0:0']) },
      [
        'const callback = vi.fn((value: unknown) => !value)',
        'each(callback as never)',
        'expect(callback).not.toHaveBeenCalled()',
      ],
    ],
    [
      'a call',
      finding(f, returned(equals(0, constant(2)))),
      { calls: new Set([0]) },
      ['expect((f as (...values: never[]) => unknown)(1 as never)).toBe(2)'],
    ],
    [
      'a constructor',
      finding(
        caseOf('A', { op: 'new', on: { path: ['A'] }, of: [constant(1)] }),
        returned(equals(0, constant(2), { kind: 'field', name: 'a' })),
      ),
      { calls: new Set([0]) },
      ['expect(new (A as new (...values: never[]) => InstanceType<typeof A>)(1 as never).a).toBe(2)'],
    ],
    [
      'a method',
      finding(
        caseOf('S', { op: 'new', on: { path: ['S'] }, of: [] }, on(0, 'call', 'm', constant(1))),
        returned(equals(1, constant(1))),
      ),
      { calls: new Set([1]) },
      [
        'const s = new S()',
        'expect((s as unknown as { m: (...values: never[]) => unknown }).m(1 as never)).toBe(1)',
      ],
    ],
    [
      'the call of a result',
      finding(
        caseOf('f', callOf('f'), on(0, 'call', undefined, constant(2))),
        returned(equals(1, constant(3))),
      ),
      { calls: new Set([1]) },
      [
        'const result = f()',
        'expect((result as unknown as (...values: never[]) => unknown)(2 as never)).toBe(3)',
      ],
    ],
    [
      'a getter',
      finding(
        caseOf('S', { op: 'new', on: { path: ['S'] }, of: [] }, on(0, 'get', 'size')),
        returned(equals(1, constant(0))),
      ),
      { calls: new Set([1]) },
      ['const s = new S()', 'expect((s as unknown as { size: unknown }).size).toBe(0)'],
    ],
    [
      'a setter',
      finding(
        caseOf('S', { op: 'new', on: { path: ['S'] }, of: [] }, on(0, 'set', 'a-b', constant(1))),
        returned(equals(0, constant('x'), { kind: 'text' })),
      ),
      { calls: new Set([1]) },
      [
        'const s = new S()',
        "(s as unknown as { 'a-b': unknown })['a-b'] = 1 as never",
        "expect(String(s)).toBe('x')",
      ],
    ],
    [
      'a field',
      size,
      { readings: new Set([0]) },
      ['expect((f(1) as unknown as { size: unknown }).size).toBe(2)'],
    ],
    [
      'the items',
      finding(f, returned(equals(0, given([1]), { kind: 'spread' }))),
      { readings: new Set([0]) },
      ['expect([...(f(1) as unknown as Iterable<unknown>)]).toEqual([1])'],
    ],
    [
      'the text needs nothing',
      finding(f, returned(equals(0, constant('a'), { kind: 'text' }))),
      { readings: new Set([0]) },
      ["expect(String(f(1))).toBe('a')"],
    ],
  ])('%s', (_name, one, more, lines) => {
    // Without semicolons a line must not begin with a bracket.
    expect(typed(one, more)).toEqual(lines.map((line) => (line.startsWith('(') ? `;${line}` : line)))
  })
})

describe('long lines', () => {
  const long = constant('x'.repeat(50))
  it('break the value first', () => {
    const value = given({ first: 'x'.repeat(40), second: 'y'.repeat(40) })
    expect(bodyOf(finding(f, returned(equals(0, value))), emitting('vitest'))).toEqual([
      'expect(f(1)).toEqual({',
      `  first: '${'x'.repeat(40)}',`,
      `  second: '${'y'.repeat(40)}',`,
      '})',
    ])
  })

  it('keep a long result in a variable', () => {
    const test = caseOf('f', callOf('f', long, long))
    const body = bodyOf(finding(test, returned(equals(0, constant(1)))), emitting('vitest'))
    expect(body[0]).toBe('const result = f(')
    expect(body.at(-1)).toBe('expect(result).toBe(1)')
  })

  it('break the arguments of a statement', () => {
    const test = caseOf('f', callOf('f', long, long), on(0, 'get', 'a'))
    expect(bodyOf(finding(test, returned(equals(1, constant(1)))), emitting('vitest'))).toEqual([
      'const result = f(',
      `  '${'x'.repeat(50)}',`,
      `  '${'x'.repeat(50)}',`,
      ')',
      'expect(result.a).toBe(1)',
    ])
  })
})
