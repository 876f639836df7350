// Sessions
//
// Owns:   receiving: one session after the other, each from its first unacknowledged message.
// Leaves: what is done with a delivery (the receiver).
//
// S1. A session ends with its connection, its consumer or its receiver. Deliveries and acknowledgements of one that
//     ended are dropped: the next session brings the messages again.
// S2. `onSession` is called before the first delivery of each session.

import { setTimeout as pause } from 'node:timers/promises'
import type { Consumer, ConsumerMessages, JetStreamManager, JsMsg } from '@nats-io/jetstream'
import type { Connection } from '../connect-nats.ts'
import { type Decoded, decodeEnvelope, excerpt, forgery, limitFor, type Trust } from '../envelope.ts'
import type { Receiver, Undecodable } from '../mail.ts'
import { type MailNames, readMailSubject } from '../subjects.ts'
import { JetStreamDelivery, outsideId, sequenceOf } from './delivery.ts'
import type { Publisher } from './publisher.ts'
import { pauseAfter, retrying } from './retrying.ts'

export interface SessionsOptions {
  readonly connection: Connection
  readonly manager: JetStreamManager
  readonly names: MailNames
  readonly trust: Trust
  readonly publisher: Pick<Publisher, 'delivered' | 'confirm'>
  /** Makes the consumer anew; `wanted` is asked before each step. */
  readonly renew: (wanted: () => boolean) => Promise<void>
  readonly onTrouble: (sentence: string) => void
}

/** So many are asked for at a time. */
const PULL = 2_000
/** A consumer that is gone, and could not say so, is noticed after two of these. */
const HEARTBEAT_MS = 2_000
const GONE: ReadonlySet<string> = new Set(['consumer_deleted', 'consumer_not_found', 'stream_not_found'])
/** The pause before beginning again grows with attempts; this one is about a second. */
const LATER = 5

export class Sessions {
  readonly #options: SessionsOptions
  readonly #unlisten: () => void
  readonly #acknowledgePrefix: string
  #receiver: Receiver | undefined
  #session = 0
  #messages: ConsumerMessages | undefined
  #begun = Promise.withResolvers<void>()
  #closed = false

  constructor(options: SessionsOptions) {
    this.#options = options
    this.#acknowledgePrefix = `$JS.ACK.${options.names.stream}.${options.names.consumer}.`
    this.#unlisten = options.connection.onState((state) => {
      this.#end()
      if (state === 'connected') this.#begin()
    })
    options.connection.closed.then(() => this.close())
  }

  /** Resolves when the first session for this receiver has begun, however many attempts that takes. */
  receive(receiver: Receiver): Promise<void> {
    const begun = Promise.withResolvers<void>()
    begun.promise.then(this.#begun.resolve)
    this.#begun = begun
    this.#receiver = receiver
    this.#end()
    this.#begin()
    return begun.promise
  }

  /** What it received from is not there any more. */
  beginAgain(): void {
    this.#end()
    void this.#begin()
  }

  /** The receiver of a message has it for good, whatever became of the session. */
  confirm(sequence: number): void {
    this.#options.publisher.confirm(sequence)
  }

  close(): void {
    this.#closed = true
    this.#begun.resolve()
    this.#unlisten()
    this.#end()
  }

  /** True as long as the session is the current one. */
  isCurrent(session: number): boolean {
    return session === this.#session
  }

  #end(): void {
    this.#session += 1
    this.#messages?.stop()
    this.#messages = undefined
  }

  async #begin(): Promise<void> {
    const receiver = this.#receiver
    if (!receiver || this.#closed) return
    const session = this.#session
    const { names, onTrouble } = this.#options
    const consumer = await retrying(
      () => this.isCurrent(session),
      () => this.#renewed(() => this.isCurrent(session)),
      (error) => onTrouble(`the mail of ${names.unit} cannot be received yet: ${error.message}`),
    )
    if (!consumer || !this.isCurrent(session)) return
    receiver.onSession()
    const messages = await consumer.consume({
      max_messages: PULL,
      idle_heartbeat: HEARTBEAT_MS,
      callback: (message) => this.#take(session, receiver, message),
    })
    if (!this.isCurrent(session)) return messages.stop()
    this.#messages = messages
    this.#begun.resolve()
    this.#watch(session, messages)
  }

  /** @param wanted whether the session still is: one of an older session must not take the newer one's consumer away. */
  async #renewed(wanted: () => boolean): Promise<Consumer | undefined> {
    const { manager, names, renew } = this.#options
    await renew(wanted)
    return wanted() ? manager.jetstream().consumers.get(names.stream, names.consumer) : undefined
  }

  /** The consumer or the stream was taken away while the connection is well: that ends the session too. */
  async #watch(session: number, messages: ConsumerMessages): Promise<void> {
    for await (const { type } of messages.status()) {
      if (!GONE.has(type) || !this.isCurrent(session)) continue
      this.#options.onTrouble(`the mail of ${this.#options.names.unit} stopped (${type}); it is begun again`)
      break
    }
    if (!this.isCurrent(session)) return
    await pause(pauseAfter(LATER))
    if (!this.isCurrent(session)) return
    this.beginAgain()
  }

  #take(session: number, receiver: Receiver, message: JsMsg): void {
    if (!this.isCurrent(session)) return
    const streamSequence = sequenceOf(message, this.#acknowledgePrefix)
    const read = readMailSubject(this.#options.names, message.subject)
    const decoded = this.#decode(message, read)
    if (decoded.kind !== 'envelope') {
      const { kind, error } = decoded
      const what = { kind, subject: message.subject, streamSequence, payload: excerpt(message.data), error }
      this.#giveUp(session, message, receiver, what)
      return
    }
    const delivery = new JetStreamDelivery(decoded.envelope, streamSequence, message, session, this)
    this.#options.publisher.delivered(streamSequence, delivery)
    try {
      receiver.onDelivery(delivery)
    } catch (error) {
      throwLater(error)
    }
  }

  #decode(message: JsMsg, read: ReturnType<typeof readMailSubject>): Decoded {
    const { trust } = this.#options
    if (!read)
      return { kind: 'undecodable', error: 'the subject names no sender and address as they are written' }
    const limit = limitFor(read.sender, trust)
    const decoded = decodeEnvelope(message.data, read.to, () => outsideId(message), limit)
    const error = decoded.kind === 'envelope' ? forgery(decoded.envelope, read.sender, trust) : undefined
    return error === undefined ? decoded : { kind: 'forged', error }
  }

  async #giveUp(session: number, message: JsMsg, receiver: Receiver, what: Undecodable): Promise<void> {
    try {
      await receiver.onUndecodable(what)
    } catch (error) {
      // It stays in the stream and comes again in the next session.
      this.#options.onTrouble(`what cannot be decoded cannot be put aside: ${(error as Error).message}`)
      return
    }
    // Without a reason: 2.9.10 takes `term` with one for something else and delivers again.
    if (this.isCurrent(session)) message.term()
  }
}

/** The client takes a throw in its callback for the end of consuming. It is a bug and must be seen as one. */
function throwLater(error: unknown): void {
  queueMicrotask(() => {
    throw error
  })
}
