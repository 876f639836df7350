// The limits of a command: its variables, the shell in front of it, how its end is read, what it adds to the disk, and how many
// processes and how much memory it uses. Nothing but this process is looked at.

import * as fs from 'node:fs'
import {
  closeSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { CommandCgroup } from '../../../workspace/sandbox/cgroup.ts'
import { type ChildEnd, endingOf } from '../../../workspace/sandbox/child.ts'
import { CommandLimits } from '../../../workspace/sandbox/command-limits.ts'
import { DiskUse } from '../../../workspace/sandbox/disk-use.ts'
import {
  type Command,
  environment,
  memoryOf,
  processesOf,
  withLimits,
} from '../../../workspace/sandbox/sandbox.ts'
import {
  DEFAULT_SANDBOX_SETTINGS,
  diskLimits,
  sandboxSettingsSchema,
} from '../../../workspace/sandbox/settings.ts'
import { UsageReader } from '../../../workspace/sandbox/usage.ts'
import { eventually } from '../../eventually.ts'

vi.mock('node:fs', { spy: true })

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'canopy-limits-'))
})
afterEach(() => {
  vi.mocked(fs.statfsSync).mockReset()
  rmSync(folder, { recursive: true, force: true })
})

const MB = 1024 * 1024
const command = (more: Partial<Command> = {}): Command => ({
  ...{ argv: ['true'], cwd: '/', writable: [folder], timeoutMs: 1000 },
  ...more,
})

describe('the variables of a command', () => {
  it('are the same on every machine, and none of this process', () => {
    process.env.CANOPY_TEST_SECRET = 'secret'
    expect(environment(command(), '/home/x', '/tmp')).toEqual({
      PATH: '/usr/local/bin:/usr/bin:/bin',
      HOME: '/home/x',
      LANG: 'C.UTF-8',
      TMPDIR: '/tmp',
      TZ: 'UTC',
      CI: '1',
      NODE_OPTIONS: '--max-old-space-size=1536',
    })
    delete process.env.CANOPY_TEST_SECRET
  })

  it('may be replaced by those of the command', () => {
    const env = { CI: 'false', PATH: '/opt/bin', OWN: '1' }
    expect(environment(command({ env }), '/h', '/t')).toMatchObject(env)
  })

  it('leave Node three quarters of the memory', () => {
    expect(environment(command({ memoryMb: 4096 }), '/h', '/t').NODE_OPTIONS).toBe(
      '--max-old-space-size=3072',
    )
    expect(environment(command({ memoryMb: 1 }), '/h', '/t').NODE_OPTIONS).toBe('--max-old-space-size=0')
  })

  it('are only three on a bare machine, besides those of the command', () => {
    const machine = { hostname: 'h', home: '/h', isBare: true }
    expect(Object.keys(environment(command({ machine, env: { A: '1' } }), '/h', '/t')).sort()).toEqual([
      'A',
      'HOME',
      'LANG',
      'PATH',
    ])
  })
})

describe('the shell in front of a command', () => {
  it('enters the cgroup, sets the limits and becomes the command', () => {
    const [shell, flag, script, name, ...values] = withLimits(
      command({ memoryMb: 1000 }),
      ['prog', 'a b', '$x'],
      '/cg/procs',
    )
    expect([shell, flag, name]).toEqual(['/bin/sh', '-c', 'sh'])
    expect(script).toMatch(/^echo \$\$ > "\$1" \|\| exit 1; .*exec "\$@"$/)
    expect(values).toEqual(['/cg/procs', `${(1000 + 768 + 1024) * 1024}`, '1048576', 'prog', 'a b', '$x'])
  })

  it('enters no cgroup where there is none', () => {
    expect(withLimits(command(), ['prog'])[4]).toBe('/dev/null')
  })

  it('has these limits when the command says none', () => {
    expect([memoryOf(command()), processesOf(command())]).toEqual([2048, 256])
    expect([memoryOf(command({ memoryMb: 7 })), processesOf(command({ processes: 3 }))]).toEqual([7, 3])
  })
})

