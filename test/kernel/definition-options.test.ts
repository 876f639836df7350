// The options of an actor: each wrong one is refused with the field and the reason when the actor is defined, and each
// that is left out has its default.

import { describe, expect, it } from 'vitest'
import { createMachine, fromPromise, setup } from 'xstate'
import { z } from 'zod'
import {
  type ActorIdentity,
  type ActorOptions,
  advance,
  chartOf,
  defineActor,
  defineSupervisor,
  newRecord,
} from '../../kernel/index.ts'

const kid = createMachine({})
const machine = setup({
  actors: { kid, work: fromPromise(async () => 1) },
  delays: { soon: 5, 'very.late': 9 },
}).createMachine({
  id: 'm',
  initial: 'idle',
  states: {
    idle: { after: { soon: 'busy', 700: 'busy' } },
    busy: { invoke: { src: 'work', id: 'work' }, after: { 'very.late': 'idle' } },
  },
})
const children = { kid: {} }

function define(options: object): ReturnType<typeof defineActor> {
  return defineActor({ kind: 'sample', machine, children, ...options } as ActorOptions)
}

describe('an option of an actor', () => {
  const refused: [string, object, RegExp][] = [
    ['kind that is empty', { kind: '' }, /kind: .*a kind is letters, digits, - and _/],
    ['kind with a dot', { kind: 'a.b' }, /^actor a\.b: kind: /],
    ['kind that begins with a digit', { kind: '1a' }, /kind/],
    ['kind with a space', { kind: 'a b' }, /kind/],
    ['kind that is no text', { kind: 7 }, /kind/],
    ['version of 0', { version: 0 }, /^actor sample: version: /],
    ['version that is negative', { version: -1 }, /version/],
    ['version that is no whole number', { version: 1.5 }, /version/],
    ['version that is no number', { version: Number.NaN }, /version/],
    [
      'child that the chart does not start',
      { children: { kid: {}, cat: {} } },
      /children\.cat is not an actor source/,
    ],
    ['child whose restart is none', { children: { kid: { restart: 'never' } } }, /children\.kid: .*restart/s],
    ['child with an unknown field', { children: { kid: { restarts: 3 } } }, /children\.kid: .*restarts/s],
    [
      'child that is significant for nobody',
      { children: { kid: { significant: true } } },
      /needs autoShutdown/,
    ],
    [
      'child that is significant and permanent',
      { children: { kid: { significant: true } }, strategy: { autoShutdown: 'any_significant' } },
      /always restarted/,
    ],
    ['child that is left out', { children: {} }, /source 'kid' is a machine: name it in children/],
    ['strategy that is none', { strategy: { kind: 'two_for_one' } }, /strategy: .*kind/s],
    ['strategy with a negative intensity', { strategy: { intensity: -1 } }, /intensity/],
    ['strategy without a period', { strategy: { period: 0 } }, /period/],
    ['strategy with an unknown field', { strategy: { retries: 3 } }, /retries/],
    [
      'strategy that ends with children nobody names',
      { strategy: { kind: 'simple_one_for_one', autoShutdown: 'any_significant' } },
      /autoShutdown must be never/,
    ],
    ['deadline of no time', { deadlines: { work: 0 } }, /deadlines: .*work/s],
    ['deadline that is no number', { deadlines: { work: 'soon' } }, /deadlines/],
    [
      'deadline of a source that is not there',
      { deadlines: { wrok: 5 } },
      /deadlines\.wrok is no promise of its machine/,
    ],
    [
      'deadline of a child',
      { deadlines: { kid: 5 } },
      /deadlines\.kid is no promise of its machine; known: work/,
    ],
    ['timer that is not there', { timers: { son: 'restart' } }, /timers\.son is neither a delay nor a state/],
    [
      'timer with a policy that is none',
      { timers: { soon: 'never' } },
      /timers\.soon is never; .*deadline, remaining or restart/,
    ],
    ['passivation after no time', { passivateAfterMs: 0 }, /passivateAfterMs/],
    ['passivation after half a millisecond', { passivateAfterMs: 0.5 }, /passivateAfterMs/],
  ]

  it.each(refused)('is refused: %s', (_, options, says) => {
    expect(() => define(options)).toThrow(says)
    expect(() => define(options)).toThrow(/^actor /)
  })

  it('has a default when it is left out', () => {
    expect(define({})).toMatchObject({
      kind: 'sample',
      version: 1,
      strategy: { kind: 'one_for_one', intensity: 1, period: 5, autoShutdown: 'never' },
      children: { kid: { restart: 'permanent', shutdown: 5_000, type: 'worker', resume: 'snapshot' } },
      timers: {},
      deadlines: {},
    })
    for (const field of ['passivateAfterMs', 'migrate', 'init']) expect(define({})).not.toHaveProperty(field)
  })

  it('is kept as it was given', () => {
    const migrate = (snapshot: never) => snapshot
    const events = z.object({ type: z.literal('GO') })
    const given = { version: 3, deadlines: { work: 'infinity' }, passivateAfterMs: 10, migrate, events }
    expect(define(given)).toMatchObject(given)
  })

  it.each(['GO', 'canopy.x', 'a'])('accepts by default any event with a type, such as %s', (type) => {
    const { events } = define({})
    expect(z.safeParse(events, { type, more: [1] })).toMatchObject({
      success: true,
      data: { type, more: [1] },
    })
  })

  it.each([[{}], [{ type: '' }], [{ type: 7 }], [null], ['GO'], [[]]])(
    'refuses by default the event %j',
    (event) => {
      expect(z.safeParse(define({}).events, event).success).toBe(false)
    },
  )
})

