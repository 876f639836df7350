// Bases
//
// Owns:   base records, from which journals go on, and the points at which a journal is cut:
//
//     base!<address>!<sequence>!<part>    the record at this sequence of the journal, in parts as in snapshots.ts
//
// Leaves: writing a commit (commit.ts).
//
// The record of every checkpoint is stored as a base. The entries before the last checkpoint but one are deleted, so at
// least one checkpoint distance of entries stays, and folding the rest from the oldest base gives the record (promise
// P6).
//
// A large record has its checkpoints further apart: over all steps, writing bases costs no more than the steps
// themselves.

import { type ActorRecord, PersistentMap } from '../kernel/index.ts'
import type { Operation } from './database.ts'
import { below, journalKey, type KeyRange, keyOf, numberAt, partsOf } from './keys.ts'
import { recordOperations } from './snapshots.ts'
import type { Commit } from './store.ts'
import type { WriteAhead } from './write-ahead.ts'

const bases = 'base'
const MIN_DISTANCE = 2048

export function basesKey(address: string): string {
  return keyOf(bases, address)
}

export function baseKey(address: string, sequence: number): string {
  return keyOf(basesKey(address), sequence)
}

/** Whether this commit writes its record as a base. */
export function isCheckpoint({ entry, after }: Commit): boolean {
  return entry !== undefined && entry.sequence % MIN_DISTANCE === 0 && entry.sequence % distance(after) === 0
}

/** Entries between checkpoints: a power of two times the shortest distance, so that each distance divides the next. */
function distance({ snapshot, places, sent, supervision }: ActorRecord): number {
  const parts = [...Object.values(snapshot.context), ...Object.values(supervision), places, sent]
  const size = parts.reduce((sum: number, part) => sum + (part instanceof PersistentMap ? part.size : 0), 0)
  let entries = MIN_DISTANCE
  while (entries < size) entries *= 2
  return entries
}

export function baseOperations({ address, after, epoch }: Commit): Operation[] {
  const key = baseKey(address, after.sequence)
  return recordOperations(key, { before: undefined, after, epoch }, true)
}

/** The deletions at a checkpoint: all entries before the newest existing base, which becomes the oldest. */
export async function cutOff(rows: WriteAhead, address: string): Promise<Operation[]> {
  const sequences = await baseSequences(rows, address)
  const oldest = sequences.at(-1)
  if (oldest === undefined) return []
  const journal = journalKey(address)
  const gone: KeyRange[] = [{ gte: below(journal).gte, lt: keyOf(journal, oldest + 1) }]
  for (const sequence of sequences.slice(0, -1)) gone.push(below(baseKey(address, sequence)))
  return (await Promise.all(gone.map((range) => rows.deletions(range)))).flat()
}

/** Oldest first. */
export async function baseSequences(rows: WriteAhead, address: string): Promise<number[]> {
  const found = new Set<number>()
  const depth = partsOf(basesKey(address)).length
  for await (const [key] of rows.in(below(basesKey(address)))) found.add(numberAt(key, depth))
  return [...found]
}
