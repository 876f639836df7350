// What a supervisor is asked to start: a wrong spec is refused with its code and the value in it, and changes nothing; a
// right one is stored with every default.

import { describe, expect, it } from 'vitest'
import {
  type ActorRecord,
  advance,
  defineSupervisor,
  newRecord,
  type SupervisorReply,
  type SupervisorRequest,
} from '../../kernel/index.ts'

const identity = { address: 's', kind: 's', version: 1, parent: null, id: 's', birth: '0', incarnation: 1 }

class Asked {
  record: ActorRecord = newRecord(identity)
  readonly #definition: ReturnType<typeof defineSupervisor>

  constructor(init: object = { children: [] }) {
    this.#definition = defineSupervisor({ kind: 's', init } as never)
    this.#take({ kind: 'started', input: null })
  }

  /** The answer; undefined while it waits for the start. */
  ask(request: SupervisorRequest): SupervisorReply | undefined {
    return this.#take({ kind: 'call', id: `${this.record.sequence}`, request })?.replies[0]?.reply
  }

  start(given: unknown): SupervisorReply | undefined {
    return this.ask({ kind: 'startChild', given })
  }

  #take(message: Parameters<typeof advance>[2]['message']) {
    const sequence = this.record.sequence + 1
    const advanced = advance(this.#definition, this.record, { sequence, at: 0, message })
    if (advanced) this.record = advanced.record
    return advanced
  }
}

const worker = { id: 'w', src: 'worker' }

