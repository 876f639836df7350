// Snapshots
//
// Owns:   an actor's record in parts, each under its own key below `actor!<address>!record`:
//
//     head                      what changes once in a life, the epoch, and the names of all other parts in order
//     state                     what changes in most steps: the sequence and the snapshot without its context
//     field!<name>              every other field of the record
//     context!<name>            every field of the machine's context
//     <field or context>!<id>   one bucket of a persistent map that is larger than one bucket
//
// Leaves: when they are written (commit.ts), how they become a record again (revival.ts).
//
// N1. A part is written when it differs by reference, and nothing else is (S2).
// N2. What is read back has its keys in the order in which they were written, byte for byte (promise P6).
// N3. A persistent map comes back as one: its part reads `map`, and behind it the bucket if there is but one.

import { type ActorRecord, PersistentMap } from '../machines/index.ts'
import type { Operation } from './database.ts'
import { encode } from './json.ts'
import { escaped, under } from './keys.ts'

type Fields = Readonly<Record<string, unknown>>
type Change = readonly [name: string, before: unknown, after: unknown]

export const mapMark = 'map'
const inHead = new Set(['address', 'kind', 'version', 'parent', 'id', 'birth', 'incarnation'])
const inState = new Set(['sequence', 'snapshot', 'exit', 'crashes'])

/** What brings the stored record from `before` to `after`; everything when there is nothing before. */
export function recordOperations(
  key: string,
  { before, after, epoch }: { before: ActorRecord | undefined; after: ActorRecord; epoch: number },
  newEpoch: boolean,
): Operation[] {
  const operations: Operation[] = []
  const fields = compare(before as Fields | undefined, after as object as Fields)
  const context = compare(before?.snapshot.context, after.snapshot.context)
  const { changed } = fields
  if (newEpoch || fields.renamed || context.renamed || changed.some(([name]) => inHead.has(name))) {
    operations.push([under(key, 'head'), headText(after, epoch)])
  }
  if (changed.some(([name]) => inState.has(name))) operations.push([under(key, 'state'), stateText(after)])
  for (const field of changed) {
    if (!inHead.has(field[0]) && !inState.has(field[0])) addPart(operations, under(key, 'field'), field)
  }
  for (const field of context.changed) addPart(operations, under(key, 'context'), field)
  return operations
}

/** The fields that differ by reference, and whether their names or the order of these do. */
function compare(
  before: Fields | undefined,
  after: Fields,
): { changed: readonly Change[]; renamed: boolean } {
  if (before === after) return { changed: [], renamed: false }
  const [old, now] = [namesIn(before ?? {}), namesIn(after)]
  const renamed = old.length !== now.length || old.some((name, at) => name !== now[at])
  const names = renamed ? new Set([...old, ...now]) : now
  const changed: Change[] = []
  for (const name of names) {
    const [one, other] = [fieldOf(before, name), fieldOf(after, name)]
    if (one !== other) changed.push([name, one, other])
  }
  return { changed, renamed: renamed || before === undefined }
}

function addPart(operations: Operation[], parent: string, [name, before, after]: Change): void {
  const key = under(parent, escaped(name))
  const [oldMap, map] = [asMap(before), asMap(after)]
  for (const [id, bucket] of PersistentMap.changed(oldMap, map)) {
    if (id !== '') operations.push([under(key, id), bucket && encode(bucket, key)])
  }
  if (map) {
    const bucket = onlyBucket(map)
    if (bucket || !oldMap || onlyBucket(oldMap))
      operations.push([key, mapMark + (bucket ? encode(bucket, key) : '')])
  } else operations.push([key, after === undefined ? undefined : encode(after, key)])
}

function headText(record: ActorRecord, epoch: number): string {
  const { kind, version, parent, id, birth, incarnation, snapshot } = record
  const names = namesIn(record as object as Fields)
  const context = namesIn(snapshot.context)
  return encode({ kind, version, epoch, parent, id, birth, incarnation, names, context }, record.address)
}

function stateText({ address, sequence, exit, crashes, snapshot }: ActorRecord): string {
  // The context has its own parts; a zero keeps its place among the keys (N2).
  const place = `the snapshot of ${address}`
  return encode({ sequence, snapshot: { ...snapshot, context: 0 }, exit, crashes }, place)
}

/** The one bucket of a small map; undefined when there are several. */
function onlyBucket(map: PersistentMap<unknown>): readonly unknown[] | undefined {
  const [first] = map.buckets()
  if (first === undefined) return []
  return first[0] === '' ? first[1] : undefined
}

function asMap(value: unknown): PersistentMap<unknown> | undefined {
  return value instanceof PersistentMap ? value : undefined
}

/** As JSON: what is undefined is not there. */
function namesIn(fields: Fields): string[] {
  return Object.keys(fields).filter((name) => fields[name] !== undefined)
}

function fieldOf(fields: Fields | undefined, name: string): unknown {
  return fields && Object.hasOwn(fields, name) ? fields[name] : undefined
}
