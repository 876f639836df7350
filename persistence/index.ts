export { type BackupClock, type BackupOptions, Backups } from './backup/backups.ts'
export { type BackupManifest, backupIds, readManifest } from './backup/manifest.ts'
export { type RekeyOptions, rekeyStore } from './backup/rekey.ts'
export { finishRestore, type RestoreOptions, type RestoreResult, restoreStore } from './backup/restore.ts'
export { type VerifyResult, verifyBackup } from './backup/verify.ts'
export { type BareStore, openBareStore } from './bare-store.ts'
export { type CheckOptions, type CheckReport, checkBackup, checkStore } from './check/check.ts'
export type { Problem } from './check/problem.ts'
export type { LocalStore } from './local-store.ts'
export { openMemoryStore, openStore, type StoreOptions } from './open.ts'
export type { Replies } from './replies.ts'
export { type StoreKey, type StoreKeys, storeKey } from './seal.ts'
export type {
  ActorCommits,
  ActorReads,
  Commit,
  DeadLetter,
  DeadLetterSink,
  DeadLetters,
  EffectResults,
  JournalEntry,
  Journals,
  LetterReplay,
  Metadata,
  NodeStore,
  Store,
  StoredActor,
  StoredLetter,
  StoreRows,
} from './store.ts'
export { FencedError, StoreError, type StoreErrorCode } from './store-error.ts'
export type { Digest, StoredTurn, Transcripts } from './transcripts.ts'
