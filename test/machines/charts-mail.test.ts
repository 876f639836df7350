// The mail of all charts, on every path of their walks: each letter is one that its receiver's schema accepts and that the
// table of permissions allows; a message that comes twice changes nothing; each step is the same from the store.

import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import {
  type ActorDefinition,
  type ActorOptions,
  type ActorRecord,
  type AdvanceResult,
  advance,
  defineActor,
  type Event,
  type Message,
  machineCoverage,
  newRecord,
  type OutboxEntry,
  sampleEvents,
  type WalkPath,
} from '../../kernel/index.ts'
import {
  agentActor,
  budgetActor,
  integratorActor,
  orchestratorActor,
  type Party,
  permissions,
  poolActor,
  supervisorActor,
  systemActor,
  taskActor,
  workerActor,
} from '../../machines/index.ts'
import { walks } from './walks.ts'

const schemas: Partial<Record<Party, z.core.$ZodType>> = {
  agent: agentActor.events,
  budget: budgetActor.events,
  integrator: integratorActor.events,
  orchestrator: orchestratorActor.events,
  pool: poolActor.events,
  supervisor: supervisorActor.events,
  system: systemActor.events,
  task: taskActor.events,
  worker: workerActor.events,
}

/** The addresses that the walks use. */
const ADDRESSES: readonly (readonly [RegExp, Party])[] = [
  [/^(p|pool|system\.pool)$/, 'pool'],
  [/^(budget|system\.budget)$/, 'budget'],
  [/^(i|o\.integrator|t\.integrator)$/, 'integrator'],
  [/^(o|a\.orchestrator:.*|.*\.orchestrator:[^.]+)$/, 'orchestrator'],
  [/^(tasks\..*|t|.*\.task:[^.]+)$/, 'task'],
  [/^(pool\.worker:\d+|.*\.worker:\d+)$/, 'worker'],
  [/^(agent|x)$/, 'agent'],
  [/^(a\.supervisor|system\.supervisor)$/, 'supervisor'],
]

function partyOf(address: string): Party {
  const [, party] = ADDRESSES.find(([pattern]) => pattern.test(address)) ?? []
  if (party === undefined) throw new Error(`no party lives at ${address}`)
  return party
}

/** An actor whose messages are those of a path through its chart. */
class Walked {
  record: ActorRecord
  readonly added: OutboxEntry[] = []
  readonly definition: ActorDefinition
  #number = 0

  constructor(definition: ActorDefinition, path: WalkPath) {
    this.definition = definition
    const { kind, version } = definition
    // As it names itself in its context, where it has a name.
    const { address = kind } = (path.input ?? {}) as { address?: string }
    const identity = { address, kind, version, parent: 'above', id: kind, birth: '0', incarnation: 1 }
    this.record = newRecord(identity)
    this.take({ kind: 'started', input: path.input })
    for (const event of path.events) {
      const message = this.messageFor(event)
      if (message) this.take(message)
    }
  }

  take(message: Message): AdvanceResult | undefined {
    const { sequence } = this.record
    // Time passes, so that a timer that is set again has another deadline.
    const entry = { sequence: sequence + 1, at: 5_000 + sequence, message }
    const advanced = advance(this.definition, this.record, entry)
    const snapshot = JSON.parse(JSON.stringify(this.record.snapshot), revived(this.record.snapshot))
    const again = advance(this.definition, { ...this.record, snapshot }, entry)
    expect(JSON.stringify(again)).toBe(JSON.stringify(advanced))
    if (!advanced) return undefined
    this.record = advanced.record
    this.added.push(...advanced.outbox.add)
    if (message.kind !== 'started' && message.kind !== 'refused') {
      const later = { ...entry, sequence: this.record.sequence + 1 }
      expect(advance(this.definition, this.record, later), 'the same message again').toBeUndefined()
    }
    return advanced
  }

