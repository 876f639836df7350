// Names that charts and users choose: any text may be an id of a child or an invocation, also the names of properties
// that every JavaScript object inherits.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cancel, createMachine, fromPromise, raise, sendTo, setup, spawnChild, stopChild } from 'xstate'
import {
  type ActorDefinition,
  type ActorRecord,
  type AdvanceResult,
  advance,
  defineActor,
  type Effect,
  type Event,
  type Message,
  newRecord,
} from '../../kernel/index.ts'

const identity = { address: 'a', kind: 'k', version: 1, parent: null, id: 'a', birth: '0', incarnation: 1 }
type Definition = ActorDefinition

class Taken {
  record: ActorRecord = newRecord(identity)
  readonly #definition: Definition

  constructor(definition: Definition) {
    this.#definition = definition
    this.take({ kind: 'started', input: null })
  }

  take(message: Message): AdvanceResult | undefined {
    const advanced = advance(this.#definition, this.record, {
      sequence: this.record.sequence + 1,
      at: 1_000,
      message,
    })
    if (advanced) this.record = advanced.record
    return advanced
  }

  mail(event: Event): AdvanceResult | undefined {
    const streamSequence = this.record.sequence + 1
    return this.take({ kind: 'mail', id: `${streamSequence}`, from: null, streamSequence, event })
  }
}

function effectsOf(advanced: AdvanceResult | undefined): readonly Effect[] {
  return advanced?.outbox.add.map(({ effect }) => effect) ?? []
}

const inherited = ['constructor', 'toString', 'valueOf', 'hasOwnProperty', '__proto__'] as const

const kid = createMachine({})
const work = fromPromise(async () => 1)

function parentOf(id: string): Definition {
  const machine = setup({ actors: { kid, work } }).createMachine({
    on: {
      SPAWN: { actions: spawnChild('kid', { id }) },
      WORK: { actions: spawnChild('work', { id }) },
      STOP: { actions: stopChild(id) },
      ASK: { actions: sendTo(id, { type: 'HELLO' }) },
    },
  })
  return defineActor({ kind: 'k', machine, children: { kid: { restart: 'transient' } } })
}

describe.each(inherited)('an id that every object inherits: %s', (id) => {
  it('starts, writes to and stops a child of that id', () => {
    const actor = new Taken(parentOf(id))
    expect(effectsOf(actor.mail({ type: 'SPAWN' }))).toMatchObject([
      { kind: 'children', orders: [{ kind: 'start', id, incarnation: 1 }] },
    ])
    expect(effectsOf(actor.mail({ type: 'ASK' }))).toMatchObject([{ kind: 'mail', to: `a.${id}`, number: 1 }])
    const stopped = actor.mail({ type: 'STOP' })
    expect(effectsOf(stopped)).toMatchObject([
      {
        orders: [
          { kind: 'stop', id },
          { kind: 'forget', id },
        ],
      },
    ])
    expect(stopped?.outbox.remove).toEqual([])
    expect(actor.record.supervision.children.size).toBe(0)
  })

  it('writes to a child of that id that is not there, as to any other', () => {
    const actor = new Taken(parentOf(id))
    expect(effectsOf(actor.mail({ type: 'ASK' }))).toMatchObject([{ kind: 'mail', to: `a.${id}` }])
  })

  it('asks to stop a child of that id that is not there without an effect', () => {
    const stopped = new Taken(parentOf(id)).mail({ type: 'STOP' })
    expect(stopped?.outbox).toEqual({ add: [], remove: [] })
  })

  it('starts an invocation of that id, and takes its outcome once', () => {
    const actor = new Taken(parentOf(id))
    const added = actor.mail({ type: 'WORK' })
    expect(effectsOf(added)).toMatchObject([{ kind: 'invocation', id, src: 'work' }])
    const key = added?.outbox.add[0]?.key ?? ''
    expect(Object.entries(actor.record.invocations)).toEqual([[id, key]])
    const outcome = { kind: 'done', output: 1 } as const
    expect(actor.take({ kind: 'outcome', key, invocation: id, outcome })?.outbox.remove).toEqual([key])
    expect(Object.keys(actor.record.invocations)).toEqual([])
    expect(actor.take({ kind: 'outcome', key, invocation: id, outcome })).toBeUndefined()
  })

  it('lets an invocation of that id run out of time', () => {
    const machine = setup({ actors: { work } }).createMachine({
      initial: 'idle',
      states: {
        idle: { on: { WORK: 'busy' } },
        busy: { invoke: { src: 'work', id, onError: 'late' } },
        late: {},
      },
    })
    const actor = new Taken(defineActor({ kind: 'k', machine, deadlines: { work: 50 } }))
    const alarm = actor.mail({ type: 'WORK' })?.alarms.set[0]
    if (!alarm) throw new Error('no alarm')
    expect(alarm).toMatchObject({ delay: 50, deadline: 1_050 })
    actor.take({ kind: 'alarm', id: alarm.id, deadline: alarm.deadline, event: alarm.event })
    expect(actor.record.snapshot.value).toBe('late')
  })

  it('ignores the outcome and the deadline of an invocation of that id that never was', () => {
    const actor = new Taken(parentOf(id))
    const outcome = { kind: 'done', output: 1 } as const
    expect(actor.take({ kind: 'outcome', key: 'a/0/1/0', invocation: id, outcome })).toBeUndefined()
    const event = { type: `canopy.deadline.${id}` }
    expect(actor.take({ kind: 'alarm', id: event.type, deadline: 1, event })).toBeUndefined()
    expect(actor.take({ kind: 'alarm', id, deadline: 1, event: { type: id } })).toBeUndefined()
  })

  it('cancels a timer of that id that was never set without a trace', () => {
    const machine = createMachine({ on: { CANCEL: { actions: cancel(id) } } })
    const cancelled = new Taken(defineActor({ kind: 'k', machine })).mail({ type: 'CANCEL' })
    expect(cancelled?.alarms).toEqual({ set: [], cancelled: [] })
  })

  it('sets a timer of that id, which rings once', () => {
    const machine = createMachine({
      entry: raise({ type: 'TICK' }, { delay: 5, id }),
      on: { TICK: { actions: raise({ type: 'AGAIN' }) } },
    })
    const actor = new Taken(defineActor({ kind: 'k', machine }))
    expect(Object.entries(actor.record.alarms)).toEqual([[id, 1_005]])
    const ring = { kind: 'alarm', id, deadline: 1_005, event: { type: 'TICK' } } as const
    expect(actor.take(ring)?.alarms.cancelled).toEqual([id])
    expect(actor.take(ring)).toBeUndefined()
  })
})

