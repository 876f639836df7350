// Migrate
//
// Owns:   migrating a record of an older version of its definition to the current version, or refusing it with a
//         reason.
// Leaves: writing it (the commit starts a new journal for the actor), deciding when to migrate (actors/).
//
// An unknown kind, a newer version, an older version without `migrate` and a state that the chart does not have are
// refused; the record then stays unchanged.
//
// Invocations and timers of states that no longer exist are dropped. States that the migration enters start their
// invocations and timers, but do not run their entry actions.
//
// The children, sender positions and mail numbers in the record do not depend on the version.

import type { AnyMachineSnapshot, AnyStateNode } from 'xstate'
import type { ActorRecord, Snapshot } from '../step/actor-record.ts'
import { childId } from '../step/child-id.ts'
import { type AdvanceResult, RecordDraft } from '../step/draft.ts'
import { failure } from '../step/failure.ts'
import { type Request, revive } from '../step/step.ts'
import type { ActorDefinition } from './actor-definition.ts'
import { unstorable } from './storable.ts'

/**
 * Why a stored record cannot be used by this program: it knows no such kind, a newer version wrote it, `migrate` is missing or threw, or
 * the chart has no such state.
 */
export type RefusedMigration =
  | 'unknown_kind'
  | 'newer_version'
  | 'no_migration'
  | 'failed_migration'
  | 'unknown_state'

/** The result of `migrated`. */
export type MigrationResult =
  /** The record has the current version, or its actor has ended. */
  | { readonly kind: 'current' }
  | { readonly kind: 'migrated'; readonly advanced: AdvanceResult }
  | { readonly kind: 'refused'; readonly code: RefusedMigration; readonly reason: string }

/** Migrates a stored record to this program's version. `now`: the start of timers that were not set before. */
export function migrated(
  definition: ActorDefinition | undefined,
  record: ActorRecord,
  now: number,
): MigrationResult {
  const { kind, version } = record
  if (record.exit?.reason === 'normal') return { kind: 'current' }
  if (!definition) {
    return refused(record, undefined, 'unknown_kind', `this program does not know the kind '${kind}'`)
  }
  if (version > definition.version) {
    return refused(record, definition, 'newer_version', 'a newer program wrote it: run the newer program')
  }
  if (version < definition.version) return older(definition, record, now)
  const fault = stateFault(definition, record.snapshot, record.sequence)
  if (fault === undefined) return { kind: 'current' }
  const wayOut = `give ${kind} a higher version and a migrate that knows the state, or run the program that wrote it`
  return refused(record, definition, 'unknown_state', `${fault}; ${wayOut}`)
}

function older(definition: ActorDefinition, record: ActorRecord, now: number): MigrationResult {
  const { kind, version } = record
  if (!definition.migrate) {
    const wayOut = `give ${kind} a migrate(snapshot, fromVersion), or run the program that wrote it`
    return refused(record, definition, 'no_migration', wayOut)
  }
  let snapshot: Snapshot
  try {
    // An actor that never started has no snapshot yet.
    snapshot = record.sequence === 0 ? record.snapshot : definition.migrate(record.snapshot, version)
  } catch (error) {
    return refused(record, definition, 'failed_migration', `its migrate threw: ${failure(error).message}`)
  }
  const fault = shapeFault(snapshot) ?? stateFault(definition, snapshot, record.sequence)
  if (fault !== undefined) {
    return refused(
      record,
      definition,
      'failed_migration',
      `its migrate returned something that is not a snapshot: ${fault}`,
    )
  }
  return { kind: 'migrated', advanced: broughtOn(definition, record, snapshot, now) }
}

function refused(
  { address, kind, version }: ActorRecord,
  definition: ActorDefinition | undefined,
  code: RefusedMigration,
  reason: string,
): MigrationResult {
  const here = definition ? `, here ${kind} has version ${definition.version}` : ''
  return {
    kind: 'refused',
    code,
    reason: `${address}: stored as ${kind} version ${version}${here}; ${reason}`,
  }
}

function shapeFault(snapshot: Snapshot): string | undefined {
  if (typeof snapshot !== 'object' || snapshot === null) return `it is ${String(snapshot)}`
  const { context, status } = snapshot
  if (typeof context !== 'object' || context === null) return 'its context is not an object'
  if (!['active', 'done', 'error', 'stopped'].includes(status)) return `its status is ${String(status)}`
  return unstorable(context, undefined, 'context')
}

function stateFault({ machine }: ActorDefinition, snapshot: Snapshot, sequence: number): string | undefined {
  if (sequence === 0 || snapshot.status !== 'active') return undefined
  try {
    revive(machine, snapshot)
    return undefined
  } catch (error) {
    return `the chart has no state ${JSON.stringify(snapshot.value)} (${failure(error).message})`
  }
}

