// Each protocol of agent commands, played by a small program in the real sandbox, and what its odd messages come to.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openCommandHome } from '../../agents/commands/command-home.ts'
import type { CommandFiles } from '../../agents/commands/protocols/command-protocol.ts'
import type { commandProtocols } from '../../agents/commands/protocols/protocols.ts'
import { runAgentCommand } from '../../agents/commands/run-command.ts'
import { agentCommandSettingsSchema } from '../../agents/commands/settings.ts'
import {
  FileRefused,
  plainPath,
  readInside,
  replaceInside,
  unsandboxed,
  type WorkspaceParts,
} from '../../workspace/index.ts'
import { survey } from '../machines/samples.ts'

let folder: string
let root: string
let logged: string[]

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'canopy-protocols-'))
  root = join(folder, 'worktree')
  logged = []
  for (const name of ['worktree', 'packages', 'surveys']) mkdirSync(join(folder, name))
  writeFileSync(join(root, 'a.txt'), 'one\ntwo\nthree\n')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const record = { ...survey({ 'src/a.ts': 1 }), head: 'c0' }

interface Given {
  readonly limits?: object
  readonly mayWrite?: boolean
  readonly session?: string
  readonly ms?: number
  readonly price?: object
}

/** Runs a script of Node as the agent command; without the sandbox, which `run-command.test.ts` is about. */
async function play(protocol: keyof typeof commandProtocols, script: string, given: Given = {}) {
  const { limits = {}, mayWrite = true, session, ms = 20_000, price } = given
  const program = join(folder, 'program.cjs')
  writeFileSync(program, `${PRELUDE}\n${script}`)
  const site = { ...record, dependencies: join(folder, 'packages') }
  writeFileSync(join(folder, 'surveys', 'c0.json'), JSON.stringify(site))
  const places = {
    surveys: join(folder, 'surveys'),
    worktrees: folder,
    clone: join(folder, 'clone'),
    repositories: folder,
    dependencies: folder,
  }
  const home = await openCommandHome(join(folder, 'admin'), 'conversation')
  const result = await runAgentCommand({
    parts: { places, sandbox: unsandboxed() } as unknown as WorkspaceParts,
    survey: site,
    root,
    settings: agentCommandSettingsSchema.parse({
      protocol,
      command: [process.execPath, program],
      kinds: ['code'],
      limits,
      ...(price && { price }),
    }),
    home,
    usersHome: folder,
    env: {},
    prompt: 'Do it.',
    session,
    mayWrite,
    allowance: { tokens: 1_000, microdollars: 250_000, ms },
    files: filesOf(mayWrite),
    log: (sentence) => logged.push(sentence),
    signal: new AbortController().signal,
  })
  const { before } = await openCommandHome(join(folder, 'admin'), 'conversation')
  return { ...result, session: before.session }
}

const filesOf = (mayWrite: boolean): CommandFiles => ({
  read: async (path) => (await readInside(root, plainPath(root, path), 10_000))?.bytes.toString() ?? '',
  async write(path, text) {
    if (!mayWrite) throw new FileRefused('this task changes no files')
    await replaceInside(root, plainPath(root, path), { bytes: Buffer.from(text), mode: 0o644, spare: folder })
  },
})

const PRELUDE = `
const fs = require('node:fs')
const say = (message) => process.stdout.write(JSON.stringify(message) + '\\n')
const hang = () => setInterval(() => {}, 1000)
/** An agent of ACP: answers the client's requests with these functions, by method. */
const serve = (methods) => {
  let ids = 0
  const waiting = new Map()
  const ask = (method, params) => new Promise((done) => {
    ids += 1
    waiting.set(ids, done)
    say({ jsonrpc: '2.0', id: ids, method, params })
  })
  const tell = (update) => say({ jsonrpc: '2.0', method: 'session/update', params: { sessionId: 's1', update } })
  const chunk = (text) => tell({ sessionUpdate: 'agent_message_chunk', content: { type: 'text', text } })
  let rest = ''
  process.stdin.on('data', (data) => {
    const lines = (rest + data).split('\\n')
    rest = lines.pop()
    for (const line of lines) {
      const { id, method, params, result, error } = JSON.parse(line)
      if (method === undefined) waiting.get(id)?.(error ?? result)
      else Promise.resolve(methods[method]?.(params, { ask, tell, chunk }) ?? {}).then((answer) => {
        if (id !== undefined) say({ jsonrpc: '2.0', id, result: answer })
      })
    }
  })
  process.stdin.on('end', () => process.exit(0))
}
const agent = {
  initialize: () => ({ protocolVersion: 1, agentCapabilities: { loadSession: true } }),
  'session/new': () => ({ sessionId: 's1' }),
}`

