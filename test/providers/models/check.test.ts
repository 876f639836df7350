// Whether models are there, as their providers say over the vendors' own SDKs; and that who says nothing is left alone.

import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { checkModels, configuredModels, modelsSettingsSchema } from '../../../providers/index.ts'

const servers: Server[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    await new Promise((done) => server.close(done))
  }
})

interface Page {
  readonly status?: number
  readonly body: unknown
}

/** Answers each request for models with the next of these. */
async function serving(...pages: readonly Page[]): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = []
  const server = createServer((request, response) => {
    const { status = 200, body } = pages[Math.min(asked.length, pages.length - 1)] ?? { body: {} }
    asked.push(`${request.method} ${request.url} ${request.headers.authorization}`)
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
  servers.push(server)
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked }
}

type Protocol = 'anthropic' | 'openai-chat' | 'openai-responses'

async function check(url: string, protocol: Protocol, ids: readonly string[]) {
  const price = { input: 1, output: 1, 'as-of': '2026-11-22' }
  const names = ids.map((id) => `near/${id}`)
  const [first = ''] = names
  const settings = modelsSettingsSchema.parse({
    providers: [{ name: 'near', protocol, 'base-url': url, 'key-env': 'NEAR_KEY' }],
    models: names.map((name) => ({ name, price, window: 1000, 'max-output': 100 })),
    roles: { planning: [first], coding: [first], cheap: [first] },
  })
  const found = configuredModels(settings, { NEAR_KEY: 'secret-key' })
  if (found.kind === 'refused') throw new Error(found.problems.join('\n'))
  return checkModels(found.models, { signal: new AbortController().signal })
}

const list = (...ids: readonly string[]) => ({
  object: 'list',
  data: ids.map((id) => ({ id, object: 'model' })),
})

describe.each(['anthropic', 'openai-chat', 'openai-responses'] as const)('over %s', (protocol) => {
  it('a misspelt model is told with those that are near; the place is asked once', async () => {
    const { url, asked } = await serving({
      body: list('gpt-6-sol', 'gpt-6-luna', 'qwen3:latest', 'embedder'),
    })
    expect(await check(url, protocol, ['gpt-6-sool', 'gpt-6-luna', 'qwen3', 'other'])).toEqual([
      {
        model: 'near/gpt-6-sool',
        state: 'missing',
        message: 'near has no model of this name; near it: near/gpt-6-sol, near/gpt-6-luna',
        near: ['near/gpt-6-sol', 'near/gpt-6-luna'],
      },
      { model: 'near/gpt-6-luna', state: 'there', near: [] },
      { model: 'near/qwen3', state: 'there', near: [] },
      { model: 'near/other', state: 'missing', message: 'near has no model of this name', near: [] },
    ])
    expect(asked).toEqual([expect.stringMatching(/^GET \/v1\/models(\?limit=1000)? Bearer secret-key$/)])
  })

  it.each([404, 405, 501])('a server that answers %i is left alone, and asked once', async (status) => {
    const { url, asked } = await serving({ status, body: { error: { message: 'no' } } })
    expect(await check(url, protocol, ['a'])).toEqual([
      { model: 'near/a', state: 'unknown', message: 'its server offers no list of models', near: [] },
    ])
    expect(asked).toHaveLength(1)
  })

  it.each([
    ['an empty list', list()],
    ['no list', { models: 'none' }],
    ['a list of something else', { data: [1, null, { name: 'x' }] }],
  ])('%s says nothing against a model', async (_, body) => {
    const { url } = await serving({ body })
    expect(await check(url, protocol, ['a'])).toMatchObject([{ state: 'unknown' }])
  })

  it('a key that is refused is told, without the key', async () => {
    const body = { error: { type: 'authentication_error', message: 'bad key secret-key' } }
    const { url } = await serving({ status: 401, body })
    const [checked] = await check(url, protocol, ['a'])
    expect(checked).toMatchObject({ state: 'unknown' })
    expect(checked?.message).toMatch(/could not be asked: .*bad key/)
    expect(checked?.message).not.toContain('secret-key')
  })

  it('a server that is not there is told', async () => {
    expect(await check('http://127.0.0.1:9', protocol, ['a'])).toMatchObject([
      { state: 'unknown', message: expect.stringContaining('could not be asked') },
    ])
  })
})

describe("Anthropic's own list", () => {
  const model = (id: string, lifecycle: string, retiresAt: string | null) => {
    return { id, type: 'model', display_name: id, lifecycle, retires_at: retiresAt }
  }

  it('is read to its end, and says what is retired and what will be', async () => {
    const first = {
      data: [
        model('claude-a-20260101', 'active', null),
        model('claude-b', 'deprecated', '2027-02-01T00:00:00Z'),
      ],
      has_more: true,
      first_id: 'claude-a-20260101',
      last_id: 'claude-b',
    }
    const second = {
      data: [model('claude-c', 'retired', null)],
      has_more: false,
      first_id: 'claude-c',
      last_id: 'claude-c',
    }
    const { url, asked } = await serving({ body: first }, { body: second })
    expect(await check(url, 'anthropic', ['claude-a', 'claude-b', 'claude-c'])).toMatchObject([
      { state: 'there' },
      { state: 'ending', message: 'it is deprecated and will be retired, on 2027-02-01' },
      { state: 'missing', message: expect.stringMatching(/^it is retired; near it: near\/claude-a/) },
    ])
    expect(asked).toHaveLength(2)
  })
})