describe('a source that is named as an inherited property', () => {
  const names = inherited.filter((name) => name !== '__proto__')

  it.each(names)('%s is an invocation with the deadline of all others', (src) => {
    const machine = createMachine({ invoke: { src, id: 'work' } })
    const definition = defineActor({ kind: 'k', machine })
    const begun = advance(definition, newRecord(identity), {
      sequence: 1,
      at: 0,
      message: { kind: 'started', input: null },
    })
    expect(effectsOf(begun)).toMatchObject([{ kind: 'invocation', src }])
    expect(begun?.alarms.set).toMatchObject([{ id: 'canopy.deadline.work', delay: 3_600_000 }])
  })

  it.each(names)('a guard, a delay and an action named %s must be declared as all others', (name) => {
    const guarded = createMachine({ on: { GO: { guard: name, actions: [] } } })
    expect(() => defineActor({ kind: 'k', machine: guarded })).toThrow(`the guard '${name}' is not declared`)
    const chart = { id: 'm', initial: 'a', states: { a: { after: { [name]: 'b' } }, b: {} } }
    const delayed = createMachine(chart as never)
    expect(() => defineActor({ kind: 'k', machine: delayed })).toThrow(`the delay '${name}' is not declared`)
    const acting = createMachine({ on: { GO: { actions: name } } })
    expect(() => defineActor({ kind: 'k', machine: acting })).toThrow(`the action '${name}' would be lost`)
  })
})

describe('an id of any text', () => {
  const anyText = fc.string({ unit: 'binary', minLength: 1, maxLength: 12 })

  it('is one token of the stored names, and comes back to the machine as it was', () => {
    fc.assert(
      fc.property(anyText, (id) => {
        const machine = setup({ actors: { work } }).createMachine({
          initial: 'busy',
          states: { busy: { invoke: { src: 'work', id, onDone: 'over' } }, over: {} },
        })
        const actor = new Taken(defineActor({ kind: 'k', machine }))
        const [[stored, key] = ['', '']] = Object.entries(actor.record.invocations)
        expect(stored).toMatch(/^[A-Za-z0-9:_/~=-]+$/)
        const outcome = { kind: 'done', output: 1 } as const
        actor.take({ kind: 'outcome', key, invocation: stored, outcome })
        expect(actor.record.snapshot.value).toBe('over')
        expect(actor.record.invocations).toEqual({})
      }),
      { numRuns: 60 },
    )
  })

  it('is stored under another name than any other id', () => {
    const machine = setup({ actors: { work } }).createMachine({
      on: {
        WORK: { actions: spawnChild('work', { id: ({ event }) => (event as unknown as { id: string }).id }) },
      },
    })
    const definition = defineActor({ kind: 'k', machine })
    const near = fc.string({ unit: fc.constantFrom('.', '~', '=', 'a', '2', 'e', 'é', '😀'), minLength: 1 })
    fc.assert(
      fc.property(near, near, (one, other) => {
        fc.pre(one !== other)
        const actor = new Taken(definition)
        actor.mail({ type: 'WORK', id: one })
        actor.mail({ type: 'WORK', id: other })
        expect(Object.keys(actor.record.invocations)).toHaveLength(2)
      }),
      { numRuns: 200 },
    )
  })
})
