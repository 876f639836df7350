// Mail against bare JetStream
//
// Owns:   what Mail costs on top of the client: consuming and acknowledging the same messages from the same server,
//         bare and through Mail, in turn in one run. Each side finds its stream full and empties it.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AckPolicy, jetstream, jetstreamManager } from '@nats-io/jetstream'
import { findTool, natsServerTool } from '../programs/index.ts'
import { type Connection, connectNats, type Mail, openMail, startNatsServer } from '../transport/index.ts'

export const title = 'Mail: receive + ack against consume() + ack() of the bare client, events/s'

const ADDRESSES = 50
const PULL = 2_000

export async function run({
  quick,
}: {
  readonly quick: boolean
}): Promise<Readonly<Record<string, unknown>>> {
  const messages = quick ? 5_000 : 40_000
  const rounds = quick ? 2 : 7
  const found = await findTool(natsServerTool)
  if (found.kind === 'missing') throw new Error(found.reason)
  const directory = await mkdtemp(join(tmpdir(), 'canopy-bench-'))
  const server = await startNatsServer({ binary: found.path, directory })
  const connection = await connectNats({
    url: server.url,
    credentials: server.credentials.main,
    name: 'bench',
  })
  try {
    const bare: Round[] = []
    const mail: Round[] = []
    for (let round = 0; round <= rounds; round += 1) {
      const sides = [
        async () => bare.push(await timed(messages, () => bareRound(connection, messages))),
        async () => mail.push(await timed(messages, () => mailRound(connection, messages))),
      ]
      for (const side of round % 2 === 0 ? sides : sides.reverse()) await side()
    }
    // The first round warms up.
    return figures(messages, server.version, bare.slice(1), mail.slice(1))
  } finally {
    await connection.close()
    await server.stop()
    await rm(directory, { recursive: true, force: true })
  }
}

interface Round {
  readonly eventsPerSecond: number
  /** Of this process. It tells the cost when others use the machine too. */
  readonly cpuMicrosecondsPerEvent: number
}

function figures(messages: number, version: string, bare: readonly Round[], mail: readonly Round[]) {
  const ratios = mail.map(
    (round, index) => round.eventsPerSecond / (bare[index]?.eventsPerSecond ?? Number.NaN),
  )
  const [bareSide, mailSide] = [side(bare), side(mail)]
  return {
    server: version,
    messages,
    rounds: bare.length,
    bare: bareSide,
    mail: mailSide,
    ratio: rounded(median(ratios), 3),
    ratios: ratios.map((ratio) => rounded(ratio, 3)),
    cpuRatio: rounded(bareSide.cpuMicrosecondsPerEvent / mailSide.cpuMicrosecondsPerEvent, 3),
  }
}

function side(rounds: readonly Round[]) {
  return {
    eventsPerSecond: Math.round(median(rounds.map((round) => round.eventsPerSecond))),
    cpuMicrosecondsPerEvent: rounded(median(rounds.map((round) => round.cpuMicrosecondsPerEvent)), 1),
    all: rounds.map((round) => Math.round(round.eventsPerSecond)),
  }
}

/** Prepares a round, then measures the half that counts. */
async function timed(messages: number, prepare: () => Promise<() => Promise<void>>): Promise<Round> {
  const drain = await prepare()
  const start = performance.now()
  const cpu = process.cpuUsage()
  await drain()
  const { user, system } = process.cpuUsage(cpu)
  return {
    eventsPerSecond: (messages * 1000) / (performance.now() - start),
    cpuMicrosecondsPerEvent: (user + system) / messages,
  }
}

let systems = 0

async function filled(connection: Connection, messages: number): Promise<{ mail: Mail; system: string }> {
  const system = `bench-${++systems}`
  const mail = await openMail({ connection, system, unit: 'main', mailboxLimit: messages })
  const published = Array.from({ length: messages }, (_, index) => {
    const to = `system.orchestrator:m1.task:${index % ADDRESSES}`
    return mail.publish({
      id: `system.supervisor/b1/1/0/${index}@${to}`,
      to,
      from: { address: 'system.supervisor', birth: 'b1', number: index + 1 },
      event: {
        type: 'TASK_DONE',
        task: `t${index}`,
        commit: 'a1b2c3d4e5f6',
        files: ['src/a.ts', 'test/a.test.ts'],
      },
    })
  })
  await Promise.all(published)
  return { mail, system }
}

async function mailRound(connection: Connection, messages: number): Promise<() => Promise<void>> {
  const { mail } = await filled(connection, messages)
  return async () => {
    const done = Promise.withResolvers<void>()
    let left = messages
    await mail.receive({
      onDelivery(delivery) {
        delivery.ack()
        left -= 1
        if (left === 0) done.resolve()
      },
      onUndecodable: ({ error }) => done.reject(new Error(error)),
      onSession() {},
    })
    await done.promise
    await connection.nats.flush()
    await mail.close()
  }
}

async function bareRound(connection: Connection, messages: number): Promise<() => Promise<void>> {
  const { mail, system } = await filled(connection, messages)
  await mail.close()
  const stream = `canopy-${system}-mail`
  return async () => {
    const manager = await jetstreamManager(connection.nats)
    await manager.consumers.add(stream, {
      durable_name: 'bare',
      ack_policy: AckPolicy.Explicit,
      max_ack_pending: 50_000,
    })
    const consumer = await jetstream(connection.nats).consumers.get(stream, 'bare')
    const done = Promise.withResolvers<void>()
    let left = messages
    const consuming = await consumer.consume({
      max_messages: PULL,
      callback: (message) => {
        message.ack()
        left -= 1
        if (left === 0) done.resolve()
      },
    })
    await done.promise
    await connection.nats.flush()
    consuming.stop()
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits))
}
