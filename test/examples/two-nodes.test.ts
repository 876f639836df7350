// The last part of docs/library.md: two nodes over one nats-server, and a name that only one of them holds.

import { afterAll, beforeAll, expect, it } from 'vitest'
import { assign, setup } from 'xstate'
import { z } from 'zod'
import { startNode } from '../../actors/index.ts'
import { defineActor, mail, send } from '../../kernel/index.ts'
import { openMemoryStore } from '../../persistence/index.ts'
import { type NatsServer, openLeases, openMail } from '../../transport/index.ts'
import { eventually } from '../eventually.ts'
import { connectTo, startServer, stopServers } from '../transport/nats.ts'

const tillEvents = z.discriminatedUnion('type', [
  z.object({ type: z.literal('SOLD'), amount: z.number() }),
  z.object({ type: z.literal('BOOKED'), total: z.number() }),
])
const till = defineActor({
  kind: 'till',
  events: tillEvents,
  machine: setup({
    types: {} as { context: { booked: number }; events: z.infer<typeof tillEvents> },
    actions: { send },
  }).createMachine({
    id: 'till',
    context: { booked: 0 },
    on: {
      SOLD: {
        actions: {
          type: 'send',
          params: ({ event }) => mail('ledger', { type: 'BOOK', amount: event.amount, from: 'till' }),
        },
      },
      BOOKED: { actions: assign({ booked: ({ event }) => event.total }) },
    },
  }),
})

const ledgerEvents = z.object({ type: z.literal('BOOK'), amount: z.number(), from: z.string() })
const ledger = defineActor({
  kind: 'ledger',
  events: ledgerEvents,
  machine: setup({
    types: {} as { context: { total: number }; events: z.infer<typeof ledgerEvents> },
    actions: { send },
  }).createMachine({
    id: 'ledger',
    context: { total: 0 },
    on: {
      BOOK: {
        actions: [
          assign({ total: ({ context, event }) => context.total + event.amount }),
          {
            type: 'send',
            params: ({ context, event }) => mail(event.from, { type: 'BOOKED', total: context.total }),
          },
        ],
      },
    },
  }),
})

let server: NatsServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(stopServers)

it('sends mail from the tree of one node to the tree of another', async () => {
  const unitOf = (address: string): string => (address.startsWith('ledger') ? 'books' : 'till')
  const open = async (unit: string) =>
    openMail({
      connection: await connectTo(server),
      system: 'company',
      unit,
      unitOf: (address) => (address.startsWith('~') ? unit : unitOf(address)),
      mailboxLimit: 1_000,
    })
  const shop = await startNode({ root: till, store: await openMemoryStore(), mail: await open('till') })
  const office = await startNode({ root: ledger, store: await openMemoryStore(), mail: await open('books') })

  await shop.tell(shop.root, { type: 'SOLD', amount: 5 })
  await shop.tell(shop.root, { type: 'SOLD', amount: 7 })
  await eventually(() => shop.view.record('till')?.snapshot.context.booked === 12)
  await shop.stop()
  await office.stop()
})

it('lets one process hold a name, and another one have it after that', async () => {
  const leases = await openLeases({ connection: await connectTo(server), system: 'company' })
  const others = await openLeases({ connection: await connectTo(server), system: 'company' })
  const first = await leases.acquire('books', () => ({ host: 'a' }))
  const refused = await others.acquire('books', () => ({ host: 'b' }))
  expect([first.kind, refused.kind]).toEqual(['acquired', 'taken'])
  if (first.kind === 'acquired') await first.lease.release()
  expect((await others.acquire('books', () => ({ host: 'b' }))).kind).toBe('acquired')
  await Promise.all([leases.close(), others.close()])
})
