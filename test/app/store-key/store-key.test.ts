// Store keys: texts, files and commands that hold none, and a transit engine that does not give one.

import { chmodSync, chownSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { jetStreamKeyIn, mailSecretIn } from '../../../app/store-key/kept-secrets.ts'
import { keysOfCommand } from '../../../app/store-key/key-command.ts'
import { keysOfFile } from '../../../app/store-key/key-file.ts'
import { readKeyText } from '../../../app/store-key/key-text.ts'
import { addTransitKey, keysOfTransit, type Transit } from '../../../app/store-key/transit.ts'
import type { StoreKeys } from '../../../persistence/index.ts'
import { scratch } from '../../cli/scratch.ts'

const bytes = (byte: number) => Buffer.alloc(32, byte)
const hex = (byte: number) => bytes(byte).toString('hex')
const secrets = ({ current, older }: StoreKeys) =>
  [current, ...older].map(({ secret }) => Buffer.from(secret).toString('hex'))
const failure = (work: Promise<unknown>) => work.catch((error: unknown) => error)

describe('a text of keys', () => {
  it.each([
    ['hex', hex(1)],
    ['hex in capitals', hex(0xab).toUpperCase()],
    ['base64', bytes(2).toString('base64')],
  ])('may be %s', (_, text) => {
    expect(readKeyText(text, 'it').older).toEqual([])
  })

  it('has the encrypting key first, and may have comments, blank lines and spaces', () => {
    const text = `# new\n\n  ${hex(1)}\t\r\n#old\n${hex(2)}\n${hex(3)}`
    expect(secrets(readKeyText(text, 'it'))).toEqual([1, 2, 3].map(hex))
  })

  it.each([
    ['', 'it holds no key'],
    ['# only a comment\n', 'it holds no key'],
    [hex(1).slice(2), 'it, key 1 is not a key of 32 bytes'],
    [`${hex(1)}0`, 'it, key 1 is not'],
    [`${hex(1)}\npassword`, 'it, key 2 is not'],
    [`${bytes(1).toString('base64')}x`, 'it, key 1 is not'],
    [Buffer.alloc(31, 1).toString('base64'), 'it, key 1 is not'],
  ])('%j is none, and is not shown', (text, message) => {
    let told = ''
    try {
      readKeyText(text, 'it')
    } catch (error) {
      told = `${(error as Error).message}`
    }
    expect(told).toContain(message)
    for (const line of text.split('\n').filter((each) => each.length > 5))
      if (!line.startsWith('#')) expect(told).not.toContain(line)
  })
})

describe('a file of keys', () => {
  let file: string
  beforeEach(() => {
    file = join(scratch(), 'key')
    writeFileSync(file, hex(1), { mode: 0o600 })
  })

  it.each([0o600, 0o400])('of mode %o is read', async (mode) => {
    chmodSync(file, mode)
    expect(secrets(await keysOfFile(file, 'S'))).toEqual([hex(1)])
  })

  it.each([0o640, 0o604, 0o620, 0o602, 0o610])(
    'of mode %o is refused, with the command that mends it',
    async (mode) => {
      chmodSync(file, mode)
      expect(await failure(keysOfFile(file, 'S'))).toMatchObject({
        code: 'bad_store_key',
        message: expect.stringContaining(`mode ${mode.toString(8)}`),
        wayOut: `chmod 600 ${file}`,
      })
    },
  )

  it.skipIf(process.getuid?.() !== 0)('of another user is refused', async () => {
    chownSync(file, 65_534, 65_534)
    expect(await failure(keysOfFile(file, 'S'))).toMatchObject({
      message: expect.stringContaining('belongs to user 65534'),
    })
  })

  it('that is too large is not read', async () => {
    writeFileSync(file, `${hex(1)}\n`.repeat(2_000))
    expect(await failure(keysOfFile(file, 'S'))).toMatchObject({
      message: `${file} has 130000 bytes: it is not a file of keys`,
    })
  })

  it('that is not there, or is a folder, is told with the variable that names it', async () => {
    expect(await failure(keysOfFile('/nowhere/key', 'S'))).toMatchObject({
      message: 'S names /nowhere/key: it does not exist',
    })
    expect(await failure(keysOfFile(scratch(), 'S'))).toBeInstanceOf(Error)
  })
})

describe('a command that prints keys', () => {
  it('has the environment it is given, and no more', async () => {
    const keys = await keysOfCommand('test -z "$HOME" && echo $KEY', 'S', { KEY: hex(7) })
    expect(secrets(keys)).toEqual([hex(7)])
  })

  it.each([
    ['fails', `echo ${hex(1)}; exit 4`, 'the command in S ended with 4'],
    ['is killed', `echo ${hex(1)}; kill -9 $$`, 'the command in S ended with a signal'],
    ['prints nothing', 'true', 'the output of the command in S holds no key'],
    ['prints something else', 'echo permission denied', 'the output of the command in S, key 1'],
    ['is none', 'no-such-command-of-mine 2>/dev/null', 'the command in S ended with 127'],
  ])('but %s is refused without its output', async (_, command, message) => {
    const error = (await failure(keysOfCommand(command, 'S', { PATH: process.env.PATH }))) as Error
    expect(error.message).toContain(message)
    expect(error.message).not.toContain(hex(1))
    expect(error.message).not.toContain('permission')
  })
})

describe('a transit engine', () => {
  let folder: string
  const asked: { url: string; headers: Record<string, unknown>; body: unknown }[] = []
  let made = 0
  const wrap = (byte: number) => `vault:v1:${byte}`

  /** Makes keys of the bytes 1, 2, 3, and unwraps them. */
  const honest: RequestListener = (request, response) => {
    let text = ''
    request.on('data', (chunk) => (text += chunk))
    request.on('end', () => {
      const body = JSON.parse(text)
      asked.push({ url: request.url ?? '', headers: request.headers, body })
      const isNew = request.url?.includes('datakey')
      if (isNew) made += 1
      const byte = isNew ? made : Number(String(body.ciphertext).slice('vault:v1:'.length))
      const data = { plaintext: bytes(byte).toString('base64'), ciphertext: wrap(byte) }
      response.end(JSON.stringify({ data }))
    })
  }

  async function transit(listener: RequestListener, other: Partial<Transit> = {}): Promise<Transit> {
    const server = createServer(listener)
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    onTestFinished(() => void server.close())
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    return { address, token: 'the-token', mount: 'transit', name: 'canopy', folder, ...other }
  }
  const kept = () => join(folder, 'store-keys.json')

  beforeEach(() => {
    folder = scratch()
    asked.length = 0
    made = 0
  })

  it('makes a first key, gives it again, and puts each new one before the others', async () => {
    const where = await transit(honest, { namespace: 'team' })
    expect(secrets(await keysOfTransit(where))).toEqual([hex(1)])
    expect(secrets(await keysOfTransit(where))).toEqual([hex(1)])
    expect(secrets(await addTransitKey(where))).toEqual([hex(2), hex(1)])
    expect(secrets(await keysOfTransit(where))).toEqual([hex(2), hex(1)])
    expect(JSON.parse(readFileSync(kept(), 'utf8'))).toEqual({ wrapped: [wrap(2), wrap(1)] })
    expect(statSync(kept()).mode & 0o777).toBe(0o600)
    expect(asked[0]?.headers).toMatchObject({ 'x-vault-token': 'the-token', 'x-vault-namespace': 'team' })
  })

  it('is reached below a path, with or without a slash at its end', async () => {
    const where = await transit(honest)
    await keysOfTransit({ ...where, address: `${where.address}/vault/` })
    expect(asked[0]?.url).toBe('/vault/v1/transit/datakey/plaintext/canopy')
  })

  it.each([
    ['refuses', ((_, response) => void response.writeHead(403).end('{}')) as RequestListener, 'status 403'],
    [
      'leads elsewhere',
      ((_, response) => void response.writeHead(307, { location: '/other' }).end()) as RequestListener,
      'gave no store key',
    ],
    ['hangs up', ((request) => void request.socket.destroy()) as RequestListener, 'gave no store key'],
  ])('that %s leaves no key, and keeps nothing', async (_, listener, message) => {
    const error = await failure(keysOfTransit(await transit(listener)))
    expect(error).toMatchObject({ code: 'bad_store_key', message: expect.stringContaining(message) })
    expect((error as Error).message).not.toContain('the-token')
    expect(() => readFileSync(kept())).toThrow('ENOENT')
  })

  it.each([
    ['nothing', ''],
    ['a page', '<html>sign in</html>'],
    ['no key', '{"data":{}}'],
    ['a key without its wrapped form', `{"data":{"plaintext":"${bytes(1).toString('base64')}"}}`],
    [
      'a wrapped form that is empty',
      `{"data":{"plaintext":"${bytes(1).toString('base64')}","ciphertext":""}}`,
    ],
    [
      'a key of 16 bytes',
      `{"data":{"plaintext":"${bytes(1).toString('base64').slice(0, 22)}","ciphertext":"c"}}`,
    ],
    ['a key that is a number', '{"data":{"plaintext":5,"ciphertext":"c"}}'],
  ])('that answers with %s leaves no key, is told as such, and keeps nothing', async (_, text) => {
    const where = await transit((_request, response) => void response.end(text))
    const error = await failure(keysOfTransit(where))
    expect(error).toMatchObject({
      name: 'UserError',
      code: 'bad_store_key',
      message: `${where.address}/v1/transit/datakey/plaintext/canopy gave no store key: its answer is not that of a transit engine with a key of 32 bytes`,
      wayOut: expect.stringContaining('VAULT_ADDR'),
    })
    expect(() => readFileSync(kept())).toThrow('ENOENT')
  })

  it('that unwraps to something else is told with the address of that question', async () => {
    writeFileSync(kept(), JSON.stringify({ wrapped: ['vault:v1:1'] }))
    const error = await failure(keysOfTransit(await transit((_, response) => void response.end('{}'))))
    expect(error).toMatchObject({ message: expect.stringContaining('/v1/transit/decrypt/canopy gave no') })
  })

  it.each(['', '{', '{"wrapped":[]}', '{"wrapped":[""]}', '{"wrapped":"vault:v1:1"}', '[]'])(
    'makes no second key when its file is %j: the store would be lost',
    async (text) => {
      writeFileSync(kept(), text)
      expect(await failure(keysOfTransit(await transit(honest)))).toMatchObject({
        message: `${kept()} was not written by Canopy`,
        wayOut: expect.stringContaining('backup'),
      })
      expect([asked.length, readFileSync(kept(), 'utf8')]).toEqual([0, text])
    },
  )

  it('makes none either when the file cannot be read', async () => {
    mkdirSync(kept())
    expect(await failure(keysOfTransit(await transit(honest)))).toMatchObject({
      code: 'bad_store_key',
      message: expect.stringContaining(`${kept()} cannot be read: `),
      wayOut: expect.stringContaining('cannot be decrypted without it'),
    })
    expect(made).toBe(0)
  })
})

describe('secrets of a run', () => {
  it('are made once, differ, and are made again when something else is there', async () => {
    const facts = new Map<string, unknown>()
    const store = {
      readMeta: async (name: string) => facts.get(name),
      writeMeta: async (name: string, of: unknown) => void facts.set(name, of),
    } as never
    const [stream, mail] = [await jetStreamKeyIn(store), await mailSecretIn(store)]
    expect(stream).toMatch(/^[0-9a-f]{64}$/)
    expect(mail).not.toBe(stream)
    expect(await jetStreamKeyIn(store)).toBe(stream)
    facts.set('jetstream key', 'short')
    expect(await jetStreamKeyIn(store)).toMatch(/^[0-9a-f]{64}$/)
    expect(await mailSecretIn(store)).toBe(mail)
  })
})
