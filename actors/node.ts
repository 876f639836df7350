// Node
//
// Owns:   the actors of one process: which are live, how messages reach them, what follows a commit.
// Leaves: the loop (actor.ts), children (supervisor.ts), effects (effects/), the ports' implementations.
//
// N1. Effects run after their commit and are settled after their consequence is committed.
// N2. At a start every stored actor that should run runs again, with its alarms and the rest of its outbox,
//     before the first mail is taken.
// N3. When the store refuses a commit the node stops: nothing may go on that cannot be written down.

import {
  type ActorDefinition,
  type ActorRecord,
  type Address,
  type Advanced,
  type Alarm,
  type Event,
  type Exit,
  eventType,
  type Fact,
  failure,
  type Message,
  newborn,
  type OutboxEntry,
  type Telemetry,
} from '../machines/index.ts'
import type { Commit, DeadLetter, Store, StoredActor } from '../persistence/index.ts'
import type { Delivery, Mail, Undecodable } from '../transport/index.ts'
import { Actor, type ActorHost } from './actor.ts'
import { Alarms, dueAfterAbsence } from './alarms.ts'
import { type Clock, systemClock } from './clock.ts'
import { Invocations } from './effects/invocation.ts'
import { Post } from './effects/post.ts'
import type { Implementations } from './implementations.ts'
import { type Item, Mailbox } from './mailbox.ts'
import { type Nursery, Supervisor } from './supervisor.ts'

export interface NodeOptions {
  readonly definitions: readonly ActorDefinition[]
  readonly root: { readonly kind: string; readonly input: unknown }
  readonly implementations: Implementations
  readonly store: Store
  readonly mail: Mail
  readonly clock?: Clock
  readonly random?: () => number
  readonly tell?: Telemetry
  /** How often one message may crash its actor before it is put aside (promise P8). */
  readonly maxDeliveries?: number
  /** How often an invocation is tried when the world is in its way. */
  readonly maxAttempts?: number
}

/** How the tree came to its end. */
export type Ending =
  | { readonly kind: 'ended'; readonly exit: Exit }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'failed'; readonly error: unknown }

/** One actor as others may see it. */
export interface ActorView {
  readonly address: Address
  readonly kind: string
  readonly parent: Address | null
  /** Of its machine: an XState value. */
  readonly state: unknown
  readonly status: 'running' | 'waiting' | 'ended'
  readonly incarnation: number
  readonly sequence: number
  readonly waiting: number
  readonly restarts: number
}

const EPOCH = 'epoch'
const SEEN = 'seen'
const SEEN_EVERY_MS = 5_000

export class Node {
  readonly #definitions: ReadonlyMap<string, ActorDefinition>
  readonly #options: NodeOptions
  readonly #clock: Clock
  readonly #mailboxes = new Map<Address, Mailbox>()
  readonly #actors = new Map<Address, Actor>()
  readonly #alarms: Alarms
  readonly #invocations: Invocations
  readonly #post: Post
  readonly #supervisor: Supervisor
  readonly #ending = Promise.withResolvers<Ending>()
  #host: ActorHost
  #left = 0
  #over = false

