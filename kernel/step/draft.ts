// Draft
//
// Owns:   the mutable copy of an actor's record during a step, with all decisions of the step so far.
// Leaves: the decisions themselves (kernel/step/advance.ts).
//
// Unchanged parts of the record keep their reference. Effects are numbered in the order of their decision: the number
// is part of the idempotency key.

import type { ActorDefinition } from '../definition/actor-definition.ts'
import { lostAction } from '../definition/chart-check.ts'
import { policyOf, type TimerPolicy } from '../definition/timer-policy.ts'
import type { Address, Event, Exit } from '../messages.ts'
import type { Strategy } from '../supervision/child-spec.ts'
import {
  type Child,
  childForget,
  childrenOf,
  childStop,
  isUp,
  released,
  type Supervision,
  stopAll,
  stopped,
  strategyOf,
  withChild,
  withoutChild,
} from '../supervision/supervision.ts'
import { newChild } from '../supervision/supervisor-calls.ts'
import { CHILD_ID, type ChildTemplate } from '../supervision/supervisor-given.ts'
import type { SupervisorReply } from '../supervision/supervisor-request.ts'
import type { SupervisorStart } from '../supervision/supervisor-start.ts'
import type { Fact } from '../telemetry.ts'
import type { ActorRecord, Snapshot } from './actor-record.ts'
import type { Alarm, ChildOrder, Effect, OutboxEntry } from './effects.ts'
import type { Request } from './step.ts'
import { deadlineId, pauseId } from './system-alarm.ts'

/** The result of one accepted message: the next record and its effects. */
export interface AdvanceResult {
  readonly record: ActorRecord
  readonly outbox: { readonly add: readonly OutboxEntry[]; readonly remove: readonly string[] }
  readonly alarms: { readonly set: readonly Alarm[]; readonly cancelled: readonly string[] }
  readonly emitted: readonly Event[]
  /** Telemetry events to report after the commit, besides the step itself. */
  readonly facts: readonly Fact[]
  /** Answers to calls, to be given when all orders before them are carried out. */
  readonly replies: readonly { readonly call: string; readonly reply: SupervisorReply }[]
}

export class RecordDraft {
  record: ActorRecord
  readonly #definition: ActorDefinition
  readonly #now: number
  readonly #add: OutboxEntry[] = []
  readonly #remove: string[] = []
  readonly #alarms = new Map<string, Alarm>()
  readonly #cancelled = new Set<string>()
  readonly #emitted: Event[] = []
  readonly #facts: Fact[] = []
  readonly #replies: { call: string; reply: SupervisorReply }[] = []
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

  /** Removes the outbox entry that this message answers. */
  settle(key: string): void {
    this.#remove.push(key)
  }

  /** Removes an alarm that fired. */
  fired(id: string): void {
    this.#cancel(id)
  }

