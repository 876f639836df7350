// What can be wrong with the place where a store lives, and that it says so with a way out.

import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ClassicLevel } from 'classic-level'
import { MemoryLevel } from 'memory-level'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type ActorRecord, PersistentMap } from '../../kernel/index.ts'
import type { LevelDatabase } from '../../persistence/database.ts'
import { openStore, type Store } from '../../persistence/index.ts'
import { openLevel } from '../../persistence/open.ts'
import { all, assign, everything, newborn, step } from './actor.ts'

const run = promisify(execFile)

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'canopy-disk-'))
})
afterEach(() => rm(directory, { recursive: true }))

async function rowsOf(path: string): Promise<[string, string][]> {
  const level = new ClassicLevel<string, string>(path)
  const rows = await level.iterator().all()
  await level.close()
  return rows
}

async function change(path: string, key: string, text: string | undefined): Promise<void> {
  const level = new ClassicLevel<string, string>(path)
  await (text === undefined ? level.del(key) : level.put(key, text))
  await level.close()
}

describe('opening', () => {
  test('makes the directory, with those above it', async () => {
    const store = await openStore({ directory: join(directory, 'a', 'b') })
    await store.close()
    expect(await readdir(join(directory, 'a', 'b'))).toContain('CURRENT')
  })

  test('is refused while someone else has it open, and possible afterwards', async () => {
    const store = await openStore({ directory })
    await expect(openStore({ directory })).rejects.toMatchObject({
      name: 'StoreError',
      code: 'locked',
      directory,
      message: expect.stringMatching(/already open.*Stop the other process/),
    })
    await store.close()
    await (await openStore({ directory })).close()
  })

  test.each(['file', 'file/below'])('says that %s is no directory', async (path) => {
    await writeFile(join(directory, 'file'), 'text')
    await expect(openStore({ directory: join(directory, path) })).rejects.toMatchObject({
      code: 'unwritable',
      message: expect.stringContaining(join(directory, path)),
    })
    expect(await readFile(join(directory, 'file'), 'utf8')).toBe('text')
  })

  test.each([
    ['99', 'format is 99, and this version knows formats up to'],
    ['one', "format is 'one'"],
    ['0', "format is '0'"],
  ])('leaves a store of format %s as it is', async (format, reason) => {
    await (await openStore({ directory })).close()
    await change(directory, 'fact!format', format)
    const before = await rowsOf(directory)
    await expect(openStore({ directory })).rejects.toMatchObject({
      code: 'format',
      message: expect.stringContaining(reason),
    })
    expect(await rowsOf(directory)).toEqual(before)
  })

  test("leaves someone else's LevelDB as it is", async () => {
    await change(directory, 'their key', 'their text')
    await expect(openStore({ directory })).rejects.toMatchObject({ code: 'format' })
    expect(await rowsOf(directory)).toEqual([['their key', 'their text']])
  })

  test('says that a store is corrupt rather than beginning a new one', async () => {
    const store = await openStore({ directory })
    await store.commit(step(newborn('a')))
    await store.close()
    const files = await readdir(directory)
    const manifest = files.find((file) => file.startsWith('MANIFEST')) ?? ''
    const whole = await readFile(join(directory, manifest))
    await truncate(join(directory, manifest), 10)
    await expect(openStore({ directory })).rejects.toMatchObject({ code: 'unreadable' })
    await writeFile(join(directory, manifest), whole)
    await rm(join(directory, 'CURRENT'))
    await expect(openStore({ directory })).rejects.toMatchObject({
      code: 'unreadable',
      message: expect.stringContaining('CURRENT'),
    })
  })
})

