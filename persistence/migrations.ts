// Migrations
//
// Owns:   the version number of the stored format, and the migration from each version to the next.
//
// A newer or unknown format is refused, and nothing is changed. A migration and its new number are one batch: it
// happens once, whatever crashes.

import { PersistentMap } from '../kernel/index.ts'
import { type LevelDatabase, type Operation, rowsIn, writeBatch } from './database.ts'
import { decode, encode } from './json.ts'
import { below, keyOf, partsOf, under } from './keys.ts'
import { partOperations } from './snapshots.ts'
import { WriteAhead } from './write-ahead.ts'

/** The format written today. A change of stored shapes adds one, a migration here, and a line in the upgrade notes. */
const currentFormat = 2

/** Migrates a store of this format to the next one. */
export type MigrationStep = (level: LevelDatabase) => Promise<readonly Operation[]>

const steps: ReadonlyMap<number, MigrationStep> = new Map([[1, dividedSupervision]])

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

interface FormerChild {
  readonly id: string
  readonly spec: object
}

/** 1 to 2: a parent's children are no longer one row with a list, but a map and the fields beside it. */
async function dividedSupervision(level: LevelDatabase): Promise<Operation[]> {
  const operations: Operation[] = []
  for await (const [key, text] of rowsIn(level, below('actor'))) {
    const [kind, name, section, group, field] = partsOf(key)
    if (section !== 'record' || group !== 'field' || field !== 'supervision') continue
    const record = `${kind}!${name}!${section}`
    const { children, restarts } = decode(key, text) as { children: FormerChild[]; restarts: unknown }
    const known = children.map((child, order): [string, unknown] => {
      return [child.id, { ...child, spec: { significant: false, ...child.spec }, order }]
    })
    const supervision = { children: PersistentMap.fromEntries(known), restarts, next: children.length }
    const headKey = under(record, 'head')
    const head = decode(headKey, level.getSync(headKey) ?? '') as Record<string, unknown>
    operations.push([key, undefined])
    operations.push([headKey, encode(headKey, { ...head, supervision: Object.keys(supervision) })])
    for (const [part, value] of Object.entries(supervision)) {
      operations.push(...partOperations(under(record, 'supervision'), part, value))
    }
  }
  return operations
}