describe('the end of a child', () => {
  const end = (more: Partial<ChildEnd>): ChildEnd => ({
    ...{ code: 0, signal: null, cause: undefined, stdout: 'out', stderr: 'err', status: '' },
    ...more,
  })
  const output = { stdout: 'out', stderr: 'err' }

  it.each<[string, Partial<ChildEnd>, string | null, object]>([
    ['an exit', { code: 0 }, null, { kind: 'exited', code: 0 }],
    ['a failure', { code: 3 }, null, { kind: 'exited', code: 3 }],
    ['an exit without a code', { code: null }, null, { kind: 'exited', code: 1 }],
    [
      'a signal of its own',
      { code: null },
      'SIGSEGV',
      { kind: 'signalled', signal: 'SIGSEGV', outside: false },
    ],
    [
      'an abort of its own',
      { code: 134 },
      'SIGABRT',
      { kind: 'signalled', signal: 'SIGABRT', outside: false },
    ],
    [
      'a forbidden system call',
      { code: 159 },
      'SIGSYS',
      { kind: 'signalled', signal: 'SIGSYS', outside: false },
    ],
    [
      'a file that is too large',
      { code: 153 },
      'SIGXFSZ',
      { kind: 'signalled', signal: 'SIGXFSZ', outside: false },
    ],
    ['a kill by others', { code: null }, 'SIGKILL', { kind: 'signalled', signal: 'SIGKILL', outside: true }],
    [
      'a termination by others',
      { code: null },
      'SIGTERM',
      { kind: 'signalled', signal: 'SIGTERM', outside: true },
    ],
    ['the time limit, which kills', { cause: 'timed_out', code: null }, 'SIGKILL', { kind: 'timed_out' }],
    ['an abort', { cause: 'aborted' }, 'SIGKILL', { kind: 'aborted' }],
    ['too much memory', { cause: 'memory' }, 'SIGKILL', { kind: 'exceeded', limit: 'memory' }],
    ['too many processes', { cause: 'processes', code: 1 }, null, { kind: 'exceeded', limit: 'processes' }],
    ['too much output', { cause: 'output' }, 'SIGKILL', { kind: 'exceeded', limit: 'output' }],
    [
      'too large files, although it exited with 0',
      { cause: 'disk', code: 0 },
      null,
      { kind: 'exceeded', limit: 'disk' },
    ],
  ])('%s', (_what, more, signal, expected) => {
    expect(endingOf(end(more), signal)).toEqual({ ...expected, ...output })
  })
})

describe('the settings of the disk', () => {
  it('are megabytes and files, each with a default', () => {
    expect(diskLimits()).toEqual({ bytes: 2048 * MB, files: 200_000 })
    expect(diskLimits({ 'disk-mb': 5 })).toEqual({ bytes: 5 * MB, files: DEFAULT_SANDBOX_SETTINGS.files })
    expect(diskLimits({ files: 7 })).toEqual({ bytes: 2048 * MB, files: 7 })
  })

  it.each([{ 'disk-mb': 0 }, { 'disk-mb': 1.5 }, { files: -1 }, { files: '7' }, { disk: 5 }])(
    'are not %o',
    (settings) => {
      expect(sandboxSettingsSchema.safeParse(settings).success).toBe(false)
    },
  )
})