describe('the policy of a timer', () => {
  const identity: ActorIdentity = {
    address: 'a',
    kind: 'sample',
    version: 1,
    parent: null,
    id: 'a',
    birth: '0',
    incarnation: 1,
  }

  /** The policies of the timers that the first state sets. */
  function policies(timers: object): Record<string, string> {
    const message = { kind: 'started', input: null } as const
    const begun = advance(define({ timers }), newRecord(identity), { sequence: 1, at: 0, message })
    return Object.fromEntries((begun?.alarms.set ?? []).map(({ delay, policy }) => [delay, policy]))
  }

  it.each([
    [{}, { 5: 'deadline', 700: 'deadline' }],
    [{ soon: 'restart' }, { 5: 'restart', 700: 'deadline' }],
    [{ 700: 'remaining' }, { 5: 'deadline', 700: 'remaining' }],
    [{ idle: 'restart' }, { 5: 'restart', 700: 'restart' }],
    [{ 'm.idle': 'restart' }, { 5: 'restart', 700: 'restart' }],
    [{ busy: 'restart' }, { 5: 'deadline', 700: 'deadline' }],
    [
      { idle: 'restart', soon: 'remaining' },
      { 5: 'remaining', 700: 'restart' },
    ],
    [
      { 'xstate.after.soon.m.idle': 'restart', soon: 'remaining' },
      { 5: 'restart', 700: 'deadline' },
    ],
  ])('%j gives %j: the most exact name counts', (timers, expected) => {
    expect(policies(timers)).toEqual(expected)
  })
})

describe('the chart of an actor for tools', () => {
  it('is plain JSON that names guards, actions and delays and holds no code', () => {
    function isReady(): boolean {
      return true
    }
    const chart = setup({ actors: { work: fromPromise(async () => 1) }, guards: { isReady } }).createMachine({
      id: 'm',
      context: { n: 1 },
      initial: 'a',
      states: {
        a: { on: { GO: { guard: 'isReady', target: 'b' }, TRY: { guard: isReady, target: 'b' } } },
        b: { type: 'final' },
      },
    })
    const shown = chartOf(defineActor({ kind: 'k', machine: chart }))
    expect(shown).toEqual({
      id: 'm',
      context: { n: 1 },
      initial: 'a',
      states: {
        a: {
          on: { GO: { guard: 'isReady', target: 'b' }, TRY: { guard: { type: 'isReady' }, target: 'b' } },
        },
        b: { type: 'final' },
      },
    })
    expect(JSON.parse(JSON.stringify(shown))).toEqual(shown)
  })

  it('shows an object that is used twice twice, and one that contains itself as circular', () => {
    const shared = { text: 'x' }
    const circular: Record<string, unknown> = { name: 'c' }
    circular.self = circular
    const meta = { one: shared, two: shared, list: [shared, shared], circular }
    const shown = chartOf(defineActor({ kind: 'k', machine: createMachine({ meta } as never) }))
    expect(shown).toEqual({
      meta: {
        one: shared,
        two: shared,
        list: [shared, shared],
        circular: { name: 'c', self: { type: 'circular' } },
      },
    })
  })
})

