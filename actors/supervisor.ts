// Supervisor
//
// Owns:   carrying out a parent's orders about its children: starting, stopping, forgetting, and resuming a stored
//         tree.
// Leaves: the decisions (kernel/supervision/restart.ts).
//
// The orders of one parent are carried out one after the other, in their order. Each order may be repeated after a
// crash: starting a running child and stopping a newer one change nothing.
//
// A stop includes all actors below, children in reverse start order, each with its own time limit; children of
// simple_one_for_one stop at the same time.
//
// A start ends when the child has begun, and a supervisor has begun when all its first children have; then comes the
// next start. After a failed start the rest of its round is skipped, and the parent decides.
//
// A passivated actor is resumed in the order queue of its parent, so never during another start.

import {
  type ActorDefinition,
  type ActorRecord,
  type Address,
  type Child,
  type ChildOrder,
  childrenOf,
  childStart,
  strategyOf,
} from '../kernel/index.ts'
import type { StoredActor } from '../persistence/index.ts'
import type { Actor } from './actor.ts'
import { idOf, parentOf } from './address.ts'
import type { Routing } from './routing.ts'
import { type ChildStart, decideStart, type StartDecision } from './start-decision.ts'
import type { StoredActors } from './versions.ts'

type Shutdown = (ChildOrder & { kind: 'stop' })['shutdown']

/** What a node does for its supervisor. */
export interface SupervisorHost {
  /** Carries out the decision; returns the actor if it is launched. */
  start(decision: StartDecision): Actor | undefined
  /** Ends an actor and its timers in this process; false when its invocations did not end in time. */
  halt(address: Address, withinMs: number): Promise<boolean>
  /** Reports that an actor and all below it were stopped by order. */
  stopped(address: Address, reason: 'shutdown' | 'killed'): void
  /** Removes an actor from the store, after its last mail is sent or put aside. */
  remove(stored: StoredActor): Promise<void>
}

export interface SupervisorOptions {
  readonly definitions: ReadonlyMap<string, ActorDefinition>
  readonly stored: StoredActors
  readonly routing: Pick<Routing, 'actors' | 'tell'>
  readonly host: SupervisorHost
}

/** Children read from the store at once before they are started one after the other. */
const READ_AHEAD = 10_000

export class Supervisor {
  readonly #options: SupervisorOptions
  readonly #chains = new Map<Address, Promise<void>>()
  readonly #waking = new Map<Address, Promise<void>>()
  /** Supervisors with a failed start among their first children. */
  readonly #failed = new Set<Address>()
  /** Passivated parents: their children are unchanged when they wake. */
  readonly #asleep = new Set<Address>()

  constructor(options: SupervisorOptions) {
    this.#options = options
  }

  /** The number of parents whose orders are being carried out. */
  get busy(): number {
    return this.#chains.size
  }

  /** Carries the orders out after all earlier ones of this parent. */
  carryOut(parent: Address, orders: readonly ChildOrder[]): Promise<void> {
    return this.#chain(parent, async () => {
      let failed: string | undefined
      for (const order of orders) {
        const round = order.kind === 'start' ? order.round : undefined
        if (round !== undefined && round === failed) continue
        if (!(await this.#carryOut(parent, order))) failed = round
      }
      if (failed === 'startup') this.#failed.add(parent)
    })
  }

  /** Resolves when all earlier orders of this parent are carried out. */
  afterOrders(parent: Address): Promise<void> {
    return this.#chain(parent, async () => {})
  }

  /** Resumes the children that should run, in start order; a child that waits for a pause is started after it. */
  resumeChildren({ address, supervision }: ActorRecord): Promise<void> {
    return this.#chain(address, async () => {
      const children = childrenOf(supervision).filter(mayStart)
      for (let from = 0; from < children.length; from += READ_AHEAD) {
        const next = children.slice(from, from + READ_AHEAD)
        // Children that are alive already may be newer than the records read here.
        const absent = new Set(next.map(({ id }) => `${address}.${id}`).filter((each) => !this.#live(each)))
        const stored = await this.#options.stored.readMany([...absent])
        for (const child of next) {
          const each = `${address}.${child.id}`
          const resumed = absent.has(each) && { resumed: { stored: stored.get(each) } }
          await this.#start(address, { ...childStart(child), ...resumed })
        }
      }
    })
  }

  /** A live actor with children was passivated. */
  passivated(address: Address): void {
    this.#asleep.add(address)
  }

  /** Resumes a passivated actor, and first the actors above it. */
  wake(address: Address): Promise<void> {
    const known = this.#waking.get(address)
    if (known) return known
    const work = this.#wake(address).finally(() => this.#waking.delete(address))
    this.#waking.set(address, work)
    return work
  }

  async stop(address: Address, shutdown: Shutdown): Promise<void> {
    const { host } = this.#options
    const actor = this.#live(address)
    const halted = host.halt(address, milliseconds(shutdown))
    if (!actor) return
    await this.#stopChildren(actor)
    const inTime = await halted
    // An actor that has just ended by itself keeps its own reason.
    if (actor.record.exit) return
    host.stopped(address, inTime && shutdown !== 'brutal_kill' ? 'shutdown' : 'killed')
  }

