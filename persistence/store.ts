// Store
//
// Owns:   the ports through which actors store their state, one for each kind of reader. One commit is one atomic batch.
// Leaves: the contents (kernel/), the time of a commit (actors/).
//
// `commit` resolves only when the batch is durable at the configured level.
//
// S2. A commit writes the parts of the record that differ by reference from `before`, and no others.
// S3. A commit whose epoch is older than the stored one rejects with `FencedError`; nothing is written.
//
// A commit may be requested before the last one is written; it must follow directly on that one, or it is refused.
// After a failed write all further calls reject with the same `StoreError`.
//
// A commit with another birth begins a new journal and new alarms; the outbox keeps its entries.
//
// A journal is bounded: entries before the last checkpoint but one are deleted, and the record at that checkpoint
// stays as its base, so folding the rest still gives the stored snapshot (promise P6).

import type { ActorRecord, Address, Alarm, Failure, Message, OutboxEntry, Outcome } from '../kernel/index.ts'

/** One accepted message. Folding `advance` over an actor's journal gives its stored record (promise P6). */
export interface JournalEntry {
  /** From 1, without gaps, within a birth. */
  readonly sequence: number
  /** The time of the step: milliseconds since the Unix epoch. A step sees no other clock. */
  readonly at: number
  readonly message: Message
}

/** One step of an actor, to be stored atomically. */
export interface Commit {
  readonly address: Address
  /** The epoch of the incarnation that commits; it only grows. */
  readonly epoch: number
  /** The record of the commit before this one; undefined for the first, or to write all parts again. */
  readonly before: ActorRecord | undefined
  readonly after: ActorRecord
  /** Absent when only bookkeeping changed (a crash counted, an actor stopped). */
  readonly entry?: JournalEntry
  /** Starts a new journal with this record: another version stepped the entries before. */
  readonly rebase?: boolean
  readonly alarms: { readonly set: readonly Alarm[]; readonly cancelled: readonly string[] }
  readonly outbox: { readonly add: readonly OutboxEntry[]; readonly remove: readonly string[] }
}

/** An actor's stored state, as needed to resume it. */
export interface StoredActor {
  readonly record: ActorRecord
  readonly epoch: number
  readonly alarms: readonly Alarm[]
  /** In the order of decision; entries of earlier births first. */
  readonly outbox: readonly OutboxEntry[]
}

/** Mail that no actor took, with the reason. `at`: milliseconds since the Unix epoch. */
export interface DeadLetter {
  readonly at: number
  readonly to: string
  readonly reason:
    | 'poison'
    | 'unknown_address'
    | 'undecodable'
    | 'forged'
    | 'forbidden'
    | 'refused'
    | 'exited'
  readonly message: unknown
  readonly error?: Failure
}

/** The state of a replay of a dead letter. */
export interface LetterReplay {
  /** `asked`: it will be sent, at the latest at the next start. */
  readonly state: 'asked' | 'sent' | 'failed'
  readonly at: number
  /** The number of the attempt, by which the receiver distinguishes attempts. */
  readonly attempt: number
  readonly reason?: string
}

/** A stored dead letter. */
export interface StoredLetter extends DeadLetter {
  /** From 1; never reused in a store. */
  readonly id: number
  /** Absent until the first replay. */
  readonly replay?: LetterReplay
}

/** Writes what actors did; for the loop and the outbox. */
export interface ActorCommits {
  commit(commit: Commit): Promise<void>
  /** Deletes outbox entries of published mail. Written lazily; losing the write is harmless. */
  settle(address: Address, keys: readonly string[]): Promise<void>
  /** Removes an actor with its journal, alarms and outbox. Its paid outcomes stay. */
  remove(address: Address): Promise<void>
}

/** Reads stored actors; for their supervisors and the start of a node. */
export interface ActorReads {
  /** All actors with their stored state, in address order. */
  actors(): AsyncIterable<StoredActor>
  read(address: Address): Promise<StoredActor | undefined>
  /**
   * Like `read` for each address, in a few turns; unknown addresses are left out. Fast when few other addresses lie
   * between them.
   */
  readMany(addresses: readonly Address[]): Promise<ReadonlyMap<Address, StoredActor>>
}

/** The outcomes of paid effects under their idempotency keys; for invocations. */
export interface EffectResults {
  /** Stores the outcome of a paid effect before it is used (promise P3). */
  saveEffectResult(key: string, outcome: Outcome): Promise<void>
  effectResult(key: string): Promise<Outcome | undefined>
}

/** Puts mail aside that no actor took; for the routing of mail. */
export interface DeadLetterSink {
  /** Resolves to the letter's id. */
  addDeadLetter(letter: DeadLetter): Promise<number>
}

/** Dead letters, for people who read, replay and drop them. */
export interface DeadLetters {
  /** Oldest first. */
  deadLetters(): AsyncIterable<StoredLetter>
  deadLetter(id: number): Promise<StoredLetter | undefined>
  /** Stores the state of a letter's replay; does nothing when the letter is gone. */
  noteReplay(id: number, replay: LetterReplay): Promise<void>
  /** Deletes a letter. */
  dropLetter(id: number): Promise<void>
}

/** Small values of the system itself (format, run id), not of actors. */
export interface Metadata {
  /** Undefined when not set. */
  readMeta(name: string): Promise<unknown>
  writeMeta(name: string, value: unknown): Promise<void>
}

/** All that a node needs of a store. */
export interface NodeStore extends ActorCommits, ActorReads, EffectResults, DeadLetterSink, Metadata {}

/** The journals of actors; for tools that step them again. */
export interface Journals {
  /** The stored entries: all since its birth, or those after `base`. */
  journal(address: Address): AsyncIterable<JournalEntry>
  /** The record that the journal goes on from; undefined when it goes back to the birth. */
  base(address: Address): Promise<ActorRecord | undefined>
}

/** The rows of a store; for backups, checks and other tools. */
export interface StoreRows {
  /** All rows at the time of the call, as plain text. Later commits do not change them. */
  snapshot(): AsyncIterable<readonly [key: string, text: string]>
  /** The same as stored (encrypted if the store is), with these values replacing the store's metadata. */
  backup(facts?: Readonly<Record<string, unknown>>): AsyncIterable<readonly [key: string, text: string]>
}

/** The whole store of actors. Its readers take the port that they need. */
export interface Store extends NodeStore, DeadLetters, Journals, StoreRows {
  /** The keys of all stored outcomes. */
  effectResultKeys(): AsyncIterable<string>
  close(): Promise<void>
}
