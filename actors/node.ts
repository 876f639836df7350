// Node
//
// Owns:   the part of the tree in one process: connecting its parts, starting, the work after a commit, stopping.
// Leaves: the loop (actor.ts), addresses and mailboxes (routing.ts), effects (outbox.ts), children (supervisor.ts).
//
// Effects are carried out after their commit.
//
// At a start every stored actor that should run is resumed, with its alarms and the rest of its outbox, before the
// first mail is taken.
//
// When the store refuses a commit the node stops: no work may go on that cannot be stored.

import {
  type ActorDefinition,
  type ActorRecord,
  type Address,
  type AdvanceResult,
  chartOf,
  type Exit,
  eventType,
  type Fact,
  failure,
  type KillReason,
  type Message,
  newRecord,
  type Telemetry,
} from '../kernel/index.ts'
import type { NodeStore, StoredActor } from '../persistence/index.ts'
import type { Mail } from '../transport/index.ts'
import { Actor, type ActorHost } from './actor.ts'
import { type ActorView, sleepersBelow, viewOf } from './actor-view.ts'
import { Alarms, dueAfterAbsence } from './alarms.ts'
import { PendingCalls } from './calls.ts'
import { type Clock, systemClock } from './clock.ts'
import { Invocations } from './effects/invocation.ts'
import { MailPoster } from './effects/post.ts'
import type { Implementations } from './implementations.ts'
import type { MailboxItem } from './mailbox.ts'
import { Outbox } from './outbox.ts'
import { Passivation } from './passivation.ts'
import { type DeliveryCheck, type Door, Routing, type Sender } from './routing.ts'
import type { StartDecision } from './start-decision.ts'
import { Supervisor, type SupervisorHost } from './supervisor.ts'
import { SupervisorClient } from './supervisor-client.ts'
import { refuseStrangers, StoredActors } from './versions.ts'

/** The parts of a node. `startNode` takes the same, with typed definitions. */
export interface NodeOptions {
  /** Each kind of actor in the tree, with the root's. */
  readonly definitions: readonly ActorDefinition[]
  /** Its kind is also its address. */
  readonly root: { readonly kind: string; readonly input: unknown }
  /** By the names of the sources that are not children. */
  readonly implementations: Implementations
  /** The store of the tree; a stored tree is resumed. It stays open when the node stops. */
  readonly store: NodeStore
  /** The mail of this node's placement unit. It stays open when the node stops. */
  readonly mail: Mail
  /** `systemClock` by default. */
  readonly clock?: Clock
  /** A number in [0, 1) for the jitter of pauses; `Math.random` by default. */
  readonly random?: () => number
  /** Receives telemetry events, each after the commit that made it true. */
  readonly tell?: Telemetry
  /** The reason to refuse mail for its receiver; undefined to accept it. Absent: all mail is accepted. */
  readonly accepts?: Door
  /** The crashes after which a message is put aside (promise P8); 3 by default. */
  readonly maxDeliveries?: number
  /** The attempts of an invocation that fails with a retryable error; 5 by default. */
  readonly maxAttempts?: number
  /** Milliseconds for which mail is sent again to a full mailbox before its sender gets `canopy.refused`; 600,000 by default. */
  readonly resendForMs?: number
}

/** The end of the tree. */
export type NodeEnding =
  | { readonly kind: 'ended'; readonly exit: Exit }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'failed'; readonly error: unknown }

/** The number of objects in this process: after the end of a tree all are 0. */
export interface Census {
  /** Live actors. */
  readonly actors: number
  readonly mailboxes: number
  /** Messages in mailboxes. */
  readonly waiting: number
  /** Timers set in this process. */
  readonly alarms: number
  /** Runs of implementations, also aborted ones that have not ended. */
  readonly invocations: number
  /** Calls that wait for an answer. */
  readonly calls: number
  /** Steps not yet durable, orders not yet carried out, exits not yet reported. */
  readonly underWay: number
}

/** The step of an actor, or its crash on a message. Watchers must not throw. */
export interface ActorStep {
  readonly record: ActorRecord
  readonly message: Message
  readonly crashed?: true
}

