// What an encrypted store keeps on the disk, and what becomes of it under other keys.

import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ClassicLevel } from 'classic-level'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { turnSchema } from '../../machines/index.ts'
import {
  Backups,
  finishRestore,
  openStore,
  rekeyStore,
  restoreStore,
  type StoreKeys,
  storeKey,
} from '../../persistence/index.ts'
import { Seal } from '../../persistence/seal.ts'
import { everything, newborn, step } from './actor.ts'

const one = storeKey(Buffer.alloc(32, 1))
const two = storeKey(Buffer.alloc(32, 2))
const keys: StoreKeys = { current: one, older: [] }
const PLANTED = 'PLANTED-TEXT-51c9e2'

let root: string
let directory: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'canopy-sealed-'))
  directory = join(root, 'store')
})
afterEach(() => rm(root, { recursive: true }))

async function fill(given: StoreKeys | null = keys): Promise<string> {
  const store = await openStore({ directory, ...(given && { keys: given }) })
  await store.commit(step(newborn('a', { text: PLANTED })))
  await store.saveEffectResult('a/b1/1/0', { kind: 'done', output: PLANTED })
  await store
    .transcripts(turnSchema)
    .appendTurn(null, { role: 'user', content: [{ type: 'text', text: PLANTED }] } as never)
  const all = await everything(store)
  await store.close()
  return all
}

async function read(given: StoreKeys | undefined): Promise<string> {
  const store = await openStore({ directory, keys: given })
  return everything(store).finally(() => store.close())
}

/** All bytes below a folder, as one text. */
async function bytesBelow(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  const texts = files.map((file) => readFile(join(file.parentPath, file.name), 'latin1'))
  return (await Promise.all(texts)).join('')
}

describe('an encrypted store', () => {
  test('has no word of what it keeps on the disk, nor has its backup', async () => {
    const before = await fill()
    const store = await openStore({ directory, keys })
    const clock = { now: () => 0, after: () => () => {} }
    const backups = join(root, 'backups')
    const facts = () => ({ 'mail in flight': [PLANTED] })
    await new Backups({ store, backups, everyMs: 0, keep: 1, clock, facts }).take()
    await store.close()
    const { gunzipSync } = await import('node:zlib')
    const [id = ''] = await readdir(backups)
    const rows = gunzipSync(await readFile(join(backups, id, 'rows.jsonl.gz'))).toString()
    for (const text of [await bytesBelow(directory), rows]) {
      expect(text).not.toContain(PLANTED)
      expect(text).toContain(`sealed1:${one.id}:`)
    }
    // No key is needed to put it back, but to read it.
    await restoreStore({ directory, backups })
    expect(await read(keys)).toBe(before)
  })

  test('is refused without its key, with another, and a plain one with a key', async () => {
    await fill()
    await expect(read(undefined)).rejects.toMatchObject({ code: 'encrypted' })
    await expect(read({ current: two, older: [] })).rejects.toThrow(`encrypted with key ${one.id}`)
    await rm(directory, { recursive: true })
    await fill(null)
    await expect(read(keys)).rejects.toMatchObject({ code: 'not_encrypted' })
  })

  test('does not take a plain row, one of another place, or one that was changed', async () => {
    await fill()
    const level = new ClassicLevel<string, string>(directory)
    const rows = await level.iterator().all()
    const [from, to] = rows.filter(([key]) => key.startsWith('ahead!'))
    const texts = [
      to?.[1].replace(/(.)(.{8})$/, (_, one: string, rest: string) => (one === 'A' ? 'B' : 'A') + rest),
      from?.[1],
      '{"plain":true}',
    ]
    await level.close()
    for (const text of texts) {
      const open = new ClassicLevel<string, string>(directory)
      await open.put(to?.[0] ?? '', text ?? '')
      await open.close()
      await expect(read(keys)).rejects.toMatchObject({ code: 'unreadable' })
    }
  })

  test('is written anew with another key, from plain and back; the old key reads nothing then', async () => {
    const before = await fill(null)
    await rekeyStore({ directory, to: keys })
    expect(await read(keys)).toBe(before)
    await rekeyStore({ directory, from: keys, to: { current: two, older: [one] } })
    expect(await read({ current: two, older: [] })).toBe(before)
    await expect(read(keys)).rejects.toMatchObject({ code: 'encrypted' })
    expect(await readdir(root)).toEqual(['store'])
    await rekeyStore({ directory, from: { current: two, older: [] } })
    expect(await read(undefined)).toBe(before)
  })

  test('a rekey that died between any two renames is finished by the next start', async () => {
    const before = await fill(null)
    const { rename, cp } = await import('node:fs/promises')
    await cp(directory, join(root, 'old'), { recursive: true })
    await rekeyStore({ directory, to: keys })
    await rename(directory, `${directory}.restored`)
    await rename(join(root, 'old'), `${directory}.before-rekey`)
    await finishRestore(directory)
    expect(await read(keys)).toBe(before)
    expect(await readdir(root)).toEqual(['store'])
  })

  test('a key that is needed no more is refused, one that is given as older still reads', async () => {
    const before = await fill()
    expect(await read({ current: two, older: [one] })).toBe(before)
  })
})

test('whatever is sealed comes back under its key alone, and no nonce comes twice', () => {
  const seal = new Seal(keys)
  const nonces = new Set<string>()
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string(), fc.string(), (text, key, other) => {
      const sealed = seal.seal(key, text)
      nonces.add(
        Buffer.from(sealed.split(':')[2] ?? '', 'base64')
          .subarray(0, 28)
          .toString('hex'),
      )
      expect(new Seal({ current: two, older: [one] }).unseal(key, sealed)).toBe(text)
      if (other !== key) expect(() => seal.unseal(other, sealed)).toThrow('another row')
    }),
    { numRuns: 200 },
  )
  expect(nonces.size).toBeGreaterThanOrEqual(200)
})
