// Probes and clock: what a probe gives and notes, and a time that stands still until nothing else is left to do.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { constant } from '../../testgen/expression.ts'
import { FakeClock, startOfTime } from '../../testgen/inside/clock.ts'
import { OutOfSteps, Probes } from '../../testgen/inside/probes.ts'
import { Spies } from '../../testgen/inside/spies.ts'
import { given } from './in-memory.ts'

function watching(steps = 1000): Probes {
  const probes = new Probes()
  probes.begin(steps, true)
  return probes
}

const operators: Readonly<Record<string, (a: never, b: never) => boolean>> = {
  '===': (a, b) => a === b,
  '!==': (a, b) => a !== b,
  // biome-ignore lint/suspicious/noDoubleEquals: the probe must do the same
  '==': (a, b) => a == b,
  // biome-ignore lint/suspicious/noDoubleEquals: the probe must do the same
  '!=': (a, b) => a != b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
  'typeof ===': (a, b) => a === b,
  'typeof !==': (a, b) => a !== b,
  'typeof ==': (a, b) => a === b,
  'typeof !=': (a, b) => a !== b,
}

describe('a comparison', () => {
  it.each(Object.keys(operators))('by %s gives what the language gives', (operator) => {
    const some = fc.oneof(
      fc.integer({ min: -2, max: 2 }),
      fc.double(),
      fc.string({ maxLength: 2 }),
      fc.bigInt({ min: -2n, max: 2n }),
      fc.constantFrom(null, undefined, true, false, '1', '0', ''),
    )
    const compare = operators[operator]
    fc.assert(
      fc.property(some, some, (left, right) => {
        expect(watching().compare(operator, left as never, right as never)).toBe(
          compare?.(left as never, right as never),
        )
      }),
      { seed: 1, numRuns: 200 },
    )
  })

  it('by in and instanceof gives what the language gives, errors too', () => {
    const probes = watching()
    expect(probes.compare('in', 'a' as never, { a: 1 } as never)).toBe(true)
    expect(probes.compare('in', 'b' as never, { a: 1 } as never)).toBe(false)
    expect(probes.compare('instanceof', [] as never, Array as never)).toBe(true)
    expect(() => probes.compare('in', 'a' as never, 5 as never)).toThrow(TypeError)
    expect(() => probes.compare('instanceof', {} as never, {} as never)).toThrow(TypeError)
  })

  it.each<[string, unknown, unknown, readonly unknown[]]>([
    ['===', 'a', 'b', [['===', 'a', 'b']]],
    ['<', 1, 2, [['<', 1, 2]]],
    ['===', 1n, 2n, [['===', 1n, 2n]]],
    ['===', {}, 'b', []],
    ['===', null, 'b', []],
    ['===', true, 'b', []],
    [
      'in',
      'x',
      { a: 1, b: 2 },
      [
        ['===', 'x', 'a'],
        ['===', 'x', 'b'],
      ],
    ],
    ['in', 'x', ['a'], []],
    ['instanceof', 5, Map, [['class', 5, Map]]],
    ['===', Object, Map, [['class', Object, Map]]],
    ['typeof ===', 'string', 'number', [['typeof', 'string', 'number']]],
  ])('by %s notes what can be put into an input: %#', (operator, left, right, noted) => {
    const probes = watching()
    try {
      probes.compare(operator, left as never, right as never)
    } catch {
      // Only what was noted matters.
    }
    expect(probes.operands.map((one) => [one.operator, one.left, one.right])).toEqual(noted)
  })
})

