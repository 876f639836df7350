// Backups that somebody cut, changed or mixed up: each is told with its reason, none is restored, no store is touched.

import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  Backups,
  backupIds,
  checkBackup,
  openStore,
  readManifest,
  restoreStore,
  verifyBackup,
} from '../../persistence/index.ts'
import { assign, everything, newborn, step } from './actor.ts'

let root: string
let directory: string
let backups: string
let now: number

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'canopy-damaged-'))
  directory = join(root, 'store')
  backups = join(root, 'backups')
  now = Date.UTC(2027, 0, 2)
})
afterEach(() => rm(root, { recursive: true }))

/** A store of one actor and a backup of it; the content of the store at that moment. */
async function backedUp(n: number): Promise<{ id: string; path: string; content: string }> {
  const store = await openStore({ directory })
  const before = (await store.read('a'))?.record
  await store.commit(before ? assign(before, { n }) : step(newborn('a', { n })))
  const content = await everything(store)
  const clock = { now: () => now, after: () => () => {} }
  const { id } = await new Backups({ store, backups, everyMs: 0, keep: 9, clock }).take()
  await store.close()
  return { id, path: join(backups, id), content }
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

/** Replaces the rows of a backup by this text, and makes the manifest agree with the new file. */
async function replaceRows(path: string, text: string, rows: number): Promise<void> {
  await replaceFile(path, gzipSync(text), rows)
}

async function replaceFile(path: string, bytes: Buffer, rows: number): Promise<void> {
  await writeFile(join(path, 'rows.jsonl.gz'), bytes)
  const manifest = JSON.parse(await readFile(join(path, 'manifest.json'), 'utf8'))
  const changed = { ...manifest, rows, bytes: bytes.length, sha256: sha256(bytes) }
  await writeFile(join(path, 'manifest.json'), JSON.stringify(changed))
}

const change = (path: string, edit: (manifest: Record<string, unknown>) => unknown) => async () => {
  const file = join(path, 'manifest.json')
  await writeFile(file, JSON.stringify(edit(JSON.parse(await readFile(file, 'utf8')))))
}

const damages: [string, (path: string) => Promise<unknown>, RegExp][] = [
  ['without a manifest', (path) => rm(join(path, 'manifest.json')), /manifest cannot be read/],
  ['with half a manifest', (path) => writeFile(join(path, 'manifest.json'), '{"vers'), /manifest cannot/],
  [
    'with a manifest of a later version',
    (path) => change(path, (manifest) => ({ ...manifest, version: 2 }))(),
    /manifest cannot be read/,
  ],
  [
    'with a manifest without a checksum',
    (path) => change(path, ({ sha256: _, ...manifest }) => manifest)(),
    /manifest cannot be read/,
  ],
  [
    'with fewer rows than none',
    (path) => change(path, (manifest) => ({ ...manifest, rows: -1 }))(),
    /manifest cannot be read/,
  ],
  ['without its rows', (path) => rm(join(path, 'rows.jsonl.gz')), /ENOENT/],
  [
    'with a folder in the place of its rows',
    async (path) => {
      await rm(join(path, 'rows.jsonl.gz'))
      await mkdir(join(path, 'rows.jsonl.gz'))
    },
    /EISDIR/,
  ],
  [
    'that is cut',
    async (path) => {
      const file = join(path, 'rows.jsonl.gz')
      await writeFile(file, (await readFile(file)).subarray(0, -9))
    },
    /SHA-256 differs/,
  ],
  [
    'of which one bit is another',
    async (path) => {
      const file = join(path, 'rows.jsonl.gz')
      const bytes = await readFile(file)
      bytes[20] = (bytes[20] ?? 0) ^ 1
      await writeFile(file, bytes)
    },
    /SHA-256 differs/,
  ],
  [
    'with the checksum of a cut file',
    async (path) => {
      const bytes = await readFile(join(path, 'rows.jsonl.gz'))
      await replaceFile(path, bytes.subarray(0, -9), 1)
    },
    /unexpected end/,
  ],
  [
    'whose rows are not compressed',
    (path) => replaceFile(path, Buffer.from('["a","1"]\n'), 1),
    /incorrect header/,
  ],
  ['with a row too many', (path) => replaceRows(path, '["a","1"]\n["b","2"]\n', 1), /2 rows instead of 1/],
  ['with a row too few', (path) => replaceRows(path, '["a","1"]\n', 2), /1 rows instead of 2/],
  ['with a row that is no JSON', (path) => replaceRows(path, '["a","1"\n', 1), /JSON/],
  ['with a row that has no text', (path) => replaceRows(path, '["a"]\n', 1), /expected/i],
  ['with a row whose text is a number', (path) => replaceRows(path, '["a",1]\n', 1), /expected string/i],
]

describe('a backup', () => {
  test.each(damages)('%s is told with its reason', async (_, damage, reason) => {
    const { path } = await backedUp(1)
    expect(await verifyBackup(path)).toMatchObject({ kind: 'sound' })
    await damage(path)
    expect(await verifyBackup(path)).toEqual({ kind: 'damaged', reason: expect.stringMatching(reason) })
    const report = await checkBackup(path, { definitions: [], now })
    expect(report).toMatchObject({ actors: 0, problems: [{ where: 'backup', code: 'damaged' }] })
    expect(await readdir(backups)).toHaveLength(1)
  })

  test.each(damages)('%s is skipped for the one before it, which is told', async (_, damage, reason) => {
    const older = await backedUp(1)
    const newer = await backedUp(2)
    await damage(newer.path)
    const restored = await restoreStore({ directory, backups })
    expect(restored.manifest.id).toBe(older.id)
    expect(restored.damaged).toEqual([{ id: newer.id, reason: expect.stringMatching(reason) }])
    const store = await openStore({ directory })
    expect(await everything(store)).toBe(older.content)
    await store.close()
  })
})

describe('a restore is refused', () => {
  const untouched = async (content: string): Promise<void> => {
    const store = await openStore({ directory })
    expect(await everything(store)).toBe(content)
    await store.close()
    expect((await readdir(root)).toSorted()).toEqual(['backups', 'store'])
  }

  test('when no backup is sound, and names each with its reason', async () => {
    const first = await backedUp(1)
    const second = await backedUp(2)
    await rm(join(first.path, 'manifest.json'))
    await replaceRows(second.path, '7\n', 1)
    const refused = restoreStore({ directory, backups })
    await expect(refused).rejects.toMatchObject({ code: 'no_backup' })
    await expect(refused).rejects.toThrow(new RegExp(`${second.id}: .*; ${first.id}: its manifest`, 's'))
    await untouched(second.content)
  })

  test('when the one that was named is damaged, though others are sound', async () => {
    await backedUp(1)
    const second = await backedUp(2)
    await rm(join(second.path, 'manifest.json'))
    await expect(restoreStore({ directory, backups, from: second.id })).rejects.toThrow(/no backup is sound/)
    await untouched(second.content)
  })

  test('when there is no backup of that name, or none at all', async () => {
    const { content } = await backedUp(1)
    await expect(restoreStore({ directory, backups, from: '000009-x' })).rejects.toThrow(
      /no backup '000009-x'/,
    )
    await rm(backups, { recursive: true })
    await expect(restoreStore({ directory, backups })).rejects.toThrow(/there is no backup in/)
    await mkdir(backups)
    await untouched(content)
  })
})

test('only folders with the name of a backup count as one, in the order of their numbers', async () => {
  const first = await backedUp(1)
  now -= 60_000
  const second = await backedUp(2)
  for (const name of ['000003-20270102T000000Z.part', 'x', '12-20270102T000000Z', '000004-yesterday'])
    await mkdir(join(backups, name))
  expect(await backupIds(backups)).toEqual([second.id, first.id])
  expect(await readManifest(second.path)).toMatchObject({ version: 1, id: second.id, at: now })
  expect(await readManifest(join(backups, 'x'))).toBeUndefined()
  // The unfinished one is removed by the next backup, the others are not its own.
  await backedUp(3)
  expect((await readdir(backups)).filter((name) => name.endsWith('.part'))).toEqual([])
  expect(await readdir(backups)).toContain('000004-yesterday')
})

test('a store of more rows than one batch comes back whole', async () => {
  const store = await openStore({ directory })
  await Promise.all(
    Array.from({ length: 2_500 }, (_, at) => store.saveEffectResult(`k${at}`, { kind: 'done', output: at })),
  )
  const content = await everything(store)
  const clock = { now: () => now, after: () => () => {} }
  await new Backups({ store, backups, everyMs: 0, keep: 1, clock }).take()
  await store.close()
  await rm(directory, { recursive: true })
  const { aside } = await restoreStore({ directory, backups })
  expect(aside).toBeUndefined()
  const again = await openStore({ directory })
  expect(await everything(again)).toBe(content)
  await again.close()
})
