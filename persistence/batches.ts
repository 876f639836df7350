// Batches
//
// Owns:   combining concurrent writes into one batch: while one batch is being written, the next one collects.
// Leaves: the contents (commit.ts), the writing (write-ahead.ts).
//
// Batches are written one after the other; within one, the last of several writes of a key counts.
//
// Each promise resolves when its batch is written. When one fails, it and all later batches fail, and nothing more is
// accepted: a store that lost a write must not go on.
//
// A plan reads stored rows to decide its writes. It starts a new batch, so it sees all writes that were requested
// before.

import type { Operation } from './database.ts'

type BatchPlan = () => Promise<Iterable<Operation>>

interface QueuedWrite {
  readonly operations: readonly Operation[] | BatchPlan
  readonly written: PromiseWithResolvers<void>
}

const lazyMs = 20
const MAX_BATCH_ROWS = 10_000

export class Batches {
  readonly #write: (rows: ReadonlyMap<string, string | undefined>) => Promise<void>
  #waiting: QueuedWrite[] = []
  #running: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  #failure: Error | undefined

  constructor(write: (rows: ReadonlyMap<string, string | undefined>) => Promise<void>) {
    this.#write = write
  }

  get failure(): Error | undefined {
    return this.#failure
  }

  add(operations: readonly Operation[] | BatchPlan): Promise<void> {
    const written = this.#wait(operations)
    this.#running ??= this.#run()
    return written
  }

  /** Writes with the next batch, or alone a little later. */
  addLazily(operations: readonly Operation[]): Promise<void> {
    const written = this.#wait(operations)
    this.#timer ??= setTimeout(() => this.flush(), lazyMs)
    return written
  }

  /** Resolves when all that was added is written or has failed. */
  async flush(): Promise<void> {
    if (this.#waiting.length > 0) this.#running ??= this.#run()
    await this.#running
  }

  /** Accepts nothing more. */
  fail(failure: Error): void {
    this.#failure ??= failure
    for (const { written } of this.#waiting.splice(0)) written.reject(failure)
  }

  #wait(operations: readonly Operation[] | BatchPlan): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure)
    const written = Promise.withResolvers<void>()
    this.#waiting.push({ operations, written })
    return written.promise
  }

  async #run(): Promise<void> {
    // All requests of the same turn join this batch.
    await undefined
    while (this.#waiting.length > 0) await this.#writeNext()
    this.#running = undefined
  }

  async #writeNext(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const taken: QueuedWrite[] = []
    try {
      const rows = await this.#take(taken)
      if (rows.size > 0) await this.#write(rows)
      for (const { written } of taken) written.resolve()
    } catch (error) {
      const failure = error instanceof Error ? error : new Error(String(error))
      for (const { written } of taken) written.reject(failure)
      this.fail(failure)
    }
  }

  async #take(taken: QueuedWrite[]): Promise<Map<string, string | undefined>> {
    const rows = new Map<string, string | undefined>()
    for (let next = this.#waiting[0]; next && rows.size < MAX_BATCH_ROWS; next = this.#waiting[0]) {
      const isPlan = typeof next.operations === 'function'
      if (isPlan && taken.length > 0) break
      this.#waiting.shift()
      taken.push(next)
      const operations = typeof next.operations === 'function' ? await next.operations() : next.operations
      for (const [key, text] of operations) rows.set(key, text)
    }
    return rows
  }
}
