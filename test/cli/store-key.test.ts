// Where the store's key comes from, and `canopy store rekey`.

import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { systemClock } from '../../actors/index.ts'
import { storeKeysFor } from '../../app/store-key/store-key.ts'
import { Backups, openStore, type StoreKeys, storeKey } from '../../persistence/index.ts'
import { newborn, step } from '../persistence/actor.ts'
import { called } from './called.ts'
import { scratch } from './scratch.ts'

const HEX = '01'.repeat(32)
const OTHER = '02'.repeat(32)
const id = (hex: string): string => storeKey(Buffer.from(hex, 'hex')).id

function keyFile(text: string, mode = 0o600): string {
  const file = join(scratch(), 'key')
  writeFileSync(file, text)
  chmodSync(file, mode)
  return file
}

const ids = (keys: StoreKeys | undefined) => keys && [keys.current.id, ...keys.older.map((key) => key.id)]

describe('the key of a store', () => {
  it('is in no source, a file, or what a command prints; hex or base64, the first one encrypts', async () => {
    const text = `# mine\n${HEX}\n${Buffer.from(OTHER, 'hex').toString('base64')}\n`
    expect(await storeKeysFor('/d', {})).toBeUndefined()
    const found = await storeKeysFor('/d', { CANOPY_STORE_KEY_FILE: keyFile(text) })
    expect(ids(found)).toEqual([id(HEX), id(OTHER)])
    const printed = await storeKeysFor('/d', { CANOPY_STORE_KEY_COMMAND: `echo $MINE`, MINE: HEX })
    expect(ids(printed)).toEqual([id(HEX)])
  })

  it.each([
    ['a file that others can read', () => ({ CANOPY_STORE_KEY_FILE: keyFile(HEX, 0o644) }), 'chmod 600'],
    ['a file that is not there', () => ({ CANOPY_STORE_KEY_FILE: '/nowhere' }), 'does not exist'],
    ['a short key', () => ({ CANOPY_STORE_KEY_FILE: keyFile('0102') }), 'is not a key of 32 bytes'],
    ['an empty file', () => ({ CANOPY_STORE_KEY_FILE: keyFile('\n') }), 'holds no key'],
    ['a command that fails', () => ({ CANOPY_STORE_KEY_COMMAND: `echo ${HEX}; exit 3` }), 'ended with 3'],
    ['two sources', () => ({ CANOPY_STORE_KEY_COMMAND: 'echo', CANOPY_STORE_KEY_FILE: 'x' }), 'are both set'],
    [
      'a token over plain http',
      () => ({ CANOPY_STORE_KEY_TRANSIT: 'transit/canopy', VAULT_ADDR: 'http://vault', VAULT_TOKEN: 't' }),
      'https',
    ],
    ['no place in Vault', () => ({ CANOPY_STORE_KEY_TRANSIT: '../x' }), 'expected MOUNT/NAME'],
  ])('is refused from %s, without being shown', async (_, env, told) => {
    const error = await storeKeysFor('/d', env()).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'bad_store_key' })
    const { message, wayOut } = error as { message: string; wayOut: string }
    expect(`${message} ${wayOut}`).toContain(told)
    expect(`${message} ${wayOut}`).not.toContain(HEX)
  })

  it('is wrapped by a transit engine: only wrapped on the disk, the same at the next start', async () => {
    const data = scratch()
    const asked: string[] = []
    const env = { ...(await transitServer(asked)), CANOPY_STORE_KEY_TRANSIT: 'transit/canopy' }
    const first = await storeKeysFor(data, env)
    const again = await storeKeysFor(data, env)
    expect(again?.current).toEqual(first?.current)
    expect(asked).toEqual(['/v1/transit/datakey/plaintext/canopy', '/v1/transit/decrypt/canopy'])
    const kept = readFileSync(join(data, 'store-keys.json'), 'utf8')
    expect(kept).toContain('vault:v1:')
    expect(kept).not.toContain(Buffer.from(first?.current.secret ?? []).toString('base64'))
    await expect(storeKeysFor(data, { ...env, VAULT_TOKEN: 'wrong' })).rejects.toThrow('status 403')
  })
})