describe('a value that is torn or foreign', () => {
  const tasks = PersistentMap.fromEntries(Array.from({ length: 40 }, (_, at) => [`task-${at}`, at]))

  beforeEach(async () => {
    const store = await openStore({ directory })
    const alarm = { id: 'x', event: { type: 'X' }, deadline: 1, delay: 1, policy: 'deadline' } as const
    const effect = { kind: 'children', orders: [] } as const
    await store.commit(
      step(
        newborn('a', { n: 1, tasks }),
        {},
        {
          alarms: { set: [alarm], cancelled: [] },
          outbox: { add: [{ key: 'a/b1/1/0', effect }], remove: [] },
        },
      ),
    )
    await store.saveEffectResult('k', { kind: 'done', output: 1 })
    await store.addDeadLetter({ at: 1, to: 'a', reason: 'refused', message: 1 })
    await store.close()
    // Opening brings what was written ahead into its rows.
    await (await openStore({ directory })).close()
  })

  const reads: Record<string, (store: Store) => Promise<unknown>> = {
    read: (store) => store.read('a'),
    actors: (store) => all(store.actors()),
    journal: (store) => all(store.journal('a')),
    kept: (store) => store.effectResult('k'),
    letters: (store) => all(store.deadLetters()),
    commit: (store) => store.commit(step({ ...newborn('a'), sequence: 1 })),
  }

  const record = 'actor!a!record'
  const one = `${'0'.repeat(15)}1`
  test.each([
    ['read', `${record}!head`, '{"epoch":1'],
    ['read', `${record}!head`, undefined],
    ['actors', `${record}!head`, '[]'],
    ['commit', `${record}!head`, '"x"'],
    ['commit', `${record}!state`, undefined],
    ['read', `${record}!state`, '{"sequence":-1,"snapshot":{"status":"active"}}'],
    ['read', `${record}!supervision!children`, '7', record],
    ['read', `${record}!supervision!restarts`, undefined],
    ['read', `${record}!field!places`, '{}', record],
    ['read', `${record}!context!n`, undefined],
    ['read', `${record}!context!tasks`, 'map{}'],
    ['read', `${record}!context!tasks!0`, '[["task-1",'],
    ['read', `${record}!context!tasks!0`, '[["task-1",1],["task-0",2]]', `${record}!context!tasks`],
    ['actors', 'actor!a!else', '1'],
    ['read', 'actor!a!alarm!x', '{"id":"x"}'],
    ['actors', `actor!a!outbox!${one}!${'0'.repeat(16)}!a/b1/1/0`, 'null'],
    ['journal', `journal!a!${one}`, '{"at":1}'],
    ['kept', 'kept!k', '{"kind":"maybe"}'],
    ['letters', `letter!${one}`, '{}'],
    ['open', 'ahead', 'x'],
    ['open', `ahead!${'0'.repeat(16)}`, 'x\ny'],
  ])('%s: %s = %s', async (read, key, text, named = key) => {
    await change(directory, key, text)
    const unreadable = {
      name: 'StoreError',
      code: 'unreadable',
      message: expect.stringContaining(`'${named}'`),
    }
    if (read === 'open') return expect(openStore({ directory })).rejects.toMatchObject(unreadable)
    const store = await openStore({ directory })
    await expect(reads[read]?.(store)).rejects.toMatchObject(unreadable)
    await store.close()
  })
})

/** Where abstract-level lets an implementation write. */
interface Writes {
  _batch(...parameters: unknown[]): Promise<void>
}

describe('a full disk', () => {
  /** Commits until it fails; gives the last record that was promised to be there, and the failure. */
  async function fill(store: Store, length: number): Promise<{ record: ActorRecord; failure: unknown }> {
    let record = newborn('a', {})
    for (;;) {
      const next = assign(record, { text: `${record.sequence}`.padEnd(length, 'x') })
      try {
        await store.commit(next)
      } catch (failure) {
        return { record, failure }
      }
      record = next.after
    }
  }

  const full = {
    name: 'StoreError',
    code: 'disk_full',
    message: expect.stringMatching(/full.*Free some space/),
  }

  async function canMount(at: string): Promise<boolean> {
    await mkdir(at)
    return run('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', at]).then(
      () => true,
      () => false,
    )
  }

  test('is said, nothing is half written, and the store goes on when there is space again', async (context) => {
    const small = join(directory, 'small')
    if (!(await canMount(small))) return context.skip('this user may not mount a small disk')
    try {
      const path = join(small, 'store')
      await writeFile(join(small, 'ballast'), 'x'.repeat(400_000))
      const store = await openStore({ directory: path })
      const { record, failure } = await fill(store, 3000)
      expect(failure).toMatchObject({ ...full, directory: path })
      expect(record.sequence).toBeGreaterThan(10)
      await expect(store.commit(step(record))).rejects.toMatchObject(full)
      await store.close()
      await rm(join(small, 'ballast'))
      const again = await openStore({ directory: path })
      expect((await again.read('a'))?.record).toEqual(record)
      expect(await all(again.journal('a'))).toHaveLength(record.sequence)
      await again.commit(step(record))
      await again.close()
    } finally {
      await run('umount', [small])
    }
  })

  test('fails all that was asked for with it and after it, and nothing before it', async () => {
    const level = new MemoryLevel<string, string>() as object as LevelDatabase & Writes
    const store = await openLevel(level, { directory: '/disk' })
    const first = step(newborn('a'))
    await store.commit(first)
    const before = await everything(store)
    const write = level._batch.bind(level)
    level._batch = async () => {
      throw Object.assign(new Error('IO error: /disk/000003.log: No space left on device'), {
        code: 'LEVEL_IO_ERROR',
      })
    }
    const asked = [
      store.commit(step(first.after)),
      store.saveEffectResult('k', { kind: 'done', output: 1 }),
      store.settle('a', ['x']),
      store.addDeadLetter({ at: 1, to: 'a', reason: 'refused', message: 1 }),
      store.remove('a'),
    ]
    for (const result of await Promise.allSettled(asked)) {
      expect(result).toMatchObject({ status: 'rejected', reason: full })
    }
    level._batch = write
    await expect(store.commit(step(newborn('b')))).rejects.toMatchObject(full)
    await expect(store.writeMeta('f', 1)).rejects.toMatchObject(full)
    expect(await everything(store)).toBe(before)
    await store.close()
    const again = await openLevel(level, { directory: '/disk' })
    expect(await everything(again)).toBe(before)
    await again.commit(step(first.after))
    await again.close()
  })
})
