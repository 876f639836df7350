// Write-ahead
//
// Owns:   writing a batch as one row. LevelDB's cost is per row, and the next commit writes most rows of a commit again
//         (an actor's state, its positions). So a batch is first written as one row, and its rows are collected in
//         memory until the last version of each is written in bulk.
//
//     ahead             the number of the current cycle
//     ahead!<slot>      one batch: the cycle, then key and text in turn, a line each; an empty text deletes
//
// A batch is durable when its one row is; after a restart, pending rows are read from those rows.
//
// The bulk write and the start of the next cycle are one batch: slots of an earlier cycle are ignored.
//
// Reads see pending rows before stored ones. No key and no text holds a line break: keys are escaped, texts are JSON.

import {
  allRowsIn,
  chunksIn,
  type LevelDatabase,
  type Operation,
  oneByOne,
  rowsIn,
  type StoredRow,
  writeBatch,
} from './database.ts'
import { below, type KeyRange, keyOf } from './keys.ts'
import { UnreadableRow } from './unreadable-row.ts'

const ahead = 'ahead'
const mostRows = 512
const mostLength = 1 << 20

export class WriteAhead {
  readonly #level: LevelDatabase
  readonly #sync: boolean
  readonly #gathered = new Map<string, string | undefined>()
  #length = 0
  #cycle = 0
  #slot = 0

  private constructor(level: LevelDatabase, sync: boolean) {
    this.#level = level
    this.#sync = sync
  }

  /** Loads the pending rows of a database that was closed or whose process died. */
  static async open(level: LevelDatabase, sync: boolean): Promise<WriteAhead> {
    const rows = new WriteAhead(level, sync)
    await rows.#recover()
    return rows
  }

  get(key: string): string | undefined {
    return this.#gathered.has(key) ? this.#gathered.get(key) : this.#level.getSync(key)
  }

  /** All rows of a range, sorted, as they are at the time of the call. */
  in(range: KeyRange): AsyncGenerator<StoredRow, undefined> {
    return oneByOne(this.chunksIn(range))
  }

  /** The same in chunks. */
  chunksIn(range: KeyRange): AsyncGenerator<readonly StoredRow[], undefined> {
    return merged(chunksIn(this.#level, range), this.#gatheredIn(range))
  }

  /** The same as one list, for ranges of a few rows. */
  async allIn(range: KeyRange): Promise<readonly StoredRow[]> {
    const gathered = this.#gatheredIn(range)
    return overlaid(await allRowsIn(this.#level, range), gathered)
  }

  #gatheredIn(range: KeyRange): Operation[] {
    const found: Operation[] = []
    for (const row of this.#gathered) if (range.gte <= row[0] && row[0] < range.lt) found.push(row)
    return found.sort(byKey)
  }

  async deletions(range: KeyRange): Promise<Operation[]> {
    // Only keys are read: a damaged row can be deleted, also an encrypted one.
    const stored = await this.#level.keys(range).all()
    const keys = new Set(stored)
    for (const [key] of this.#gatheredIn(range)) keys.add(key)
    return [...keys].map((key) => [key, undefined])
  }

  async write(batch: ReadonlyMap<string, string | undefined>): Promise<void> {
    const text = lines(this.#cycle, batch)
    const rows = Math.max(this.#gathered.size + batch.size, this.#slot)
    if (rows > mostRows || this.#length + text.length > mostLength) return this.#writeOut(batch)
    await writeBatch(this.#level, [[keyOf(ahead, this.#slot), text]], this.#sync)
    this.#slot += 1
    this.#length += text.length
    for (const [key, value] of batch) this.#gathered.set(key, value)
  }

  async #writeOut(batch: ReadonlyMap<string, string | undefined>): Promise<void> {
    const next: Operation = [keyOf(ahead), String(this.#cycle + 1)]
    await writeBatch(this.#level, new Map([...this.#gathered, ...batch, next]), this.#sync)
    this.#gathered.clear()
    this.#length = 0
    this.#cycle += 1
    this.#slot = 0
  }

  async #recover(): Promise<void> {
    this.#cycle = cycleIn(keyOf(ahead), this.#level.getSync(keyOf(ahead)) ?? '0')
    const recovered = new Map<string, string | undefined>()
    for await (const [slot, text] of rowsIn(this.#level, below(ahead))) {
      const [cycle = '', ...rest] = text.split('\n')
      if (cycleIn(slot, cycle) !== this.#cycle) continue
      if (rest.length % 2 === 1) throw new UnreadableRow(slot, 'it is cut: its last key has no text')
      for (let at = 0; at < rest.length; at += 2) recovered.set(rest[at] ?? '', rest[at + 1] || undefined)
    }
    if (recovered.size > 0) await this.#writeOut(recovered)
  }
}

function byKey([one]: Operation, [other]: Operation): number {
  return one < other ? -1 : 1
}

function cycleIn(key: string, text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new UnreadableRow(key, `'${text.slice(0, 20)}' is not a cycle number`)
  return Number(text)
}

function lines(cycle: number, batch: ReadonlyMap<string, string | undefined>): string {
  const all = [String(cycle)]
  for (const [key, text] of batch) all.push(key, text ?? '')
  return all.join('\n')
}

async function* merged(
  stored: AsyncIterable<readonly StoredRow[]>,
  gathered: readonly Operation[],
): AsyncGenerator<readonly StoredRow[], undefined> {
  let from = 0
  for await (const chunk of stored) {
    const last = chunk.at(-1)?.[0] ?? ''
    let to = from
    while ((gathered[to]?.[0] ?? '~') <= last) to += 1
    yield overlaid(chunk, gathered.slice(from, to))
    from = to
  }
  yield overlaid([], gathered.slice(from))
}

/** Puts pending rows over stored ones. */
function overlaid(stored: readonly StoredRow[], gathered: readonly Operation[]): readonly StoredRow[] {
  if (gathered.length === 0) return stored
  const rows = new Map<string, string | undefined>([...stored, ...gathered])
  return [...rows].filter((row): row is [string, string] => row[1] !== undefined).sort(byKey)
}
