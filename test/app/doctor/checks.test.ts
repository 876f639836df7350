// Each check of this machine, where it passes and where it fails: what is found, what follows, and the way out.

import { chmodSync, mkdirSync, statfsSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { DoctorCheck, DoctorFinding, ExaminedMachine } from '../../../app/doctor/check.ts'
import { CHECKS } from '../../../app/doctor/checks/all.ts'
import { mcpServers } from '../../../app/doctor/checks/mcp.ts'
import { account, cache, disk } from '../../../app/doctor/checks/places.ts'
import { git, node, npm } from '../../../app/doctor/checks/programs.ts'
import { bubblewrap, keyring, namespaces, systemCalls } from '../../../app/doctor/checks/sandbox.ts'
import { examine, machineOf } from '../../../app/doctor/examine.ts'
import { doctorText } from '../../../cli/doctor/text.ts'
import { type Sandbox, unsandboxed } from '../../../workspace/index.ts'
import { scratch } from '../../cli/scratch.ts'

function machine(other: Partial<ExaminedMachine> = {}): ExaminedMachine {
  const home = scratch()
  return {
    env: { XDG_CACHE_HOME: join(home, 'cache') },
    home,
    stateDirectory: join(home, 'state', 'canopy'),
    bubblewrap: async () => undefined,
    sandbox: async () => undefined,
    mcp: async () => ({}),
    ...other,
  }
}

/** Programs of these names in a folder that is the whole PATH. */
function onPath(programs: Readonly<Record<string, string>>): void {
  const folder = scratch()
  for (const [name, script] of Object.entries(programs))
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  const before = process.env.PATH
  process.env.PATH = folder
  onTestFinished(() => {
    process.env.PATH = before
  })
}

/** A sandbox in which a command ends so. */
const sandboxThat = (ending: object): Partial<ExaminedMachine> => ({
  sandbox: async () => ({ run: async () => ending }) as unknown as Sandbox,
})
const printing = (stdout: string) => sandboxThat({ kind: 'exited', code: 0, stdout, stderr: '' })

/** Free space as a file system says it. */
function free(gigabytes: number): void {
  const found = { ...statfsSync('/'), bavail: Math.round(gigabytes * 1024), bsize: 1024 ** 2 }
  spaces.found = found as never
  onTestFinished(() => {
    spaces.found = undefined
  })
}
const spaces = vi.hoisted(() => ({ found: undefined as undefined | { bavail: number; bsize: number } }))
vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>()
  const statfs = (path: string) => (spaces.found ? Promise.resolve(spaces.found) : real.statfs(path))
  return { ...real, statfs }
})

const isWhole = ({ found, consequence, wayOut }: DoctorFinding) =>
  [found, consequence, wayOut].every((text) => text !== undefined && text.trim() !== '')

describe('the programs', () => {
  it('node is told with its platform', async () => {
    expect(await node.look(machine())).toEqual({
      state: 'ok',
      found: `${process.version} (${process.platform} ${process.arch})`,
    })
  })

  it.each([
    [git, 'git', 'missing', 'every run works on a git repository'],
    [npm, 'npm', 'weaker', 'only those in its node_modules are used'],
  ] as [DoctorCheck, string, string, string][])(
    '%o is told by its first line, or as not running',
    async (check, name, state, why) => {
      onPath({ [name]: 'echo "tool 1.2.3"; echo more' })
      expect(await check.look(machine())).toEqual({ state: 'ok', found: 'tool 1.2.3' })
      for (const script of ['exit 3', 'kill -9 $$', 'true']) {
        onPath({ [name]: script })
        const finding = await check.look(machine())
        expect(finding, script).toMatchObject({ state, found: `${name} does not run` })
        expect(finding.consequence).toContain(why)
        expect(isWhole(finding)).toBe(true)
      }
      onPath({})
      expect(await check.look(machine())).toMatchObject({ state })
    },
  )
})

describe('the disk', () => {
  it.each([
    [0.5, 'missing', 'a run fills it at once'],
    [1, 'weaker', 'code in the sandbox may take 2 GB'],
    [9.9, 'weaker', 'code in the sandbox may take 2 GB'],
    [10.1, 'ok', undefined],
  ])('with %f GB free is %s', async (gigabytes, state, why) => {
    free(gigabytes)
    const around = machine()
    const finding = await disk.look(around)
    expect(finding).toMatchObject({
      state,
      found: `${gigabytes.toFixed(1)} GB free for ${around.stateDirectory}`,
    })
    if (why !== undefined) {
      expect(finding.consequence).toContain(why)
      expect(finding.wayOut).toContain('--data DIR')
    }
  })

  it('is that of the nearest folder that is there', async () => {
    const around = machine()
    expect((await disk.look(around)).found).toMatch(/^\d+\.\d GB free for /)
    expect((await disk.look(machine({ stateDirectory: '/no/such/place' }))).found).not.toContain('0.0 GB')
  })
})

