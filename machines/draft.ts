// Draft
//
// Owns:   the record of an actor while a step is made of it, with all that the step decided so far.
// Leaves: what to decide (machines/advance.ts).
//
// D1. What does not change keeps its reference.
// D2. Effects are numbered in the order of their decision: the number is part of the idempotency key.

import type { ActorRecord, Snapshot } from './actor-record.ts'
import { lostAction } from './chart-check.ts'
import type { ActorDefinition } from './definition.ts'
import type { Alarm, ChildOrder, Effect, OutboxEntry } from './effects.ts'
import type { Address, Event, Exit } from './messages.ts'
import { type Child, forgetOrder, startOrder, stopAll, stopOrder } from './restart.ts'
import type { Request } from './step.ts'

/** What one accepted message made of an actor. */
export interface Advanced {
  readonly record: ActorRecord
  readonly outbox: { readonly add: readonly OutboxEntry[]; readonly remove: readonly string[] }
  readonly alarms: { readonly set: readonly Alarm[]; readonly cancelled: readonly string[] }
  readonly emitted: readonly Event[]
}

export class Draft {
  record: ActorRecord
  readonly #definition: ActorDefinition
  readonly #now: number
  readonly #add: OutboxEntry[] = []
  readonly #remove: string[] = []
  readonly #alarms = new Map<string, Alarm>()
  readonly #cancelled = new Set<string>()
  readonly #emitted: Event[] = []
  #orders: ChildOrder[] = []
  #effects = 0

  constructor(definition: ActorDefinition, record: ActorRecord, sequence: number, now: number) {
    this.#definition = definition
    this.#now = now
    this.record = { ...record, sequence }
  }

  change(fields: Partial<ActorRecord>): void {
    this.record = { ...this.record, ...fields }
  }

  /** The outbox entry that this message answers is done with. */
  settle(key: string): void {
    this.#remove.push(key)
  }

  /** An alarm rang: it is no longer set. */
  fired(id: string): void {
    this.#cancel(id)
  }

  order(orders: readonly ChildOrder[]): void {
    this.#orders.push(...orders)
  }

  stepped(snapshot: Snapshot, requests: readonly Request[]): void {
    this.change({ snapshot })
    // At its end XState asks to stop every child; `end` does that, and keeps what they left.
    const over = snapshot.status === 'done'
    for (const request of requests) if (!over || request.kind !== 'stop') this.#take(request)
  }

  /** The actor ends: its children are stopped first, then whoever started it is told. */
  end(exit: Exit): void {
    for (const key of Object.values(this.record.invocations)) this.#remove.push(key)
    for (const id of Object.keys(this.record.alarms)) this.#cancel(id)
    this.order(stopAll(this.record.supervision.children))
    const children = this.record.supervision.children.map((child): Child => ({ ...child, state: 'stopped' }))
    this.change({ exit, invocations: {}, supervision: { ...this.record.supervision, children } })
    this.#flushOrders()
    this.#decide({ kind: 'exit', incarnation: this.record.incarnation, exit })
  }

  /** The actor crashed: its children are stopped but stay its children, for the case that it is restarted. */
  crash(exit: Exit): void {
    this.order(stopAll(this.record.supervision.children))
    this.change({ exit })
    this.#flushOrders()
    this.#decide({ kind: 'exit', incarnation: this.record.incarnation, exit })
  }

