// What cannot work in a durable actor is refused when the actor is defined, or crashes it where the chart alone does
// not show it; both say why and what to do instead.

import { describe, expect, it } from 'vitest'
import {
  type AnyStateMachine,
  assign,
  createMachine,
  emit,
  enqueueActions,
  fromCallback,
  fromObservable,
  fromPromise,
  fromTransition,
  log,
  raise,
  sendTo,
  setup,
  spawnChild,
} from 'xstate'
import {
  type ActorOptions,
  advance,
  childrenOf,
  defineActor,
  newRecord,
  PersistentMap,
} from '../../kernel/index.ts'

const promise = fromPromise(async () => 1)
const machine = createMachine({})

function define(chart: AnyStateMachine, options: Partial<ActorOptions> = {}): ReturnType<typeof defineActor> {
  return defineActor({ kind: 'sample', machine: chart, ...options })
}

/** Takes its first message and then these events. */
function run(chart: AnyStateMachine, events: { type: string }[] = [], options: Partial<ActorOptions> = {}) {
  const definition = define(chart, options)
  const identity = {
    address: 'a',
    kind: 'sample',
    version: 1,
    parent: null,
    id: 'a',
    birth: '0',
    incarnation: 1,
  }
  const messages = [
    { kind: 'started', input: { n: 1 } } as const,
    ...events.map(
      (event, n) => ({ kind: 'mail', id: `${n}`, from: null, streamSequence: n, event }) as const,
    ),
  ]
  let record = newRecord(identity)
  return messages.map((message, index) => {
    const advanced = advance(definition, record, { sequence: index + 1, at: 0, message })
    if (!advanced) throw new Error('not taken')
    record = advanced.record
    return advanced
  })
}

const refused: Record<string, { chart: () => AnyStateMachine; says: RegExp }> = {
  'an actor reference in the initial context': {
    chart: () => createMachine({ context: { child: { sessionId: 'x:1', send: () => {} } } }),
    says: /context\.child is an actor reference; .*ids instead of actor references/,
  },
  'a function in the initial context': {
    chart: () => createMachine({ context: { deep: [{ callback: () => 1 }] } }),
    says: /context\.deep\[0\]\.callback is a function; .*names instead of functions/,
  },
  'a date, a map or a class in the initial context': {
    chart: () => createMachine({ context: { at: new Date(0) } }),
    says: /context\.at is of the class Date/,
  },
  'a number that JSON does not know': {
    chart: () => createMachine({ context: { best: Number.POSITIVE_INFINITY } }),
    says: /context\.best is Infinity/,
  },
  'logic given in invoke': {
    chart: () => createMachine({ id: 'm', invoke: { src: promise } }),
    says: /state 'm': the invocation '0\.m' has its logic inline.*give it a name in setup/,
  },
  'logic given to spawnChild': {
    chart: () => createMachine({ id: 'm', entry: spawnChild(promise as never) }),
    says: /state 'm': spawnChild has its logic inline/,
  },
  'a callback as source': {
    chart: () => setup({ actors: { ticks: fromCallback(() => {}) } }).createMachine({}),
    says: /source 'ticks' is a callback, .*make it a promise, a machine, or something outside/,
  },
  'an observable as source': {
    chart: () => setup({ actors: { ticks: fromObservable(() => ({}) as never) } }).createMachine({}),
    says: /source 'ticks' is an observable/,
  },
  'a transition function as source': {
    chart: () => setup({ actors: { sum: fromTransition((n: number) => n, 0) } }).createMachine({}),
    says: /source 'sum' is a transition function/,
  },
  'a machine as source that is not named in children': {
    chart: () => setup({ actors: { kid: machine } }).createMachine({}),
    says: /source 'kid' is a machine: name it in children/,
  },
  'an invocation that wants snapshots': {
    chart: () =>
      setup({ actors: { work: promise } }).createMachine({ invoke: { src: 'work', onSnapshot: {} } }),
    says: /asks for snapshots of its child.*sendParent/,
  },
  'a systemId': {
    chart: () =>
      setup({ actors: { work: promise } }).createMachine({ invoke: { src: 'work', systemId: 'w' } as never }),
    says: /has a systemId: .*send to its address/,
  },
  'an inline action': {
    chart: () => createMachine({ id: 'm', initial: 'a', states: { a: { entry: () => {} } } }),
    says: /state 'm\.a': the inline action.* would be lost.*a promise, started by invoke or spawnChild/,
  },
  'a named action': {
    chart: () => setup({ actions: { beep: () => {} } }).createMachine({ on: { GO: { actions: 'beep' } } }),
    says: /the action 'beep' would be lost.*or name it in actions to report it as a telemetry event/,
  },
  'an action that nobody gave': {
    chart: () => createMachine({ on: { GO: { actions: 'beep' } } }),
    says: /the action 'beep' would be lost/,
  },
  'a guard that nobody gave': {
    chart: () => createMachine({ on: { GO: { guard: 'isReady', actions: [] } } }),
    says: /the guard 'isReady' is not declared/,
  },
  'a delay that nobody gave': {
    chart: () =>
      createMachine({ id: 'm', initial: 'a', states: { a: { after: { soon: 'b' } }, b: {} } } as never),
    says: /state 'm\.a': the delay 'soon' is not declared/,
  },
}

describe('refused when defined', () => {
  for (const [what, { chart, says }] of Object.entries(refused)) {
    it(what, () => {
      expect(() => define(chart())).toThrow(says)
      expect(() => define(chart())).toThrow(/^actor sample: /)
    })
  }

  it('all faults at once', () => {
    const chart = createMachine({ context: { f: () => 1 }, on: { GO: { guard: 'g', actions: 'a' } } })
    expect(() => define(chart)).toThrow(/context\.f(.|\n)*guard 'g'(.|\n)*action 'a'/)
  })
})

