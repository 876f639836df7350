// Level store
//
// Owns:   the Store port on any abstract-level database.
// Leaves: the rows of each kind of value (its own file), opening (open.ts).
//
// All writes go through the batches, in the order of the calls. Reads see written batches, and nothing of one that is
// not written.
//
// Records without a large map are read by keys, on this thread: a range read needs several round trips to another
// thread.

import type { z } from 'zod'
import type { ActorRecord, Address, Outcome } from '../kernel/index.ts'
import { alarmKey } from './alarms.ts'
import { basesKey } from './bases.ts'
import { Batches } from './batches.ts'
import { commitOperations, leftovers, removes } from './commit.ts'
import { type LevelDatabase, type Operation, rowsIn, type StoredRow } from './database.ts'
import { letterKey, letterOf, letterOperations, letters, replayOperation } from './dead-letters.ts'
import { idempotencyKeyOf, resultKey, resultOperation, resultRows, storedResult } from './effect-results.ts'
import { Fence } from './fence.ts'
import { journalEntryOf } from './journal.ts'
import { decode, encode } from './json.ts'
import { actorKey, below, everything, journalKey, type KeyRange, keyOf } from './keys.ts'
import type { LocalStore } from './local-store.ts'
import { formatKey } from './migrations.ts'
import { outboxKey, outboxOperations } from './outbox.ts'
import { partKey, partOf, type Replies, replyKey, replyOperations, replyRows } from './replies.ts'
import { RowIndex } from './row-index.ts'
import type { Seal } from './seal.ts'
import type { Commit, DeadLetter, JournalEntry, LetterReplay, StoredActor, StoredLetter } from './store.ts'
import { StoreError, type StoreErrorCode, storeError } from './store-error.ts'
import {
  isUnknown,
  oldestBase,
  rangeOf,
  storedActorOf,
  storedActorsOf,
  storedByKeys,
  storedStanding,
} from './stored-actors.ts'
import {
  begunKey,
  begunOperation,
  chainOf,
  type Digest,
  foundOf,
  type StoredTurn,
  storedTurnOf,
  type Transcripts,
  turnKey,
  turnRow,
} from './transcripts.ts'
import type { WriteAhead } from './write-ahead.ts'

export interface LevelStoreOptions {
  /** The rows as they are on disk: encrypted if the store is. */
  readonly disk: LevelDatabase
  readonly seal: Seal | undefined
  /** Used in error messages. */
  readonly directory: string
  readonly rows: WriteAhead
  /** The number of the newest dead letter. */
  readonly lastLetter: number
}

export class LevelStore implements LocalStore {
  readonly #level: LevelDatabase
  readonly #disk: LevelDatabase
  readonly #seal: Seal | undefined
  readonly #rows: WriteAhead
  readonly #directory: string
  readonly #batches: Batches
  readonly #fence: Fence
  /** An actor's rows beside those of its record. */
  readonly #beside = new RowIndex()
  #lastLetter: number
  #closed = false

