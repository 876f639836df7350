// Backups
//
// Owns:   periodic backups of a store in use.
// Leaves: writing one (write.ts), the clock (passed in), reporting to people (the caller).
//
// One backup is written at a time; a request during a backup waits for it and then gets the next one.
//
// A failed backup is reported and repeated at the next interval: it never blocks the store.

import type { Store } from '../store.ts'
import type { Manifest } from './manifest.ts'
import { writeBackup } from './write.ts'

export interface BackupClock {
  now(): number
  after(ms: number, callback: () => void): () => void
}

export interface BackupOptions {
  readonly store: Pick<Store, 'backup'>
  /** The directory of all backups of this store. */
  readonly backups: string
  /** Milliseconds between backups; 0: only on request. */
  readonly everyMs: number
  readonly keep: number
  readonly clock: BackupClock
  /** Metadata for the backup that replaces the store's own, read at the moment of the snapshot. */
  readonly facts?: () => Readonly<Record<string, unknown>>
  onBackup?(manifest: Manifest): void
  onFailure?(error: unknown): void
}

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
  take(): Promise<Manifest> {
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

  #write(): Promise<Manifest> {
    const { store, backups, keep, clock, facts = () => ({}) } = this.#options
    // Called synchronously, so that both show the same moment.
    const rows = () => store.backup(facts())
    return writeBackup({ backups, keep, at: clock.now(), rows })
  }
}
