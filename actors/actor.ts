// Actor
//
// Owns:   one incarnation of an actor: its current record, and the loop mailbox -> advance -> commit.
// Leaves: the decisions (kernel/), storage (persistence/), effects (outbox.ts), restarts (supervisor.ts).
//
// One message is stepped at a time, in order. The next may be stepped while the commit of the last is being written;
// commits are written in order, and a failed one ends the node.
//
// No ack, effect or telemetry event leaves before its commit.
//
// After a crash or a halt no further message is taken; finished steps are still committed.

import {
  type ActorDefinition,
  type ActorRecord,
  type AdvanceResult,
  advance,
  crash,
  eventType,
  type Fact,
  type Failure,
  failure,
  type JournaledMessage,
  type KillReason,
  kill,
  type Message,
} from '../kernel/index.ts'
import type { Commit } from '../persistence/index.ts'
import type { Clock } from './clock.ts'
import { eventMistake } from './event-check.ts'
import type { Mailbox, MailboxItem } from './mailbox.ts'

/** The part of a node that an actor uses. */
export interface ActorHost {
  readonly clock: Clock
  readonly epoch: number
  commit(commit: Commit): Promise<void>
  tell(fact: Fact): void
  /** The step is durable: its effects can be carried out. */
  committed(actor: Actor, advanced: AdvanceResult, message: Message): void
  /** The mail is not an event of this actor. */
  rejectEvent(actor: Actor, item: MailboxItem, error: Failure): void
  /** The actor crashed on this message, and the crash is durable. `count`: crashes on this message so far. */
  crashed(actor: Actor, advanced: AdvanceResult, item: MailboxItem, count: number): void
  /** The actor was killed, and its end is durable. */
  killed(actor: Actor, advanced: AdvanceResult): void
  /** A commit failed: the store accepts no more. */
  failed(error: unknown): void
}

export interface Incarnation {
  readonly definition: ActorDefinition
  readonly record: ActorRecord
  /** The record in the store; undefined for an actor that is not stored yet. */
  readonly written: ActorRecord | undefined
  readonly mailbox: Mailbox
}

/** Whether its first step is durable and it is alive; `extra`: the event it emitted in that step. */
export type Beginning = { readonly begun: true; readonly extra?: unknown } | { readonly begun: false }

const MAX_UNCOMMITTED = 64

export class Actor {
  record: ActorRecord
  /** The durable part of its record; undefined before the first commit. */
  committed: ActorRecord | undefined
  readonly definition: ActorDefinition
  readonly mailbox: Mailbox
  readonly #host: ActorHost
  #state: 'running' | 'halted' = 'running'
  /** The record that the store has, or will have after all pending commits. */
  #written: ActorRecord | undefined
  #uncommitted = 0
  #lastCommit: Promise<void> = Promise.resolve()
  readonly #beginning = Promise.withResolvers<Beginning>()

  constructor({ definition, record, written, mailbox }: Incarnation, host: ActorHost) {
    this.definition = definition
    this.record = record
    this.mailbox = mailbox
    this.#written = written
    this.committed = written
    this.#host = host
  }

  get address(): string {
    return this.record.address
  }

  get running(): boolean {
    return this.#state === 'running'
  }

  /** The number of steps that are not durable yet. */
  get uncommitted(): number {
    return this.#uncommitted
  }

  get beginning(): Promise<Beginning> {
    return this.#beginning.promise
  }

  /** No message waits for it, and no commit is pending. */
  get idle(): boolean {
    return this.running && this.#uncommitted === 0 && this.mailbox.size === 0
  }

  /** Resolves when all its steps so far are durable. */
  async durable(): Promise<void> {
    await this.#lastCommit
  }

