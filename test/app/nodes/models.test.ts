// A model asked from a node that has no key: over a real server, by the process that has one, paid once whoever is killed,
// below the limits of one governor however many nodes ask.

import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { AskModel } from '../../../agents/index.ts'
import { awayModels } from '../../../app/nodes/away-models.ts'
import { openBoxes } from '../../../app/nodes/boxes.ts'
import { openHomeServer } from '../../../app/nodes/home-server.ts'
import { nodeMember, presenceHere } from '../../../app/nodes/presence.ts'
import { objectOf, openPayloads } from '../../../app/nodes/question.ts'
import { openQuestions } from '../../../app/nodes/questions.ts'
import type { ModelReply, ModelRequest, PricedResult } from '../../../machines/index.ts'
import { type LocalStore, openMemoryStore } from '../../../persistence/index.ts'
import { createAsker, governorSettingsSchema, openModel, recorded } from '../../../providers/index.ts'
import { type Connection, type NatsServer, openControl, openObjects } from '../../../transport/index.ts'
import type { Workspace } from '../../../workspace/index.ts'
import { eventually } from '../../eventually.ts'
import { modelsInUse } from '../../machines/samples.ts'
import { type ModelServer, startModelServer } from '../../model-servers/index.ts'
import { connectTo, keyringWith, startServer, stopServers } from '../../transport/nats.ts'

const NODE = 'node-box-1'
const usage = { input: 10, cacheRead: 0, cacheWrite: 0, output: 5 }
let server: NatsServer
const system = 'asked'
const closing: (() => Promise<void>)[] = []

beforeAll(async () => {
  server = await startServer({ keyring: keyringWith(system, 'box', 'other', 'one', 'two') })
})
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})
afterAll(stopServers)

async function connected(name: string, member?: string): Promise<Connection> {
  const connection = await connectTo(server, name, member)
  closing.push(() => connection.close())
  return connection
}

interface HomeOptions {
  readonly ask: AskModel
  readonly patienceMs?: number
  /** Null: who is there cannot be seen. */
  readonly nodes?: readonly string[] | null
}

/** The part of a run that nodes ask; closed as when its process is killed. */
async function openHome({ ask, patienceMs = 60_000, nodes = ['box'] }: HomeOptions) {
  const connection = await connected('home')
  const boxes = openBoxes((member) => openObjects({ connection, system, member }))
  const payloads = () => openPayloads(boxes.of('node-box'), connection)
  const calls = { begin: async () => `${NODE}.worker:1.agent`, charge: async () => {} }
  const questions = openQuestions({ ask, calls, payloads, holdMs: 200, patienceMs })
  const means = { budget: 'system.budget', models: modelsInUse }
  const agents = { means, questions }
  const homeServer = openHomeServer({
    workspace: {} as Workspace,
    boxes,
    renewMail: async () => '',
    pool: 'p',
    seed: 1,
    build: 'b',
  })
  const presence = presenceHere({ workers: 1, busy: 0, since: 0, build: 'b' })
  const present = (nodes ?? []).map((name) => ({ ...presence, name, epoch: 1, seen: 0 }))
  const control = openControl({ connection, system })
  const look = async () => {
    if (nodes === null) throw new Error('no way')
    return present
  }
  await control.serve(homeServer.verbs({ registry: { look }, inHand: () => [], agents }))
  return {
    questions,
    async kill() {
      await control.close()
      await connection.close()
    },
  }
}

async function openNode(name = 'box', withinMs = 60_000) {
  const connection = await connected(name, nodeMember(name))
  const objects = openObjects({ connection, system, member: nodeMember(name) })
  const control = openControl({ connection, system })
  const ask = awayModels({
    control,
    node: `node-${name}-1`,
    payloads: openPayloads(objects, connection),
    withinMs,
    answerMs: 2_000,
  })
  const never = new AbortController().signal
  const call = (
    number: number,
    { request = requestOf('Go on.'), signal = never } = {},
  ): Promise<PricedResult> =>
    ask({
      role: 'coding',
      request,
      key: `node-${name}-1.worker:1.agent/1/${number}/0`,
      reservation: `node-${name}-1.worker:1.agent/m/t/1#${number}`,
      signal,
    })
  return { call, control, objects }
}

