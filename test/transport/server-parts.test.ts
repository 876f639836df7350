// The parts of the embedded server, with programs that are no nats-server, files that are torn or of another time, and
// processes that are gone. No server is started.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { runningServer, startNatsServer, TransportError } from '../../transport/index.ts'
import { serverConfiguration } from '../../transport/nats-server/configuration.ts'
import { launch } from '../../transport/nats-server/launch.ts'
import { isAlive, markOf } from '../../transport/nats-server/living-process.ts'
import { claimDirectory, removeServerFile, writeServerFile } from '../../transport/nats-server/server-file.ts'
import { compareVersions, requireVersion, versionOf } from '../../transport/nats-server/server-version.ts'
import { admitVersion } from '../../transport/nats-server/store-version.ts'
import { usersAtPort } from '../../transport/port-user.ts'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'canopy-server-'))
})
afterEach(() => rm(root, { recursive: true, force: true }))

/** A shell script as a program. */
async function program(script: string, { name = 'nats-server', mode = 0o755 } = {}): Promise<string> {
  const file = join(root, name)
  await writeFile(file, `#!/bin/sh\n${script}\n`)
  await chmod(file, mode)
  return file
}

/** The number of a process that has ended. */
async function deadPid(): Promise<number> {
  const child = spawn('/bin/true')
  await once(child, 'exit')
  return child.pid ?? 0
}

describe('versions', () => {
  test.each([
    ['2.9.10', '2.9.4', 1],
    ['2.9.4', '2.9.10', -1],
    ['2.10.0', '2.9.99', 1],
    ['3.0.0', '2.99.99', 1],
    ['2.9.4', '2.9.4', 0],
    ['2.9', '2.9.0', 0],
    ['2', '2.0.1', -1],
    ['2.11.0-RC.1', '2.11.0', 0],
    ['2.11.0-dev', '2.11.1', -1],
  ])('%s against %s is %s', (left, right, sign) => {
    expect(Math.sign(compareVersions(left, right))).toBe(sign)
    expect(Math.sign(compareVersions(right, left))).toBe(sign === 0 ? 0 : -sign)
  })

  test('are ordered as their numbers are', () => {
    const numbers = fc.tuple(fc.nat(30), fc.nat(30), fc.nat(30))
    fc.assert(
      fc.property(numbers, numbers, (one, other) => {
        const at = one.findIndex((number, index) => number !== other[index])
        const expected = at < 0 ? 0 : Math.sign((one[at] ?? 0) - (other[at] ?? 0))
        expect(Math.sign(compareVersions(one.join('.'), other.join('.')))).toBe(expected)
      }),
    )
  })

  test.each(['2.9.3', '2.8.99', '1.4.1', '0.0.0'])(
    '%s is too old, and the error says which is needed',
    (version) => {
      expect(() => requireVersion(version, 'here')).toThrow(
        expect.objectContaining({
          code: 'too_old',
          message: `here is nats-server ${version}; 2.9.4 or newer is needed`,
        }),
      )
    },
  )

  test.each(['2.9.4', '2.9.10', '2.15.1', '3.0.0'])('%s is taken', (version) => {
    expect(() => requireVersion(version, 'here')).not.toThrow()
  })
})

describe('a program that is asked for its version', () => {
  test.each([
    ['echo "nats-server: v2.10.27"', '2.10.27'],
    ['echo "nats-server: v2.11.0-RC.1"', '2.11.0'],
    ['echo "nats-server version 2.9.10"', '2.9.10'],
    ['echo "nats-server: v2.12.0" >&2', '2.12.0'],
    ['echo "[WRN] a warning"; echo "nats-server: v2.10.1"', '2.10.1'],
  ])('and says %s is version %s', async (script, version) => {
    expect(await versionOf(await program(script))).toBe(version)
  })

  test.each([
    ['says nothing', '', /is not nats-server: its output is ""/],
    ['is another program', 'echo "redis 7"', /is not nats-server: its output is "redis 7"/],
    ['dies', 'echo "Segmentation fault" >&2; exit 139', /cannot be started: .*Segmentation fault/s],
    ['kills itself', 'kill -9 $$', /cannot be started/],
  ])('and %s is told so, with its path', async (_, script, message) => {
    const binary = await program(script)
    await expect(versionOf(binary)).rejects.toMatchObject({ code: 'server_failed' })
    await expect(versionOf(binary)).rejects.toThrow(message)
    await expect(versionOf(binary)).rejects.toThrow(binary)
  })

  test('and cannot be executed is told so', async () => {
    await expect(versionOf(await program('echo v2.10.1', { mode: 0o644 }))).rejects.toMatchObject({
      code: 'server_failed',
      message: expect.stringMatching(/nats-server cannot be started: .*EACCES/),
    })
    await expect(versionOf(root)).rejects.toMatchObject({ code: 'server_failed' })
    await expect(versionOf(join(root, 'none'))).rejects.toThrow(/none cannot be started: .*ENOENT/)
  })

  test('and is too old is not started', async () => {
    const directory = join(root, 'data')
    const binary = await program('echo "nats-server: v2.8.4"')
    await expect(startNatsServer({ binary, directory })).rejects.toMatchObject({ code: 'too_old' })
    expect(await readdir(directory)).toEqual(['nats'])
  })
})

