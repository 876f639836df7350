// What a call of canopy comes to: every mistake in this process, the main ones through the real launcher.

import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { execa } from 'execa'
import { describe, expect, it } from 'vitest'
import { logFileOf } from '../../app/logs/write.ts'
import { defaultDataDirectory } from '../../app/settings/data-directory.ts'
import { sampleSource } from '../../app/settings/sample.ts'
import { eventually } from '../eventually.ts'
import { called, type Said } from './called.ts'
import { scratch } from './scratch.ts'

const launcher = resolve(import.meta.dirname, '../../cli/launch.js')

/** `canopy ...args` in a folder that is also its state home. */
function canopy(args: readonly string[], home = scratch()): Promise<Said> {
  return called(args, home, { env: { XDG_STATE_HOME: join(home, 'state') } })
}

/** The same through the launcher, as a process. */
async function launched(
  args: readonly string[],
  home = scratch(),
): Promise<Omit<Said, 'code'> & { readonly code: number | undefined }> {
  const env = { XDG_STATE_HOME: join(home, 'state'), XDG_CONFIG_HOME: join(home, 'config') }
  const options = { cwd: home, env, reject: false } as const
  const { exitCode, stdout, stderr } = await execa(process.execPath, [launcher, ...args], options)
  return { code: exitCode, out: stdout, err: stderr }
}

describe('a path that is typed', () => {
  it('is meant from the folder of the user, also when npm starts it from elsewhere', async () => {
    const home = scratch()
    const args = ['--prefix', resolve(import.meta.dirname, '../..'), 'run', '-s', 'canopy', '--']
    const options = { cwd: home, env: { XDG_STATE_HOME: join(home, 'state') }, reject: false } as const
    const { exitCode, stderr } = await execa('npm', [...args, 'run', '--repo', 'mine'], options)
    expect(stderr).toContain(`--repo is ${join(home, 'mine')}; there is no such directory`)
    expect(exitCode).toBe(2)
  })
})

describe('what cannot be understood', () => {
  it.for<[args: string[], ...sentences: string[]]>([
    [[], 'a command is missing', 'canopy --help'],
    [['rum'], "unknown command 'rum'", 'Did you mean run?', 'canopy --help'],
    [['run', '--gaol', 'x'], "unknown option '--gaol'", 'Did you mean --goal?', 'canopy run --help'],
    [['run', '--goal'], "option '--goal <goal>' argument missing", 'canopy run --help'],
    [['run', '--goal', 'speed=9'], '--goal is "speed=9"', '--goal branch-coverage=90'],
    [['run', '--workers', '0'], '--workers is "0"', 'from 1 to 16'],
    [['run', '/some/where'], "'run' takes options only", 'npm start -- --repo /some/where'],
    [['run', '--repo', 'nowhere'], 'nowhere; there is no such directory', '--repo DIR'],
    [['run', '--repo', '.'], 'it is not a git repository', 'git init'],
    [['run', '--nats', 'localhost'], '--nats is "localhost"', 'nats://127.0.0.1:4222'],
    [['status', '--nats', 'x'], '--nats is "x"'],
    [['status'], 'no run with a NATS server of its own', 'canopy run'],
    [['send', 'a'], "missing required argument 'EVENT'", 'canopy send --help'],
    [['send', 'a', 'B', '{'], 'expected JSON', 'For example'],
    [['logs', '--level', 'loud'], '--level is "loud"', 'debug, info, warn, error'],
    [['logs'], 'there is no log', '--data DIR'],
  ])('%j exits with 2 and says why', async ([args, ...sentences]) => {
    const home = scratch()
    const { code, out, err } = await canopy(args, home)
    for (const sentence of sentences) expect(err).toContain(sentence)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(readdirSync(home)).toEqual([])
  })

  it('is told on both streams with --json, and run.finished is the last line', async () => {
    const { code, out, err } = await canopy(['run', '--json', '--seed', 'x'])
    expect(code).toBe(2)
    expect(err).toContain('--seed is "x"')
    expect(JSON.parse(out)).toMatchObject({
      type: 'run.finished',
      status: 'refused',
      code: 'bad_option',
      branch: null,
      commits: 0,
    })
  })

  it('of canopy.yaml is told with file, line and column', async () => {
    const home = scratch()
    mkdirSync(join(home, 'repo', '.git'), { recursive: true })
    writeFileSync(join(home, 'repo', 'canopy.yaml'), 'milestones:\n  - id: A\n')
    const { code, err } = await canopy(['run', '--repo', 'repo'], home)
    expect(code).toBe(2)
    expect(err).toContain(`${join(home, 'repo', 'canopy.yaml')}:2:9: milestones[0].id is "A"`)
  })
})

