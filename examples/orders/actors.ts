// Orders
//
// Owns:   a small shop as a tree of actors: the shop takes orders, each order is an actor of its own, a stock counts.
// Leaves: how money is taken (payments.ts), where all of it lives (main.ts).
//
//   shop            one_for_one
//     stock         permanent: what is left, and for whom it is kept
//     order:<n>     transient: reserve -> charge -> pack -> shipped
//
// O1. Whatever is told twice is taken once: the shop knows its orders, the stock its reservations.

import { assign, emit, enqueueActions, fromPromise, sendParent, setup } from 'xstate'
import { z } from 'zod'
import { defineActor, type Event, mail, reply, replyTo, send } from '../../kernel/index.ts'

export const STOCK = 'shop.stock'

// Messages

const stockEvents = z.discriminatedUnion('type', [
  z.object({ type: z.literal('RESERVE'), order: z.string(), quantity: z.int().positive(), from: z.string() }),
  z.object({ type: z.literal('RELEASE'), order: z.string() }),
  z.object({ type: z.literal('COUNT'), replyTo: replyTo<StockCount>() }),
])
export interface StockCount extends Event {
  readonly type: 'COUNTED'
  readonly left: number
  readonly reserved: number
}

const orderEvents = z.discriminatedUnion('type', [
  z.object({ type: z.literal('RESERVED') }),
  z.object({ type: z.literal('SOLD_OUT') }),
])

const shopEvents = z.discriminatedUnion('type', [
  z.object({ type: z.literal('PLACE'), order: z.string(), quantity: z.int().positive() }),
  z.object({ type: z.literal('SHIPPED'), order: z.string(), receipt: z.string() }),
  z.object({ type: z.literal('REFUSED'), order: z.string(), reason: z.string() }),
])

// Stock

interface StockContext {
  readonly left: number
  readonly reserved: Readonly<Record<string, number>>
}

export const stock = defineActor({
  kind: 'stock',
  events: stockEvents,
  machine: setup({
    types: {} as { input: { left: number }; context: StockContext; events: z.infer<typeof stockEvents> },
    actions: {
      send,
      keep: assign(({ context }, { order, quantity }: { order: string; quantity: number }) => ({
        left: context.left - quantity,
        reserved: { ...context.reserved, [order]: quantity },
      })),
      release: assign(({ context }, order: string) => {
        const { [order]: quantity = 0, ...reserved } = context.reserved
        return { left: context.left + quantity, reserved }
      }),
    },
  }).createMachine({
    id: 'stock',
    context: ({ input }) => ({ left: input.left, reserved: {} }),
    on: {
      RESERVE: [
        {
          guard: ({ context, event }) => event.order in context.reserved,
          actions: { type: 'send', params: ({ event }) => mail(event.from, { type: 'RESERVED' }) },
        },
        {
          guard: ({ context, event }) => event.quantity <= context.left,
          actions: [
            { type: 'keep', params: ({ event }) => event },
            { type: 'send', params: ({ event }) => mail(event.from, { type: 'RESERVED' }) },
          ],
        },
        { actions: { type: 'send', params: ({ event }) => mail(event.from, { type: 'SOLD_OUT' }) } },
      ],
      RELEASE: { actions: { type: 'release', params: ({ event }) => event.order } },
      COUNT: {
        actions: {
          type: 'send',
          params: ({ context: { left, reserved }, event }) =>
            reply(event.replyTo, { type: 'COUNTED', left, reserved: Object.keys(reserved).length }),
        },
      },
    },
  }),
})

// Order

export interface OrderInput {
  readonly order: string
  readonly quantity: number
}

