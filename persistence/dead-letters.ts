// Dead letters
//
// Owns:   the stored dead letters (mail that could not be delivered or crashed its receiver too often), oldest first.
//
//     letter             the number of the newest letter ever
//     letter!<number>    a letter, and the state of its replay
//
// A number is used once, also after its letter was dropped.

import { z } from 'zod'
import type { LevelDatabase, Operation, StoredRow } from './database.ts'
import { decodeAs, put } from './json.ts'
import { below, keyOf, numberAt } from './keys.ts'
import type { DeadLetter, LetterReplay, StoredLetter } from './store.ts'
import { UnreadableRow } from './unreadable-row.ts'

const letterSchema = z.looseObject({
  at: z.number(),
  to: z.string(),
  reason: z.string(),
  replay: z
    .looseObject({
      state: z.enum(['asked', 'sent', 'failed']),
      at: z.number(),
      attempt: z.int().positive(),
    })
    .optional(),
})

export const letters = 'letter'

export function letterKey(id: number): string {
  return keyOf(letters, id)
}

export function letterOperations(id: number, letter: DeadLetter): Operation[] {
  return [put(letterKey(id), letter), [letters, String(id)]]
}

export function replayOperation({ id, ...letter }: StoredLetter, replay: LetterReplay): Operation {
  return put(letterKey(id), { ...letter, replay })
}

export function letterOf([key, text]: StoredRow): StoredLetter {
  const id = numberAt(key, -1)
  return { id, ...decodeAs(letterSchema, key, text) } as object as StoredLetter
}

/** The number of the newest letter; 0 before the first. */
export async function lastLetter(level: LevelDatabase): Promise<number> {
  const counted = level.getSync(letters)
  if (counted !== undefined && !/^\d{1,15}$/.test(counted)) throw new UnreadableRow(letters, 'not a number')
  // Older stores have only the letters, without the row of the number.
  const [last] = await level.keys({ ...below(letters), reverse: true, limit: 1 }).all()
  return Math.max(Number(counted ?? 0), last === undefined ? 0 : numberAt(last, -1))
}
