// Inspection
//
// Owns:   publishing the states of actors and the messages between them to viewers, as frames.
// Leaves: transporting frames (transport/), showing them (dashboard/).
//
// Without a viewer nothing is watched and nothing is copied. A viewer holds a lease and renews it.
//
// An actor's cost does not depend on the inspection: a step only marks the actor, and a limited number of copies is
// made each tick.
//
// Of an actor's snapshots the newest wins; events beyond the limit are counted and dropped.
//
// Frames are numbered, so a viewer detects losses. Each renewal is followed by at least one frame, so silence means
// that this process has ended.

import type { ActorRecord, Address, Message } from '../kernel/index.ts'
import type { ActorView } from './actor-view.ts'
import type { Clock } from './clock.ts'
import type { ActorStep, Node } from './node.ts'
import { outline } from './outline.ts'
import { eventSeen, sourceOf } from './seen-event.ts'

/** One actor: its place in the tree and its state. */
export interface ActorFrame {
  readonly address: Address
  readonly kind: string
  readonly parent: Address | null
  readonly incarnation: number
  readonly sequence: number
  readonly status: 'active' | 'done' | 'error' | 'stopped'
  /** The state value of its machine. */
  readonly value: unknown
  /** Shortened (outline.ts). */
  readonly context: unknown
  readonly output?: unknown
}

/** An event that an actor took, as an inspector shows it. */
export interface EventFrame {
  readonly to: Address
  /** Undefined for a sender outside the system. */
  readonly from?: Address
  readonly event: { readonly type: string }
  /** The step that took it. */
  readonly sequence: number
  readonly crashed?: true
}

/** The changes since the previous frame. */
export interface Frame {
  /** The process that publishes; each numbers its frames from 1. */
  readonly source: string
  readonly number: number
  readonly actors: readonly ActorFrame[]
  readonly events: readonly EventFrame[]
  /** Actors that no longer exist. */
  readonly gone: readonly Address[]
  /** Since the inspection began: snapshots replaced by a newer one, events beyond the limit. */
  readonly dropped: { readonly snapshots: number; readonly events: number }
}

export interface InspectionOptions {
  readonly node: Pick<Node, 'actors' | 'records' | 'watch'>
  readonly clock: Clock
  readonly source: string
  publish(frame: Frame): void
}

const TICK_MS = 100
/** The most actors and events in one tick. */
const MAX_ACTORS_A_TICK = 25
const MAX_EVENTS_A_TICK = 100
const MAX_EVENTS_OF_AN_ACTOR = 20
const MEASURE = { parts: 400, characters: 8_000 }

/** An event that is copied at the next tick. */
interface EventNote {
  readonly record: ActorRecord
  readonly message: Message
  readonly crashed: boolean
}

export class Inspection {
  readonly #options: InspectionOptions
  /** Of a passivated actor only its parent's record is known. */
  readonly #pending = new Map<Address, ActorRecord | ActorView>()
  readonly #known = new Set<Address>()
  #events: EventNote[] = []
  readonly #taken = new Map<Address, number>()
  #gone: Address[] = []
  #dropped = { snapshots: 0, events: 0 }
  #number = 0
  /** Publish a frame at the next tick, also without a change. */
  #sign = false
  /** The remaining ticks of the lease; counted, so a changed clock does not prolong it. */
  #ticks = 0
  #unwatch: (() => void) | undefined
  #cancel: () => void = () => {}

  constructor(options: InspectionOptions) {
    this.#options = options
  }

  /** Whether a viewer has a lease. */
  get active(): boolean {
    return this.#unwatch !== undefined
  }

