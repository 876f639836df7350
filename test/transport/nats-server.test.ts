// The embedded server: as good as its promises N1 to N3, with real processes that are really killed.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, copyFile, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { createConnection } from 'node:net'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, describe, expect, test } from 'vitest'
import {
  accountsConfiguration,
  connectNats,
  createKeyring,
  issue,
  openMail,
  type RunningServer,
  runningServer,
  type ServerExit,
} from '../../transport/index.ts'
import { envelope, eventually, Notebook } from '../contracts/mail.ts'
import { connectTo, natsBinary, startServer, stopServers, temporaryFolder } from './nats.ts'

const children: ChildProcess[] = []

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  await stopServers()
})

/** A process of its own that has started a server in the directory. */
async function startParent(
  directory: string,
  path?: string,
): Promise<{ parent: ChildProcess; server: RunningServer }> {
  const script = new URL('./running-parent.ts', import.meta.url).pathname
  const parent = spawn(process.execPath, [script, await natsBinary(), directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
    env: path === undefined ? process.env : { ...process.env, PATH: path },
  })
  children.push(parent)
  const [line] = await once(createInterface({ input: parent.stdout }), 'line')
  return { parent, server: JSON.parse(line) }
}

async function listens(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url)
  const socket = createConnection({ host: hostname, port: Number(port) })
  const answer = await Promise.race([
    once(socket, 'connect').then(() => true),
    once(socket, 'error').then(() => false),
  ]).catch(() => false)
  socket.destroy()
  return answer
}

/** Everything below a folder that is not JetStream's own. */
async function filesBut(directory: string): Promise<string[]> {
  const names = await readdir(directory, { recursive: true })
  return names.filter((name) => !name.startsWith(join('nats', 'jetstream'))).sort()
}

/** All bytes of a folder, as one text. */
async function bytesBelow(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  const texts = files.map((file) => readFile(join(file.parentPath, file.name), 'latin1'))
  return (await Promise.all(texts)).join('')
}

