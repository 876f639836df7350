// Stored actors
//
// Owns:   sorting the rows of actors into what each left behind.

import type { ActorRecord, Address } from '../machines/index.ts'
import { alarmOf } from './alarms.ts'
import { baseKey, basesKey } from './bases.ts'
import type { Row } from './database.ts'
import type { Standing } from './fence.ts'
import { UnreadableRow } from './json.ts'
import { actorKey, partsOf, under, unescaped } from './keys.ts'
import { inOrder, outboxEntryOf } from './outbox.ts'
import { revive, standingIn } from './revival.ts'
import type { StoredActor } from './store.ts'
import type { WriteAhead } from './write-ahead.ts'

/** `rows`: all rows of this actor, sorted. */
export function storedActorOf(address: Address, rows: readonly Row[]): StoredActor {
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

/** `rows`: those of all actors, sorted. */
export async function* storedActorsOf(rows: AsyncIterable<Row>): AsyncGenerator<StoredActor, undefined> {
  let current = ''
  let own: Row[] = []
  for await (const row of rows) {
    const [, name = ''] = partsOf(row[0])
    if (name !== current && own.length > 0) {
      yield storedActorOf(unescaped(current), own)
      own = []
    }
    current = name
    own.push(row)
  }
  if (own.length > 0) yield storedActorOf(unescaped(current), own)
}

/** `rows`: all bases of this actor, sorted. */
export function oldestBase(address: Address, rows: readonly Row[]): ActorRecord | undefined {
  const [first] = rows
  if (first === undefined) return undefined
  const sequence = Number(partsOf(first[0])[partsOf(basesKey(address)).length])
  const key = baseKey(address, sequence)
  return revive(
    key,
    address,
    rows.filter(([each]) => each.startsWith(`${key}!`)),
  ).record
}

/** Where an actor stands by what is written of it; two rows are all it takes. */
export function storedStanding(rows: WriteAhead, address: Address): Standing | undefined {
  const key = under(actorKey(address), 'record')
  const head = rows.get(under(key, 'head'))
  if (head === undefined) return undefined
  return standingIn(key, head, rows.get(under(key, 'state')))
}

function sectionOf(key: string, rowKey: string): 'alarm' | 'outbox' | 'record' {
  const [section] = partsOf(rowKey.slice(key.length + 1))
  if (section === 'alarm' || section === 'outbox' || section === 'record') return section
  throw new UnreadableRow(rowKey, 'an actor has no such part')
}