function requestOf(text: string): ModelRequest {
  return {
    system: 'You work.',
    tools: [{ name: 'read', description: 'Reads.', input: { type: 'object' } }],
    turns: [{ role: 'user', blocks: [{ type: 'text', text }] }],
    maxOutputTokens: 100,
    cacheKey: 'm/t/1/code',
  }
}

function replied(text: string): PricedResult & { kind: 'replied' } {
  const opaque = { type: 'opaque', provider: 'played', value: { signature: 'é✓\u0000' } } as const
  const call = { type: 'tool_call', id: 'c1', name: 'read', input: { path: 'a.ts' } } as const
  const reply: ModelReply = {
    blocks: [opaque, { type: 'text', text }, call],
    stop: 'tool_calls',
    usage,
  }
  const lost = [{ model: 'played/other', usage }]
  return { kind: 'replied', model: 'played/model', reply, lost, microdollars: 70 }
}

describe('a call from a node', () => {
  it.each<[string, PricedResult]>([
    ['a reply', replied('Yes.')],
    [
      'a failure',
      {
        kind: 'failed',
        model: 'played/model',
        failure: { kind: 'too_long', message: 'no', status: 400, usage },
        microdollars: 3,
      },
    ],
    [
      'a pause',
      {
        kind: 'paused',
        model: 'played/model',
        message: 'no credit',
        retryAfterMs: 60_000,
        microdollars: 0,
      },
    ],
    // Larger than the server takes in one message.
    ['a large reply', replied('long "quoted" words '.repeat(120_000))],
  ])('brings back %s as it is', async (_, answer) => {
    const orders: unknown[] = []
    await openHome({
      async ask({ role, request, key, avoid }) {
        orders.push({ role, request, key, avoid })
        return answer
      },
    })
    const { call } = await openNode()
    expect(await call(1)).toEqual(answer)
    const key = `${NODE}.worker:1.agent/1/1/0`
    expect(orders).toEqual([{ role: 'coding', request: requestOf('Go on.'), key, avoid: undefined }])
  })

  it('takes a conversation that is larger than the server takes in one message, and leaves nothing of it', async () => {
    const request = requestOf('words '.repeat(400_000))
    const seen: ModelRequest[] = []
    const told = replied('long '.repeat(400_000))
    await openHome({
      async ask(order) {
        seen.push(order.request)
        return told
      },
    })
    const { call, objects } = await openNode()
    expect(await call(1, { request })).toEqual(told)
    expect(seen).toEqual([request])
    const names = (['question', 'answer'] as const).map((what) =>
      objectOf(what, `${NODE}.worker:1.agent/1/1/0`),
    )
    await eventually(
      async () => (await Promise.all(names.map((name) => objects.has(name)))).every((is) => !is),
      {
        what: 'nothing left of them',
      },
    )
  })

  it('is waited for longer than one answer of home takes', async () => {
    const answer = Promise.withResolvers<PricedResult>()
    let asks = 0
    await openHome({
      ask: () => {
        asks += 1
        return answer.promise
      },
    })
    const { call } = await openNode()
    const asked = call(1)
    await pause(700)
    answer.resolve(replied('At last.'))
    expect(await asked).toEqual(replied('At last.'))
    expect(asks).toBe(1)
  })

  it('is given up at home when the asking state is left', async () => {
    const given = Promise.withResolvers<void>()
    const signals: AbortSignal[] = []
    await openHome({
      ask({ signal }) {
        signals.push(signal)
        signal.addEventListener('abort', () => given.resolve())
        return new Promise(() => {})
      },
    })
    const { call } = await openNode()
    const leave = new AbortController()
    const asked = call(1, { signal: leave.signal })
    await eventually(() => signals.length === 1)
    leave.abort()
    await expect(asked).rejects.toThrow('cancelled')
    await given.promise
  })

  it.each(['is not asked for any more', 'is gone'])('is given up at home when its node %s', async (how) => {
    const given = Promise.withResolvers<void>()
    let asks = 0
    const { questions } = await openHome({
      ask({ signal }) {
        asks += 1
        signal.addEventListener('abort', () => given.resolve())
        return new Promise(() => {})
      },
      ...(how === 'is gone' ? {} : { patienceMs: 300 }),
    })
    const { control } = await openNode()
    const question = {
      text: JSON.stringify({ role: 'coding', request: requestOf('Go on.'), reservation: 'r' }),
    }
    // As a node that is killed asks.
    await control.request('model-ask', { node: NODE, key: `${NODE}.w/1/1/0`, question }, 5_000)
    expect(asks).toBe(1)
    if (how === 'is gone') questions.forget(NODE)
    await given.promise
  })

  it('of a node that lost its place, or under the name of another, is not paid for', async () => {
    let asks = 0
    await openHome({
      nodes: ['other'],
      ask: async () => {
        asks += 1
        return replied('')
      },
    })
    const { call, control } = await openNode()
    await expect(call(1)).rejects.toMatchObject({ code: 'not_there' })
    const stolen = { node: 'node-other-1', key: `${NODE}.w/1/1/0`, question: { text: '{}' } }
    expect(await control.request('model-ask', stolen, 5_000)).toMatchObject({ error: { code: 'not_yours' } })
    expect(asks).toBe(0)
  })

  it('is answered also while it cannot be seen who is there', async () => {
    await openHome({ nodes: null, ask: async () => replied('Yes.') })
    expect(await (await openNode()).call(1)).toEqual(replied('Yes.'))
  })

  it('is asked again when something on the way or at home goes wrong that may go well the next time', async () => {
    let asks = 0
    await openHome({
      async ask() {
        asks += 1
        if (asks < 3) throw new Error('the disk is full')
        return replied('Yes.')
      },
    })
    expect(await (await openNode()).call(1)).toEqual(replied('Yes.'))
    expect(asks).toBe(3)
  })

  it('waits for a home that is away, for as long as it may, and is then worth another try', async () => {
    const { call } = await openNode('box', 1_500)
    await expect(call(1)).rejects.toMatchObject({ retryable: true })
    const late = (await openNode('box', 60_000)).call(2)
    await pause(300)
    await openHome({ ask: async () => replied('Here again.') })
    expect(await late).toEqual(replied('Here again.'))
  })

  it('whose words are none is not asked', async () => {
    let asks = 0
    await openHome({
      ask: async () => {
        asks += 1
        return replied('')
      },
    })
    const { control } = await openNode()
    const question = { text: JSON.stringify({ role: 'boss', request: {} }) }
    const reply = await control.request('model-ask', { node: NODE, key: `${NODE}.w/1/1/0`, question }, 5_000)
    expect(reply).toMatchObject({ ok: false, error: { code: 'failed' } })
    expect(asks).toBe(0)
  })
})

