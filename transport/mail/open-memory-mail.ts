// Mail in memory
//
// Owns:   the same guarantees as over JetStream, within one process, for tests and for trees without a server.
//
// Every envelope is encoded and decoded as on the wire, so a value that the wire would lose is lost here too.
//
// No delivery happens inside a call of `publish`, `receive` or `ack`.

import type { Address } from '../../kernel/index.ts'
import { decodeMail, duplicateId, encodeMail, envelopesOf, excerpt } from '../envelope.ts'
import type { Delivery, Envelope, Mail, MailReceiver } from '../mail.ts'
import { encodeAddress } from '../subjects.ts'
import { TransportError } from '../transport-error.ts'
import { deliveriesOf } from './delivery.ts'
import { DUPLICATE_WINDOW_MS } from './mail-stream.ts'

/** How much mail an address may have, and the clock of the duplicate window. */
export interface MemoryMailOptions {
  /** The most unacknowledged messages of an address; more are refused. */
  readonly mailboxLimit: number
  /** Milliseconds since the Unix epoch; default: the process's clock. */
  readonly now?: () => number
}

/** Mail within one process, with what a test can do to it. */
export interface MemoryMail extends Mail {
  /** Like a lost and regained connection: begins a new session. */
  reconnect(): void
  /** Like `nats pub`: puts any bytes into a mailbox. */
  publishRaw(to: Address, payload: string): void
  /** The number of stored messages, delivered or not. */
  readonly size: number
}

interface StoredMail {
  readonly sequence: number
  readonly to: Address
  readonly bytes: Uint8Array
}

/**
 * Opens mail within one process: the same promises as over JetStream, for as long as the process lives. For tests, and for trees that
 * need no server.
 */
export function openMemoryMail(options: MemoryMailOptions): MemoryMail {
  return new Mailroom(options)
}

class Mailroom implements MemoryMail {
  readonly #limit: number
  readonly #now: () => number
  readonly #stored = new Map<number, StoredMail>()
  readonly #counts = new Map<Address, number>()
  /** Id to its publishing time, oldest first. */
  readonly #ids = new Map<string, number>()
  /** Mail not yet delivered in this session, in order. */
  #queue: StoredMail[] = []
  #sequence = 0
  #session = 0
  #announced = false
  #receiver: MailReceiver | undefined
  #delivering: NodeJS.Immediate | undefined
  #closed = false

  constructor({ mailboxLimit, now = Date.now }: MemoryMailOptions) {
    this.#limit = mailboxLimit
    this.#now = now
  }

  get size(): number {
    return this.#stored.size
  }

  async publish(mail: Envelope | readonly Envelope[]): Promise<'accepted' | 'refused'> {
    if (this.#closed) throw new TransportError('closed', 'the mail is closed')
    const bytes = encodeMail(mail)
    const [{ to }] = envelopesOf(mail)
    // Throws for an address that has no subject.
    encodeAddress(to)
    const id = duplicateId(mail)
    this.#forgetOldIds()
    if (this.#ids.has(id)) return 'accepted'
    if (this.#isFull(to)) return 'refused'
    this.#ids.set(id, this.#now())
    this.#store(to, bytes)
    return 'accepted'
  }

  publishRaw(to: Address, payload: string): void {
    if (this.#isFull(to)) return
    this.#store(to, Buffer.from(payload))
  }

  async receive(receiver: MailReceiver): Promise<void> {
    this.#receiver = receiver
    this.reconnect()
  }

  reconnect(): void {
    if (this.#closed) return
    this.#session += 1
    this.#announced = false
    this.#queue = [...this.#stored.values()]
    this.#wake()
  }

  async purge(address?: Address): Promise<void> {
    for (const stored of this.#stored.values()) {
      if (address === undefined || stored.to === address) this.#remove(stored)
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#session += 1
    clearImmediate(this.#delivering)
  }

  #isFull(to: Address): boolean {
    return (this.#counts.get(to) ?? 0) >= this.#limit
  }

  #store(to: Address, bytes: Uint8Array): void {
    const stored = { sequence: ++this.#sequence, to, bytes }
    this.#stored.set(stored.sequence, stored)
    this.#queue.push(stored)
    this.#counts.set(to, (this.#counts.get(to) ?? 0) + 1)
    this.#wake()
  }

  #remove(stored: StoredMail): void {
    if (!this.#stored.delete(stored.sequence)) return
    const left = (this.#counts.get(stored.to) ?? 1) - 1
    if (left > 0) this.#counts.set(stored.to, left)
    else this.#counts.delete(stored.to)
  }

  #wake(): void {
    if (this.#closed || !this.#receiver) return
    this.#delivering ??= setImmediate(() => {
      this.#delivering = undefined
      if (this.#receiver) this.#deliverAll(this.#receiver, this.#session)
    })
  }

  #deliverAll(receiver: MailReceiver, session: number): void {
    if (!this.#announced) {
      this.#announced = true
      receiver.onSession()
    }
    const queue = this.#queue
    this.#queue = []
    for (const stored of queue) {
      // A receiver may end its session during a delivery.
      if (session !== this.#session) return
      if (this.#stored.has(stored.sequence)) this.#deliver(stored, receiver, session)
    }
  }

  #deliver(stored: StoredMail, receiver: MailReceiver, session: number): void {
    const { sequence, to, bytes } = stored
    const decoded = decodeMail(bytes, to, () => `stream:${sequence}`)
    const remove = () => {
      if (session === this.#session) this.#remove(stored)
    }
    if (decoded.kind === 'mail') {
      const whole: Delivery = { envelope: decoded.envelopes[0], streamSequence: sequence, ack: remove }
      for (const delivery of deliveriesOf(whole, decoded.envelopes)) {
        if (session === this.#session) receiver.onDelivery(delivery)
      }
      return
    }
    const what = {
      kind: 'undecodable' as const,
      subject: encodeAddress(to),
      streamSequence: sequence,
      payload: excerpt(bytes),
      error: decoded.error,
    }
    // After a rejection the message stays and comes again in the next session.
    Promise.resolve(what)
      .then(receiver.onUndecodable.bind(receiver))
      .then(remove, () => {})
  }

  #forgetOldIds(): void {
    const oldest = this.#now() - DUPLICATE_WINDOW_MS
    for (const [id, at] of this.#ids) {
      if (at > oldest) return
      this.#ids.delete(id)
    }
  }
}
