// Backups
//
// Owns:   periodic backups of a store in use.
// Leaves: writing one (write.ts), the clock (passed in), reporting to people (the caller).
//
// One backup is written at a time; a request during a backup waits for it and then gets the next one.
//
// A failed backup is reported and repeated at the next interval: it never blocks the store.

import type { StoreRows } from '../store.ts'
import type { BackupManifest } from './manifest.ts'
import { writeBackup } from './write.ts'

/** The clock that schedules backups, in milliseconds since the Unix epoch. */
export interface BackupClock {
  now(): number
  after(ms: number, callback: () => void): () => void
}

/** The store to back up, the directory of backups, the interval, and the number of backups to keep. */
export interface BackupOptions {
  readonly store: Pick<StoreRows, 'backup'>
  /** The directory of all backups of this store. */
  readonly backups: string
  /** Milliseconds between backups; 0: only on request. */
  readonly everyMs: number
  /** The number of backups to keep; older ones are removed. */
  readonly keep: number
  readonly clock: BackupClock
  /** Metadata for the backup that replaces the store's own, read at the moment of the snapshot. */
  readonly facts?: () => Readonly<Record<string, unknown>>
  /** Called after each scheduled backup; `take` returns its own. */
  onBackup?(manifest: BackupManifest): void
  /** Called with the error of a failed scheduled backup; the next is tried after `everyMs`. */
  onFailure?(error: unknown): void
}

/**
 * Backs a store up while it is in use, every `everyMs` and when `take` is called. Older backups than the newest `keep` are removed. A
 * backup that fails is told to `onFailure`, and the next is tried after `everyMs`; one that was asked for rejects.
 */
export class Backups {
  readonly #options: BackupOptions
  #last: Promise<unknown> = Promise.resolve()
  #cancel: () => void = () => {}
  #closed = false

  constructor(options: BackupOptions) {
    this.#options = options
    this.#plan()
  }

  /** Writes a backup now. */
  take(): Promise<BackupManifest> {
    const next = this.#last.then(() => this.#write())
    this.#last = next.catch(() => {})
    return next
  }

  /** Waits for a backup that is being written. */
  async close(): Promise<void> {
    this.#closed = true
    this.#cancel()
    await this.#last
  }

  #plan(): void {
    const { everyMs, clock, onBackup, onFailure } = this.#options
    if (everyMs === 0 || this.#closed) return
    this.#cancel = clock.after(everyMs, () => {
      this.take()
        .then(onBackup, onFailure)
        .finally(() => this.#plan())
    })
  }

  #write(): Promise<BackupManifest> {
    const { store, backups, keep, clock, facts = () => ({}) } = this.#options
    // Called synchronously, so that both show the same moment.
    const rows = () => store.backup(facts())
    return writeBackup({ backups, keep, at: clock.now(), rows })
  }
}