describe('the version that wrote a store', () => {
  const recorded = (): Promise<string> => readFile(join(root, 'server-version'), 'utf8')

  test.each([
    ['2.10.1', '2.10.27'],
    ['2.10.27', '2.10.1'],
    ['2.9.10', '2.15.1'],
    ['2.15.1', '3.0.0'],
  ])('%s is followed by %s, which is recorded', async (before, after) => {
    await admitVersion(root, before)
    await admitVersion(root, after)
    expect(await recorded()).toBe(`${after}\n`)
  })

  test.each([
    ['2.10.1', '2.9.10'],
    ['3.0.0', '2.99.0'],
    ['2.11.0-RC.1', '2.10.9'],
  ])('%s is not followed by %s, and stays recorded', async (before, after) => {
    await admitVersion(root, before)
    await expect(admitVersion(root, after)).rejects.toMatchObject({
      code: 'store_too_new',
      message: expect.stringMatching(
        new RegExp(
          `${root} was written by nats-server ${before}; this is ${after}.*or another data directory`,
        ),
      ),
    })
    expect(await recorded()).toBe(`${before}\n`)
  })

  test.each(['', '\n', 'half', '\0\0'])('that cannot be read, %j, is replaced', async (text) => {
    await writeFile(join(root, 'server-version'), text)
    await admitVersion(root, '2.10.1')
    expect(await recorded()).toBe('2.10.1\n')
  })

  test('is written only when it changes', async () => {
    await admitVersion(root, '2.10.1')
    await chmod(join(root, 'server-version'), 0o400)
    const { mtimeMs } = await stat(join(root, 'server-version'))
    await admitVersion(root, '2.10.1')
    expect((await stat(join(root, 'server-version'))).mtimeMs).toBe(mtimeMs)
  })
})

describe('a process', () => {
  test('is alive under its birth, and not under another', async () => {
    const mark = await markOf(process.pid)
    expect(mark).toMatchObject({ pid: process.pid, birth: expect.stringMatching(/\S/) })
    if (!mark) return
    expect(await isAlive(mark)).toBe(true)
    expect(await isAlive({ ...mark, birth: 'another boot/1' })).toBe(false)
    expect(await isAlive({ pid: await deadPid(), birth: mark.birth })).toBe(false)
  })

  test.each([0, -1, 2 ** 31, 2 ** 40, 1.5])('%s has no mark', async (pid) => {
    expect(await markOf(pid)).toBeUndefined()
  })

  test('whose name has brackets and blanks is told like any other', async () => {
    const file = await program('sleep 30', { name: 'a ) 7 (b' })
    const child = spawn(file, { stdio: 'ignore', detached: true })
    await once(child, 'spawn')
    const mark = await markOf(child.pid ?? 0)
    expect(mark?.birth).toMatch(/\/\d+$|\S/)
    if (mark) expect(await isAlive(mark)).toBe(true)
    process.kill(-(child.pid ?? 0), 'SIGKILL')
    await once(child, 'exit')
    if (mark) expect(await isAlive(mark)).toBe(false)
  })
})