const NOBODY: Sender = { id: '', from: null }
const EPOCH = 'epoch'
const SEEN = 'seen'
const SEEN_EVERY_MS = 5_000
const RESEND_FOR_MS = 600_000

/**
 * The actors of one process, untyped. Users of the library start one with `startNode`, which checks events and implementations at
 * compile time.
 */
export class Node {
  readonly #definitions: ReadonlyMap<string, ActorDefinition>
  readonly #options: NodeOptions
  readonly #clock: Clock
  readonly #routing: Routing
  readonly #stored: StoredActors
  readonly #alarms: Alarms
  readonly #invocations: Invocations
  readonly #supervisor: Supervisor
  readonly #post: MailPoster
  readonly #outbox: Outbox
  readonly #calls = new PendingCalls()
  readonly #passivation: Passivation
  readonly #host: ActorHost
  readonly #ending = Promise.withResolvers<NodeEnding>()
  /** During the resume of a stored tree: the last time at which an earlier process was alive. */
  #left: number | undefined
  #over = false
  #unseen: () => void = () => {}
  readonly #watchers = new Set<(step: ActorStep) => void>()

  private constructor(options: NodeOptions, epoch: number) {
    const { store, implementations, random = Math.random, maxAttempts = 5, clock = systemClock } = options
    const tell = (fact: Fact): void => this.#tell(fact)
    const fail = (error: unknown): void => this.#fail(error)
    this.#options = options
    this.#clock = clock
    this.#definitions = new Map(options.definitions.map((each) => [each.kind, each]))
    this.#routing = new Routing({
      store,
      clock,
      tell,
      fail,
      definition: (kind) => this.#definitions.get(kind),
      accepts: options.accepts ?? (() => undefined),
      wake: (address) => void this.#supervisor.wake(address),
    })
    this.#passivation = new Passivation(clock, (address) => this.#putToSleep(address))
    this.#alarms = new Alarms(clock, (address, alarm) => this.#routing.ring(address, alarm))
    this.#invocations = new Invocations({ store, clock, random, implementations, maxAttempts, tell, fail })
    this.#stored = new StoredActors({ store, definitions: this.#definitions, epoch, now: () => clock.now() })
    this.#supervisor = new Supervisor({
      definitions: this.#definitions,
      stored: this.#stored,
      routing: this.#routing,
      host: this.#supervisorHost(),
    })
    const { mail, resendForMs = RESEND_FOR_MS } = options
    this.#post = new MailPoster({ mail, clock, random, resendForMs, tell })
    this.#outbox = new Outbox({
      store,
      routing: this.#routing,
      post: this.#post,
      invocations: this.#invocations,
      supervisor: this.#supervisor,
      tell,
      fail,
      ended: (exit) => this.#ended(exit),
    })
    this.#host = this.#hostAt(epoch)
  }

  /** Starts the tree, or resumes the stored one; resolves when mail is being taken. */
  static async start(options: NodeOptions): Promise<Node> {
    const epoch = (Number(await options.store.readMeta(EPOCH)) || 0) + 1
    await options.store.writeMeta(EPOCH, epoch)
    const node = new Node(options, epoch)
    await node.#begin()
    return node
  }

  /** Resolves when the root has ended or the node has stopped. */
  get ending(): Promise<NodeEnding> {
    return this.#ending.promise
  }

  /** All actors; of passivated ones only their parents' records. */
  get actors(): readonly ActorView[] {
    const live = [...this.#routing.actors.values()]
    const isAsleep = (address: Address, kind: string): boolean =>
      !this.#routing.actors.has(address) && this.#definitions.get(kind)?.passivateAfterMs !== undefined
    return live.flatMap((actor) => [viewOf(actor), ...sleepersBelow(actor, isAsleep)])
  }

  /** The durable record of each live actor, parents before their children. */
  get records(): readonly ActorRecord[] {
    return [...this.#routing.actors.values()].flatMap(({ committed }) => committed ?? [])
  }

  /** The statechart of a kind, as plain JSON. */
  chart(kind: string): unknown {
    const definition = this.#definitions.get(kind)
    return definition && chartOf(definition)
  }

  get census(): Census {
    const { count, waiting } = this.#routing.mailboxes
    const actors = [...this.#routing.actors.values()]
    const uncommitted = actors.reduce((sum, actor) => sum + actor.uncommitted, 0)
    return {
      actors: actors.length,
      mailboxes: count,
      waiting,
      alarms: this.#alarms.size,
      invocations: this.#invocations.keys.length,
      calls: this.#calls.size,
      underWay: uncommitted + this.#supervisor.busy + this.#outbox.announcing,
    }
  }

  /**
   * Ends an actor at once, without asking it (OTP's `exit(Pid, kill)`): its parent is told the reason and decides.
   * Returns whether an actor was alive there.
   */
  kill(address: Address, reason: KillReason = 'killed'): boolean {
    const actor = this.#routing.actors.get(address)
    actor?.kill(reason)
    return actor !== undefined
  }

  /** Calls back with each step after its commit, until the returned function is called. */
  watch(watcher: (step: ActorStep) => void): () => void {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  /** Whether mail to this address would reach an actor, its sender may send it, and the actor accepts the event. */
  check(to: Address, event: { type: string }, sender: Sender = NOBODY): DeliveryCheck {
    return this.#routing.check(to, event, sender)
  }

  /** The durable record of the actor at an address, if it is alive and not passivated. */
  record(address: Address): ActorRecord | undefined {
    return this.#routing.actors.get(address)?.committed
  }

  /** OTP's `supervisor` functions for the supervisor at this address. */
  supervisor(address: Address): SupervisorClient {
    return new SupervisorClient(address, {
      live: async (each) => {
        if (!this.#routing.actors.has(each)) await this.#supervisor.wake(each)
        return this.#routing.actors.get(each)
      },
      call: (each, request) =>
        this.#calls.ask(each, (id) => this.#routing.tell(each, { kind: 'call', id, request })),
    })
  }

  /** Takes no more messages, gives running work so many milliseconds to end, and leaves the rest for the next start. */
  async stop(graceMs: number): Promise<void> {
    this.#over = true
    await this.#supervisor.stop(this.#options.root.kind, graceMs)
    this.#quiet()
    this.#tell({ type: 'node.stopped' })
    this.#ending.resolve({ kind: 'stopped' })
  }

  async #begin(): Promise<void> {
    const { store, root } = this.#options
    const definition = this.#definitions.get(root.kind)
    if (!definition) throw new Error(`root: the kind '${root.kind}' has no definition`)
    this.#left = Number(await store.readMeta(SEEN)) || this.#clock.now()
    await refuseStrangers(store, this.#definitions, this.#clock.now())
    const stored = await this.#stored.read(root.kind)
    if (!stored) this.#launch(definition, newRecord(rootIdentity(definition)), root.input, undefined)
    else if (stored.record.exit) return this.#ended(stored.record.exit)
    else {
      this.#launch(definition, stored.record, root.input, stored)
      await this.#supervisor.resumeChildren(stored.record)
    }
    this.#left = undefined
    if (this.#over) return
    this.#beSeen()
    this.#tell({ type: 'node.started', actors: this.#routing.actors.size })
    await this.#takeMail()
  }

  #takeMail(): Promise<void> {
    return this.#options.mail.receive({
      onDelivery: (delivery) => (this.#over ? undefined : this.#routing.deliver(delivery)),
      onUndecodable: (what) => this.#routing.undecodable(what),
      onSession: () => this.#routing.forgetMail(),
    })
  }

  #beSeen(): void {
    this.#unseen = this.#clock.after(SEEN_EVERY_MS, () => {
      this.#options.store.writeMeta(SEEN, this.#clock.now()).catch((error) => this.#fail(error))
      this.#beSeen()
    })
  }

  #hostAt(epoch: number): ActorHost {
    return {
      clock: this.#clock,
      epoch,
      commit: (commit) => this.#options.store.commit(commit),
      tell: (fact) => this.#tell(fact),
      committed: (actor, advanced, message) => {
        this.#watched({ record: advanced.record, message })
        this.#committed(actor, advanced)
      },
      rejectEvent: (actor, item, error) => this.#routing.rejectEvent(actor.address, item, error),
      crashed: (actor, advanced, item, count) => {
        this.#watched({ record: advanced.record, message: item.message, crashed: true })
        this.#crashed(actor, advanced, item, count)
      },
      killed: (actor, advanced) => this.#cutOff(actor, advanced),
      failed: (error) => this.#fail(error),
    }
  }

  #committed(actor: Actor, { record, outbox, alarms, replies }: AdvanceResult): void {
    const { address } = actor
    const answered = (): void => this.#calls.answer(replies)
    for (const id of alarms.cancelled) this.#alarms.cancel(address, id)
    void this.#invocations.abort(outbox.remove, 0)
    if (this.#over || (!actor.running && !record.exit)) return
    for (const alarm of alarms.set) this.#alarms.set(address, alarm)
    if (record.exit) this.#retire(actor)
    else this.#touch(actor)
    this.#outbox.carryOut(record, outbox.add)
    if (replies.length > 0) void this.#supervisor.afterOrders(address).then(answered)
    if (record.exit) this.#abandon(actor)
  }

  #crashed(actor: Actor, advanced: AdvanceResult, item: MailboxItem, count: number): void {
    this.#putBack(actor, item, count, advanced.record.exit)
    this.#cutOff(actor, advanced)
  }

  /** The actor ended in the middle of its work. */
  #cutOff(actor: Actor, { record, outbox }: AdvanceResult): void {
    this.#retire(actor)
    void this.#invocations.abort(Object.values(record.invocations), 0)
    this.#alarms.cancelAll(actor.address)
    this.#abandon(actor)
    if (!this.#over) this.#outbox.carryOut(record, outbox.add)
  }

  /** Answers pending calls to the actor with its end, and drops queued ones. */
  #abandon({ address, mailbox }: Actor): void {
    mailbox.dropCalls()
    this.#calls.abandon(address)
  }

  /** Queues the message that crashed the actor again, up to the limit. */
  #putBack({ address, mailbox }: Actor, item: MailboxItem, count: number, exit: Exit | undefined): void {
    const { message } = item
    const again = count < (this.#options.maxDeliveries ?? 3)
    switch (message.kind) {
      case 'mail': {
        if (again) return mailbox.putBack(item)
        const letter = {
          to: address,
          reason: 'poison',
          message,
          ...(exit?.error && { error: exit.error }),
        } as const
        return this.#routing.addDeadLetter(letter, eventType(message), item.ack)
      }
      case 'refused':
      case 'exited':
      case 'begun':
      case 'call':
        return mailbox.putBack(item)
      case 'started':
      case 'outcome':
      case 'alarm':
        // The first message is sent again, an invocation runs again, an alarm is still stored.
        return
      default:
        return message satisfies never
    }
  }

  #supervisorHost(): SupervisorHost {
    return {
      start: (decision) => this.#start(decision),
      halt: async (address, withinMs) => {
        const actor = this.#routing.actors.get(address)
        if (actor) return this.#halt(actor, withinMs)
        this.#alarms.cancelAll(address)
        return true
      },
      // A stopping node leaves its actors for the next start: they have not ended.
      stopped: (address, reason) => {
        if (!this.#over) this.#tell({ type: 'actor.stopped', address, reason })
      },
      remove: async (stored) => {
        const { address } = stored.record
        this.#routing.close(address)
        this.#alarms.cancelAll(address)
        await this.#outbox.leave(stored)
        await this.#options.store.remove(address)
      },
    }
  }

  #start(decision: StartDecision): Actor | undefined {
    switch (decision.kind) {
      case 'launch': {
        const { definition, record, input, stored } = decision
        return this.#launch(definition, record, input, stored)
      }
      case 'asleep':
        this.#setAlarms(decision.stored)
        return undefined
      case 'ended': {
        const { record, outbox } = decision.stored
        const words = outbox.filter(({ effect }) => effect.kind !== 'invocation')
        this.#outbox.carryOut(record, words)
        return undefined
      }
      default:
        return decision satisfies never
    }
  }

  #launch(
    definition: ActorDefinition,
    record: ActorRecord,
    input: unknown,
    stored: StoredActor | undefined,
  ): Actor {
    const { address } = record
    const mailbox = this.#routing.mailbox(address)
    if (!stored) mailbox.dropSystemMessages()
    const actor = new Actor({ definition, record, written: stored?.record, mailbox }, this.#host)
    this.#routing.actors.set(address, actor)
    if (stored) this.#setAlarms(stored)
    this.#touch(actor)
    this.#tell(beginning(record, stored))
    this.#outbox.carryOut(record, stored?.outbox ?? [])
    actor.start(input)
    return actor
  }

  #setAlarms({ record, alarms }: StoredActor): void {
    const now = this.#clock.now()
    for (const alarm of alarms) {
      // The alarms of a passivated actor stayed set.
      if (!this.#alarms.has(record.address, alarm.id))
        this.#alarms.set(record.address, alarm, dueAfterAbsence(alarm, now, this.#left ?? now))
    }
  }

  #retire(actor: Actor): void {
    this.#routing.retire(actor)
    const { passivateAfterMs } = actor.definition
    if (passivateAfterMs !== undefined) this.#passivation.forget(actor.address, passivateAfterMs)
  }

  #touch({ address, definition }: Actor): void {
    if (definition.passivateAfterMs !== undefined)
      this.#passivation.touch(address, definition.passivateAfterMs)
  }

  /** Passivates the actor if all its state and work is in the store or in its alarms. */
  #putToSleep(address: Address): boolean {
    const actor = this.#routing.actors.get(address)
    if (!actor || actor.record.parent === null) return true
    const { invocations, supervision } = actor.record
    const children = [...supervision.children]
    const busy = Object.keys(invocations).length > 0 || !this.#outbox.isDone(address)
    if (busy || !actor.idle || children.some(([id]) => this.#routing.actors.has(`${address}.${id}`)))
      return false
    if (children.length > 0) this.#supervisor.passivated(address)
    void actor.halt()
    this.#routing.retire(actor)
    this.#routing.release(address)
    this.#tell({ type: 'actor.passivated', address })
    return true
  }

  async #halt(actor: Actor, withinMs: number): Promise<boolean> {
    this.#retire(actor)
    this.#alarms.cancelAll(actor.address)
    const gone = this.#invocations.abort(Object.values(actor.record.invocations), withinMs)
    await actor.halt()
    this.#abandon(actor)
    return gone
  }

  #ended(exit: Exit): void {
    this.#over = true
    this.#quiet()
    this.#ending.resolve({ kind: 'ended', exit })
  }

  #quiet(): void {
    this.#alarms.stop()
    this.#post.stop()
    this.#passivation.stop()
    this.#unseen()
  }

  #watched(step: ActorStep): void {
    for (const watch of this.#watchers) watch(step)
  }

  #tell(fact: Fact): void {
    try {
      this.#options.tell?.(fact)
    } catch {
      // A failing reader must not delay an actor; the reader has its own log.
    }
  }

  #fail(error: unknown): void {
    if (this.#over) return
    this.#over = true
    this.#quiet()
    void this.#invocations.abort(this.#invocations.keys, 0)
    for (const actor of this.#routing.actors.values()) void actor.halt()
    this.#tell({ type: 'node.failed', error: failure(error) })
    this.#ending.resolve({ kind: 'failed', error })
  }
}

function beginning(
  { address, kind, incarnation, snapshot }: ActorRecord,
  stored: StoredActor | undefined,
): Fact {
  if (!stored) return { type: 'actor.started', address, kind, epoch: incarnation }
  if (stored.record.incarnation === incarnation) {
    return { type: 'actor.resumed', address, kind, epoch: incarnation, value: snapshot.value }
  }
  const reason = stored.record.exit?.reason ?? 'shutdown'
  return { type: 'actor.restarted', address, epoch: incarnation, reason }
}

function rootIdentity({ kind, version }: ActorDefinition) {
  return { address: kind, kind, version, parent: null, id: kind, birth: '0', incarnation: 1 }
}