describe('canopy store rekey', () => {
  it('encrypts a plain store, changes its key, and decrypts it', async () => {
    const data = await plainStore()
    const directory = join(data, 'runs', '1', 'store')
    const rekey = (env: Record<string, string>, ...more: string[]) =>
      called(['store', 'rekey', '--data', data, ...more], data, { env })
    expect(await rekey({})).toMatchObject({ code: 2, err: expect.stringContaining('no store key is given') })
    expect(await rekey({ CANOPY_STORE_KEY_FILE: keyFile(HEX) })).toMatchObject({
      code: 0,
      out: expect.stringContaining(`encrypted with key ${id(HEX)}`),
    })
    await expect(openStore({ directory })).rejects.toMatchObject({ code: 'encrypted' })
    const both = { CANOPY_STORE_KEY_FILE: keyFile(`${OTHER}\n${HEX}`) }
    expect((await rekey(both)).out).toContain(id(OTHER))
    const check = await called(['store', 'check', '--data', data], data, {
      env: { CANOPY_STORE_KEY_FILE: keyFile(HEX) },
    })
    expect(check.out + check.err).toContain(`it is encrypted with key ${id(OTHER)}`)
    expect((await rekey(both, '--plain', '--json')).out).toContain('"key":null')
    await (await openStore({ directory })).close()
  })
})

describe('canopy store restore', () => {
  it('says so when no key is given that reads what it put in place', async () => {
    const data = await plainStore()
    const key = { CANOPY_STORE_KEY_FILE: keyFile(HEX) }
    await called(['store', 'rekey', '--data', data], data, { env: key })
    const keys = await storeKeysFor(data, key)
    const store = await openStore({ directory: join(data, 'runs', '1', 'store'), keys })
    const where = { store, backups: join(data, 'backups', '1'), everyMs: 0, keep: 1, clock: systemClock }
    const backups = new Backups({ ...where, facts: () => ({}) })
    await backups.take()
    await backups.close()
    await store.close()
    const restore = (env: Record<string, string>) =>
      called(['store', 'restore', '--data', data], data, { env })
    const without = await restore({})
    expect(without).toMatchObject({ code: 0, out: expect.stringContaining(`encrypted with key ${id(HEX)}`) })
    expect(without.out).not.toContain('continues from there')
    expect((await restore(key)).out).toContain("The next 'canopy run' continues from there.")
    const file = join(data, 'runs/1/run.json')
    writeFileSync(file, readFileSync(file, 'utf8').replace('"over":false', '"over":true'))
    expect((await restore(key)).out).toContain("The run has ended: the next 'canopy run' begins another one.")
  })
})

async function plainStore(): Promise<string> {
  const data = scratch()
  const path = join(data, 'runs', '1')
  mkdirSync(path, { recursive: true })
  const record = { system: 'shop-1', repository: '/r', milestones: [], seed: 1, began: 0, over: false }
  writeFileSync(join(path, 'run.json'), JSON.stringify(record))
  const store = await openStore({ directory: join(path, 'store') })
  await store.commit(step(newborn('a', { n: 1 })))
  await store.close()
  return data
}

/** The two requests of Vault's transit engine that are used; wraps by a prefix and base64. */
async function transitServer(asked: string[]): Promise<{ VAULT_ADDR: string; VAULT_TOKEN: string }> {
  const plain = Buffer.from(HEX, 'hex').toString('base64')
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => (body += chunk))
    request.on('end', () => {
      if (request.headers['x-vault-token'] !== 'token')
        return void response.writeHead(403).end('{"errors":[]}')
      asked.push(request.url ?? '')
      const ciphertext = `vault:v1:${Buffer.from(plain).reverse().toString('base64')}`
      const isKnown = JSON.parse(body).ciphertext === ciphertext || request.url?.includes('datakey')
      response.writeHead(isKnown ? 200 : 400).end(JSON.stringify({ data: { plaintext: plain, ciphertext } }))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return { VAULT_ADDR: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, VAULT_TOKEN: 'token' }
}
