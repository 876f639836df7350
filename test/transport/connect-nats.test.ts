// Connecting: each way in which it cannot be is a code and a sentence with the way out.

import { type ChildProcess, spawn } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { connectNats, type NatsServer } from '../../transport/index.ts'
import { eventually } from '../contracts/mail.ts'
import { connectTo, natsBinary, startServer, stopServers, temporaryFolder } from './nats.ts'

let server: NatsServer
let child: ChildProcess | undefined
let fake: Server | undefined

beforeAll(async () => {
  server = await startServer()
})
afterAll(stopServers)
afterEach(() => {
  child?.kill('SIGKILL')
  fake?.close()
})

function refused(url: string) {
  return connectNats({ url, name: 'test' }).then(
    () => expect.unreachable('it connected'),
    (error) => ({ code: error.code, message: error.message }),
  )
}

describe('connecting', () => {
  test('takes a key as text or as a file, and the URL with or without its scheme', async () => {
    const { main: credentials = '' } = server.credentials
    const { host } = new URL(server.url)
    const file = join(await temporaryFolder(), 'main.creds')
    await writeFile(file, credentials)
    for (const target of [
      { url: `nats://${host}`, credentials: { file } },
      { url: host, credentials },
      { url: `nats://127.0.0.1:1, nats://${host}`, credentials },
    ]) {
      const connection = await connectNats({ ...target, name: 'test' })
      expect(connection.identity).toEqual({ member: 'main', role: 'home', system: '*', expires: undefined })
      expect(connection.state).toBe('connected')
      expect(connection.serverVersion).toMatch(/^2\.\d+\.\d+/)
      await connection.close()
      expect(await connection.closed).toBeUndefined()
    }
  })

  test('to nobody names the URL and the ways out', async () => {
    expect(await refused('nats://127.0.0.1:1')).toMatchObject({
      code: 'unreachable',
      message: expect.stringMatching(/nats:\/\/127\.0\.0\.1:1 .*nats-server -c nats-server\.conf/),
    })
  })

  test.each(['http://127.0.0.1:4222', 'nats://', 'nats://a b', ''])(
    'to %j says that it is no URL',
    async (url) => {
      expect(await refused(url)).toMatchObject({
        code: 'unreachable',
        message: expect.stringContaining('no NATS URL'),
      })
    },
  )

  test('without a key says how to give it', async () => {
    expect(await refused(server.url)).toMatchObject({
      code: 'unauthorized',
      message: expect.stringContaining('--creds FILE'),
    })
  })

  test('with a password in the URL is refused, and does not repeat it', async () => {
    const { code, message } = await refused('nats://canopy:a-secret@127.0.0.1:4222')
    expect(code).toBe('password_in_url')
    expect(message).toContain('--creds FILE')
    expect(message).not.toContain('a-secret')
  })

  test.each([
    'nats://10.1.2.3:4222',
    'nats://127.0.0.1:4222,nats://nats.example:4222',
    'nats://127.0.0.1.evil.example',
  ])('to %s is refused without TLS', async (url) => {
    expect(await refused(url)).toMatchObject({ code: 'no_tls', message: expect.stringContaining('tls://') })
  })

  test('to a server without JetStream says how to start it', async () => {
    const folder = await temporaryFolder()
    child = spawn(await natsBinary(), ['-a', '127.0.0.1', '-p', '-1', '--ports_file_dir', folder], {
      stdio: 'ignore',
    })
    const file = join(folder, `nats-server_${child.pid}.ports`)
    let url = ''
    await eventually(async () => {
      url = JSON.parse(await readFile(file, 'utf8')).nats[0]
    })
    expect(await refused(url)).toMatchObject({
      code: 'no_jetstream',
      message: expect.stringContaining('nats-server -js'),
    })
  })

  test('to a server that is too old says which one is needed', async () => {
    fake = createServer((socket) => {
      const greeting = { server_id: 'x', version: '2.8.4', proto: 1, headers: true, max_payload: 1048576 }
      socket.write(`INFO ${JSON.stringify(greeting)}\r\n`)
      socket.on('data', (bytes) => bytes.includes('PING') && socket.write('PONG\r\n'))
      socket.on('error', () => {})
    })
    await new Promise<void>((resolve) => fake?.listen(0, '127.0.0.1', resolve))
    const { port } = fake.address() as AddressInfo
    expect(await refused(`nats://127.0.0.1:${port}`)).toMatchObject({
      code: 'too_old',
      message: expect.stringMatching(/2\.8\.4.*2\.9\.4/),
    })
  })
})

describe('a connection', () => {
  test('tells its states until asked not to, and what was forced comes back by itself', async () => {
    const connection = await connectTo(server)
    const states: string[] = []
    const unlisten = connection.onState((state) => states.push(state))
    await connection.nats.reconnect()
    await eventually(() => expect(states).toEqual(['disconnected', 'connected']))
    unlisten()
    await connection.nats.reconnect()
    await eventually(() => expect(connection.state).toBe('disconnected'))
    await eventually(() => expect(connection.state).toBe('connected'))
    expect(states).toHaveLength(2)
    await connection.close()
  })

  test('closes also while its server is away', async () => {
    const own = await startServer()
    const connection = await connectTo(own)
    await own.stop()
    await eventually(() => expect(connection.state).toBe('disconnected'))
    await connection.close()
    await connection.closed
  })
})
