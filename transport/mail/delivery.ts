// Delivery over JetStream
//
// Owns:   the conversion of a client's message into a delivery. Every message passes here, so it does little.

import type { JsMsg } from '@nats-io/jetstream'
import type { Delivery, Envelope } from '../mail.ts'
import type { StreamMessage } from './unconfirmed.ts'

/** Confirms deliveries, and knows the current session. */
export interface Acknowledger {
  confirm(streamSequence: number): void
  isCurrent(session: number): boolean
}

export class JetStreamDelivery implements Delivery, StreamMessage {
  readonly isAway = false
  readonly envelope: Envelope
  readonly streamSequence: number
  readonly #message: JsMsg
  readonly #session: number
  readonly #sessions: Acknowledger

  constructor(envelope: Envelope, sequence: number, message: JsMsg, session: number, sessions: Acknowledger) {
    this.envelope = envelope
    this.streamSequence = sequence
    this.#message = message
    this.#session = session
    this.#sessions = sessions
  }

  get subject(): string {
    return this.#message.subject
  }

  get bytes(): Uint8Array {
    return this.#message.data
  }

  get id(): string {
    return outsideId(this.#message)
  }

  ack(): void {
    this.#sessions.confirm(this.streamSequence)
    if (this.#sessions.isCurrent(this.#session)) this.#message.ack()
  }
}

/** A delivery for each envelope of a message, which is acknowledged as a whole when each of them is. */
export function deliveriesOf(whole: Delivery, envelopes: readonly Envelope[]): readonly Delivery[] {
  if (envelopes.length === 1) return [whole]
  const { streamSequence } = whole
  const open = new Set(envelopes)
  return envelopes.map((envelope) => {
    const ack = (): void => {
      if (open.delete(envelope) && open.size === 0) whole.ack()
    }
    return { envelope, streamSequence, ack }
  })
}

/** The id for a message without one of Canopy's ids. */
export function outsideId(message: JsMsg): string {
  return message.headers?.get('Nats-Msg-Id') || `stream:${message.seq}`
}

/**
 * The stream sequence, from the reply subject: the client would split the whole subject, which costs as much as the
 * message.
 * @param prefix `$JS.ACK.<stream>.<consumer>.`, followed by `<deliveries>.<sequence>.` (ADR-15); for other subjects,
 * such as one with a domain, the client is used.
 */
export function sequenceOf(message: JsMsg, prefix: string): number {
  const { reply } = message as JsMsg & { reply?: string }
  if (!reply?.startsWith(prefix)) return message.seq
  const start = reply.indexOf('.', prefix.length) + 1
  return Number(reply.slice(start, reply.indexOf('.', start)))
}