describe('help', () => {
  it('lists the commands and the exit codes', async () => {
    const { code, out } = await canopy(['--help'])
    expect(code).toBe(0)
    for (const part of ['run', 'status', 'tree', 'send', 'logs', 'version', 'Exit codes', '70']) {
      expect(out).toContain(part)
    }
  })

  it('of each command has its options and examples', async () => {
    for (const command of ['run', 'status', 'tree', 'send', 'logs']) {
      const { code, out } = await canopy(['help', command])
      expect(code).toBe(0)
      expect(out).toContain('--data <dir>')
      expect(out).toMatch(/Examples?:/)
    }
  })

  it('of run names every option of the settings', async () => {
    const { out } = await canopy(['run', '--help'])
    const options = ['repo', 'goal', 'workers', 'json', 'no-sandbox', 'nats', 'sync', 'seed', 'allow-dirty']
    for (const option of options) expect(out).toContain(`--${option}`)
  })

  it('fits 120 columns', async () => {
    const { out } = await canopy(['run', '--help'])
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(120)
  })
})

describe('version', () => {
  it('is told', async () => {
    expect((await canopy(['--version'])).out).toBe('1.2.3\n')
    expect((await canopy(['version'])).out).toContain('canopy 1.2.3 (node v')
  })
})

describe('through the launcher', () => {
  it('a mistake exits with 2, on the error stream, and with --json on both', async () => {
    const { code, out, err } = await launched(['run', '--json', '--workers', 'many'])
    expect(code).toBe(2)
    expect(err).toContain('canopy: --workers is "many"')
    expect(JSON.parse(out)).toMatchObject({ type: 'run.finished', status: 'refused' })
  })

  it('help exits with 0', async () => {
    const { code, out, err } = await launched(['help', 'run'])
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toContain('--allow-dirty')
  })

  it('the version is that of package.json', async () => {
    const file = readFileSync(join(dirname(launcher), '..', 'package.json'), 'utf8')
    const { version } = JSON.parse(file) as { version: string }
    expect((await launched(['-V'])).out).toBe(version)
  })

  it('logs are followed until a signal', async () => {
    const home = scratch()
    const file = logOfSample(home)
    writeFileSync(file, line('first', 'info'))
    const env = { XDG_STATE_HOME: join(home, 'state') }
    const following = execa(process.execPath, [launcher, 'logs', '--follow', '--json'], {
      env,
      reject: false,
    })
    let seen = ''
    following.stdout.on('data', (chunk: Buffer) => (seen += chunk))
    await eventually(() => seen.includes('first'))
    appendFileSync(file, line('second', 'error'))
    await eventually(() => seen.includes('second'))
    following.kill('SIGTERM')
    expect((await following).exitCode).toBe(0)
  })
})

describe.skipIf(process.platform !== 'linux')('when the launcher is killed', () => {
  it('what it started ends too', async () => {
    const home = scratch()
    writeFileSync(logOfSample(home), line('first', 'info'))
    const env = { XDG_STATE_HOME: join(home, 'state') }
    const following = execa(process.execPath, [launcher, 'logs', '--follow'], { env, reject: false })
    let seen = ''
    following.stdout.on('data', (chunk: Buffer) => (seen += chunk))
    await eventually(() => seen.includes('first'))
    const children = readFileSync(`/proc/${following.pid}/task/${following.pid}/children`, 'utf8')
    const child = Number(children.trim())
    expect(child).toBeGreaterThan(1)
    following.kill('SIGKILL')
    await following
    await eventually(() => !isAlive(child))
  })
})

function isAlive(pid: number): boolean {
  try {
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ')
  } catch {
    return false
  }
}

describe('logs', () => {
  it('are found without a run, and filtered', async () => {
    const home = scratch()
    writeFileSync(logOfSample(home), `${line('first', 'info')}${line('second', 'warn')}{"ti`)
    expect((await canopy(['logs', '--level', 'warn'], home)).out).toBe('10:11:12 warn  second\n')
    expect((await canopy(['logs', '--json'], home)).out).toBe(line('first', 'info') + line('second', 'warn'))
  })
})

/** The place of the log of a run on the sample. */
function logOfSample(home: string): string {
  const around = { directory: home, env: { XDG_STATE_HOME: join(home, 'state') }, home, cores: 1 }
  const file = logFileOf(defaultDataDirectory(sampleSource, around))
  mkdirSync(dirname(file), { recursive: true })
  return file
}

function line(msg: string, level: string): string {
  return `{"time":"2026-01-01T10:11:12Z","level":"${level}","msg":"${msg}"}\n`
}

describe('compiled code', () => {
  it('is kept in a folder of the user alone, and nowhere else when others can write there', async () => {
    const home = scratch()
    const cache = join(home, 'cache')
    const env = { XDG_CACHE_HOME: cache, NODE_COMPILE_CACHE: '' }
    const version = () => execa(process.execPath, [launcher, 'version'], { cwd: home, env })
    const folder = join(cache, 'canopy/compiled')
    await version()
    expect(readdirSync(folder)).toHaveLength(1)
    rmSync(folder, { recursive: true })
    mkdirSync(folder)
    chmodSync(folder, 0o777)
    expect((await version()).exitCode).toBe(0)
    expect(readdirSync(folder)).toEqual([])
  })
})