  get strategy(): Strategy {
    return strategyOf(this.record.supervision, this.#definition)
  }

  order(orders: readonly ChildOrder[]): void {
    this.#orders.push(...orders)
  }

  supervise(supervision: Supervision, orders: readonly ChildOrder[] = []): void {
    this.change({ supervision })
    this.order(orders)
  }

  /** Sets the flags and children of a supervisor that begins. */
  startUp({ strategy, children }: SupervisorStart): void {
    if (strategy.kind === 'simple_one_for_one') {
      const [template] = children
      return this.supervise({ ...this.record.supervision, strategy, ...(template && { template }) })
    }
    this.supervise({ ...this.record.supervision, strategy })
    for (const child of children) this.#startChild(child, { asked: 'startup' })
  }

  tell(fact: Fact): void {
    this.#facts.push(fact)
  }

  reply(call: string, reply: SupervisorReply): void {
    this.#replies.push({ call, reply })
  }

  /** Sets a timer of the runtime; the chart gets no event from it. */
  setSystemAlarm(id: string, delay: number, policy: TimerPolicy): void {
    this.#setAlarm(id, delay, { type: id }, policy)
  }

  /** Removes an invocation: its outcome arrived, its state was left, or its time is over. */
  endInvocation(id: string): void {
    if (!Object.hasOwn(this.record.invocations, id)) return
    const { [id]: key = '', ...invocations } = this.record.invocations
    this.#remove.push(key)
    this.change({ invocations })
    this.#cancel(deadlineId(id))
  }

  cancelAlarm(id: string): void {
    this.#cancel(id)
  }

  /** A birth for the child that is ordered next. */
  nextBirth(): string {
    const { birth, sequence } = this.record
    return `${birth}-${sequence}.${this.#effects}.${this.#orders.length}`
  }

  stepped(snapshot: Snapshot, requests: readonly Request[]): void {
    this.change({ snapshot })
    // At its end XState asks to stop every child; `end` does that, and keeps their snapshots.
    const over = snapshot.status === 'done'
    for (const request of requests) if (!over || request.kind !== 'stop') this.#take(request)
  }

  /** Ends the actor: its children are stopped first, then its parent is told. */
  end(exit: Exit, start?: true): void {
    for (const key of Object.values(this.record.invocations)) this.#remove.push(key)
    for (const id of Object.keys(this.record.alarms)) this.#cancel(id)
    const { supervision } = this.record
    this.order(stopAll(supervision))
    const left = childrenOf(supervision).filter(isUp).map(stopped).reduce(withChild, supervision)
    this.change({ exit, invocations: {}, supervision: left })
    this.#flushOrders()
    this.#announce(exit, start)
  }

  /** Records a crash: its children are stopped but stay in the record, because it may be restarted. */
  crash(exit: Exit): void {
    this.order(stopAll(this.record.supervision))
    this.change({ exit })
    this.#flushOrders()
    this.#announce(exit, this.record.sequence === 0 ? true : undefined)
  }

  result(): AdvanceResult {
    this.#flushOrders()
    return {
      record: this.record,
      outbox: { add: this.#add.filter(({ key }) => !this.#remove.includes(key)), remove: this.#remove },
      alarms: { set: [...this.#alarms.values()], cancelled: [...this.#cancelled] },
      emitted: this.#emitted,
      facts: this.#facts,
      replies: this.#replies,
    }
  }

  #take(request: Request): void {
    switch (request.kind) {
      case 'spawn':
        return Object.hasOwn(this.#definition.children, request.src)
          ? this.#spawn(request)
          : this.#invoke(request)
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
    const { deadlines } = this.#definition
    const within = (Object.hasOwn(deadlines, src) && deadlines[src]) || DEFAULT_DEADLINE_MS
    // After an absence or a crash the invocation runs again, with its full time.
    if (within !== 'infinity') this.setSystemAlarm(deadlineId(id), within, 'restart')
  }

  #spawn({ id, src, input }: Request & { kind: 'spawn' }): void {
    const spec = this.#definition.children[src]
    if (!spec) throw new Error(`${this.record.address}: no child spec for ${src}`)
    if (!CHILD_ID.test(id)) throw new Error(`${this.record.address}: child id '${id}' must match ${CHILD_ID}`)
    const former = this.record.supervision.children.get(id)
    if (former) this.#stop(id)
    this.#startChild({ id, src, spec, input }, former && { incarnation: former.incarnation + 1 })
  }

  #startChild(template: ChildTemplate, fields: Partial<Child> = {}): void {
    const birth = this.nextBirth()
    const { supervision, order } = newChild(
      this.record.supervision,
      template,
      { birth, ...fields },
      this.#now,
    )
    // The first children of a supervisor begin together or not at all.
    this.supervise(supervision, [fields.asked === 'startup' ? { ...order, round: 'startup' } : order])
  }

  #stop(id: string): void {
    if (Object.hasOwn(this.record.invocations, id)) return this.endInvocation(id)
    const child = this.record.supervision.children.get(id)
    if (!child) return
    this.cancelAlarm(pauseId(id))
    const left = withoutChild(this.record.supervision, id)
    // A child that is started and stopped in one step is not started at all, as in XState.
    const started = this.#orders.findIndex((order) => order.kind === 'start' && order.birth === child.birth)
    if (started >= 0) {
      this.#orders.splice(started, 1)
      return this.supervise(left)
    }
    if (isUp(child)) this.order([childStop(child)])
    this.supervise(released(left, child).reduce(withChild, left), [childForget(child)])
  }

  #setAlarm(given: string | undefined, delay: number, event: Event, policy?: TimerPolicy): void {
    const id = given ?? this.#freeAlarm(event.type)
    const kept = policy ?? policyOf(this.#definition.timers, id)
    const deadline = this.#now + delay
    this.#alarms.set(id, { id, event, deadline, delay, policy: kept })
    this.#cancelled.delete(id)
    this.change({ alarms: { ...this.record.alarms, [id]: deadline } })
  }

  #freeAlarm(type: string): string {
    for (let number = 1; ; number += 1)
      if (!Object.hasOwn(this.record.alarms, `${type}#${number}`)) return `${type}#${number}`
  }

  #cancel(id: string): void {
    if (!Object.hasOwn(this.record.alarms, id)) return
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
        return Object.hasOwn(this.record.invocations, to.id)
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

  #announce(exit: Exit, start: true | undefined): void {
    this.#decide({ kind: 'exit', incarnation: this.record.incarnation, exit, ...(start && { start }) })
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

const DEFAULT_DEADLINE_MS = 3_600_000