describe('claude', () => {
  const words = "const prompt = fs.readFileSync(0, 'utf8'); const args = process.argv.slice(2).join(' ');"
  const result = {
    type: 'result',
    subtype: 'success',
    is_error: false,
    session_id: 's-7',
    total_cost_usd: 0.12,
  }
  const usage = {
    input_tokens: 5,
    cache_creation_input_tokens: 6,
    cache_read_input_tokens: 7,
    output_tokens: 8,
  }

  it('gets the prompt and its limits, and reports its message, session, tokens and cost', async () => {
    const told = await play(
      'claude',
      `${words} say({ type: 'system', subtype: 'init', session_id: 's-6' })
      say({ type: 'assistant', message: { content: [{ type: 'text', text: 'Working.' }, { type: 'tool_use' }] } })
      say({ ...${JSON.stringify({ ...result, usage })}, result: prompt + ' ' + args })`,
    )
    expect(told).toMatchObject({
      text: 'Do it. -p --output-format stream-json --verbose --permission-mode bypassPermissions --max-turns 100 --max-budget-usd 0.25',
      session: 's-7',
      cost: 'reported',
      microdollars: 120_000,
      usage: { input: 5, cacheWrite: 6, cacheRead: 7, output: 8 },
    })
    expect(told.failure).toBeUndefined()
    const again = await play('claude', `${words} say({ ...${JSON.stringify(result)}, result: args })`, {
      session: 's-7',
    })
    expect(again.text).toContain('--resume s-7')
  })

  it('is told to have failed, and what that cost', async () => {
    const failed = { ...result, subtype: 'error_max_turns', is_error: true }
    expect(await play('claude', `say(${JSON.stringify(failed)})`)).toMatchObject({
      failure: { reason: 'failed: error_max_turns', again: false },
      microdollars: 120_000,
    })
  })

  it('is ended when it hangs after its result', async () => {
    const told = await play(
      'claude',
      `say(${JSON.stringify({ ...result, result: 'Done.' })}); process.on('SIGTERM', () => {}); hang()`,
    )
    expect(told).toMatchObject({ text: 'Done.', cost: 'reported' })
    expect(told.failure).toBeUndefined()
  })

  it('survives garbage and unknown messages, and dies without a result', async () => {
    const script = `
      process.stdout.write('no json\\n{"a":\\n' + '['.repeat(100) + '\\n')
      say({ type: 'rate_limit_event' }); say(7); say({ type: 'assistant', message: null })
      say({ type: 'result', total_cost_usd: -1 })
      process.exit(4)`
    const told = await play('claude', script)
    expect(told).toMatchObject({ failure: { reason: 'ended with exit status 4', again: false } })
    expect(told).toMatchObject({ cost: 'unknown', microdollars: 250_000 })
    expect(logged.join('\n')).toMatch(
      /no JSON: no json[\s\S]*not known: {"type":"rate_limit_event"}[\s\S]*not known: 7/,
    )
  })

  it('is ended after its steps', async () => {
    const step = `say({ type: 'assistant', message: { content: [] } })`
    expect(await play('claude', `${step}; ${step}; ${step}; hang()`, { limits: { steps: 2 } })).toMatchObject(
      {
        failure: { reason: 'has taken its 2 steps (limits.steps)', again: false },
      },
    )
  })
})

describe('codex', () => {
  const script = `
    const prompt = fs.readFileSync(0, 'utf8'); const args = process.argv.slice(2).join(' ')
    say({ type: 'thread.started', thread_id: 't-1' }); say({ type: 'turn.started' })
    say({ type: 'item.completed', item: { id: 'i', type: 'command_execution', command: 'ls' } })
    say({ type: 'item.completed', item: { id: 'j', type: 'agent_message', text: prompt + ' ' + args } })
    say({ type: 'turn.completed', usage: { input_tokens: 100, cached_input_tokens: 40, output_tokens: 9 } })`

  it('gets the prompt, and reports its message, session and tokens', async () => {
    expect(await play('codex', script, { price: { 'usd-per-hour': 1 } })).toMatchObject({
      text: `Do it. exec --json --skip-git-repo-check --sandbox danger-full-access --cd ${root} -`,
      session: 't-1',
      cost: 'by_time',
      usage: { input: 60, cacheRead: 40, cacheWrite: 0, output: 9 },
    })
    expect((await play('codex', script, { session: 't-1' })).text).toContain('resume t-1 -')
  })

  it('is told to have failed', async () => {
    const failed =
      "say({ type: 'error', message: 'again' }); say({ type: 'turn.failed', error: { message: 'no quota' } })"
    expect(await play('codex', failed)).toMatchObject({ failure: { reason: 'failed: no quota' } })
  })

  it('is ended when it has used its tokens', async () => {
    const usage = { input_tokens: 2_000, cached_input_tokens: 0, output_tokens: 1 }
    const more = `say({ type: 'turn.completed', usage: ${JSON.stringify(usage)} })`
    const told = await play('codex', more)
    expect(told.usage.input).toBe(2_000)
  })
})

