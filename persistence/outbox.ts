// Outbox
//
// Owns:   the stored effects of an actor that are decided and not yet done, in the order of decision.
//
// A row's key begins with the sequence and the index at the end of the idempotency key, so rows sort by decision.

import { z } from 'zod'
import type { OutboxEntry } from '../kernel/index.ts'
import type { Operation, StoredRow } from './database.ts'
import { decodeAs, put } from './json.ts'
import { keyOf, partsOf, under, unescaped } from './keys.ts'
import type { Commit } from './store.ts'

const effectSchema = z.looseObject({ kind: z.string() })

/** `key`: the actor's key. An entry that is added and removed in one commit stays removed. */
export function outboxOperations(key: string, { add, remove }: Commit['outbox']): Operation[] {
  return [
    ...add.map((entry) => put(outboxKey(key, entry.key), entry.effect)),
    ...remove.map((entryKey): Operation => [outboxKey(key, entryKey), undefined]),
  ]
}

export function outboxEntryOf([key, text]: StoredRow): OutboxEntry {
  const effect = decodeAs(effectSchema, key, text) as object as OutboxEntry['effect']
  return { key: unescaped(partsOf(key).at(-1) ?? ''), effect }
}

/** Entries of earlier births come first: their sequences are not comparable with this birth's. */
export function inOrder(entries: readonly OutboxEntry[], address: string, birth: string): OutboxEntry[] {
  const life = `${address}/${birth}/`
  const { own = [], earlier = [] } = Object.groupBy(entries, ({ key }) =>
    key.startsWith(life) ? 'own' : 'earlier',
  )
  return [...earlier, ...own]
}

export function outboxKey(key: string, entryKey: string): string {
  const [, sequence = '0', index = '0'] = /\/(\d{1,15})\/(\d{1,15})[^/]*$/.exec(entryKey) ?? []
  return keyOf(under(key, 'outbox'), Number(sequence), Number(index), entryKey)
}
