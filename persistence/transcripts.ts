// Transcripts
//
// Owns:   conversations, as chains of turns: a row names the one before it, and is named by its content.
// Leaves: what a turn is: its schema is given by those who read.
//
//     turn!<digest>     {"previous": digest | null, "turn": …}
//     begun!<key>       what was found when the effect of this idempotency key was begun
//
// T1. A row's name is the SHA-256 of its text: appending twice is appending once, and a damaged row shows itself.
// T2. Nothing is ever changed or removed within a run: conversations that part share what they have in common.
// T3. What an effect found is written down before it does anything; who comes after a crash reads the first finding.

import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Operation } from './database.ts'
import { decode, decodeAs, encode, put, UnreadableRow } from './json.ts'
import { keyOf } from './keys.ts'

/** Names a turn and all before it. */
export type Digest = string

export interface StoredTurn<Turn> {
  readonly previous: Digest | null
  readonly turn: Turn
}

/** A store of conversations; a row that is no `Turn` is told as damaged. */
export interface Transcripts<Turn> {
  /** Resolves to the name of the longer conversation when it is written (T1). */
  appendTurn(previous: Digest | null, turn: Turn): Promise<Digest>
  /** The last turn of a conversation and the name of what comes before it; fails when it is not there or damaged. */
  turn(digest: Digest): Promise<StoredTurn<Turn>>
  /** A whole conversation, from its beginning. */
  turns(head: Digest): Promise<Turn[]>
  /** Writes down what is found before an effect begins; what was found the first time, if it had begun before (T3). */
  begin(key: string, found: string): Promise<string | undefined>
}

const linkSchema = z.object({ previous: z.string().nullable() })

export const turnRows = 'turn'
export const begunRows = 'begun'

export function turnKey(digest: Digest): string {
  return keyOf(turnRows, digest)
}

export function begunKey(key: string): string {
  return keyOf(begunRows, key)
}

/** The row of a turn and its name. */
export function turnRow(previous: Digest | null, turn: unknown): { digest: Digest; row: Operation } {
  const text = encode(turnRows, { previous, turn })
  const digest = digestOf(text)
  return { digest, row: [turnKey(digest), text] }
}

/** Reads a turn; `text` is undefined when there is no such row. */
export function storedTurnOf<Turn>(
  schema: z.ZodType<Turn>,
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
  schema: z.ZodType<Turn>,
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
  return String(decode(begunKey(key), text))
}

function digestOf(text: string): Digest {
  return createHash('sha256').update(text).digest('hex')
}
