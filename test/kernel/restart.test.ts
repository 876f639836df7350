import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { childSpecSchema, type Strategy } from '../../kernel/index.ts'
import { addRestart, decide, isRestarted } from '../../kernel/supervision/restart.ts'
import { type Child, noChildren, type Supervision, withChild } from '../../kernel/supervision/supervision.ts'

const reasons = ['normal', 'shutdown', 'crash', 'timeout', 'killed', 'noconnection'] as const

function child(
  id: string,
  options: Partial<Child> & { restart?: 'permanent' | 'transient' | 'temporary' } = {},
): Child {
  const spec = childSpecSchema.parse({ restart: options.restart ?? 'permanent' })
  return { id, src: id, spec, birth: id, incarnation: 1, input: null, order: 0, state: 'running', ...options }
}

function strategy(kind: Strategy['kind'], intensity = 10): Strategy {
  return { kind, intensity, period: 5, autoShutdown: 'never' }
}

function family(...children: Child[]): Supervision {
  return children.map((child, order) => ({ ...child, order })).reduce(withChild, noChildren)
}

describe('isRestarted', () => {
  it.each([
    ['permanent', { normal: true, shutdown: true, abnormal: true }],
    ['transient', { normal: false, shutdown: false, abnormal: true }],
    ['temporary', { normal: false, shutdown: false, abnormal: false }],
  ] as const)('%s follows the table of OTP', (restart, table) => {
    for (const reason of reasons) {
      const expected = reason === 'normal' || reason === 'shutdown' ? table[reason] : table.abnormal
      expect(isRestarted(restart, { reason })).toBe(expected)
    }
  })
})

describe('addRestart', () => {
  it('allows as many as the intensity inside the window, its end included', () => {
    expect(addRestart([1_000, 500], 5, 6_000)).toEqual([6_000, 1_000])
    expect(addRestart([999], 5, 6_000)).toEqual([6_000])
  })

  it('counts in whole seconds, as OTP does', () => {
    expect(addRestart([1_000], 5, 6_999)).toEqual([6_999, 1_000])
    expect(addRestart([999], 5, 6_999)).toEqual([6_999])
  })

  it('a clock that was set back makes no room for more restarts', () => {
    expect(addRestart([100_000], 5, 6_000)).toEqual([6_000, 6_000])
    expect(addRestart([6_000, 6_000], 5, 12_000)).toEqual([12_000])
  })
})

describe('decide', () => {
  const crash = { reason: 'crash' } as const

  it('one_for_one restarts only the one that ended', () => {
    const decision = decide(family(child('a'), child('b')), strategy('one_for_one'), exitOf('a', crash), 0)
    expect(decision).toMatchObject({
      kind: 'restart',
      orders: [{ kind: 'start', id: 'a', birth: 'a', incarnation: 2 }],
    })
  })

  it('one_for_all stops the others in reverse start order and starts all in start order', () => {
    const decision = decide(
      family(child('a'), child('b'), child('c')),
      strategy('one_for_all'),
      exitOf('b', crash),
      0,
    )
    expect(ordersOf(decision)).toEqual(['stop c', 'stop a', 'start a', 'start b', 'start c'])
  })

  it('rest_for_one leaves those before it alone', () => {
    const decision = decide(
      family(child('a'), child('b'), child('c')),
      strategy('rest_for_one'),
      exitOf('b', crash),
      0,
    )
    expect(ordersOf(decision)).toEqual(['stop c', 'start b', 'start c'])
  })

  it('temporary siblings of a round are stopped, forgotten and told of', () => {
    const supervision = family(child('a'), child('b', { restart: 'temporary' }))
    const decision = decide(supervision, strategy('one_for_all'), exitOf('a', crash), 0)
    expect(ordersOf(decision)).toEqual(['stop b', 'forget b', 'start a'])
    expect(decision).toMatchObject({ ended: [{ id: 'b' }] })
  })

  it('a round counts once, and one more than the intensity gives up', () => {
    let supervision = family(child('a'), child('b'))
    for (let incarnation = 1; incarnation <= 2; incarnation += 1) {
      const decision = decide(
        supervision,
        strategy('one_for_all', 2),
        { child: 'a', birth: 'a', incarnation, exit: crash },
        incarnation,
      )
      if (decision.kind !== 'restart') throw new Error(decision.kind)
      supervision = decision.supervision
    }
    const last = decide(
      supervision,
      strategy('one_for_all', 2),
      { child: 'a', birth: 'a', incarnation: 3, exit: crash },
      3,
    )
    expect(last).toMatchObject({ kind: 'give_up', restarts: 3 })
  })

  it('intensity 0 gives up at the first restart', () => {
    expect(decide(family(child('a')), strategy('one_for_one', 0), exitOf('a', crash), 0).kind).toBe('give_up')
  })

  it('what a child of an earlier life of its parent brings is ignored', () => {
    // The parent began anew: its children count from 1 again, their births do not.
    const exits = (birth: string) => ({ child: 'a', incarnation: 1, birth, exit: crash })
    const decided = (birth: string) =>
      decide(family(child('a')), strategy('one_for_one'), exits(birth), 0).kind
    expect(decided('earlier')).toBe('ignored')
    expect(decided('a')).toBe('restart')
  })

  it('what an older incarnation brings is ignored', () => {
    const supervision = family(child('a', { incarnation: 3 }))
    expect(
      decide(supervision, strategy('one_for_one'), { child: 'a', birth: 'a', incarnation: 2, exit: crash }, 0)
        .kind,
    ).toBe('ignored')
  })

  it('a permanent child that ended normally is born again, from its input', () => {
    const decision = decide(family(child('a')), strategy('one_for_one'), exitOf('a', { reason: 'normal' }), 0)
    expect(decision).toMatchObject({ orders: [{ birth: 'ar2', incarnation: 2 }] })
  })

  it('never restarts more often inside the window than the intensity allows', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 4 }),
        fc.array(fc.integer({ min: 0, max: 3_000 })),
        (intensity, pauses) => {
          let supervision = family(child('a'))
          const times: number[] = []
          let now = 0
          for (const pause of pauses) {
            now += pause
            const incarnation = supervision.children.get('a')?.incarnation ?? 0
            const decision = decide(
              supervision,
              strategy('one_for_one', intensity),
              { child: 'a', birth: 'a', incarnation, exit: crash },
              now,
            )
            if (decision.kind !== 'restart') break
            times.push(now)
            supervision = decision.supervision
            expect(times.filter((time) => time >= now - 5_000).length).toBeLessThanOrEqual(intensity)
          }
        },
      ),
    )
  })
})

function exitOf(id: string, exit: { reason: (typeof reasons)[number] }) {
  return { child: id, birth: id, incarnation: 1, exit }
}

function ordersOf(decision: ReturnType<typeof decide>): string[] {
  if (decision.kind !== 'restart') throw new Error(`not a restart: ${decision.kind}`)
  return decision.orders.map((order) => `${order.kind} ${order.id}`)
}
