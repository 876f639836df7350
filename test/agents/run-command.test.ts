// The process of an agent command: what it gets, what it may reach, and how each of its ends is told. The commands are
// small programs in the real sandbox.

import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openCommandHome } from '../../agents/commands/command-home.ts'
import { type AgentCommandRun, runAgentCommand } from '../../agents/commands/run-command.ts'
import { agentCommandSettingsSchema } from '../../agents/commands/settings.ts'
import { bubblewrap, type WorkspaceParts } from '../../workspace/index.ts'
import { survey } from '../machines/samples.ts'
import { findBwrap } from '../workspace/find-bwrap.ts'

let folder: string
let root: string
let logged: string[]

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'canopy-command-'))
  root = join(folder, 'worktree')
  logged = []
  for (const name of ['worktree', 'packages', 'users-home']) mkdirSync(join(folder, name))
  writeFileSync(join(root, '.git'), 'gitdir: elsewhere\n')
  writeFileSync(join(folder, 'users-home/login.json'), 'LOGIN')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const settled = survey({ 'src/a.ts': 1 })

interface Given extends Partial<Omit<AgentCommandRun, 'settings'>> {
  readonly settings?: object
}

/** Runs Node with a script as the agent command. */
async function run(script: string, { settings, ...more }: Given = {}) {
  const data = join(folder, 'data')
  const places = {
    surveys: join(data, 'surveys'),
    worktrees: join(data, 'worktrees'),
    repositories: join(data, 'repositories'),
    dependencies: join(data, 'dependencies'),
  }
  mkdirSync(places.surveys, { recursive: true })
  const record = {
    ...settled,
    head: 'c0',
    dependencies: join(folder, 'packages'),
    modules: ['src/a.ts'],
  }
  writeFileSync(join(places.surveys, 'c0.json'), JSON.stringify(record))
  const parts = { places, sandbox: bubblewrap({ path: findBwrap() }) } as unknown as WorkspaceParts
  const home = await openCommandHome(join(folder, 'data', 'admin'), 'conversation')
  const result = await runAgentCommand({
    parts,
    survey: record,
    root,
    settings: agentCommandSettingsSchema.parse({
      protocol: 'command',
      command: [process.execPath, '-e', script],
      kinds: ['code'],
      price: { 'usd-per-hour': 0 },
      ...settings,
    }),
    home,
    usersHome: join(folder, 'users-home'),
    env: { AGENT_KEY: 'key-of-the-agent', OTHER_KEY: 'key-of-another' },
    prompt: 'Do it.',
    mayWrite: true,
    allowance: { tokens: 10_000, microdollars: 250_000, ms: 60_000 },
    files: { read: async () => '', write: async () => {} },
    log: (sentence) => logged.push(sentence),
    signal: new AbortController().signal,
    ...more,
  })
  return { ...result, home: home.path }
}

const READ = "require('node:fs').readFileSync(0, 'utf8')"

