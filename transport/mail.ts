// Mail
//
// Owns:   the port through which mail travels between actors, at least once and in order per receiver.
// Leaves: recognising what came twice (kernel/step/advance.ts), mailboxes and refusals to the sender (actors/).
//
// M1. `publish` resolves `accepted` only when the stream has stored the envelope; `refused` when the
//     receiver's mailbox is full. It waits and retries while the connection is away, and while the stream is full: only mail
//     from outside is refused then.
// M2. Deliveries come in stream order per receiver. After a lost connection, all that is not acknowledged is
//     delivered again, first and in order: the session is new and acks of an old one are dropped.
// M3. What cannot be decoded goes to `onUndecodable` and is never delivered; nor is what says that it comes from
//     somebody else than who sent it.
// M5. When the stream was deleted, whoever uses it says so and makes it anew, and sends again what it had sent or been
//     given and nobody is known to have taken.
// M4. An id that was published before, within the duplicate window (2 minutes), is accepted and not stored again.

import type { Address, Event, Origin } from '../kernel/index.ts'

/** An event on its way: to whom it goes, from whom it comes, and the id by which a second copy is known. */
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
  /** The stream's own sequence: grows over all receivers, survives restarts. */
  readonly streamSequence: number
  ack(): void
}

/** A message that is no envelope, or that says it is from somebody else than who sent it. */
export interface Undecodable {
  /** `forged`: it can be read, but its sender may not say that. */
  readonly kind: 'undecodable' | 'forged'
  readonly subject: string
  readonly streamSequence: number
  readonly payload: string
  readonly error: string
}

/** What takes the mail of a node. */
export interface Receiver {
  /** Must not throw: that is a bug, and ends the process as one. */
  onDelivery(delivery: Delivery): void
  /** When this has returned (or its promise is fulfilled) the message is gone from the stream. */
  onUndecodable(what: Undecodable): void | Promise<void>
  /** A new session began: forget the undone deliveries of the old one. */
  onSession(): void
}

/** Mail between actors: at least once, and in order for each receiver. */
export interface Mail {
  /** Rejects with `TransportError` `too_large` when the envelope is no mail at all, and `closed` after `close`. */
  publish(envelope: Envelope): Promise<'accepted' | 'refused'>
  /** Starts delivering. One receiver per system; a second call replaces the first. */
  receive(receiver: Receiver): Promise<void>
  /** Drops all mail stored for this address (an actor was removed), or all of the system's (it was restored). */
  purge(address?: Address): Promise<void>
  /** Stops delivering. What was published and not yet answered rejects with code `closed`. */
  close(): Promise<void>
}