describe('acp', () => {
  it('opens a session, serves files within the worktree, gives permission, and takes the last message', async () => {
    const told = await play(
      'acp',
      `serve({ ...agent, 'session/prompt': async ({ prompt }, { ask, tell, chunk }) => {
        chunk('First I look.')
        tell({ sessionUpdate: 'tool_call', toolCallId: 'c1', title: 'read' })
        const part = await ask('fs/read_text_file', { sessionId: 's1', path: process.cwd() + '/a.txt', line: 2, limit: 1 })
        const options = [{ optionId: 'no', kind: 'reject_once' }, { optionId: 'yes', kind: 'allow_once' }]
        const permitted = await ask('session/request_permission', { sessionId: 's1', toolCall: { kind: 'edit' }, options })
        await ask('fs/write_text_file', { sessionId: 's1', path: process.cwd() + '/b/c.txt', content: prompt[0].text })
        const out = await ask('fs/read_text_file', { sessionId: 's1', path: '/etc/passwd' })
        const up = await ask('fs/write_text_file', { sessionId: 's1', path: '../up.txt', content: 'x' })
        const git = await ask('fs/write_text_file', { sessionId: 's1', path: '.git/hooks/x', content: 'x' })
        const terminal = await ask('terminal/create', { command: 'sh' })
        const odd = await ask('fs/read_text_file', { path: 7 })
        tell({ sessionUpdate: 'usage_update', used: 1, size: 2, cost: { amount: 0.05, currency: 'USD' } })
        chunk(JSON.stringify({ part, permitted, codes: [out, up, git, terminal, odd].map(({ code }) => code) }))
        return { stopReason: 'end_turn' }
      } })`,
    )
    expect(JSON.parse(told.text)).toEqual({
      part: { content: 'two' },
      permitted: { outcome: { outcome: 'selected', optionId: 'yes' } },
      codes: [-32_000, -32_000, -32_000, -32_601, -32_602],
    })
    expect(told).toMatchObject({ session: 's1', cost: 'reported', microdollars: 50_000 })
    expect(told.failure).toBeUndefined()
    expect(readFileSync(join(root, 'b/c.txt'), 'utf8')).toBe('Do it.')
  })

  it('writes nothing and gets no permission to write for a task that only reads', async () => {
    const told = await play(
      'acp',
      `serve({ ...agent, 'session/prompt': async (_, { ask, chunk }) => {
        const options = [{ optionId: 'yes', kind: 'allow_once' }, { optionId: 'no', kind: 'reject_once' }]
        const edit = await ask('session/request_permission', { toolCall: { kind: 'edit' }, options })
        const read = await ask('session/request_permission', { toolCall: { kind: 'read' }, options })
        const wrote = await ask('fs/write_text_file', { path: 'b.txt', content: 'x' })
        chunk([edit.outcome.optionId, read.outcome.optionId, wrote.code].join(' '))
        return { stopReason: 'end_turn' }
      } })`,
      { mayWrite: false },
    )
    expect(told.text).toBe('no yes -32000')
  })

  it('goes on in its session where the agent can load it', async () => {
    const script = (more: string) => `serve({ ...agent, ${more}
      'session/load': ({ sessionId }, { chunk }) => (chunk('Old words.'), {}),
      'session/prompt': async ({ sessionId }, { chunk }) => (chunk('In ' + sessionId), { stopReason: 'end_turn' }) })`
    expect((await play('acp', script(''), { session: 's0' })).text).toBe('In s0')
    const cannot = 'initialize: () => ({ protocolVersion: 1 }),'
    expect((await play('acp', script(cannot), { session: 's0' })).text).toBe('In s1')
  })

  it.each([
    ['refuses', "'session/prompt': () => ({ stopReason: 'refusal' })", /^failed: it stopped: refusal$/],
    ['speaks another version', 'initialize: () => ({ protocolVersion: 9 })', /does not speak version 1/],
    ['opens no session', "'session/new': () => ({})", /opened no session/],
    ['dies', "'session/prompt': () => process.exit(9)", /exit status 9/],
  ])('is told apart when it %s', async (_, methods, reason) => {
    expect(await play('acp', `serve({ ...agent, ${methods} })`)).toMatchObject({
      failure: { reason: expect.stringMatching(reason), again: false },
    })
  })

  it('is cancelled at its time, and may report what it took', async () => {
    const told = await play(
      'acp',
      `let finish
      serve({ ...agent,
        'session/prompt': () => new Promise((done) => { finish = done }),
        'session/cancel': (_, { tell }) => {
          tell({ sessionUpdate: 'usage_update', cost: { amount: 0.07, currency: 'USD' } })
          finish({ stopReason: 'cancelled' })
        } })`,
      { ms: 1_000 },
    )
    expect(told).toMatchObject({ cost: 'reported', microdollars: 70_000 })
    expect(told.failure?.reason).toContain('limits.seconds')
  })
})
