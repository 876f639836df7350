// Revival
//
// Owns:   rebuilding a record from its parts (snapshots.ts lists them).
//
// A missing, torn or foreign part throws an `UnreadableRow` that names its key; no half record is returned.

import { z } from 'zod'
import { type ActorRecord, PersistentMap } from '../kernel/index.ts'
import type { StoredRow } from './database.ts'
import type { CommitPosition } from './fence.ts'
import { decode, decodeAs } from './json.ts'
import { escaped, partsOf, under } from './keys.ts'
import { isField, mapMark } from './snapshots.ts'
import { UnreadableRow } from './unreadable-row.ts'

const headSchema = z.looseObject({
  epoch: z.int(),
  kind: z.string(),
  version: z.number(),
  birth: z.string(),
  names: z.array(z.string()),
  context: z.array(z.string()),
  supervision: z.array(z.string()),
})

const stateSchema = z.looseObject({
  sequence: z.int().nonnegative(),
  snapshot: z.looseObject({ status: z.enum(['active', 'done', 'error', 'stopped']) }),
})

const bucketSchema = z.array(z.tuple([z.string(), z.unknown()]))

const map = z.custom((value) => value instanceof PersistentMap, 'no persistent map')

/** The fields that an actor needs, beyond head and state. */
const recordSchema = z.looseObject({
  supervision: z.looseObject({ children: map }),
  invocations: z.record(z.string(), z.string()),
  alarms: z.record(z.string(), z.number()),
  places: map,
  sent: map,
})

/** The rows below one actor's `record`, and the bucket rows among them. */
class RecordParts {
  readonly #key: string
  readonly #rows: ReadonlyMap<string, string>
  readonly #buckets = new Map<string, StoredRow[]>()

  constructor(key: string, rows: readonly StoredRow[]) {
    this.#key = key
    this.#rows = new Map(rows)
    for (const row of rows) this.#sort(row)
  }

  text(name: string): { key: string; text: string } {
    const key = under(this.#key, name)
    const text = this.#rows.get(key)
    if (text === undefined) throw new UnreadableRow(key, 'it is missing')
    return { key, text }
  }

  value(group: 'field' | 'context' | 'supervision', name: string): unknown {
    const { key, text } = this.text(under(group, escaped(name)))
    return text.startsWith(mapMark) ? this.#map(key, text.slice(mapMark.length)) : decode(key, text)
  }

  #sort(row: StoredRow): void {
    const [, , bucket] = partsOf(row[0].slice(this.#key.length + 1))
    if (bucket === undefined) return
    const part = row[0].slice(0, -bucket.length - 1)
    const siblings = this.#buckets.get(part)
    if (siblings) siblings.push(row)
    else this.#buckets.set(part, [row])
  }

  #map(key: string, onlyBucket: string): PersistentMap<unknown> {
    const rows = onlyBucket ? [[key, onlyBucket] as const] : (this.#buckets.get(key) ?? [])
    const buckets = rows.map(
      ([at, text]) => [at.slice(key.length + 1), decodeAs(bucketSchema, at, text)] as const,
    )
    try {
      return PersistentMap.fromBuckets(buckets.filter(([, bucket]) => bucket.length > 0))
    } catch (error) {
      throw new UnreadableRow(key, (error as Error).message, error)
    }
  }
}

/** An actor's position, from the two rows that hold it. */
export function standingIn(key: string, head: string, state: string | undefined): CommitPosition {
  const { epoch, birth } = decodeAs(headSchema, under(key, 'head'), head)
  if (state === undefined) throw new UnreadableRow(under(key, 'state'), 'it is missing')
  const { sequence } = decodeAs(stateSchema, under(key, 'state'), state)
  return { epoch, birth, sequence }
}

/** The keys of all parts of a record, except the buckets of large maps. */
export function partKeys(key: string, headText: string): string[] {
  const headKey = under(key, 'head')
  const { names, context, supervision } = decodeAs(headSchema, headKey, headText)
  const below = (group: string, parts: readonly string[]): string[] =>
    parts.map((name) => under(under(key, group), escaped(name)))
  return [
    headKey,
    under(key, 'state'),
    ...below('field', names.filter(isField)),
    ...below('context', context),
    ...below('supervision', supervision),
  ]
}

/** `rows`: all rows below `key`, sorted. */
export function revive(
  key: string,
  address: string,
  rows: readonly StoredRow[],
): { record: ActorRecord; epoch: number } {
  const parts = new RecordParts(key, rows)
  const { key: headKey, text: headText } = parts.text('head')
  const {
    epoch,
    names,
    context: inContext,
    supervision: inSupervision,
    ...head
  } = decodeAs(headSchema, headKey, headText)
  const { key: stateKey, text: stateText } = parts.text('state')
  const state = decodeAs(stateSchema, stateKey, stateText)
  const context = fieldsOf(inContext, (name) => parts.value('context', name))
  const supervision = fieldsOf(inSupervision, (name) => parts.value('supervision', name))
  const known = { address, ...head, ...state, supervision, snapshot: { ...state.snapshot, context } }
  const record = fieldsOf(names, (name) => {
    return Object.hasOwn(known, name) ? known[name as keyof typeof known] : parts.value('field', name)
  })
  const checked = recordSchema.safeParse(record)
  if (!checked.success) throw new UnreadableRow(key, z.prettifyError(checked.error), checked.error)
  return { record: record as object as ActorRecord, epoch }
}

/** Handles names such as `__proto__` like any other field. */
function fieldsOf(names: readonly string[], value: (name: string) => unknown): Record<string, unknown> {
  return Object.fromEntries(names.map((name) => [name, value(name)]))
}
