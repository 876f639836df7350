// Routing
//
// Owns:   which actor lives at which address in this process, the mailboxes before them, and what becomes of mail
//         that nobody can take.
// Leaves: the loop (actor.ts), who lives (supervisor.ts).
//
// G1. A mailbox belongs to the address: while its actor restarts, mail waits in it.
// G2. Mail for nobody, and what is no event of its receiver, is put aside with the reason before it is acknowledged.
// G3. Whoever sleeps is woken by what comes for it.
// G4. Mail that its sender may not send is put aside before anything else is asked: it wakes nobody, and is not sent again.

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
import type { DeadLetter, Store } from '../persistence/index.ts'
import type { Delivery, Envelope, Undecodable } from '../transport/index.ts'
import type { Actor } from './actor.ts'
import { idOf, parentOf } from './address.ts'
import { Arrivals } from './arrivals.ts'
import type { Clock } from './clock.ts'
import { eventMistake } from './event-check.ts'
import type { Item, Mailbox } from './mailbox.ts'
import { MailboxTree } from './mailbox-tree.ts'

/** Of mail that is never sent again. */
const MAX_KEPT_CHARACTERS = 2_000

export interface RoutingOptions {
  readonly store: Pick<Store, 'bury'>
  readonly clock: Clock
  definition(kind: string): ActorDefinition | undefined
  readonly accepts: Door
  /** Somebody has something for an actor that is not in this process now; it may be asleep. */
  wake(address: Address): void
  tell(fact: Fact): void
  fail(error: unknown): void
}

/** Mail as it is judged at the door. */
export interface Arriving extends Sender {
  readonly to: Address
  readonly event: Event
}

/** Who sent mail. */
export interface Sender {
  /** What comes from no actor is told apart by it: `control/…`. */
  readonly id: string
  readonly from: Address | null
}

/** Why mail may not be given to its receiver, as a sentence; undefined when it may. `record`: what is durable of an actor here. */
export type Door = (
  mail: Arriving,
  record: (address: Address) => ActorRecord | undefined,
) => string | undefined

export type Checked =
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

  /** The mailbox of an address, made when it is first needed. */
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
      this.bury({ to, reason: 'forbidden', message: withoutBody(envelope), error }, event.type, taken)
    } else if (this.#reach(to)) this.mailbox(to).push({ message, taken })
    else this.bury({ to, reason: 'unknown_address', message: envelope }, event.type, taken)
  }

  /** It is no event of its receiver. */
  mistaken(to: Address, { message, taken }: Item, error: Failure): void {
    this.bury({ to, reason: 'undecodable', message, error }, eventType(message), taken)
  }

  undecodable({ kind, subject, payload, error }: Undecodable): void {
    const letter = {
      to: subject,
      reason: kind,
      message: payload,
      error: { message: error },
    } as const
    this.bury(letter, '?', () => {})
  }

  /** What the system itself has to say to an actor. */
  tell(address: Address, message: Message, taken: () => void = () => {}): void {
    if (this.#reach(address)) this.mailbox(address).push({ message, taken })
  }

  /** That a child of an actor has ended, after what the child has sent to it. */
  tellEnd(
    address: Address,
    message: Message,
    child: Pick<Origin, 'address' | 'birth'>,
    taken: () => void,
  ): void {
    if (this.#reach(address)) this.mailbox(address).pushEnd({ message, taken }, child)
  }

  ring(address: Address, { id, deadline, event }: Alarm): void {
    this.tell(address, { kind: 'alarm', id, deadline, event })
  }

  /** Whether mail for this address would reach an actor, and whether that accepts the event. */
  check(to: Address, event: { type: string }, sender: Sender): Checked {
    const kind = this.#kindAt(to)
    if (kind === undefined && !this.#isExpected(to))
      return { ok: false, code: 'unknown_actor', message: `no actor lives at '${to}'` }
    const definition = kind && this.#options.definition(kind)
    // Who sleeps below others that sleep checks it when it has woken.
    const mistake = definition ? eventMistake(definition, event) : undefined
    if (mistake) {
      const message = `'${to}' does not take ${event.type}: ${mistake.message}`
      return { ok: false, code: 'bad_event', message }
    }
    const refusal = this.#refusal({ ...sender, to, event })
    return refusal === undefined ? { ok: true, event } : { ok: false, code: 'forbidden', message: refusal }
  }

  #refusal(mail: Arriving): string | undefined {
    return this.#options.accepts(mail, (address) => this.actors.get(address)?.committed)
  }

  /** How many mailboxes there are, and how much waits in them. */
  get mailboxes(): { readonly count: number; readonly waiting: number } {
    const sizes = [...this.#mailboxes.all()].map(({ size }) => size)
    return { count: sizes.length, waiting: sizes.reduce((sum, size) => sum + size, 0) }
  }

  /** A new session of the mail began: what waits will be delivered again. */
  forgetMail(): void {
    for (const mailbox of this.#mailboxes.all()) mailbox.dropMail()
  }

  /** It lives no more in this process; its mailbox stays for its successor. */
  retire(actor: Actor): void {
    if (this.actors.get(actor.address) === actor) this.actors.delete(actor.address)
  }

  /** It left memory: its mailbox is made anew when something comes. */
  release(address: Address): void {
    this.#mailboxes.drop(address)
  }

  /** Nobody will take what waits for this address, or for one below it. */
  close(address: Address): void {
    if (this.actors.has(address) || this.#isExpected(address)) return
    this.arrivals.forget(address)
    for (const [to, mailbox] of this.#mailboxes.take(address)) {
      for (const { message, taken } of mailbox.drain()) {
        if (message.kind !== 'mail') taken()
        else this.bury({ to, reason: 'exited', message }, message.event.type, taken)
      }
    }
  }

  /** Puts a message aside, with the reason; `then` when that is written. */
  bury(letter: Omit<DeadLetter, 'at'>, event: string, then: () => void): void {
    this.#options.store.bury({ at: this.#options.clock.now(), ...letter }).then(
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

  /** Whether an actor is there or will be; one that sleeps is woken. */
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

  /** It is not there now but will be: its start was decided, or it or one above it is being restarted. */
  #isExpected(address: Address): boolean {
    const above = parentOf(address)
    if (above === undefined) return false
    const parent = this.actors.get(above)
    if (!parent) return this.#isExpected(above)
    const child = parent.record.supervision.children.get(idOf(address))
    return child !== undefined && isExpected(child)
  }
}

/** It is never sent again: of what is long in it the beginning is kept, to be looked at. */
function withoutBody(envelope: Envelope): object {
  const { event } = envelope
  const text = JSON.stringify(event)
  if (text.length <= MAX_KEPT_CHARACTERS) return envelope
  return { ...envelope, event: { type: event.type, excerpt: text.slice(0, MAX_KEPT_CHARACTERS) } }
}

/** Of a message or an envelope; what is neither names nobody. */
function senderOf(message: unknown): Address | undefined {
  const { from } = (typeof message === 'object' && message !== null ? message : {}) as {
    from?: Origin | null
  }
  return typeof from?.address === 'string' ? from.address : undefined
}
