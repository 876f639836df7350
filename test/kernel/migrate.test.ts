// A stored record and a later version of its definition: every way to refuse it, and for random states before and after,
// exactly the work of the states that are left ends and that of the states that are entered begins.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromPromise, setup } from 'xstate'
import {
  type ActorDefinition,
  type ActorRecord,
  advance,
  defineActor,
  migrated,
  newRecord,
} from '../../kernel/index.ts'

const PLACES = ['idle', 'busy', 'calm', 'late'] as const
const REGIONS = ['left', 'right'] as const
type Place = (typeof PLACES)[number]
type Value = Record<(typeof REGIONS)[number], Place>

/** Two regions with the same states: some run an invocation, some a timer, some both. */
const machine = setup({
  types: {} as { context: { n: number }; events: { type: string } },
  actors: { work: fromPromise<null, unknown>(async () => null) },
  delays: { soon: 5_000, later: () => 9_000 },
}).createMachine({
  id: 'm',
  context: { n: 0 },
  type: 'parallel',
  states: Object.fromEntries(
    REGIONS.map((region) => [
      region,
      {
        initial: 'idle',
        on: Object.fromEntries(PLACES.map((place) => [`${region}.${place}`, `.${place}`])),
        states: {
          idle: {},
          busy: { invoke: { src: 'work' as const, id: `${region}-busy`, input: { by: 'busy' } } },
          calm: { after: { soon: 'idle' } },
          late: {
            invoke: { src: 'work' as const, id: `${region}-late` },
            after: { later: 'idle', 100: 'idle' },
          },
        },
      },
    ]),
  ),
})

const INVOKED: Record<Place, string[]> = { idle: [], busy: ['busy'], calm: [], late: ['late'] }
const TIMED: Record<Place, [delay: string, ms: number][]> = {
  idle: [],
  busy: [],
  calm: [['soon', 5_000]],
  late: [
    ['later', 9_000],
    ['100', 100],
  ],
}

const one = defineActor({ kind: 'm', machine })
const identity = { address: 'm', kind: 'm', version: 1, parent: null, id: 'm', birth: '0', incarnation: 1 }

/** The record of an actor that was brought to these states at time 0. */
function recordIn(value: Value, definition: ActorDefinition = one): ActorRecord {
  let record = newRecord(identity)
  const take = (message: Parameters<typeof advance>[2]['message']): void => {
    record = advance(definition, record, { sequence: record.sequence + 1, at: 0, message })?.record ?? record
  }
  take({ kind: 'started', input: null })
  for (const [number, region] of REGIONS.entries()) {
    const event = { type: `${region}.${value[region]}` }
    take({ kind: 'mail', id: `${number}`, from: null, streamSequence: number + 1, event })
  }
  return record
}

type Migrate = NonNullable<ActorDefinition['migrate']>
const version = (number: number, migrate?: Migrate): ActorDefinition =>
  defineActor({ kind: 'm', version: number, machine, ...(migrate && { migrate }) })

const idle: Value = { left: 'idle', right: 'idle' }

