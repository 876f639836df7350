// A small family for tests: a parent with children that do as they are told.
import { assign, emit, fromPromise, sendParent, setup, spawnChild, stopChild } from 'xstate'
import { z } from 'zod'
import { type Implementations, Node, SimulatedClock } from '../../actors/index.ts'
import { defineActor, type Event, type Fact, type Strategy } from '../../kernel/index.ts'
import type { Store } from '../../persistence/index.ts'
import { type MemoryMail, openMemoryMail } from '../../transport/index.ts'

const child = setup({
  types: {} as { context: { count: number }; events: Event; emitted: Event },
  actors: { work: fromPromise<string>(async () => '') },
  guards: {
    boom: () => {
      throw new Error('boom')
    },
  },
}).createMachine({
  id: 'child',
  context: { count: 0 },
  initial: 'idle',
  on: {
    COUNT: { actions: assign({ count: ({ context }) => context.count + 1 }) },
    CRASH: { guard: 'boom' },
    END: '.over',
    SAY: { actions: emit(({ context }) => ({ type: 'said', count: context.count })) },
  },
  states: {
    idle: { on: { WORK: 'working', WAIT: 'waiting' } },
    working: { invoke: { src: 'work', id: 'work', onDone: 'idle' } },
    waiting: { after: { 60000: { target: 'idle', actions: sendParent({ type: 'RANG' }) } } },
    over: { type: 'final' },
  },
  output: ({ context }) => context.count,
})

const childEvents = z.object({ type: z.enum(['COUNT', 'CRASH', 'END', 'SAY', 'WORK', 'WAIT']) })

const parent = setup({
  types: {} as { context: { ended: string[]; rang: number }; events: Event },
  actors: { child: fromPromise<number>(async () => 0) },
}).createMachine({
  id: 'parent',
  context: { ended: [], rang: 0 },
  entry: [
    spawnChild('child', { id: 'a' }),
    spawnChild('child', { id: 'b' }),
    spawnChild('child', { id: 'c' }),
  ],
  on: {
    RANG: { actions: assign({ rang: ({ context }) => context.rang + 1 }) },
    DROP: { actions: stopChild('b') },
    'xstate.done.actor.*': {
      actions: assign({
        ended: ({ context, event }) => [...context.ended, `done ${event.actorId} ${event.output}`],
      }),
    },
    'xstate.error.actor.*': {
      actions: assign({ ended: ({ context, event }) => [...context.ended, `lost ${event.actorId}`] }),
    },
  },
})

export interface FamilyOptions {
  readonly store: Store
  readonly strategy?: Partial<Strategy>
  readonly restart?: 'permanent' | 'transient' | 'temporary'
  readonly shutdown?: number | 'brutal_kill'
  readonly implementations?: Implementations
  readonly clock?: SimulatedClock
  readonly mail?: MemoryMail
  readonly mailboxLimit?: number
}

export interface Family {
  readonly node: Node
  readonly facts: Fact[]
  readonly clock: SimulatedClock
  readonly mail: MemoryMail
  tell(to: string, type: string): Promise<'accepted' | 'refused'>
  /** Facts of this type about this child, as far as they have come. */
  of(type: Fact['type'], child: string): Fact[]
}

let letters = 0

export async function bootFamily(options: FamilyOptions): Promise<Family> {
  const { store, strategy = {}, restart = 'permanent', shutdown = 1_000, mailboxLimit = 1_000 } = options
  const { clock = new SimulatedClock(), mail = openMemoryMail({ mailboxLimit }) } = options
  const facts: Fact[] = []
  const node = await Node.start({
    definitions: [
      defineActor({
        kind: 'parent',
        machine: parent,
        children: { child: { restart, shutdown } },
        strategy: { intensity: 5, period: 5, ...strategy },
      }),
      defineActor({ kind: 'child', machine: child, events: childEvents }),
    ],
    root: { kind: 'parent', input: null },
    implementations: options.implementations ?? {},
    store,
    mail,
    clock,
    random: () => 0.5,
    tell: (fact) => facts.push(fact),
  })
  return {
    node,
    facts,
    clock,
    mail,
    tell: (to, type) => mail.publish({ id: `letter-${letters++}`, to, from: null, event: { type } }),
    of: (type, id) =>
      facts.filter((fact) => fact.type === type && 'address' in fact && fact.address === `parent.${id}`),
  }
}