  /** How an event of the walk reaches an actor; undefined when nothing of it is there any more. */
  messageFor(event: Event): Message | undefined {
    const [, end, id = ''] = /^xstate\.(done|error)\.actor\.(.*)$/s.exec(event.type) ?? []
    if (end !== undefined) return this.#endOf(end, id, event)
    if (event.type.startsWith('xstate.after.')) {
      const deadline = this.record.alarms[event.type]
      return deadline === undefined ? undefined : { kind: 'alarm', id: event.type, deadline, event }
    }
    if (event.type === 'canopy.refused') {
      const { to, event: lost, reason } = event as unknown as { to: string; event: Event; reason: string }
      this.#number += 1
      return { kind: 'refused', key: `none/${this.#number}`, to, event: lost, reason }
    }
    this.#number += 1
    const from = { address: 'sender', birth: '0', number: this.#number }
    return { kind: 'mail', id: `${this.#number}`, from, streamSequence: this.#number, event }
  }

  #endOf(end: string, id: string, event: Event): Message | undefined {
    const key = this.record.invocations[id]
    if (key !== undefined) {
      const error = event.error as { message: string }
      const outcome =
        end === 'done' ? { kind: 'done' as const, output: event.output } : { kind: 'failed' as const, error }
      return { kind: 'outcome', key, invocation: id, outcome }
    }
    const child = this.record.supervision.children.get(id)
    if (!child) return undefined
    const { incarnation, birth } = child
    const exit =
      end === 'done'
        ? { reason: 'normal' as const, output: event.output }
        : { reason: 'crash' as const, error: event.error as { message: string } }
    return { kind: 'exited', child: id, incarnation, birth, exit }
  }
}

/** A context's persistent maps stay what they are: the store keeps them, and only plain values become JSON. */
function revived({ context }: ActorRecord['snapshot']) {
  return function (this: unknown, key: string, value: unknown): unknown {
    const own = context[key]
    const isMap = typeof own === 'object' && own !== null && 'trie' in own
    return isMap &&
      typeof this === 'object' &&
      this !== null &&
      Object.keys(this).join() === Object.keys(context).join()
      ? own
      : value
  }
}

const definitions = new Map<string, ActorDefinition>(
  walks.map(([actor]) => [actor.kind, defineActor(actor as ActorOptions)]),
)

/** Limits keep this quick; every path that the walk found is shorter than its share of the work. */
const MAX_PATHS = 60

describe.each(walks.map(([actor, options]) => [actor.kind, actor, options] as const))(
  '%s',
  (kind, actor, options) => {
    const definition = definitions.get(kind)
    if (!definition) throw new Error(`no definition of ${kind}`)
    const paths = machineCoverage(actor, options).paths.slice(0, MAX_PATHS)
    let walked: readonly Walked[] = []

    it('is stepped alike from memory and from its store, and takes no message twice', () => {
      walked = paths.map((path) => new Walked(definition, path))
      expect(walked.length).toBeGreaterThan(1)
    })

    it('sends mail that its receiver accepts and may have from it', () => {
      const allowed = permissions.filter(({ from }) => from === kind)
      for (const { effect } of walked.flatMap(({ added }) => added)) {
        if (effect.kind !== 'mail') continue
        const { to, event } = effect
        const party = partyOf(to)
        const said = `${event.type} to ${party}`
        expect(
          allowed.some((row) => row.to === party && row.events.includes(event.type)),
          said,
        ).toBe(true)
        const schema = schemas[party]
        if (schema) expect(z.safeParse(schema, event), said).toMatchObject({ success: true })
      }
    })

    it('gives each of its effects a key of its own', () => {
      for (const { added } of walked) {
        const keys = added.map(({ key }) => key)
        expect(new Set(keys).size).toBe(keys.length)
      }
    })

    it('has, at the end of each path, only timers and invocations of its present states', () => {
      for (const { record } of walked) {
        if (record.exit) expect([record.alarms, record.invocations]).toEqual([{}, {}])
        const deadlines = Object.keys(record.alarms).filter((id) => id.startsWith('canopy.deadline.'))
        const running = Object.keys(record.invocations).map((id) => `canopy.deadline.${id}`)
        expect(deadlines.toSorted()).toEqual(running.toSorted())
      }
    })

    it('does not crash when the senders of a path say all of it again', () => {
      for (const [at, { events }] of paths.entries()) {
        const again = walked[at]
        for (const event of events) {
          const message = again?.messageFor(event)
          if (message) again?.take(message)
        }
      }
    })
  },
)

describe('the schema of an actor’s mail', () => {
  const actors = Object.entries(schemas)

  it.each(actors)('of the %s has a sample of each event, which it accepts', (_, schema) => {
    const samples = sampleEvents(schema)
    expect(samples.length).toBeGreaterThan(0)
    for (const each of samples) expect(z.safeParse(schema, each).success, each.type).toBe(true)
  })

  it.each(actors)(
    'of the %s refuses an event without a type, of another type, and what is no event',
    (_, schema) => {
      const [sample] = sampleEvents(schema)
      const { type: _type, ...untyped } = sample ?? { type: '' }
      const wrong = [
        untyped,
        { ...sample, type: 'DANCE' },
        { ...sample, type: 7 },
        null,
        [],
        'PAUSE',
        5,
        [sample],
      ]
      for (const each of wrong) expect(z.safeParse(schema, each).success, JSON.stringify(each)).toBe(false)
    },
  )

  it.each(actors)(
    'of the %s refuses an event with a required field left out or of a wrong type',
    (_, schema) => {
      for (const sample of sampleEvents(schema)) {
        for (const field of Object.keys(sample)) {
          const { [field]: value, ...rest } = sample as Record<string, unknown>
          // A field of any value may also be left out.
          if (field === 'answer') continue
          expect(z.safeParse(schema, rest).success, `${sample.type} without ${field}`).toBe(false)
          const wrong = typeof value === 'object' && value !== null ? 'text' : { wrong: true }
          expect(
            z.safeParse(schema, { ...rest, [field]: wrong }).success,
            `${sample.type} with ${field}`,
          ).toBe(false)
        }
      }
    },
  )

  it.each(actors)('of the %s drops fields that it does not know, or refuses them', (_, schema) => {
    for (const sample of sampleEvents(schema)) {
      const parsed = z.safeParse(schema, { ...sample, surprise: { deep: [1] } })
      if (parsed.success) expect(parsed.data).not.toHaveProperty('surprise')
    }
  })

  it('knows each event that somebody is permitted to send to its actor', () => {
    for (const { to, events } of permissions) {
      const schema = schemas[to]
      if (!schema) continue
      const known = new Set(sampleEvents(schema).map(({ type }) => type))
      for (const event of events) expect(known.has(event), `${event} to ${to}`).toBe(true)
    }
  })

  it('has no event that nobody is permitted to send', () => {
    for (const [party, schema] of actors) {
      const sent = new Set(permissions.filter(({ to }) => to === party).flatMap(({ events }) => events))
      for (const { type } of sampleEvents(schema)) expect(sent.has(type), `${type} to ${party}`).toBe(true)
    }
  })
})
