// Store
//
// Owns:   the port through which actors remember. One commit is one batch: it is there whole or not at all.
// Leaves: what is remembered (kernel/), when (actors/).
//
// S1. `commit` resolves only when the batch is durable at the configured level.
// S2. A commit writes the parts of the record that differ by reference from `before`, and nothing else of it.
// S3. A commit whose epoch is older than the stored one is refused with `FencedError`; nothing is written.
// S4. Commits may be asked for before the last is written; each goes on exactly from the one before it, or it is
//     refused. After a write that failed nothing more is taken: all fails with the same `StoreError`.
// S5. A commit with another birth begins a new life: journal and alarms begin anew, the outbox keeps what was decided.
// S6. A journal does not grow for ever: what lies before the last but one checkpoint goes, and the record it led to
//     stays as its base, so that folding what is left still gives the stored snapshot (promise P6).

import type { ActorRecord, Address, Alarm, Failure, Message, OutboxEntry, Outcome } from '../kernel/index.ts'

/** One accepted message. Folding `advance` over an actor's journal gives its stored record (promise P6). */
export interface JournalEntry {
  /** From 1, without holes, within a birth. */
  readonly sequence: number
  /** When it was stepped: milliseconds since the Unix epoch. The only clock a step sees. */
  readonly at: number
  readonly message: Message
}

export interface Commit {
  readonly address: Address
  /** The incarnation that commits; it only grows. */
  readonly epoch: number
  /** The record of the commit before this one; undefined for the first, or to write everything again. */
  readonly before: ActorRecord | undefined
  readonly after: ActorRecord
  /** Absent when only bookkeeping changed (a crash counted, an actor stopped). */
  readonly entry?: JournalEntry
  /** The journal begins anew with this record: what came before was stepped by another version. */
  readonly rebase?: boolean
  readonly alarms: { readonly set: readonly Alarm[]; readonly cancelled: readonly string[] }
  readonly outbox: { readonly add: readonly OutboxEntry[]; readonly remove: readonly string[] }
}

/** What one actor left behind, as needed to go on. */
export interface StoredActor {
  readonly record: ActorRecord
  readonly epoch: number
  readonly alarms: readonly Alarm[]
  /** In the order in which they were decided; those of an earlier life first. */
  readonly outbox: readonly OutboxEntry[]
}

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

/** How sending a dead letter's mail again stands. */
export interface Replay {
  /** `asked`: it is to be sent, at the latest by the next start. */
  readonly state: 'asked' | 'sent' | 'failed'
  readonly at: number
  /** Which attempt this is; the receiver tells one from the other by it. */
  readonly attempt: number
  readonly reason?: string
}

export interface StoredLetter extends DeadLetter {
  /** From 1; never given twice in a store. */
  readonly id: number
  /** Absent until its mail was first sent again. */
  readonly replay?: Replay
}

/** What actors are kept in. */
export interface Store {
  /** All actors with what they left behind, in address order. */
  actors(): AsyncIterable<StoredActor>
  read(address: Address): Promise<StoredActor | undefined>
  /** As `read` of each, in a few turns; who is not stored is left out. Cheap when few others are between them. */
  readMany(addresses: readonly Address[]): Promise<ReadonlyMap<Address, StoredActor>>
  commit(commit: Commit): Promise<void>
  /** Mail was published: its outbox entries are no longer needed. Batched lazily; losing it is harmless. */
  settle(address: Address, keys: readonly string[]): Promise<void>
  /** Removes an actor with its journal, alarms and outbox. What it paid for stays kept. */
  remove(address: Address): Promise<void>
  /** What is kept of it: all since its birth, or what follows on `base`. */
  journal(address: Address): AsyncIterable<JournalEntry>
  /** The record that the journal goes on from; undefined when it goes back to the birth. */
  base(address: Address): Promise<ActorRecord | undefined>
  /** Keeps what a paid effect returned, under its idempotency key, before it is used (promise P3). */
  keep(key: string, outcome: Outcome): Promise<void>
  kept(key: string): Promise<Outcome | undefined>
  keptKeys(): AsyncIterable<string>
  /** Resolves to the letter's id. */
  bury(letter: DeadLetter): Promise<number>
  /** In the order in which they were buried. */
  deadLetters(): AsyncIterable<StoredLetter>
  deadLetter(id: number): Promise<StoredLetter | undefined>
  /** Writes down how its replay stands; nothing when the letter is gone. */
  noteReplay(id: number, replay: Replay): Promise<void>
  /** Removes a letter for good. */
  dropLetter(id: number): Promise<void>
  /** Small facts of the system itself (format, run id); not for actors. Undefined is no fact. */
  readFact(name: string): Promise<unknown>
  writeFact(name: string, value: unknown): Promise<void>
  /** All rows at the moment of the call, as plain text. Later commits do not change them. */
  snapshot(): AsyncIterable<readonly [key: string, text: string]>
  /** The same as they are kept (encrypted, where the store is), with these facts in the place of the store's. */
  backup(facts?: Readonly<Record<string, unknown>>): AsyncIterable<readonly [key: string, text: string]>
  close(): Promise<void>
}
