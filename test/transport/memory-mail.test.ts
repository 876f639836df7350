// Mail in memory against a model of plain lists: whatever is published, acknowledged, purged and reconnected, and in
// whatever order; and its duplicate window when the clock jumps.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type Delivery,
  type Envelope,
  type MemoryMail,
  openMemoryMail,
  type Undecodable,
} from '../../transport/index.ts'

const WINDOW_MS = 120_000
let numbers = 0

function envelope(to: string, label: string, id = `m/${++numbers}`): Envelope {
  return {
    id,
    to,
    from: { address: 'a.sender', birth: 'b', number: ++numbers },
    event: { type: 'SAY', label },
  }
}

/** A receiver that notes all, and acknowledges when told so. */
class Reader {
  readonly deliveries: Delivery[] = []
  readonly undecodable: Undecodable[] = []
  sessions = 0
  onDelivery = (delivery: Delivery): void => void this.deliveries.push(delivery)
  onUndecodable = (what: Undecodable): void => void this.undecodable.push(what)
  onSession = (): void => {
    this.sessions += 1
    this.deliveries.length = 0
  }

  labels(): unknown[] {
    return this.deliveries.map(({ envelope }) => envelope.event.label)
  }
}

const delivered = () => new Promise((done) => setTimeout(done, 1))

async function opened(now?: () => number, mailboxLimit = 5): Promise<{ mail: MemoryMail; reader: Reader }> {
  const mail = openMemoryMail({ mailboxLimit, ...(now && { now }) })
  const reader = new Reader()
  await mail.receive(reader)
  return { mail, reader }
}

interface ModelMail {
  readonly to: string
  readonly labels: readonly string[]
  readonly open: Set<string>
}