describe('a stored record', () => {
  const bad = (change: (snapshot: Record<string, unknown>) => unknown): ActorDefinition =>
    version(2, (snapshot) => change(snapshot as never) as never)
  const refusals: [string, ActorDefinition | undefined, Partial<ActorRecord>, string, RegExp][] = [
    ['of a kind that is not known', undefined, {}, 'unknown_kind', /does not know the kind 'm'/],
    ['of a newer version', one, { version: 3 }, 'newer_version', /version 3, here m has version 1/],
    ['without a migration', version(2), {}, 'no_migration', /give m a migrate/],
    [
      'whose migration throws',
      bad(() => {
        throw new Error('no way')
      }),
      {},
      'failed_migration',
      /its migrate threw: no way/,
    ],
    ['migrated to nothing', bad(() => null), {}, 'failed_migration', /it is null/],
    ['migrated to a text', bad(() => 'x'), {}, 'failed_migration', /it is x/],
    [
      'migrated without a context',
      bad((s) => ({ ...s, context: 1 })),
      {},
      'failed_migration',
      /context is not/,
    ],
    [
      'migrated to no status',
      bad((s) => ({ ...s, status: 'gone' })),
      {},
      'failed_migration',
      /status is gone/,
    ],
    [
      'migrated to what cannot be stored',
      bad((s) => ({ ...s, context: { at: new Date() } })),
      {},
      'failed_migration',
      /context\.at/,
    ],
    [
      'migrated to a state that is not there',
      bad((s) => ({ ...s, value: { left: 'gone', right: 'idle' } })),
      {},
      'failed_migration',
      /no state \{"left":"gone"/,
    ],
    [
      'in a state that is not there, of the same version',
      one,
      { snapshot: { status: 'active', value: 'gone', context: {} } },
      'unknown_state',
      /no state "gone".*higher version/,
    ],
  ]

  it.each(refusals)('%s is refused', (_, definition, fields, code, reason) => {
    const record = { ...recordIn(idle), ...fields }
    const before = JSON.stringify(record)
    const refused = { kind: 'refused', code, reason: expect.stringMatching(reason) }
    expect(migrated(definition, record, 0)).toEqual(refused)
    expect(JSON.stringify(record)).toBe(before)
  })

  const current: [string, ActorDefinition | undefined, Partial<ActorRecord>][] = [
    ['of this version', one, {}],
    ['that ended, of an older version', version(2), { exit: { reason: 'normal' } }],
    ['that ended, of a newer version', one, { version: 9, exit: { reason: 'normal' } }],
    ['that ended, of a kind that is not known', undefined, { exit: { reason: 'normal' } }],
    [
      'that is done, in a state that is not there',
      one,
      { snapshot: { status: 'done', value: 'x', context: {} } },
    ],
    ['that never began, whatever its state', one, { sequence: 0, snapshot: newRecord(identity).snapshot }],
  ]
  it.each(current)('%s stays as it is', (_, definition, fields) => {
    expect(migrated(definition, { ...recordIn(idle), ...fields }, 0)).toEqual({ kind: 'current' })
  })

  it('that crashed is migrated: it may be started again', () => {
    const record: ActorRecord = { ...recordIn(idle), exit: { reason: 'crash' } }
    expect(migrated(version(2), record, 0)).toMatchObject({ code: 'no_migration' })
    expect(
      migrated(
        version(2, (snapshot) => snapshot),
        record,
        0,
      ),
    ).toMatchObject({ kind: 'migrated' })
  })

  it('that never began is migrated without its migration', () => {
    const never = bad(() => {
      throw new Error('it was asked')
    })
    const result = migrated(never, newRecord(identity), 0)
    expect(result).toMatchObject({ kind: 'migrated', advanced: { record: { version: 2, sequence: 0 } } })
  })

  it('is given to its migration with the version that wrote it', () => {
    const asked: unknown[] = []
    const definition = version(5, (snapshot, from) => {
      asked.push([snapshot.value, from])
      return { ...snapshot, context: { n: 7 } }
    })
    const record = { ...recordIn({ left: 'busy', right: 'idle' }), version: 3 }
    const result = migrated(definition, record, 0)
    expect(asked).toEqual([[record.snapshot.value, 3]])
    expect(result).toMatchObject({ advanced: { record: { version: 5, snapshot: { context: { n: 7 } } } } })
  })
})

describe('a migration', () => {
  const place = fc.constantFrom(...PLACES)
  const value = fc.record({ left: place, right: place })

  it('ends the work of states that are left, begins that of entered ones, and leaves the rest alone', () => {
    fc.assert(
      fc.property(value, value, fc.integer({ min: 0, max: 1e12 }), (before, after, now) => {
        const record = recordIn(before)
        const result = migrated(
          version(2, (snapshot) => ({ ...snapshot, value: after })),
          record,
          now,
        )
        if (result.kind !== 'migrated') throw new Error(JSON.stringify(result))
        const { record: next, outbox, alarms } = result.advanced
        expect(next.snapshot.value).toEqual(after)
        const [kept, begun, left]: [string[], string[], string[]] = [[], [], []]
        const timers: Record<string, number> = {}
        for (const region of REGIONS) {
          const stays = before[region] === after[region]
          const named = (each: string): string => `${region}-${each}`
          ;(stays ? kept : begun).push(...INVOKED[after[region]].map(named))
          if (!stays) left.push(...INVOKED[before[region]].map(named))
          for (const [delay, ms] of TIMED[after[region]])
            timers[`xstate.after.${delay}.m.${region}.${after[region]}`] = stays ? ms : now + ms
        }
        expect(Object.keys(next.invocations).toSorted()).toEqual([...kept, ...begun].toSorted())
        for (const id of kept) expect(next.invocations[id]).toBe(record.invocations[id])
        for (const id of begun) expect(next.invocations[id]).toMatch(/!v2$/)
        const formerKeys = left.map((id) => record.invocations[id])
        expect(outbox.remove.toSorted()).toEqual(formerKeys.toSorted())
        expect(outbox.add.map(({ effect }) => 'id' in effect && effect.id).toSorted()).toEqual(
          begun.toSorted(),
        )
        expect(outbox.add.map(({ key }) => key).toSorted()).toEqual(
          begun.map((id) => next.invocations[id]).toSorted(),
        )
        const own = Object.entries(next.alarms).filter(([id]) => id.startsWith('xstate.after.'))
        expect(Object.fromEntries(own)).toEqual(timers)
        const deadlines = Object.keys(next.alarms).filter((id) => id.startsWith('canopy.deadline.'))
        expect(deadlines.toSorted()).toEqual(
          [...kept, ...begun].map((id) => `canopy.deadline.${id}`).toSorted(),
        )
        // The stored timers are those of the record.
        for (const { id, deadline } of alarms.set) expect(next.alarms[id]).toBe(deadline)
        for (const id of alarms.cancelled.filter((each) => !alarms.set.some((set) => set.id === each)))
          expect(next.alarms[id]).toBeUndefined()
      }),
      { numRuns: 300 },
    )
  })

  it('gives a record that this version can step on from', () => {
    fc.assert(
      fc.property(value, value, (before, after) => {
        const definition = version(2, (snapshot) => ({ ...snapshot, value: after }))
        const result = migrated(definition, recordIn(before), 0)
        if (result.kind !== 'migrated') throw new Error(result.kind)
        const { record } = result.advanced
        expect(migrated(definition, record, 0)).toEqual({ kind: 'current' })
        const stored = { ...record, snapshot: JSON.parse(JSON.stringify(record.snapshot)) }
        for (const [invocation, key] of Object.entries(record.invocations)) {
          const message = {
            kind: 'outcome',
            key,
            invocation,
            outcome: { kind: 'done', output: null },
          } as const
          const next = advance(definition, stored, { sequence: stored.sequence + 1, at: 0, message })
          expect(next?.record.invocations).not.toHaveProperty(invocation)
        }
        for (const [id, deadline] of Object.entries(record.alarms)) {
          if (!id.startsWith('xstate.after.')) continue
          const message = { kind: 'alarm', id, deadline, event: { type: id } } as const
          const next = advance(definition, stored, { sequence: stored.sequence + 1, at: 0, message })
          expect(JSON.stringify(next?.record.snapshot.value)).not.toBe(JSON.stringify(after))
        }
      }),
      { numRuns: 100 },
    )
  })
})
