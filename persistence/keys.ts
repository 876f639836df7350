// Keys
//
// Owns:   the keys of all stored rows, made so that each range of keys is one thing to read.
//
//     actor!<address>!alarm!<id>                        a stored timer
//     actor!<address>!outbox!<sequence>!<index>!<key>   an effect not yet done, in the order of decision
//     actor!<address>!record!<part>                     the snapshot and the rest of the record (snapshots.ts)
//     journal!<address>!<sequence>                      an accepted message
//     base!<address>!<sequence>!<part>                  the record a journal goes on from (bases.ts)
//     kept!<key>    letter    letter!<number>    fact!<name>    ahead!<slot>
//     turn!<digest>    begun!<key>                      conversations with models (transcripts.ts)
//     reply!<key>      part!<digest>                    recorded replies of models (replies.ts)
//
// `!` separates and is the lowest character in a key: `a` and all keys below it come before `a.b`.
//
// Names are escaped, so no name can reach into another range; numbers are padded, so they sort as numbers. Keys are
// ASCII without blanks, so they sort the same as strings here and as bytes in LevelDB.

import { UnreadableRow } from './unreadable-row.ts'

const separator = '!'
const next = '"'

/** The range of all keys that begin with these names. */
export interface KeyRange {
  readonly gte: string
  readonly lt: string
}

export const everything: KeyRange = { gte: separator, lt: '~' }

/** The key below `start` with these names and numbers. */
export function keyOf(start: string, ...parts: readonly (string | number)[]): string {
  let key = start
  for (const part of parts) key = under(key, typeof part === 'number' ? padded(part) : escaped(part))
  return key
}

/** The names in a key, still escaped. */
export function partsOf(key: string): string[] {
  return key.split(separator)
}

/** The name that begins at this index of a key, still escaped. */
export function nameAt(key: string, start: number): string {
  const end = key.indexOf(separator, start)
  return end < 0 ? key.slice(start) : key.slice(start, end)
}

/** The number at this index of a key's names. Throws `UnreadableRow` for another name. */
export function numberAt(key: string, index: number): number {
  const part = partsOf(key).at(index) ?? ''
  if (!/^\d{16}$/.test(part)) throw new UnreadableRow(key, `'${part}' in its name is not a number`)
  return Number(part)
}

export function actorKey(address: string): string {
  return keyOf('actor', address)
}

export function journalKey(address: string): string {
  return keyOf('journal', address)
}

export function below(key: string): KeyRange {
  return { gte: key + separator, lt: key + next }
}

/** `key` with one more name; `name` is a part of a key already, or needs no escape. */
export function under(key: string, name: string): string {
  return key + separator + name
}

// Cached, because the same few addresses and fields come in every commit.
const known = new Map<string, string>()
const mostKnown = 10_000

export function escaped(name: string): string {
  const found = known.get(name)
  if (found !== undefined) return found
  const part = name.replace(/[^"-$&-~]/g, (unit) => `%${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
  if (known.size >= mostKnown) known.clear()
  known.set(name, part)
  return part
}

export function unescaped(part: string): string {
  return part.replace(/%([0-9a-f]{4})/g, (_, code) => String.fromCharCode(Number.parseInt(code, 16)))
}

function padded(number: number): string {
  return String(number).padStart(16, '0')
}
