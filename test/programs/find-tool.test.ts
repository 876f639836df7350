// Finding and fetching a tool, with real processes, a web server on loopback and a real Debian package made here.

import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import {
  bubblewrapTool,
  type FindResult,
  findTool,
  natsServerTool,
  type ProgramTool,
} from '../../programs/index.ts'
import { writeRecord } from '../../programs/private-cache.js'

const PLATFORM = `${process.platform}-${process.arch}`
const plain: ProgramTool = {
  name: 'acorn tool',
  binary: 'acorn',
  probe: ['--version'],
  commands: { linux: 'sudo apt-get install -y acorn', darwin: 'brew install acorn' },
}

let folder: string
let cache: string
let web: Server | undefined

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'canopy-tools-'))
  cache = join(folder, 'cache', 'bin')
})
afterEach(async () => {
  vi.unstubAllEnvs()
  web?.closeAllConnections()
  web?.close()
  web = undefined
  await rm(folder, { recursive: true, force: true })
})

function find(tool: ProgramTool, more: object = {}): Promise<FindResult> {
  return findTool(tool, { cache, environment: { PATH: join(folder, 'path') }, ...more })
}

async function program(path: string, says = 'acorn 1.2.3', code = 0): Promise<string> {
  await mkdir(join(path, '..'), { recursive: true })
  await writeFile(path, `#!/bin/sh\necho '${says}'\nexit ${code}\n`)
  await chmod(path, 0o755)
  return path
}

describe('a tool that is there', () => {
  test('is found where the user says, and nowhere else', async () => {
    await program(join(folder, 'path', 'acorn'), 'acorn from the path')
    const given = await program(join(folder, 'mine', 'acorn'))
    expect(await find(plain, { path: given })).toEqual({
      kind: 'found',
      path: given,
      how: 'given',
      version: 'acorn 1.2.3',
    })
    const wrong = join(folder, 'nothing', 'acorn')
    expect(await find(plain, { path: wrong })).toMatchObject({
      kind: 'missing',
      reason: expect.stringContaining(wrong),
    })
  })

  /** A program in the cache as if it had been fetched. */
  async function fetched(says?: string): Promise<string> {
    const cached = await program(join(cache, 'acorn'), says)
    writeRecord(cached, cached, 'release')
    return cached
  }

  test('is found on the PATH before the cache', async () => {
    const cached = await fetched('acorn cached')
    expect(await find(plain)).toMatchObject({ how: 'cache', path: cached })
    const onPath = await program(join(folder, 'path', 'acorn'))
    expect(await find(plain)).toMatchObject({ how: 'path', path: onPath })
  })

  test('is passed over when it does not run', async () => {
    const broken = await program(join(folder, 'path', 'acorn'), 'missing libacorn.so', 127)
    const cached = await fetched()
    expect(await find(plain)).toMatchObject({ kind: 'found', path: cached })
    await rm(cached)
    const missing = await find(plain, { fetch: false })
    expect(missing).toMatchObject({ kind: 'missing', command: expect.stringContaining('install') })
    expect(missing).toMatchObject({
      reason: expect.stringContaining(`${broken} does not run (missing libacorn.so)`),
    })
  })
})

