// Bare store
//
// Owns:   plain LevelDB, with which benchmarks compare the store. Only this room imports the package.

import { ClassicLevel } from 'classic-level'

/** LevelDB without a store in it. */
export interface BareStore {
  write(rows: readonly (readonly [string, string])[]): Promise<void>
  read(key: string): Promise<string | undefined>
  close(): Promise<void>
}

/** Opens LevelDB without a store in it, for comparing speed with `openStore`. */
export async function openBareStore(directory: string): Promise<BareStore> {
  const level = new ClassicLevel<string, string>(directory)
  await level.open()
  return {
    write: (rows) => level.batch(rows.map(([key, value]) => ({ type: 'put', key, value }))),
    read: (key) => level.get(key),
    close: () => level.close(),
  }
}
