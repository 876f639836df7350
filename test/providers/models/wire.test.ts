// What goes over the wire beside the conversation: credentials, limits, cache marks, and the words of errors.

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { ModelReply, Turn } from '../../../machines/index.ts'
import { openModel, type TryResult } from '../../../providers/index.ts'
import { asking, failed, patient, replied, results, TOOLS, user } from '../../contracts/model.ts'
import { type ModelServer, type ServedProtocol, startModelServer } from '../../model-servers/index.ts'

const PROTOCOLS = ['anthropic', 'openai-responses', 'openai-chat'] as const
const KEY = 'sk-secret-0123456789'
const NOW = Date.parse('2026-11-22T12:00:00Z')

let server: ModelServer
beforeEach(async () => {
  server = await startModelServer({ key: KEY, decide: () => ({ text: 'ok' }), models: ['large-1'] })
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await server.close()
})

function modelFor(
  protocol: ServedProtocol,
  { key = KEY, name = 'vendor/large-1', effort = undefined as 'high' | undefined } = {},
) {
  return openModel(
    {
      name,
      protocol,
      baseUrl: server.baseUrl(protocol),
      stream: true,
      key: () => key,
      ...(effort ? { effort } : {}),
    },
    { now: () => NOW },
  )
}

const send = (protocol: ServedProtocol, settings = {}): Promise<TryResult> =>
  modelFor(protocol, settings).send(asking(), patient())

describe.each(PROTOCOLS)('%s', (protocol) => {
  test('takes nothing from the environment: no key, no address, no headers', async () => {
    vi.stubEnv('ANTHROPIC_API_KEY', 'sk-of-the-machine')
    vi.stubEnv('ANTHROPIC_AUTH_TOKEN', 'token-of-the-machine')
    vi.stubEnv('ANTHROPIC_BASE_URL', 'http://127.0.0.1:1')
    vi.stubEnv('ANTHROPIC_CUSTOM_HEADERS', 'authorization: Bearer other\nx-spy: yes')
    vi.stubEnv('OPENAI_API_KEY', 'sk-of-the-machine')
    vi.stubEnv('OPENAI_BASE_URL', 'http://127.0.0.1:1')
    vi.stubEnv('OPENAI_ORG_ID', 'org-of-the-machine')
    vi.stubEnv('OPENAI_CUSTOM_HEADERS', 'authorization: Bearer other\nx-spy: yes')
    replied(await send(protocol))
    expect(server.requests).toHaveLength(1)
    const headers = JSON.stringify(server.requests[0]?.headers)
    expect(headers).toContain(`Bearer ${KEY}`)
    expect(headers).not.toMatch(/machine|x-spy|other/)
  })

  test('a wrong key is told without showing it', async () => {
    const outcome = failed(await send(protocol, { key: 'sk-wrong-9876543210' }))
    expect(outcome).toMatchObject({ kind: 'unauthorized', status: 401 })
    expect(outcome.message).not.toContain('sk-wrong')
  })

  test('a model that the vendor does not have is unknown', async () => {
    expect(failed(await send(protocol, { name: 'vendor/org/other' }))).toMatchObject({
      kind: 'unknown_model',
    })
    expect(server.requests[0]?.body).toMatchObject({ model: 'org/other' })
  })

  test('how hard to think is told', async () => {
    await send(protocol, { effort: 'high' })
    expect(server.requests[0]?.asked?.effort).toBe('high')
  })

  test('a failure names the request, for those who ask the vendor', async () => {
    server.play(() => ({ error: { status: 500, message: 'oh' } }))
    expect(failed(await send(protocol))).toMatchObject({
      requestId: 'req_1',
      status: 500,
      message: expect.stringContaining('oh'),
    })
  })

  test('what goes out again begins as it did: most of it is read from the cache', async () => {
    const model = modelFor(protocol)
    const turns: Turn[] = [user('Read all of it. '.repeat(500))]
    server.play((_, at) =>
      at < 4 ? { calls: [{ name: 'read_file', input: { path: `${at}` } }] } : { text: 'ok' },
    )
    const replies: ModelReply[] = []
    for (let at = 0; at < 5; at++) {
      const reply = replied(await model.send(asking(turns, { cacheKey: 'task-1' }), patient()))
      replies.push(reply)
      turns.push(
        { role: 'assistant', blocks: reply.blocks },
        results(reply, 'a line of the file\n'.repeat(100)),
      )
    }
    expect(server.requests.every(({ refused }) => refused === undefined)).toBe(true)
    const { input, cacheRead, cacheWrite } = replies.at(-1)?.usage ?? {
      input: 1,
      cacheRead: 0,
      cacheWrite: 0,
    }
    expect(cacheRead / (input + cacheRead + cacheWrite)).toBeGreaterThan(0.7)
  })
})