describe('what commands add to the disk', () => {
  let [used, files, free] = [0, 0, 1024 ** 4]
  const BLOCK = 4096
  beforeEach(() => {
    ;[used, files, free] = [100 * MB, 1000, 1024 ** 4]
    vi.mocked(fs.statfsSync).mockImplementation(((path: string) => {
      if (path.includes('missing')) throw new Error('ENOENT')
      const blocks = 1024 ** 4 / BLOCK
      return {
        blocks,
        bfree: blocks - used / BLOCK,
        bavail: free / BLOCK,
        bsize: BLOCK,
        files: 10 ** 9,
        ffree: 10 ** 9 - files,
      }
    }) as unknown as typeof fs.statfsSync)
  })
  const shrink = (bytes: number, count = 0) => {
    used += bytes
    files += count
  }
  const watch = async (limits = { bytes: MB, files: 5 }, use = new DiskUse(limits)) => {
    const watched = use.watch([folder])
    await untilFilesAreNewer()
    return watched
  }
  /** The kernel dates files by its last tick, which may be some milliseconds ago. */
  const untilFilesAreNewer = () => {
    const now = Date.now()
    const probe = mkdtempSync(join(tmpdir(), 'canopy-probe-'))
    const isNewer = () => {
      writeFileSync(join(probe, 'probe'), `${Math.random()}`)
      return fs.statSync(join(probe, 'probe')).ctimeMs > now
    }
    return eventually(isNewer).finally(() => rmSync(probe, { recursive: true }))
  }
  const fill = (name: string, bytes: number) => writeFileSync(join(folder, name), Buffer.alloc(bytes, 1))

  it('is within the limit while the disk did not shrink, whatever is in the folder', async () => {
    const watched = await watch()
    fill('large', 3 * MB)
    expect(await watched.isExceeded()).toBe(false)
  })

  it('is not what others add: the folder is looked through', async () => {
    const watched = await watch()
    shrink(500 * MB, 1000)
    expect(await watched.isExceeded()).toBe(false)
    fill('small', 1000)
    shrink(500 * MB)
    expect(await watched.isExceeded()).toBe(false)
  })

  it('exceeds the limit by bytes', async () => {
    const watched = await watch()
    fill('large', 3 * MB)
    shrink(3 * MB)
    expect(await watched.isExceeded()).toBe(true)
  })

  it('exceeds the limit by the number of files, folders counted', async () => {
    const watched = await watch()
    mkdirSync(join(folder, 'deep/er'), { recursive: true })
    for (let at = 0; at < 3; at += 1) fill(`deep/er/${at}`, 1)
    shrink(0, 6)
    expect(await watched.isExceeded()).toBe(false)
    fill('deep/one-more', 1)
    shrink(0, 6)
    expect(await watched.isExceeded()).toBe(true)
  })

  it('counts a file with several names once', async () => {
    const watched = await watch({ bytes: 2 * MB, files: 100 })
    fill('large', 1.5 * MB)
    for (let at = 0; at < 5; at += 1) linkSync(join(folder, 'large'), join(folder, `name-${at}`))
    shrink(3 * MB)
    expect(await watched.isExceeded()).toBe(false)
  })

  it('counts a changed file by the time of the kernel, which a command cannot set back', async () => {
    const watched = await watch()
    fill('large', 3 * MB)
    utimesSync(join(folder, 'large'), 0, 0)
    shrink(3 * MB)
    expect(await watched.isExceeded()).toBe(true)
  })

  it('does not count a file that was there before the first command', async () => {
    fill('old', 3 * MB)
    await untilFilesAreNewer()
    const watched = await watch()
    shrink(3 * MB)
    expect(await watched.isExceeded()).toBe(false)
  })

  it('counts a deleted file that a process of the command still holds open', async () => {
    const watched = await watch()
    const descriptor = openSync(join(folder, 'ghost'), 'w')
    writeSync(descriptor, Buffer.alloc(3 * MB, 1))
    unlinkSync(join(folder, 'ghost'))
    shrink(3 * MB)
    expect(await watched.isExceeded([process.pid])).toBe(true)
    shrink(3 * MB)
    expect(await watched.isExceeded([])).toBe(false)
    closeSync(descriptor)
  })

  it('is summed over the commands of a folder', async () => {
    const use = new DiskUse({ bytes: 2 * MB, files: 100 })
    const first = await watch(undefined, use)
    fill('one', 1.5 * MB)
    shrink(1.5 * MB)
    expect(await first.isExceeded()).toBe(false)
    first.close()
    const second = await watch(undefined, use)
    fill('two', 1.5 * MB)
    shrink(1.5 * MB)
    expect(await second.isExceeded()).toBe(true)
    second.close()
    expect(await use.watch([join(folder, 'elsewhere')]).isExceeded()).toBe(false)
  })

  it('exceeds the limit without a look where the disk is almost full', async () => {
    const watched = await watch()
    shrink(3 * MB)
    free = 1024
    expect(await watched.isExceeded()).toBe(true)
  })

  it('is nothing in a folder that does not exist', async () => {
    const watched = new DiskUse({ bytes: 1, files: 1 }).watch(['/missing/folder'])
    expect(await watched.isExceeded()).toBe(false)
    watched.close()
  })
})