function broughtOn(
  definition: ActorDefinition,
  record: ActorRecord,
  snapshot: Snapshot,
  now: number,
): AdvanceResult {
  const { version, machine } = definition
  const runs = record.sequence > 0 && snapshot.status === 'active'
  const revived = runs ? revive(machine, snapshot) : undefined
  // Two drafts: both number their effects from 0, and an effect that begins must not get the key of one it replaces.
  const left = new RecordDraft(definition, { ...record, version }, record.sequence, now)
  left.stepped(snapshot, revived ? stale(record, revived) : [])
  const ended = left.result()
  const entered = new RecordDraft(definition, ended.record, record.sequence, now)
  entered.stepped(snapshot, revived ? begun(record, snapshot, revived) : [])
  const { alarms, ...begins } = rekeyed(entered.result(), version, ended.record)
  return {
    ...begins,
    outbox: { add: [...ended.outbox.add, ...begins.outbox.add], remove: ended.outbox.remove },
    alarms: { set: alarms.set, cancelled: ended.alarms.cancelled },
  }
}

/** Invocations and timers of states that are no longer active. */
function stale(
  { invocations, alarms, snapshot }: ActorRecord,
  { _nodes, machine }: AnyMachineSnapshot,
): Request[] {
  const nodes: readonly AnyStateNode[] = _nodes
  const before = paths(snapshot.value)
  const stayed = nodes.filter(({ path }) => path.length === 0 || before.has(path.join('.')))
  const running = invokedBy(stayed)
  const known = invokedBy(below(machine.root))
  const timed = new Set(nodes.flatMap((node) => node.after.map(({ eventType }) => eventType)))
  const stopped = Object.keys(invocations).filter((id) => (ofState(id) || known.has(id)) && !running.has(id))
  const silent = Object.keys(alarms).filter((id) => id.startsWith('xstate.after.') && !timed.has(id))
  return [
    ...stopped.map((id): Request => ({ kind: 'stop', id })),
    ...silent.map((id): Request => ({ kind: 'cancel', id })),
  ]
}

function invokedBy(nodes: readonly AnyStateNode[]): Set<string> {
  return new Set(nodes.flatMap((node) => node.invoke.map(({ id }) => childId(id))))
}

function below(node: AnyStateNode): AnyStateNode[] {
  return [node, ...Object.values(node.states).flatMap(below)]
}

/** Invocations and timers of states that were not active before. */
function begun(record: ActorRecord, snapshot: Snapshot, revived: AnyMachineSnapshot): Request[] {
  const before = paths(record.snapshot.value)
  const nodes: readonly AnyStateNode[] = revived._nodes
  const entered = nodes.filter(({ path }) => path.length > 0 && !before.has(path.join('.')))
  return entered.flatMap((node) => beginning(node, snapshot))
}

/** Whether XState named the invocation after its state. Others were started by an action and belong to no state. */
function ofState(invocation: string): boolean {
  return /^\d+~/.test(invocation)
}

function beginning(node: AnyStateNode, { context }: Snapshot): Request[] {
  const given = { context, event: { type: 'canopy.migrated' } }
  const invoked = node.invoke.map(({ id, src, input }): Request => {
    const value: unknown = typeof input === 'function' ? input(given as never) : input
    return { kind: 'spawn', id: childId(id), src: String(src), input: value }
  })
  const delays = node.machine.implementations.delays as Record<string, unknown>
  const timers = node.after.map(({ delay, eventType }): Request => {
    const named: unknown = typeof delay === 'string' ? (delays[delay] ?? Number(delay)) : delay
    const ms = Number(typeof named === 'function' ? named(given, undefined) : named)
    return { kind: 'timer', id: eventType, delay: ms, event: { type: eventType } }
  })
  return [...invoked, ...timers]
}

/** `a` and `a.b` for `{ a: 'b' }`. */
function paths(value: unknown, above = ''): Set<string> {
  if (typeof value === 'string') return new Set([`${above}${value}`])
  const found = new Set<string>()
  for (const [name, inner] of Object.entries((value ?? {}) as object)) {
    found.add(`${above}${name}`)
    for (const path of paths(inner, `${above}${name}.`)) found.add(path)
  }
  return found
}

/**
 * A migration takes no message, so its sequence was used before: the version in the key makes it unique. An invocation
 * of `before` keeps its key, which can be equal to that of a new one without the version.
 */
function rekeyed(
  { record, outbox, ...rest }: AdvanceResult,
  version: number,
  before: ActorRecord,
): AdvanceResult {
  const renamed = (key: string): string => `${key}!v${version}`
  const invocations = Object.entries(record.invocations).map(([id, key]) => [
    id,
    Object.hasOwn(before.invocations, id) ? key : renamed(key),
  ])
  return {
    ...rest,
    record: { ...record, invocations: Object.fromEntries(invocations) as ActorRecord['invocations'] },
    outbox: { ...outbox, add: outbox.add.map(({ key, effect }) => ({ key: renamed(key), effect })) },
  }
}
