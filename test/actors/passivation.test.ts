import { beforeEach, describe, expect, it } from 'vitest'
import { assign, fromPromise, sendParent, setup } from 'xstate'
import { z } from 'zod'
import { Node, SimulatedClock } from '../../actors/index.ts'
import { defineActor, defineSupervisor, type Event, type Fact } from '../../kernel/index.ts'
import { openMemoryStore, type Store } from '../../persistence/index.ts'
import { type MemoryMail, openMemoryMail } from '../../transport/index.ts'
import { eventually } from '../eventually.ts'

const MINUTE = 60_000

const counter = setup({
  types: {} as { context: { count: number }; events: Event },
  actors: { work: fromPromise<number>(async () => 0) },
}).createMachine({
  id: 'counter',
  context: { count: 0 },
  initial: 'idle',
  on: { COUNT: { actions: assign({ count: ({ context }) => context.count + 1 }) } },
  states: {
    idle: { on: { WORK: 'busy', REMIND: 'reminded' } },
    busy: { invoke: { src: 'work', id: 'work', onDone: 'idle' } },
    reminded: { after: { [60 * MINUTE]: { target: 'idle', actions: assign({ count: 100 }) } } },
  },
})

const group = setup({
  types: {} as { context: { heard: number }; events: Event },
  actors: { counter: fromPromise<number>(async () => 0) },
}).createMachine({
  id: 'group',
  context: { heard: 0 },
  invoke: { src: 'counter', id: 'only' },
  on: { HEAR: { actions: assign({ heard: ({ context }) => context.heard + 1 }) } },
})

const shouting = setup({ types: {} as { events: Event } }).createMachine({
  id: 'shouting',
  on: { SHOUT: { actions: sendParent({ type: 'HEAR' }) } },
})

let store: Store
let clock: SimulatedClock
let mail: MemoryMail
let facts: Fact[]
let letters = 0

beforeEach(async () => {
  store = await openMemoryStore()
  clock = new SimulatedClock()
  mail = openMemoryMail({ mailboxLimit: 100 })
  facts = []
})

async function boot(
  children: { id: string; src: string }[] = ids(3),
  work = async (): Promise<unknown> => 1,
) {
  return Node.start({
    definitions: [
      defineSupervisor({ kind: 'top', init: { intensity: 5, children } }),
      defineActor({
        kind: 'counter',
        machine: counter,
        events: z.object({ type: z.enum(['COUNT', 'WORK', 'REMIND']) }),
        passivateAfterMs: MINUTE,
      }),
      defineActor({ kind: 'group', machine: group, children: { counter: {} }, passivateAfterMs: MINUTE }),
      defineActor({ kind: 'shouting', machine: shouting, passivateAfterMs: MINUTE }),
    ],
    root: { kind: 'top', input: null },
    implementations: { work },
    store,
    mail,
    clock,
    tell: (fact) => facts.push(fact),
  })
}

function ids(count: number): { id: string; src: string }[] {
  return Array.from({ length: count }, (_, at) => ({ id: `c${at}`, src: 'counter' }))
}

function tell(to: string, type: string): Promise<unknown> {
  letters += 1
  return mail.publish({ id: `letter-${letters}`, to, from: null, event: { type } })
}

async function count(id: string): Promise<unknown> {
  return (await store.read(`top.${id}`))?.record.snapshot.context.count
}

function passivated(): string[] {
  return facts.flatMap((fact) => (fact.type === 'actor.passivated' ? [fact.address] : []))
}

function statuses(node: Node): Record<string, string> {
  return Object.fromEntries(node.actors.map(({ address, status }) => [address, status]))
}

async function settled(node: Node, actors: number): Promise<void> {
  await eventually(() => node.actors.filter(({ sequence }) => sequence > 0).length === actors)
}

