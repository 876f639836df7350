// Known vulnerabilities, as the real `npm audit` tells them of a registry on loopback that knows what a test says.

import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type AdvisoryLimits, advisoriesFrom } from '../../workspace/gates/advisories.ts'
import type { Subject } from '../../workspace/gates/gate.ts'
import type { Parts } from '../../workspace/parts.ts'
import { write } from './repositories.ts'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 })

interface Known {
  readonly id: number
  readonly severity: string
  readonly vulnerable_versions: string
}

/** As much of a registry as an audit needs: the advisories of packages, and what versions there are. */
class Registry {
  advisories: Record<string, readonly Known[]> = {}
  readonly asked: unknown[] = []
  readonly #server = createServer((request, response) => void this.#answer(request, response))

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`
  }

  close(): Promise<void> {
    this.#server.closeAllConnections()
    return new Promise((resolve) => this.#server.close(() => resolve()))
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const body = Buffer.concat(chunks)
    const found = request.method === 'POST' ? this.#bulk(request, body) : packument(request.url ?? '')
    response.writeHead(found === undefined ? 404 : 200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(found ?? {}))
  }

  #bulk(request: IncomingMessage, body: Buffer): unknown {
    if (request.url !== '/-/npm/v1/security/advisories/bulk') return undefined
    const isZipped = request.headers['content-encoding'] === 'gzip'
    const packages: Record<string, string[]> = JSON.parse(String(isZipped ? gunzipSync(body) : body))
    this.asked.push(packages)
    const of = (name: string) =>
      (this.advisories[name] ?? []).map((one) => ({
        ...{ ...one, url: `https://advisories.example/${one.id}`, title: `${name} reads too far` },
        ...{ cwe: [], cvss: { score: 5, vectorString: null } },
      }))
    return Object.fromEntries(
      Object.keys(packages).flatMap((name) => (of(name).length > 0 ? [[name, of(name)]] : [])),
    )
  }
}

function packument(url: string) {
  const name = decodeURIComponent(url.slice(1))
  const versions = ['1.0.0', '1.1.0', '2.0.0'].map((version) => [version, { name, version, dist: {} }])
  return { name, 'dist-tags': { latest: '2.0.0' }, versions: Object.fromEntries(versions) }
}

const lock = (packages: Record<string, string>) =>
  JSON.stringify({
    ...{ name: 'shop', version: '1.0.0', lockfileVersion: 3, requires: true },
    packages: {
      '': { name: 'shop', version: '1.0.0', dependencies: packages },
      ...Object.fromEntries(
        Object.entries(packages).map(([name, version]) => [`node_modules/${name}`, { version }]),
      ),
    },
  })
const manifest = (packages: Record<string, string>) =>
  JSON.stringify({ name: 'shop', version: '1.0.0', dependencies: packages })

const registry = new Registry()
const scratch = mkdtempSync(join(tmpdir(), 'canopy-audit-'))
const cache = process.env.npm_config_cache
let closed = ''

beforeAll(async () => {
  process.env.npm_config_cache = join(scratch, 'npm')
  await registry.listen()
  const other = new Registry()
  await other.listen()
  closed = other.url
  await other.close()
})
afterAll(async () => {
  if (cache === undefined) delete process.env.npm_config_cache
  else process.env.npm_config_cache = cache
  await registry.close()
  rmSync(scratch, { recursive: true, force: true })
})

interface Case {
  readonly before?: Record<string, string>
  readonly after: Record<string, string>
  readonly limits?: Partial<AdvisoryLimits>
  readonly url?: string
}

