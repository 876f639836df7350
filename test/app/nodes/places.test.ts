// The folders of a node: one life at a time, nothing of an earlier life, and the options that name them.

import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { createKeys } from '../../../app/keys/manage-keys.ts'
import { resolveNodeSettings } from '../../../app/nodes/node-settings.ts'
import { openPlaces } from '../../../app/nodes/places.ts'
import { scratch } from '../../cli/scratch.ts'

const KEY = { CANOPY_STORE_KEY_COMMAND: `echo ${'01'.repeat(32)}` }
const failure = (work: Promise<unknown>) => work.catch((error: unknown) => error)

let directory: string
beforeEach(() => {
  directory = join(scratch(), 'node')
})

async function open(env: Record<string, string> = {}) {
  const opened = new AsyncDisposableStack()
  onTestFinished(() => opened.disposeAsync())
  return { ...(await openPlaces(directory, env, opened)), end: () => opened.disposeAsync() }
}

describe('the places of a node', () => {
  it('go with it, its directory too', async () => {
    const { work, nowhere, end } = await open()
    mkdirSync(work)
    expect([work, nowhere].every((path) => path.startsWith(join(directory, 'life')))).toBe(true)
    await end()
    expect(existsSync(directory)).toBe(false)
  })

  it('leave packages for the next life', async () => {
    const { dependencies, end } = await open()
    mkdirSync(dependencies)
    await end()
    expect(readdirSync(directory)).toEqual(['dependencies'])
  })

  it('are empty after a life that was killed, also when that had another key', async () => {
    for (const [former, now] of [
      [{}, {}],
      [KEY, {}],
      [{}, KEY],
    ] as Record<string, string>[][]) {
      const { store, work } = await open(former)
      mkdirSync(work, { recursive: true })
      await store.writeMeta('name', 'former')
      await store.close()
      const next = await open(now)
      expect(existsSync(next.work)).toBe(false)
      expect(await next.store.readMeta('name')).toBeUndefined()
      await next.end()
    }
  })

  it('belong to one node: another is refused, and harms nothing', async () => {
    const { store, work } = await open()
    mkdirSync(work)
    expect(await failure(open())).toMatchObject({
      code: 'in_use',
      message: `another node uses ${directory}`,
      wayOut: expect.stringContaining('--data DIR'),
    })
    await store.writeMeta('name', 'still here')
    expect(existsSync(work)).toBe(true)
  })

  it('are not opened with a key that cannot be had', async () => {
    expect(await failure(open({ CANOPY_STORE_KEY_COMMAND: 'exit 1' }))).toMatchObject({
      code: 'bad_store_key',
    })
    expect(existsSync(directory)).toBe(false)
  })
})

describe('the settings of a node', () => {
  const NATS = 'nats://127.0.0.1:4222'
  const around = (cores = 4) => ({ env: {}, home: directory, directory, cores })
  let keys: string
  const creds = (member = 'node-a') => join(keys, `${member}.creds`)
  const settings = (options: object, cores?: number) =>
    resolveNodeSettings({ nats: NATS, creds: creds(), ...options }, around(cores))
  beforeAll(async () => {
    keys = mkdtempSync(join(tmpdir(), 'canopy-node-keys-'))
    const term = { now: Math.floor(Date.now() / 1000), days: '1' }
    await createKeys(keys, { system: 'nightly', node: ['a'] }, term)
  })
  beforeEach(() => void mkdirSync(directory))
  afterAll(() => rmSync(keys, { recursive: true, force: true }))

  it('are its name by its key, and defaults for the rest', async () => {
    expect(await settings({})).toMatchObject({
      name: 'a',
      nats: { url: NATS, identity: { system: 'nightly', member: 'node-a' } },
      workers: 4,
      directory: join(directory, '.local', 'state', 'canopy', 'node-a'),
      sandbox: true,
      json: false,
    })
    expect((await settings({}, 64)).workers).toBe(16)
    expect((await settings({}, 0)).workers).toBe(1)
  })

  it('may say how many work, and where', async () => {
    const packages = join(directory, 'packages')
    mkdirSync(packages)
    const own = { workers: '3', data: 'mine', dependencies: 'packages', sandbox: false, json: true }
    expect(await settings(own)).toMatchObject({
      workers: 3,
      directory: join(directory, 'mine'),
      packages,
      sandbox: false,
      json: true,
    })
  })

  it.each([
    [{ nats: undefined, creds: undefined }, 'missing_option', '--nats is missing'],
    [{ creds: undefined }, 'missing_option', '--creds is missing'],
    [{ creds: 'viewer' }, 'wrong_role', 'expected the key of a node'],
    [{ creds: 'file' }, undefined, ''],
    [{ creds: 'nowhere' }, undefined, ''],
    [{ workers: '0' }, 'bad_option', 'from 1 to 16'],
    [{ workers: '17' }, 'bad_option', '--workers is "17"'],
    [{ workers: 'all' }, 'bad_option', '--workers is "all"'],
    [{ data: '/proc/canopy' }, 'data_unwritable', '--data DIR'],
    [{ dependencies: 'nowhere' }, 'bad_option', '--dependencies is'],
  ])('are refused with %o', async (options, code, told) => {
    writeFileSync(join(directory, 'file'), 'no key')
    const { creds: named, ...others } = options as { creds?: string }
    const given = 'creds' in options ? { creds: named && (named === 'viewer' ? creds('viewer') : named) } : {}
    const error = (await failure(settings({ ...others, ...given }))) as Record<string, string>
    expect(error).toMatchObject({ name: 'UserError', code: code ?? expect.any(String) })
    expect(`${error.message} ${error.wayOut}`).toContain(told)
  })
})