describe('a call of a method', () => {
  it.each<[unknown, string, readonly unknown[], unknown, readonly unknown[]]>([
    ['abc', 'includes', ['b'], true, [['includes', 'abc', 'b']]],
    ['abc', 'startsWith', ['x'], false, [['startsWith', 'abc', 'x']]],
    ['a,b', 'split', [','], ['a', 'b'], [['split', 'a,b', ',']]],
    [
      ['a', 'b'],
      'includes',
      ['x'],
      false,
      [
        ['===', 'x', 'a'],
        ['===', 'x', 'b'],
      ],
    ],
    [new Map([['k', 1]]), 'get', ['x'], undefined, [['===', 'x', 'k']]],
    [new Set(['k']), 'has', ['x'], false, [['===', 'x', 'k']]],
    [
      { k: 1, hasOwnProperty: Object.prototype.hasOwnProperty },
      'hasOwnProperty',
      ['x'],
      false,
      [
        ['===', 'x', 'k'],
        ['===', 'x', 'hasOwnProperty'],
      ],
    ],
    [Object, 'hasOwn', [{ k: 1 }, 'x'], false, [['===', 'x', 'k']]],
    [Array, 'isArray', ['x'], false, [['class', 'x', Array]]],
  ])('%#: gives its result and notes what it looked for', (receiver, name, values, result, noted) => {
    const probes = watching()
    expect(probes.invoke(receiver as never, name, ...values)).toEqual(result)
    expect(probes.operands.map((one) => [one.operator, one.left, one.right])).toEqual(noted)
  })

  it('with a pattern notes the text and the pattern', () => {
    const [probes, pattern] = [watching(), /x/]
    expect(probes.invoke(pattern as never, 'test', 'text')).toBe(true)
    expect(probes.invoke('text' as never, 'match', pattern)).toEqual(
      ['x'].length > 0 ? expect.anything() : null,
    )
    expect(probes.operands).toEqual([
      { operator: 'test', left: 'text', right: pattern },
      { operator: 'test', left: 'text', right: pattern },
    ])
  })

  it('of what is no method throws as the language does', () => {
    expect(() => watching().invoke({} as never, 'get', 1)).toThrow(TypeError)
    expect(() => watching().invoke(null as never, 'get', 1)).toThrow(TypeError)
  })

  it('looks a key up, and notes the keys there are', () => {
    const probes = watching()
    expect(probes.lookup({ a: 1 } as never, 'a' as never)).toBe(1)
    expect(probes.lookup(['x'] as never, 0 as never)).toBe('x')
    expect(probes.operands).toEqual([{ operator: '===', left: 'a', right: 'a' }])
  })

  it('notes the cases of a switch, and gives its value', () => {
    const probes = watching()
    expect(probes.choose('v', ['a', 'b'])).toBe('v')
    expect(probes.operands.map(({ right }) => right)).toEqual(['a', 'b'])
  })
})

describe('limits', () => {
  it('notes 256 operands at most, twelve keys of a table, and none when it does not watch', () => {
    const probes = watching()
    for (let time = 0; time < 1000; time++) probes.compare('===', 'a' as never, 'b' as never)
    expect(probes.operands).toHaveLength(256)
    probes.begin(10, true)
    probes.lookup(
      Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`k${index}`, 1])) as never,
      'x' as never,
    )
    expect(probes.operands).toHaveLength(12)
    probes.begin(10, false)
    probes.compare('===', 'a' as never, 'b' as never)
    expect(probes.operands).toEqual([])
  })

  it('throws at each tick after the last step, and counts the steps', () => {
    const probes = watching(3)
    for (let step = 1; step <= 3; step++) {
      probes.tick()
      expect(probes.stepsTaken).toBe(step)
    }
    expect(probes.spent).toBe(false)
    for (let time = 0; time < 3; time++) expect(() => probes.tick()).toThrow(OutOfSteps)
    expect(probes.spent).toBe(true)
    expect(probes.stepsTaken).toBe(3)
    probes.begin(1, false)
    expect(probes.spent).toBe(false)
  })

  it('knows the errors that the code made itself', () => {
    const [probes, error] = [watching(), new Error('own')]
    expect(probes.raised(error)).toBe(error)
    expect(probes.raised('bare')).toBe('bare')
    expect(probes.own.has(error)).toBe(true)
  })
})