describe('the embedded server', () => {
  test('encrypts its files with a key, also those that were plain before, and reads them again', async () => {
    const directory = await temporaryFolder()
    const keyring = createKeyring('sealed')
    const word = 'PLANTED-IN-MAIL-51c9e2'
    const publish = async (encryptionKey: string | undefined, label: string) => {
      const server = await startServer({ directory, keyring, encryptionKey })
      const connection = await connectTo(server)
      const mail = await openMail({ connection, system: 'sealed', unit: 'main', mailboxLimit: 10 })
      await mail.publish(envelope('a.b', `${word} ${label}`))
      const notebook = new Notebook()
      await mail.receive(notebook.receiver)
      await eventually(() => expect(notebook.labels()).toContain(`${word} ${label}`))
      const seen = notebook.labels().length
      await mail.close()
      await connection.close()
      await server.stop()
      return seen
    }
    await publish(undefined, 'plain')
    expect(await bytesBelow(join(directory, 'nats'))).toContain(word)
    await publish('0a'.repeat(32), 'first')
    expect(await publish('0a'.repeat(32), 'second')).toBe(3)
    expect(await bytesBelow(join(directory, 'nats'))).not.toContain(word)
  })

  test('answers who has a key, on loopback, and tells where it is in a file of ours alone', async () => {
    const directory = await temporaryFolder()
    const server = await startServer({ directory })
    expect(server.url).toMatch(/^nats:\/\/127\.0\.0\.1:\d+$/)
    const connection = await connectTo(server)
    expect(connection.serverVersion).toBe(server.version)
    await connection.close()
    await expect(connectNats({ url: server.url, name: 'stranger' })).rejects.toMatchObject({
      code: 'unauthorized',
    })
    const file = join(directory, 'nats.json')
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect(await runningServer(directory)).toEqual({
      url: server.url,
      credentials: join(directory, 'nats-keys', 'operator.creds'),
      pid: server.pid,
      user: process.getuid?.(),
    })
    expect((await stat(join(directory, 'nats-keys'))).mode & 0o777).toBe(0o700)
    expect((await readdir(join(directory, 'nats-keys'))).sort()).toEqual(['operator.creds', 'viewer.creds'])
    const files = ['nats-keys/operator.creds', 'nats-keys/viewer.creds', 'nats-run/nats-server.conf']
    for (const name of files) expect((await stat(join(directory, name))).mode & 0o777).toBe(0o600)
    // No seed of anybody's is where others can look, nor what the server itself is told.
    const seed = /\bS[AOU][A-Z2-7]{56}\b/
    const looked = [
      `/proc/${server.pid}/cmdline`,
      `/proc/${server.pid}/environ`,
      ...files.slice(2),
      'nats.json',
    ]
    for (const name of looked) expect(await readFile(resolve(directory, name), 'utf8')).not.toMatch(seed)
  })

  test('leaves nothing but its store when it is stopped, and tells that it is', async () => {
    const directory = await temporaryFolder()
    const server = await startServer({ directory })
    const exits: ServerExit[] = []
    server.onExit((exit) => exits.push(exit))
    await server.stop()
    await server.stop()
    await eventually(() => expect(exits).toEqual([{ kind: 'stopped' }]))
    expect(await listens(server.url)).toBe(false)
    expect(await filesBut(directory)).toEqual([
      'nats',
      join('nats', 'account'),
      join('nats', 'server-version'),
    ])
    expect(await runningServer(directory)).toBeUndefined()
  })

  test('keeps its mail from one start to the next', async () => {
    const directory = await temporaryFolder()
    for (const round of ['first', 'second']) {
      const server = await startServer({ directory })
      const connection = await connectTo(server)
      const mail = await openMail({ connection, system: 'kept', unit: 'main', mailboxLimit: 10 })
      if (round === 'first') await mail.publish(envelope('an.actor', 'kept'))
      else {
        const notes = new Notebook(true)
        await mail.receive(notes.receiver)
        await eventually(() => expect(notes.labels()).toEqual(['kept']))
      }
      await mail.close()
      await connection.close()
      await server.stop()
    }
  })

  test('is started again with the same port and keys when it is killed, and clients come back', async () => {
    const restarts: [number, string][] = []
    const server = await startServer({ onRestart: (count, reason) => restarts.push([count, reason]) })
    const connection = await connectTo(server)
    const states: string[] = []
    connection.onState((state) => states.push(state))
    for (const round of [1, 2]) {
      const { pid } = server
      process.kill(pid, 'SIGKILL')
      await eventually(() => expect(states).toHaveLength(2 * round))
      expect(server.pid).not.toBe(pid)
    }
    expect(states).toEqual(['disconnected', 'connected', 'disconnected', 'connected'])
    await connection.nats.flush()
    expect(restarts).toEqual([
      [1, expect.stringContaining('SIGKILL')],
      [2, expect.stringContaining('SIGKILL')],
    ])
    await connection.close()
  })

  test('is given up after several quick deaths, and tells how many and why', async () => {
    const directory = await temporaryFolder()
    const server = await startServer({ directory })
    const exit = new Promise<ServerExit>((resolve) => server.onExit(resolve))
    const killed = new Set<number>()
    const killer = setInterval(() => {
      if (killed.has(server.pid)) return
      killed.add(server.pid)
      process.kill(server.pid, 'SIGKILL')
    }, 5)
    expect(await exit).toMatchObject({
      kind: 'gave_up',
      restarts: 5,
      reason: expect.stringContaining('SIGKILL'),
    })
    clearInterval(killer)
    expect(await filesBut(directory)).toEqual([
      'nats',
      join('nats', 'account'),
      join('nats', 'server-version'),
    ])
  })
})

describe('when the process that started it is killed', () => {
  test.each([
    ['by the kernel', undefined],
    ['by a watching shell, where the kernel cannot', '/nowhere'],
  ])('it dies too: %s', async (_how, path) => {
    const directory = await temporaryFolder()
    const { parent, server } = await startParent(directory, path)
    expect(await runningServer(directory)).toMatchObject({ url: server.url, pid: server.pid })
    parent.kill('SIGKILL')
    await eventually(async () => expect(await runningServer(directory)).toBeUndefined())
    // The kernel closes the port of a dead process a moment later.
    await eventually(async () => expect(await listens(server.url)).toBe(false))
  })

  test('the next one starts at once on what it left', async () => {
    const directory = await temporaryFolder()
    const { parent, server: old } = await startParent(directory)
    parent.kill('SIGKILL')
    await once(parent, 'exit')
    const server = await startServer({ directory })
    expect(await runningServer(directory)).toMatchObject({ pid: server.pid })
    expect(server.credentials.main).not.toBe(old.credentials)
    await server.stop()
    expect(await filesBut(directory)).toEqual([
      'nats',
      join('nats', 'account'),
      join('nats', 'server-version'),
    ])
  })

  test('a Ctrl-C at the terminal does not reach it', async () => {
    const directory = await temporaryFolder()
    const { parent, server } = await startParent(directory)
    process.kill(-Number(parent.pid), 'SIGINT')
    const connection = await connectNats({ ...server, name: 'test' })
    await connection.nats.flush()
    expect(await runningServer(directory)).toMatchObject({ url: server.url, pid: server.pid })
    await connection.close()
  })
})

