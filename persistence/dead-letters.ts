// Dead letters
//
// Owns:   what could not be delivered or crashed its receiver too often, in the order in which it was buried.

import { z } from 'zod'
import type { Level, Operation, Row } from './database.ts'
import { decodeAs, put } from './json.ts'
import { below, keyOf, partsOf } from './keys.ts'
import type { DeadLetter } from './store.ts'

const letterSchema = z.looseObject({ at: z.number(), to: z.string(), reason: z.string() })

export const letters = 'letter'

export function letterOperation(number: number, letter: DeadLetter): Operation {
  return put(keyOf(letters, number), letter)
}

export function letterOf([key, text]: Row): DeadLetter {
  return decodeAs(letterSchema, key, text) as object as DeadLetter
}

/** The number of the newest letter; 0 when there is none. */
export async function lastLetter(level: Level): Promise<number> {
  const [last] = await level.keys({ ...below(letters), reverse: true, limit: 1 }).all()
  return last === undefined ? 0 : Number(partsOf(last).at(-1))
}
