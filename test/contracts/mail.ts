// Mail's exam
//
// Owns:   what every implementation of Mail must do, as tests that know nothing but the port and a few levers.
// Leaves: what only a real server can do (test/transport/).

import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Delivery, Envelope, Mail, Undecodable } from '../../transport/index.ts'
import { eventually as comesTrue } from '../eventually.ts'

export const MAILBOX_LIMIT = 10

/** A mail to be examined, fresh and empty, with mailboxes of `MAILBOX_LIMIT`. */
export interface Subject {
  readonly mail: Mail
  /** Loses the connection and finds it again. */
  reconnect(): Promise<void>
  /** Writes into a mailbox with the credential of its own unit: any text, no id. */
  publishRaw(to: string, payload: string): Promise<void>
  close(): Promise<void>
}

let numbers = 0

export function envelope(to: string, label: string, id = `test/${++numbers}@${to}`): Envelope {
  return {
    id,
    to,
    from: { address: 'a.sender', birth: 'b1', number: ++numbers },
    event: { type: 'SAY', label },
  }
}

/** A receiver that writes down what it is told. */
export class Notebook {
  readonly deliveries: Delivery[] = []
  readonly undecodable: Undecodable[] = []
  sessions = 0
  /** Acknowledges at once what it is given. */
  acks = false

  constructor(acks = false) {
    this.acks = acks
  }

  readonly receiver = {
    onDelivery: (delivery: Delivery) => {
      this.deliveries.push(delivery)
      if (this.acks) delivery.ack()
    },
    onUndecodable: (what: Undecodable) => {
      this.undecodable.push(what)
    },
    onSession: () => {
      this.sessions += 1
      this.deliveries.length = 0
    },
  }

  labels(to?: string): unknown[] {
    return this.deliveries
      .filter(({ envelope }) => to === undefined || envelope.to === to)
      .map(({ envelope }) => envelope.event.label)
  }
}

/** Waits until the check passes; what it said last is in the error. */
export async function eventually(check: () => void | Promise<void>): Promise<void> {
  let failure: unknown
  const passes = async () => {
    try {
      await check()
      return true
    } catch (error) {
      failure = error
      return false
    }
  }
  await comesTrue(passes, { within: 10_000, what: 'a check' }).catch((error: Error) => {
    throw new Error(`${error.message}: ${failure instanceof Error ? failure.message : failure}`)
  })
}