/** What the gate says of a change of the lock file. */
async function judge({ before, after, limits, url = registry.url }: Case): Promise<string> {
  const there: Record<string, string> = {
    'c:package.json': manifest(after),
    'c^:.npmrc': `registry=${url}\n`,
    // What the change says of where packages come from is not asked.
    'c:.npmrc': `registry=${closed}\n`,
    ...(before && { 'c^:package.json': manifest(before) }),
  }
  const git = async ([, name = '']: readonly string[]) => there[name] ?? ''
  const change = { path: 'package-lock.json', before: before && lock(before), after: lock(after) }
  const gate = advisoriesFrom({ required: true, severity: 'moderate', ...limits })
  const parts = { clone: { git }, places: { scratch } } as unknown as Parts
  const subject = { commit: 'c', files: async () => [change] } as unknown as Subject
  const { kind, findings } = await gate.judge(parts, subject)
  return [kind, ...findings].join('\n')
}

describe('npm audit', () => {
  const high = { id: 7, severity: 'high', vulnerable_versions: '<2.0.0' }

  it('finds what the change brings, and nothing where nothing is known', async () => {
    registry.advisories = { left: [high] }
    expect(await judge({ before: {}, after: { left: '1.0.0' } })).toBe(
      'failed\nleft <2.0.0: left reads too far (high) https://advisories.example/7',
    )
    expect(registry.asked[0]).toEqual({ left: ['1.0.0'] })
    expect(await judge({ before: { left: '1.0.0' }, after: { left: '2.0.0' } })).toBe('passed')
  })

  it('does not hold against a change what was there before, whenever it became known', async () => {
    registry.advisories = { left: [high], right: [{ ...high, id: 8 }] }
    const before = { left: '1.0.0' }
    expect(await judge({ before, after: { left: '1.1.0' } })).toBe('passed')
    expect(await judge({ before, after: { left: '1.0.0', right: '1.0.0' } })).toMatch(
      /^failed\nright <2.0.0: .*advisories.example\/8$/,
    )
  })

  it('lets pass what is less severe than the policy minds', async () => {
    registry.advisories = { left: [{ ...high, id: 9, severity: 'low' }] }
    const after = { left: '1.0.0' }
    expect(await judge({ after })).toBe('passed')
    expect(await judge({ after, limits: { severity: 'low' } })).toMatch(/^failed\nleft .*\(low\)/)
  })

  it('that is not answered is no pass, and left out with its reason where nobody insists', async () => {
    const order = { before: {}, after: { left: '1.0.0' }, url: closed }
    await expect(reached(closed)).rejects.toThrow()
    const said = /npm audit got no answer from the registry \(.*(ECONNREFUSED|connect).*\); name a file/s
    const [first, ...rest] = (await judge(order)).split('\n')
    expect([first, rest.join('\n')]).toEqual(['could_not_run', expect.stringMatching(said)])
    const lenient = await judge({ ...order, limits: { required: false } })
    expect(lenient).toMatch(/^left_out\ncould not run, and is not insisted on: npm audit got no answer/)
  })
})

function reached(url: string): Promise<void> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => {
      socket.destroy()
      resolve()
    })
    socket.once('error', reject)
  })
}

describe('a file of advisories', () => {
  const file = join(scratch, 'advisories.json')
  const advisory = (severity: string | undefined) => ({
    ...{ id: 'GHSA-1', summary: 'reads too far' },
    ...(severity && { database_specific: { severity, cwe_ids: [] } }),
    affected: [{ package: { ecosystem: 'npm', name: 'left' }, ranges: [{ events: [{ introduced: '0' }] }] }],
  })

  it.each([
    ['LOW', 'passed'],
    ['MODERATE', 'failed\nleft 1.0.0: GHSA-1 reads too far'],
    [undefined, 'failed\nleft 1.0.0: GHSA-1 reads too far'],
  ])('says how severe one is (%s): %s', async (severity, said) => {
    write(scratch, { 'advisories.json': JSON.stringify([advisory(severity)]) })
    expect(await judge({ before: {}, after: { left: '1.0.0' }, limits: { file } })).toBe(said)
    expect(
      await judge({ before: { left: '1.0.0' }, after: { left: '1.0.0', b: '1.0.0' }, limits: { file } }),
    ).toBe('passed')
  })
})