describe('what was paid', () => {
  let models: ModelServer
  let store: LocalStore

  beforeEach(async () => {
    models = await startModelServer({ decide: () => ({ text: '' }) })
    store = await openMemoryStore()
  })
  afterEach(async () => {
    await store.close()
    await models.close()
  })

  async function keptReplies(): Promise<boolean> {
    for await (const _ of store.replies().keys()) return true
    return false
  }

  /** The way to the vendor's server, with one governor: as much of it as a run has. */
  function vendor(most = 3, signal?: (signal: AbortSignal) => void): AskModel {
    const place = {
      name: 'played/model',
      protocol: 'openai-chat' as const,
      baseUrl: models.baseUrl('openai-chat'),
      stream: false,
      key: () => 'test-key',
    }
    const clock = {
      now: () => Date.now(),
      after(ms: number, ring: () => void) {
        const timer = setTimeout(ring, ms)
        return () => clearTimeout(timer)
      },
    }
    const settings = governorSettingsSchema.parse({ concurrency: { first: most, most } })
    const governed = createAsker({ models: [openModel(place)], settings, clock, chance: Math.random })
    const asker = recorded(governed, { store: store.replies(), now: clock.now })
    return async (order) => {
      signal?.(order.signal)
      const answer = await asker.ask({ ...order, chain: ['played/model'] })
      if (answer.kind === 'replied') return { ...answer, microdollars: 1 }
      throw new Error(`${answer.kind}`)
    }
  }

  it('is not paid again when home is killed before the node has it', async () => {
    const arrived = Promise.withResolvers<void>()
    const ready = Promise.withResolvers<void>()
    models.play(async () => {
      arrived.resolve()
      await ready.promise
      return { text: 'Paid.' }
    })
    const home = await openHome({ ask: vendor() })
    const asked = (await openNode()).call(1)
    await arrived.promise
    // The connection is gone, and the reply comes all the same.
    await home.kill()
    ready.resolve()
    await eventually(keptReplies, {
      what: 'a kept reply',
    })
    await openHome({ ask: vendor() })
    expect(await asked).toMatchObject({ kind: 'replied', reply: { blocks: [{ text: 'Paid.' }] } })
    expect(models.requests).toHaveLength(1)
  })

  it('is not paid again when the server is killed on the way', async () => {
    // So large that both travel as objects.
    const long = 'Paid. '.repeat(60_000)
    const arrived = Promise.withResolvers<void>()
    models.play(async () => {
      arrived.resolve()
      await pause(300)
      return { text: long }
    })
    await openHome({ ask: vendor() })
    const asked = (await openNode()).call(1, { request: requestOf(long) })
    await arrived.promise
    process.kill(server.pid, 'SIGKILL')
    expect(await asked).toMatchObject({ kind: 'replied', reply: { blocks: [{ text: long }] } })
    expect(models.requests).toHaveLength(1)
  })

  it('is not paid again when the node asks once more under the same key', async () => {
    models.play(() => ({ text: 'Paid.' }))
    await openHome({ ask: vendor() })
    const { call } = await openNode()
    const [first, again] = [await call(1), await call(1)]
    expect(again).toEqual(first)
    expect(models.requests).toHaveLength(1)
  })

  it('goes over one governor, whatever node asks: never more at once than it lets, and no more than the vendor allows', async () => {
    const PER_WINDOW = 8
    const WINDOW_MS = 1_500
    let [underWay, most, refused] = [0, 0, 0]
    let window = { since: Number.NEGATIVE_INFINITY, used: 0 }
    models.play(async () => {
      const now = performance.now()
      if (now - window.since >= WINDOW_MS) window = { since: now, used: 0 }
      const { since } = window
      window.used += 1
      if (window.used > PER_WINDOW) refused += 1
      const remaining = Math.max(0, PER_WINDOW - window.used)
      underWay += 1
      most = Math.max(most, underWay)
      await pause(20)
      underWay -= 1
      const left = Math.ceil(WINDOW_MS - (performance.now() - since))
      const headers = {
        'x-ratelimit-limit-requests': `${PER_WINDOW}`,
        'x-ratelimit-remaining-requests': `${remaining}`,
        'x-ratelimit-reset-requests': `${Math.max(1, left)}ms`,
      }
      return { text: 'Yes.', headers }
    })
    await openHome({ ask: vendor(3), nodes: ['one', 'two'] })
    const nodes = await Promise.all(['one', 'two'].map((name) => openNode(name)))
    const calls = nodes.flatMap(({ call }) => Array.from({ length: 8 }, (_, number) => call(number)))
    const answers = await Promise.all(calls)
    expect(answers.map(({ kind }) => kind)).toEqual(calls.map(() => 'replied'))
    expect(models.requests).toHaveLength(calls.length)
    expect(most).toBeLessThanOrEqual(3)
    expect(refused).toBe(0)
  })
})
