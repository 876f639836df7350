// A small tree for tests: clerks pay (an invocation that must be paid once) and report each payment to a ledger
// by mail; the shop ends when the ledger has heard of all of them.
import { assign, enqueueActions, fromPromise, sendParent, sendTo, setup } from 'xstate'
import { z } from 'zod'
import { defineActor, type Event, PersistentMap } from '../../kernel/index.ts'

const LEDGER = 'shop.ledger'

const clerk = setup({
  types: {} as {
    context: { id: string; left: number; paid: number[] }
    input: { id: string; payments: number }
    events: Event
  },
  actors: { pay: fromPromise<number, { id: string; left: number }>(async () => 0) },
  actions: { send: (_, _params: { to: string; event: Event }) => {} },
}).createMachine({
  id: 'clerk',
  context: ({ input }) => ({ id: input.id, left: input.payments, paid: [] }),
  initial: 'paying',
  states: {
    paying: {
      invoke: {
        src: 'pay',
        id: 'pay',
        input: ({ context }) => ({ id: context.id, left: context.left }),
        onDone: {
          target: 'resting',
          actions: [
            assign({
              left: ({ context }) => context.left - 1,
              paid: ({ context, event }) => [...context.paid, event.output],
            }),
            {
              type: 'send',
              params: ({ context, event }) => ({
                to: LEDGER,
                event: {
                  type: 'PAID',
                  clerk: context.id,
                  amount: (event as unknown as { output: number }).output,
                },
              }),
            },
          ],
        },
      },
    },
    resting: {
      always: { guard: ({ context }) => context.left <= 0, target: 'over' },
      after: { 5: 'paying' },
    },
    over: { type: 'final' },
  },
  output: ({ context }) => context.paid,
})

const ledger = setup({
  types: {} as {
    context: { expected: number; seen: number; sum: number; by: PersistentMap<number> }
    input: { expected: number }
    events: Event
  },
}).createMachine({
  id: 'ledger',
  context: ({ input }) => ({ expected: input.expected, seen: 0, sum: 0, by: PersistentMap.empty<number>() }),
  initial: 'open',
  states: {
    open: {
      on: {
        PAID: {
          actions: assign(({ context, event }) => ({
            seen: context.seen + 1,
            sum: context.sum + Number(event.amount),
            by: context.by.set(
              String(event.clerk),
              (context.by.get(String(event.clerk)) ?? 0) + Number(event.amount),
            ),
          })),
        },
        POISON: {
          guard: () => {
            throw new Error('poisoned')
          },
        },
      },
      always: {
        guard: ({ context }) => context.seen >= context.expected,
        actions: sendParent(({ context }) => ({ type: 'ALL_PAID', sum: context.sum, seen: context.seen })),
        target: 'full',
      },
    },
    full: { on: { PAID: { actions: assign({ seen: ({ context }) => context.seen + 1 }) } } },
  },
})

export interface ShopSize {
  readonly clerks: number
  readonly payments: number
}

const shop = setup({
  types: {} as {
    context: { result: unknown; size: ShopSize }
    input: ShopSize
    events: Event
  },
  actors: {
    clerk: fromPromise<number[], { id: string; payments: number }>(async () => []),
    ledger: fromPromise<null, { expected: number }>(async () => null),
  },
}).createMachine({
  id: 'shop',
  context: ({ input }) => ({ result: null, size: input }),
  initial: 'open',
  entry: enqueueActions(({ context: { size }, enqueue }) => {
    enqueue.spawnChild('ledger', { id: 'ledger', input: { expected: size.clerks * size.payments } })
    for (let at = 0; at < size.clerks; at += 1) {
      enqueue.spawnChild('clerk', { id: `clerk:${at}`, input: { id: `c${at}`, payments: size.payments } })
    }
  }),
  states: {
    open: {
      on: {
        ALL_PAID: {
          target: 'closed',
          actions: assign({ result: ({ event }) => ({ sum: event.sum, seen: event.seen }) }),
        },
        POISON: { actions: sendTo('ledger', { type: 'POISON' }) },
      },
    },
    closed: { type: 'final' },
  },
  output: ({ context }) => context.result,
})

export const PAYMENTS = 4

export const definitions = [
  defineActor({
    kind: 'shop',
    machine: shop,
    children: {
      clerk: { restart: 'transient', shutdown: 1_000 },
      ledger: { restart: 'permanent', shutdown: 1_000 },
    },
    strategy: { kind: 'one_for_one', intensity: 10, period: 5 },
  }),
  defineActor({ kind: 'clerk', machine: clerk }),
  defineActor({
    kind: 'ledger',
    machine: ledger,
    events: z.discriminatedUnion('type', [
      z.object({ type: z.literal('PAID'), clerk: z.string(), amount: z.number() }),
      z.object({ type: z.literal('POISON') }),
    ]),
  }),
]

export const root = { kind: 'shop', input: { clerks: 2, payments: 2 } satisfies ShopSize }
