// Durable events: how many events a second go through mailbox, step, commit and ack (with recognising duplicates
// and the outbox), against a bare JetStream consumer that only acknowledges. Both sides drain the same backlog, in
// turn, on the same server, in one run.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AckPolicy, jetstream, jetstreamManager } from '@nats-io/jetstream'
import { Node } from '../actors/index.ts'
import { openStore } from '../persistence/index.ts'
import { findTool, natsServerTool } from '../programs/index.ts'
import { type Connection, connectNats, openMail, startNatsServer } from '../transport/index.ts'
import { ACTORS, counters, tick } from './parts/counters.ts'
import { inBatches, median, round2 } from './parts/figures.ts'
import { type Turn, turn } from './parts/turn.ts'

export const title =
  'events per second through mailbox, step, commit and ack; 50 actors; against bare consume + ack'

export async function run({ quick }: { readonly quick: boolean }) {
  const events = quick ? 5_000 : 30_000
  const rounds = quick ? 1 : 3
  const sides: { bare: Turn[]; durable: Turn[]; synced: Turn[] } = { bare: [], durable: [], synced: [] }
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
    for (let round = 0; round < rounds; round += 1) {
      sides.bare.push(await bare(connection, events, round))
      sides.durable.push(
        await durable(connection, events, join(directory, `store-${round}`), `d${round}`, false),
      )
      sides.synced.push(
        await durable(connection, events, join(directory, `sync-${round}`), `s${round}`, true),
      )
    }
  } finally {
    await connection.close()
    await server.stop()
    await rm(directory, { recursive: true, force: true })
  }
  const us = (turns: readonly Turn[]): number => median(turns.map((each) => each.us))
  const cpu = (turns: readonly Turn[]): number => median(turns.map((each) => each.cpuUs))
  const { bare: bareSide, durable: durableSide, synced } = sides
  return {
    events,
    actors: ACTORS,
    rounds,
    bare_per_s: Math.round(1e6 / us(bareSide)),
    durable_per_s: Math.round(1e6 / us(durableSide)),
    fsync_per_s: Math.round(1e6 / us(synced)),
    bare_cpu_us: round2(cpu(bareSide)),
    durable_cpu_us: round2(cpu(durableSide)),
    ratio: round2(us(bareSide) / us(durableSide)),
    ratio_fsync: round2(us(bareSide) / us(synced)),
    cpu_ratio: round2(cpu(bareSide) / cpu(durableSide)),
  }
}

async function bare({ nats }: Connection, events: number, round: number): Promise<Turn> {
  const manager = await jetstreamManager(nats)
  const stream = `bare-${round}`
  await manager.streams.add({ name: stream, subjects: [`bare.${round}.>`], retention: 'workqueue' })
  const js = jetstream(nats)
  await inBatches(events, 256, (n) =>
    js.publish(`bare.${round}.${n % ACTORS}`, JSON.stringify(tick(n)), { msgID: `bare/${round}/${n}` }),
  )
  await manager.consumers.add(stream, {
    durable_name: 'c',
    ack_policy: AckPolicy.Explicit,
    max_ack_pending: 10_000,
  })
  const consumer = await js.consumers.get(stream, 'c')
  const took = await turn(events, async () => {
    let left = events
    const messages = await consumer.consume({ max_messages: 1_000 })
    for await (const message of messages) {
      message.ack()
      left -= 1
      if (left === 0) break
    }
  })
  await manager.streams.delete(stream)
  return took
}

async function durable(
  connection: Connection,
  events: number,
  directory: string,
  system: string,
  sync: boolean,
): Promise<Turn> {
  const store = await openStore({ directory, sync })
  const mail = await openMail({ connection, system, unit: 'main', mailboxLimit: events })
  await inBatches(events, 256, (n) => mail.publish(tick(n)))
  let left = events
  const done = Promise.withResolvers<void>()
  const started = Promise.withResolvers<Node>()
  const took = await turn(events, async () => {
    const node = await Node.start({
      ...counters,
      implementations: {},
      store,
      mail,
      tell: (fact) => {
        if (fact.type !== 'actor.stepped' || fact.event !== 'TICK') return
        left -= 1
        if (left === 0) done.resolve()
      },
    })
    started.resolve(node)
    await done.promise
  })
  await (await started.promise).stop(0)
  await mail.close()
  await store.close()
  return took
}
