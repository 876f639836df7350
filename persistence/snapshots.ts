// Snapshots
//
// Owns:   an actor's record in parts, each under its own key below `actor!<address>!record`:
//
//     head                      fields that change once in a birth, the epoch, and the ordered names of the other parts
//     state                     fields that most steps change: the sequence and the snapshot without its context
//     field!<name>              every other field of the record
//     context!<name>            every field of the machine's context
//     supervision!<name>        every field of its supervision
//     <one of these three>!<id> one bucket of a persistent map that is larger than one bucket
//
// Leaves: the time of writing (commit.ts), rebuilding the record (revival.ts).
//
// A part is written exactly when it differs by reference (S2).
//
// N2. A record that is read back has its keys in their original order, byte for byte (promise P6).
//
// A persistent map stays a map: its part is the text `map`, followed by the bucket if there is only one.

import { type ActorRecord, PersistentMap } from '../kernel/index.ts'
import type { Operation } from './database.ts'
import { encode, put } from './json.ts'
import { escaped, under } from './keys.ts'

type Fields = Readonly<Record<string, unknown>>
type AnyMap = PersistentMap<unknown>
type FieldChange = readonly [name: string, before: unknown, after: unknown]

export const mapMark = 'map'
const inHead = new Set(['address', 'kind', 'version', 'parent', 'id', 'birth', 'incarnation'])
const inState = new Set(['sequence', 'snapshot', 'exit', 'crashes'])

/** The operations that change the stored record from `before` to `after`; all parts when `before` is undefined. */
export function recordOperations(
  key: string,
  { before, after, epoch }: { before: ActorRecord | undefined; after: ActorRecord; epoch: number },
  newEpoch: boolean,
): Operation[] {
  const operations: Operation[] = []
  const fields = compare(before as Fields | undefined, after as object as Fields)
  const context = compare(before?.snapshot.context, after.snapshot.context)
  const supervision = compare(
    before?.supervision as Fields | undefined,
    after.supervision as object as Fields,
  )
  const renamed = fields.renamed || context.renamed || supervision.renamed
  if (newEpoch || renamed || fields.changed.some(([name]) => inHead.has(name))) {
    operations.push(put(under(key, 'head'), headOf(after, epoch)))
  }
  if (fields.changed.some(([name]) => inState.has(name))) {
    operations.push(put(under(key, 'state'), stateOf(after)))
  }
  for (const field of fields.changed) {
    if (isField(field[0])) addPart(operations, under(key, 'field'), field)
  }
  for (const field of context.changed) addPart(operations, under(key, 'context'), field)
  for (const field of supervision.changed) addPart(operations, under(key, 'supervision'), field)
  return operations
}

/** Whether the field has its own row below `field`. */
export function isField(name: string): boolean {
  return name !== 'supervision' && !inHead.has(name) && !inState.has(name)
}

interface Comparison {
  /** The fields that differ by reference. */
  readonly changed: readonly FieldChange[]
  /** Whether the names of the fields or their order differ. */
  readonly renamed: boolean
}

const same: Comparison = { changed: [], renamed: false }

function compare(before: Fields | undefined, after: Fields): Comparison {
  if (before === after) return same
  const names = Object.keys(after)
  const old = before ? Object.keys(before) : []
  if (!before || !sameList(old, names)) {
    const all = [...new Set([...old, ...names])]
    return { changed: changes(all, (name) => [fieldOf(before, name), fieldOf(after, name)]), renamed: true }
  }
  const changed = changes(names, (name) => [before[name], after[name]])
  return { changed, renamed: changed.some(([, one, other]) => one === undefined || other === undefined) }
}

function changes(names: readonly string[], fieldsOf: (name: string) => [unknown, unknown]): FieldChange[] {
  const changed: FieldChange[] = []
  for (const name of names) {
    const [before, after] = fieldsOf(name)
    if (before !== after) changed.push([name, before, after])
  }
  return changed
}

function addPart(operations: Operation[], parent: string, [name, before, after]: FieldChange): void {
  const key = under(parent, escaped(name))
  const [oldMap, map] = [asMap(before), asMap(after)]
  if (oldMap || map) addBuckets(operations, key, oldMap, map)
  if (!map) operations.push(after === undefined ? [key, undefined] : put(key, after))
  else if (onlyBucket(map) || !oldMap || onlyBucket(oldMap)) operations.push([key, mapText(key, map)])
  if (before === undefined) refuseNestedMap(key, after)
}

function addBuckets(operations: Operation[], key: string, before?: AnyMap, after?: AnyMap): void {
  for (const [id, bucket] of PersistentMap.changed(before, after)) {
    if (id !== '') operations.push(bucket ? put(under(key, id), bucket) : [under(key, id), undefined])
  }
}

function headOf(record: ActorRecord, epoch: number): unknown {
  const { kind, version, parent, id, birth, incarnation } = record
  const names = namesIn(record as object as Fields)
  const context = namesIn(record.snapshot.context)
  const supervision = namesIn(record.supervision as object as Fields)
  return { kind, version, epoch, parent, id, birth, incarnation, names, context, supervision }
}

function stateOf({ sequence, exit, crashes, snapshot }: ActorRecord): unknown {
  // The context has its own parts; a zero keeps its position among the keys (N2).
  return { sequence, snapshot: { ...snapshot, context: 0 }, exit, crashes }
}

function mapText(key: string, map: AnyMap): string {
  const bucket = onlyBucket(map)
  return bucket ? mapMark + encode(key, bucket) : mapMark
}

/** The one bucket of a small map; undefined when there are several. */
function onlyBucket(map: AnyMap): readonly unknown[] | undefined {
  const [first] = map.buckets()
  if (first === undefined) return []
  return first[0] === '' ? first[1] : undefined
}

/** A map inside a value would come back as a plain object; the write throws instead. */
function refuseNestedMap(key: string, part: unknown): void {
  const values = part instanceof PersistentMap ? [...part.entries()].map(([, value]) => value) : [part]
  for (const value of values) {
    if (typeof value !== 'object' || value === null) continue
    for (const inner of Object.values(value)) {
      if (inner instanceof PersistentMap) {
        throw new TypeError(`'${key}' cannot be stored: only a context's own fields may be persistent maps`)
      }
      refuseNestedMap(key, inner)
    }
  }
}

function asMap(value: unknown): AnyMap | undefined {
  return value instanceof PersistentMap ? value : undefined
}

/** As in JSON, fields that are undefined do not exist. */
function namesIn(fields: Fields): string[] {
  return Object.keys(fields).filter((name) => fields[name] !== undefined)
}

function fieldOf(fields: Fields | undefined, name: string): unknown {
  return fields && Object.hasOwn(fields, name) ? fields[name] : undefined
}

function sameList(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((name, at) => name === other[at])
}