  constructor(level: LevelDatabase, { disk, seal, rows, directory, lastLetter }: LevelStoreOptions) {
    this.#level = level
    this.#disk = disk
    this.#seal = seal
    this.#rows = rows
    this.#directory = directory
    this.#lastLetter = lastLetter
    this.#fence = new Fence((address) => this.#read(() => storedStanding(rows, address)))
    this.#batches = new Batches((batch) => {
      return rows.write(batch).catch((error) => {
        throw this.#errorFrom(error, 'unwritable')
      })
    })
  }

  actors(): AsyncIterable<StoredActor> {
    return this.#stream(() => storedActorsOf(this.#rows.chunksIn(below('actor'))))
  }

  async read(address: Address): Promise<StoredActor | undefined> {
    // Most addresses that are read have no rows: their actors are about to be born.
    if (this.#read(() => isUnknown(this.#rows, address))) return undefined
    const beside = this.#beside.get(address)
    const found = beside ? this.#read(() => storedByKeys(this.#rows, address, beside)) : 'range'
    if (found !== 'range') return found
    const rows = await this.#all(below(actorKey(address)))
    return rows.length === 0 ? undefined : this.#read(() => storedActorOf(address, rows))
  }

  async readMany(addresses: readonly Address[]): Promise<ReadonlyMap<Address, StoredActor>> {
    const found = new Map<Address, StoredActor>()
    if (addresses.length === 0) return found
    const rows = () => this.#rows.chunksIn(rangeOf(addresses))
    const wanted = new Set(addresses)
    for await (const stored of this.#stream(() => storedActorsOf(rows(), wanted)))
      found.set(stored.record.address, stored)
    return found
  }

  async commit(commit: Commit): Promise<void> {
    this.#assertWritable()
    const standing = this.#fence.check(commit)
    const operations = commitOperations(commit, standing)
    this.#fence.admitted(commit)
    const { address } = commit
    if (!standing) this.#beside.born(address)
    this.#beside.added(address, rowsAdded(commit))
    const asked = this.#beside.now
    await (removes(commit, standing)
      ? this.#plan(async () => [...(await leftovers(this.#rows, commit, standing)), ...operations])
      : this.#batches.add(operations))
    this.#beside.gone(address, rowsGone(commit), asked)
  }

  async settle(address: Address, keys: readonly string[]): Promise<void> {
    const key = actorKey(address)
    const asked = this.#beside.now
    await this.#batches.addLazily(outboxOperations(key, { add: [], remove: keys }))
    const gone = keys.map((each) => outboxKey(key, each))
    this.#beside.gone(address, gone, asked)
  }

  async remove(address: Address): Promise<void> {
    this.#fence.removing(address)
    const ranges = [actorKey(address), journalKey(address), basesKey(address)].map(below)
    await this.#plan(async () => {
      return (await Promise.all(ranges.map((range) => this.#rows.deletions(range)))).flat()
    })
    this.#fence.removed(address)
    this.#beside.removed(address)
  }

  journal(address: Address): AsyncIterable<JournalEntry> {
    return this.#each(below(journalKey(address)), journalEntryOf)
  }

  async base(address: Address): Promise<ActorRecord | undefined> {
    const rows: StoredRow[] = []
    for await (const row of this.#each(below(basesKey(address)), (row) => row)) rows.push(row)
    return this.#read(() => oldestBase(address, rows))
  }

  async saveEffectResult(key: string, outcome: Outcome): Promise<void> {
    return this.#batches.add([resultOperation(key, outcome)])
  }

  async effectResult(key: string): Promise<Outcome | undefined> {
    return this.#read(() => {
      const text = this.#rows.get(resultKey(key))
      return text === undefined ? undefined : storedResult(key, text)
    })
  }

  effectResultKeys(): AsyncIterable<string> {
    return this.#each(below(resultRows), ([key]) => idempotencyKeyOf(key))
  }

  transcripts<Turn>(schema: z.core.$ZodType<Turn>): Transcripts<Turn> {
    const turn = async (digest: Digest): Promise<StoredTurn<Turn>> =>
      this.#read(() => storedTurnOf(schema, digest, this.#rows.get(turnKey(digest))))
    return {
      turn,
      appendTurn: async (previous, added) => {
        // A conversation that cannot be read back must not be continued.
        if (previous !== null) await turn(previous)
        const { digest, row } = turnRow(previous, added)
        await this.#batches.add([row])
        return digest
      },
      turns: async (head) => this.#read(() => chainOf(schema, head, (key) => this.#rows.get(key))),
      begin: (key, found) => this.#begin(key, found),
    }
  }

  async #begin(key: string, found: string): Promise<string | undefined> {
    const stored = (): string | undefined => this.#read(() => this.#rows.get(begunKey(key)))
    let before = stored()
    if (before === undefined) {
      // Another beginning of the same effect may wait to be written.
      await this.#plan(async () => {
        before = stored()
        return before === undefined ? [begunOperation(key, found)] : []
      })
    }
    const text = before
    return text === undefined ? undefined : this.#read(() => foundOf(key, text))
  }

  replies(): Replies {
    return {
      get: async (key) => this.#value(replyKey(key)),
      put: async (key, recording, parts) => {
        const has = (row: string): boolean => this.#read(() => this.#rows.get(row)) !== undefined
        return this.#batches.add(replyOperations(key, recording, parts, has))
      },
      part: async (digest) => {
        const text = this.#read(() => this.#rows.get(partKey(digest)))
        return text === undefined ? undefined : this.#read(() => partOf(digest, text))
      },
      keys: () => this.#each(below(replyRows), ([key]) => idempotencyKeyOf(key)),
    }
  }

  async addDeadLetter(letter: DeadLetter): Promise<number> {
    const id = this.#lastLetter + 1
    const operations = letterOperations(id, letter)
    this.#lastLetter = id
    await this.#batches.add(operations)
    return id
  }

  deadLetters(): AsyncIterable<StoredLetter> {
    return this.#each(below(letters), letterOf)
  }

  async deadLetter(id: number): Promise<StoredLetter | undefined> {
    return this.#read(() => this.#letter(id))
  }

  async noteReplay(id: number, replay: LetterReplay): Promise<void> {
    let unreadable: unknown
    await this.#plan(async () => {
      try {
        const letter = this.#letter(id)
        return letter ? [replayOperation(letter, replay)] : []
      } catch (error) {
        // A plan that fails fails the store.
        unreadable = error
        return []
      }
    })
    if (unreadable !== undefined) throw this.#errorFrom(unreadable, 'unreadable')
  }

  async dropLetter(id: number): Promise<void> {
    return this.#batches.add([[letterKey(id), undefined]])
  }

  #value(key: string): unknown {
    return this.#read(() => {
      const text = this.#rows.get(key)
      return text === undefined ? undefined : decode(key, text)
    })
  }

  #letter(id: number): StoredLetter | undefined {
    const key = letterKey(id)
    const text = this.#rows.get(key)
    return text === undefined ? undefined : letterOf([key, text])
  }

  async readMeta(name: string): Promise<unknown> {
    return this.#value(keyOf('fact', name))
  }

  async writeMeta(name: string, value: unknown): Promise<void> {
    const key = keyOf('fact', name)
    if (key === formatKey) throw new TypeError(`metadata '${name}' is written by the store itself`)
    return this.#batches.add([[key, value === undefined ? undefined : encode(key, value)]])
  }

  /** The write-ahead rows are included as rows: the snapshot holds every written batch, and each of them whole. */
  snapshot(): AsyncIterable<StoredRow> {
    this.#assertOpen()
    const rows = rowsIn(this.#level, everything)
    return this.#stream(() => rows)
  }

  backup(facts: Readonly<Record<string, unknown>> = {}): AsyncIterable<StoredRow> {
    this.#assertOpen()
    const rows = rowsIn(this.#disk, everything)
    const own = Object.entries(facts).map(([name, value]): StoredRow => {
      const key = keyOf('fact', name)
      const text = encode(key, value)
      return [key, this.#seal ? this.#seal.seal(key, text) : text]
    })
    return this.#stream(() => replaced(rows, own))
  }

  async close(): Promise<void> {
    await this.#batches.flush()
    this.#closed = true
    this.#batches.fail(new StoreError('closed', this.#directory, 'it is closed'))
    await this.#level.close()
  }

  #assertWritable(): void {
    if (this.#batches.failure) throw this.#batches.failure
  }

  #plan(plan: () => Promise<Operation[]>): Promise<void> {
    return this.#batches.add(() =>
      plan().catch((error) => {
        throw this.#errorFrom(error, 'unreadable')
      }),
    )
  }

  #each<T>(range: KeyRange, toValue: (row: StoredRow) => T): AsyncIterable<T> {
    const rows = () => this.#rows.in(range)
    return this.#stream(async function* () {
      for await (const row of rows()) yield toValue(row)
    })
  }

  async #all(range: KeyRange): Promise<readonly StoredRow[]> {
    try {
      return await this.#rows.allIn(range)
    } catch (error) {
      throw this.#errorFrom(error, 'unreadable')
    }
  }

  async *#stream<T>(source: () => AsyncIterable<T>): AsyncGenerator<T, undefined> {
    this.#assertOpen()
    try {
      yield* source()
    } catch (error) {
      throw this.#errorFrom(error, 'unreadable')
    }
  }

  #read<T>(read: () => T): T {
    this.#assertOpen()
    try {
      return read()
    } catch (error) {
      throw this.#errorFrom(error, 'unreadable')
    }
  }

  #assertOpen(): void {
    if (this.#closed) throw new StoreError('closed', this.#directory, 'it is closed')
  }

  #errorFrom(error: unknown, otherwise: StoreErrorCode): StoreError {
    return storeError(this.#directory, error, otherwise)
  }
}

async function* replaced(
  rows: AsyncIterable<StoredRow>,
  own: readonly StoredRow[],
): AsyncGenerator<StoredRow, undefined> {
  const keys = new Set(own.map(([key]) => key))
  for await (const row of rows) if (!keys.has(row[0])) yield row
  yield* own
}

function rowsAdded({ address, alarms, outbox }: Commit): string[] {
  const key = actorKey(address)
  return [
    ...alarms.set.map(({ id }) => alarmKey(key, id)),
    ...outbox.add.map((entry) => outboxKey(key, entry.key)),
  ]
}

function rowsGone({ address, alarms, outbox }: Commit): string[] {
  const key = actorKey(address)
  const cancelled = alarms.cancelled.filter((id) => !alarms.set.some((alarm) => alarm.id === id))
  return [...cancelled.map((id) => alarmKey(key, id)), ...outbox.remove.map((each) => outboxKey(key, each))]
}