describe('the clock', () => {
  it('stands still while it is read, and says that it was', () => {
    const clock = new FakeClock()
    clock.reset()
    expect(clock.usedClock).toBe(false)
    expect([clock.read(), clock.read()]).toEqual([startOfTime, startOfTime])
    expect(clock.usedClock).toBe(true)
    clock.reset(5)
    expect(clock.read()).toBe(5)
  })

  it('fires timers in the order of their times, and those of one time in the order they were set', () => {
    const timer = fc.tuple(fc.nat({ max: 20 }), fc.nat({ max: 20 }))
    fc.assert(
      fc.property(fc.array(timer, { maxLength: 12 }), (timers) => {
        const clock = new FakeClock()
        clock.reset(0)
        const fired: number[] = []
        timers.forEach(([delay], index) => {
          clock.set(() => fired.push(index), delay, false)
        })
        while (clock.advance());
        const due = timers.map(([delay], index) => ({ at: Math.max(1, delay), index }))
        expect(fired).toEqual(due.sort((a, b) => a.at - b.at || a.index - b.index).map(({ index }) => index))
      }),
      { seed: 2 },
    )
  })

  it('passes so much time, fires what is due meanwhile and nothing else', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 50 }), { maxLength: 8 }),
        fc.nat({ max: 60 }),
        (delays, time) => {
          const clock = new FakeClock()
          clock.reset(0)
          const fired: number[] = []
          for (const delay of delays) clock.set(() => fired.push(clock.read()), delay, false)
          clock.pass(time)
          expect(fired).toEqual(delays.filter((delay) => delay <= time).sort((a, b) => a - b))
          expect(clock.read()).toBe(time)
        },
      ),
      { seed: 3 },
    )
  })

  it.each<[string, number, number]>([
    ['a repeating timer', 10, 3],
    ['a repeating timer without a pause', 0, 35],
  ])('fires %s again and again', (_name, delay, times) => {
    const clock = new FakeClock()
    clock.reset(0)
    let count = 0
    clock.set(() => count++, delay, true)
    clock.pass(35)
    expect(count).toBe(times)
  })

  it('fires no timer that was cleared, not even by another', () => {
    const clock = new FakeClock()
    clock.reset()
    let fired = ''
    const second = clock.set(
      () => {
        fired += 'second'
      },
      20,
      false,
    )
    clock.set(
      () => {
        clock.clear(second)
        fired += 'first'
      },
      10,
      false,
    )
    const interval = clock.set(
      () => {
        fired += 'x'
        clock.clear(interval)
      },
      5,
      true,
    )
    while (clock.advance());
    expect(fired).toBe('xfirst')
  })

  it('fires timers that timers set', () => {
    const clock = new FakeClock()
    clock.reset(0)
    const times: number[] = []
    const again = (): void => {
      times.push(clock.read())
      if (times.length < 3) clock.set(again, 7, false)
    }
    clock.set(again, 7, false)
    clock.pass(100)
    expect(times).toEqual([7, 14, 21])
  })

  it('gives up after two hundred firings', () => {
    const clock = new FakeClock()
    clock.reset()
    let count = 0
    clock.set(() => count++, 1, true)
    while (clock.advance());
    expect(count).toBe(200)
    clock.reset()
    expect(clock.advance()).toBe(false)
  })

  it.each([
    [undefined, 1],
    [Number.NaN, 1],
    [-5, 1],
    [0, 1],
    [1.9, 1],
    [2.5, 2],
  ] as const)('takes a delay of %s for %d ms', (delay, after) => {
    const clock = new FakeClock()
    clock.reset(0)
    clock.set(() => undefined, delay as number, false)
    clock.advance()
    expect(clock.read()).toBe(after)
  })

  it('lets the error of a timer through, and goes on with the next', () => {
    const clock = new FakeClock()
    clock.reset()
    let fired = false
    clock.set(
      () => {
        throw new Error('of a timer')
      },
      1,
      false,
    )
    clock.set(
      () => {
        fired = true
      },
      2,
      false,
    )
    expect(() => clock.advance()).toThrow('of a timer')
    expect(clock.advance()).toBe(true)
    expect(fired).toBe(true)
  })
})

describe('spies', () => {
  it('let a callback through, and note what it was called with', () => {
    const spies = new Spies()
    const watched = spies.watch(
      function (this: unknown, a: number) {
        return [this, a]
      },
      1,
      2,
    ) as (a: number) => unknown
    expect(watched.call('me', 5)).toEqual(['me', 5])
    expect(spies.read(() => undefined)).toEqual([
      { step: 1, read: [{ kind: 'calls', argument: 2 }], sees: { kind: 'equal', value: given([[5]]) } },
    ])
  })

  it('leave alone what is no function', () => {
    const spies = new Spies()
    expect(spies.watch('text', 0, 0)).toBe('text')
    expect(spies.read(() => undefined)).toEqual([])
  })

  it('note calls of a callback that throws, too', () => {
    const spies = new Spies()
    const watched = spies.watch(
      () => {
        throw new Error('x')
      },
      0,
      0,
    ) as () => void
    expect(watched).toThrow('x')
    expect(spies.read(() => undefined)).toEqual([
      { step: 0, read: [{ kind: 'calls', argument: 0 }], sees: { kind: 'equal', value: given([[]]) } },
    ])
  })

  it('only count calls that are many or cannot be written down', () => {
    const spies = new Spies()
    const often = spies.watch(() => 1, 0, 0) as (value: unknown) => void
    const strange = spies.watch(() => 1, 0, 1) as (value: unknown) => void
    for (let time = 0; time < 7; time++) often(time)
    strange(new WeakMap())
    const counts = spies
      .read(() => undefined)
      .map(({ read, sees }) => [read[0]?.kind, sees.kind === 'equal' ? sees.value : sees])
    expect(counts).toEqual([
      ['callCount', constant(7)],
      ['callCount', constant(1)],
    ])
  })
})
