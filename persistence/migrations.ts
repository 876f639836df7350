// Migrations
//
// Owns:   the version number of the stored format, and the migration from each version to the next.
//
// A newer or unknown format is refused, and nothing is changed. A migration and its new number are one batch: it
// happens once, whatever crashes.

import { type LevelDatabase, type Operation, writeBatch } from './database.ts'
import { keyOf } from './keys.ts'
import { WriteAhead } from './write-ahead.ts'

/** The format written today. A change of stored shapes adds one, a migration here, and a line in the upgrade notes. */
const currentFormat = 1

/** Migrates a store of this format to the next one. */
export type MigrationStep = (level: LevelDatabase) => Promise<readonly Operation[]>

const steps: ReadonlyMap<number, MigrationStep> = new Map()

export const formatKey = keyOf('fact', 'format')

export class UnknownFormat extends Error {}

/** Migrates a store to the current format; a new store starts with it. */
export async function migrate(level: LevelDatabase, known = { format: currentFormat, steps }): Promise<void> {
  let format = await readFormat(level)
  if (format === undefined) return writeBatch(level, [[formatKey, String(known.format)]], true)
  // Migrations read rows in their place, so rows that only the write-ahead has are first written there.
  if (format < known.format && known.steps.has(format)) await WriteAhead.open(level, true)
  for (; format < known.format; format += 1) {
    const step = known.steps.get(format)
    if (!step) throw new UnknownFormat(`its format is ${format}, which this version cannot migrate`)
    await writeBatch(level, [...(await step(level)), [formatKey, String(format + 1)]], true)
  }
  if (format > known.format) {
    throw new UnknownFormat(`its format is ${format}, and this version knows formats up to ${known.format}`)
  }
}

/** Undefined when the store is new. */
async function readFormat(level: LevelDatabase): Promise<number | undefined> {
  const text = level.getSync(formatKey)
  if (text !== undefined) {
    if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
    throw new UnknownFormat(`its format is '${text.slice(0, 40)}', which is not a format of Canopy`)
  }
  const [other] = await level.keys({ limit: 1 }).all()
  if (other === undefined) return undefined
  throw new UnknownFormat(`it has no format and holds '${other.slice(0, 40)}': it is not a store of Canopy`)
}