describe('mail in memory', () => {
  const to = fc.constantFrom('a', 'b', 'c.d')
  const command = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        kind: fc.constant('publish' as const),
        to,
        count: fc.integer({ min: 1, max: 3 }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('again' as const), at: fc.nat() }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('ack' as const), at: fc.nat() }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('purge' as const), to }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('reconnect' as const) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('raw' as const), to }) },
  )

  test('delivers and keeps what a list would', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(command, { maxLength: 40 }), async (commands) => {
        const { mail, reader } = await opened()
        let stored: ModelMail[] = []
        const published: Envelope[][] = []
        let undecodable = 0
        for (const each of commands) {
          if (each.kind === 'publish') {
            const together = Array.from({ length: each.count }, () => envelope(each.to, `${++numbers}`))
            const isFull = stored.filter((mail) => mail.to === each.to).length >= 5
            expect(await mail.publish(together)).toBe(isFull ? 'refused' : 'accepted')
            if (isFull) continue
            const labels = together.map(({ event }) => String(event.label))
            stored.push({ to: each.to, labels, open: new Set(labels) })
            published.push(together)
          } else if (each.kind === 'again') {
            const before = published[each.at % (published.length || 1)]
            if (before) expect(await mail.publish(before)).toBe('accepted')
          } else if (each.kind === 'ack') {
            await delivered()
            const delivery = reader.deliveries[each.at % (reader.deliveries.length || 1)]
            delivery?.ack()
            const label = String(delivery?.envelope.event.label)
            for (const { open } of stored) open.delete(label)
            stored = stored.filter(({ open }) => open.size > 0)
          } else if (each.kind === 'purge') {
            await mail.purge(each.to)
            stored = stored.filter((mail) => mail.to !== each.to)
          } else if (each.kind === 'raw') {
            const isFull = stored.filter((mail) => mail.to === each.to).length >= 5
            mail.publishRaw(each.to, 'no JSON')
            await delivered()
            if (!isFull) undecodable += 1
          } else {
            mail.reconnect()
            await delivered()
            // All of a message comes again, also what was acknowledged of it.
            stored = stored.map((mail) => ({ ...mail, open: new Set(mail.labels) }))
            expect(reader.labels()).toEqual(stored.flatMap(({ labels }) => labels))
          }
        }
        await delivered()
        expect(mail.size).toBe(stored.length)
        expect(reader.undecodable).toHaveLength(undecodable)
        mail.reconnect()
        await delivered()
        expect(reader.labels()).toEqual(stored.flatMap(({ labels }) => labels))
        await mail.close()
      }),
      { numRuns: 60 },
    )
  })

  test('stores an id again only after the duplicate window', async () => {
    let now = 1_000_000
    const { mail, reader } = await opened(() => now)
    const once = envelope('a', 'once', 'same')
    for (const [later, count] of [
      [0, 1],
      [WINDOW_MS - 1, 1],
      [1, 2],
      [1, 2],
    ]) {
      now += later ?? 0
      expect(await mail.publish(once)).toBe('accepted')
      await delivered()
      expect(reader.labels()).toHaveLength(count ?? 0)
    }
  })

  test('loses and doubles no new mail when the clock jumps', async () => {
    let now = 1_000_000
    const { mail, reader } = await opened(() => now, 100)
    const jumps = [86_400_000, -86_400_000, -10_000_000, 3, 0, Number.NaN, 5]
    for (const [at, jump] of jumps.entries()) {
      now = Number.isNaN(jump) ? Number.NaN : (Number.isNaN(now) ? 0 : now) + jump
      expect(await mail.publish(envelope('a', `${at}`))).toBe('accepted')
    }
    await delivered()
    expect(reader.labels()).toEqual(jumps.map((_, at) => `${at}`))
  })

  test('makes no delivery within a call', async () => {
    const { mail, reader } = await opened()
    const published = mail.publish(envelope('a', 'x'))
    expect(reader.labels()).toEqual([])
    await published
    await delivered()
    mail.reconnect()
    expect(reader.sessions).toBe(1)
    await delivered()
    expect(reader.sessions).toBe(2)
  })

  test('ends a session within a delivery: the rest comes in the next one, once', async () => {
    const { mail } = await opened()
    const seen: string[] = []
    for (const label of ['a', 'b', 'c']) await mail.publish(envelope('x', label))
    await mail.receive({
      onDelivery: (delivery) => {
        seen.push(String(delivery.envelope.event.label))
        delivery.ack()
        if (seen.length === 1) mail.reconnect()
      },
      onUndecodable: () => {},
      onSession: () => void seen.push('session'),
    })
    await delivered()
    await delivered()
    expect(seen.filter((each) => each !== 'session')).toEqual(['a', 'b', 'c'])
  })

  test('closed within a delivery delivers nothing more', async () => {
    const { mail } = await opened()
    const seen: unknown[] = []
    for (const label of ['a', 'b']) await mail.publish(envelope('x', label))
    await mail.receive({
      onDelivery: ({ envelope: { event } }) => {
        seen.push(event.label)
        void mail.close()
      },
      onUndecodable: () => {},
      onSession: () => {},
    })
    await delivered()
    expect(seen).toEqual(['a'])
    mail.reconnect()
    await delivered()
    expect(seen).toEqual(['a'])
  })

  test('gives each receiver a copy: a change of an event reaches nobody else', async () => {
    const { mail, reader } = await opened()
    const sent = envelope('a', 'x')
    await mail.publish(sent)
    await delivered()
    const [first] = reader.deliveries
    expect(first?.envelope).not.toBe(sent)
    ;(first?.envelope.event as unknown as { label: string }).label = 'changed'
    mail.reconnect()
    await delivered()
    expect(reader.labels()).toEqual(['x'])
  })

  test.each([
    ['an empty address', '', 'accepted'],
    ['a lone surrogate', '\ud800', 'accepted'],
    ['an address of 1,500 characters', 'x'.repeat(1_500), 'accepted'],
  ])('takes %s', async (_, address, result) => {
    const { mail, reader } = await opened()
    expect(await mail.publish(envelope(address, 'x'))).toBe(result)
    await delivered()
    expect(reader.deliveries[0]?.envelope.to).toBe(address)
  })

  test('purges all of everybody when no address is given', async () => {
    const { mail, reader } = await opened()
    for (const to of ['a', 'b']) await mail.publish(envelope(to, to))
    await mail.purge()
    expect(mail.size).toBe(0)
    await delivered()
    expect(reader.labels()).toEqual([])
    await mail.publish(envelope('a', 'later'))
    await delivered()
    expect(reader.labels()).toEqual(['later'])
  })

  test('refuses to be written by hand when a mailbox is full, as a server would', async () => {
    const { mail, reader } = await opened(undefined, 2)
    for (const label of ['a', 'b', 'c']) mail.publishRaw('x', JSON.stringify({ type: 'SAY', label }))
    await delivered()
    expect(reader.labels()).toEqual(['a', 'b'])
    expect(await mail.publish(envelope('x', 'd'))).toBe('refused')
  })
})
