// Journal
//
// Owns:   the messages that an actor has accepted since its birth, in order, one row each.

import { z } from 'zod'
import type { Operation, StoredRow } from './database.ts'
import { decodeAs, put } from './json.ts'
import { keyOf, numberAt } from './keys.ts'
import type { JournalEntry } from './store.ts'

const entrySchema = z.looseObject({ at: z.number(), message: z.looseObject({ kind: z.string() }) })

/** `key`: the journal's key. */
export function journalOperation(key: string, { sequence, at, message }: JournalEntry): Operation {
  return put(keyOf(key, sequence), { at, message })
}

export function journalEntryOf([key, text]: StoredRow): JournalEntry {
  const { at, message } = decodeAs(entrySchema, key, text)
  return { sequence: numberAt(key, -1), at, message: message as object as JournalEntry['message'] }
}
