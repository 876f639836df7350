// Database
//
// Owns:   reading and writing rows of any abstract-level database: ranges and atomic batches.
// Leaves: the meaning of rows, the time of writing (write-ahead.ts).

import type { KeyRange } from './keys.ts'

/** The part of an abstract-level database that is used here. */
export interface LevelDatabase {
  open(): Promise<void>
  close(): Promise<void>
  getSync(key: string): string | undefined
  keys(options: Partial<KeyRange> & { reverse?: boolean; limit?: number }): { all(): Promise<string[]> }
  iterator(options: RangeOptions): RowIterator
  batch(): RowBatch
}

export type RangeOptions = Partial<KeyRange> & { readonly highWaterMarkBytes?: number }

export interface RowIterator {
  nextv(size: number): Promise<StoredRow[]>
  all(): Promise<StoredRow[]>
  close(): Promise<void>
}

export interface RowBatch {
  put(key: string, text: string): unknown
  del(key: string): unknown
  write(options: object): Promise<void>
}

export type StoredRow = readonly [key: string, text: string]

/** Puts the text under the key; deletes the key when the text is undefined. */
export type Operation = readonly [key: string, text: string | undefined]

/** All rows of a range, sorted, as they are at the time of the call. */
export function rowsIn(level: LevelDatabase, range: KeyRange): AsyncGenerator<StoredRow, undefined> {
  return oneByOne(chunksIn(level, range))
}

export async function* oneByOne(
  chunks: AsyncIterable<readonly StoredRow[]>,
): AsyncGenerator<StoredRow, undefined> {
  for await (const chunk of chunks) yield* chunk
}

/** The same in chunks of a thousand rows, for readers of many rows. */
export function chunksIn(
  level: LevelDatabase,
  range: KeyRange,
): AsyncGenerator<readonly StoredRow[], undefined> {
  // A chunk ends at a thousand rows or at this many bytes, and each chunk costs a turn of the event loop.
  const options = { ...range, highWaterMarkBytes: 1 << 20 }
  return inChunks(level.iterator(options))
}

/** The same as one list, for ranges of a few rows. */
export function allRowsIn(level: LevelDatabase, range: KeyRange): Promise<StoredRow[]> {
  return level.iterator(range).all()
}

async function* inChunks(rows: RowIterator): AsyncGenerator<readonly StoredRow[], undefined> {
  try {
    for (let chunk = await rows.nextv(1000); chunk.length > 0; chunk = await rows.nextv(1000)) yield chunk
  } finally {
    await rows.close()
  }
}

/** A chained batch takes half the time of an array of operations. */
export async function writeBatch(
  level: LevelDatabase,
  operations: Iterable<Operation>,
  sync: boolean,
): Promise<void> {
  const batch = level.batch()
  for (const [key, text] of operations) {
    if (text === undefined) batch.del(key)
    else batch.put(key, text)
  }
  await batch.write({ sync })
}