describe('the cache', () => {
  const cacheOf = ({ env }: ExaminedMachine) => join(env.XDG_CACHE_HOME ?? '', 'canopy')

  it('that is not there yet is made for its owner', async () => {
    const around = machine()
    expect(await cache.look(around)).toEqual({
      state: 'ok',
      found: `${cacheOf(around)} is writable by you alone`,
    })
  })

  it.each([
    [
      'others may write',
      (path: string) => {
        mkdirSync(path, { recursive: true })
        chmodSync(path, 0o777)
      },
    ],
    [
      'is a file',
      (path: string) => {
        mkdirSync(join(path, '..'), { recursive: true })
        writeFileSync(path, '')
      },
    ],
    [
      'is a link to another place',
      (path: string) => {
        mkdirSync(join(path, '..', 'elsewhere'), { recursive: true })
        symlinkSync(join(path, '..', 'elsewhere'), path)
      },
    ],
  ])('that %s is not used, and the way out names it', async (_, spoil) => {
    const around = machine()
    spoil(cacheOf(around))
    const finding = await cache.look(around)
    expect(finding).toMatchObject({
      state: 'weaker',
      consequence: expect.stringContaining('others could change them'),
      wayOut: `chmod 700 ${cacheOf(around)}, or another XDG_CACHE_HOME`,
    })
    expect(finding.found).toContain(cacheOf(around))
  })
})

describe('the account', () => {
  it.each([
    [0, 'weaker'],
    [1_000, 'ok'],
  ])('of user %i is %s', async (uid, state) => {
    const spy = vi.spyOn(process, 'getuid').mockReturnValue(uid)
    onTestFinished(() => spy.mockRestore())
    const finding = await account.look(machine())
    expect(finding.state).toBe(state)
    if (state === 'weaker') expect(finding.wayOut).toBe('run Canopy as an ordinary user')
  })
})

describe('the sandbox', () => {
  it.each([
    ['no sandbox', {}, 'weaker', 'it could not be tested'],
    ['a command that was killed', sandboxThat({ kind: 'timeout' }), 'weaker', 'it could not be tested'],
    ['no filter', printing('0\n'), 'weaker', `no list of system calls on ${process.arch}`],
    ['nothing printed', printing(''), 'weaker', `no list of system calls on ${process.arch}`],
    ['a filter', printing('2\n'), 'ok', 'system calls in the sandbox are limited to a list'],
  ] as [string, Partial<ExaminedMachine>, string, string][])(
    'with %s: system calls are told so',
    async (_, other, state, found) => {
      const finding = await systemCalls.look(machine(other))
      expect(finding).toMatchObject({ state, found })
      if (state !== 'ok') expect(isWhole(finding)).toBe(true)
    },
  )

  it.each([
    ['no sandbox', {}, 'weaker'],
    [
      'keys that are listed',
      printing('2\n3f6a2b1c I--Q--- 1 perm 1f3f0000 0 65534 keyring _uid_ses'),
      'weaker',
    ],
    ['no filter', printing('0'), 'weaker'],
    ['a filter and no keys', printing('2\n'), 'ok'],
  ] as [string, Partial<ExaminedMachine>, string][])('with %s: keys are %3$s', async (_, other, state) => {
    const finding = await keyring.look(machine(other))
    expect(finding.state).toBe(state)
    if (state !== 'ok') expect(isWhole(finding)).toBe(true)
  })

  it('without bubblewrap is missing, and both checks say so with a way out', async () => {
    for (const check of [bubblewrap, namespaces]) {
      const finding = await check.look(machine())
      expect(finding.state).toBe('missing')
      expect(isWhole(finding)).toBe(true)
    }
    expect((await bubblewrap.look(machine())).wayOut).toContain('--no-sandbox')
  })

  it('whose bubblewrap does not start is missing, with its reason', async () => {
    const folder = scratch()
    const path = join(folder, 'bwrap')
    writeFileSync(path, '#!/bin/sh\necho "bwrap: No permissions to create a new namespace" >&2\nexit 1\n', {
      mode: 0o755,
    })
    const broken = machine({ bubblewrap: async () => ({ path, version: 'bubblewrap 0.8.0' }) })
    const finding = await namespaces.look(broken)
    expect(finding).toMatchObject({ state: 'missing', wayOut: expect.stringContaining('user namespaces') })
    expect(finding.found).toContain('No permissions')
    expect(await bubblewrap.look(broken)).toMatchObject({
      state: 'weaker',
      found: expect.stringContaining(`bubblewrap 0.8.0 (${path}) without `),
      wayOut: expect.stringContaining('install a newer bubblewrap'),
    })
  })
})