  /** Starts or prolongs the lease; `all` sends every actor again. Returns the number of actors. */
  renew(forMs: number, all: boolean): number {
    const { node } = this.#options
    this.#ticks = Math.max(this.#ticks, Math.ceil(forMs / TICK_MS))
    const begins = !this.active
    this.#sign = true
    if (begins) this.#begin()
    const { actors } = node
    const living = new Set(actors.map(({ address }) => address))
    for (const address of this.#known) if (!living.has(address)) this.#forget(address)
    if (all || begins) {
      for (const record of node.records) this.#mark(record)
      for (const actor of actors) if (actor.status === 'asleep') this.#mark(actor)
    }
    return actors.length
  }

  /** Ends the inspection. */
  close(): void {
    this.#unwatch?.()
    this.#unwatch = undefined
    this.#cancel()
    this.#pending.clear()
    this.#known.clear()
    this.#events = []
    this.#taken.clear()
    this.#gone = []
    this.#dropped = { snapshots: 0, events: 0 }
    this.#ticks = 0
  }

  #begin(): void {
    this.#unwatch = this.#options.node.watch((step) => this.#see(step))
    this.#wait()
  }

  #wait(): void {
    this.#cancel = this.#options.clock.after(TICK_MS, () => this.#tick())
  }

  #see({ record, message, crashed }: ActorStep): void {
    if (this.#pending.has(record.address)) this.#dropped.snapshots += 1
    this.#mark(record)
    this.#note({ record, message, crashed: crashed ?? false })
  }

  #mark(actor: ActorRecord | ActorView): void {
    this.#known.add(actor.address)
    this.#pending.set(actor.address, actor)
  }

  #note(noted: EventNote): void {
    const { address } = noted.record
    const taken = this.#taken.get(address) ?? 0
    if (this.#events.length >= MAX_EVENTS_A_TICK || taken >= MAX_EVENTS_OF_AN_ACTOR) {
      this.#dropped.events += 1
      return
    }
    this.#taken.set(address, taken + 1)
    this.#events.push(noted)
  }

  #forget(address: Address): void {
    this.#known.delete(address)
    const waiting = this.#pending.get(address)
    // The end of this actor is still to be published.
    if (waiting && 'exit' in waiting) return
    this.#pending.delete(address)
    this.#gone.push(address)
  }

  #tick(): void {
    this.#ticks -= 1
    if (this.#ticks < 0) return this.close()
    this.#wait()
    const nothing = this.#pending.size === 0 && this.#events.length === 0 && this.#gone.length === 0
    if (nothing && !this.#sign) return
    this.#sign = false
    const actors: ActorFrame[] = []
    for (const [address, actor] of this.#pending) {
      if (actors.length >= MAX_ACTORS_A_TICK) break
      this.#pending.delete(address)
      actors.push('snapshot' in actor ? actorFrame(actor) : sleeperFrame(actor))
    }
    const { source, publish } = this.#options
    this.#number += 1
    const dropped = { ...this.#dropped }
    const events = this.#events.map(eventFrame)
    publish({ source, number: this.#number, actors, events, gone: this.#gone, dropped })
    this.#events = []
    this.#taken.clear()
    this.#gone = []
  }
}

function eventFrame({ record: { address, parent, sequence }, message, crashed }: EventNote): EventFrame {
  const from = sourceOf(address, parent, message)
  const seen = { to: address, event: eventSeen(message), sequence }
  return { ...seen, ...(from !== null && { from }), ...(crashed && { crashed: true as const }) }
}

function actorFrame({
  address,
  kind,
  parent,
  incarnation,
  sequence,
  snapshot,
  exit,
}: ActorRecord): ActorFrame {
  return {
    address,
    kind,
    parent,
    incarnation,
    sequence,
    status: statusOf(exit?.reason, snapshot.status),
    value: snapshot.value,
    context: outline(snapshot.context, MEASURE),
    ...(snapshot.output !== undefined && { output: outline(snapshot.output, MEASURE) }),
  }
}

function sleeperFrame({ address, kind, parent, incarnation, sequence }: ActorView): ActorFrame {
  const seen = { status: 'active', value: null, context: { asleep: true } } as const
  return { address, kind, parent, incarnation, sequence, ...seen }
}

function statusOf(reason: string | undefined, status: ActorFrame['status']): ActorFrame['status'] {
  if (reason === undefined) return status
  if (reason === 'normal') return 'done'
  return reason === 'shutdown' ? 'stopped' : 'error'
}