describe('an agent command', () => {
  it('gets the prompt on stdin, the worktree, a home with its login, and the named variables only', async () => {
    const script = `
      const fs = require('node:fs')
      fs.writeFileSync('made.txt', ${READ})
      const login = fs.readFileSync(process.env.HOME + '/login.json', 'utf8')
      const { AGENT_KEY, OTHER_KEY } = process.env
      console.log(JSON.stringify({ login, AGENT_KEY, OTHER_KEY, there: fs.existsSync(${JSON.stringify('FOLDER')}) }))`
    const outside = join(folder, 'users-home/login.json')
    const { text, failure, home } = await run(script.replace('FOLDER', outside), {
      settings: { env: ['AGENT_KEY'], login: ['~/login.json'] },
    })
    expect(failure).toBeUndefined()
    expect(JSON.parse(text)).toEqual({ login: 'LOGIN', AGENT_KEY: 'key-of-the-agent', there: false })
    expect(readFileSync(join(root, 'made.txt'), 'utf8')).toBe('Do it.')
    expect(existsSync(join(home, 'login.json'))).toBe(false)
  })

  it('gets the prompt as an argument where it says so', async () => {
    const command = [process.execPath, '-p', 'process.argv[1]', '{prompt}']
    expect(await run('', { settings: { command }, prompt: 'A $& B' })).toMatchObject({ text: 'A $& B\n' })
    expect(await run('', { settings: { command }, prompt: 'x'.repeat(200_000) })).toMatchObject({
      failure: { reason: expect.stringContaining('more than 120000 bytes'), again: false },
    })
  })

  it('changes nothing for a task that only reads', async () => {
    const script = "require('node:fs').writeFileSync('made.txt', 'x')"
    const { failure } = await run(script, { mayWrite: false })
    expect(failure?.reason).toMatch(/exit status 1.*EROFS/s)
    expect(existsSync(join(root, 'made.txt'))).toBe(false)
  })

  it('follows no link when its login is copied into a home that it shaped before', async () => {
    const target = join(folder, 'target.json')
    writeFileSync(target, 'MINE')
    await run(`require('node:fs').symlinkSync(${JSON.stringify(target)}, process.env.HOME + '/login.json')`)
    const { failure, text } = await run(
      "console.log(require('node:fs').readFileSync(process.env.HOME + '/login.json', 'utf8'))",
      {
        settings: { login: ['~/login.json'] },
      },
    )
    expect(failure).toBeUndefined()
    expect(text).toBe('LOGIN\n')
    expect(readFileSync(target, 'utf8')).toBe('MINE')
  })

  it.each<[string, string, object, number, object]>([
    [
      'fails',
      "console.error('no quota'); process.exit(3)",
      {},
      60_000,
      { reason: 'ended with exit status 3: no quota', again: false },
    ],
    [
      'is over its time, and ignores SIGTERM',
      "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)",
      {},
      700,
      { reason: expect.stringContaining('limits.seconds'), again: false },
    ],
    [
      'is silent',
      'setInterval(() => {}, 1000)',
      { silence: 1 },
      60_000,
      { reason: 'was silent for 1 seconds (limits.silence)', again: true },
    ],
    [
      'floods',
      "const b = Buffer.alloc(1 << 20, 'x'); const f = () => { while (process.stdout.write(b)); process.stdout.once('drain', f) }; f()",
      {},
      60_000,
      { reason: 'printed more than 67108864 bytes', again: false },
    ],
  ])('is told apart when it %s', async (_, script, limits, ms, failure) => {
    const allowance = { tokens: 10_000, microdollars: 250_000, ms }
    expect(await run(script, { settings: { limits }, allowance })).toMatchObject({ failure })
  })

  it('leaves no process behind', async () => {
    const script = `
      const { spawn } = require('node:child_process')
      spawn('sleep', ['7431'], { detached: true, stdio: 'ignore' }).unref()
      setTimeout(() => process.exit(0), 100)`
    expect((await run(script)).failure).toBeUndefined()
    const { execFileSync } = await import('node:child_process')
    expect(execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })).not.toContain('sleep 7431')
  })

  it('ends with Canopy', async () => {
    const stop = new AbortController()
    setTimeout(() => stop.abort(), 300)
    await expect(run('setInterval(() => {}, 1000)', { signal: stop.signal })).rejects.toThrow(/abort/i)
  })

  it('reaches no host but those that are named', async () => {
    const ask = (host: string) => `
      const { request } = require('node:http')
      const proxy = process.env.HTTPS_PROXY && new URL(process.env.HTTPS_PROXY)
      if (!proxy) console.log('no way')
      else request({ host: proxy.hostname, port: proxy.port, method: 'CONNECT', path: '${host}' })
        .on('connect', ({ statusCode }) => { console.log(statusCode); process.exit(0) }).end()`
    expect(await run(ask('example.org:443'))).toMatchObject({ text: 'no way\n' })
    const settings = { network: ['localhost.localdomain'] }
    for (const host of ['example.org:443', 'localhost.localdomain:80', '127.0.0.1:443'])
      expect(await run(ask(host), { settings })).toMatchObject({ text: '403\n' })
    expect(logged).toEqual([
      expect.stringContaining('example.org:443 is not allowed'),
      expect.stringContaining('localhost.localdomain:80 is not allowed'),
      expect.stringContaining('127.0.0.1:443 is not allowed'),
    ])
  })

  it.each<[string, object, object]>([
    ['the price of its time', { price: { 'usd-per-hour': 3600 } }, { cost: 'by_time' }],
    [
      'all that it was allowed when there is no price',
      { price: undefined },
      { cost: 'unknown', microdollars: 250_000 },
    ],
  ])('costs %s', async (_, settings, expected) => {
    const result = await run('', { settings })
    expect(result).toMatchObject(expected)
    expect(result.microdollars).toBeGreaterThan(10_000)
  })

  it('is told when its program or its login is missing', async () => {
    const command = ['no-such-program-at-all']
    expect(await run('', { settings: { command } })).toMatchObject({
      failure: { reason: expect.stringContaining('no-such-program-at-all') },
      microdollars: 0,
    })
    expect(await run('', { settings: { login: ['~/gone.json'] } })).toMatchObject({
      failure: { reason: expect.stringContaining('~/gone.json') },
    })
  })
})