describe('all checks', () => {
  it('have names of their own, and are told in their order', async () => {
    const names = CHECKS.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    const quick = names.map((name) => ({ name, look: async () => ({ state: 'ok', found: name }) as const }))
    expect((await examine(machine(), quick)).map(({ name }) => name)).toEqual(names)
  })

  it.each([
    ['rejects', () => Promise.reject(new Error('no such file'))],
    [
      'throws at once',
      () => {
        throw new Error('no such file')
      },
    ],
  ])('go on behind one that %s, which is told', async (_, look) => {
    const after: DoctorCheck = { name: 'after', look: async () => ({ state: 'ok', found: 'fine' }) }
    expect(await examine(machine(), [{ name: 'broken', look }, after])).toEqual([
      { name: 'broken', state: 'weaker', found: 'it could not be checked: no such file' },
      { name: 'after', state: 'ok', found: 'fine' },
    ])
  })

  it('are told in columns, with what follows and the way out below, where there is one', () => {
    const found = [
      { name: 'git', state: 'ok', found: 'git 2' },
      { name: 'nats-server', state: 'missing', found: 'none', consequence: 'no mail', wayOut: 'fetch it' },
    ] as const
    const text = (isReady: boolean) => doctorText(found, isReady).split('\n')
    expect(text(false)).toEqual([
      'ok       git          git 2',
      'missing  nats-server  none',
      `${' '.repeat(22)}so: no mail`,
      `${' '.repeat(22)}way out: fetch it`,
      '',
      'Runs cannot start here.',
    ])
    expect(text(true).at(-1)).toBe('Runs can start here.')
  })

  it('look for bubblewrap once, however often it is asked for', async () => {
    onPath({})
    const home = scratch()
    const around = machineOf({ env: { XDG_STATE_HOME: join(home, 'state') }, home, directory: home })
    expect(around.stateDirectory).toBe(join(home, 'state', 'canopy'))
    expect(around.sandbox()).toBe(around.sandbox())
    await around.sandbox().catch(() => undefined)
  })
})

describe('MCP servers of the user', () => {
  const PROGRAM = join(import.meta.dirname, '../../agents/mcp/server.js')
  const own = (said: string) => {
    const home = scratch()
    writeFileSync(join(home, 'own.yaml'), said, { mode: 0o600 })
    const { mcp } = machineOf({ env: {}, home, directory: home }, 'own.yaml')
    return machine({ mcp, env: { TOKEN: 'there' }, sandbox: async () => unsandboxed() })
  }
  const server = (tools: string, more = '') =>
    `mcp: { notes: { command: [${process.execPath}, ${PROGRAM}], tools: [${tools}], effect: read, ${more} } }\n`

  it('are none, or those of the file, with what they offer', async () => {
    expect(await mcpServers.look(machine())).toEqual({ state: 'ok', found: 'your own file names none' })
    expect(await mcpServers.look(own(server('echo, add', 'env: [TOKEN]')))).toEqual({
      state: 'ok',
      found: expect.stringMatching(/^notes \(fixture 1\.2\.3, read\) offers 2 of \d+ tools$/),
    })
  })

  it.each([
    [server('echo, ech'), /^mcp\.notes\.tools\[1\] is "ech"; the server has no such tool/],
    [
      server('echo').replace(PROGRAM, '/no/such.js'),
      /^mcp\.notes\.command is .*; it ended with 1, and said/s,
    ],
  ])('that a run would refuse are told with field and way out: %s', async (said, found) => {
    expect(await mcpServers.look(own(said))).toMatchObject({
      state: 'weaker',
      found: expect.stringMatching(found),
      wayOut: expect.stringContaining('config.yaml'),
    })
  })

  it('that want a variable which is not set, or a file that cannot be read, are told', async () => {
    const [found] = await examine(own(server('echo', 'env: [ABSENT]')), [mcpServers])
    expect(found).toMatchObject({
      state: 'weaker',
      found: expect.stringContaining('ABSENT, which is not set'),
      wayOut: expect.any(String),
    })
    const [broken] = await examine(own('mcp: 3'), [mcpServers])
    expect(broken).toMatchObject({ state: 'weaker', found: expect.stringContaining('mcp is 3') })
  })
})
