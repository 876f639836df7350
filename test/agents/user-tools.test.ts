// Tools that the user grants, in the loop of an agent: who may use them, what is recorded, and what a kill or a replay does.

import { afterEach, describe, expect, it } from 'vitest'
import {
  agentOf,
  combined,
  noUserTools,
  recordedTools,
  replayedTools,
  type ToolRecords,
  UnrecordedToolCall,
  type UserToolCall,
  type UserTools,
} from '../../agents/user-tools.ts'
import { type AgentOrder, resultsOf } from '../../machines/index.ts'
import { openMemoryStore } from '../../persistence/index.ts'
import { Cord, cutStore } from '../actors/cord.ts'
import { eventually } from '../eventually.ts'
import {
  calling,
  done,
  lastResults,
  Office,
  type OfficeOptions,
  outputOf,
  type Script,
  saying,
} from './office.ts'

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

async function office(options: Omit<OfficeOptions, 'store'>): Promise<Office> {
  const opened = await Office.open({ ...options, store: await openMemoryStore() })
  closing.push(() => opened.close())
  return opened
}

class Rows implements ToolRecords {
  readonly rows = new Map<string, unknown>()
  get = async (key: string) => this.rows.get(key)
  put = async (key: string, record: unknown) => void this.rows.set(key, structuredClone(record))
  async *keys() {
    yield* this.rows.keys()
  }
}

const PRICE = 1_000

/** A tool that counts what it did to the world outside, and one that only looks. */
function ledger(log: string[], cord = new Cord()): UserTools {
  const input = { type: 'object' }
  const tool = (name: string) => ({ name, description: name, input })
  return {
    ...noUserTools,
    tools: [
      {
        tool: tool('mcp__bank__pay'),
        effect: 'outside',
        kinds: ['code'],
        microdollars: PRICE,
        computes: true,
      },
      { tool: tool('mcp__bank__look'), effect: 'reads', kinds: ['code', 'verify'] },
    ],
    use: ({ name }) =>
      cord.through(async () => {
        if (!cord.pulled) log.push(name)
        return { content: `${name} ${log.filter((each) => each === name).length}`, failed: false }
      }),
  }
}

const solver: Script = ({ turns }) => {
  const step = turns.filter(({ role }) => role === 'assistant').length
  if (step === 0) return calling(['mcp__bank__look', {}], ['mcp__bank__pay', { to: 'x' }])
  if (step === 1) return calling(['write', { path: 'b.ts', to: 'b' }])
  return done()
}

const recording = (records: ToolRecords, log: string[]) => async (cord: Cord) =>
  recordedTools(ledger(log, cord), { records: cutStore(records, cord), now: () => 1 })