describe('the init of a supervisor', () => {
  const worker = { id: 'w', src: 'worker' }
  const start = (init: unknown, input: unknown = null) =>
    defineSupervisor({ kind: 's', init: init as never }).init?.(input)

  const wrong: [string, unknown, string, unknown][] = [
    ['nothing', undefined, 'bad_return', undefined],
    ['null', null, 'bad_return', undefined],
    ['a text', 'none', 'bad_return', undefined],
    ['flags without children', { intensity: 1 }, 'bad_return', undefined],
    ['a wrong strategy', { strategy: 'all', children: [] }, 'supervisor_data', 'invalid_strategy'],
    ['a wrong intensity', { intensity: '1', children: [] }, 'supervisor_data', 'invalid_intensity'],
    ['children that are no list', { children: {} }, 'start_spec', 'invalid_children'],
    ['a child without an id', { children: [{ src: 'w' }] }, 'start_spec', 'missing_id'],
    ['a child without a kind', { children: [{ id: 'w' }] }, 'start_spec', 'missing_start'],
    ['two children of one id', { children: [worker, worker] }, 'start_spec', 'duplicate_child_name'],
    ['no template', { strategy: 'simple_one_for_one', children: [] }, 'bad_start_spec', undefined],
    [
      'two templates',
      { strategy: 'simple_one_for_one', children: [worker, worker] },
      'bad_start_spec',
      undefined,
    ],
  ]

  it.each(wrong)('that returns %s fails the start with the error of OTP', (_, given, code, detail) => {
    expect.assertions(2)
    try {
      start(() => given)
    } catch (error) {
      expect(error).toBeInstanceOf(Error)
      expect(error).toMatchObject({ code, ...(detail !== undefined && { detail }) })
    }
  })

  it('may depend on the input, and may find nothing to do', () => {
    const init = ({ count }: { count: number }) =>
      count === 0
        ? 'ignore'
        : { children: Array.from({ length: count }, (_, at) => ({ ...worker, id: `w${at}` })) }
    expect(start(init, { count: 0 })).toBe('ignore')
    expect(start(init, { count: 2 })).toMatchObject({ children: [{ id: 'w0' }, { id: 'w1' }] })
    expect(start('ignore')).toBe('ignore')
  })

  it('begins its children in order, or ends with the reason when the first start fails', () => {
    const definition = defineSupervisor({ kind: 's', init: { children: [worker, { ...worker, id: 'x' }] } })
    const identity = { address: 's', kind: 's', version: 1, parent: 'p', id: 's', birth: '0', incarnation: 1 }
    const message = { kind: 'started', input: null } as const
    const begun = advance(definition, newRecord(identity), { sequence: 1, at: 0, message })
    const [orders] = begun?.outbox.add ?? []
    expect(orders?.effect).toMatchObject({
      orders: [
        { id: 'w', round: 'startup' },
        { id: 'x', round: 'startup' },
      ],
    })
    const birth = begun?.record.supervision.children.get('w')?.birth ?? ''
    const exit = { reason: 'crash', error: { message: 'no port' } } as const
    const failed = { kind: 'exited', child: 'w', incarnation: 1, birth, exit, start: true } as const
    const ended = begun && advance(definition, begun.record, { sequence: 2, at: 0, message: failed })
    expect(ended?.record.exit).toMatchObject({ reason: 'shutdown', error: { code: 'failed_to_start_child' } })
    expect(ended?.outbox.add.at(-1)?.effect).toMatchObject({ kind: 'exit', start: true })
  })

  it('accepts no mail', () => {
    const { events } = defineSupervisor({ kind: 's', init: { children: [] } })
    expect(z.safeParse(events, { type: 'GO' }).success).toBe(false)
  })
})