describe('a start that cannot be', () => {
  test('in a directory that is in use names the user of it', async () => {
    const directory = await temporaryFolder()
    const { parent } = await startParent(directory)
    await expect(startServer({ directory })).rejects.toMatchObject({
      code: 'directory_in_use',
      message: expect.stringContaining(`process ${parent.pid}`),
    })
  })

  test('a stale file whose process number lives on as somebody else is no obstacle', async () => {
    const directory = await temporaryFolder()
    const stale = { owner: { pid: process.pid, birth: 'before the last boot' } }
    await writeFile(join(directory, 'nats.json'), JSON.stringify(stale))
    await (await startServer({ directory })).stop()
    await writeFile(join(directory, 'nats.json'), 'half a fi')
    await (await startServer({ directory })).stop()
  })

  test('without a server, or with something else for one, names it and leaves no trace', async () => {
    const directory = await temporaryFolder()
    await expect(startServer({ directory, binary: '/nowhere/nats-server' })).rejects.toMatchObject({
      code: 'server_failed',
      message: expect.stringContaining('/nowhere/nats-server'),
    })
    await expect(startServer({ directory, binary: '/bin/echo' })).rejects.toMatchObject({
      code: 'server_failed',
      message: expect.stringContaining('not nats-server'),
    })
    expect(await filesBut(directory)).toEqual(['nats'])
  })

  test('with a server that dies at once tells its last words', async () => {
    const binary = join(await temporaryFolder(), 'nats-server')
    await writeFile(
      binary,
      '#!/bin/sh\ncase $1 in --version) echo nats-server: v2.10.1;; *) echo "[ERR] no memory" >&2; exit 3;; esac\n',
    )
    await chmod(binary, 0o755)
    await expect(startServer({ binary })).rejects.toMatchObject({
      code: 'server_failed',
      message: expect.stringMatching(/exit code 3.*no memory/),
    })
  })

  test('on the store of a newer server says which one is needed', async () => {
    const directory = await temporaryFolder()
    await (await startServer({ directory })).stop()
    await writeFile(join(directory, 'nats', 'server-version'), '99.1.0\n')
    await expect(startServer({ directory })).rejects.toMatchObject({
      code: 'store_too_new',
      message: expect.stringContaining('99.1.0'),
    })
  })
})

describe("the repository's nats-server.conf", () => {
  test('runs as it is, for those who run their own server, with accounts beside it', async () => {
    const folder = await temporaryFolder()
    const file = join(folder, 'nats-server.conf')
    await copyFile(new URL('../../nats-server.conf', import.meta.url), file)
    const { keyring, credentials } = await issue(createKeyring('own'), {
      member: 'main',
      now: Math.floor(Date.now() / 1000),
      expires: null,
    })
    await writeFile(join(folder, 'accounts.conf'), await accountsConfiguration(keyring))
    // Another port and a ports file, as 4222 may be taken here; the rest is the file's.
    const child = spawn(await natsBinary(), ['-c', file, '-p', '-1', '--ports_file_dir', folder], {
      cwd: folder,
      stdio: 'ignore',
    })
    children.push(child)
    let url = ''
    await eventually(async () => {
      const written = await readFile(join(folder, `nats-server_${child.pid}.ports`), 'utf8')
      url = JSON.parse(written).nats[0]
    })
    const connection = await connectNats({ url, credentials, name: 'test' })
    expect(connection.identity).toMatchObject({ member: 'main', system: 'own' })
    await connection.close()
    const other = await issue(createKeyring('own'), { member: 'main', now: 1, expires: null })
    await expect(connectNats({ url, credentials: other.credentials, name: 'test' })).rejects.toMatchObject({
      code: 'unauthorized',
    })
    child.kill('SIGTERM')
    await once(child, 'exit')
    expect(await readdir(join(folder, 'nats-store'))).toEqual(['jetstream'])
  })
})
