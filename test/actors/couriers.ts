// A small tree for tests of mail: writers that send what they are told to, and readers that keep what they get, over a
// mail that refuses when a test says so.

import { assign, enqueueActions, fromPromise, setup, stopChild } from 'xstate'
import { Node, type NodeOptions, SimulatedClock } from '../../actors/index.ts'
import { defineActor, type Event, type Fact, send } from '../../kernel/index.ts'
import { openMemoryStore, type Store } from '../../persistence/index.ts'
import { type Envelope, type Mail, type MemoryMail, openMemoryMail } from '../../transport/index.ts'
import { eventually } from '../eventually.ts'

const writer = setup({
  types: {} as { context: { refused: unknown[] }; events: Event },
  actions: { send },
  guards: {
    boom: () => {
      throw new Error('boom')
    },
  },
}).createMachine({
  id: 'writer',
  context: { refused: [] },
  initial: 'open',
  on: {
    WRITE: {
      actions: enqueueActions(({ event, enqueue }) => {
        const { to, texts } = event as unknown as { to: string; texts: unknown[] }
        for (const text of texts)
          enqueue({ type: 'send', params: { to, event: { type: 'READ', text } } as never })
      }),
    },
    'canopy.refused': {
      actions: assign({
        refused: ({ context, event }) => {
          const { to, reason, event: mail } = event as unknown as Record<string, unknown> & { event: Event }
          return [...context.refused, { to, reason, text: mail.text }]
        },
      }),
    },
    CRASH: { guard: 'boom' },
    END: '.over',
  },
  states: { open: {}, over: { type: 'final' } },
})

const reader = setup({ types: {} as { context: { got: unknown[] }; events: Event } }).createMachine({
  id: 'reader',
  context: { got: [] },
  on: { READ: { actions: assign({ got: ({ context, event }) => [...context.got, event.text] }) } },
})

const office = setup({
  types: {} as { context: { ended: string[]; got: unknown[] }; events: Event },
  actors: { writer: fromPromise<null>(async () => null), reader: fromPromise<null>(async () => null) },
}).createMachine({
  id: 'office',
  context: { ended: [], got: [] },
  entry: enqueueActions(({ enqueue }) => {
    for (const id of ['a', 'b']) enqueue.spawnChild('writer', { id } as never)
    for (const id of ['x', 'y']) enqueue.spawnChild('reader', { id } as never)
  }),
  on: {
    READ: { actions: assign({ got: ({ context, event }) => [...context.got, event.text] }) },
    DROP: { actions: stopChild('a') },
    'xstate.done.actor.*': {
      actions: assign({ ended: ({ context, event }) => [...context.ended, String(event.actorId)] }),
    },
  },
})

const definitions = [
  defineActor({
    kind: 'office',
    machine: office,
    children: { writer: { restart: 'transient', shutdown: 1_000 }, reader: {} },
    strategy: { kind: 'one_for_one', intensity: 100, period: 5 },
  }),
  defineActor({ kind: 'writer', machine: writer, passivateAfterMs: 60_000 }),
  defineActor({ kind: 'reader', machine: reader }),
]

/** A store, a mail and a clock that outlive the nodes that use them. */
export class Couriers {
  readonly store: Store
  readonly clock = new SimulatedClock()
  readonly stream: MemoryMail = openMemoryMail({ mailboxLimit: 10_000, now: () => this.clock.now() })
  readonly facts: Fact[] = []
  /** Each message from a writer that the transport was asked to send, with the time and the id of its first mail. */
  readonly attempts: { readonly at: number; readonly id: string }[] = []
  /** Whether the mailbox of the receiver is full for this mail. */
  isFull: (envelope: Envelope) => boolean = () => false
  readonly mail: Mail = {
    publish: async (mail) => {
      const all = [mail].flat()
      const [first] = all
      if (first?.event.type !== 'READ') return this.stream.publish(mail)
      this.attempts.push({ at: this.clock.now(), id: first.id })
      return all.some((each) => this.isFull(each)) ? 'refused' : this.stream.publish(mail)
    },
    receive: (receiver) => this.stream.receive(receiver),
    purge: (address) => this.stream.purge(address),
    close: () => this.stream.close(),
  }
  #letters = 0

  private constructor(store: Store) {
    this.store = store
  }

  static async open(): Promise<Couriers> {
    return new Couriers(await openMemoryStore())
  }

  async boot(options: Partial<NodeOptions> = {}): Promise<Node> {
    this.stream.reconnect()
    const isFirst = this.facts.length === 0
    const node = await Node.start({
      definitions,
      root: { kind: 'office', input: null },
      implementations: {},
      store: this.store,
      mail: this.mail,
      clock: this.clock,
      random: () => 1,
      tell: (fact) => this.facts.push(fact),
      ...options,
    })
    const begun = (): boolean => this.of('actor.stepped').length >= 5
    if (isFirst) await eventually(begun, { what: 'five actors' })
    return node
  }

  /** Sends an event from outside. */
  tell(to: string, event: Event): Promise<unknown> {
    this.#letters += 1
    return this.stream.publish({ id: `outside-${this.#letters}`, to, from: null, event })
  }

  /** Lets a writer send these texts in one step; resolves when that step is durable. */
  async write(from: string, to: string, ...texts: unknown[]): Promise<void> {
    const steps = (): number =>
      this.facts.filter((fact) => fact.type === 'actor.stepped' && fact.event === 'WRITE').length
    const before = steps()
    await this.tell(`office.${from}`, { type: 'WRITE', to: `office.${to}`, texts })
    await eventually(() => steps() > before, { what: `${from} writing` })
  }

  /** What a reader got, in order. */
  async got(reader: string): Promise<unknown[]> {
    return ((await this.store.read(`office.${reader}`))?.record.snapshot.context.got ?? []) as unknown[]
  }

  /** The mail of which a writer heard that it was given up. */
  async refused(writer: string): Promise<unknown[]> {
    return ((await this.store.read(`office.${writer}`))?.record.snapshot.context.refused ?? []) as unknown[]
  }

  /** Lets time pass until a fact comes true. */
  async passUntil<T>(look: () => T | undefined | false | Promise<T | undefined | false>, stepMs = 100) {
    return eventually(() => {
      this.clock.advance(stepMs)
      return look()
    })
  }

  /** Lets so much time pass, and all that happens meanwhile happen. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 50) {
      this.clock.advance(50)
      await new Promise(setImmediate)
    }
  }

  of(type: Fact['type']): Fact[] {
    return this.facts.filter((fact) => fact.type === type)
  }
}
