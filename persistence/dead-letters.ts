// Dead letters
//
// Owns:   what could not be delivered or crashed its receiver too often, in the order in which it was buried.
//
//     letter             the number of the newest one ever
//     letter!<number>    a letter, and how its replay stands
//
// D1. A number is given once, also when the letter that had it was dropped.

import { z } from 'zod'
import type { Level, Operation, Row } from './database.ts'
import { decodeAs, put, UnreadableRow } from './json.ts'
import { below, keyOf, partsOf } from './keys.ts'
import type { DeadLetter, Replay, StoredLetter } from './store.ts'

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

export function replayOperation({ id, ...letter }: StoredLetter, replay: Replay): Operation {
  return put(letterKey(id), { ...letter, replay })
}

export function letterOf([key, text]: Row): StoredLetter {
  const id = Number(partsOf(key).at(-1))
  return { id, ...decodeAs(letterSchema, key, text) } as object as StoredLetter
}

/** The number of the newest letter; 0 when there was none. */
export async function lastLetter(level: Level): Promise<number> {
  const counted = level.getSync(letters)
  if (counted !== undefined && !/^\d{1,15}$/.test(counted))
    throw new UnreadableRow(letters, 'it is no number')
  // Stores of before the number was kept have only the letters.
  const [last] = await level.keys({ ...below(letters), reverse: true, limit: 1 }).all()
  return Math.max(Number(counted ?? 0), last === undefined ? 0 : Number(partsOf(last).at(-1)))
}
