// Stored actors
//
// Owns:   grouping the rows of actors into the stored state of each.

import type { ActorRecord, Address } from '../kernel/index.ts'
import { alarmOf } from './alarms.ts'
import { baseKey, basesKey } from './bases.ts'
import type { StoredRow } from './database.ts'
import type { CommitPosition } from './fence.ts'
import { actorKey, below, type KeyRange, nameAt, numberAt, partsOf, under, unescaped } from './keys.ts'
import { inOrder, outboxEntryOf } from './outbox.ts'
import { partKeys, revive, standingIn } from './revival.ts'
import { mapMark } from './snapshots.ts'
import type { StoredActor } from './store.ts'
import { UnreadableRow } from './unreadable-row.ts'
import type { WriteAhead } from './write-ahead.ts'

/** `rows`: all rows of this actor, sorted. */
export function storedActorOf(address: Address, rows: readonly StoredRow[]): StoredActor {
  const key = actorKey(address)
  const sections = Object.groupBy(rows, ([rowKey]) => sectionOf(key, rowKey))
  const { record, epoch } = revive(under(key, 'record'), address, sections.record ?? [])
  return {
    record,
    epoch,
    alarms: (sections.alarm ?? []).map(alarmOf),
    outbox: inOrder((sections.outbox ?? []).map(outboxEntryOf), address, record.birth),
  }
}

/**
 * The same by single keys, which needs no other thread, for records without a large map. `beside`: the rows it may have
 * beside its record. Returns `range` when the actor must be read by range.
 */
export function storedByKeys(
  rows: WriteAhead,
  address: Address,
  beside: Iterable<string>,
): StoredActor | undefined | 'range' {
  const key = actorKey(address)
  const record = under(key, 'record')
  const head = rows.get(under(record, 'head'))
  if (head === undefined) return 'range'
  const found: StoredRow[] = []
  const take = (rowKey: string): string | undefined => {
    const text = rows.get(rowKey)
    if (text !== undefined) found.push([rowKey, text])
    return text
  }
  for (const part of partKeys(record, head)) if (take(part) === mapMark) return 'range'
  for (const rowKey of beside) take(rowKey)
  return storedActorOf(
    address,
    found.sort(([one], [other]) => (one < other ? -1 : 1)),
  )
}

/** `chunks`: the rows of many actors, sorted. `only`: the wanted addresses; all by default. */
export async function* storedActorsOf(
  chunks: AsyncIterable<readonly StoredRow[]>,
  only?: ReadonlySet<Address>,
): AsyncGenerator<StoredActor, undefined> {
  let prefix = ''
  let address: Address = ''
  let own: StoredRow[] = []
  const whole = (): StoredActor | undefined => {
    const wanted = own.length > 0 && only?.has(address) !== false
    return wanted ? storedActorOf(address, own) : undefined
  }
  for await (const rows of chunks) {
    for (const row of rows) {
      if (own.length === 0 || !row[0].startsWith(prefix)) {
        const stored = whole()
        if (stored) yield stored
        const [group = '', name = ''] = partsOf(row[0])
        prefix = under(under(group, name), '')
        address = unescaped(name)
        own = []
      }
      own.push(row)
    }
  }
  const stored = whole()
  if (stored) yield stored
}

/** The range that contains these actors, possibly with others between them. */
export function rangeOf(addresses: readonly Address[]): KeyRange {
  const keys = addresses.map(actorKey).sort()
  return { gte: below(keys.at(0) ?? '').gte, lt: below(keys.at(-1) ?? '').lt }
}

/** `rows`: all bases of this actor, sorted. */
export function oldestBase(address: Address, rows: readonly StoredRow[]): ActorRecord | undefined {
  const [first] = rows
  if (first === undefined) return undefined
  const sequence = numberAt(first[0], partsOf(basesKey(address)).length)
  const key = baseKey(address, sequence)
  return revive(
    key,
    address,
    rows.filter(([each]) => each.startsWith(`${key}!`)),
  ).record
}

/** An actor's stored position, read from two rows. */
export function storedStanding(rows: WriteAhead, address: Address): CommitPosition | undefined {
  const key = under(actorKey(address), 'record')
  const head = rows.get(under(key, 'head'))
  if (head === undefined) return undefined
  return standingIn(key, head, rows.get(under(key, 'state')))
}

/** Whether the two rows are missing that every actor has. */
export function isUnknown(rows: WriteAhead, address: Address): boolean {
  const key = under(actorKey(address), 'record')
  return rows.get(under(key, 'head')) === undefined && rows.get(under(key, 'state')) === undefined
}

function sectionOf(key: string, rowKey: string): 'alarm' | 'outbox' | 'record' {
  const section = nameAt(rowKey, key.length + 1)
  if (section === 'alarm' || section === 'outbox' || section === 'record') return section
  throw new UnreadableRow(rowKey, 'not a part of an actor')
}
