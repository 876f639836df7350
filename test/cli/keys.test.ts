// Keys on a real server: made, used, replaced without anybody noticing, ended for good.

import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Connection, connectNats, openControl } from '../../transport/index.ts'
import { eventually } from '../eventually.ts'
import { natsBinary } from '../transport/nats.ts'
import { called } from './called.ts'
import { scratch } from './scratch.ts'

let folder: string
let server: ChildProcess | undefined
let url: string
const connections: Connection[] = []

const file = (member: string): string => join(folder, `${member}.creds`)

const keys = (...args: string[]) => called(['keys', ...args, '--json'], scratch(), { now: Date.now })

async function connect(member: string): Promise<Connection> {
  const connection = await connectNats({ url, credentials: { file: file(member) }, name: member })
  connections.push(connection)
  return connection
}

async function start(): Promise<void> {
  server = spawn(
    await natsBinary(),
    ['-c', join(folder, 'nats-server.conf'), '-p', '-1', '--ports_file_dir', folder],
    { cwd: folder, stdio: 'ignore' },
  )
  const ports = join(folder, `nats-server_${server.pid}.ports`)
  await eventually(() => existsSync(ports) && readFileSync(ports, 'utf8').endsWith('}'), {
    what: 'the server',
  })
  url = JSON.parse(readFileSync(ports, 'utf8')).nats[0]
}

beforeEach(async () => {
  folder = join(scratch(), 'keys')
  expect(await keys('create', folder, '--system', 'nightly', '--node', 'a')).toMatchObject({ code: 0 })
})
afterEach(async () => {
  for (const connection of connections.splice(0)) await connection.close()
  server?.kill('SIGKILL')
  server = undefined
})

describe('canopy keys', () => {
  it('makes files that nobody else can read, and no secret for the server', () => {
    const names = readdirSync(folder).sort()
    expect(names).toEqual([
      'accounts.conf',
      'keyring.json',
      'main.creds',
      'nats-server.conf',
      'node-a.creds',
      'operator.creds',
      'viewer.creds',
    ])
    expect(statSync(folder).mode & 0o777).toBe(0o700)
    for (const name of names.filter((each) => /creds|keyring/.test(each)))
      expect(statSync(join(folder, name)).mode & 0o777, name).toBe(0o600)
    for (const name of ['accounts.conf', 'nats-server.conf'])
      expect(readFileSync(join(folder, name), 'utf8')).not.toMatch(/\bS[AOU][A-Z2-7]{56}\b/)
    // Wherever it is started.
    expect(readFileSync(join(folder, 'nats-server.conf'), 'utf8')).toContain(`"${folder}/nats-store"`)
  })

  it('replaces a key while the old one is in use, ends the old one for good, and nobody else notices', async () => {
    await start()
    const [home, node] = [await connect('main'), await connect('node-a')]
    const states: string[] = []
    node.onState((state) => states.push(state))
    await openControl({ connection: home, system: 'nightly' }).serve({
      status: async () => ({ ok: true, value: 1 }),
    })
    const before = readFileSync(file('node-a'), 'utf8')
    expect(await keys('rotate', folder, 'node-a')).toMatchObject({ code: 0 })
    const renewed = await connect('node-a')
    expect(await asks(node)).toBe(true)
    expect(await asks(renewed)).toBe(true)
    expect(states).toEqual([])

    const old = await connectNats({ url, credentials: before, name: 'old' })
    connections.push(old)
    expect(await keys('revoke', folder, 'node-a', '--old')).toMatchObject({ code: 0 })
    server?.kill('SIGHUP')
    await eventually(() => old.state === 'disconnected', { what: 'the end of the old key' })
    // Whoever has the file has the new key, and is back at once.
    await eventually(async () => states.includes('disconnected') && (await asks(node)), {
      what: 'the node, back',
    })
    // The server reads the member's account again and has all its connections come back.
    await eventually(() => asks(renewed), { what: 'an answer for the new key' })
    expect(home.state).toBe('connected')
    await expect(connectNats({ url, credentials: before, name: 'old' })).rejects.toMatchObject({
      code: 'unauthorized',
    })
    expect(old.state).toBe('disconnected')
    const listed: { member: string }[] = JSON.parse((await keys('list', folder)).out)
    expect(listed.filter(({ member }) => member === 'node-a')).toMatchObject([
      { state: 'revoked' },
      { state: 'valid' },
    ])
  })

  it('lets somebody new in when the server has read its configuration again', async () => {
    await start()
    const home = await connect('main')
    await openControl({ connection: home, system: 'nightly' }).serve({
      status: async () => ({ ok: true, value: 1 }),
    })
    expect(await keys('create', folder, '--node', 'b')).toMatchObject({ code: 0 })
    server?.kill('SIGHUP')
    const node = await eventually(() => connect('node-b').catch(() => undefined), { what: 'the new node' })
    await eventually(() => asks(node), { what: 'an answer for the new node' })
    expect(home.state).toBe('connected')
  })

  it.each([
    [['list', '/nowhere'], 'there are no keys in /nowhere'],
    [['create', 'new', '--node', 'A b'], '"A b" is not a valid name for a node'],
    [['create', 'new', '--days', '0'], '--days is "0"'],
    [['create', 'new', '--system', 'a b'], '--system is "a b"'],
  ])('%j is told with the way out', async (args, sentence) => {
    const { code, err } = await keys(...args)
    expect(code).toBe(2)
    expect(err).toContain(sentence)
  })

  it('names who is not there, and does not end everything by accident', async () => {
    expect((await keys('rotate', folder, 'node-x')).err).toContain('there is no "node-x"')
    expect((await keys('revoke', folder)).err).toContain('no member is named')
  })
})

/** Whether home answers it. */
async function asks(connection: Connection): Promise<boolean> {
  const reply = await openControl({ connection, system: 'nightly' }).request('here', {}, 1_000)
  return reply.ok
}