test('a conversation goes on across vendors, with calls and reasoning in it', async () => {
  const turns: Turn[] = [user('Go')]
  server.play(() => ({
    thinking: 'hm',
    text: 'I read.',
    calls: [{ name: 'read_file', input: { path: 'a' } }],
  }))
  for (const protocol of [...PROTOCOLS, ...PROTOCOLS.toReversed()]) {
    const model = openModel({
      name: `${protocol}/large-1`,
      protocol,
      baseUrl: server.baseUrl(protocol),
      stream: true,
      key: () => KEY,
    })
    const result = await model.send(asking(turns), patient())
    expect(result.model).toBe(`${protocol}/large-1`)
    const reply = replied(result)
    turns.push({ role: 'assistant', blocks: reply.blocks }, results(reply))
  }
  expect(server.requests.map(({ refused }) => refused)).toEqual(Array(6).fill(undefined))
  expect(server.requests.at(-1)?.asked?.turns).toHaveLength(11)
})

test('Anthropic gets its marks for the cache after the instructions and the last turns', async () => {
  const turns: Turn[] = [user('Go')]
  const model = modelFor('anthropic')
  for (let at = 0; at < 3; at++) {
    const reply = replied(await model.send(asking(turns), patient()))
    turns.push({ role: 'assistant', blocks: reply.blocks }, user(`more ${at}`))
  }
  const body = server.requests.at(-1)?.body as { system: object[]; messages: { content: object[] }[] }
  expect(body.system.map((block) => 'cache_control' in block)).toEqual([true])
  const marked = body.messages.map(({ content }) => content.some((block) => 'cache_control' in block))
  expect(marked).toEqual([false, false, true, false, true])
})

describe('the limits that the headers tell', () => {
  test('of Anthropic', async () => {
    server.play(() => ({
      text: 'ok',
      headers: {
        date: 'Sun, 22 Nov 2026 12:00:00 GMT',
        'anthropic-ratelimit-requests-limit': '50',
        'anthropic-ratelimit-requests-remaining': '49',
        'anthropic-ratelimit-requests-reset': '2026-11-22T12:00:30Z',
        'anthropic-ratelimit-input-tokens-limit': '30000',
        'anthropic-ratelimit-input-tokens-remaining': '0',
        'anthropic-ratelimit-input-tokens-reset': '2026-11-22T11:59:00Z',
        'anthropic-ratelimit-output-tokens-limit': 'many',
        'anthropic-ratelimit-output-tokens-remaining': '1',
        'anthropic-ratelimit-output-tokens-reset': '2026-11-22T12:00:30Z',
      },
    }))
    expect((await send('anthropic')).limits).toEqual([
      { of: 'requests', limit: 50, remaining: 49, resetMs: 30_000 },
      { of: 'input_tokens', limit: 30_000, remaining: 0, resetMs: 0 },
    ])
  })

  test.each([
    ['1s', 1_000],
    ['6m0s', 360_000],
    ['120ms', 120],
    ['1h2m3.5s', 3_723_500],
    ['17', 17_000],
  ])('of OpenAI: %s', async (reset, resetMs) => {
    const headers = {
      'x-ratelimit-limit-tokens': '40000',
      'x-ratelimit-remaining-tokens': '39500',
      'x-ratelimit-reset-tokens': reset,
      // As Azure says that there is no limit.
      'x-ratelimit-limit-requests': '-1',
      'x-ratelimit-remaining-requests': '0',
      'x-ratelimit-reset-requests': '0',
    }
    server.play(() => ({ text: 'ok', headers }))
    const told = [{ of: 'tokens', limit: 40_000, remaining: 39_500, resetMs }]
    expect((await send('openai-responses')).limits).toEqual(told)
    server.play(() => ({ error: { status: 429, message: 'slow down' }, headers }))
    const outcome = await send('openai-chat')
    expect(outcome.kind).toBe('failed')
    expect(outcome.limits).toEqual(told)
  })
})

