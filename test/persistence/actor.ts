// An actor on paper
//
// Owns:   records and commits for tests of the store, made as the loop makes them: each from the last, sharing what
//         did not change.

import { type ActorRecord, type Message, noChildren, PersistentMap } from '../../kernel/index.ts'
import type { Commit, Store } from '../../persistence/index.ts'

export const nothing: Pick<Commit, 'alarms' | 'outbox'> = {
  alarms: { set: [], cancelled: [] },
  outbox: { add: [], remove: [] },
}

export function newborn(address: string, context: Readonly<Record<string, unknown>> = {}): ActorRecord {
  return {
    address,
    kind: 'task',
    version: 1,
    parent: 'system',
    id: address,
    birth: 'b1',
    incarnation: 1,
    sequence: 0,
    snapshot: { status: 'active', value: 'idle', context },
    supervision: noChildren,
    invocations: {},
    alarms: {},
    places: PersistentMap.empty(),
    sent: PersistentMap.empty(),
    outside: [],
  }
}

export function mail(number: number): Message {
  const from = { address: 'system', birth: 'b0', number }
  return { kind: 'mail', id: `b0/${number}`, from, streamSequence: number, event: { type: 'TICK', number } }
}

/** One step: the commit that brings the actor's record one further. `fields` is what the step changed. */
export function step(
  before: ActorRecord,
  fields: Partial<ActorRecord> = {},
  more: Partial<Commit> = {},
): Commit {
  const sequence = before.sequence + 1
  return {
    address: before.address,
    epoch: 1,
    before: before.sequence === 0 ? undefined : before,
    after: { ...before, sequence, ...fields },
    entry: { sequence, at: 1000 + sequence, message: mail(sequence) },
    ...nothing,
    ...more,
  }
}

/** As `step`, when only the machine's context changed. */
export function assign(before: ActorRecord, context: Readonly<Record<string, unknown>>): Commit {
  const snapshot = { ...before.snapshot, context: { ...before.snapshot.context, ...context } }
  return step(before, { snapshot })
}

export async function all<T>(source: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const each of source) found.push(each)
  return found
}

/** Everything a store says it knows, for comparing two moments. */
export async function everything(store: Store): Promise<string> {
  const actors = await all(store.actors())
  const journals = await Promise.all(actors.map(({ record }) => all(store.journal(record.address))))
  const letters = await all(store.deadLetters())
  const kept = await all(store.effectResultKeys())
  return JSON.stringify({ actors, journals, letters, kept })
}