  private constructor(options: NodeOptions, epoch: number) {
    this.#options = options
    this.#clock = options.clock ?? systemClock
    this.#definitions = new Map(options.definitions.map((each) => [each.kind, each]))
    this.#alarms = new Alarms(this.#clock, (address, alarm) => this.#ring(address, alarm))
    this.#post = new Post(options.mail)
    this.#supervisor = new Supervisor(this.#nursery())
    this.#host = this.#hostAt(epoch)
    this.#invocations = new Invocations({
      store: options.store,
      clock: this.#clock,
      random: options.random ?? Math.random,
      implementations: options.implementations,
      maxAttempts: options.maxAttempts ?? 5,
      tell: (fact) => this.#tell(fact),
    })
  }

  /** Starts the tree, or goes on with the stored one; resolves when mail is being taken. */
  static async start(options: NodeOptions): Promise<Node> {
    const epoch = (Number(await options.store.readFact(EPOCH)) || 0) + 1
    await options.store.writeFact(EPOCH, epoch)
    const node = new Node(options, epoch)
    await node.#begin()
    return node
  }

  /** Resolves when the root has ended, the node was stopped, or it had to stop itself. */
  get ending(): Promise<Ending> {
    return this.#ending.promise
  }

  get actors(): readonly ActorView[] {
    return [...this.#actors.values()].map((actor) => this.#view(actor))
  }

  /** Whether mail for this address would reach an actor, and whether its definition accepts the event. */
  check(
    to: Address,
    event: unknown,
  ): { ok: true; event: Event } | { ok: false; code: string; message: string } {
    const actor = this.#actors.get(to)
    if (!actor) return { ok: false, code: 'unknown_actor', message: `no actor lives at '${to}'` }
    const parsed = actor.definition.events.safeParse(event)
    if (parsed.success) return { ok: true, event: parsed.data as Event }
    const problem = parsed.error.issues
      .map((issue) => `${issue.path.join('.') || 'event'}: ${issue.message}`)
      .join('; ')
    return { ok: false, code: 'bad_event', message: `'${to}' does not take this event: ${problem}` }
  }

  /** Stops taking, lets what runs end for so long, and leaves everything else for the next start. */
  async stop(graceMs: number): Promise<void> {
    this.#over = true
    const root = this.#actors.get(this.#options.root.kind)
    if (root) await this.#supervisor.stop(root.address, graceMs)
    this.#alarms.stop()
    this.#tell({ type: 'node.stopped' })
    this.#ending.resolve({ kind: 'stopped' })
  }

  async #begin(): Promise<void> {
    const { store, root, mail } = this.#options
    const definition = this.#definitions.get(root.kind)
    if (!definition) throw new Error(`root: no actor of kind '${root.kind}' is defined`)
    this.#left = Number(await store.readFact(SEEN)) || this.#clock.now()
    const stored = await store.read(root.kind)
    if (!stored) this.#launch(definition, newborn(rootIdentity(definition)), root.input, undefined)
    else if (stored.record.exit) this.#ending.resolve({ kind: 'ended', exit: stored.record.exit })
    else {
      this.#launch(definition, stored.record, root.input, stored)
      await this.#supervisor.resumeChildren(root.kind, stored.record.supervision.children)
    }
    this.#left = this.#clock.now()
    this.#beSeen()
    this.#tell({ type: 'node.started', actors: this.#actors.size })
    await mail.receive({
      onDelivery: (delivery) => this.#deliver(delivery),
      onUndecodable: (what) => this.#undecodable(what),
      onSession: () => {
        for (const mailbox of this.#mailboxes.values()) mailbox.dropMail()
      },
    })
  }

  #beSeen(): void {
    this.#clock.after(SEEN_EVERY_MS, () => {
      if (this.#over) return
      this.#options.store.writeFact(SEEN, this.#clock.now()).catch((error) => this.#fail(error))
      this.#beSeen()
    })
  }

  // ---- messages

  #deliver(delivery: Delivery): void {
    if (this.#over) return
    const { envelope, streamSequence } = delivery
    const { to, event } = envelope
    if (!this.#actors.has(to) && !this.#isExpected(to)) {
      return this.#bury({ to, reason: 'unknown_address', message: envelope }, event.type, () =>
        delivery.ack(),
      )
    }
    const definition = this.#actors.get(to)?.definition
    const checked = definition?.events.safeParse(event)
    if (checked && !checked.success) {
      const error = { message: checked.error.issues.map((issue) => issue.message).join('; ') }
      return this.#bury({ to, reason: 'undecodable', message: envelope, error }, event.type, () =>
        delivery.ack(),
      )
    }
    const message: Message = { kind: 'mail', id: envelope.id, from: envelope.from, streamSequence, event }
    this.#mailbox(to).push({ message, taken: () => delivery.ack() })
  }

  /** It is not there now but will be: its start was decided, or it or one above it is being restarted. */
  #isExpected(address: Address): boolean {
    const cut = address.lastIndexOf('.')
    if (cut < 0) return false
    const parent = this.#actors.get(address.slice(0, cut))
    if (!parent) return this.#isExpected(address.slice(0, cut))
    const id = address.slice(cut + 1)
    return parent.record.supervision.children.some((child) => child.id === id && child.state === 'running')
  }

  /** Nobody will take what waits for this address, or for one below it. */
  #close(address: Address): void {
    if (this.#actors.has(address) || this.#isExpected(address)) return
    for (const [to, mailbox] of this.#mailboxes) {
      if (to !== address && !to.startsWith(`${address}.`)) continue
      this.#mailboxes.delete(to)
      for (const { message, taken } of mailbox.drain()) {
        if (message.kind !== 'mail') taken()
        else this.#bury({ to, reason: 'exited', message }, message.event.type, taken)
      }
    }
  }

  #mailbox(address: Address): Mailbox {
    const known = this.#mailboxes.get(address)
    if (known) return known
    const mailbox = new Mailbox()
    this.#mailboxes.set(address, mailbox)
    return mailbox
  }

  #own(address: Address, message: Message, taken: () => void = () => {}): void {
    this.#mailboxes.get(address)?.push({ message, taken })
  }

  #ring(address: Address, alarm: Alarm): void {
    this.#own(address, { kind: 'alarm', id: alarm.id, deadline: alarm.deadline, event: alarm.event })
  }

  async #undecodable(what: Undecodable): Promise<void> {
    const { subject, payload, error } = what
    this.#bury(
      { to: subject, reason: 'undecodable', message: payload, error: { message: error } },
      '?',
      () => {},
    )
  }

  #bury(letter: Omit<DeadLetter, 'at'>, event: string, then: () => void): void {
    this.#options.store.bury({ at: this.#clock.now(), ...letter }).then(
      () => {
        const { to, reason, error } = letter
        this.#tell({ type: 'letter.dead', to, reason, event, ...(error && { error }) })
        then()
      },
      (error) => this.#fail(error),
    )
  }

  // ---- after a commit

  #hostAt(epoch: number): ActorHost {
    return {
      clock: this.#clock,
      epoch,
      commit: (commit: Commit) => this.#options.store.commit(commit),
      tell: (fact) => this.#tell(fact),
      committed: (actor, advanced) => this.#committed(actor, advanced),
      crashed: (actor, advanced, item, count) => this.#crashed(actor, advanced, item, count),
      failed: (error) => this.#fail(error),
    }
  }

  #committed(actor: Actor, { record, outbox, alarms }: Advanced): void {
    const { address } = actor
    for (const id of alarms.cancelled) this.#alarms.cancel(address, id)
    if (outbox.remove.length > 0) void this.#invocations.abort(outbox.remove, 0)
    if (!actor.running && !record.exit) return
    for (const alarm of alarms.set) this.#alarms.set(address, alarm)
    if (record.exit) this.#retire(actor)
    for (const entry of outbox.add) this.#carryOut(record, entry, outbox.add)
  }

  #crashed(actor: Actor, advanced: Advanced, item: Item, count: number): void {
    const { address, mailbox } = actor
    this.#retire(actor)
    void this.#invocations.abort(Object.values(actor.record.invocations), 0)
    this.#alarms.silence(address)
    const { message } = item
    if (count >= (this.#options.maxDeliveries ?? 3) && message.kind === 'mail') {
      const error = advanced.record.exit?.error
      const letter = { to: address, reason: 'poison' as const, message, ...(error && { error }) }
      this.#bury(letter, eventType(message), () => item.taken())
    } else if (message.kind !== 'outcome' && message.kind !== 'started' && message.kind !== 'alarm') {
      // An invocation runs again, a first message is given again, an alarm is still stored: only these wait here.
      mailbox.putBack(item)
    }
    for (const entry of advanced.outbox.add) this.#carryOut(advanced.record, entry, advanced.outbox.add)
  }

  /** It lives no more in this process; its mailbox stays for its successor. */
  #retire(actor: Actor): void {
    if (this.#actors.get(actor.address) === actor) this.#actors.delete(actor.address)
  }

  #carryOut(record: ActorRecord, { key, effect }: OutboxEntry, siblings: readonly OutboxEntry[] = []): void {
    if (this.#over) return
    const { address } = record
    const settle = () => this.#settle(address, key)
    switch (effect.kind) {
      case 'mail':
        return this.#post.send(record, key, effect, (receipt) => {
          if (receipt === 'accepted') return settle()
          this.#refused(address, key, effect.to, effect.event)
        })
      case 'invocation':
        return this.#invocations.start(address, key, effect, (outcome) =>
          this.#own(address, { kind: 'outcome', key, invocation: effect.id, outcome }),
        )
      case 'children':
        void this.#supervisor.carryOut(address, effect.orders).then(settle, (error) => this.#fail(error))
        return
      case 'exit':
        void this.#announce(record, effect.exit, effect.incarnation, siblings, settle)
        return
      default:
        return effect satisfies never
    }
  }

  /** Tells whoever started it, after its children are gone and its last mail is out. */
  async #announce(
    record: ActorRecord,
    exit: Exit,
    incarnation: number,
    siblings: readonly OutboxEntry[],
    settle: () => void,
  ): Promise<void> {
    const { address, parent, id } = record
    await this.#supervisor.afterOrders(address, () => {})
    await this.#post.sent(siblings.map((entry) => entry.key))
    this.#tell({ type: 'actor.ended', address, exit })
    if (parent === null) return this.#ending.resolve({ kind: 'ended', exit })
    this.#own(parent, { kind: 'exited', child: id, incarnation, exit }, () => {
      settle()
      this.#close(address)
    })
  }

  #refused(address: Address, key: string, to: Address, event: Event): void {
    this.#tell({ type: 'mail.refused', address, to, event: event.type })
    if (this.#actors.has(address)) {
      this.#own(address, { kind: 'refused', key, to, event, reason: 'mailbox_full' })
    } else this.#bury({ to, reason: 'refused', message: event }, event.type, () => this.#settle(address, key))
  }

  #settle(address: Address, key: string): void {
    this.#options.store.settle(address, [key]).catch((error) => this.#fail(error))
  }

  // ---- children

  #nursery(): Nursery {
    return {
      definition: (kind) => this.#definitions.get(kind),
      live: (address) => this.#actors.get(address),
      read: (address) => this.#options.store.read(address),
      launch: (definition, record, input, stored) => this.#launch(definition, record, input, stored),
      halt: (actor, withinMs) => this.#halt(actor, withinMs),
      lastWords: ({ record, outbox }) => {
        for (const entry of outbox)
          if (entry.effect.kind !== 'invocation') this.#carryOut(record, entry, outbox)
      },
      remove: async (address) => {
        this.#close(address)
        await this.#options.store.remove(address)
      },
    }
  }

  #launch(
    definition: ActorDefinition,
    record: ActorRecord,
    input: unknown,
    stored: StoredActor | undefined,
  ): void {
    const { address } = record
    const actor = new Actor(
      { definition, record, written: stored?.record, mailbox: this.#mailbox(address) },
      this.#host,
    )
    this.#actors.set(address, actor)
    for (const alarm of stored?.alarms ?? []) {
      this.#alarms.set(address, alarm, dueAfterAbsence(alarm, this.#clock.now(), this.#left))
    }
    this.#tell(beginning(record, stored))
    for (const entry of stored?.outbox ?? []) this.#carryOut(record, entry, stored?.outbox)
    actor.start(input)
  }

  async #halt(actor: Actor, withinMs: number): Promise<boolean> {
    this.#retire(actor)
    this.#alarms.silence(actor.address)
    const gone = this.#invocations.abort(Object.values(actor.record.invocations), withinMs)
    await actor.halt()
    return gone
  }

  // ---- the node itself

  #view(actor: Actor): ActorView {
    const { address, kind, parent, snapshot, incarnation, sequence, exit } = actor.record
    const waiting = actor.mailbox.size
    const status = exit ? 'ended' : waiting > 0 ? 'waiting' : 'running'
    const state = snapshot.value
    return { address, kind, parent, state, status, incarnation, sequence, waiting, restarts: incarnation - 1 }
  }

  #tell(fact: Fact): void {
    try {
      this.#options.tell?.(fact)
    } catch {
      // A reader that fails must not hold up an actor; it has its own log.
    }
  }

  #fail(error: unknown): void {
    if (this.#over) return
    this.#over = true
    this.#alarms.stop()
    void this.#invocations.abort(this.#invocations.keys, 0)
    for (const actor of this.#actors.values()) void actor.halt()
    this.#tell({ type: 'node.failed', error: failure(error) })
    this.#ending.resolve({ kind: 'failed', error })
  }
}

function beginning({ address, kind, incarnation }: ActorRecord, stored: StoredActor | undefined): Fact {
  if (!stored) return { type: 'actor.started', address, kind, epoch: incarnation }
  if (stored.record.incarnation === incarnation)
    return { type: 'actor.resumed', address, kind, epoch: incarnation }
  const reason = stored.record.exit?.reason ?? 'shutdown'
  return { type: 'actor.restarted', address, epoch: incarnation, reason }
}

function rootIdentity({ kind, version }: ActorDefinition) {
  return { address: kind, kind, version, parent: null, id: kind, birth: '0', incarnation: 1 }
}