describe('the usage of a command', () => {
  it('is that of a process and of all below it', async () => {
    const { pids, threads, memoryMb } = await new UsageReader([]).read(process.pid)
    expect(pids[0]).toBe(process.pid)
    expect(threads).toBeGreaterThan(1)
    expect(memoryMb).toBeGreaterThan(10)
    expect(memoryMb).toBeLessThan(8192)
  })

  it('is nothing for a process that ended', async () => {
    expect(await new UsageReader([{ path: '/tmp', bytes: 1 }]).read(2 ** 22 + 1)).toEqual({
      pids: [2 ** 22 + 1],
      threads: 0,
      memoryMb: 0,
    })
  })
})

describe('the limits of a command', () => {
  const limitsOf = (
    more: Partial<Command>,
    cgroup: ConstructorParameters<typeof CommandLimits>[1]['cgroup'] = 'none',
  ) => new CommandLimits(command(more), { disk: new DiskUse(diskLimits()), memoryFolders: [], cgroup })

  it('tell which one is exceeded: memory before processes', async () => {
    expect(await limitsOf({ memoryMb: 1 }).exceeded(process.pid)).toBe('memory')
    expect(await limitsOf({ memoryMb: 1, processes: 0 }).exceeded(process.pid)).toBe('memory')
    expect(await limitsOf({ memoryMb: 100_000, processes: 0 }).exceeded(process.pid)).toBe('processes')
    expect(await limitsOf({ memoryMb: 100_000 }).exceeded(process.pid)).toBeUndefined()
  })

  it('count threads, where only counting limits them', async () => {
    const { threads } = await new UsageReader([]).read(process.pid)
    expect(threads).toBeGreaterThan(8)
    expect(await limitsOf({ memoryMb: 100_000, processes: 1 }).exceeded(process.pid)).toBe('processes')
  })

  it('are in a cgroup of the command where there may be one, which goes with it', async () => {
    const limits = limitsOf(
      { memoryMb: 100_000, processes: 500 },
      { path: folder, controllers: ['memory', 'pids'] },
    )
    const { entrance = '' } = limits
    expect(entrance).toMatch(new RegExp(`^${folder}/canopy-${process.pid}-\\d+/cgroup\\.procs$`))
    const place = join(entrance, '..')
    expect(await limits.exceeded(process.pid)).toBeUndefined()
    writeFileSync(join(place, 'pids.events'), 'max 1\n')
    expect(await limits.exceeded(process.pid)).toBe('processes')
    writeFileSync(join(place, 'memory.events'), 'oom_kill 2\n')
    expect(await limits.exceeded(process.pid)).toBe('memory')
    rmSync(join(place, 'pids.events'))
    rmSync(join(place, 'memory.events'))
    expect(await limits.close()).toBeUndefined()
    expect(fs.existsSync(place)).toBe(false)
  })

  it('have no cgroup where there may be none', () => {
    expect(limitsOf({}).entrance).toBeUndefined()
  })

  it('are written only where the kernel has a file for them', () => {
    const made = new CommandCgroup({ path: folder, controllers: [] }, { memoryMb: 3, processes: 4 })
    expect(fs.readdirSync(made.path)).toEqual([])
  })
})
