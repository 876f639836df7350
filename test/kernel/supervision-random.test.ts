// A supervisor against the children it orders, under any order of calls, ends, failed starts, pauses, and reports that
// come late or twice: no child runs twice, none is forgotten, and every call is answered once.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type ActorDefinition,
  type ActorRecord,
  type AdvanceResult,
  advance,
  type ChildOrder,
  childrenOf,
  defineSupervisor,
  type ExitReason,
  type Message,
  newRecord,
  type SupervisorReply,
  type SupervisorRequest,
  whichChildren,
} from '../../kernel/index.ts'

const identity = { address: 's', kind: 's', version: 1, parent: 'p', id: 's', birth: '0', incarnation: 1 }
const ids = ['a', 'b', 'c', 'd'] as const
type Start = ChildOrder & { kind: 'start' }

const strategy = fc.constantFrom('one_for_one', 'one_for_all', 'rest_for_one')
const restart = fc.constantFrom('permanent', 'transient', 'temporary')
const childSpec = fc.record({
  restart,
  resume: fc.constantFrom('snapshot', 'input'),
  backoff: fc.option(fc.constant({ firstMs: 100, maxMs: 400, resetAfterMs: 1_000 }), { nil: undefined }),
})
const flags = fc.record({
  strategy,
  intensity: fc.integer({ min: 0, max: 6 }),
  specs: fc.array(childSpec, { minLength: 1, maxLength: 4 }),
})

const id = fc.constantFrom(...ids)
const reason = fc.constantFrom<ExitReason>('normal', 'shutdown', 'crash', 'timeout', 'killed', 'noconnection')
const operation = fc.oneof(
  { weight: 4, arbitrary: fc.record({ op: fc.constant('end' as const), id, reason }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('ignore' as const), id }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('failNextStart' as const), id }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('start' as const), id, spec: childSpec }) },
  {
    weight: 3,
    arbitrary: fc.record({
      op: fc.constant('call' as const),
      kind: fc.constantFrom('terminateChild' as const, 'restartChild' as const, 'deleteChild' as const),
      id,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ op: fc.constant('time' as const), ms: fc.integer({ min: 0, max: 3_000 }) }),
  },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('again' as const), back: fc.nat({ max: 30 }) }) },
)
type Operation = typeof operation extends fc.Arbitrary<infer Value> ? Value : never

/** The supervisor's record, and its children as a node would run them. */
class Family {
  record: ActorRecord = newRecord(identity)
  readonly running = new Map<string, Start>()
  readonly calls = new Set<string>()
  readonly replies = new Map<string, SupervisorReply>()
  readonly #definition: ActorDefinition
  readonly #intensity: number
  readonly #failing = new Set<string>()
  readonly #started = new Set<string>()
  readonly #past: Message[] = []
  #now = 10_000

  constructor({
    strategy,
    intensity,
    specs,
  }: typeof flags extends fc.Arbitrary<infer Value> ? Value : never) {
    this.#intensity = intensity
    const children = specs.map((spec, at) => ({ id: ids[at] ?? 'a', src: 'w', input: at, ...spec }))
    const init = { strategy, intensity, period: 5, children }
    this.#definition = defineSupervisor({ kind: 's', init })
    this.#take({ kind: 'started', input: null })
  }

  get isOver(): boolean {
    return this.record.exit !== undefined
  }

  do(operation: Operation): void {
    switch (operation.op) {
      case 'end':
        return this.#end(operation.id, operation.reason)
      case 'ignore': {
        const order = this.running.get(operation.id)
        if (order?.awaited) this.#report(order, 'normal', true, true)
        return
      }
      case 'failNextStart':
        this.#failing.add(operation.id)
        return
      case 'start':
        return this.#call({ kind: 'startChild', given: { id: operation.id, src: 'w', ...operation.spec } })
      case 'call':
        return this.#call({ kind: operation.kind, child: operation.id })
      case 'time':
        return this.#pass(operation.ms)
      case 'again':
        return this.#again(operation.back)
    }
  }

