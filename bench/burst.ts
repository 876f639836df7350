// Burst: mail from one actor to one other actor, ten for each step: step, commit, post, stream, step and commit of the
// receiver. Against the bare client, which publishes the same mail with 256 under way, and consumes and acknowledges it.
// Both in turn, on the same server, in one run.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AckPolicy, jetstream, jetstreamManager } from '@nats-io/jetstream'
import { assign, enqueueActions, setup, spawnChild } from 'xstate'
import { Node } from '../actors/index.ts'
import { defineActor, type Event, send } from '../kernel/index.ts'
import { openStore } from '../persistence/index.ts'
import { findTool, natsServerTool } from '../programs/index.ts'
import { type Connection, connectNats, openMail, startNatsServer } from '../transport/index.ts'
import { inBatches, median, round2 } from './parts/figures.ts'
import { type Turn, turn } from './parts/turn.ts'

export const title =
  'mail/s from one actor to one other, ten a step; against publish + consume + ack of the bare client'

const MAILS_A_STEP = 10
const TEXT = 'y'.repeat(100)

export async function run({ quick }: { readonly quick: boolean }) {
  const mails = quick ? 2_000 : 10_000
  const rounds = quick ? 1 : 3
  const [bareTurns, burstTurns]: [Turn[], Turn[]] = [[], []]
  const directory = await mkdtemp(join(tmpdir(), 'canopy-bench-'))
  const tool = await findTool(natsServerTool)
  if (tool.kind === 'missing') throw new Error(tool.reason)
  const server = await startNatsServer({ binary: tool.path, directory })
  const connection = await connectNats({
    url: server.url,
    credentials: server.credentials.main,
    name: 'bench',
  })
  try {
    // The first round warms up.
    for (let round = 0; round <= rounds; round += 1) {
      const sides = [await bare(connection, mails, round), await burst(connection, mails, directory, round)]
      if (round > 0) for (const [at, side] of [bareTurns, burstTurns].entries()) side.push(sides[at] as Turn)
    }
  } finally {
    await connection.close()
    await server.stop()
    await rm(directory, { recursive: true, force: true })
  }
  const us = (turns: readonly Turn[]): number => median(turns.map((each) => each.us))
  const cpu = (turns: readonly Turn[]): number => median(turns.map((each) => each.cpuUs))
  return {
    server: server.version,
    mails,
    rounds,
    bare_per_s: Math.round(1e6 / us(bareTurns)),
    burst_per_s: Math.round(1e6 / us(burstTurns)),
    ratio: round2(us(bareTurns) / us(burstTurns)),
    cpu_ratio: round2(cpu(bareTurns) / cpu(burstTurns)),
  }
}

async function bare({ nats }: Connection, mails: number, round: number): Promise<Turn> {
  const manager = await jetstreamManager(nats)
  const stream = `bare-${round}`
  await manager.streams.add({ name: stream, subjects: [`bare.${round}.>`], retention: 'workqueue' })
  await manager.consumers.add(stream, {
    durable_name: 'c',
    ack_policy: AckPolicy.Explicit,
    max_ack_pending: 50_000,
  })
  const js = jetstream(nats)
  const consumer = await js.consumers.get(stream, 'c')
  const took = await turn(mails, async () => {
    const consumed = (async () => {
      let left = mails
      for await (const message of await consumer.consume({ max_messages: 2_000 })) {
        message.ack()
        left -= 1
        if (left === 0) return
      }
    })()
    const from = { address: 'pair.writer', birth: '0', number: 1 }
    await inBatches(mails, 256, (n) =>
      js.publish(
        `bare.${round}.reader`,
        JSON.stringify({ id: `bare/${n}`, from, event: { type: 'READ', text: TEXT } }),
        { msgID: `bare/${round}/${n}` },
      ),
    )
    await consumed
  })
  await manager.streams.delete(stream)
  return took
}

const reader = setup({ types: {} as { context: { count: number }; events: Event } }).createMachine({
  context: { count: 0 },
  on: { READ: { actions: assign({ count: ({ context }) => context.count + 1 }) } },
})

const writer = setup({ types: {} as { events: Event }, actions: { send } }).createMachine({
  on: {
    WRITE: {
      actions: enqueueActions(({ enqueue }) => {
        for (let n = 0; n < MAILS_A_STEP; n += 1)
          enqueue({
            type: 'send',
            params: { to: 'pair.reader', event: { type: 'READ', text: TEXT } } as never,
          })
      }),
    },
  },
})

const pair = setup({ types: {} as { events: Event }, actors: { writer, reader } }).createMachine({
  entry: [spawnChild('writer', { id: 'writer' }), spawnChild('reader', { id: 'reader' })],
})

async function burst(connection: Connection, mails: number, directory: string, round: number): Promise<Turn> {
  const store = await openStore({ directory: join(directory, `store-${round}`), sync: false })
  const mail = await openMail({ connection, system: `burst-${round}`, unit: 'main', mailboxLimit: mails })
  const done = Promise.withResolvers<void>()
  let left = mails
  const node = await Node.start({
    definitions: [
      defineActor({ kind: 'pair', machine: pair, children: { writer: {}, reader: {} } }),
      defineActor({ kind: 'writer', machine: writer }),
      defineActor({ kind: 'reader', machine: reader }),
    ],
    root: { kind: 'pair', input: null },
    implementations: {},
    store,
    mail,
    tell: (fact) => {
      if (fact.type !== 'actor.stepped' || fact.event !== 'READ') return
      left -= 1
      if (left === 0) done.resolve()
    },
  })
  const took = await turn(mails, async () => {
    await inBatches(mails / MAILS_A_STEP, 256, (n) =>
      mail.publish({ id: `write/${n}`, to: 'pair.writer', from: null, event: { type: 'WRITE' } }),
    )
    await done.promise
  })
  await node.stop(0)
  await mail.close()
  await store.close()
  return took
}
