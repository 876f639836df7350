// Database
//
// Owns:   reading and writing rows of any abstract-level database: ranges, and batches that are there whole or not.
// Leaves: what the rows mean.

import type { AbstractLevel } from 'abstract-level'
import type { Range } from './keys.ts'

export type Level = AbstractLevel<string | Buffer | Uint8Array, string, string>

export type Row = readonly [key: string, text: string]

/** Puts the text under the key; deletes the key when there is none. */
export type Operation = readonly [key: string, text: string | undefined]

/** All rows of a range, sorted, as they are when the first is asked for. */
export async function* rowsIn(level: Level, range: Range): AsyncGenerator<Row, undefined> {
  // Not a constant of LevelDB's: few rows of a megabyte stop a chunk before a thousand small ones do.
  const rows = level.iterator({ ...range, highWaterMarkBytes: 1 << 20 } as Range)
  try {
    for (let chunk = await rows.nextv(1000); chunk.length > 0; chunk = await rows.nextv(1000)) yield* chunk
  } finally {
    await rows.close()
  }
}

/** Deletes everything in a range, as part of a batch. */
export async function deletions(level: Level, range: Range): Promise<Operation[]> {
  const keys = await level.keys(range).all()
  return keys.map((key) => [key, undefined])
}

/** A chained batch: half the price of an array of operations. */
export async function writeBatch(
  level: Level,
  operations: Iterable<Operation>,
  sync: boolean,
): Promise<void> {
  const batch = level.batch()
  for (const [key, text] of operations) {
    if (text === undefined) batch.del(key)
    else batch.put(key, text)
  }
  await batch.write({ sync } as object)
}
