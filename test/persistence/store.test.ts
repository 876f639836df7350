import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MemoryLevel } from 'memory-level'
import type { LevelDatabase } from '../../persistence/database.ts'
import { type LocalStore, openStore, storeKey } from '../../persistence/index.ts'
import { openLevel } from '../../persistence/open.ts'
import { storeContract } from '../contracts/store.ts'

async function subjectOf(open: () => Promise<LocalStore>, clean: () => Promise<void>) {
  let store = await open()
  return {
    store,
    reopen: async () => {
      await store.close()
      store = await open()
      return store
    },
    close: async () => {
      await store.close()
      await clean()
    },
  }
}

storeContract('the store in memory', () => {
  const level = new MemoryLevel<string, string>() as object as LevelDatabase
  return subjectOf(
    () => openLevel(level, { directory: '(memory)' }),
    async () => {},
  )
})

for (const sync of [false, true]) {
  storeContract(`the store on disk, sync: ${sync}`, async () => {
    const directory = await mkdtemp(join(tmpdir(), 'canopy-store-'))
    return subjectOf(
      () => openStore({ directory, sync }),
      () => rm(directory, { recursive: true }),
    )
  })
}

storeContract('the store on disk, encrypted', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'canopy-store-'))
  const keys = { current: storeKey(Buffer.alloc(32, 7)), older: [] }
  return subjectOf(
    () => openStore({ directory, keys }),
    () => rm(directory, { recursive: true }),
  )
})
