// What `canopy budget` shows of a running system's budget, and what it changes there.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Event } from '../../kernel/index.ts'
import type { Budget } from '../../machines/index.ts'
import type { NatsServer } from '../../transport/index.ts'
import { eventually } from '../eventually.ts'
import { startServer, stopServers, temporaryFolder } from '../transport/nats.ts'
import { called, type Said } from './called.ts'
import { SimulatedRun } from './simulated-run.ts'

let data: string
let server: NatsServer
let run: SimulatedRun
let runs = 0

const caps: Partial<Budget> = { run: { usd: 1 }, milestone: { tokens: 1_000 }, attempt: { usd: 0.9 } }

beforeAll(async () => {
  data = await temporaryFolder()
  mkdirSync(join(data, 'runs', '1'), { recursive: true })
  server = await startServer({ directory: join(data, 'runs', '1') })
})
beforeEach(async () => {
  runs += 1
  const system = `budget-${runs}`
  const record = { system, repository: '/r', milestones: [], seed: 1, began: 0, over: false }
  writeFileSync(join(data, 'runs', '1', 'run.json'), JSON.stringify(record))
  await run?.remove()
  run = new SimulatedRun({ server, system, modules: 2, workers: 1, budget: caps })
  await run.start()
  await eventually(() => run.begun.length === 1, { what: 'a worker at work' })
})
afterAll(async () => {
  await run.remove()
  await stopServers()
})

async function canopy(...args: string[]): Promise<Said> {
  const { out, ...said } = await called([...args, '--data', data], data, { now: Date.now })
  return { ...said, out: out.trimEnd() }
}

const AGENT = 'system.pool.worker:1.agent'

/** As the agent does; resolves when the budget's step is durable. */
async function tell(event: Event): Promise<void> {
  told += 1
  const mail = { id: `test/${told}`, to: 'system.budget', from: { address: AGENT, birth: 'b', number: told } }
  const { promise, resolve } = Promise.withResolvers<void>()
  const unwatch = run.node.watch(({ message }) => {
    if (message.kind === 'mail' && message.id === mail.id) resolve()
  })
  expect(await run.mail.publish({ ...mail, event })).toBe('accepted')
  await promise
  unwatch()
}
let told = 0
const account = (task: string) => ({ milestone: 'm1', task, attempt: 1 })
const callOf = (task: string) => `${AGENT}/m1/${task}/1#1`
const reserve = (task: string, usd: number, tokens = 10) => {
  const amounts = { tokens, microdollars: usd * 1e6 }
  return tell({ type: 'RESERVE', id: callOf(task), account: account(task), ...amounts, replyTo: AGENT })
}
const settle = (task: string, usd: number, tokens = 10) => {
  const usage = { input: tokens, cacheRead: 0, cacheWrite: 0, output: 0 }
  return tell({ type: 'SETTLE', id: callOf(task), usage, microdollars: usd * 1e6 })
}

describe('canopy budget', () => {
  it('shows what may be taken, is taken and is reserved, and who waits', async () => {
    await reserve('a', 0.5)
    await settle('a', 0.45, 300)
    await reserve('b', 0.5)
    await reserve('c', 0.6)
    const { code, out, err } = await canopy('budget')
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out.split('\n').slice(0, 3)).toEqual([
      'the run  1 call, 0.45 of 1.00 usd (0.50 reserved), 300 tokens (10 reserved)',
      'm1       1 call, 0.45 usd (0.50 reserved), 300 of 1000 tokens (10 reserved)',
      'an attempt may take 0.90 usd',
    ])
    expect(out).toContain('c, attempt 1, waits: the run has taken 0.45 usd of 1.00 usd')
    expect(out).toContain("'canopy budget raise' continues it")
    expect(JSON.parse((await canopy('budget', '--json')).out)).toMatchObject({
      run: { cap: { usd: 1 }, taken: { usd: 0.45, tokens: 300 }, reserved: { usd: 0.5 }, calls: 1 },
      milestones: [{ milestone: 'm1', cap: { tokens: 1_000 }, over: false }],
      waiting: [{ id: callOf('c'), task: 'c', waitsFor: 'cap' }],
      quota: null,
    })
    expect((await canopy('status')).out).toMatch(/state +at_cap/)
  })

  it('raises a cap, and what waits goes on', async () => {
    await reserve('a', 0.9)
    await settle('a', 0.9)
    await reserve('b', 0.5)
    expect((await canopy('budget', 'raise', '1.2', 'usd')).out).toMatch(
      /^the run may take 1.20 usd; 1 still waiting: the run has taken 0.90 usd of 1.20 usd/,
    )
    expect((await canopy('budget', 'raise', '2usd')).out).toBe('the run may take 2.00 usd')
    expect((await canopy('status')).out).toMatch(/state +working/)
    const raised = await canopy('budget', 'raise', '5k tokens', '--milestone', 'm1', '--json')
    expect(JSON.parse(raised.out)).toMatchObject({ milestones: [{ cap: { tokens: 5_000 } }], waiting: [] })
  })

  it.each([
    [['10'], 'is no amount'],
    [['1usd'], 'the cap of the run is 1.00 usd already'],
    [['90', 'minutes'], 'the run has no cap in minutes'],
    [['9usd', '--milestone', 'm7'], "milestone 'm7' has no budget yet; these have one: none yet"],
  ])('refuses to raise to %j, and changes nothing', async (words, reason) => {
    const { code, err } = await canopy('budget', 'raise', ...words)
    expect(code).toBe(2)
    expect(err).toContain(reason)
    expect(JSON.parse((await canopy('budget', '--json')).out).run.cap).toEqual({ usd: 1 })
  })

  it('shows that a quota is out, also after a restart, and resumes', async () => {
    await tell({ type: 'QUOTA.OUT', model: 'a/b', message: 'the month is used up' })
    await reserve('a', 0.1)
    await run.stop()
    await run.start()
    expect((await canopy('status')).out).toMatch(/state +out_of_quota/)
    const { out } = await canopy('budget')
    expect(out).toContain(
      "a/b is out of quota (the month is used up): no call is granted until 'canopy budget resume'",
    )
    expect((await canopy('budget', 'resume')).out).toBe('model calls are granted again')
    expect((await canopy('budget', 'resume')).out).toBe('no quota was used up')
    expect((await canopy('status')).out).toMatch(/state +working/)
    const facts = run.facts.flatMap((fact) => (fact.type === 'emitted' ? [fact.event.type] : []))
    expect(facts).toEqual(expect.arrayContaining(['budget.out_of_quota', 'budget.resumed']))
  })
})