describe('passivation', () => {
  it('an idle actor leaves memory and comes back with the next message, as it was', async () => {
    const node = await boot()
    await settled(node, 4)
    await tell('top.c1', 'COUNT')
    await eventually(async () => (await count('c1')) === 1)
    clock.advance(MINUTE)
    await eventually(() => passivated().length === 3)
    expect(statuses(node)).toEqual({
      top: 'running',
      'top.c0': 'asleep',
      'top.c1': 'asleep',
      'top.c2': 'asleep',
    })
    await tell('top.c1', 'COUNT')
    await eventually(async () => (await count('c1')) === 2)
    expect(statuses(node)).toMatchObject({ 'top.c0': 'asleep', 'top.c1': 'running' })
    clock.advance(MINUTE)
    await eventually(() => passivated().length === 4)
  })

  it('a timer of a sleeping actor rings when it is due', async () => {
    const node = await boot()
    await settled(node, 4)
    await tell('top.c0', 'REMIND')
    await eventually(async () => ((await store.read('top.c0'))?.alarms.length ?? 0) === 1)
    clock.advance(MINUTE)
    await eventually(() => passivated().length === 3)
    clock.advance(58 * MINUTE)
    expect(await count('c0')).toBe(0)
    clock.advance(MINUTE)
    await eventually(async () => (await count('c0')) === 100)
  })

  it('whoever works does not sleep', async () => {
    const done = Promise.withResolvers<number>()
    const node = await boot(ids(1), () => done.promise)
    await settled(node, 2)
    await tell('top.c0', 'WORK')
    await eventually(() => facts.some((fact) => fact.type === 'effect.started'))
    clock.advance(10 * MINUTE)
    expect(passivated()).toEqual([])
    done.resolve(1)
    await eventually(async () => (await store.read('top.c0'))?.record.snapshot.value === 'idle')
    clock.advance(2 * MINUTE)
    await eventually(() => passivated().length === 1)
  })

  it('who slept when the node stopped is left asleep by the next, with its timers', async () => {
    const first = await boot()
    await settled(first, 4)
    await tell('top.c0', 'REMIND')
    await eventually(async () => ((await store.read('top.c0'))?.alarms.length ?? 0) === 1)
    await first.stop(0)
    facts = []
    const second = await boot()
    expect(facts.flatMap((fact) => (fact.type === 'actor.resumed' ? [fact.address] : []))).toEqual(['top'])
    expect(statuses(second)).toMatchObject({ 'top.c0': 'asleep', 'top.c2': 'asleep' })
    await tell('top.c2', 'COUNT')
    await eventually(async () => (await count('c2')) === 1)
    clock.advance(60 * MINUTE)
    await eventually(async () => (await count('c0')) === 100)
  })

  it('a parent sleeps after its children, and mail for a child below it wakes both', async () => {
    const node = await boot([{ id: 'g', src: 'group' }])
    await settled(node, 3)
    clock.advance(MINUTE)
    await eventually(() => passivated().includes('top.g.only'))
    clock.advance(2 * MINUTE)
    await eventually(() => passivated().includes('top.g'))
    await tell('top.g.only', 'COUNT')
    await eventually(async () => (await store.read('top.g.only'))?.record.snapshot.context.count === 1)
    expect(statuses(node)).toMatchObject({ 'top.g': 'running', 'top.g.only': 'running' })
  })

  it('what a woken actor sends arrives at a parent that was asleep too', async () => {
    const node = await boot([{ id: 's', src: 'shouting' }])
    await settled(node, 2)
    clock.advance(MINUTE)
    await eventually(() => passivated().length === 1)
    await tell('top.s', 'SHOUT')
    // The supervisor has no events of its own: mail for it is put aside, which shows that it was sent.
    const dead = await eventually(() => facts.find((fact) => fact.type === 'letter.dead'))
    expect(dead).toMatchObject({ to: 'top', reason: 'undecodable', event: 'HEAR' })
  })

  it('what is no event of a sleeping actor is put aside and does not reach it', async () => {
    const node = await boot(ids(1))
    await settled(node, 2)
    clock.advance(MINUTE)
    await eventually(() => passivated().length === 1)
    expect(node.check('top.c0', { type: 'NONSENSE' })).toMatchObject({ ok: false, code: 'bad_event' })
    await tell('top.c0', 'NONSENSE')
    const dead = await eventually(() => facts.find((fact) => fact.type === 'letter.dead'))
    expect(dead).toMatchObject({ to: 'top.c0', reason: 'undecodable' })
  })

  it('a supervisor can stop and delete a child that sleeps; nothing of it is left', async () => {
    const node = await boot(ids(1))
    await settled(node, 2)
    await tell('top.c0', 'REMIND')
    await eventually(async () => ((await store.read('top.c0'))?.alarms.length ?? 0) === 1)
    clock.advance(MINUTE)
    await eventually(() => passivated().length === 1)
    const top = node.supervisor('top')
    expect(await top.terminateChild('c0')).toMatchObject({ ok: true })
    expect(await top.deleteChild('c0')).toMatchObject({ ok: true })
    expect(await store.read('top.c0')).toBeUndefined()
    clock.advance(120 * MINUTE)
    expect(facts.filter((fact) => fact.type === 'actor.resumed')).toEqual([])
  })

  it('a thousand that sleep keep no actor in memory', async () => {
    const node = await boot(ids(1_000))
    await settled(node, 1_001)
    clock.advance(MINUTE)
    await eventually(() => passivated().length === 1_000)
    expect(node.actors.filter(({ status }) => status !== 'asleep')).toHaveLength(1)
    expect(node.census).toMatchObject({ actors: 1, mailboxes: 1, alarms: 0 })
    await tell('top.c999', 'COUNT')
    await eventually(async () => (await count('c999')) === 1)
  })
})
