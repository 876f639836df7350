// What the compiler knows of actors: each line below an @ts-expect-error must not compile, or `npm run types` fails.

import { describe, expectTypeOf, it } from 'vitest'
import { createMachine, fromPromise, setup } from 'xstate'
import { z } from 'zod'
import { type AskResult, type RunningNode, ref, type StartOptions, startNode } from '../../actors/index.ts'
import { defineActor, type Event, reply, replyTo, send } from '../../kernel/index.ts'

interface Total extends Event {
  readonly type: 'TOTAL'
  readonly sum: number
}

const orderEvents = z.discriminatedUnion('type', [
  z.object({ type: z.literal('PAY'), amount: z.number() }),
  z.object({ type: z.literal('GET'), replyTo: replyTo<Total>() }),
])

const order = defineActor({
  kind: 'order',
  machine: setup({
    types: {} as { input: { id: string }; context: { sum: number }; events: z.infer<typeof orderEvents> },
    actors: {
      charge: fromPromise<{ receipt: string }, { amount: number }>(async () => ({ receipt: '' })),
    },
    actions: { send },
  }).createMachine({
    context: { sum: 0 },
    on: {
      GET: {
        actions: {
          type: 'send',
          params: ({ context, event }) => reply(event.replyTo, { type: 'TOTAL', sum: context.sum }),
        },
      },
    },
  }),
  events: orderEvents,
})

const shop = defineActor({
  kind: 'shop',
  machine: setup({
    types: {} as { events: { type: 'OPEN' } },
    actors: { order: createMachine({}), count: fromPromise<number>(async () => 0) },
  }).createMachine({}),
  children: { order: { restart: 'transient' } },
})

type Options = StartOptions<typeof shop, readonly [typeof order]>
declare const rest: Pick<Options, 'store' | 'mail'>
declare const node: RunningNode<{ type: 'OPEN' }>
const charge = async () => ({ receipt: 'r' })
const count = async () => 1

/** Never called: only read by the compiler. */
export async function typed(): Promise<void> {
  const one = ref(order, 'shop.order:1')

  await node.tell(one, { type: 'PAY', amount: 1 })
  await node.tell(node.root, { type: 'OPEN' })
  await node.tell('anywhere', { type: 'ANYTHING' })
  // @ts-expect-error no such event
  await node.tell(one, { type: 'PAYY', amount: 1 })
  // @ts-expect-error a field of another type
  await node.tell(one, { type: 'PAY', amount: '1' })
  // @ts-expect-error a field too few
  await node.tell(one, { type: 'PAY' })
  // @ts-expect-error an event of another actor
  await node.tell(node.root, { type: 'PAY', amount: 1 })

  const asked = await node.ask(one, { type: 'GET' }, { deadlineMs: 10 })
  expectTypeOf(asked).toEqualTypeOf<AskResult<Total>>()
  // @ts-expect-error nobody answers this event
  await node.ask(one, { type: 'PAY', amount: 1 }, { deadlineMs: 10 })
  // @ts-expect-error a question has a deadline
  await node.ask(one, { type: 'GET' })
  // @ts-expect-error an answer of another type
  reply('x' as ReturnType<typeof addressOf>, { type: 'TOTAL', sum: 'many' })

  const started = await startNode({
    ...rest,
    root: shop,
    actors: [order],
    implementations: { charge, count },
  })
  expectTypeOf(started).toEqualTypeOf<RunningNode<{ type: 'OPEN' }>>()
  // @ts-expect-error count is not implemented
  await startNode({ ...rest, root: shop, actors: [order], implementations: { charge } })
  // @ts-expect-error nothing is implemented
  await startNode({ ...rest, root: shop, actors: [order] })
  await startNode({
    ...rest,
    root: shop,
    actors: [order],
    // @ts-expect-error it returns something else
    implementations: { charge: async () => 1, count },
  })
  await startNode({
    ...rest,
    root: order,
    input: { id: 'o' },
    implementations: {
      charge: async ({ input }) => {
        expectTypeOf(input).toEqualTypeOf<{ amount: number }>()
        return { receipt: '' }
      },
    },
  })
  // @ts-expect-error the root's input is missing
  await startNode({ ...rest, root: order, implementations: { charge } })
  // @ts-expect-error the root's input is another
  await startNode({ ...rest, root: order, input: { id: 1 }, implementations: { charge } })

  // @ts-expect-error the machine declares no such child
  defineActor({ kind: 'shop', machine: shopMachine, children: { orders: {} } })
  // @ts-expect-error no such restart type
  defineActor({ kind: 'shop', machine: shopMachine, children: { order: { restart: 'sometimes' } } })
  defineActor({ kind: 'any', machine: createMachine({}), children: { whatever: {} } })
}

const shopMachine = setup({ actors: { order: createMachine({}) } }).createMachine({})
declare function addressOf(): z.infer<ReturnType<typeof replyTo<Total>>>

describe('types', () => {
  it('are checked by the compiler', () => {
    expectTypeOf(typed).returns.toEqualTypeOf<Promise<void>>()
  })
})