describe('tools that the user grants', () => {
  it('are offered beside the others, to the kinds that may use them', async () => {
    const log: string[] = []
    const script: Script = (request, n) =>
      n === 1
        ? calling(['mcp__bank__pay', {}])
        : n === 2
          ? calling(['mcp__bank__look', {}])
          : calling(['submit', { verdict: 'refuted', reason: lastResults(request)[0]?.content ?? '' }])
    const world = await office({ script, kind: 'verify', granted: async () => ledger(log) })
    expect(await world.run()).toMatchObject({ answer: { reason: 'mcp__bank__look 1' } })
    expect(world.requests[0]?.tools.map(({ name }) => name)).toEqual([
      'read',
      'mcp__bank__look',
      'note',
      'submit',
    ])
    expect(log).toEqual(['mcp__bank__look'])
  })

  it('change something outside at most once, wherever the run is killed, and the model is told', async () => {
    const whole = await office({ script: solver, granted: recording(new Rows(), []) })
    const cord = new Cord()
    await outputOf(await whole.boot(cord))
    let interrupted = 0
    for (let limit = 0; limit <= cord.operations; limit += 1) {
      const [log, records] = [[] as string[], new Rows()]
      const world = await office({ script: solver, granted: recording(records, log) })
      const pulled = new Cord(limit)
      const first = await Promise.race([
        world.boot(pulled).then((booted) => booted.ending),
        eventually(() => pulled.pulled, { what: `operation ${limit}` }),
      ])
      if (first !== true) continue
      world.mail.reconnect()
      const output = await world.run()
      expect(output).toMatchObject({ kind: 'submitted' })
      const models = [...world.paid.values()].reduce((sum, asked) => sum + asked.microdollars, 0)
      expect(output.microdollars).toBe(models + PRICE)
      const paid = log.filter((name) => name === 'mcp__bank__pay')
      const results = (await world.turns(output)).flatMap(resultsOf).map(({ content }) => content)
      expect(paid.length, `killed at operation ${limit}`).toBeLessThanOrEqual(1)
      expect(results[0]).toMatch(/^mcp__bank__look/)
      if (results[1] === 'mcp__bank__pay 1') expect(paid).toHaveLength(1)
      else expect(results[1]).toMatch(/^interrupted.* It may have been carried out\.$/s)
      if (results[1] !== 'mcp__bank__pay 1') interrupted += 1
      await closing.pop()?.()
    }
    expect(interrupted).toBeGreaterThan(0)
  })

  it('are paid for from the budget: reserved before the call, settled after it, with their time', async () => {
    const world = await office({ script: solver, granted: async () => ledger([]) })
    const output = await world.run()
    const models = [...world.paid.values()].reduce((sum, asked) => sum + asked.microdollars, 0)
    expect(output.microdollars).toBe(models + PRICE)
    const budget = (await world.store.read('job.budget'))?.record.snapshot
    expect(JSON.stringify(budget)).toContain(`"microdollars":${models + PRICE}`)
  })

  it.each([
    [
      'the agent',
      { limits: { microdollars: 400_000 } },
      /^money: \d+ of 400000 .* the next call of a tool costs 390000/,
    ],
    ['the attempt', { budget: { attempt: { usd: 0.4 } } }, /./],
  ])('are not called when that could exceed a cap of %s', async (_, caps, reason) => {
    const log: string[] = []
    const costly = ledger(log)
    const tools = costly.tools.map((each) => ({ ...each, microdollars: 390_000 }))
    const world = await office({ script: solver, granted: async () => ({ ...costly, tools }), ...caps })
    const output = await world.run()
    expect(output).toMatchObject({ kind: 'capped', reasons: [expect.stringMatching(reason)] })
    expect(log.length).toBeLessThan(2)
  })

  it('give their recorded results in a replay, and nothing is called', async () => {
    const [log, records] = [[] as string[], new Rows()]
    const world = await office({ script: solver, granted: recording(records, log) })
    const output = await world.run()
    const again = await office({ script: solver, granted: () => replayedTools(records) })
    const replayed = await again.run()
    expect(await again.turns(replayed)).toEqual(await world.turns(output))
    expect(again.requests).toEqual(world.requests)
    expect(log).toHaveLength(2)
  })

  it('are none in a replay of a run that had none', async () => {
    const world = await office({ script: () => saying('?'), granted: () => replayedTools(new Rows()) })
    await world.run()
    expect(world.requests[0]?.tools.map(({ name }) => name)).not.toContain('mcp__bank__pay')
  })
})

const call = (name: string, key: string, input: unknown = {}, attempt = 1): UserToolCall => ({
  name,
  key,
  input,
  order: { account: { milestone: 'm', task: 't', attempt }, kind: 'code' } as AgentOrder,
  signal: new AbortController().signal,
})

describe('a replay that takes another order', () => {
  it('finds each call by its agent, its name and its input, each once', async () => {
    const records = new Rows()
    const recorded = await recordedTools(ledger([]), { records, now: () => 1 })
    for (const key of ['k1', 'k2']) await recorded.use(call('mcp__bank__pay', key, { to: 'x' }))
    const replayed = await replayedTools(records)
    expect((await replayed.use(call('mcp__bank__pay', 'k9', { to: 'x' }))).content).toBe('mcp__bank__pay 1')
    expect((await replayed.use(call('mcp__bank__pay', 'k8', { to: 'x' }))).content).toBe('mcp__bank__pay 2')
    for (const other of [
      call('mcp__bank__pay', 'k7', { to: 'x' }),
      call('mcp__bank__pay', 'k1', { to: 'y' }),
      call('mcp__bank__look', 'k1', { to: 'x' }),
      call('mcp__bank__pay', 'k1', { to: 'x' }, 2),
    ])
      await expect(replayed.use(other)).rejects.toBeInstanceOf(UnrecordedToolCall)
  })
})

it('several sources of tools are one', async () => {
  const released: string[] = []
  const other: UserTools = {
    ...noUserTools,
    tools: [{ tool: { name: 'skill', description: '', input: {} }, effect: 'reads' }],
    use: async () => ({ content: 'a skill', failed: false }),
    release: async (agent) => void released.push(agent),
  }
  const all = combined([ledger([]), other])
  expect(all.tools.map(({ tool }) => tool.name)).toEqual(['mcp__bank__pay', 'mcp__bank__look', 'skill'])
  expect((await all.use(call('skill', 'k'))).content).toBe('a skill')
  expect((await all.use(call('mcp__bank__look', 'k'))).content).toBe('mcp__bank__look 1')
  expect((await all.use(call('none', 'k'))).failed).toBe(true)
  await all.release(agentOf(call('', '').order))
  expect(released).toEqual(['m/t/1/code'])
})
