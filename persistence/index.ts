export type { Commit, DeadLetter, JournalEntry, Store, StoredActor } from './store.ts'
