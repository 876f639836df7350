// What mail promises when the server is killed under it (M1, M2): no promise may rest on the server's life.

import { afterEach, describe, expect, test } from 'vitest'
import { type Connection, type Mail, type NatsServer, openControl, openMail } from '../../transport/index.ts'
import { envelope, eventually, Notebook } from '../contracts/mail.ts'
import { connectTo, startServer, stopServers } from './nats.ts'

interface World {
  readonly server: NatsServer
  readonly connection: Connection
  readonly mail: Mail
}

const worlds: World[] = []

async function openWorld(mailboxLimit = 100_000, onTrouble = (_: string): void => {}): Promise<World> {
  const server = await startServer()
  const connection = await connectTo(server)
  const mail = await openMail({ connection, system: 'death', unit: 'main', mailboxLimit, onTrouble })
  const world = { server, connection, mail }
  worlds.push(world)
  return world
}

afterEach(async () => {
  for (const { mail, connection } of worlds.splice(0)) {
    await mail.close()
    await connection.close()
  }
  await stopServers()
})

function kill(server: NatsServer): void {
  process.kill(server.pid, 'SIGKILL')
}

describe('when nats-server is killed', () => {
  test('in the middle of traffic: nothing accepted is lost, first deliveries keep their order, and it goes on', async () => {
    const { server, mail } = await openWorld()
    const receivers = ['a.one', 'a.two', 'a.three', 'a.four']
    const each = 700
    const first = new Map(receivers.map((to) => [to, [] as unknown[]]))
    const seen = new Set<string>()
    await mail.receive({
      onDelivery(delivery) {
        const { id, to, event } = delivery.envelope
        if (!seen.has(id)) first.get(to)?.push(event.label)
        seen.add(id)
        delivery.ack()
      },
      onUndecodable: ({ error }) => expect.unreachable(error),
      onSession() {},
    })

    const killAt = new Set([400, 1200, 2100])
    let accepted = 0
    await Promise.all(
      receivers.map(async (to) => {
        for (let number = 0; number < each; number += 20) {
          const batch = Array.from({ length: 20 }, (_, offset) =>
            mail.publish(envelope(to, String(number + offset))),
          )
          for (const answer of batch) {
            expect(await answer).toBe('accepted')
            accepted += 1
            if (killAt.delete(accepted)) kill(server)
          }
        }
      }),
    )
    await eventually(() => expect(seen.size).toBe(receivers.length * each))
    const inOrder = Array.from({ length: each }, (_, number) => String(number))
    for (const to of receivers) expect(first.get(to)).toEqual(inOrder)
    expect(killAt.size).toBe(0)
  })

  test('what was not acknowledged comes again, at once and in order, to a new session', async () => {
    const { server, mail } = await openWorld()
    const notes = new Notebook()
    await mail.receive(notes.receiver)
    for (const label of ['a', 'b', 'c']) await mail.publish(envelope('an.actor', label))
    await eventually(() => expect(notes.deliveries).toHaveLength(3))
    notes.deliveries[1]?.ack()
    await mail.publish(envelope('an.actor', 'd'))
    await eventually(() => expect(notes.deliveries).toHaveLength(4))
    const { sessions } = notes
    kill(server)
    await eventually(() => expect(notes.sessions).toBeGreaterThan(sessions))
    // The acknowledgement of b may have died with the server: at least once.
    await eventually(() => expect(notes.labels().filter((label) => label !== 'b')).toEqual(['a', 'c', 'd']))
    expect(notes.labels().slice(0, 1)).toEqual(['a'])
  })

  test('publishing waits for it and is then accepted, in order', async () => {
    const { server, mail } = await openWorld()
    const notes = new Notebook(true)
    await mail.receive(notes.receiver)
    kill(server)
    const answers = ['a', 'b', 'c'].map((label) => mail.publish(envelope('an.actor', label)))
    expect(await Promise.all(answers)).toEqual(['accepted', 'accepted', 'accepted'])
    await eventually(() => expect(notes.labels()).toEqual(['a', 'b', 'c']))
  })

  test('what was accepted before is still there for the next process', async () => {
    const { server, mail, connection } = await openWorld()
    await Promise.all(
      Array.from({ length: 500 }, (_, index) => mail.publish(envelope('an.actor', String(index)))),
    )
    kill(server)
    await mail.close()
    await connection.close()
    const again = await connectSoon(server)
    const next = await openMail({ connection: again, system: 'death', unit: 'main', mailboxLimit: 1000 })
    worlds.push({ server, mail: next, connection: again })
    const notes = new Notebook(true)
    await next.receive(notes.receiver)
    await eventually(() =>
      expect(notes.labels()).toEqual(Array.from({ length: 500 }, (_, index) => String(index))),
    )
  })

  test('a full mailbox is still full afterwards, and an id is still known', async () => {
    const { server, mail } = await openWorld(3)
    const sent = ['a', 'b', 'c'].map((label) => envelope('an.actor', label))
    for (const each of sent) expect(await mail.publish(each)).toBe('accepted')
    kill(server)
    expect(await mail.publish(envelope('an.actor', 'd'))).toBe('refused')
    for (const each of sent) expect(await mail.publish(each)).toBe('accepted')
    const notes = new Notebook(true)
    await mail.receive(notes.receiver)
    await mail.publish(envelope('another', 'end'))
    await eventually(() => expect(notes.labels()).toEqual(['a', 'b', 'c', 'end']))
  })

  test('control is served again', async () => {
    const { server, connection } = await openWorld()
    const control = openControl({ connection, system: 'death' })
    await control.serve({ ping: async () => ({ ok: true, value: 'pong' }) })
    kill(server)
    await eventually(async () => {
      expect(await control.request('ping', {}, 200)).toEqual({ ok: true, value: 'pong' })
    })
  })
})