describe('a child spec', () => {
  const wrong: [string, unknown, string, RegExp][] = [
    ['that is nothing', null, 'invalid_child_spec', /must be an object: null/],
    ['that is a list', [worker], 'invalid_child_spec', /must be an object: \[/],
    ['that is a text', 'w', 'invalid_child_spec', /"w"/],
    ['without an id', { src: 'worker' }, 'missing_id', /needs an id/],
    ['whose id is a number', { ...worker, id: 7 }, 'invalid_id', /child id 7/],
    ['whose id is empty', { ...worker, id: '' }, 'invalid_id', /child id ""/],
    ['whose id is two tokens', { ...worker, id: 'a.b' }, 'invalid_id', /"a\.b"/],
    ['whose id is a wildcard', { ...worker, id: '*' }, 'invalid_id', /"\*"/],
    ['without a kind', { id: 'w' }, 'missing_start', /child w needs src/],
    ['whose kind is no text', { ...worker, src: {} }, 'invalid_start', /src \{\}/],
    ['restarted in a way that is none', { ...worker, restart: 'always' }, 'invalid_restart_type', /restart/],
    ['significant in words', { ...worker, significant: 'yes' }, 'invalid_significant', /significant/],
    ['with a negative time to stop', { ...worker, shutdown: -1 }, 'invalid_shutdown', /shutdown/],
    ['with half a millisecond to stop', { ...worker, shutdown: 0.5 }, 'invalid_shutdown', /shutdown/],
    ['of a type that is none', { ...worker, type: 'job' }, 'invalid_child_type', /type/],
    ['that resumes from a place that is none', { ...worker, resume: 'backup' }, 'invalid_resume', /resume/],
    ['whose pause is a number', { ...worker, backoff: 5 }, 'invalid_backoff', /backoff/],
    ['whose first pause is none', { ...worker, backoff: { firstMs: 0 } }, 'invalid_backoff', /backoff/],
    ['that is significant for nobody', { ...worker, significant: true }, 'bad_combination', /autoShutdown/],
  ]

  it.each(wrong)('%s is refused', (_, given, code, message) => {
    const asked = new Asked()
    const before = JSON.stringify(asked.record.supervision)
    const error = { code, message: expect.stringMatching(message) }
    expect(asked.start(given)).toMatchObject({ ok: false, error })
    expect(JSON.stringify(asked.record.supervision)).toBe(before)
    expect(asked.start(worker)).toBeUndefined()
  })

  it('is refused as permanent and significant', () => {
    const asked = new Asked({ autoShutdown: 'any_significant', children: [] })
    expect(asked.start({ ...worker, significant: true })).toMatchObject({
      error: { code: 'bad_combination', message: expect.stringMatching(/always restarted/) },
    })
    expect(asked.start({ ...worker, significant: true, restart: 'transient' })).toBeUndefined()
  })

  const right: [object, object][] = [
    [{}, { restart: 'permanent', significant: false, shutdown: 5_000, type: 'worker', resume: 'snapshot' }],
    [{ type: 'supervisor' }, { type: 'supervisor', shutdown: 'infinity' }],
    [
      { type: 'supervisor', shutdown: 0 },
      { type: 'supervisor', shutdown: 0 },
    ],
    [
      { shutdown: 'brutal_kill', restart: 'temporary' },
      { shutdown: 'brutal_kill', restart: 'temporary' },
    ],
    [
      { resume: 'input', restart: undefined },
      { resume: 'input', restart: 'permanent' },
    ],
    [{ id: 'a:1_b/c~d=-' }, { restart: 'permanent' }],
  ]
  it.each(right)('%j is stored as %j', (fields, spec) => {
    const asked = new Asked()
    const given = { ...worker, ...fields }
    expect(asked.start(given)).toBeUndefined()
    expect(asked.record.supervision.children.get(given.id)?.spec).toMatchObject(spec)
  })
})

describe('new flags and children of a running supervisor', () => {
  const wrong: [string, unknown, string][] = [
    ['that are no object', 7, 'invalid_type'],
    ['without a list of children', { children: worker }, 'invalid_children'],
    ['without children', {}, 'invalid_children'],
    ['with a strategy that is none', { strategy: 'two_for_one', children: [] }, 'invalid_strategy'],
    ['with half a restart', { intensity: 0.5, children: [] }, 'invalid_intensity'],
    ['with no period', { period: 0, children: [] }, 'invalid_period'],
    ['with an end that is none', { autoShutdown: 'maybe', children: [] }, 'invalid_auto_shutdown'],
    ['with two children of one id', { children: [worker, worker] }, 'duplicate_child_name'],
    ['with a child that is wrong', { children: [worker, { id: 'x' }] }, 'missing_start'],
    [
      'of another shape of supervisor',
      { strategy: 'simple_one_for_one', children: [worker] },
      'bad_combination',
    ],
    ['with two templates', { strategy: 'simple_one_for_one', children: [worker, worker] }, 'bad_start_spec'],
  ]

  it.each(wrong)('%s are refused, and nothing is changed', (_, given, code) => {
    const asked = new Asked({ intensity: 3, children: [worker] })
    const before = JSON.stringify([asked.record.supervision, [...asked.record.supervision.children]])
    expect(asked.ask({ kind: 'change', given })).toMatchObject({ ok: false, error: { code } })
    expect(JSON.stringify([asked.record.supervision, [...asked.record.supervision.children]])).toBe(before)
  })

  it('keep running children with their new specs, add new ones stopped, and keep those that are left out', () => {
    const asked = new Asked({ children: [worker, { id: 'old', src: 'worker' }] })
    const birth = asked.record.supervision.children.get('w')?.birth
    const children = [
      { id: 'new', src: 'other' },
      { ...worker, restart: 'transient' },
    ]
    expect(asked.ask({ kind: 'change', given: { strategy: 'rest_for_one', children } })).toMatchObject({
      ok: true,
    })
    const rows = [...asked.record.supervision.children].map(([, child]) => child)
    const inOrder = rows.toSorted((one, other) => one.order - other.order)
    expect(inOrder.map(({ id, state }) => [id, state])).toEqual([
      ['new', 'stopped'],
      ['w', expect.not.stringMatching('stopped')],
      ['old', expect.not.stringMatching('stopped')],
    ])
    expect(inOrder[1]).toMatchObject({ birth, spec: { restart: 'transient' } })
  })
})
