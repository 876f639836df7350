// Sessions
//
// Owns:   receiving: one session after the other, each from its first unacknowledged message.
// Leaves: what is done with a delivery (the receiver).
//
// S1. A session ends with its connection, its consumer or its receiver. Deliveries and acknowledgements of one that
//     ended are dropped: the next session brings the messages again.
// S2. `onSession` is called before the first delivery of each session.

import { setTimeout as pause } from 'node:timers/promises'
import {
  AckPolicy,
  type Consumer,
  type ConsumerMessages,
  DeliverPolicy,
  JetStreamApiError,
  type JetStreamManager,
  type JsMsg,
  jetstream,
} from '@nats-io/jetstream'
import { nanos } from '@nats-io/transport-node'
import type { Connection } from '../connect-nats.ts'
import { type Decoded, decodeEnvelope, excerpt, forgery, type Trust } from '../envelope.ts'
import type { Receiver, Undecodable } from '../mail.ts'
import { type MailNames, readMailSubject } from '../subjects.ts'
import { JetStreamDelivery, outsideId, sequenceOf } from './delivery.ts'
import { pauseBefore, retrying } from './retrying.ts'

export interface SessionsOptions {
  readonly connection: Connection
  readonly manager: JetStreamManager
  readonly names: MailNames
  readonly trust: Trust
  readonly ensureStream: () => Promise<void>
  readonly onTrouble: (sentence: string) => void
}

/** A message that nobody acknowledged in a session that goes on comes again after this. */
const ACK_WAIT_MS = 300_000
/** So many are with us at a time, over all mailboxes. */
const IN_HAND = 50_000
/** So many are asked for at a time. */
const PULL = 2_000
const CONSUMER_NOT_FOUND = 10014
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
      () => this.#renewConsumer(() => this.isCurrent(session)),
      (error) => onTrouble(`the mail of ${names.unit} cannot be received yet: ${error.message}`),
    )
    if (!consumer || !this.isCurrent(session)) return
    receiver.onSession()
    const messages = await consumer.consume({
      max_messages: PULL,
      callback: (message) => this.#take(session, receiver, message),
    })
    if (!this.isCurrent(session)) return messages.stop()
    this.#messages = messages
    this.#begun.resolve()
    this.#watch(session, messages)
  }

  /**
   * A new consumer begins with the first message that is still there.
   * @param wanted asked before each step: one of an older session must not take away the newer one's consumer.
   */
  async #renewConsumer(wanted: () => boolean): Promise<Consumer | undefined> {
    const { manager, names, ensureStream, connection } = this.#options
    await ensureStream()
    if (!wanted()) return undefined
    await manager.consumers.delete(names.stream, names.consumer).catch((error) => {
      if (!(error instanceof JetStreamApiError && error.code === CONSUMER_NOT_FOUND)) throw error
    })
    if (!wanted()) return undefined
    await manager.consumers.add(names.stream, {
      durable_name: names.consumer,
      filter_subject: names.unit,
      ack_policy: AckPolicy.Explicit,
      deliver_policy: DeliverPolicy.All,
      ack_wait: nanos(ACK_WAIT_MS),
      max_ack_pending: IN_HAND,
    })
    if (!wanted()) return undefined
    return jetstream(connection.nats).consumers.get(names.stream, names.consumer)
  }

  /** The consumer or the stream was taken away while the connection is well: that ends the session too. */
  async #watch(session: number, messages: ConsumerMessages): Promise<void> {
    for await (const { type } of messages.status()) {
      if (!GONE.has(type) || !this.isCurrent(session)) continue
      this.#options.onTrouble(`the mail of ${this.#options.names.unit} stopped (${type}); it is begun again`)
      break
    }
    if (!this.isCurrent(session)) return
    await pause(pauseBefore(LATER))
    if (!this.isCurrent(session)) return
    this.#end()
    await this.#begin()
  }

  #take(session: number, receiver: Receiver, message: JsMsg): void {
    if (!this.isCurrent(session)) return
    const streamSequence = sequenceOf(message, this.#acknowledgePrefix)
    const decoded = this.#decode(message)
    if (decoded.kind !== 'envelope') {
      const { kind, error } = decoded
      const what = { kind, subject: message.subject, streamSequence, payload: excerpt(message.data), error }
      this.#giveUp(session, message, receiver, what)
      return
    }
    try {
      receiver.onDelivery(new JetStreamDelivery(decoded.envelope, streamSequence, message, session, this))
    } catch (error) {
      throwLater(error)
    }
  }

  #decode(message: JsMsg): Decoded {
    const { names, trust } = this.#options
    const read = readMailSubject(names, message.subject)
    if (!read) return { kind: 'undecodable', error: 'the subject names no sender and address' }
    const decoded = decodeEnvelope(message.data, read.to, () => outsideId(message))
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
