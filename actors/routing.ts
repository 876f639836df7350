// Routing
//
// Owns:   the live actor of each address in this process, the mailboxes, and the handling of undeliverable mail.
// Leaves: the loop (actor.ts), starting and stopping actors (supervisor.ts).
//
// A mailbox belongs to the address: while its actor restarts, mail waits in it.
//
// Mail to an unknown address, and mail that its receiver does not accept, becomes a dead letter with the reason before
// it is acknowledged. Mail that its sender may not send becomes a dead letter first of all: it wakes no actor and is
// never replayed.
//
// A message for a passivated actor wakes it.

import {
  type ActorDefinition,
  type ActorRecord,
  type Address,
  type Alarm,
  type Event,
  eventType,
  type Fact,
  type Failure,
  isExpected,
  type Message,
  type Origin,
} from '../kernel/index.ts'
import type { DeadLetter, DeadLetterSink } from '../persistence/index.ts'
import type { Delivery, Envelope, Undecodable } from '../transport/index.ts'
import type { Actor } from './actor.ts'
import { idOf, parentOf } from './address.ts'
import { Arrivals } from './arrivals.ts'
import type { Clock } from './clock.ts'
import { eventMistake } from './event-check.ts'
import type { Mailbox, MailboxItem } from './mailbox.ts'
import { MailboxTree } from './mailbox-tree.ts'

/** The most characters that a dead letter keeps of mail that is never replayed. */
const MAX_KEPT_CHARACTERS = 2_000

export interface RoutingOptions {
  readonly store: DeadLetterSink
  readonly clock: Clock
  definition(kind: string): ActorDefinition | undefined
  readonly accepts: Door
  /** A message is for an actor that is not in memory; it may be passivated. */
  wake(address: Address): void
  tell(fact: Fact): void
  fail(error: unknown): void
}

/** Mail, as the door checks it. */
export interface Arriving extends Sender {
  readonly to: Address
  readonly event: Event
}

/** The sender of mail. */
export interface Sender {
  /** Identifies the kind of a sender that is not an actor: `control/…`. */
  readonly id: string
  readonly from: Address | null
}

/** Returns the reason to refuse mail, as a sentence; undefined to accept it. `record`: the receiver's durable record. */
export type Door = (
  mail: Arriving,
  record: (address: Address) => ActorRecord | undefined,
) => string | undefined

export type DeliveryCheck =
  | { readonly ok: true; readonly event: Event }
  | { readonly ok: false; readonly code: string; readonly message: string }

export class Routing {
  readonly actors = new Map<Address, Actor>()
  readonly #mailboxes = new MailboxTree()
  readonly arrivals: Arrivals
  readonly #options: RoutingOptions

  constructor(options: RoutingOptions) {
    this.#options = options
    this.arrivals = new Arrivals(options.clock)
  }

  /** The mailbox of an address, created on first use. */
  mailbox(address: Address): Mailbox {
    return this.#mailboxes.at(address)
  }