  #call(request: SupervisorRequest): void {
    const call = `call-${this.record.sequence}`
    if (this.isOver) return
    this.calls.add(call)
    this.#take({ kind: 'call', id: call, request })
  }

  #end(id: string, reason: ExitReason): void {
    const order = this.running.get(id)
    if (order) this.#report(order, reason)
  }

  #report({ id, incarnation, birth }: Start, reason: ExitReason, start = false, ignored = false): void {
    this.running.delete(id)
    const exit = { reason, ...(ignored && { ignored: true as const }) }
    this.#take({ kind: 'exited', child: id, incarnation, birth, exit, ...(start && { start: true }) })
  }

  #pass(ms: number): void {
    this.#now += ms
    for (const [id, deadline] of Object.entries(this.record.alarms))
      if (deadline <= this.#now) this.#take({ kind: 'alarm', id, deadline, event: { type: id } })
  }

  /** A report that was taken already comes again and changes nothing. */
  #again(back: number): void {
    const message = this.#past.at(-1 - back)
    if (message) expect(this.#advance(message), JSON.stringify(message)).toBeUndefined()
  }

  #advance(message: Message): AdvanceResult | undefined {
    return advance(this.#definition, this.record, {
      sequence: this.record.sequence + 1,
      at: this.#now,
      message,
    })
  }

  #take(message: Message): void {
    const advanced = this.#advance(message)
    if (!advanced) return
    if (message.kind !== 'call' && message.kind !== 'started') this.#past.push(message)
    this.record = advanced.record
    for (const { call, reply } of advanced.replies) {
      expect(this.replies.has(call), `${call} is answered once`).toBe(false)
      this.replies.set(call, reply)
    }
    this.#check()
    const orders = advanced.outbox.add.flatMap(({ effect }) =>
      effect.kind === 'children' ? effect.orders : [],
    )
    this.#obey(orders)
  }

  #obey(orders: readonly ChildOrder[]): void {
    const reports: (() => void)[] = []
    const skipped = new Set<string>()
    for (const order of orders) {
      const there = this.running.get(order.id)
      if (order.kind === 'stop' && there && there.incarnation <= order.incarnation) {
        // The report of an ordered stop comes after the order was carried out.
        this.running.delete(order.id)
        reports.push(() => this.#reportStopped(there))
      }
      if (order.kind !== 'start' || skipped.has(order.round ?? '')) continue
      expect(there, `${order.id} is started while it runs`).toBeUndefined()
      const name = `${order.id} ${order.birth} ${order.incarnation}`
      expect(this.#started.has(name), `${name} is started once`).toBe(false)
      this.#started.add(name)
      this.running.set(order.id, order)
      if (this.#failing.delete(order.id)) {
        if (order.round !== undefined) skipped.add(order.round)
        this.running.delete(order.id)
        reports.push(() => this.#report(order, 'crash', true))
      } else if (order.awaited) reports.push(() => this.#begin(order))
    }
    for (const report of reports) report()
  }

  #begin({ id, incarnation, birth }: Start): void {
    if (this.running.get(id)?.incarnation !== incarnation) return
    this.#take({ kind: 'begun', child: id, incarnation, birth })
  }

  #reportStopped({ id, incarnation, birth }: Start): void {
    const exit = { reason: 'shutdown' } as const
    expect(this.#advance({ kind: 'exited', child: id, incarnation, birth, exit })).toBeUndefined()
  }

  #check(): void {
    const { supervision, alarms } = this.record
    const children = childrenOf(supervision)
    if (!this.isOver) expect(supervision.restarts.length).toBeLessThanOrEqual(this.#intensity)
    const pausing = children.filter(({ id, round }) => round === id).map(({ id }) => `canopy.pause.${id}`)
    if (!this.isOver) expect(Object.keys(alarms).toSorted()).toEqual(pausing.toSorted())
    for (const { id, round, state } of children) {
      if (round === undefined || this.isOver) continue
      expect(supervision.children.get(round)?.round, `${id} waits for a child that pauses`).toBe(round)
      expect(['restarting', 'stopped']).toContain(state)
    }
    const orders = children.map(({ order }) => order)
    expect(new Set(orders).size).toBe(orders.length)
    expect(Math.max(-1, ...orders)).toBeLessThan(supervision.next)
  }

  /** What the record says of its children is so. */
  checkChildren(): void {
    if (this.isOver) {
      expect([...this.running.keys()]).toEqual([])
      return
    }
    const strategy = this.record.supervision.strategy
    if (!strategy) throw new Error('no strategy')
    const shown = whichChildren({ record: this.record, strategy })
    const active = shown.flatMap(({ id, child }) => (child === `s.${id}` ? [id] : []))
    expect(active.toSorted()).toEqual([...this.running.keys()].toSorted())
    for (const [id, { incarnation, birth }] of this.running)
      expect(this.record.supervision.children.get(id)).toMatchObject({ incarnation, birth, state: 'running' })
  }
}

const story = fc.tuple(flags, fc.array(operation, { maxLength: 60 }))

describe('a supervisor and its children', () => {
  it('agree on who runs, whatever happens in whatever order', () => {
    fc.assert(
      fc.property(story, ([given, operations]) => {
        const family = new Family(given)
        for (const each of operations) {
          family.do(each)
          family.checkChildren()
        }
      }),
      { numRuns: 300 },
    )
  })

  it('answer every call once', () => {
    fc.assert(
      fc.property(story, ([given, operations]) => {
        const family = new Family(given)
        for (const each of operations) family.do(each)
        if (!family.isOver)
          expect([...family.replies.keys()].toSorted()).toEqual([...family.calls].toSorted())
        for (const reply of family.replies.values())
          if (!reply.ok) expect(reply.error).toMatchObject({ code: expect.any(String), message: /./ })
      }),
      { numRuns: 200 },
    )
  })

  it('end with all children stopped in the reverse order of their start', () => {
    fc.assert(
      fc.property(strategy, fc.integer({ min: 1, max: 4 }), (kind, count) => {
        const spec = { restart: 'permanent', resume: 'snapshot', backoff: undefined } as const
        const specs = Array.from({ length: count }, () => spec)
        const family = new Family({ strategy: kind, intensity: 0, specs })
        const names = [...family.running.keys()]
        expect(names).toEqual(ids.slice(0, count))
        family.do({ op: 'end', id: 'a', reason: 'crash' })
        expect(family.record.exit).toMatchObject({ reason: 'shutdown', error: { code: 'gave_up' } })
        expect([...family.running.keys()]).toEqual([])
      }),
    )
  })

  it('go on after each restart from the same place as from its JSON', () => {
    fc.assert(
      fc.property(story, ([given, operations]) => {
        const [one, other] = [new Family(given), new Family(given)]
        for (const each of operations) {
          one.do(each)
          other.record = { ...other.record, snapshot: JSON.parse(JSON.stringify(other.record.snapshot)) }
          other.do(each)
          expect(JSON.stringify(other.record)).toBe(JSON.stringify(one.record))
        }
      }),
      { numRuns: 60 },
    )
  })
})