export const order = defineActor({
  kind: 'order',
  events: orderEvents,
  machine: setup({
    types: {} as {
      input: OrderInput
      context: OrderInput & { readonly receipt: string }
      events: z.infer<typeof orderEvents>
    },
    actors: { charge: fromPromise<{ receipt: string }, OrderInput>(async () => ({ receipt: '' })) },
    actions: { send },
    delays: { patience: 5_000, packing: 150 },
  }).createMachine({
    id: 'order',
    context: ({ input }) => ({ ...input, receipt: '' }),
    initial: 'reserving',
    states: {
      reserving: {
        entry: {
          type: 'send',
          params: ({ context: { order, quantity } }) =>
            mail(STOCK, { type: 'RESERVE', order, quantity, from: `shop.order:${order}` }),
        },
        on: { RESERVED: 'charging', SOLD_OUT: 'soldOut' },
        after: { patience: { target: 'reserving', reenter: true } },
      },
      charging: {
        invoke: {
          src: 'charge',
          input: ({ context: { order, quantity } }) => ({ order, quantity }),
          onDone: { target: 'packing', actions: assign(({ event }) => ({ receipt: event.output.receipt })) },
          onError: 'unpaid',
        },
      },
      packing: { after: { packing: 'shipped' } },
      shipped: {
        type: 'final',
        entry: sendParent(({ context: { order, receipt } }) => ({ type: 'SHIPPED', order, receipt })),
      },
      soldOut: {
        type: 'final',
        entry: sendParent(({ context: { order } }) => ({ type: 'REFUSED', order, reason: 'sold out' })),
      },
      unpaid: {
        type: 'final',
        entry: [
          { type: 'send', params: ({ context: { order } }) => mail(STOCK, { type: 'RELEASE', order }) },
          sendParent(({ context: { order } }) => ({ type: 'REFUSED', order, reason: 'not paid' })),
        ],
      },
    },
  }),
})

// Shop

export interface ShopInput {
  readonly orders: number
  readonly left: number
}

interface ShopContext extends ShopInput {
  readonly placed: readonly string[]
  readonly shipped: Readonly<Record<string, string>>
  readonly refused: Readonly<Record<string, string>>
}

const base = setup({
  types: {} as { input: ShopInput; context: ShopContext; events: z.infer<typeof shopEvents> },
  actors: { stock: stock.machine, order: order.machine },
})

export const shop = defineActor({
  kind: 'shop',
  events: shopEvents,
  children: { stock: { restart: 'permanent' }, order: { restart: 'transient' } },
  strategy: { kind: 'one_for_one', intensity: 10, period: 5 },
  machine: base.createMachine({
    id: 'shop',
    context: ({ input }) => ({ ...input, placed: [], shipped: {}, refused: {} }),
    entry: base.spawnChild('stock', {
      id: 'stock',
      input: ({ context }: { context: ShopContext }) => ({ left: context.left }),
    }),
    initial: 'open',
    states: {
      open: {
        on: {
          PLACE: {
            guard: ({ context, event }) => !context.placed.includes(event.order),
            actions: enqueueActions(({ context, event: { order, quantity }, enqueue }) => {
              enqueue.assign({ placed: [...context.placed, order] })
              enqueue.spawnChild('order', { id: `order:${order}`, input: { order, quantity } })
            }),
          },
          SHIPPED: {
            actions: [
              assign(({ context, event }) => ({
                shipped: { ...context.shipped, [event.order]: event.receipt },
              })),
              emit(({ event }) => ({ type: 'shipped', order: event.order, receipt: event.receipt })),
            ],
          },
          REFUSED: {
            actions: [
              assign(({ context, event }) => ({
                refused: { ...context.refused, [event.order]: event.reason },
              })),
              emit(({ event }) => ({ type: 'refused', order: event.order, reason: event.reason })),
            ],
          },
        },
        always: {
          guard: ({ context: { orders, shipped, refused } }) =>
            Object.keys(shipped).length + Object.keys(refused).length >= orders,
          target: 'closed',
        },
      },
      closed: { type: 'final' },
    },
    output: ({ context: { shipped, refused } }) => ({ shipped, refused }),
  }),
})
