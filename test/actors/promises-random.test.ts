// The promises P1 to P8 of the durable loop, each as a property of random runs.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { assign, emit, fromPromise, setup } from 'xstate'
import { Node, type NodeOptions, SimulatedClock } from '../../actors/index.ts'
import {
  advance,
  defineActor,
  type Event,
  type Fact,
  newRecord,
  type OutboxEntry,
} from '../../kernel/index.ts'
import { type Commit, openMemoryStore, type Store } from '../../persistence/index.ts'
import { type Mail, type MemoryMail, openMemoryMail } from '../../transport/index.ts'
import { eventually } from '../eventually.ts'
import { Cord } from './cord.ts'
import { definitions, root } from './shop.ts'
import { World } from './world.ts'

const keeper = setup({
  types: {} as { context: { got: number[]; rang: string[] }; events: Event; emitted: Event },
  actors: { work: fromPromise<number>(async () => 0) },
  guards: {
    boom: () => {
      throw new Error('boom')
    },
  },
  actions: { ring: assign({ rang: ({ context }, name: string) => [...context.rang, name] }) },
}).createMachine({
  id: 'keeper',
  context: { got: [], rang: [] },
  type: 'parallel',
  on: {
    GOT: {
      actions: [
        assign({ got: ({ context, event }) => [...context.got, Number(event.n)] }),
        emit(({ event }) => ({ type: 'got', n: event.n })),
      ],
    },
    POISON: { guard: 'boom' },
  },
  states: {
    deadline: {
      initial: 'x',
      states: { x: { after: { 1000: 'y' } }, y: { entry: { type: 'ring', params: 'a' } } },
    },
    remaining: {
      initial: 'x',
      states: { x: { after: { 1000: 'y' } }, y: { entry: { type: 'ring', params: 'b' } } },
    },
    restart: {
      initial: 'x',
      states: { x: { after: { 1000: 'y' } }, y: { entry: { type: 'ring', params: 'c' } } },
    },
    work: {
      initial: 'idle',
      states: {
        idle: { on: { WORK: 'busy' } },
        busy: {
          on: { WORK: { target: 'busy', reenter: true } },
          invoke: { src: 'work', id: 'work', onDone: 'idle' },
        },
      },
    },
  },
})

const keeperActor = defineActor({
  kind: 'keeper',
  machine: keeper,
  timers: { 'remaining.x': 'remaining', 'restart.x': 'restart' },
})
const shelter = setup({ actors: { keeper: fromPromise<null>(async () => null) } }).createMachine({
  id: 'shelter',
  invoke: { src: 'keeper', id: 'k' },
})
const shelterActor = defineActor({
  kind: 'shelter',
  machine: shelter,
  children: { keeper: {} },
  strategy: { intensity: 1_000 },
})

interface Place {
  readonly store: Store
  readonly mail: MemoryMail
  readonly clock: SimulatedClock
  readonly facts: Fact[]
}

async function place(): Promise<Place> {
  const clock = new SimulatedClock()
  const mail = openMemoryMail({ mailboxLimit: 10_000, now: () => clock.now() })
  return { store: await openMemoryStore(), mail, clock, facts: [] }
}

function boot(at: Place, options: Partial<NodeOptions> = {}): Promise<Node> {
  return Node.start({
    definitions: [keeperActor, shelterActor],
    root: { kind: 'keeper', input: null },
    implementations: { work: async () => 1 },
    ...at,
    tell: (fact) => at.facts.push(fact),
    ...options,
  })
}

let letters = 0

/** Mail `number` of a sender; each copy is a message of its own to the stream. */
function send({ mail }: Pick<Place, 'mail'>, number: number, event: Event, to = 'keeper'): Promise<unknown> {
  letters += 1
  return mail.publish({ id: `copy-${letters}`, to, from: { address: 'sender', birth: 'b', number }, event })
}

