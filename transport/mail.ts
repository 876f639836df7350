// Mail
//
// Owns:   the port through which mail travels between actors, at least once and in order per receiver.
// Leaves: recognising duplicates (kernel/step/advance.ts), mailboxes and refusals to the sender (actors/).
//
// M1. `publish` resolves `accepted` only when the stream has stored the envelope; `refused` when the receiver's mailbox
//     is full. It waits and retries while the connection is away, and while the stream is full: only mail from outside
//     is refused then.
// M2. Deliveries come in stream order per receiver. After a lost connection, all unacknowledged mail is delivered
//     again, first and in order: the session is new and acks of an old one are dropped.
//
// Mail that cannot be decoded, or whose sender is forged, goes to `onUndecodable` and is never delivered.
//
// Several envelopes published together are one message: the stream stores all or none, and delivers them in order. The
// message is deleted when each is acknowledged; until then all come again.
//
// An id that was published before, within the duplicate window (2 minutes), is accepted and not stored again. Envelopes
// published together are recognised only if the same were published together before.
//
// When the stream was deleted, its user reports it, makes it again, and sends again the mail that it had sent or
// received and that no receiver is known to have taken.

import type { Address, Event, Origin } from '../kernel/index.ts'

/** An event on its way: its receiver, its sender, and the id that identifies duplicates. */
export interface Envelope {
  /** Deterministic: `<from.birth>/<number>@<to>` for mail between actors. */
  readonly id: string
  readonly to: Address
  /** Null when it comes from outside the system. */
  readonly from: Origin | null
  readonly event: Event
}

/** An envelope that was delivered. It comes again, also after a crash, until `ack` is called. */
export interface Delivery {
  readonly envelope: Envelope
  /** The stream's sequence number: grows over all receivers, survives restarts; the same for mail published together. */
  readonly streamSequence: number
  ack(): void
}

/** A message that is not an envelope, or whose sender is forged. */
export interface Undecodable {
  /** `forged`: it can be decoded, but its sender may not send it. */
  readonly kind: 'undecodable' | 'forged'
  readonly subject: string
  readonly streamSequence: number
  readonly payload: string
  readonly error: string
}

/** The receiver of a node's mail. */
export interface MailReceiver {
  /** Must not throw: a throw is a bug, and ends the process. */
  onDelivery(delivery: Delivery): void
  /** The message is deleted from the stream after this returned, or its promise is fulfilled. */
  onUndecodable(what: Undecodable): void | Promise<void>
  /** A new session began: forget the unfinished deliveries of the old one. */
  onSession(): void
}

/** Mail between actors: at least once, and in order for each receiver. */
export interface Mail {
  /**
   * Publishes one envelope, or several of one actor to one receiver (at most 64), of which all or none are stored.
   * Rejects with `TransportError` `too_large` when they exceed the limit together, and `closed` after `close`.
   */
  publish(mail: Envelope | readonly Envelope[]): Promise<'accepted' | 'refused'>
  /** Starts delivering. One receiver per system; a second call replaces the first. */
  receive(receiver: MailReceiver): Promise<void>
  /** Deletes all mail stored for this address (an actor was removed), or all of the system's (it was restored). */
  purge(address?: Address): Promise<void>
  /** Stops delivering. Publishes without an answer reject with code `closed`. */
  close(): Promise<void>
}
