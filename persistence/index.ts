export { type BareStore, openBareStore } from './bare-store.ts'
export { openMemoryStore, openStore, type StoreOptions } from './open.ts'
export type { Commit, DeadLetter, JournalEntry, Replay, Store, StoredActor, StoredLetter } from './store.ts'
export { FencedError, StoreError, type StoreErrorCode } from './store-error.ts'
