// What a real disk and a real death do to a store: promises that only LevelDB's files can keep or break.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, readdir, rm, stat, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { PersistentMap } from '../../kernel/index.ts'
import { openStore, type Store } from '../../persistence/index.ts'
import { all, assign } from './actor.ts'

let directory: string
let path: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'canopy-crash-'))
  path = join(directory, 'store')
})
afterEach(() => rm(directory, { recursive: true }))

/** Lets the committer work until it printed this many sequences, kills it, and gives all it printed. */
async function commitAndDie(count: number): Promise<number[]> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'committer.ts'), path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exit = once(child, 'exit')
  const printed: number[] = []
  for await (const line of createInterface(child.stdout)) {
    if (line === 'ready') continue
    printed.push(Number(line))
    if (printed.length === count) child.kill('SIGKILL')
  }
  await exit
  return printed
}

/** Whether the store is at the end of some commit, with nothing missing and nothing too much since its base. Gives which. */
async function wholeCommit(store: Store): Promise<number> {
  const stored = await store.read('a')
  const journal = await all(store.journal('a'))
  const sequence = stored?.record.sequence ?? 0
  const base = (await store.base('a'))?.sequence ?? 0
  const first = journal[0]?.sequence ?? sequence + 1
  expect(first).toBeLessThanOrEqual(base + 1)
  expect(journal.map((entry) => entry.sequence)).toEqual(
    Array.from({ length: sequence + 1 - first }, (_, at) => first + at),
  )
  const counts = stored?.record.snapshot.context.counts
  const sum = counts instanceof PersistentMap ? [...counts.entries()].reduce((all, [, n]) => all + n, 0) : 0
  expect(sum).toBe(sequence)
  return sequence
}

test.each([1, 40, 700, 2500, 5000])(
  'what was durable is there after SIGKILL at commit %i, and whole',
  async (count) => {
    const printed = await commitAndDie(count)
    const store = await openStore({ directory: path })
    try {
      const sequence = await wholeCommit(store)
      expect(sequence).toBeGreaterThanOrEqual(printed.at(-1) ?? Number.NaN)
      expect(printed).toEqual(Array.from({ length: printed.length }, (_, at) => at + 1))
      const record = (await store.read('a'))?.record
      if (!record) throw new Error('nothing was stored')
      const counts = record.snapshot.context.counts as PersistentMap<number>
      await store.commit(assign(record, { counts: counts.set('key-0', (counts.get('key-0') ?? 0) + 1) }))
      expect(await wholeCommit(store)).toBe(sequence + 1)
    } finally {
      await store.close()
    }
  },
)

test('a log that is torn anywhere opens at the end of an earlier commit', async () => {
  const printed = await commitAndDie(60)
  const sequences: number[] = []
  for (const cut of [0, 1, 7, 100, 333, 1000, 2500, 5000]) {
    const copy = join(directory, `cut-${cut}`)
    await cp(path, copy, { recursive: true })
    const log = await newestLog(copy)
    await truncate(log, Math.max(0, (await stat(log)).size - cut))
    const store = await openStore({ directory: copy })
    sequences.push(await wholeCommit(store))
    await store.close()
  }
  expect(sequences[0]).toBeGreaterThanOrEqual(printed.at(-1) ?? Number.NaN)
  expect(sequences).toEqual(sequences.toSorted((one, other) => other - one))
  expect(sequences.at(-1)).toBeLessThan(sequences[0] ?? 0)
})

async function newestLog(store: string): Promise<string> {
  const logs = (await readdir(store)).filter((file) => file.endsWith('.log')).toSorted()
  return join(store, logs.at(-1) ?? 'none')
}
