// Sealed level
//
// Owns:   a database whose texts are encrypted on disk and plain to its readers.
// Leaves: encryption (seal.ts). Row keys stay plain: ranges are read by them.

import type { LevelDatabase, RangeOptions, RowBatch, RowIterator, StoredRow } from './database.ts'
import type { Seal } from './seal.ts'

export function sealedLevel(level: LevelDatabase, seal: Seal): LevelDatabase {
  return {
    open: () => level.open(),
    close: () => level.close(),
    keys: (options) => level.keys(options),
    getSync(key) {
      const text = level.getSync(key)
      return text === undefined ? undefined : seal.unseal(key, text)
    },
    iterator: (options: RangeOptions) => unsealing(level.iterator(options), seal),
    batch: () => sealing(level.batch(), seal),
  }
}

function unsealing(rows: RowIterator, seal: Seal): RowIterator {
  const plain = (all: StoredRow[]): StoredRow[] => all.map(([key, text]) => [key, seal.unseal(key, text)])
  return {
    nextv: async (size) => plain(await rows.nextv(size)),
    all: async () => plain(await rows.all()),
    close: () => rows.close(),
  }
}

function sealing(batch: RowBatch, seal: Seal): RowBatch {
  return {
    put: (key, text) => batch.put(key, seal.seal(key, text)),
    del: (key) => batch.del(key),
    write: (options) => batch.write(options),
  }
}
