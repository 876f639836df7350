// Bases
//
// Owns:   the records that journals go on from, whole, and when a journal is cut:
//
//     base!<address>!<sequence>!<part>    the record at this place of the journal, in parts as in snapshots.ts
//
// Leaves: when a commit is written (commit.ts).
//
// A1. The record of every checkpoint is stored as a base; what the journal holds before the last but one goes, so at
//     least one distance of entries stays, and what is left folds from the oldest base (promise P6).
// A2. A large record has its checkpoints further apart: writing it whole never costs more, over all steps, than the
//     steps themselves.

import { type ActorRecord, PersistentMap } from '../kernel/index.ts'
import type { Operation } from './database.ts'
import { below, journalKey, keyOf, partsOf, type Range } from './keys.ts'
import { recordOperations } from './snapshots.ts'
import type { Commit } from './store.ts'
import type { WriteAhead } from './write-ahead.ts'

const bases = 'base'
const SHORTEST = 2048

export function basesKey(address: string): string {
  return keyOf(bases, address)
}

export function baseKey(address: string, sequence: number): string {
  return keyOf(basesKey(address), sequence)
}

/** Whether this commit writes its record down as a base. */
export function isCheckpoint({ entry, after }: Commit): boolean {
  return entry !== undefined && entry.sequence % SHORTEST === 0 && entry.sequence % distance(after) === 0
}

/** Entries between checkpoints: a power of two times the shortest, so that each distance divides the next. */
function distance({ snapshot, places, sent, supervision }: ActorRecord): number {
  const parts = [...Object.values(snapshot.context), ...Object.values(supervision), places, sent]
  const size = parts.reduce((sum: number, part) => sum + (part instanceof PersistentMap ? part.size : 0), 0)
  let entries = SHORTEST
  while (entries < size) entries *= 2
  return entries
}

export function baseOperations({ address, after, epoch }: Commit): Operation[] {
  const key = baseKey(address, after.sequence)
  return recordOperations(key, { before: undefined, after, epoch }, true)
}

/** What a checkpoint cuts off: all before the newest base there is, which becomes the oldest. */
export async function cutOff(rows: WriteAhead, address: string): Promise<Operation[]> {
  const sequences = await baseSequences(rows, address)
  const oldest = sequences.at(-1)
  if (oldest === undefined) return []
  const journal = journalKey(address)
  const gone: Range[] = [{ gte: below(journal).gte, lt: keyOf(journal, oldest + 1) }]
  for (const sequence of sequences.slice(0, -1)) gone.push(below(baseKey(address, sequence)))
  return (await Promise.all(gone.map((range) => rows.deletions(range)))).flat()
}

/** Oldest first. */
export async function baseSequences(rows: WriteAhead, address: string): Promise<number[]> {
  const found = new Set<number>()
  const depth = partsOf(basesKey(address)).length
  for await (const [key] of rows.in(below(basesKey(address)))) found.add(Number(partsOf(key)[depth]))
  return [...found]
}