describe('the claim of a directory', () => {
  const file = (): string => join(root, 'nats.json')
  const claimed = async (): Promise<unknown> => JSON.parse(await readFile(file(), 'utf8'))

  test('is a file of this process that only this user can read', async () => {
    await claimDirectory(root)
    expect(await claimed()).toEqual({ owner: await markOf(process.pid) })
    expect((await stat(file())).mode & 0o777).toBe(0o600)
    await expect(claimDirectory(root)).rejects.toMatchObject({
      code: 'directory_in_use',
      message: `${root} is in use by process ${process.pid}; stop it or choose another data directory`,
    })
    await removeServerFile(root)
    await removeServerFile(root)
    await claimDirectory(root)
  })

  const stale: [string, () => Promise<string>][] = [
    ['is empty', async () => ''],
    ['is torn', async () => '{"owner":{"pid":1'],
    ['is a list', async () => '[]'],
    ['is null', async () => 'null'],
    ['has no owner', async () => '{"url":"nats://127.0.0.1:1"}'],
    ['has an owner of another shape', async () => '{"owner":{"pid":"1","birth":1}}'],
    ['has an owner with a number below 1', async () => '{"owner":{"pid":-1,"birth":"x"}}'],
    ['is of a dead process', async () => JSON.stringify({ owner: { pid: await deadPid(), birth: 'x' } })],
    [
      'is of this number before the last boot',
      async () => JSON.stringify({ owner: { pid: process.pid, birth: 'before' } }),
    ],
    [
      'has a server that is gone too',
      async () =>
        JSON.stringify({
          owner: { pid: await deadPid(), birth: 'x' },
          server: { pid: await deadPid(), birth: 'y' },
        }),
    ],
  ]
  test.each(stale)('takes the place of a file that %s', async (_, text) => {
    await writeFile(file(), await text())
    await claimDirectory(root)
    expect(await claimed()).toEqual({ owner: await markOf(process.pid) })
    expect(await runningServer(root)).toBeUndefined()
  })

  test('ends the server of a dead owner, and not a process that got its number', async () => {
    const server = spawn('sleep', ['30'], { stdio: 'ignore' })
    const other = spawn('sleep', ['30'], { stdio: 'ignore' })
    await Promise.all([once(server, 'spawn'), once(other, 'spawn')])
    const owner = { pid: await deadPid(), birth: 'x' }
    await writeFile(file(), JSON.stringify({ owner, server: { pid: other.pid, birth: 'of another' } }))
    await claimDirectory(root)
    expect(await markOf(other.pid ?? 0)).toBeDefined()
    await writeFile(file(), JSON.stringify({ owner, server: await markOf(server.pid ?? 0) }))
    const ended = once(server, 'exit')
    // As its parent's death would.
    server.kill('SIGTERM')
    await claimDirectory(root)
    await ended
    other.kill('SIGKILL')
    await once(other, 'exit')
  })

  test('in a folder that is not there is told as the system tells it', async () => {
    await expect(claimDirectory(join(root, 'none'))).rejects.toMatchObject({ code: 'ENOENT' })
  })

  test('tells where its server is while both are alive', async () => {
    await claimDirectory(root)
    expect(await runningServer(root)).toBeUndefined()
    const running = { url: 'nats://127.0.0.1:4222', credentials: '/k/operator.creds', pid: process.pid }
    await writeServerFile(root, running)
    expect(await runningServer(root)).toEqual({ ...running, user: process.getuid?.() })
    expect((await stat(file())).mode & 0o777).toBe(0o600)
    // A server that has died meanwhile is not written down.
    await writeServerFile(root, { ...running, pid: await deadPid() })
    expect(await runningServer(root)).toMatchObject({ pid: process.pid })
    await writeFile(file(), JSON.stringify({ ...((await claimed()) as object), url: undefined }))
    expect(await runningServer(root)).toBeUndefined()
  })

  test('tells of no server in a folder without a file', async () => {
    expect(await runningServer(root)).toBeUndefined()
    expect(await runningServer(join(root, 'none'))).toBeUndefined()
    await mkdir(join(root, 'nats.json'))
    expect(await runningServer(root)).toBeUndefined()
  })
})

describe('the configuration', () => {
  const settings = {
    host: '127.0.0.1',
    port: -1,
    store: '/data/nats',
    accounts: 'operator: x',
    portsFolder: '/run',
  }

  test('has each setting once, and the accounts', async () => {
    const text = await serverConfiguration({ ...settings, encrypted: false })
    expect(text).toContain('\nCANOPY_HOST = "127.0.0.1"\nCANOPY_PORT = -1\nCANOPY_STORE = "/data/nats"\n')
    expect(text).toMatch(/^operator: x$/m)
    expect(text).toMatch(/^ports_file_dir: "\/run"$/m)
    expect(text).not.toMatch(/^include/m)
    expect(text).not.toContain('cipher')
  })

  test('has a cipher, and its key only by name, when it is encrypted', async () => {
    const text = await serverConfiguration({ ...settings, encrypted: true })
    expect(text).toMatch(/store_dir: .*\n {2}cipher: aes\n {2}key: \$CANOPY_JETSTREAM_KEY\n/)
  })

  test.each(['/a b', '/a"b', '/a\\b', "/it's", '/$HOME', '/$&', '/$1', '/ü/🌲', '/a#b', '/{x}'])(
    'takes a folder %j as it is',
    async (store) => {
      const text = await serverConfiguration({ ...settings, store, portsFolder: store, encrypted: false })
      expect(text).toContain(`CANOPY_STORE = ${JSON.stringify(store)}\n`)
      expect(text).toContain(`ports_file_dir: ${JSON.stringify(store)}\n`)
    },
  )

  test('takes accounts with signs of replacements as they are', async () => {
    const text = await serverConfiguration({ ...settings, accounts: "A: $& $1 $' $`", encrypted: false })
    expect(text).toContain("\nA: $& $1 $' $`\n")
  })
})