const sendSelf = enqueueActions(({ self }) => self.send({ type: 'X' }))
const crashing: Record<string, { chart: () => AnyStateMachine; says: RegExp }> = {
  'a function in a context made from the input': {
    chart: () => createMachine({ context: ({ input }: { input: object }) => ({ ...input, f: () => 1 }) }),
    says: /^context\.f is a function/,
  },
  'spawn in a context': {
    chart: () =>
      setup({ actors: { work: promise } }).createMachine({
        context: ({ spawn }) => ({ ref: spawn('work') }) as never,
      }),
    says: /^spawn would put an actor reference into the context; use spawnChild/,
  },
  'spawn in an assign': {
    chart: () =>
      setup({ actors: { work: promise } }).createMachine({
        on: { GO: { actions: assign(({ spawn }) => ({ ref: spawn('work') })) } },
      }),
    says: /^spawn would put an actor reference into the context; use spawnChild/,
  },
  'self in the context': {
    chart: () => createMachine({ on: { GO: { actions: assign(({ self }) => ({ self })) } } }),
    says: /^context\.self is an actor reference/,
  },
  'self.send in an action': {
    chart: () => createMachine({ on: { GO: { actions: sendSelf } } }),
    says: /^send\(X\) in an action would be lost; use raise or sendTo/,
  },
  'a custom action that is enqueued': {
    chart: () =>
      createMachine({ on: { GO: { actions: enqueueActions(({ enqueue }) => enqueue(() => {})) } } }),
    says: /^the action '.*' would be lost/,
  },
  'inline logic that is enqueued': {
    chart: () =>
      createMachine({
        on: { GO: { actions: enqueueActions(({ enqueue }) => enqueue.spawnChild(promise as never)) } },
      }),
    says: /^spawnChild has its logic inline/,
  },
  'a circle': {
    chart: () => {
      const circle: { self?: unknown } = {}
      circle.self = circle
      return createMachine({ on: { GO: { actions: assign({ circle }) } } })
    },
    says: /does it contain itself\?/,
  },
  'mail that is no JSON': {
    chart: () =>
      createMachine({ on: { GO: { actions: sendTo('kid', { type: 'HI', at: new Date(0) } as never) } } }),
    says: /^HI\.at is of the class Date; it must be JSON/,
  },
}

describe('a crash of the step', () => {
  for (const [what, { chart, says }] of Object.entries(crashing)) {
    it(what, () => {
      expect(() => run(chart(), [{ type: 'GO' }])).toThrow(says)
    })
  }
})

describe('what looks alike and works', () => {
  it('sources named in children, plain contexts, promises, guards and delays that are there', () => {
    const chart = setup({
      actors: { kid: machine, work: promise },
      guards: { yes: () => true },
      delays: { soon: 5 },
    }).createMachine({
      context: { nothing: undefined, none: null, many: PersistentMap.empty(), list: [1, { a: 'b' }] },
      initial: 'a',
      states: {
        a: { invoke: [{ src: 'kid' }, { src: 'work' }], after: { soon: 'b' }, on: { GO: 'b' } },
        b: {},
      },
    })
    expect(run(chart, [{ type: 'GO' }], { children: { kid: {} } }).at(-1)?.record.snapshot.value).toBe('b')
  })

  it('a custom action that is named in actions is told, with its params', () => {
    const chart = createMachine({ on: { GO: { actions: { type: 'beep', params: { times: 2 } } } } })
    const [, after] = run(chart, [{ type: 'GO' }], { actions: ['beep'] })
    expect(after?.emitted).toEqual([{ type: 'canopy.action', action: 'beep', params: { times: 2 } }])
  })

  it('log is told, and emit', () => {
    const chart = createMachine({
      context: { n: 1 },
      on: { GO: { actions: [log(({ context }) => context.n, 'n'), emit({ type: 'SAID' })] } },
    })
    const [, after] = run(chart, [{ type: 'GO' }])
    expect(after?.emitted).toEqual([{ type: 'xstate.log', label: 'n', value: 1 }, { type: 'SAID' }])
  })

  it('a source that only the node implements', () => {
    const chart = createMachine({
      invoke: { src: 'fetch', input: ({ context }: { context: unknown }) => context },
    })
    const [first] = run(chart)
    expect(first?.outbox.add).toMatchObject([{ effect: { kind: 'invocation', src: 'fetch', input: {} } }])
  })

  it('two delayed events of one type without ids are two timers', () => {
    const chart = createMachine({
      entry: [raise({ type: 'TICK' }, { delay: 1 }), raise({ type: 'TICK' }, { delay: 2 })],
    })
    expect(run(chart)[0]?.alarms.set.map(({ id, delay }) => [id, delay])).toEqual([
      ['TICK#1', 1],
      ['TICK#2', 2],
    ])
  })

  it('children and invocations without ids get free ones', () => {
    const chart = setup({ actors: { kid: machine, work: promise } }).createMachine({
      on: { GO: { actions: [spawnChild('kid'), spawnChild('kid'), spawnChild('work')] } },
    })
    const after = run(chart, [{ type: 'GO' }, { type: 'GO' }], { children: { kid: {} } }).at(-1)
    const children = after && childrenOf(after.record.supervision).map(({ id }) => id)
    expect(children).toEqual(['kid:1', 'kid:2', 'kid:3', 'kid:4'])
    expect(Object.keys(after?.record.invocations ?? {})).toEqual(['work:1', 'work:2'])
  })
})
