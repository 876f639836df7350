// Supervisor
//
// Owns:   carrying out what parents decided about their children: starting, stopping, forgetting, and bringing a
//         stored tree back to life.
// Leaves: the decision (kernel/supervision/restart.ts).
//
// V1. The orders of one parent are carried out one after the other, in their order.
// V2. Each order may come again after a crash: starting what runs and stopping what is newer change nothing.
// V3. What is stopped is stopped with all below it, children in reverse start order, each with its own time limit;
//     those of simple_one_for_one all at once.
// V4. A start is over when the child has begun, a supervisor when all it starts with has; only then comes the next.
//     After one that failed the rest of its round is left: the parent decides what becomes of it.
// V5. Whoever was put to sleep is brought back in the chain of its parent, so never beside another start.

import {
  type ActorDefinition,
  type ActorRecord,
  type Address,
  type Child,
  type ChildOrder,
  childrenOf,
  childStart,
  type Message,
  newborn,
  strategyOf,
} from '../kernel/index.ts'
import type { StoredActor } from '../persistence/index.ts'
import type { Actor } from './actor.ts'
import { idOf, parentOf } from './address.ts'

type Start = ChildOrder & {
  kind: 'start'
  /** With its parent, and what is stored of it: who sleeps and has nothing to do need not be woken. */
  resumed?: { readonly stored: StoredActor | undefined }
}
type Shutdown = (ChildOrder & { kind: 'stop' })['shutdown']

/** What the supervisor needs of its node. */
export interface Nursery {
  definition(kind: string): ActorDefinition | undefined
  live(address: Address): Actor | undefined
  read(address: Address): Promise<StoredActor | undefined>
  readMany(addresses: readonly Address[]): Promise<ReadonlyMap<Address, StoredActor>>
  /** What was read with others, brought on to the version of this program. */
  current(stored: StoredActor | undefined): Promise<StoredActor | undefined>
  /** Puts an actor to work; `stored` is what it left behind. */
  launch(
    definition: ActorDefinition,
    record: ActorRecord,
    input: unknown,
    stored: StoredActor | undefined,
  ): Actor
  /** Ends one incarnation in this process; `false` when its invocations would not end in time. */
  halt(actor: Actor, withinMs: number): Promise<boolean>
  /** It was ended by order, with all below it. */
  stopped(address: Address, reason: 'shutdown' | 'killed'): void
  tell(address: Address, message: Message): void
  /** It has nothing to do: it is left asleep, with its alarms set, until something comes for it. */
  leaveAsleep(stored: StoredActor): void
  /** Whether the children of an actor that comes back are to be looked at; after a sleep they are as they were. */
  resumesChildren(address: Address): boolean
  /** Nothing of it rings any more. */
  silence(address: Address): void
  /** Carries out again what an actor that ended still has to say. */
  lastWords(stored: StoredActor): void
  remove(address: Address): Promise<void>
}

/** So many children are read from the store at once before they are started one after the other. */
const READ_AHEAD = 10_000

export class Supervisor {
  readonly #nursery: Nursery
  readonly #chains = new Map<Address, Promise<void>>()
  readonly #waking = new Map<Address, Promise<void>>()
  /** Supervisors of whose first children one did not begin. */
  readonly #failed = new Set<Address>()

  constructor(nursery: Nursery) {
    this.#nursery = nursery
  }

  /** Parents whose orders are being carried out. */
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