describe('a server that is launched', () => {
  async function launched(script: string, log: (line: string) => void = () => {}) {
    const binary = await program(script)
    const place = { runFolder: join(root, 'run'), store: join(root, 'store'), port: -1, accounts: '' }
    return launch({ binary, ...place, log })
  }
  const listening = `cat >/dev/null < "$2"; echo '{"nats":["nats://127.0.0.1:4242"]}' > "${'$'}{2%/*}/nats-server_$$.ports"`

  const deaths: [string, string, RegExp][] = [
    [
      'its port is taken',
      'echo "[FTL] Error listening on port: address already in use" >&2; exit 1',
      /exit code 1: \[FTL\] .*in use/,
    ],
    ['it says nothing', 'exit 0', /did not start: exit code 0$/],
    ['it is killed', 'kill -9 $$', /did not start: SIGKILL$/],
    [
      'its configuration is wrong',
      'echo "nats-server: nats.conf:3:1: unknown field" >&2; exit 1',
      /unknown field/,
    ],
    [
      'it says much',
      'for i in 1 2 3 4 5 6 7 8 9 10 11 12; do echo "line $i"; done; exit 2',
      /exit code 2: line 5 \| .*line 12$/,
    ],
    ['only its news is news', 'echo "[1] [INF] starting"; exit 3', /exit code 3$/],
  ]
  test.each(deaths)('and dies because %s is told with its last words', async (_, script, message) => {
    const refused = launched(script)
    await expect(refused).rejects.toBeInstanceOf(TransportError)
    await expect(refused).rejects.toMatchObject({ code: 'server_failed' })
    await expect(refused).rejects.toThrow(message)
  })

  test('and listens is told with its port, its output and the reason of its end', async () => {
    const lines: string[] = []
    const server = await launched(`echo "[1] [INF] up"; ${listening}; exec sleep 30`, (line) =>
      lines.push(line),
    )
    expect(server.port).toBe(4242)
    expect(await markOf(server.pid)).toBeDefined()
    server.kill('SIGTERM')
    expect(await server.death).toBe('SIGTERM')
    expect(lines).toEqual(['[1] [INF] up'])
  })

  test('gets a configuration that only this user can read, in a folder of its own', async () => {
    await mkdir(join(root, 'run'))
    await writeFile(join(root, 'run', 'old'), '')
    const server = await launched(`${listening}; exec sleep 30`)
    expect((await stat(join(root, 'run'))).mode & 0o777).toBe(0o700)
    expect((await stat(join(root, 'run', 'nats-server.conf'))).mode & 0o777).toBe(0o600)
    expect(await readdir(join(root, 'run'))).not.toContain('old')
    server.kill('SIGKILL')
    expect(await server.death).toBe('SIGKILL')
  })

  test('and cannot be executed is told with its path', async () => {
    const binary = join(root, 'none')
    const place = { runFolder: join(root, 'run'), store: root, port: -1, accounts: '', log: () => {} }
    await expect(launch({ binary, ...place })).rejects.toMatchObject({
      code: 'server_failed',
      message: expect.stringContaining(binary),
    })
  })
})

describe('the users at a port', () => {
  test('are those who listen there, and nobody when it is closed', async () => {
    if (process.platform !== 'linux') return
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    expect([...usersAtPort(port)]).toEqual([process.getuid?.()])
    server.close()
    await once(server, 'close')
    expect([...usersAtPort(port)]).toEqual([])
  })

  test.each([0, -1, 70_000, Number.NaN])('%s are none', (port) => {
    expect([...usersAtPort(port)].length).toBe(0)
  })
})