  result(): Advanced {
    this.#flushOrders()
    return {
      record: this.record,
      outbox: { add: this.#add.filter(({ key }) => !this.#remove.includes(key)), remove: this.#remove },
      alarms: { set: [...this.#alarms.values()], cancelled: [...this.#cancelled] },
      emitted: this.#emitted,
    }
  }

  #take(request: Request): void {
    switch (request.kind) {
      case 'spawn':
        return request.src in this.#definition.children ? this.#spawn(request) : this.#invoke(request)
      case 'stop':
        return this.#stop(request.id)
      case 'timer':
        return this.#setAlarm(request.id, request.delay, request.event)
      case 'cancel':
        return this.#cancel(request.id)
      case 'tell':
        return this.#tell(request)
      case 'emit':
        this.#emitted.push(request.event)
        return
      case 'action':
        return this.#act(request)
      default:
        return request satisfies never
    }
  }

  #act({ name, params }: Request & { kind: 'action' }): void {
    if (!this.#definition.actions.has(name)) throw new Error(lostAction(name))
    this.#emitted.push({ type: 'canopy.action', action: name, params })
  }

  #invoke({ id, src, input }: Request & { kind: 'spawn' }): void {
    const key = this.#decide({ kind: 'invocation', id, src, input })
    this.change({ invocations: { ...this.record.invocations, [id]: key } })
  }

  #spawn({ id, src, input }: Request & { kind: 'spawn' }): void {
    const spec = this.#definition.children[src]
    if (!spec) throw new Error(`${this.record.address}: no child spec for ${src}`)
    if (!CHILD_ID.test(id)) throw new Error(`${this.record.address}: child id '${id}' must match ${CHILD_ID}`)
    const { children } = this.record.supervision
    const former = children.find((child) => child.id === id)
    if (former) this.#stop(id)
    const birth = `${this.record.birth}-${this.record.sequence}.${this.#effects}.${this.#orders.length}`
    const incarnation = (former?.incarnation ?? 0) + 1
    const child: Child = { id, src, spec, birth, incarnation, input, state: 'running' }
    this.#setChildren([...this.record.supervision.children, child])
    this.order([startOrder(child, 'input')])
  }

  #stop(id: string): void {
    const key = this.record.invocations[id]
    if (key !== undefined) {
      const { [id]: _, ...invocations } = this.record.invocations
      this.#remove.push(key)
      return this.change({ invocations })
    }
    const child = this.record.supervision.children.find((each) => each.id === id)
    if (!child) return
    if (child.state === 'running') this.order([stopOrder(child)])
    this.order([forgetOrder(child)])
    this.#setChildren(this.record.supervision.children.filter((each) => each !== child))
  }

  #setChildren(children: readonly Child[]): void {
    this.change({ supervision: { ...this.record.supervision, children } })
  }

  #setAlarm(given: string | undefined, delay: number, event: Event): void {
    const id = given ?? this.#freeAlarm(event.type)
    const policy = this.#definition.timers[id] ?? 'deadline'
    const deadline = this.#now + delay
    this.#alarms.set(id, { id, event, deadline, delay, policy })
    this.#cancelled.delete(id)
    this.change({ alarms: { ...this.record.alarms, [id]: deadline } })
  }

  #freeAlarm(type: string): string {
    for (let number = 1; ; number += 1)
      if (!(`${type}#${number}` in this.record.alarms)) return `${type}#${number}`
  }

  #cancel(id: string): void {
    if (!(id in this.record.alarms)) return
    const { [id]: _, ...alarms } = this.record.alarms
    this.#alarms.delete(id)
    this.#cancelled.add(id)
    this.change({ alarms })
  }

  #tell({ to, event }: Request & { kind: 'tell' }): void {
    switch (to.kind) {
      case 'parent':
        return this.record.parent === null ? undefined : this.#mail(this.record.parent, event)
      case 'self':
        return this.#mail(this.record.address, event)
      case 'child':
        return to.id in this.record.invocations
          ? undefined
          : this.#mail(`${this.record.address}.${to.id}`, event)
      case 'address':
        return this.#mail(to.address, event)
      default:
        return to satisfies never
    }
  }

  #mail(to: Address, event: Event): void {
    const number = (this.record.sent.get(to) ?? 0) + 1
    this.change({ sent: this.record.sent.set(to, number) })
    this.#decide({ kind: 'mail', to, number, event })
  }

  #flushOrders(): void {
    if (this.#orders.length === 0) return
    const orders = this.#orders
    this.#orders = []
    this.#decide({ kind: 'children', orders })
  }

  #decide(effect: Effect): string {
    const { address, birth, sequence } = this.record
    const key = `${address}/${birth}/${sequence}/${this.#effects++}`
    this.#add.push({ key, effect })
    return key
  }
}

const CHILD_ID = /^[A-Za-z0-9:_/~=-]+$/
