// Supervisor
//
// Owns:   carrying out what parents decided about their children: starting, stopping, forgetting, and bringing a
//         stored tree back to life.
// Leaves: the decision (machines/restart.ts).
//
// V1. The orders of one parent are carried out one after the other, in their order.
// V2. Each order may come again after a crash: starting what runs and stopping what is newer change nothing.
// V3. What is stopped is stopped with all below it, children in reverse start order, each with its own time limit.

import {
  type ActorDefinition,
  type ActorRecord,
  type Address,
  type Child,
  type ChildOrder,
  newborn,
} from '../machines/index.ts'
import type { StoredActor } from '../persistence/index.ts'
import type { Actor } from './actor.ts'

type Start = ChildOrder & { kind: 'start' }
type Shutdown = (ChildOrder & { kind: 'stop' })['shutdown']

/** What the supervisor needs of its node. */
export interface Nursery {
  definition(kind: string): ActorDefinition | undefined
  live(address: Address): Actor | undefined
  read(address: Address): Promise<StoredActor | undefined>
  /** Puts an actor to work; `stored` is what it left behind. */
  launch(
    definition: ActorDefinition,
    record: ActorRecord,
    input: unknown,
    stored: StoredActor | undefined,
  ): void
  /** Ends one incarnation in this process; `false` when its invocations would not end in time. */
  halt(actor: Actor, withinMs: number): Promise<boolean>
  /** Carries out again what an actor that ended still has to say. */
  lastWords(stored: StoredActor): void
  remove(address: Address): Promise<void>
}

export class Supervisor {
  readonly #nursery: Nursery
  readonly #chains = new Map<Address, Promise<void>>()

  constructor(nursery: Nursery) {
    this.#nursery = nursery
  }

  /** Carries the orders out after all earlier ones of this parent. */
  carryOut(parent: Address, orders: readonly ChildOrder[]): Promise<void> {
    return this.#chain(parent, async () => {
      for (const order of orders) await this.#carryOut(parent, order)
    })
  }

  /** Resolves when all earlier orders of this parent are carried out. */
  afterOrders(parent: Address): Promise<void> {
    return this.#chain(parent, async () => {})
  }

  /** Brings back the children that should be running, in start order. */
  resumeChildren(parent: Address, children: readonly Child[]): Promise<void> {
    return this.#chain(parent, async () => {
      for (const child of children) {
        if (child.state === 'running')
          await this.#start(parent, { kind: 'start', from: 'snapshot', ...child })
      }
    })
  }

  async stop(address: Address, shutdown: Shutdown): Promise<void> {
    const actor = this.#nursery.live(address)
    if (!actor) return
    const halted = this.#nursery.halt(actor, milliseconds(shutdown))
    await this.stopChildren(actor.record)
    await halted
  }

  async stopChildren({ address, supervision }: ActorRecord): Promise<void> {
    for (const child of supervision.children.toReversed()) {
      await this.stop(`${address}.${child.id}`, child.spec.shutdown)
    }
  }

  #chain(parent: Address, work: () => Promise<void>): Promise<void> {
    const next = (this.#chains.get(parent) ?? Promise.resolve()).then(work)
    this.#chains.set(parent, next)
    return next.finally(() => {
      if (this.#chains.get(parent) === next) this.#chains.delete(parent)
    })
  }

  async #carryOut(parent: Address, order: ChildOrder): Promise<void> {
    const address = `${parent}.${order.id}`
    switch (order.kind) {
      case 'start':
        return this.#start(parent, order)
      case 'stop': {
        const incarnation = this.#nursery.live(address)?.record.incarnation ?? 0
        return incarnation <= order.incarnation ? this.stop(address, order.shutdown) : undefined
      }
      case 'forget':
        return this.#forget(address, order.birth)
      default:
        return order satisfies never
    }
  }

  async #start(parent: Address, order: Start): Promise<void> {
    const { id, src, birth, incarnation, input } = order
    const address = `${parent}.${id}`
    if (this.#nursery.live(address)) return
    const definition = this.#nursery.definition(src)
    if (!definition) throw new Error(`${parent}: no actor of kind '${src}' is defined on this node`)
    const stored = await this.#nursery.read(address)
    if (stored && stored.record.birth === birth) return this.#resume(definition, stored, order)
    if (stored) await this.#forget(address, stored.record.birth)
    if (!this.#nursery.live(parent)) return
    const identity = { address, kind: src, version: definition.version, parent, id, birth, incarnation }
    this.#nursery.launch(definition, newborn(identity), input, undefined)
  }

  /** From its last good snapshot, and its children with it. */
  async #resume(definition: ActorDefinition, stored: StoredActor, order: Start): Promise<void> {
    const { exit, ...record } = stored.record
    // It ended by itself in this very incarnation: its parent is still to hear of it.
    if (exit && record.incarnation >= order.incarnation) return this.#nursery.lastWords(stored)
    if (record.parent !== null && !this.#nursery.live(record.parent)) return
    const { incarnation } = order
    this.#nursery.launch(definition, { ...record, incarnation }, order.input, stored)
    void this.resumeChildren(record.address, record.supervision.children)
  }

  async #forget(address: Address, birth: string): Promise<void> {
    const stored = await this.#nursery.read(address)
    if (stored?.record.birth !== birth) return
    for (const child of stored.record.supervision.children) {
      await this.#forget(`${address}.${child.id}`, child.birth)
    }
    await this.#nursery.remove(address)
  }
}

function milliseconds(shutdown: Shutdown): number {
  if (shutdown === 'brutal_kill') return 0
  return shutdown === 'infinity' ? Number.POSITIVE_INFINITY : shutdown
}
