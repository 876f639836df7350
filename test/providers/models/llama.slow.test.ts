// A real server, llama.cpp's, with a model of random weights: it knows nothing, and nobody here chose what it says.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tokensOf } from '../../../machines/index.ts'
import {
  checkModels,
  configuredModels,
  modelsSettingsSchema,
  openModel,
  type TryResult,
} from '../../../providers/index.ts'
import { type Fact, tryModelsAt } from '../../adversaries/trial.ts'
import { nonsenseSteps } from '../../agents/nonsense.ts'
import { asking, failed, modelContract, patient, replied, results, user } from '../../contracts/model.ts'
import { findLlama, type LlamaServer, startLlama } from '../../model-servers/llama/index.ts'
import { playedOver } from '../../model-servers/llama/played.ts'

const found = await findLlama()
const title = found.kind === 'found' ? `llama.cpp ${found.version}` : `llama.cpp, skipped: ${found.reason}`
if (found.kind === 'missing') process.stderr.write(`${title}\n`)

const AGENTS_MS = 2_000
const MAX_STEPS = 200

let server: LlamaServer
const place = (protocol: 'anthropic' | 'openai-chat' | 'openai-responses', stream = true) => ({
  name: 'played/model',
  protocol,
  baseUrl: protocol === 'anthropic' ? server.url : `${server.url}/v1`,
  stream,
  key: () => 'none',
})

const isEmpty = (outcome: TryResult) =>
  outcome.kind === 'failed' && outcome.failure.message === 'the answer is empty'

describe.skipIf(found.kind === 'missing')(title, () => {
  beforeAll(async () => {
    if (found.kind === 'found') server = await startLlama(found.program)
  })
  afterAll(async () => {
    expect(server.isRunning()).toBe(true)
    await server[Symbol.asyncDispose]()
  })

  for (const protocol of ['openai-chat', 'openai-responses'] as const)
    for (const stream of [true, false])
      modelContract(`${protocol}, streamed: ${stream}`, async () => {
        const { fetch, play, asked } = playedOver(protocol)
        return { model: openModel(place(protocol, stream), { fetch }), play, asked, close: async () => {} }
      }, ['usage', 'forms', 'calls', 'stops', 'thinking', 'length'])

  const ways = (['anthropic', 'openai-chat', 'openai-responses'] as const).flatMap((protocol) =>
    [true, false].map((stream) => ({ protocol, stream })),
  )
  describe.each(ways)('$protocol, streamed: $stream', ({ protocol, stream }) => {
    it('calls the tool that it must call, and takes the results', async () => {
      const model = openModel(place(protocol, stream))
      const turns = [user('Read a.ts.')]
      for (let step = 0; step < 3; step += 1) {
        const reply = replied(await model.send(asking(turns, { toolChoice: 'any' }), patient()))
        const calls = reply.blocks.filter((block) => block.type === 'tool_call')
        expect(calls.length).toBeGreaterThan(0)
        for (const { name } of calls) expect(['read_file', 'submit']).toContain(name)
        expect(tokensOf(reply.usage)).toBeGreaterThan(100)
        turns.push({ role: 'assistant', blocks: reply.blocks }, results(reply, `nothing is in it: ${step}`))
      }
    })

    it('says that its answer was cut off', async () => {
      const model = openModel(place(protocol, stream))
      const ask = () =>
        model.send(asking([user('Go')], { toolChoice: 'any', maxOutputTokens: 20 }), patient())
      let outcome = await ask()
      // Nonsense is empty at times.
      for (let more = 0; more < 4 && isEmpty(outcome); more += 1) outcome = await ask()
      expect(replied(outcome).stop).toBe('length')
    })

    it('says that a request is too long', async () => {
      const outcome = await openModel(place(protocol, stream)).send(
        asking([user('x '.repeat(server.window))]),
        patient(),
      )
      expect(failed(outcome)).toMatchObject({ kind: 'too_long' })
    })
  })

  it('keeps to a schema over Chat Completions', async () => {
    const schema = {
      type: 'object',
      properties: { title: { type: 'string', maxLength: 20 }, size: { type: 'integer' } },
      required: ['title', 'size'],
      additionalProperties: false,
    }
    const model = openModel(place('openai-chat'))
    const request = asking([user('Plan it')], { tools: [], answer: { name: 'plan', schema } })
    const [block] = replied(await model.send(request, patient())).blocks
    expect(block?.type === 'text' && Object.keys(JSON.parse(block.text) as object)).toEqual(['title', 'size'])
  })

  it('has the models that it lists, and not those that it does not', async () => {
    const price = { input: 0, output: 0, 'as-of': '2026-11-22' }
    const settings = modelsSettingsSchema.parse({
      providers: [{ name: 'played', protocol: 'openai-chat', 'base-url': server.url }],
      models: ['model', 'modle'].map((name) => {
        return { name: `played/${name}`, price, window: server.window, 'max-output': 100 }
      }),
      roles: { planning: ['played/model'], coding: ['played/model'], cheap: ['played/modle'] },
    })
    const configured = configuredModels(settings, {})
    if (configured.kind === 'refused') throw new Error(configured.problems.join('\n'))
    const checked = await checkModels(configured.models, { signal: new AbortController().signal })
    expect(checked).toMatchObject([
      { model: 'played/model', state: 'there' },
      { model: 'played/modle', state: 'missing', near: ['played/model'] },
    ])
  })
  it.each(['openai-chat', 'openai-responses', 'anthropic'] as const)(
    'agents whose model talks nonsense over %s end as they should',
    async (protocol) => {
      const until = Date.now() + AGENTS_MS
      const seen = await nonsenseSteps(openModel(place(protocol)), MAX_STEPS, () => Date.now() > until)
      // Nonsense is empty at times.
      const empty = Object.values(seen.failures).reduce((sum, count) => sum + count, 0)
      expect(seen.steps + empty).toBeGreaterThan(0)
      expect(seen.unexpected).toEqual([])
    },
  )

  it('plans for a whole run, which ends and says why', async () => {
    const facts: Fact[] = []
    const { status, reasons } = await tryModelsAt(server.url, (fact) => facts.push(fact))
    expect(status).toBe('not_reached')
    expect(reasons.join()).not.toBe('')
    expect(facts.filter(({ type }) => type === 'agent.replied').length).toBeGreaterThan(0)
  })
})
