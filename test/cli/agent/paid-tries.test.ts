// A try of a model call that failed was paid all the same: what is settled includes it.

import { expect, it } from 'vitest'
import { openAgents } from '../../../cli/agents.ts'
import {
  agentActor,
  agentOutputSchemas,
  costOf,
  type ModelSettings,
  roleModelsOf,
  type Usage,
} from '../../../machines/index.ts'
import { openMemoryStore } from '../../../persistence/index.ts'
import { governorSettingsSchema } from '../../../providers/index.ts'
import { agentInput, site } from '../../machines/development/samples.ts'
import { Script } from '../../machines/development/script.ts'
import { type Decide, faults, startModelServer } from '../../model-servers/index.ts'

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
  const box = { root: '/r', tools: [], files: async () => [], use: never, tree: async () => 't' }
  const agents = openAgents({
    models: { models: [model], inUse: { planning: chain, coding: chain, cheap: chain } },
    workspace: { toolbox: () => box },
    store,
    tell: () => {},
  })
  const blocks = [{ type: 'text' as const, text: 'Go on.' }]
  const head = await store.appendTurn(null, { role: 'user', blocks })
  const order = { site, account: { milestone: 'm1', task: 'a', attempt: 1 }, kind: 'code', role: 'coding' }
  const input = { order, head, say: null, avoid: null, outputTokens: 100 }
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

/** What an agent that heard this tells the budget. */
function settled(output: unknown) {
  const told = new Script(agentActor.machine, agentInput()).tell(
    { type: 'xstate.done.actor.begin', output: { head: 'h', size: 10, tree: 't', ms: 1 } },
    { type: 'BUDGET.GRANTED', id: 'agent/m1/a/1#1' },
    { type: 'xstate.done.actor.think', output },
  )
  return told.last('SETTLE')
}

it('when a later try answers', async () => {
  const output = await thought((_, at) => (at === 0 ? broken : { text: 'all of it', usage: kept }), 3)
  expect(output).toMatchObject({ kind: 'replied', text: 'all of it' })
  const usage = { input: 2_100, cacheRead: 0, cacheWrite: 0, output: 50 }
  expect(settled(output)).toMatchObject({ usage, microdollars: costOf(lost, price) + costOf(kept, price) })
  // How long the conversation is goes by the reply alone.
  expect(output).toMatchObject({ size: 1_130 })
})

it('when none does', async () => {
  const output = await thought(() => broken, 2)
  expect(output.kind).toBe('failed')
  const usage = { input: 2_000, cacheRead: 0, cacheWrite: 0, output: 40 }
  expect(settled(output)).toMatchObject({ usage, microdollars: 2 * costOf(lost, price) })
})

it('when the quota is out after it', async () => {
  const message = 'Your credit balance is too low to access the API.'
  const empty = { error: { status: 400, type: 'invalid_request_error', message } }
  const output = await thought((_, at) => (at === 0 ? broken : empty), 3)
  expect(output.kind).toBe('paused')
  expect(settled(output)).toMatchObject({ usage: lost, microdollars: costOf(lost, price) })
})
