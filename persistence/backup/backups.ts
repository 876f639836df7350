// Backups
//
// Owns:   backing a store up now and then while it is in use.
// Leaves: writing one (write.ts), the clock (passed in), telling people (whoever made it).
//
// B1. One at a time; who asks for one while it is written waits for it and gets the next.
// B2. A backup that fails is told and tried again the next time: it never holds up the store.

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
  /** Milliseconds; 0: only when asked. */
  readonly everyMs: number
  readonly keep: number
  readonly clock: BackupClock
  /** Facts to be in the backup instead of the store's, as they are at the moment of its snapshot. */
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

  /** Writes one now. */
  take(): Promise<Manifest> {
    const next = this.#last.then(() => this.#write())
    this.#last = next.catch(() => {})
    return next
  }

  /** Lets the one under way end. */
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
    // In one turn: both show the same moment.
    const rows = () => store.backup(facts())
    return writeBackup({ backups, keep, at: clock.now(), rows })
  }
}