export function mailContract(name: string, open: () => Promise<Subject>): void {
  describe(`mail: ${name}`, () => {
    let subject: Subject
    let mail: Mail

    beforeEach(async () => {
      subject = await open()
      mail = subject.mail
    })
    afterEach(async () => {
      await subject.close()
    })

    /** What comes in a new session to a receiver that acknowledges nothing. */
    async function left(): Promise<Notebook> {
      const notes = new Notebook()
      await mail.receive(notes.receiver)
      await mail.publish(envelope('the.end', 'end'))
      await eventually(() => expect(notes.labels('the.end')).toHaveLength(1))
      notes.deliveries.at(-1)?.ack()
      return notes
    }

    test('delivers what was published before and after the receiver came, in order', async () => {
      const labels = Array.from({ length: 8 }, (_, index) => `m${index}`)
      for (const label of labels.slice(0, 4)) await mail.publish(envelope('an.actor', label))
      const notes = new Notebook(true)
      await mail.receive(notes.receiver)
      await Promise.all(labels.slice(4).map((label) => mail.publish(envelope('an.actor', label))))
      await eventually(() => expect(notes.labels()).toEqual(labels))
    })

    test('delivers the envelope as it was sent, with a sequence that grows', async () => {
      const sent: Envelope[] = [
        envelope('system.supervisor.orchestrator:m1', 'ä "quoted" \u{1F333}'),
        {
          id: 'outside/1',
          to: 'an.actor',
          from: null,
          event: { type: 'GO', deep: { list: [1, null, 'x'] } },
        },
      ]
      const notes = new Notebook(true)
      await mail.receive(notes.receiver)
      for (const each of sent) expect(await mail.publish(each)).toBe('accepted')
      await eventually(() => expect(notes.deliveries).toHaveLength(2))
      expect(notes.deliveries.map((delivery) => delivery.envelope)).toEqual(sent)
      const [first, second] = notes.deliveries.map((delivery) => delivery.streamSequence)
      expect(second).toBeGreaterThan(first ?? Number.NaN)
    })

    test('keeps addresses apart that differ only in what NATS treats specially', async () => {
      const addresses = [
        'a b',
        'a*',
        '*',
        '>',
        'a.>',
        'a.*.b',
        'a%20b',
        'ü',
        'a..b',
        'a\tb',
        'a\r\nb',
        'a/b',
        '%',
      ]
      const notes = new Notebook(true)
      await mail.receive(notes.receiver)
      for (const to of addresses) expect(await mail.publish(envelope(to, to))).toBe('accepted')
      await eventually(() => expect(notes.deliveries).toHaveLength(addresses.length))
      expect(notes.deliveries.map(({ envelope: { to, event } }) => [to, event.label])).toEqual(
        addresses.map((to) => [to, to]),
      )
    })

    test('an acknowledged message is gone, the others come again first and in order', async () => {
      const notes = new Notebook()
      await mail.receive(notes.receiver)
      for (const label of ['a', 'b', 'c', 'd']) await mail.publish(envelope('an.actor', label))
      await eventually(() => expect(notes.deliveries).toHaveLength(4))
      notes.deliveries[0]?.ack()
      notes.deliveries[2]?.ack()
      await mail.publish(envelope('an.actor', 'e'))
      await subject.reconnect()
      await eventually(() => expect(notes.sessions).toBe(2))
      await eventually(() => expect(notes.labels()).toEqual(['b', 'd', 'e']))
    })

    test('tells of a new session before its first delivery, and once', async () => {
      const story: string[] = []
      const receiver = {
        onDelivery: ({ envelope }: Delivery) => void story.push(String(envelope.event.label)),
        onUndecodable: () => {},
        onSession: () => void story.push('session'),
      }
      await mail.publish(envelope('an.actor', 'a'))
      await mail.receive(receiver)
      await eventually(() => expect(story).toEqual(['session', 'a']))
      await subject.reconnect()
      await eventually(() => expect(story).toEqual(['session', 'a', 'session', 'a']))
    })

    test('drops the acknowledgement of an older session', async () => {
      const notes = new Notebook()
      await mail.receive(notes.receiver)
      await mail.publish(envelope('an.actor', 'a'))
      await eventually(() => expect(notes.deliveries).toHaveLength(1))
      const [old] = notes.deliveries
      await subject.reconnect()
      await eventually(() => expect(notes.sessions).toBe(2))
      old?.ack()
      expect((await left()).labels('an.actor')).toEqual(['a'])
    })

    test('a second receiver takes the place of the first', async () => {
      const first = new Notebook()
      const second = new Notebook()
      await mail.receive(first.receiver)
      await mail.publish(envelope('an.actor', 'a'))
      await eventually(() => expect(first.labels()).toEqual(['a']))
      await mail.receive(second.receiver)
      await mail.publish(envelope('an.actor', 'b'))
      await eventually(() => expect(second.labels()).toEqual(['a', 'b']))
      expect(first.labels()).toEqual(['a'])
    })

    test('a full mailbox refuses, the others do not, and room comes with acknowledgements', async () => {
      const notes = new Notebook()
      await mail.receive(notes.receiver)
      const answers = []
      for (let index = 0; index < MAILBOX_LIMIT + 2; index += 1) {
        answers.push(await mail.publish(envelope('full', `f${index}`)))
      }
      expect(answers).toEqual([...Array(MAILBOX_LIMIT).fill('accepted'), 'refused', 'refused'])
      expect(await mail.publish(envelope('other', 'o'))).toBe('accepted')
      await eventually(() => expect(notes.labels('full')).toHaveLength(MAILBOX_LIMIT))
      notes.deliveries[0]?.ack()
      await eventually(async () => expect(await mail.publish(envelope('full', 'again'))).toBe('accepted'))
    })

    test('what was refused was not stored and can be published later under the same id', async () => {
      const notes = new Notebook()
      await mail.receive(notes.receiver)
      for (let index = 0; index < MAILBOX_LIMIT; index += 1) await mail.publish(envelope('full', `f${index}`))
      const late = envelope('full', 'late')
      expect(await mail.publish(late)).toBe('refused')
      await eventually(() => expect(notes.deliveries).toHaveLength(MAILBOX_LIMIT))
      for (const delivery of notes.deliveries) delivery.ack()
      await eventually(async () => expect(await mail.publish(late)).toBe('accepted'))
      await eventually(() => expect(notes.labels().at(-1)).toBe('late'))
    })

    test('an id that is published twice is delivered once, also after it was acknowledged', async () => {
      const notes = new Notebook(true)
      await mail.receive(notes.receiver)
      const twice = envelope('an.actor', 'twice')
      expect(await mail.publish(twice)).toBe('accepted')
      expect(await mail.publish(twice)).toBe('accepted')
      await eventually(() => expect(notes.labels()).toEqual(['twice']))
      expect(await mail.publish(twice)).toBe('accepted')
      await mail.publish(envelope('an.actor', 'last'))
      await eventually(() => expect(notes.labels()).toEqual(['twice', 'last']))
    })

    test('a known id is accepted even while the mailbox is full', async () => {
      const all = Array.from({ length: MAILBOX_LIMIT }, (_, index) => envelope('full', `f${index}`))
      for (const each of all) await mail.publish(each)
      expect(await mail.publish(all[3] as Envelope)).toBe('accepted')
    })

    describe('published together', () => {
      const several = (to: string, ...labels: string[]) => labels.map((label) => envelope(to, label))

      test('mail is delivered one by one and in order, between what was published before and after', async () => {
        const notes = new Notebook(true)
        await mail.receive(notes.receiver)
        await mail.publish(envelope('an.actor', 'a'))
        const together = several('an.actor', 'b', 'c \u001e "c"', 'd')
        expect(await mail.publish(together)).toBe('accepted')
        await mail.publish(envelope('an.actor', 'e'))
        await eventually(() => expect(notes.labels()).toEqual(['a', 'b', 'c \u001e "c"', 'd', 'e']))
        expect(notes.deliveries.slice(1, 4).map((each) => each.envelope)).toEqual(together)
        expect((await left()).labels()).toEqual(['end'])
      })

      test('it comes again whole until each is acknowledged', async () => {
        const notes = new Notebook()
        await mail.receive(notes.receiver)
        await mail.publish(several('an.actor', 'a', 'b', 'c'))
        await mail.publish(envelope('an.actor', 'd'))
        await eventually(() => expect(notes.deliveries).toHaveLength(4))
        // An acknowledgement twice is one.
        for (const index of [2, 0, 0, 2]) notes.deliveries[index]?.ack()
        await subject.reconnect()
        await eventually(() => expect(notes.sessions).toBe(2))
        await eventually(() => expect(notes.labels()).toEqual(['a', 'b', 'c', 'd']))
        for (const delivery of notes.deliveries.slice(0, 3)) delivery.ack()
        await eventually(async () => {
          const again = await left()
          // An acknowledgement may be lost when its session ends: then it is given again.
          for (const delivery of again.deliveries) if (delivery.envelope.event.label !== 'd') delivery.ack()
          expect(again.labels('an.actor')).toEqual(['d'])
        })
      })

      test('acknowledgements of two sessions do not add up', async () => {
        const notes = new Notebook()
        await mail.receive(notes.receiver)
        await mail.publish(several('an.actor', 'a', 'b'))
        await eventually(() => expect(notes.deliveries).toHaveLength(2))
        const [old] = notes.deliveries
        await subject.reconnect()
        await eventually(() => expect(notes.sessions).toBe(2))
        await eventually(() => expect(notes.deliveries).toHaveLength(2))
        notes.deliveries[1]?.ack()
        old?.ack()
        expect((await left()).labels('an.actor')).toEqual(['a', 'b'])
      })

      test('a full mailbox takes none of it, and takes all of it when there is room for one message', async () => {
        const notes = new Notebook()
        await mail.receive(notes.receiver)
        for (let index = 0; index < MAILBOX_LIMIT; index += 1)
          await mail.publish(envelope('full', `f${index}`))
        const together = several('full', 'x', 'y', 'z')
        expect(await mail.publish(together)).toBe('refused')
        await eventually(() => expect(notes.deliveries).toHaveLength(MAILBOX_LIMIT))
        notes.deliveries[0]?.ack()
        await eventually(async () => expect(await mail.publish(together)).toBe('accepted'))
        await eventually(() => expect(notes.labels().slice(MAILBOX_LIMIT)).toEqual(['x', 'y', 'z']))
      })

      test('the same mail is stored once; with one mail more or less it is another message', async () => {
        const notes = new Notebook(true)
        await mail.receive(notes.receiver)
        const [a, b, c] = several('an.actor', 'a', 'b', 'c') as [Envelope, Envelope, Envelope]
        for (const together of [[a, b], [a, b], [a], [a, b, c], [a], a])
          expect(await mail.publish(together)).toBe('accepted')
        await mail.publish(envelope('an.actor', 'last'))
        await eventually(() => expect(notes.labels().at(-1)).toBe('last'))
        expect(notes.labels()).toEqual(['a', 'b', 'a', 'a', 'b', 'c', 'last'])
      })

      test('too much of it is refused with a throw, and none of it is stored', async () => {
        const large = ['a', 'b'].map((label) => envelope('an.actor', label.repeat(600_000)))
        await expect(mail.publish(large)).rejects.toMatchObject({ code: 'too_large' })
        const labels = Array.from({ length: 65 }, (_, index) => `m${index}`)
        await expect(mail.publish(several('an.actor', ...labels))).rejects.toMatchObject({
          code: 'too_large',
        })
        expect(await mail.publish(several('an.actor', ...labels.slice(1)))).toBe('accepted')
        expect((await left()).labels('an.actor')).toEqual(labels.slice(1))
      })

      test('mail of several senders or receivers, from outside, or none at all, is a mistake', async () => {
        const one = envelope('an.actor', 'a')
        const others: Envelope[] = [
          { ...one, to: 'other' },
          { ...one, from: null },
          { ...one, from: { address: 'other', birth: 'b1', number: 1 } },
        ]
        for (const other of others)
          for (const together of [
            [one, other],
            [other, one],
          ])
            await expect(mail.publish(together)).rejects.toThrow(RangeError)
        await expect(mail.publish([])).rejects.toThrow(RangeError)
        expect((await left()).labels()).toEqual(['end'])
      })

      test('if one cannot be decoded, or came from outside, none is delivered', async () => {
        const notes = new Notebook()
        await mail.receive(notes.receiver)
        const good = '\u001e{"id":"x","from":{"address":"a","birth":"b","number":1},"event":{"type":"X"}}'
        const outside = '\u001e{"id":"x","from":null,"event":{"type":"X"}}'
        const bad: [string, RegExp][] = [
          [`${good}\u001e`, /^message 2 of 2: no JSON/],
          [`${good}${good}\u001e{"id":"x"}`, /^message 3 of 3: neither envelope nor event/],
          [`${good}${outside}`, /^message 2 of 2: mail from outside must travel alone/],
          [`\u001e{"type":"X"}${good}`, /^message 1 of 2: mail from outside must travel alone/],
          [good.repeat(65), /^65 messages together, at most 64/],
          ['\u001e', /no JSON/],
          [good.slice(1) + good, /no JSON/],
        ]
        for (const [payload] of bad) await subject.publishRaw('an.actor', payload)
        await eventually(() => expect(notes.undecodable).toHaveLength(bad.length))
        for (const [index, [, reason]] of bad.entries())
          expect(notes.undecodable[index]?.error).toMatch(reason)
        await subject.publishRaw('an.actor', good.repeat(64))
        await eventually(() => expect(notes.deliveries).toHaveLength(64))
      })
    })

    test('what cannot be decoded is told with its reason, never delivered, and gone', async () => {
      const notes = new Notebook()
      await mail.receive(notes.receiver)
      const bad = [
        'no json',
        '{"id":"x"}',
        '[]',
        '{"id":"","from":null,"event":{"type":"X"}}',
        '{"id":"x","from":null,"event":{"type":""}}',
        '{"id":"x","from":{"address":"a","birth":"b","number":0},"event":{"type":"X"}}',
        '{"id":"x","from":{"address":"a"},"event":{"type":"X"}}',
        '{"type":7}',
      ]
      for (const payload of bad) await subject.publishRaw('an.actor', payload)
      await eventually(() => expect(notes.undecodable).toHaveLength(bad.length))
      expect(notes.undecodable.map(({ payload }) => payload)).toEqual(bad)
      for (const { error } of notes.undecodable) expect(error).toMatch(/\w{4}/)
      expect(notes.undecodable.at(-1)?.error).toContain('event')
      await mail.publish(envelope('an.actor', 'good'))
      await eventually(() => expect(notes.labels()).toEqual(['good']))
      notes.undecodable.length = 0
      await subject.reconnect()
      expect((await left()).undecodable).toEqual([])
    })

    test('what cannot be put aside comes again in the next session', async () => {
      const seen: string[] = []
      const receiver = {
        onDelivery: () => {},
        onUndecodable: ({ payload }: Undecodable) => {
          seen.push(payload)
          return seen.length === 1 ? Promise.reject(new Error('the disk is full')) : Promise.resolve()
        },
        onSession: () => {},
      }
      await mail.receive(receiver)
      await subject.publishRaw('an.actor', 'nonsense')
      await eventually(() => expect(seen).toHaveLength(1))
      await subject.reconnect()
      await eventually(() => expect(seen).toEqual(['nonsense', 'nonsense']))
      await subject.reconnect()
      expect((await left()).undecodable).toEqual([])
    })

    test('a plain event is mail from outside', async () => {
      const notes = new Notebook()
      await mail.receive(notes.receiver)
      await subject.publishRaw('an.actor', '{"type":"GO","speed":3}')
      await eventually(() => expect(notes.deliveries).toHaveLength(1))
      const [delivery] = notes.deliveries
      expect(delivery?.envelope).toEqual({
        id: `stream:${delivery?.streamSequence}`,
        to: 'an.actor',
        from: null,
        event: { type: 'GO', speed: 3 },
      })
    })

    test('an envelope that is too large is refused with a throw, one just below is delivered', async () => {
      const notes = new Notebook(true)
      await mail.receive(notes.receiver)
      await expect(mail.publish(envelope('an.actor', 'x'.repeat(1_000_000)))).rejects.toMatchObject({
        code: 'too_large',
      })
      await mail.publish(envelope('an.actor', 'x'.repeat(999_000)))
      await eventually(() => expect(notes.deliveries).toHaveLength(1))
    })

    test('an address that is too long for a subject is refused with a throw, and the mail goes on', async () => {
      await expect(mail.publish(envelope('x'.repeat(5000), 'a'))).rejects.toMatchObject({ code: 'bad_name' })
      expect(await mail.publish(envelope('an.actor', 'b'))).toBe('accepted')
    })

    test('two receivers at once: one of them is served, and stays so', async () => {
      const [first, second] = [new Notebook(), new Notebook()]
      await Promise.all([mail.receive(first.receiver), mail.receive(second.receiver)])
      await mail.publish(envelope('an.actor', 'a'))
      await eventually(() => expect(second.labels()).toEqual(['a']))
      expect(first.labels()).toEqual([])
      expect(second.sessions).toBe(1)
    })

    test('purge drops one address and nothing else, and makes room', async () => {
      for (let index = 0; index < MAILBOX_LIMIT; index += 1) await mail.publish(envelope('gone', `g${index}`))
      for (const label of ['a', 'b']) await mail.publish(envelope('stays', label))
      await mail.purge('gone')
      expect(await mail.publish(envelope('gone', 'new'))).toBe('accepted')
      expect((await left()).labels()).toEqual(['a', 'b', 'new', 'end'])
    })

    test('purge while deliveries are out leaves those of others acknowledgeable', async () => {
      const notes = new Notebook()
      await mail.receive(notes.receiver)
      for (const label of ['a', 'b', 'c']) {
        await mail.publish(envelope('gone', label))
        await mail.publish(envelope('stays', label))
      }
      await eventually(() => expect(notes.deliveries).toHaveLength(6))
      await mail.purge('gone')
      for (const delivery of notes.deliveries.slice(0, 4)) delivery.ack()
      expect((await left()).labels('stays')).toEqual(['c'])
    })

    describe('odd values', () => {
      const events: [string, Record<string, unknown>, unknown][] = [
        [
          'prototype keys',
          JSON.parse('{"__proto__":{"a":1},"constructor":{"prototype":{"a":1}}}'),
          undefined,
        ],
        [
          'numbers at the ends',
          { max: Number.MAX_VALUE, min: Number.MIN_VALUE, safe: 2 ** 53 - 1 },
          undefined,
        ],
        [
          'numbers that JSON has not',
          { nan: Number.NaN, inf: Number.NEGATIVE_INFINITY },
          { nan: null, inf: null },
        ],
        ['fields that are undefined', { gone: undefined, list: [undefined] }, { list: [null] }],
        [
          'dates and maps',
          { at: new Date(0), map: new Map([[1, 2]]) },
          { at: '1970-01-01T00:00:00.000Z', map: {} },
        ],
        ['lone surrogates and line breaks', { text: '\ud800\r\n\u2028\u0000\u001e' }, undefined],
        ['sixty levels', { deep: JSON.parse(`${'['.repeat(60)}${']'.repeat(60)}`) }, undefined],
        ['no fields', {}, undefined],
      ]
      test.each(events)('%s arrive as JSON has them', async (_, fields, expected) => {
        const notes = new Notebook(true)
        await mail.receive(notes.receiver)
        const sent = envelope('an.actor', 'x')
        await mail.publish({ ...sent, event: { type: 'SAY', ...fields } })
        await eventually(() => expect(notes.deliveries).toHaveLength(1))
        const event = notes.deliveries[0]?.envelope.event
        expect(JSON.stringify(event)).toBe(
          JSON.stringify({ type: 'SAY', ...((expected ?? fields) as Record<string, unknown>) }),
        )
        expect(({} as { a?: unknown }).a).toBeUndefined()
      })

      test('that JSON has no text for are refused with a throw, and the mail goes on', async () => {
        const loop: Record<string, unknown> = { type: 'SAY' }
        loop.self = loop
        for (const event of [{ type: 'SAY', n: 1n }, loop])
          await expect(mail.publish({ ...envelope('an.actor', 'x'), event: event as never })).rejects.toThrow(
            TypeError,
          )
        expect(await mail.publish(envelope('an.actor', 'y'))).toBe('accepted')
        expect((await left()).labels('an.actor')).toEqual(['y'])
      })
    })

    test('one receiver gets mail of many senders in the order in which it was published', async () => {
      const notes = new Notebook(true)
      await mail.receive(notes.receiver)
      const labels = Array.from({ length: MAILBOX_LIMIT }, (_, at) => `m${at}`)
      for (const label of labels) {
        const from = { address: `sender.${label}`, birth: 'b', number: 1 }
        await mail.publish({ ...envelope('an.actor', label), from })
      }
      await eventually(() => expect(notes.labels()).toEqual(labels))
    })

    test('a receiver that publishes within a delivery is served, also to itself', async () => {
      const seen: unknown[] = []
      await mail.receive({
        onDelivery: (delivery: Delivery) => {
          const { label } = delivery.envelope.event as unknown as { label: number }
          seen.push(label)
          if (label < 5) void mail.publish(envelope('an.actor', (label + 1) as never))
          delivery.ack()
        },
        onUndecodable: () => {},
        onSession: () => {},
      })
      await mail.publish(envelope('an.actor', 0 as never))
      await eventually(() => expect(seen).toEqual([0, 1, 2, 3, 4, 5]))
    })

    test('an address whose mail was purged gets only what is published later', async () => {
      const notes = new Notebook(true)
      for (const label of ['a', 'b']) await mail.publish(envelope('gone', label))
      await mail.purge('gone')
      await mail.purge('gone')
      await mail.purge('never was')
      await mail.receive(notes.receiver)
      await mail.publish(envelope('gone', 'c'))
      await eventually(() => expect(notes.labels()).toEqual(['c']))
    })

    test('closing twice, and receiving or purging afterwards, throws nothing and delivers nothing', async () => {
      await mail.publish(envelope('an.actor', 'a'))
      await mail.close()
      await mail.close()
      const notes = new Notebook()
      await mail.receive(notes.receiver)
      await new Promise((done) => setTimeout(done, 20))
      expect(notes.labels()).toEqual([])
    })

    test('after close nothing is delivered and publishing says so', async () => {
      const notes = new Notebook()
      await mail.receive(notes.receiver)
      await mail.publish(envelope('an.actor', 'a'))
      await eventually(() => expect(notes.deliveries).toHaveLength(1))
      await mail.close()
      await expect(mail.publish(envelope('an.actor', 'b'))).rejects.toMatchObject({ code: 'closed' })
      notes.deliveries[0]?.ack()
      expect(notes.labels()).toEqual(['a'])
    })
  })
}