  /** Takes its first message before any mail, unless it was started before. */
  start(input: unknown): void {
    if (this.record.sequence === 0) {
      this.#take({ message: { kind: 'started', input }, ack: () => {} })
    } else this.#beginning.resolve({ begun: true })
    this.mailbox.consume(() => this.#pump())
  }

  /** Takes no more messages. Resolves when all its steps are durable. */
  async halt(): Promise<void> {
    this.#state = 'halted'
    this.mailbox.consume(undefined)
    await this.#lastCommit
    this.#beginning.resolve({ begun: false })
  }

  /** Ends the actor at once, also in the middle of its work; its parent is told the reason. */
  kill(reason: KillReason): void {
    if (!this.running) return
    const advanced = kill(this.definition, this.record, this.#host.clock.now(), reason)
    this.#end(advanced, () => this.#host.killed(this, advanced))
  }

  #pump(): void {
    while (this.running && this.#uncommitted < MAX_UNCOMMITTED) {
      const item = this.mailbox.shift()
      if (!item) return
      const { message } = item
      const mistake = message.kind === 'mail' ? eventMistake(this.definition, message.event) : undefined
      if (mistake) this.#host.rejectEvent(this, item, mistake)
      else this.#take(item)
    }
  }

  #take(item: MailboxItem): void {
    const before = this.record
    const entry: JournaledMessage = {
      sequence: before.sequence + 1,
      at: this.#host.clock.now(),
      message: item.message,
    }
    let advanced: AdvanceResult | undefined
    try {
      advanced = advance(this.definition, before, entry)
    } catch (error) {
      return this.#crash(item, entry, error)
    }
    if (!advanced) {
      // Taken before, but the commit that took it may still be pending.
      this.#lastCommit.then(() => item.ack())
      return
    }
    const done = advanced
    this.#commit(done, entry, () => {
      item.ack()
      const { value } = done.record.snapshot
      const { address } = this
      this.#host.tell({
        type: 'actor.stepped',
        address,
        event: eventType(item.message),
        value,
        sequence: entry.sequence,
      })
      for (const event of done.emitted) this.#host.tell({ type: 'emitted', address, event })
      for (const fact of done.facts) this.#host.tell(fact)
      this.#host.committed(this, done, item.message)
      if (item.message.kind === 'started') this.#beginning.resolve(beginningOf(done))
    })
    if (done.record.exit) this.#state = 'halted'
  }

  #crash(item: MailboxItem, entry: JournaledMessage, thrown: unknown): void {
    const before = this.record
    const error = failure(thrown)
    const advanced = crash(this.definition, before, entry, error)
    // Each birth counts its own crashes; the message keeps the count of earlier births.
    const count = Math.max(advanced.record.poison?.count ?? 1, (item.crashes ?? 0) + 1)
    this.#end(advanced, () => {
      this.#host.tell({ type: 'actor.crashed', address: this.address, error, event: eventType(item.message) })
      for (const fact of advanced.facts) this.#host.tell(fact)
      this.#host.crashed(this, advanced, { ...item, crashes: count }, count)
    })
  }

  #end(advanced: AdvanceResult, then: () => void): void {
    this.#state = 'halted'
    this.mailbox.consume(undefined)
    this.#commit(advanced, undefined, () => {
      then()
      this.#beginning.resolve({ begun: false })
    })
  }

  #commit(advanced: AdvanceResult, entry: JournaledMessage | undefined, then: () => void): void {
    this.record = advanced.record
    this.#uncommitted += 1
    const { record, alarms, outbox } = advanced
    const { address } = record
    const commit: Commit = {
      address,
      epoch: this.#host.epoch,
      before: this.#written,
      after: record,
      ...(entry && { entry }),
      alarms,
      outbox,
    }
    this.#written = record
    this.#lastCommit = this.#host.commit(commit).then(
      () => {
        this.#uncommitted -= 1
        this.committed = record
        then()
        this.#pump()
      },
      (error: unknown) => this.#host.failed(error),
    )
  }
}

/** An actor may report something to the caller of its start: with an event that it emits in its first step. */
function beginningOf({ record, emitted }: AdvanceResult): Beginning {
  if (record.exit?.ignored) return { begun: false }
  const said = emitted.find((event) => event.type === 'canopy.begun')
  return { begun: true, ...(said && { extra: said.extra }) }
}