describe('when somebody takes away', () => {
  test('the consumer: receiving is begun again', async () => {
    const { mail, connection } = await openWorld()
    const notes = new Notebook(true)
    await mail.receive(notes.receiver)
    await connection.nats.request('$JS.API.CONSUMER.DELETE.canopy-death-mail.unit-main')
    await mail.publish(envelope('an.actor', 'a'))
    await eventually(() => expect(notes.labels()).toEqual(['a']))
    expect(notes.sessions).toBe(2)
  })

  test('the stream: it is made again, and publishing waits for it', async () => {
    const { mail, connection } = await openWorld()
    const notes = new Notebook(true)
    await mail.receive(notes.receiver)
    await connection.nats.request('$JS.API.STREAM.DELETE.canopy-death-mail')
    expect(await mail.publish(envelope('an.actor', 'a'))).toBe('accepted')
    await eventually(() => expect(notes.labels()).toEqual(['a']))
  })

  test('the stream under way: what was accepted and not taken comes again, once and in order', async () => {
    const troubles: string[] = []
    const { mail, connection } = await openWorld(100_000, (sentence) => troubles.push(sentence))
    const deletions = () => troubles.filter((each) => each.includes('was deleted'))
    const taken: unknown[] = []
    await mail.receive({
      onDelivery(delivery) {
        const {
          envelope: { event },
          streamSequence,
        } = delivery
        // What was taken is on the disk of its receiver before it is acknowledged.
        if (!taken.includes(event.label)) taken.push(event.label)
        expect(streamSequence).toBeGreaterThan(0)
        if (Math.random() < 0.5) setTimeout(() => delivery.ack(), 5)
      },
      onUndecodable: ({ error }) => expect.unreachable(error),
      onSession() {},
    })
    const labels = Array.from({ length: 600 }, (_, number) => String(number))
    const answers: Promise<string>[] = []
    for (const [at, label] of labels.entries()) {
      answers.push(mail.publish(envelope('an.actor', label)))
      if (at % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 2))
      if (at % 200 === 100) {
        const before = deletions().length
        await connection.nats.request('$JS.API.STREAM.DELETE.canopy-death-mail')
        await eventually(() => expect(deletions()).toHaveLength(before + 1))
      }
    }
    expect(new Set(await Promise.all(answers))).toEqual(new Set(['accepted']))
    await eventually(() => expect(taken).toEqual(labels))
    expect(deletions()).toHaveLength(3)
  })

  test('the stream, whose mail nobody takes yet: it is there for the next who does', async () => {
    const { mail, connection } = await openWorld()
    for (const label of ['a', 'b', 'c']) await mail.publish(envelope('an.actor', label))
    await connection.nats.request('$JS.API.STREAM.DELETE.canopy-death-mail')
    await mail.publish(envelope('an.actor', 'd'))
    const notes = new Notebook(true)
    await mail.receive(notes.receiver)
    await eventually(() => expect(notes.labels()).toEqual(['a', 'b', 'c', 'd']))
  })
})

async function connectSoon(server: NatsServer): Promise<Connection> {
  let connection: Connection | undefined
  await eventually(async () => {
    connection = await connectTo(server)
  })
  if (!connection) throw new Error('no connection')
  return connection
}
