// Publishing without a server: a connection by hand that answers as a server may, in every way. Each message is accepted
// or refused once, none is lost, and order is kept where it is promised.

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Connection, ConnectionState } from '../../transport/index.ts'
import { type OutgoingMessage, Publisher } from '../../transport/mail/publisher.ts'
import { type StreamMessage, UnconfirmedMail } from '../../transport/mail/unconfirmed.ts'

interface Sent {
  readonly label: string
  readonly id: string
  /** Answers this one attempt. */
  answer(reply: unknown): void
}

/** A connection whose server is the test. */
class HandConnection {
  readonly sent: Sent[] = []
  readonly closed = Promise.withResolvers<undefined>()
  state: ConnectionState = 'connected'
  isClosed = false
  refuses: Error | undefined
  #take: (error: null, message: unknown) => void = () => {}
  readonly #listeners = new Set<(state: ConnectionState) => void>()

  /** As much of a connection as publishing uses. */
  get connection(): Connection {
    const hand = this
    const nats = {
      isClosed: () => hand.isClosed,
      subscribe: (_: string, { callback }: { callback: typeof hand.take }) => {
        hand.#take = callback
        return { unsubscribe: () => (hand.#take = () => {}) }
      },
      publish: (subject: string, bytes: Uint8Array, how: { reply: string; headers: Map<string, string> }) =>
        hand.#published(subject, bytes, how.reply, how.headers.get('Nats-Msg-Id') ?? ''),
    }
    return {
      nats,
      get state() {
        return hand.state
      },
      closed: hand.closed.promise,
      onState: (listener: (state: ConnectionState) => void) => {
        hand.#listeners.add(listener)
        return () => hand.#listeners.delete(listener)
      },
    } as unknown as Connection
  }

  take(error: null, message: unknown): void {
    this.#take(error, message)
  }

  become(state: ConnectionState): void {
    this.state = state
    for (const listener of [...this.#listeners]) listener(state)
  }

  labels(): string[] {
    return this.sent.map(({ label }) => label)
  }

  /** The attempts since the last call. */
  fresh(): string[] {
    return this.sent.splice(0).map(({ label }) => label)
  }

  #published(_subject: string, bytes: Uint8Array, reply: string, id: string): void {
    if (this.refuses) throw this.refuses
    const answer = (body: unknown): void => {
      const text = typeof body === 'string' ? body : JSON.stringify(body)
      this.take(null, { subject: reply, data: Buffer.from(text), json: () => JSON.parse(text) })
    }
    this.sent.push({ label: Buffer.from(bytes).toString(), id, answer })
  }
}

const full = { error: { description: 'maximum bytes exceeded' } }
const mailboxFull = { error: { description: 'maximum messages per subject exceeded' } }
const outgoing = (label: string, more: Partial<OutgoingMessage> = {}): OutgoingMessage => ({
  subject: `to.${label}`,
  bytes: Buffer.from(label),
  id: `id-${label}`,
  isAway: false,
  isFromOutside: false,
  ...more,
})

let hand: HandConnection
let publisher: Publisher
let told: string[]
let noStream: number
let results: Record<string, string>

beforeEach(() => {
  vi.useFakeTimers()
  hand = new HandConnection()
  told = []
  noStream = 0
  results = {}
  publisher = new Publisher({
    connection: hand.connection,
    onTrouble: (sentence) => told.push(sentence),
    onNotice: (sentence) => told.push(`notice: ${sentence}`),
    onNoStream: () => (noStream += 1),
  })
})
afterEach(() => {
  publisher.close()
  vi.useRealTimers()
})

/** Publishes these, in order; what becomes of each is put into `results`. */
function publish(...labels: string[]): void {
  for (const label of labels) {
    publisher.publish(outgoing(label)).then(
      (result) => (results[label] = result),
      (error) => (results[label] = error.code ?? error.message),
    )
  }
}
const settled = () => vi.advanceTimersByTimeAsync(0)
const answer = (at: number, reply: unknown): void => hand.sent[at]?.answer(reply)

describe('a message', () => {
  test('is sent once, under its id, and is accepted by its own answer', async () => {
    publish('a', 'b')
    expect(hand.sent.map(({ label, id }) => [label, id])).toEqual([
      ['a', 'id-a'],
      ['b', 'id-b'],
    ])
    answer(1, { seq: 8 })
    await settled()
    expect(results).toEqual({ b: 'accepted' })
    answer(0, { seq: 7 })
    // A second answer to the same attempt changes nothing.
    answer(0, mailboxFull)
    await settled()
    expect(results).toEqual({ a: 'accepted', b: 'accepted' })
    await vi.advanceTimersByTimeAsync(20_000)
    expect(hand.sent).toHaveLength(2)
  })

  test.each([
    ['a duplicate', { seq: 3, duplicate: true }, 'accepted'],
    ['without a sequence', {}, 'accepted'],
    ['from a full mailbox', mailboxFull, 'refused'],
  ])('%s is settled', async (_, reply, result) => {
    publish('a')
    answer(0, reply)
    await settled()
    expect(results).toEqual({ a: result })
  })

  const again: [string, unknown, RegExp][] = [
    ['no stream', '', /no stream takes it/],
    ['no JSON', 'nonsense', /not accepted yet: .*JSON/],
    ['a torn answer', '{"seq":', /not accepted yet: .*JSON/],
    ['null', 'null', /not accepted yet/],
    ['an error without a reason', { error: {} }, /the server gave no reason/],
    ['another error', { error: { description: 'no responders' } }, /no responders/],
    [
      'an error of a newer server',
      { error: { code: 503, err_code: 10_999, description: 'be patient' } },
      /patient/,
    ],
  ]
  test.each(again)(
    'that is answered with %s is sent again, and its trouble is told once',
    async (_, reply, reason) => {
      publish('a')
      for (let round = 0; round < 4; round += 1) {
        answer(round, reply)
        await vi.advanceTimersByTimeAsync(3_000)
      }
      expect(results).toEqual({})
      expect(hand.sent).toHaveLength(5)
      expect(told).toEqual([expect.stringMatching(reason)])
      expect(told[0]).toContain('to.a')
      answer(4, { seq: 1 })
      await settled()
      expect(results).toEqual({ a: 'accepted' })
      // The next trouble is news again.
      publish('b')
      answer(5, reply)
      expect(told).toHaveLength(2)
    },
  )

  test('that is not answered is sent again after 5 s, under its id', async () => {
    publish('a')
    await vi.advanceTimersByTimeAsync(4_900)
    expect(hand.sent).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(300)
    expect(hand.sent.map(({ id }) => id)).toEqual(['id-a', 'id-a'])
    // The late answer to the first attempt counts.
    answer(0, { seq: 1 })
    await settled()
    expect(results).toEqual({ a: 'accepted' })
  })

  test('asks for the stream while there is none', async () => {
    publish('a')
    answer(0, '')
    expect(noStream).toBe(1)
    await vi.advanceTimersByTimeAsync(3_000)
    answer(1, '')
    expect(noStream).toBe(2)
  })

  test('that the client itself refuses is rejected, and the others go on', async () => {
    hand.refuses = new Error('payload max_payload size exceeded')
    publish('large')
    hand.refuses = undefined
    publish('small')
    answer(0, { seq: 1 })
    await settled()
    expect(results.large).toBe('too_large')
    expect(results.small).toBe('accepted')
    expect(hand.labels()).toEqual(['small'])
  })

  test('is sent again when the clock jumps forward, and is not lost when it jumps back', async () => {
    publish('a')
    vi.setSystemTime(Date.now() + 3_600_000)
    await vi.advanceTimersByTimeAsync(200)
    expect(hand.sent).toHaveLength(2)
    vi.setSystemTime(Date.now() - 7_200_000)
    await vi.advanceTimersByTimeAsync(200)
    answer(1, { seq: 1 })
    await settled()
    expect(results).toEqual({ a: 'accepted' })
  })
})

describe('when the connection is lost', () => {
  test('messages wait, and all without an answer are sent in order before any new one', async () => {
    publish('a', 'b', 'c')
    answer(1, { seq: 1 })
    await settled()
    hand.become('disconnected')
    publish('d')
    await vi.advanceTimersByTimeAsync(60_000)
    expect(hand.labels()).toEqual(['a', 'b', 'c'])
    hand.fresh()
    hand.become('connected')
    publish('e')
    expect(hand.labels()).toEqual(['a', 'c', 'd', 'e'])
    for (let at = 0; at < 4; at += 1) answer(at, { seq: at + 2 })
    await settled()
    expect(results).toEqual(Object.fromEntries([...'abcde'].map((label) => [label, 'accepted'])))
  })

  test('the answer of an attempt before counts for the message', async () => {
    const first = publisher.publish(outgoing('a'))
    const [attempt] = hand.sent
    hand.become('disconnected')
    hand.become('connected')
    expect(hand.labels()).toEqual(['a', 'a'])
    attempt?.answer({ seq: 1 })
    expect(await first).toBe('accepted')
  })

  test('for good, whatever has no answer is rejected, and so is what comes later', async () => {
    publish('a')
    hand.isClosed = true
    hand.closed.resolve(undefined)
    await settled()
    expect(results).toEqual({ a: 'closed' })
    await expect(publisher.publish(outgoing('b'))).rejects.toMatchObject({
      code: 'closed',
      message: expect.stringContaining('may or may not have arrived'),
    })
    publisher.close()
  })
})

describe('a full stream', () => {
  test('is told once, has actors wait one at a time, and refuses the outside at once', async () => {
    publish('a', 'b', 'c')
    for (let at = 0; at < 3; at += 1) answer(at, full)
    expect(told).toEqual(['notice: the mail stream is full; mail of actors waits for room'])
    expect(await publisher.publish(outgoing('o', { isFromOutside: true }))).toBe('refused')
    publish('d')
    hand.fresh()
    await vi.advanceTimersByTimeAsync(3_000)
    expect(hand.fresh()).toEqual(['a'])
    await settled()
    expect(results).toEqual({})
  })

  test('with room again takes one after the other, oldest first, and says so', async () => {
    publish('a', 'b', 'c')
    answer(0, full)
    answer(1, full)
    hand.fresh()
    await vi.advanceTimersByTimeAsync(3_000)
    expect(hand.labels()[0]).toBe('a')
    for (let at = 0; at < 10; at += 1) {
      answer(at, { seq: at + 1 })
      await settled()
    }
    await vi.advanceTimersByTimeAsync(6_000)
    for (const each of hand.sent) each.answer({ seq: 50 })
    await vi.advanceTimersByTimeAsync(200)
    expect(results).toEqual({ a: 'accepted', b: 'accepted', c: 'accepted' })
    expect(told.at(-1)).toBe('notice: the mail stream has room again; no mail waits')
    expect(
      await Promise.race([publisher.publish(outgoing('o', { isFromOutside: true })), settled()]),
    ).not.toBe('refused')
  })

  test('refuses a message from outside that it has already got', async () => {
    const asked = publisher.publish(outgoing('o', { isFromOutside: true }))
    answer(0, full)
    expect(await asked).toBe('refused')
    expect(told).toEqual([])
  })

  test('of another server after a reconnect is tried again at once', async () => {
    publish('a', 'b')
    answer(0, full)
    hand.fresh()
    hand.become('disconnected')
    hand.become('connected')
    expect(hand.fresh()).toEqual(['a', 'b'])
  })
})

describe('a stream that is made again', () => {
  test('holds all messages until it is there, and sends lost mail before unanswered mail', async () => {
    publish('taken', 'waits')
    answer(0, { seq: 1 })
    answer(1, { seq: 2 })
    await settled()
    publisher.confirm(1)
    publish('unanswered')
    hand.fresh()
    const made = Promise.withResolvers<boolean>()
    const held = publisher.whileHeld(() => made.promise)
    publish('new')
    await vi.advanceTimersByTimeAsync(30_000)
    expect(hand.fresh()).toEqual([])
    made.resolve(true)
    expect(await held).toBe(1)
    expect(hand.labels()).toEqual(['waits', 'unanswered', 'new'])
    // Mail that the deleted stream had accepted can no longer be refused.
    answer(0, mailboxFull)
    answer(1, mailboxFull)
    await settled()
    expect(results).toMatchObject({ unanswered: 'refused' })
    expect(results).not.toHaveProperty('new')
    await vi.advanceTimersByTimeAsync(3_000)
    expect(hand.labels().at(-1)).toBe('waits')
  })

  test('leaves no unanswered mail behind when publishing is closed', async () => {
    const rejected: unknown[] = []
    const note = (reason: unknown): void => void rejected.push(reason)
    process.on('unhandledRejection', note)
    publish('a')
    answer(0, { seq: 1 })
    await settled()
    expect(await publisher.whileHeld(async () => true)).toBe(1)
    publisher.close()
    vi.useRealTimers()
    await new Promise((done) => setTimeout(done, 5))
    process.off('unhandledRejection', note)
    expect(rejected).toEqual([])
  })

  test('that is the same one after all sends only what is due', async () => {
    publish('a')
    answer(0, { seq: 1 })
    await settled()
    hand.fresh()
    expect(await publisher.whileHeld(async () => false)).toBeUndefined()
    expect(hand.fresh()).toEqual([])
  })

  test('whose check fails lets the messages go on', async () => {
    const held = publisher.whileHeld(() => Promise.reject(new Error('no server')))
    publish('a')
    await expect(held).rejects.toThrow('no server')
    await vi.advanceTimersByTimeAsync(200)
    answer(0, { seq: 1 })
    await settled()
    expect(results).toEqual({ a: 'accepted' })
  })

  test('sends nothing of addresses whose mail was purged', async () => {
    publish('kept', 'gone')
    answer(0, { seq: 1 })
    answer(1, { seq: 2 })
    await settled()
    publisher.forget((subject) => subject === 'to.gone')
    hand.fresh()
    expect(await publisher.whileHeld(async () => true)).toBe(1)
    expect(hand.fresh()).toEqual(['kept'])
  })

  test('does not send what was taken before its answer came', async () => {
    publish('early')
    publisher.confirm(5)
    answer(0, { seq: 5 })
    await settled()
    hand.fresh()
    expect(await publisher.whileHeld(async () => true)).toBe(0)
    expect(hand.fresh()).toEqual([])
  })

  test('sends delivered mail of other senders again, unless it was taken', async () => {
    publisher.delivered(3, outgoing('theirs'))
    publisher.delivered(4, outgoing('taken'))
    publisher.confirm(4)
    expect(await publisher.whileHeld(async () => true)).toBe(1)
    expect(hand.fresh()).toEqual(['theirs'])
  })

  test('after a reconnect meanwhile sends each waiting message once', async () => {
    publish('a')
    hand.fresh()
    const made = Promise.withResolvers<boolean>()
    const held = publisher.whileHeld(() => made.promise)
    hand.become('disconnected')
    hand.become('connected')
    expect(hand.fresh()).toEqual([])
    made.resolve(false)
    await held
    expect(hand.fresh()).toEqual(['a'])
  })
})

describe('unconfirmed mail', () => {
  const letter = (label: string, more: Partial<StreamMessage> = {}): StreamMessage => outgoing(label, more)
  const labels = (mail: readonly StreamMessage[]): string[] =>
    mail.map(({ bytes }) => Buffer.from(bytes).toString())

  test('is taken in the order of the stream, once, whoever added it', () => {
    const mail = new UnconfirmedMail()
    for (const sequence of [5, 2, 9, 1])
      mail.add(sequence, letter(`${sequence}`, { isAway: sequence % 2 === 0 }))
    expect(labels(mail.takeAll())).toEqual(['1', '2', '5', '9'])
    expect(mail.takeAll()).toEqual([])
  })

  test('keeps the first text of a sequence of the own unit', () => {
    const mail = new UnconfirmedMail()
    mail.add(1, letter('sent'))
    mail.add(1, letter('delivered'))
    expect(labels(mail.takeAll())).toEqual(['sent'])
  })

  test('forgets what was taken; confirming what is not there does nothing', () => {
    const mail = new UnconfirmedMail()
    mail.add(1, letter('a'))
    mail.add(2, letter('b'))
    mail.confirm(1)
    mail.confirm(7)
    expect(labels(mail.takeAll())).toEqual(['b'])
  })

  test('keeps at most 16 MiB for other units, the newest, and all of its own', () => {
    const mail = new UnconfirmedMail()
    const bytes = new Uint8Array(1024 * 1024)
    for (let sequence = 1; sequence <= 20; sequence += 1) {
      mail.add(sequence, letter('own', { bytes }))
      mail.add(100 + sequence, letter('away', { bytes, isAway: true, id: `${sequence}` }))
    }
    const all = mail.takeAll()
    expect(all.filter(({ isAway }) => !isAway)).toHaveLength(20)
    expect(all.filter(({ isAway }) => isAway).map(({ id }) => Number(id))).toEqual(
      Array.from({ length: 16 }, (_, at) => at + 5),
    )
  })

  test('has room again for other units after they were purged', () => {
    const mail = new UnconfirmedMail()
    const bytes = new Uint8Array(8 * 1024 * 1024)
    mail.add(1, letter('a', { bytes, isAway: true }))
    mail.add(2, letter('b', { bytes, isAway: true }))
    mail.forget((subject) => subject === 'to.a')
    mail.add(3, letter('c', { bytes, isAway: true }))
    expect(mail.takeAll().map(({ subject }) => subject)).toEqual(['to.b', 'to.c'])
  })
})
