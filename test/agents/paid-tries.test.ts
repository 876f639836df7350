// A try of a model call that failed was paid all the same: it is settled, and the next one is reserved by itself.

import { expect, it } from 'vitest'
import { openAgents } from '../../app/run/agents.ts'
import {
  agentActor,
  agentOutputSchemas,
  costOf,
  createRedactor,
  type ModelSettings,
  roleModelsOf,
  turnSchema,
  type Usage,
} from '../../machines/index.ts'
import { openMemoryStore } from '../../persistence/index.ts'
import { governorSettingsSchema } from '../../providers/index.ts'
import { agentInput, site } from '../machines/samples.ts'
import { Script } from '../machines/script.ts'
import { type Decide, faults, startModelServer } from '../model-servers/index.ts'

const price = { input: 2, output: 10, cacheRead: 0.2, cacheWrite: 2.5, asOf: '2026-11-22' }
const described: ModelSettings = { name: 'played/model', price, window: 100_000, maxOutput: 1_000 }
const lost: Usage = { input: 1_000, cacheRead: 0, cacheWrite: 0, output: 20 }
const kept: Usage = { input: 1_100, cacheRead: 0, cacheWrite: 0, output: 30 }

/** What an agent that asks a model once, all tries of it, is told. */
async function thought(decide: Decide, tries: number) {
  await using server = await startModelServer({ decide })
  const store = await openMemoryStore()
  const governor = governorSettingsSchema.parse({
    tries,
    fallBackAfter: 1,
    firstBackoffMs: 1,
    mostBackoffMs: 2,
  })
  const baseUrl = server.baseUrl('anthropic')
  const model = {
    ...described,
    protocol: 'anthropic',
    baseUrl,
    stream: true,
    governor,
    key: () => 'test-key',
  } as const
  const chain = roleModelsOf([described])
  const box = {
    root: '/r',
    tools: [],
    files: async () => [],
    history: async () => [],
    rules: async () => ({ shown: [], elsewhere: [] }),
    use: never,
    tree: async () => 't',
  }
  const agents = openAgents({
    models: { models: [model], inUse: { planning: chain, coding: chain, cheap: chain } },
    toolbox: () => box,
    store,
    redactor: createRedactor([]),
    tell: () => {},
  })
  const blocks = [{ type: 'text' as const, text: 'Go on.' }]
  const head = await store.transcripts(turnSchema).appendTurn(null, { role: 'user', blocks })
  const order = {
    site,
    account: { milestone: 'm1', task: 'a', attempt: 1 },
    kind: 'code',
    role: 'coding',
  } as const
  const input = { order, head, say: null, avoid: null, outputTokens: 100, reservation: 'r#1' }
  const call = { input, key: 'k', attempt: 1, address: 'agent', signal: new AbortController().signal }
  const output = agentOutputSchemas.think.parse(await agents.implementations.think(call))
  await store.close()
  return output
}

const never = async (): Promise<never> => {
  throw new Error('no tool is used')
}
/** The stream ends without its end, after it has told what was taken. */
const broken = { text: 'half of', usage: lost, fault: faults.without(/message_stop/) }

/** An agent that heard this. */
function told(output: unknown) {
  return new Script(agentActor.machine, agentInput()).tell(
    { type: 'xstate.done.actor.begin', output: { head: 'h', size: 10, tree: 't', ms: 1 } },
    { type: 'BUDGET.GRANTED', id: 'agent/m1/a/1#1' },
    { type: 'xstate.done.actor.think', output },
  )
}

it('is settled by itself, and asked again when that is granted, of another model first', async () => {
  const requests: number[] = []
  const output = await thought((_, at) => {
    requests.push(at)
    return at === 0 ? broken : { text: 'all of it', usage: kept }
  }, 3)
  expect(output).toMatchObject({ kind: 'failed', model: 'played/model', failure: { usage: lost } })
  expect(requests).toEqual([0])
  const agent = told(output)
  expect(agent.last('SETTLE')).toMatchObject({
    id: 'agent/m1/a/1#1',
    usage: lost,
    microdollars: costOf(lost, price),
  })
  expect(agent.last('RESERVE')).toMatchObject({ id: 'agent/m1/a/1#2' })
  agent.tell({ type: 'BUDGET.GRANTED', id: 'agent/m1/a/1#2' })
  expect(agent.value).toBe('thinking')
  expect(agent.snapshot.context).toMatchObject({ avoid: true, by: 'played/model' })
})

it('ends the attempt when it is one of many in a row', async () => {
  const output = await thought(() => broken, 2)
  const agent = told(output)
  for (let number = 2; agent.value === 'reserving' || typeof agent.value === 'object'; number += 1)
    agent.tell(
      { type: 'BUDGET.GRANTED', id: `agent/m1/a/1#${number}` },
      { type: 'xstate.done.actor.think', output },
    )
  expect(agent.output).toMatchObject({
    kind: 'failed',
    reasons: [expect.stringMatching(/^garbled|unreachable/)],
  })
  expect(agent.snapshot.context).toMatchObject({ reservations: 6, microdollars: 6 * costOf(lost, price) })
})

it('is made again at once when it took nothing', async () => {
  const refused = { error: { status: 529, type: 'overloaded_error', message: 'too much' } }
  const output = await thought((_, at) => (at === 0 ? refused : { text: 'all of it', usage: kept }), 3)
  expect(output).toMatchObject({ kind: 'replied', reply: { text: 'all of it', usage: kept, size: 1_130 } })
})