async function context(store: Store, address = 'keeper'): Promise<{ got: number[]; rang: string[] }> {
  return (await store.read(address))?.record.snapshot.context as never
}

async function taken({ mail }: Place): Promise<void> {
  await eventually(() => mail.size === 0, { what: 'all mail being taken' })
}

/** Its timers are set when its first step is told. */
async function begun({ facts }: Place, address = 'keeper'): Promise<void> {
  const look = (): boolean => facts.some((fact) => fact.type === 'actor.stepped' && fact.address === address)
  await eventually(look, { what: `${address} beginning` })
}

const numbers = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 14 })

describe('the promises', () => {
  it('P1: each message is stepped exactly once, in whatever order, however often it comes, whoever restarts', async () => {
    const script = fc.array(fc.oneof(fc.integer({ min: 1, max: 6 }), fc.constantFrom('session', 'restart')), {
      minLength: 1,
      maxLength: 20,
    })
    await fc.assert(
      fc.asyncProperty(script, async (steps) => {
        const at = await place()
        let node = await boot(at)
        await begun(at)
        for (const step of steps) {
          if (step === 'session') at.mail.reconnect()
          else if (step === 'restart') {
            await node.stop(0)
            at.mail.reconnect()
            node = await boot(at)
          } else if (typeof step === 'number') await send(at, step, { type: 'GOT', n: step })
        }
        await taken(at)
        const sent = new Set(steps.filter((step) => typeof step === 'number'))
        expect((await context(at.store)).got.toSorted()).toEqual([...sent].toSorted())
        await node.stop(0)
      }),
      { numRuns: 40 },
    )
  })

  it('P2: no ack, no mail, no effect and no news before the commit that decided it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 5, maxLength: 20 }),
        async (delays) => {
          const world = await World.open()
          const done = new Set<string>()
          const early: string[] = []
          const check = (what: string): void => {
            if (!done.has(what)) early.push(what)
          }
          const node = await Node.start({
            definitions,
            root,
            implementations: {
              pay: async ({ input, key }) => {
                check(key)
                return (input as { left: number }).left
              },
            },
            store: slowly(world.store, delays, (commit) => {
              for (const { key } of commit.outbox.add) done.add(key)
              if (commit.entry?.message.kind === 'mail') done.add(`ack ${commit.entry.message.id}`)
              done.add(`step ${commit.address} ${commit.after.sequence}`)
              for (const [to, number] of commit.after.sent) done.add(`mail ${commit.address} ${to} ${number}`)
            }),
            mail: watched(world.mail, check),
            tell: (fact) => {
              if (fact.type === 'actor.stepped') check(`step ${fact.address} ${fact.sequence}`)
            },
          })
          expect((await node.ending).kind).toBe('ended')
          expect(early).toEqual([])
          expect(done.size).toBeGreaterThan(20)
        },
      ),
      { numRuns: 15 },
    )
  })

  it('P3: whenever it dies, each effect is paid once, under a key that does not change', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 3, max: 60 }), { maxLength: 4 }), async (lives) => {
        const world = await World.open()
        for (const limit of lives) {
          const cord = new Cord(limit)
          const over = world.boot(cord).then((node) => node.ending)
          await Promise.race([over, eventually(() => cord.pulled)])
          world.mail.reconnect()
        }
        await (await world.boot()).ending
        const keys = world.till.map(({ key }) => key)
        expect(new Set(keys).size).toBe(keys.length)
        expect(world.till.map(({ amount }) => amount).toSorted()).toEqual([1, 1, 2, 2])
        for (const { key, amount } of world.till) {
          expect(await world.store.effectResult(key)).toEqual({ kind: 'done', output: amount })
        }
      }),
      { numRuns: 25 },
    )
  })

  it('P4: mail republished after the duplicate window is stepped once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 4, maxLength: 4 }),
        async (copies) => {
          const at = await place()
          let sent = 0
          const again: Mail = {
            purge: (address) => at.mail.purge(address),
            close: () => at.mail.close(),
            receive: (receiver) => at.mail.receive(receiver),
            publish: async (envelope) => {
              const times = copies[sent++ % copies.length] ?? 1
              for (let copy = 1; copy < times; copy += 1) {
                await at.mail.publish(envelope)
                at.clock.jump(3 * 60_000)
              }
              return at.mail.publish(envelope)
            },
          }
          const pay = async ({ input }: { input: unknown }) => (input as { left: number }).left
          const node = await boot(at, { definitions, root, implementations: { pay }, mail: again })
          const pushed = setInterval(() => at.clock.advance(5), 1)
          const ending = await node.ending
          clearInterval(pushed)
          expect(ending).toMatchObject({ exit: { output: { sum: 6, seen: 4 } } })
          expect((await at.store.read('shop.ledger'))?.record.snapshot.context.seen).toBe(4)
        },
      ),
      { numRuns: 15 },
    )
  })

  it('P5: what an older invocation or incarnation brings back is dropped', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 20 }), (choices) => {
        const identity = {
          address: 'keeper',
          kind: 'keeper',
          version: 1,
          parent: null,
          id: 'keeper',
          birth: '0',
        }
        let record = newRecord({ ...identity, incarnation: 1 })
        const keys: string[] = []
        const take = (message: Parameters<typeof advance>[2]['message']): boolean => {
          const advanced = advance(keeperActor, record, { sequence: record.sequence + 1, at: 0, message })
          if (!advanced) return false
          record = advanced.record
          keys.push(...advanced.outbox.add.filter(isInvocation).map(({ key }) => key))
          return true
        }
        take({ kind: 'started', input: null })
        choices.forEach((choice, at) => {
          const current = record.invocations.work
          const key = keys[choice % (keys.length || 1)]
          if (choice > 6 || key === undefined) {
            const event = { type: 'WORK' }
            take({ kind: 'mail', id: `m${at}`, from: null, streamSequence: at, event })
            return
          }
          const outcome = { kind: 'done', output: 1 } as const
          expect(take({ kind: 'outcome', key, invocation: 'work', outcome })).toBe(key === current)
        })
        expect(new Set(keys).size).toBe(keys.length)
      }),
      { numRuns: 300 },
    )
  })

  it('P6: folding the journal gives the stored snapshot, byte for byte', async () => {
    const events = fc.array(fc.constantFrom('GOT', 'POISON', 'WORK', 'time', 'restart'), { maxLength: 15 })
    await fc.assert(
      fc.asyncProperty(events, async (script) => {
        const at = await place()
        const options = { root: { kind: 'shelter', input: null } }
        let node = await boot(at, options)
        for (const [index, type] of script.entries()) {
          if (type === 'time') at.clock.advance(400)
          else if (type === 'restart') {
            await node.stop(0)
            at.mail.reconnect()
            node = await boot(at, options)
          } else await send(at, index + 1, { type, n: index }, 'shelter.k')
        }
        await taken(at)
        await begun(at, 'shelter.k')
        await node.stop(0)
        const stored = await at.store.read('shelter.k')
        if (!stored) throw new Error('the keeper is not stored')
        const { address, kind, version, parent, id, birth, incarnation } = stored.record
        let folded = newRecord({ address, kind, version, parent, id, birth, incarnation })
        for await (const entry of at.store.journal(address)) {
          folded = advance(keeperActor, folded, entry)?.record ?? folded
        }
        expect(JSON.stringify(folded.snapshot)).toBe(JSON.stringify(stored.record.snapshot))
        expect(folded.sequence).toBe(stored.record.sequence)
      }),
      { numRuns: 30 },
    )
  })

  it('P7: a timer rings once and never early, whatever part of its time nobody was there, however the clock jumps', async () => {
    const HOUR = 3_600_000
    const piece = fc.record({
      here: fc.integer({ min: 0, max: 700 }),
      away: fc.integer({ min: 0, max: 5_000 }),
      jump: fc.constantFrom(0, 0, HOUR, -HOUR),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 5 }), async (script) => {
        const at = await place()
        let node = await boot(at)
        await begun(at)
        const deadline = at.clock.now() + 1_000
        let due = false
        for (const { here, away, jump } of script) {
          at.clock.advance(here)
          due ||= at.clock.now() >= deadline
          if (!due) expect((await context(at.store)).rang).toEqual([])
          at.clock.jump(jump)
          due ||= at.clock.now() >= deadline
          await node.stop(0)
          at.clock.jump(away)
          node = await boot(at)
          due ||= at.clock.now() >= deadline
          at.clock.advance(0)
        }
        at.clock.advance(7 * HOUR)
        const rang = await eventually(async () => {
          const { rang } = await context(at.store)
          return rang.length >= 3 && rang
        })
        at.clock.advance(HOUR)
        expect(rang.toSorted()).toEqual(['a', 'b', 'c'])
        expect((await at.store.read('keeper'))?.alarms).toEqual([])
        await node.stop(0)
      }),
      { numRuns: 40 },
    )
  })

  it('P8: poison is put aside after so many crashes, everything else is stepped once', async () => {
    await fc.assert(
      fc.asyncProperty(numbers, fc.integer({ min: 1, max: 4 }), async (script, maxDeliveries) => {
        const at = await place()
        const node = await boot(at, { root: { kind: 'shelter', input: null }, maxDeliveries })
        const isPoison = (n: number): boolean => n % 3 === 0
        for (const [index, n] of script.entries()) {
          await send(at, index + 1, { type: isPoison(n) ? 'POISON' : 'GOT', n: index }, 'shelter.k')
        }
        await taken(at)
        const poison = script.filter(isPoison).length
        const good = script.flatMap((n, index) => (isPoison(n) ? [] : [index]))
        expect((await context(at.store, 'shelter.k')).got).toEqual(good)
        expect(at.facts.filter(({ type }) => type === 'actor.crashed')).toHaveLength(poison * maxDeliveries)
        expect(at.facts.filter(({ type }) => type === 'letter.dead')).toHaveLength(poison)
        await node.stop(0)
      }),
      { numRuns: 25 },
    )
  })
})

