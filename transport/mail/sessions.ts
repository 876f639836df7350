// Sessions
//
// Owns:   receiving in sessions, each from its first unacknowledged message.
// Leaves: handling a delivery (the receiver).
//
// A session ends with its connection, its consumer or its receiver. Deliveries and acknowledgements of an ended session
// are dropped: the next session delivers the messages again.
//
// `onSession` is called before the first delivery of each session.

import { setTimeout as pause } from 'node:timers/promises'
import type { Consumer, ConsumerMessages, JetStreamManager, JsMsg } from '@nats-io/jetstream'
import type { Connection } from '../connect-nats.ts'
import { type DecodeResult, decodeMail, excerpt, forgery, limitFor, type Trust } from '../envelope.ts'
import type { MailReceiver, Undecodable } from '../mail.ts'
import { type MailNames, readMailSubject } from '../subjects.ts'
import { deliveriesOf, JetStreamDelivery, outsideId, sequenceOf } from './delivery.ts'
import type { Publisher } from './publisher.ts'
import { pauseAfter, retrying } from './retrying.ts'

export interface SessionsOptions {
  readonly connection: Connection
  readonly manager: JetStreamManager
  readonly names: MailNames
  readonly trust: Trust
  readonly publisher: Pick<Publisher, 'delivered' | 'confirm'>
  /** Creates the consumer again; `wanted` is called before each step. */
  readonly renew: (wanted: () => boolean) => Promise<void>
  readonly onTrouble: (sentence: string) => void
}

/** The number of messages requested at a time. */
const MESSAGES_A_PULL = 2_000
/** A deleted consumer is noticed after two of these. */
const HEARTBEAT_MS = 2_000
const GONE: ReadonlySet<string> = new Set(['consumer_deleted', 'consumer_not_found', 'stream_not_found'])
/** The index of a pause of about one second: pauses grow with the number of attempts. */
const FAILURES_FOR_ONE_SECOND = 5

export class Sessions {
  readonly #options: SessionsOptions
  readonly #unlisten: () => void
  readonly #acknowledgePrefix: string
  #receiver: MailReceiver | undefined
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

  /** Resolves when the first session for this receiver has begun, after any number of attempts; or at once when closed. */
  receive(receiver: MailReceiver): Promise<void> {
    if (this.#closed) return Promise.resolve()
    const begun = Promise.withResolvers<void>()
    begun.promise.then(this.#begun.resolve)
    this.#begun = begun
    this.#receiver = receiver
    this.#end()
    this.#begin()
    return begun.promise
  }

  /** Starts a new session, because the consumer or its stream is gone. */
  beginAgain(): void {
    this.#end()
    void this.#begin()
  }

  /** The receiver has taken a message for good, also if the session has ended. */
  confirm(sequence: number): void {
    this.#options.publisher.confirm(sequence)
  }

  close(): void {
    this.#closed = true
    this.#begun.resolve()
    this.#unlisten()
    this.#end()
  }

  /** Whether the session is the current one. */
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
      max_messages: MESSAGES_A_PULL,
      idle_heartbeat: HEARTBEAT_MS,
      callback: (message) => this.#take(session, receiver, message),
    })
    if (!this.isCurrent(session)) return messages.stop()
    this.#messages = messages
    this.#begun.resolve()
    this.#watch(session, messages)
  }

  /** @param wanted whether the session is current: an older session must not delete the consumer of a newer one. */
  async #renewed(wanted: () => boolean): Promise<Consumer | undefined> {
    const { manager, names, renew } = this.#options
    await renew(wanted)
    return wanted() ? manager.jetstream().consumers.get(names.stream, names.consumer) : undefined
  }

  /** Ends the session when its consumer or stream is deleted while the connection is fine. */
  async #watch(session: number, messages: ConsumerMessages): Promise<void> {
    for await (const { type } of messages.status()) {
      if (!GONE.has(type) || !this.isCurrent(session)) continue
      this.#options.onTrouble(
        `the mail of ${this.#options.names.unit} stopped (${type}); it is being started again`,
      )
      break
    }
    if (!this.isCurrent(session)) return
    await pause(pauseAfter(FAILURES_FOR_ONE_SECOND))
    if (!this.isCurrent(session)) return
    this.beginAgain()
  }

  #take(session: number, receiver: MailReceiver, message: JsMsg): void {
    if (!this.isCurrent(session)) return
    const streamSequence = sequenceOf(message, this.#acknowledgePrefix)
    const read = readMailSubject(this.#options.names, message.subject)
    const decoded = this.#decode(message, read)
    if (decoded.kind !== 'mail') {
      const { kind, error } = decoded
      const what = { kind, subject: message.subject, streamSequence, payload: excerpt(message.data), error }
      this.#giveUp(session, message, receiver, what)
      return
    }
    const whole = new JetStreamDelivery(decoded.envelopes[0], streamSequence, message, session, this)
    this.#options.publisher.delivered(streamSequence, whole)
    for (const delivery of deliveriesOf(whole, decoded.envelopes)) {
      // A receiver may end its session during a delivery.
      if (!this.isCurrent(session)) return
      try {
        receiver.onDelivery(delivery)
      } catch (error) {
        throwLater(error)
      }
    }
  }

  #decode(message: JsMsg, read: ReturnType<typeof readMailSubject>): DecodeResult {
    const { trust } = this.#options
    if (!read) return { kind: 'undecodable', error: 'the subject contains no valid sender and address' }
    const limit = limitFor(read.sender, trust)
    const decoded = decodeMail(message.data, read.to, () => outsideId(message), limit)
    const error = decoded.kind === 'mail' ? forgery(decoded.envelopes, read.sender, trust) : undefined
    return error === undefined ? decoded : { kind: 'forged', error }
  }

  async #giveUp(session: number, message: JsMsg, receiver: MailReceiver, what: Undecodable): Promise<void> {
    try {
      await receiver.onUndecodable(what)
    } catch (error) {
      // The message stays in the stream and comes again in the next session.
      this.#options.onTrouble(
        `an undecodable message could not be stored as a dead letter: ${(error as Error).message}`,
      )
      return
    }
    // Without a reason: 2.9.10 misreads `term` with a reason and delivers the message again.
    if (this.isCurrent(session)) message.term()
  }
}

/** The client treats a throw in its callback as the end of consuming. It is a bug and must be visible. */
function throwLater(error: unknown): void {
  queueMicrotask(() => {
    throw error
  })
}
