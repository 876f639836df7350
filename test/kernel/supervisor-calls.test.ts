// Each request to a supervisor in each state of the child that it is about: the answer, its code, and the orders; also for
// names that no child ever had.

import { describe, expect, it } from 'vitest'
import {
  type ActorDefinition,
  type ActorRecord,
  type AdvanceResult,
  advance,
  countChildren,
  defineSupervisor,
  getChildSpec,
  type Message,
  newRecord,
  type SupervisorGiven,
  type SupervisorRequest,
  whichChild,
  whichChildren,
} from '../../kernel/index.ts'

const identity = { address: 's', kind: 's', version: 1, parent: null, id: 's', birth: '0', incarnation: 1 }

class Supervised {
  record: ActorRecord = newRecord(identity)
  readonly #definition: ActorDefinition

  constructor(init: SupervisorGiven) {
    this.#definition = defineSupervisor({ kind: 's', init })
    this.take({ kind: 'started', input: null })
  }

  take(message: Message): AdvanceResult | undefined {
    const sequence = this.record.sequence + 1
    const advanced = advance(this.#definition, this.record, { sequence, at: 1_000 * sequence, message })
    if (advanced) this.record = advanced.record
    return advanced
  }

  ask(request: SupervisorRequest) {
    const advanced = this.take({ kind: 'call', id: `c${this.record.sequence}`, request })
    const orders = advanced?.outbox.add.flatMap(({ effect }) =>
      effect.kind === 'children' ? effect.orders : [],
    )
    return {
      reply: advanced?.replies[0]?.reply,
      orders: (orders ?? []).map(({ kind, id }) => `${kind} ${id}`),
    }
  }

  report(id: string, reason: 'normal' | 'crash', start = false): void {
    const { incarnation = 0, birth = '' } = this.record.supervision.children.get(id) ?? {}
    const exit = { reason } as const
    this.take({ kind: 'exited', child: id, incarnation, birth, exit, ...(start && { start: true }) })
  }

  begun(id: string): void {
    const { incarnation = 0, birth = '' } = this.record.supervision.children.get(id) ?? {}
    this.take({ kind: 'begun', child: id, incarnation, birth })
  }

  get view() {
    const { strategy } = this.record.supervision
    if (!strategy) throw new Error('no strategy')
    return { record: this.record, strategy }
  }
}

const backoff = { firstMs: 100, maxMs: 100, resetAfterMs: 1_000 }
const worker = { id: 'w', src: 'worker', backoff }

/** A supervisor whose child `w` is in this state. */
const states: Readonly<Record<string, (supervised: Supervised) => void>> = {
  running: (supervised) => supervised.begun('w'),
  restarting: (supervised) => supervised.report('w', 'crash'),
  stopped: (supervised) => void supervised.ask({ kind: 'terminateChild', child: 'w' }),
  starting: (supervised) => {
    supervised.ask({ kind: 'terminateChild', child: 'w' })
    supervised.ask({ kind: 'restartChild', child: 'w' })
  },
  unknown: (supervised) => {
    supervised.ask({ kind: 'terminateChild', child: 'w' })
    supervised.ask({ kind: 'deleteChild', child: 'w' })
  },
}

describe('a request about a child', () => {
  const table: [string, SupervisorRequest['kind'], string, string[]][] = [
    ['running', 'startChild', 'already_started', []],
    ['starting', 'startChild', 'already_started', []],
    ['restarting', 'startChild', 'already_present', []],
    ['stopped', 'startChild', 'already_present', []],
    ['unknown', 'startChild', 'waits', ['start w']],
    ['running', 'terminateChild', 'ok', ['stop w', 'forget w']],
    ['starting', 'terminateChild', 'ok', ['stop w', 'forget w']],
    ['restarting', 'terminateChild', 'ok', ['stop w', 'forget w']],
    ['stopped', 'terminateChild', 'ok', ['forget w']],
    ['unknown', 'terminateChild', 'not_found', []],
    ['running', 'restartChild', 'running', []],
    ['starting', 'restartChild', 'running', []],
    ['restarting', 'restartChild', 'restarting', []],
    ['stopped', 'restartChild', 'waits', ['start w']],
    ['unknown', 'restartChild', 'not_found', []],
    ['running', 'deleteChild', 'running', []],
    ['starting', 'deleteChild', 'running', []],
    ['restarting', 'deleteChild', 'restarting', []],
    ['stopped', 'deleteChild', 'ok', ['forget w']],
    ['unknown', 'deleteChild', 'not_found', []],
  ]

  it.each(table)('that is %s: %s is answered %s', (state, kind, answer, orders) => {
    const supervised = new Supervised({ intensity: 5, children: [worker] })
    states[state]?.(supervised)
    const request =
      kind === 'startChild' ? { kind, given: worker } : ({ kind, child: 'w' } as SupervisorRequest)
    const before = supervised.record.supervision
    const { reply, orders: given } = supervised.ask(request)
    const said = reply === undefined ? 'waits' : reply.ok ? 'ok' : reply.error.code
    expect([said, given]).toEqual([answer, orders])
    if (said !== 'ok' && said !== 'waits') expect(supervised.record.supervision).toBe(before)
  })

  it.each([
    ['running', 's.w', 1],
    ['restarting', 'restarting', 0],
    ['stopped', null, 0],
    ['starting', null, 0],
  ])('that is %s is shown as %s', (state, child, active) => {
    const supervised = new Supervised({ intensity: 5, children: [worker] })
    states[state]?.(supervised)
    const row = { id: 'w', child, type: 'worker', src: 'worker' }
    expect(whichChildren(supervised.view)).toEqual([row])
    expect(whichChild(supervised.view, 'w')).toEqual(row)
    expect(countChildren(supervised.view)).toEqual({ specs: 1, active, supervisors: 0, workers: 1 })
    expect(getChildSpec(supervised.view, 'w')).toMatchObject({ id: 'w', src: 'worker', restart: 'permanent' })
  })

  it.each(['', 's.w', 'W', 'constructor', '__proto__'])('that never was is not found: %j', (name) => {
    const supervised = new Supervised({ children: [worker] })
    for (const kind of ['terminateChild', 'restartChild', 'deleteChild'] as const)
      expect(supervised.ask({ kind, child: name })).toMatchObject({
        reply: { ok: false, error: { code: 'not_found' } },
        orders: [],
      })
    expect([whichChild(supervised.view, name), getChildSpec(supervised.view, name)]).toEqual([
      undefined,
      undefined,
    ])
  })
})

describe('a request about a child of simple_one_for_one', () => {
  const open = (count: number) => {
    const supervised = new Supervised({
      strategy: 'simple_one_for_one',
      children: [{ ...worker, input: { a: 1 } }],
    })
    for (let at = 0; at < count; at += 1) supervised.ask({ kind: 'startChild', given: { b: at } })
    return supervised
  }

  it('starts each with the input of the template and the given one', () => {
    const supervised = open(2)
    const inputs = [...supervised.record.supervision.children].map(([id, { input }]) => [id, input])
    expect(new Map(inputs as [string, unknown][])).toEqual(
      new Map([
        ['w:0', { a: 1, b: 0 }],
        ['w:1', { a: 1, b: 1 }],
      ]),
    )
    expect(countChildren(supervised.view)).toMatchObject({ specs: 1, workers: 2 })
  })

  it.each(['s.w:0', 's.w:1'])('terminates %s by its address, and again when it is gone', (child) => {
    const supervised = open(2)
    expect(supervised.ask({ kind: 'terminateChild', child })).toMatchObject({ reply: { ok: true } })
    expect(supervised.ask({ kind: 'terminateChild', child })).toMatchObject({
      reply: { ok: true },
      orders: [],
    })
    expect(supervised.record.supervision.children.size).toBe(1)
  })

  it.each([
    's.w:2',
    's.w:',
    's.w:-1',
    's.w:0.5',
    's.w: 1',
    's.w:1e0',
    's.w:0x1',
    's.x:0',
    't.w:0',
    's.w',
    's.w:00',
  ])('does not find %j, which never was a child', (child) => {
    expect(open(2).ask({ kind: 'terminateChild', child }).reply).toMatchObject({
      error: { code: 'not_found' },
    })
  })

  it.each(['w:0', 'w', ''])('refuses the id %j: its children have addresses only', (child) => {
    for (const kind of ['terminateChild', 'restartChild', 'deleteChild'] as const)
      expect(open(2).ask({ kind, child }).reply).toMatchObject({ error: { code: 'simple_one_for_one' } })
  })
})