function isInvocation({ effect }: OutboxEntry): boolean {
  return effect.kind === 'invocation'
}

/** A store whose commits take their time, each another one; `written` hears of each when it is durable. */
function slowly(store: Store, delays: readonly number[], written: (commit: Commit) => void): Store {
  let at = 0
  return new Proxy(store, {
    get(target, name: keyof Store) {
      const method = target[name] as (...args: unknown[]) => Promise<unknown>
      if (name !== 'commit') return method.bind(target)
      return async (commit: Commit) => {
        const turns = delays[at++ % delays.length] ?? 0
        const done = target.commit(commit)
        for (let turn = 0; turn < turns; turn += 1) await new Promise(setImmediate)
        await done
        written(commit)
      }
    },
  })
}

function watched(mail: MemoryMail, check: (what: string) => void): Mail {
  return {
    purge: (address) => mail.purge(address),
    close: () => mail.close(),
    publish: (published) => {
      for (const { from, to } of [published].flat())
        if (from) check(`mail ${from.address} ${to} ${from.number}`)
      return mail.publish(published)
    },
    receive: (receiver) =>
      mail.receive({
        onSession: () => receiver.onSession(),
        onUndecodable: (what) => receiver.onUndecodable(what),
        onDelivery: (delivery) => {
          const { envelope, streamSequence } = delivery
          const ack = (): void => {
            check(`ack ${envelope.id}`)
            delivery.ack()
          }
          receiver.onDelivery({ envelope, streamSequence, ack })
        },
      }),
  }
}