  /** Brings back the children that should be there, in start order; who waits for a pause comes after it. */
  resumeChildren({ address, supervision }: ActorRecord): Promise<void> {
    return this.#chain(address, async () => {
      const children = childrenOf(supervision).filter(mayStart)
      for (let from = 0; from < children.length; from += READ_AHEAD) {
        const next = children.slice(from, from + READ_AHEAD)
        // Who lives already may be further than what is read now by the time it is looked at.
        const absent = new Set(
          next.map(({ id }) => `${address}.${id}`).filter((each) => !this.#nursery.live(each)),
        )
        const stored = await this.#nursery.readMany([...absent])
        for (const child of next) {
          const each = `${address}.${child.id}`
          const resumed = absent.has(each) && { resumed: { stored: stored.get(each) } }
          await this.#start(address, { ...childStart(child), ...resumed })
        }
      }
    })
  }

  /** Brings an actor back that was put to sleep, and first those above it. */
  wake(address: Address): Promise<void> {
    const known = this.#waking.get(address)
    if (known) return known
    const work = this.#wake(address).finally(() => this.#waking.delete(address))
    this.#waking.set(address, work)
    return work
  }

  async stop(address: Address, shutdown: Shutdown): Promise<void> {
    const actor = this.#nursery.live(address)
    if (!actor) return this.#nursery.silence(address)
    const halted = this.#nursery.halt(actor, milliseconds(shutdown))
    await this.#stopChildren(actor)
    const inTime = await halted
    // One that ended by itself just now has its own reason.
    if (actor.record.exit) return
    this.#nursery.stopped(address, inTime && shutdown !== 'brutal_kill' ? 'shutdown' : 'killed')
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

  /** Whether what was to begin has begun; stopping and forgetting cannot fail. */
  async #carryOut(parent: Address, order: ChildOrder): Promise<boolean> {
    const address = `${parent}.${order.id}`
    switch (order.kind) {
      case 'start':
        return this.#start(parent, order)
      case 'stop': {
        const incarnation = this.#nursery.live(address)?.record.incarnation ?? 0
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
    if (!this.#nursery.live(parent)) await this.wake(parent)
    const child = this.#childOf(parent, idOf(address))
    if (!child || !mayStart(child) || !this.#nursery.definition(child.src)?.passivateAfterMs) return
    await this.#chain(parent, async () => {
      await this.#start(parent, childStart(child))
    })
  }

  async #start(parent: Address, order: Start): Promise<boolean> {
    const { id, incarnation, birth } = order
    const address = `${parent}.${id}`
    if (!this.#isWanted(parent, order)) return true
    await this.#stopOther(address, order)
    const actor = this.#nursery.live(address) ?? (await this.#launch(parent, address, order))
    if (actor === 'ended' || actor === 'asleep') return true
    if (!actor) return false
    const beginning = await actor.beginning
    if (beginning.begun && !(await this.#childrenBegan(actor))) return false
    if (!beginning.begun) return actor.record.exit?.ignored === true
    const extra = beginning.extra === undefined ? {} : { extra: beginning.extra }
    if (order.awaited) this.#nursery.tell(parent, { kind: 'begun', child: id, incarnation, birth, ...extra })
    return true
  }

  /** Otherwise something else was decided meanwhile; its own order follows. */
  #isWanted(parent: Address, { id, incarnation, birth }: Start): boolean {
    const child = this.#childOf(parent, id)
    return child?.incarnation === incarnation && child.birth === birth && child.state !== 'stopped'
  }

  #childOf(parent: Address, id: string): Child | undefined {
    return this.#nursery.live(parent)?.record.supervision.children.get(id)
  }

  /** Two incarnations never live at one address: the one that was ordered stays. */
  async #stopOther(address: Address, { incarnation, birth }: Start): Promise<void> {
    const other = this.#nursery.live(address)
    if (!other || (other.record.incarnation === incarnation && other.record.birth === birth)) return
    await this.stop(address, 'brutal_kill')
  }

  /** A supervisor has begun when all it starts with has. */
  async #childrenBegan({ address, definition }: Actor): Promise<boolean> {
    if (!definition.init) return true
    await this.afterOrders(address)
    return !this.#failed.delete(address)
  }

  /** The actor at work; `ended` when it ended by itself before, undefined when it could not be started at all. */
  async #launch(
    parent: Address,
    address: Address,
    order: Start,
  ): Promise<Actor | 'ended' | 'asleep' | undefined> {
    const { id, src, birth, incarnation, input } = order
    const definition = this.#nursery.definition(src)
    if (!definition) {
      const error = { message: `no actor of kind '${src}' is defined on this node`, code: 'undefined_kind' }
      const exit = { reason: 'crash', error } as const
      this.#nursery.tell(parent, { kind: 'exited', child: id, incarnation, birth, exit, start: true })
      return undefined
    }
    const stored = order.resumed
      ? await this.#nursery.current(order.resumed.stored)
      : await this.#nursery.read(address)
    if (stored && stored.record.birth !== birth) await this.#forget(address, stored.record.birth)
    // The parent may have begun another life while the store was read.
    if (this.#childOf(parent, id)?.birth !== birth) return 'ended'
    if (stored && stored.record.birth === birth) {
      if (!order.resumed || !sleepsOn(definition, stored)) return this.#resume(definition, stored, order)
      this.#nursery.leaveAsleep(stored)
      return 'asleep'
    }
    const identity = { address, kind: src, version: definition.version, parent, id, birth, incarnation }
    return this.#nursery.launch(definition, newborn(identity), input, undefined)
  }

  /** From its last good snapshot, and its children with it. */
  async #resume(definition: ActorDefinition, stored: StoredActor, order: Start): Promise<Actor | 'ended'> {
    const { exit, ...record } = stored.record
    // It ended by itself in this very incarnation: its parent is still to hear of it.
    if (exit && record.incarnation >= order.incarnation) {
      this.#nursery.lastWords(stored)
      return 'ended'
    }
    const { incarnation } = order
    const actor = this.#nursery.launch(definition, { ...record, incarnation }, order.input, stored)
    if (this.#nursery.resumesChildren(record.address)) await this.resumeChildren(record)
    return actor
  }

  async #forget(address: Address, birth: string): Promise<void> {
    const stored = await this.#nursery.read(address)
    if (stored?.record.birth !== birth) return
    for (const child of childrenOf(stored.record.supervision)) {
      await this.#forget(`${address}.${child.id}`, child.birth)
    }
    await this.#nursery.remove(address)
  }
}

/** Who waits for a pause comes after it. */
function mayStart({ state, round }: Child): boolean {
  return state !== 'stopped' && round === undefined
}

/** Whether it may be left asleep; who has children is brought back for their sake. */
function sleepsOn(definition: ActorDefinition, { record, outbox }: StoredActor): boolean {
  const idle = outbox.length === 0 && Object.keys(record.invocations).length === 0 && !record.exit
  return definition.passivateAfterMs !== undefined && idle && record.supervision.children.size === 0
}

function milliseconds(shutdown: Shutdown): number {
  if (shutdown === 'brutal_kill') return 0
  return shutdown === 'infinity' ? Number.POSITIVE_INFINITY : shutdown
}