describe('a tool that can be had from a release', () => {
  /** A tool whose archive is served here. */
  async function released(
    change: { sha256?: string; status?: number; binary?: string } = {},
  ): Promise<ProgramTool> {
    await program(join(folder, 'release', `acorn-1.2.3`, change.binary ?? 'acorn'))
    execFileSync('tar', ['-czf', join(folder, 'acorn.tar.gz'), '-C', join(folder, 'release'), 'acorn-1.2.3'])
    const bytes = await readFile(join(folder, 'acorn.tar.gz'))
    web = createServer((_request, response) => {
      response.writeHead(change.status ?? 200).end(bytes)
    })
    await new Promise<void>((resolve) => web?.listen(0, '127.0.0.1', resolve))
    const { port } = web.address() as AddressInfo
    const sha256 = change.sha256 ?? createHash('sha256').update(bytes).digest('hex')
    const archive = { url: `http://127.0.0.1:${port}/acorn.tar.gz`, sha256 }
    return { ...plain, release: { version: '1.2.3', archives: { [PLATFORM]: archive } } }
  }

  test('is fetched once, told of, and then in the cache', async () => {
    const tool = await released()
    const told: string[] = []
    const path = join(cache, 'acorn')
    expect(await find(tool, { onProgress: (sentence: string) => told.push(sentence) })).toEqual({
      kind: 'found',
      path,
      how: 'release',
      version: 'acorn 1.2.3',
    })
    expect(told).toEqual([expect.stringContaining('acorn tool 1.2.3')])
    expect(await find(tool)).toMatchObject({ how: 'cache', path })
    expect(await readdir(cache)).toEqual(['acorn', 'acorn.fetched.json'])
  })

  test('is refused when its checksum is another one, and nothing of it stays', async () => {
    const tool = await released({ sha256: '0'.repeat(64) })
    expect(await find(tool)).toMatchObject({ kind: 'missing', reason: expect.stringContaining('SHA-256') })
    expect(await readdir(cache)).toEqual([])
  })

  test.each([
    ['is not there', { status: 404 }, 'answered 404'],
    ['holds something else', { binary: 'oak' }, 'no file acorn'],
  ])('is missing with the reason when the archive %s', async (_case, change, reason) => {
    expect(await find(await released(change))).toMatchObject({ reason: expect.stringContaining(reason) })
    expect(await readdir(cache)).toEqual([])
  })

  test('is missing with the reason when the network is closed', async () => {
    const closed = { url: 'http://127.0.0.1:1/acorn.tar.gz', sha256: '' }
    const tool = { ...plain, release: { version: '1', archives: { [PLATFORM]: closed } } }
    expect(await find(tool)).toMatchObject({
      reason: expect.stringContaining('127.0.0.1:1 could not be reached'),
    })
  })

  test('is fetched by several at once without harm', async () => {
    const tool = await released()
    const found = await Promise.all(Array.from({ length: 5 }, () => find(tool)))
    for (const each of found) expect(each).toMatchObject({ kind: 'found', path: join(cache, 'acorn') })
    expect(await readdir(cache)).toEqual(['acorn', 'acorn.fetched.json'])
  })

  test('says so when the cache cannot be written', async () => {
    await writeFile(join(folder, 'cache'), 'a file, no folder')
    expect(await find(await released())).toMatchObject({
      kind: 'missing',
      reason: expect.stringContaining('cache folder cannot be used'),
    })
  })
})

describe.runIf(process.platform === 'linux')('a tool that can be had from Debian', () => {
  const tool: ProgramTool = { ...plain, debianPackage: 'acorn' }

  /** An apt-get that brings a real package made here, and writes down how it was called. */
  async function debian(update = 0): Promise<string> {
    const root = join(folder, 'package')
    await program(join(root, 'usr', 'sbin', 'acorn'))
    await mkdir(join(root, 'DEBIAN'))
    const control =
      'Package: acorn\nVersion: 1.2.3\nArchitecture: all\nMaintainer: A <a@b.c>\nDescription: acorn\n'
    await writeFile(join(root, 'DEBIAN', 'control'), control)
    execFileSync('dpkg-deb', ['-b', root, join(folder, 'acorn_1.2.3_all.deb')], { stdio: 'ignore' })
    const calls = join(folder, 'calls')
    await program(join(folder, 'tools', 'apt-get'))
    await writeFile(
      join(folder, 'tools', 'apt-get'),
      `#!/bin/sh
echo "$*" >> ${calls}
case "$*" in
  *update) echo 'E: the archive is away' >&2; exit ${update} ;;
  *download*) cp ${join(folder, 'acorn_1.2.3_all.deb')} . ;;
esac
`,
    )
    vi.stubEnv('PATH', `${join(folder, 'tools')}:${process.env.PATH}`)
    return calls
  }

  test('is unpacked into the cache, by an apt-get that is kept to folders of its own', async () => {
    const calls = await debian()
    expect(await find(tool)).toMatchObject({ kind: 'found', how: 'debian', path: join(cache, 'acorn') })
    expect(await readdir(cache)).toEqual(['acorn', 'acorn.fetched.json'])
    const lines = (await readFile(calls, 'utf8')).trim().split('\n')
    expect(lines).toHaveLength(2)
    for (const line of lines) {
      expect(line).toContain(`Dir::State::lists=${cache}`)
      expect(line).toContain(`Dir::Cache=${cache}`)
      expect(line).not.toContain('Dir::Etc')
    }
  })

  test('is missing with the reason when the archive is away', async () => {
    await debian(100)
    expect(await find(tool)).toMatchObject({
      kind: 'missing',
      reason: expect.stringContaining('the archive is away'),
      command: 'sudo apt-get install -y acorn',
    })
    expect(await readdir(cache)).toEqual([])
  })
})

describe('what is known of the tools', () => {
  test('each names a command that installs it, and archives by https with a checksum', () => {
    for (const tool of [natsServerTool, bubblewrapTool]) {
      expect(tool.commands.linux).toContain(tool.debianPackage)
      for (const { url, sha256 } of Object.values(tool.release?.archives ?? {})) {
        expect(url).toMatch(/^https:/)
        expect(url).toContain(tool.release?.version)
        expect(sha256).toMatch(/^[0-9a-f]{64}$/)
      }
    }
  })
})
