// Transcripts
//
// Owns:   conversations, as chains of turns: a row names the previous turn, and its key is the hash of its content.
// Leaves: the shape of a turn: readers pass its schema.
//
//     turn!<digest>     {"previous": digest | null, "turn": …}
//     begun!<key>       the finding with which the effect of this idempotency key began
//
// T1. A row's name is the SHA-256 of its text: appending the same turn twice stores one row, and damage is detected.
//
// No row is changed or removed within a run: conversations that branch share their common turns.
//
// T3. An effect's finding is stored before it does anything; a repetition after a crash reads the first finding.

import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Operation } from './database.ts'
import { decodeAs, encode, put } from './json.ts'
import { keyOf } from './keys.ts'
import { UnreadableRow } from './unreadable-row.ts'

/** Names a turn and all turns before it. */
export type Digest = string

/** A turn of a conversation and the digest of the turn before it; null for the first one. */
export interface StoredTurn<Turn> {
  readonly previous: Digest | null
  readonly turn: Turn
}

/** A store of conversations; reading a row that is not a `Turn` rejects as damaged. */
export interface Transcripts<Turn> {
  /** Resolves to the digest of the longer conversation when it is written (T1). */
  appendTurn(previous: Digest | null, turn: Turn): Promise<Digest>
  /** The last turn of a conversation and the digest of the turn before it; rejects when the row is missing or damaged. */
  turn(digest: Digest): Promise<StoredTurn<Turn>>
  /** A whole conversation, oldest turn first. */
  turns(head: Digest): Promise<Turn[]>
  /** Stores a finding before an effect begins; returns the first finding if the effect had begun before (T3). */
  begin(key: string, found: string): Promise<string | undefined>
}

const linkSchema = z.object({ previous: z.string().nullable() })

const turnRows = 'turn'
const begunRows = 'begun'

export function turnKey(digest: Digest): string {
  return keyOf(turnRows, digest)
}

export function begunKey(key: string): string {
  return keyOf(begunRows, key)
}

/** The row of a turn, and its digest. */
export function turnRow(previous: Digest | null, turn: unknown): { digest: Digest; row: Operation } {
  const text = encode(turnRows, { previous, turn })
  const digest = digestOf(text)
  return { digest, row: [turnKey(digest), text] }
}

/** Reads a turn; `text` is undefined when the row does not exist. */
export function storedTurnOf<Turn>(
  schema: z.core.$ZodType<Turn>,
  digest: Digest,
  text: string | undefined,
): StoredTurn<Turn> {
  const key = turnKey(digest)
  if (text === undefined) throw new UnreadableRow(key, 'the turn is missing; restore a backup that has it')
  if (digestOf(text) !== digest)
    throw new UnreadableRow(key, 'the turn is damaged: its name is not its digest')
  return decodeAs(linkSchema.extend({ turn: schema }), key, text) as StoredTurn<Turn>
}

/** All turns up to `head`, oldest first; `get` reads a row. */
export function chainOf<Turn>(
  schema: z.core.$ZodType<Turn>,
  head: Digest,
  get: (key: string) => string | undefined,
): Turn[] {
  const turns: Turn[] = []
  for (let next: Digest | null = head; next !== null; ) {
    const { previous, turn }: StoredTurn<Turn> = storedTurnOf(schema, next, get(turnKey(next)))
    turns.push(turn)
    next = previous
  }
  return turns.reverse()
}

export function begunOperation(key: string, found: string): Operation {
  return put(begunKey(key), found)
}

export function foundOf(key: string, text: string): string {
  return decodeAs(z.string(), begunKey(key), text)
}

function digestOf(text: string): Digest {
  return createHash('sha256').update(text).digest('hex')
}
