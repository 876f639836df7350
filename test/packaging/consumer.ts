// A program of somebody who installed the library; library.test.ts compiles and runs it beside the packed package.

import { ref, SimulatedClock, startNode } from '@canopy-dev/actors'
import { defineActor, type Event, reply, replyTo, send } from '@canopy-dev/actors/kernel'
import { findNatsServer } from '@canopy-dev/actors/nats-server'
import { openMemoryStore } from '@canopy-dev/actors/persistence'
import { openMemoryMail } from '@canopy-dev/actors/transport'
import { assign, setup } from 'xstate'
import { z } from 'zod'

interface Total extends Event {
  readonly type: 'TOTAL'
  readonly total: number
}
const events = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ADD'), amount: z.number() }),
  z.object({ type: z.literal('GET'), replyTo: replyTo<Total>() }),
])
const counter = defineActor({
  kind: 'counter',
  machine: setup({
    types: { context: {} as { total: number }, events: {} as z.infer<typeof events> },
    actions: { send },
  }).createMachine({
    id: 'counter',
    context: { total: 0 },
    on: {
      ADD: { actions: assign({ total: ({ context, event }) => context.total + event.amount }) },
      GET: {
        actions: {
          type: 'send',
          params: ({ context, event }) => reply(event.replyTo, { type: 'TOTAL', total: context.total }),
        },
      },
    },
  }),
  events,
})
const node = await startNode({
  root: counter,
  actors: [],
  implementations: {},
  store: await openMemoryStore(),
  mail: openMemoryMail({ mailboxLimit: 100 }),
  clock: new SimulatedClock(),
})
await node.tell(ref(counter, 'counter'), { type: 'ADD', amount: 5 })
const total = await node.ask(ref(counter, 'counter'), { type: 'GET' }, { deadlineMs: 60_000 })
await node.stop()
const server = await findNatsServer({ path: '/nowhere/nats-server' })
process.stdout.write(
  JSON.stringify({ total, server: server.kind === 'found' ? server.path : server.command }),
)