test('an answer that broke off says what it took', async () => {
  server.play(() => ({
    text: 'ok',
    usage: { input: 100, cacheRead: 20, cacheWrite: 3, output: 9 },
    fault: (wire) => ({ ...wire, chunks: wire.chunks.slice(0, 4) }),
  }))
  expect(failed(await send('anthropic'))).toMatchObject({
    kind: 'garbled',
    usage: { input: 100, cacheRead: 20, cacheWrite: 3, output: 1 },
  })
})

test.each([
  [
    'closed',
    { type: 'object', properties: { a: { type: 'string' } }, required: ['a'], additionalProperties: false },
    true,
  ],
  ['open', { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] }, false],
  ['optional', { type: 'object', properties: { a: {} }, required: [], additionalProperties: false }, false],
  [
    'open inside',
    {
      type: 'object',
      properties: { a: { type: 'array', items: { type: 'object' } } },
      required: ['a'],
      additionalProperties: false,
    },
    false,
  ],
])('OpenAI is strict with a schema where it can be: %s', async (_what, schema, strict) => {
  await modelFor('openai-responses').send(
    asking([user('Go')], { tools: TOOLS, answer: { name: 'plan', schema } }),
    patient(),
  )
  expect(server.requests[0]?.body).toMatchObject({ text: { format: { strict, schema } } })
})

test.each(PROTOCOLS)('%s: an answer that falls silent was not free, told or not', async (protocol) => {
  server.play(() => ({
    text: 'x'.repeat(700),
    usage: { input: 100, cacheRead: 20, cacheWrite: 3, output: 9 },
    // Of 100 pieces of text some 40 come.
    fault: (wire) => ({ ...wire, chunks: wire.chunks.slice(0, 45), end: 'stall' }),
  }))
  const outcome = failed(await modelFor(protocol).send(asking(), patient({ idleMs: 500 })))
  expect(outcome.kind).toBe('timed_out')
  expect(outcome.usage?.input).toBeGreaterThanOrEqual(100)
  expect(outcome.usage?.output).toBeGreaterThan(70)
})

test.each(PROTOCOLS)('%s: an answer without end is cut off before it fills the memory', async (protocol) => {
  const flood = { chunks: [], flood: Buffer.from(`data: {"choices":[],"type":"x"}\n\n`.repeat(1_000)) }
  server.play(() => ({ text: 'ok', fault: (wire) => ({ ...wire, ...flood }) }))
  const place = {
    name: 'vendor/large-1',
    protocol,
    baseUrl: server.baseUrl(protocol),
    stream: true,
    key: () => KEY,
  }
  const outcome = failed(await openModel(place, { mostBytes: 1_000_000 }).send(asking(), patient()))
  expect(outcome).toMatchObject({
    kind: 'garbled',
    message: expect.stringContaining('longer than 1000000 bytes'),
  })
})

test('a failure before anything came is free', async () => {
  server.play(() => ({ error: { status: 529, message: 'Overloaded' } }))
  expect(failed(await send('anthropic')).usage).toBeUndefined()
})
