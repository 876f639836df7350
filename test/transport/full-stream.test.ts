// A full stream: actors wait for room and lose nothing, whoever asks from outside is refused, and it goes on by itself.

import { afterAll, expect, test } from 'vitest'
import { type Delivery, openMail } from '../../transport/index.ts'
import { envelope, eventually } from '../contracts/mail.ts'
import { connectTo, startServer, stopServers } from './nats.ts'

afterAll(stopServers)

test('a full stream is told once, has actors wait, refuses the outside, and takes all when there is room', async () => {
  const connection = await connectTo(await startServer())
  const told: string[] = []
  const mail = await openMail({
    connection,
    system: 'full',
    unit: 'main',
    mailboxLimit: 10_000,
    maxBytes: 200_000,
    onNotice: (sentence) => told.push(sentence),
  })
  const held: Delivery[] = []
  const taken: unknown[] = []
  let takes = false
  const take = (delivery: Delivery): void => {
    taken.push(delivery.envelope.event.label)
    delivery.ack()
  }
  await mail.receive({
    onDelivery: (delivery) => (takes ? take(delivery) : void held.push(delivery)),
    onUndecodable: ({ error }) => expect.unreachable(error),
    onSession() {},
  })
  const labels = Array.from({ length: 300 }, (_, number) => `${number} ${'x'.repeat(2_000)}`)
  let accepted = 0
  const answers = labels.map((label) =>
    mail.publish(envelope('an.actor', label)).then((receipt) => {
      if (receipt === 'accepted') accepted += 1
      return receipt
    }),
  )
  await eventually(() => expect(told).toEqual([expect.stringContaining('full')]))
  expect(await mail.publish({ ...envelope('an.actor', 'order'), from: null })).toBe('refused')
  expect(accepted).toBeLessThan(100)
  takes = true
  for (const delivery of held) take(delivery)
  expect(new Set(await Promise.all(answers))).toEqual(new Set(['accepted']))
  await eventually(() => expect(taken).toEqual(labels))
  await eventually(() =>
    expect(told).toEqual([expect.stringContaining('full'), expect.stringContaining('room')]),
  )
  expect(await mail.publish({ ...envelope('an.actor', 'order'), from: null })).toBe('accepted')
  await mail.close()
  await connection.close()
})
