// Known vulnerabilities, as the real `npm audit` tells them of a registry on loopback that knows what a test says.

import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { advisories } from '../../gates/advisories.ts'
import type { GateInput, GateParts } from '../../gates/gate.ts'
import { lockedPackages } from '../../gates/locked-packages.ts'
import { isAffected } from '../../gates/version-range.ts'
import { bubblewrap } from '../../workspace/index.ts'
import { Registry } from '../registry.ts'
import { findBwrap } from '../workspace/find-bwrap.ts'
import { write } from '../workspace/repositories.ts'

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
let closed = ''

beforeAll(async () => {
  await registry.listen()
  for (const name of ['left', 'right'])
    for (const version of ['1.0.0', '1.1.0', '2.0.0']) registry.publish(name, version)
  const other = await new Registry().listen()
  closed = other.url
  await other.close()
})
afterAll(async () => {
  await registry.close()
  rmSync(scratch, { recursive: true, force: true })
})

interface Case {
  readonly before?: Record<string, string>
  readonly after: Record<string, string>
  readonly limits?: Partial<Parameters<typeof advisories.under>[0]>
  readonly url?: string
}

/** What the gate says of a change of the lock file. */
async function judge({ before, after, limits, url = registry.url }: Case): Promise<string> {
  const there: Record<string, string> = {
    'c:package.json': manifest(after),
    // What the repository says of where packages come from is not asked.
    'c^:.npmrc': `registry=${closed}\n`,
    'c:.npmrc': `registry=${closed}\n`,
    ...(before && { 'c^:package.json': manifest(before) }),
  }
  const git = async ([, name = '']: readonly string[]) => there[name] ?? ''
  const change = { path: 'package-lock.json', before: before && lock(before), after: lock(after) }
  const gate = advisories.under({ required: true, severity: 'moderate', ...limits })
  const sandbox = bubblewrap({ path: findBwrap() })
  const packageSource = { registries: [{ url }], allowed: new Set() }
  const parts = {
    clone: { git },
    places: { scratch, dependencies: scratch },
    sandbox,
    packageSource,
  } as unknown as GateParts
  const subject = { commit: 'c', files: async () => [change] } as unknown as GateInput
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
    expect(registry.audited[0]).toEqual({ left: ['1.0.0'] })
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
    const said = /npm audit got no answer from the registry \(.*(ECONNREFUSED|connect).*\): name a file/s
    const [first, ...rest] = (await judge(order)).split('\n')
    expect([first, rest.join('\n')]).toEqual(['could_not_run', expect.stringMatching(said)])
    const lenient = await judge({ ...order, limits: { required: false } })
    expect(lenient).toMatch(
      /^left_out\ncould not run, and the policy does not require it: npm audit got no answer/,
    )
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

describe('what advisories are about', () => {
  const range = (...events: object[]) => ({ versions: [], ranges: [{ events }] })
  it.each([
    ['1.2.3', range({ introduced: '0' }, { fixed: '1.2.4' }), true],
    ['1.2.4', range({ introduced: '0' }, { fixed: '1.2.4' }), false],
    ['1.2.4-rc.1', range({ introduced: '0' }, { fixed: '1.2.4' }), true],
    ['10.0.0', range({ introduced: '9.0.0' }, { fixed: '9.9.9' }, { introduced: '10.0.0' }), true],
    ['2.0.0', range({ introduced: '1.0.0' }, { last_affected: '2.0.0' }), true],
    ['3.0.0', { versions: ['3.0.0'], ranges: [] }, true],
    ['1.0.0-RC', range({ introduced: '0' }, { fixed: '1.0.0-rc' }), true],
    ['1.0.0-beta.11', range({ introduced: '1.0.0-beta.2' }), true],
    ['1.5.0', range({ fixed: '2.0.0' }, { introduced: '1.0.0' }), true],
    ['2.5.0', range({ fixed: '2.0.0' }, { introduced: '1.0.0' }), false],
    ['1.5.0', range({ introduced: '1.x or so' }, { fixed: 'soon' }), true],
    ['github:a/b#c', range({ introduced: '9.0.0' }, { fixed: '9.0.1' }), true],
    ['github:a/b#c', { versions: ['1.0.0'], ranges: [{ events: [] }] }, false],
  ])('of %s in %j: %s', (version, affected, is) => {
    expect(isAffected(version, affected)).toBe(is)
  })

  it.each([
    [
      'npm',
      JSON.stringify({
        packages: { '': { version: '1' }, 'node_modules/a/node_modules/@s/b': { version: '2.0.0' } },
      }),
    ],
    ['pnpm', "lockfileVersion: '9.0'\n\npackages:\n\n  '@s/b@2.0.0(react@18.0.0)':\n    resolution: {}\n"],
    ['yarn', '"@s/b@^2.0.0":\n  version "2.0.0"\n'],
  ])('are looked up in the lock file of %s', (_manager, text) => {
    expect(lockedPackages(text)).toEqual([{ name: '@s/b', version: '2.0.0' }])
  })
})
