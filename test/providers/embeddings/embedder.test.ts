// Vectors of texts, over OpenAI's own SDK from a server on loopback: in order, in batches, and failures in words.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { configuredModels, modelsSettingsSchema, openEmbedder } from '../../../providers/index.ts'

type Asked = { readonly path: string; readonly authorization: string | undefined; readonly body: Body }
interface Body {
  readonly model: string
  readonly input: readonly string[]
  readonly encoding_format: string
}

type Answer = (body: Body, response: ServerResponse, request: IncomingMessage) => unknown

/** A server that answers with what `answer` returns, or as `answer` itself did. */
async function serving(answer: Answer) {
  const asked: Asked[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = JSON.parse(Buffer.concat(chunks).toString()) as Body
    asked.push({ path: request.url ?? '', authorization: request.headers.authorization, body })
    const said = answer(body, response, request)
    if (said !== undefined) response.setHeader('content-type', 'application/json').end(JSON.stringify(said))
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
  return { asked, place: { name: 'near/embedder:v1', baseUrl, key: () => 'secret-key-0123' } }
}

const signal = new AbortController().signal
const row = (index: number, ...embedding: number[]) => ({ object: 'embedding', index, embedding })
const byLength: Answer = ({ input }) => ({ data: input.map((text, at) => row(at, text.length, 1)) })

describe('an embedder', () => {
  it('gives a vector for each text in their order, 32 a request, in plain numbers', async () => {
    const { asked, place } = await serving((body, response, request) => {
      const { data } = byLength(body, response, request) as { data: unknown[] }
      return { data: data.reverse() }
    })
    const texts = Array.from({ length: 40 }, (_, at) => 'x'.repeat(at + 1))
    const answer = await openEmbedder(place).embed(texts, { signal })
    expect(answer).toEqual({ kind: 'embedded', vectors: texts.map(({ length }) => [length, 1]) })
    expect(asked.map(({ body }) => body.input.length)).toEqual([32, 8])
    expect(asked[0]).toMatchObject({
      path: '/v1/embeddings',
      authorization: 'Bearer secret-key-0123',
      body: { model: 'embedder:v1', encoding_format: 'float' },
    })
  })

  it('reads vectors without an index in the order in which they come', async () => {
    const { place } = await serving(() => ({ data: [{ embedding: [1] }, { embedding: [2] }] }))
    expect(await openEmbedder(place).embed(['a', 'b'], { signal })).toEqual({
      kind: 'embedded',
      vectors: [[1], [2]],
    })
  })

  it.each<[string, Answer, RegExp]>([
    ['gives too few', () => ({ data: [row(0, 1)] }), /^it gave 1 vectors for 2 texts$/],
    [
      'gives vectors of different lengths',
      () => ({ data: [row(0, 1), row(1, 1, 2)] }),
      /different lengths: 1, 2$/,
    ],
    ['gives empty vectors', () => ({ data: [row(0), row(1)] }), /^its vectors are empty$/],
    ['gives no numbers', () => ({ data: [{ embedding: 'AAAA' }] }), /^its answer has no list of vectors$/],
    ['gives something else', () => ({ object: 'list' }), /^its answer has no list of vectors$/],
    [
      'refuses the key',
      (_, response) => void response.writeHead(401).end('{"error":{"message":"bad key secret-key-0123"}}'),
      /^401 bad key \[removed\]$/,
    ],
    [
      'shows a page',
      (_, response) => void response.setHeader('content-type', 'text/html').end('<html>sign in</html>'),
      /^its answer has no list of vectors$/,
    ],
    [
      'leads elsewhere',
      (_, response) => void response.writeHead(307, { location: 'http://127.0.0.1:1/' }).end(),
      /redirects are not followed/,
    ],
    ['hangs up', (_, __, request) => void request.socket.destroy(), /./],
    ['says nothing', () => undefined, /^no answer within 0\.3 s$/],
  ])('fails in words when the server %s', async (_, answer, message) => {
    const { place } = await serving(answer)
    const failed = await openEmbedder(place, { deadlineMs: 300 }).embed(['a', 'b'], { signal })
    expect(failed).toEqual({ kind: 'failed', message: expect.stringMatching(message) })
    expect(JSON.stringify(failed)).not.toContain('secret-key-0123')
  })

  it('stops when it is told to', async () => {
    const stop = new AbortController()
    const { place } = await serving(() => stop.abort())
    expect(await openEmbedder(place).embed(['a'], { signal: stop.signal })).toEqual({
      kind: 'failed',
      message: 'it was stopped',
    })
  })
})

describe('the setting', () => {
  const found = (embeddings: object, env = {}) =>
    configuredModels(
      modelsSettingsSchema.parse({
        providers: [
          { name: 'near', protocol: 'openai-chat', 'base-url': 'http://127.0.0.1:1' },
          { name: 'far', protocol: 'openai-chat', 'base-url': 'https://far.example', 'key-env': 'FAR_KEY' },
        ],
        embeddings,
      }),
      env,
    )

  it('names a model of a provider, whose address and key it has', () => {
    const near = found({ name: 'near/nomic-embed-text', price: 0 })
    expect(near).toMatchObject({
      embeddings: { name: 'near/nomic-embed-text', baseUrl: 'http://127.0.0.1:1/v1' },
    })
    const far = found({ name: 'far/e', price: 0 }, { FAR_KEY: 'k-1' })
    expect(far.kind === 'configured' && far.embeddings?.key()).toBe('k-1')
  })

  it('without its key is left out, and the variable is named', () => {
    const without = found({ name: 'far/e', price: 0 })
    expect(without).not.toHaveProperty('embeddings')
    expect(without).toMatchObject({
      missing: expect.arrayContaining([{ provider: 'far', variable: 'FAR_KEY', models: ['far/e'] }]),
    })
  })

  it.each([
    ['no provider', 'other/e', /there is no provider other/],
    ['a provider of another protocol', 'anthropic/e', /embeddings are asked by OpenAI's protocol/],
  ])('with %s is refused', (_, name, problem) => {
    expect(found({ name, price: 0 })).toMatchObject({
      kind: 'refused',
      problems: [expect.stringMatching(problem)],
    })
  })

  it('with a price is refused, because the budget does not count embeddings', () => {
    expect(() => found({ name: 'near/e', price: 0.02 })).toThrow(/the budget does not count embeddings/)
    expect(() => found({ name: 'near/e' })).toThrow(/the budget does not count embeddings/)
  })
})
