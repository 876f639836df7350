// Commit size: what one step costs that changes one entry of a context with 10 to 100,000 of them, through the real
// store on disk. One side keeps them in a persistent map, the other in a plain object, written whole. The sizes take
// turns in every round; the plain side comes last, for the megabytes it writes keep LevelDB busy for a while.

import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ActorRecord, noChildren, PersistentMap } from '../kernel/index.ts'
import { openStore, type Store } from '../persistence/index.ts'

export const title = 'one step that changes one of n entries, map.set + commit, microseconds'

const SIZES = [10, 100, 1_000, 10_000, 100_000]
/** The plain side copies and writes everything: no size beyond this, and no more entries in a round than that. */
const PLAIN_SIZE = 10_000
const PLAIN_ENTRIES = 200_000

interface Entry {
  readonly id: string
  readonly state: string
  readonly attempts: number
}

interface Subject {
  readonly size: number
  readonly steps: number
  step(number: number): Promise<void>
  readonly rounds: Round[]
}

interface Round {
  readonly us: number
  readonly bytes: number
}

export async function run({ quick }: { readonly quick: boolean }): Promise<object> {
  const [steps, rounds] = quick ? [300, 3] : [2_000, 9]
  const directory = await mkdtemp(join(tmpdir(), 'canopy-bench-'))
  const stores: Store[] = []
  const subjects: { shared: Subject[]; plain: Subject[] } = { shared: [], plain: [] }
  try {
    for (const size of SIZES) {
      const store = await openStore({ directory: join(directory, String(size)) })
      stores.push(store)
      subjects.shared.push(await subject(store, 'shared', size, steps, sharedEntries(size)))
      if (size > PLAIN_SIZE) continue
      const few = Math.min(steps, Math.floor(PLAIN_ENTRIES / size))
      subjects.plain.push(await subject(store, 'plain', size, few, plainEntries(size)))
    }
    // The first round warms up.
    for (const side of [subjects.shared, subjects.plain]) {
      for (let round = 0; round <= rounds; round += 1) for (const each of side) await measure(each)
    }
  } finally {
    for (const store of stores) await store.close()
    await rm(directory, { recursive: true })
  }
  const shared = figures(subjects.shared)
  const plain = figures(subjects.plain)
  return {
    steps,
    rounds,
    shared,
    plain,
    ratio: rounded(us(shared, 10_000) / us(shared, 10)),
    ratio100k: rounded(us(shared, 100_000) / us(shared, 10)),
    gain10k: rounded(us(plain, 10_000) / us(shared, 10_000)),
  }
}

/** An actor that is stored with its entries, ready to change one of them in each step. */
async function subject(
  store: Store,
  address: string,
  size: number,
  steps: number,
  entries: Entries,
): Promise<Subject> {
  let record = born(address, entries.value)
  await store.commit(commitOf(undefined, record))
  return {
    size,
    steps,
    rounds: [],
    step: (number) => {
      const before = record
      // A walk that meets all entries in no order that the store could like.
      const at = (number * 7_919) % size
      const value = entries.changed(before.snapshot.context.entries, `task-${at}`, entry(at, number))
      const snapshot = { ...before.snapshot, context: { ...before.snapshot.context, entries: value } }
      record = { ...before, sequence: before.sequence + 1, snapshot }
      return store.commit(commitOf(before, record))
    },
  }
}

interface Entries {
  readonly value: unknown
  changed(value: unknown, key: string, entry: Entry): unknown
}

function sharedEntries(size: number): Entries {
  return {
    value: PersistentMap.fromEntries(all(size)),
    changed: (value, key, changed) => (value as PersistentMap<Entry>).set(key, changed),
  }
}

function plainEntries(size: number): Entries {
  return {
    value: Object.fromEntries(all(size)),
    changed: (value, key, changed) => ({ ...(value as Record<string, Entry>), [key]: changed }),
  }
}

function all(size: number): [string, Entry][] {
  return Array.from({ length: size }, (_, at) => [`task-${at}`, entry(at, 0)])
}

function entry(at: number, attempts: number): Entry {
  return { id: `task-${at}`, state: attempts % 2 === 0 ? 'waiting' : 'running', attempts }
}

function born(address: string, entries: unknown): ActorRecord {
  return {
    address,
    kind: 'bench',
    version: 1,
    parent: null,
    id: address,
    birth: 'b1',
    incarnation: 1,
    sequence: 1,
    snapshot: { status: 'active', value: 'open', context: { entries } },
    supervision: noChildren,
    invocations: {},
    alarms: {},
    places: PersistentMap.empty(),
    sent: PersistentMap.empty(),
    outside: [],
  }
}

function commitOf(before: ActorRecord | undefined, after: ActorRecord) {
  const event = { type: 'TASK_CHANGED', number: after.sequence }
  const message = {
    kind: 'mail',
    id: `b0/${after.sequence}`,
    from: null,
    streamSequence: after.sequence,
    event,
  }
  return {
    address: after.address,
    epoch: 1,
    before,
    after,
    entry: { sequence: after.sequence, at: 0, message: { ...message, kind: 'mail' as const } },
    alarms: { set: [], cancelled: [] },
    outbox: { add: [], remove: [] },
  }
}

async function measure({ steps, step, rounds }: Subject): Promise<void> {
  const first = rounds.length * steps
  const bytes = await bytesWritten()
  const start = performance.now()
  for (let number = 0; number < steps; number += 1) await step(first + number)
  const us = ((performance.now() - start) * 1_000) / steps
  rounds.push({ us, bytes: ((await bytesWritten()) - bytes) / steps })
}

/** By this process to files so far, LevelDB's own tidying included; NaN where the system does not tell. */
async function bytesWritten(): Promise<number> {
  const io = await readFile('/proc/self/io', 'utf8').catch(() => '')
  return Number(/^wchar: (\d+)/m.exec(io)?.[1] ?? Number.NaN)
}

type Figures = Readonly<Record<string, { readonly us: number; readonly bytes: number | null }>>

function figures(subjects: readonly Subject[]): Figures {
  return Object.fromEntries(
    subjects.map(({ size, rounds }) => {
      const counted = rounds.slice(1)
      const bytes = median(counted.map((round) => round.bytes))
      const us = rounded(median(counted.map((round) => round.us)))
      return [size, { us, bytes: Number.isNaN(bytes) ? null : Math.round(bytes) }]
    }),
  )
}

function us(of: Figures, size: number): number {
  return of[size]?.us ?? Number.NaN
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100
}