  #live(address: Address): Actor | undefined {
    return this.#options.routing.actors.get(address)
  }

  async #stopChildren({ record: { address, supervision }, definition }: Actor): Promise<void> {
    const children = childrenOf(supervision).reverse()
    const stop = (id: string, shutdown: Shutdown): Promise<void> => this.stop(`${address}.${id}`, shutdown)
    if (strategyOf(supervision, definition).kind === 'simple_one_for_one') {
      await Promise.all(children.map(({ id, spec }) => stop(id, spec.shutdown)))
    } else for (const { id, spec } of children) await stop(id, spec.shutdown)
  }

  #chain(parent: Address, work: () => Promise<void>): Promise<void> {
    const next = (this.#chains.get(parent) ?? Promise.resolve()).then(work)
    this.#chains.set(parent, next)
    return next.finally(() => {
      if (this.#chains.get(parent) === next) this.#chains.delete(parent)
    })
  }

  /** Returns whether a start succeeded; stopping and forgetting cannot fail. */
  async #carryOut(parent: Address, order: ChildOrder): Promise<boolean> {
    const address = `${parent}.${order.id}`
    switch (order.kind) {
      case 'start':
        return this.#start(parent, order)
      case 'stop': {
        const incarnation = this.#live(address)?.record.incarnation ?? 0
        if (incarnation <= order.incarnation) await this.stop(address, order.shutdown)
        return true
      }
      case 'forget':
        await this.#forget(address, order.birth)
        return true
      default:
        return order satisfies never
    }
  }

  async #wake(address: Address): Promise<void> {
    const parent = parentOf(address)
    if (parent === undefined) return
    if (!this.#live(parent)) await this.wake(parent)
    const child = this.#childOf(parent, idOf(address))
    if (!child || !mayStart(child) || !this.#options.definitions.get(child.src)?.passivateAfterMs) return
    await this.#chain(parent, async () => {
      await this.#start(parent, childStart(child))
    })
  }

  async #start(parent: Address, order: ChildStart): Promise<boolean> {
    const { id, incarnation, birth } = order
    const address = `${parent}.${id}`
    if (!this.#isWanted(parent, order)) return true
    await this.#stopOther(address, order)
    const actor = this.#live(address) ?? (await this.#begin(parent, address, order))
    if (typeof actor === 'string') return actor !== 'unknown'
    const beginning = await actor.beginning
    if (beginning.begun && !(await this.#childrenBegan(actor))) return false
    if (!beginning.begun) return actor.record.exit?.ignored === true
    const extra = beginning.extra === undefined ? {} : { extra: beginning.extra }
    if (order.awaited)
      this.#options.routing.tell(parent, { kind: 'begun', child: id, incarnation, birth, ...extra })
    return true
  }

  /** False when another order was decided meanwhile, which follows. */
  #isWanted(parent: Address, { id, incarnation, birth }: ChildStart): boolean {
    const child = this.#childOf(parent, id)
    return child?.incarnation === incarnation && child.birth === birth && child.state !== 'stopped'
  }

  #childOf(parent: Address, id: string): Child | undefined {
    return this.#live(parent)?.record.supervision.children.get(id)
  }

  /** Two incarnations never live at one address: the ordered one stays. */
  async #stopOther(address: Address, { incarnation, birth }: ChildStart): Promise<void> {
    const other = this.#live(address)
    if (!other || (other.record.incarnation === incarnation && other.record.birth === birth)) return
    await this.stop(address, 'brutal_kill')
  }

  /** Whether a supervisor has begun: all its first children have. */
  async #childrenBegan({ address, definition }: Actor): Promise<boolean> {
    if (!definition.init) return true
    await this.afterOrders(address)
    return !this.#failed.delete(address)
  }

  /** The live actor, or why there is none. */
  async #begin(
    parent: Address,
    address: Address,
    order: ChildStart,
  ): Promise<Actor | StartDecision['kind'] | 'unknown' | 'superseded'> {
    const { definitions, stored: reading, routing, host } = this.#options
    const { id, src, birth, incarnation } = order
    const definition = definitions.get(src)
    if (!definition) {
      const error = { message: `the kind '${src}' has no definition on this node`, code: 'undefined_kind' }
      const exit = { reason: 'crash', error } as const
      routing.tell(parent, { kind: 'exited', child: id, incarnation, birth, exit, start: true })
      return 'unknown'
    }
    const stored = order.resumed ? await reading.current(order.resumed.stored) : await reading.read(address)
    if (stored && stored.record.birth !== birth) await this.#forget(address, stored.record.birth)
    // The parent may have started another birth while the store was read.
    if (this.#childOf(parent, id)?.birth !== birth) return 'superseded'
    const decision = decideStart(parent, order, definition, stored)
    const actor = host.start(decision)
    if (decision.kind === 'launch' && decision.stored && !this.#asleep.delete(address))
      await this.resumeChildren(decision.stored.record)
    return actor ?? decision.kind
  }

  async #forget(address: Address, birth: string): Promise<void> {
    const { stored: reading, host } = this.#options
    const stored = await reading.read(address)
    if (stored?.record.birth !== birth) return
    for (const child of childrenOf(stored.record.supervision)) {
      await this.#forget(`${address}.${child.id}`, child.birth)
    }
    this.#asleep.delete(address)
    await host.remove(stored)
  }
}

/** A child that waits for a pause is started after it. */
function mayStart({ state, round }: Child): boolean {
  return state !== 'stopped' && round === undefined
}

function milliseconds(shutdown: Shutdown): number {
  if (shutdown === 'brutal_kill') return 0
  return shutdown === 'infinity' ? Number.POSITIVE_INFINITY : shutdown
}