  deliver(delivery: Delivery): void {
    const { envelope, streamSequence } = delivery
    const { id, to, from, event } = envelope
    if (from) this.arrivals.note(from, to)
    const taken = (): void => delivery.ack()
    const message = { kind: 'mail', id, from, streamSequence, event } as const
    const refusal = this.#refusal({ id, from: from?.address ?? null, to, event })
    if (refusal !== undefined) {
      const error = { message: refusal }
      this.addDeadLetter(
        { to, reason: 'forbidden', message: withoutBody(envelope), error },
        event.type,
        taken,
      )
    } else if (this.#reach(to)) this.mailbox(to).push({ message, ack: taken })
    else this.addDeadLetter({ to, reason: 'unknown_address', message: envelope }, event.type, taken)
  }

  /** Handles mail that its receiver does not accept. */
  rejectEvent(to: Address, { message, ack: taken }: MailboxItem, error: Failure): void {
    this.addDeadLetter({ to, reason: 'undecodable', message, error }, eventType(message), taken)
  }

  undecodable({ kind, subject, payload, error }: Undecodable): void {
    const letter = {
      to: subject,
      reason: kind,
      message: payload,
      error: { message: error },
    } as const
    this.addDeadLetter(letter, '?', () => {})
  }

  /** Queues a system message for an actor. */
  tell(address: Address, message: Message, taken: () => void = () => {}): void {
    if (this.#reach(address)) this.mailbox(address).push({ message, ack: taken })
  }

  /** Queues the exit of a child, after the mail that the child sent. */
  tellEnd(
    address: Address,
    message: Message,
    child: Pick<Origin, 'address' | 'birth'>,
    taken: () => void,
  ): void {
    if (this.#reach(address)) this.mailbox(address).pushEnd({ message, ack: taken }, child)
  }

  ring(address: Address, { id, deadline, event }: Alarm): void {
    this.tell(address, { kind: 'alarm', id, deadline, event })
  }

  /** Whether mail for this address would reach an actor, and whether that accepts the event. */
  check(to: Address, event: { type: string }, sender: Sender): DeliveryCheck {
    const kind = this.#kindAt(to)
    if (kind === undefined && !this.#isExpected(to))
      return { ok: false, code: 'unknown_actor', message: `there is no actor at '${to}'` }
    const definition = kind && this.#options.definition(kind)
    // A passivated actor below another passivated actor checks the event when it has woken.
    const mistake = definition ? eventMistake(definition, event) : undefined
    if (mistake) {
      const message = `'${to}' does not accept ${event.type}: ${mistake.message}`
      return { ok: false, code: 'bad_event', message }
    }
    const refusal = this.#refusal({ ...sender, to, event })
    return refusal === undefined ? { ok: true, event } : { ok: false, code: 'forbidden', message: refusal }
  }

  #refusal(mail: Arriving): string | undefined {
    return this.#options.accepts(mail, (address) => this.actors.get(address)?.committed)
  }

  /** The number of mailboxes, and of messages in them. */
  get mailboxes(): { readonly count: number; readonly waiting: number } {
    const sizes = [...this.#mailboxes.all()].map(({ size }) => size)
    return { count: sizes.length, waiting: sizes.reduce((sum, size) => sum + size, 0) }
  }

  /** Drops waiting mail at the start of a new session, which delivers it again. */
  forgetMail(): void {
    for (const mailbox of this.#mailboxes.all()) mailbox.dropMail()
  }

  /** Removes an ended actor; its mailbox stays for the next incarnation. */
  retire(actor: Actor): void {
    if (this.actors.get(actor.address) === actor) this.actors.delete(actor.address)
  }

  /** Removes a passivated actor with its mailbox, which is created again for the next message. */
  release(address: Address): void {
    this.#mailboxes.drop(address)
  }

  /** Closes the mailboxes of an address and of all addresses below it: no actor will take their messages. */
  close(address: Address): void {
    if (this.actors.has(address) || this.#isExpected(address)) return
    this.arrivals.forget(address)
    for (const [to, mailbox] of this.#mailboxes.take(address)) {
      for (const { message, ack: taken } of mailbox.drain()) {
        if (message.kind !== 'mail') taken()
        else this.addDeadLetter({ to, reason: 'exited', message }, message.event.type, taken)
      }
    }
  }

  /** Stores a dead letter with the reason; calls `then` when it is stored. */
  addDeadLetter(letter: Omit<DeadLetter, 'at'>, event: string, then: () => void): void {
    this.#options.store.addDeadLetter({ at: this.#options.clock.now(), ...letter }).then(
      () => {
        const { to, reason, error } = letter
        const from = senderOf(letter.message)
        const known = { ...(from !== undefined && { from }), ...(error && { error }) }
        this.#options.tell({ type: 'letter.dead', to, reason, event, ...known })
        then()
      },
      (error) => this.#options.fail(error),
    )
  }

  /** Whether an actor is or will be at the address; a passivated one is woken. */
  #reach(address: Address): boolean {
    if (this.actors.has(address)) return true
    if (!this.#isExpected(address)) return false
    this.#options.wake(address)
    return true
  }

  #kindAt(address: Address): string | undefined {
    const actor = this.actors.get(address)
    if (actor) return actor.record.kind
    const parent = this.actors.get(parentOf(address) ?? '')
    const child = parent?.record.supervision.children.get(idOf(address))
    return child?.state === 'stopped' ? undefined : child?.src
  }

  /** The actor is not there now but will be: its start was decided, or it or one above it is being restarted. */
  #isExpected(address: Address): boolean {
    const above = parentOf(address)
    if (above === undefined) return false
    const parent = this.actors.get(above)
    if (!parent) return this.#isExpected(above)
    const child = parent.record.supervision.children.get(idOf(address))
    return child !== undefined && isExpected(child)
  }
}

/** The envelope with long parts cut, for people; it is never sent again. */
function withoutBody(envelope: Envelope): object {
  const { event } = envelope
  const text = JSON.stringify(event)
  if (text.length <= MAX_KEPT_CHARACTERS) return envelope
  return { ...envelope, event: { type: event.type, excerpt: text.slice(0, MAX_KEPT_CHARACTERS) } }
}

/** The sender of a message or an envelope; undefined for other values. */
function senderOf(message: unknown): Address | undefined {
  const { from } = (typeof message === 'object' && message !== null ? message : {}) as {
    from?: Origin | null
  }
  return typeof from?.address === 'string' ? from.address : undefined
}
