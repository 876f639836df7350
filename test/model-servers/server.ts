// Model server
//
// Owns:   an HTTP server on loopback that speaks Anthropic's and OpenAI's protocols to their own SDKs: who may ask,
//         which request goes where, a log of all of them, the answers' way back.
// Leaves: what is answered (`decide`), the shapes (Dialect), what goes wrong (Fault).
//
// It is as strict as the vendors are said to be: a request that one of them would refuse is refused, in its words.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Usage } from '../../machines/index.ts'
import { anthropicDialect } from './anthropic.ts'
import {
  type Asked,
  type Decide,
  type Dialect,
  Refusal,
  type Served,
  type ServedProtocol,
  type ServedReply,
} from './conversation.ts'
import type { Wire } from './faults.ts'
import { chatDialect } from './openai-chat.ts'
import { responsesDialect } from './openai-responses.ts'
import { PrefixCache } from './prefix-cache.ts'

export interface ModelServerOptions {
  readonly decide: Decide
  /** What must stand behind `authorization: Bearer`; default `test-key`. */
  readonly key?: string
  /** Which models there are; default: every one that is asked for. */
  readonly models?: readonly string[]
}

export interface LoggedRequest {
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: unknown
  /** Absent: it was refused, for this reason. */
  readonly asked?: Asked
  readonly refused?: string
}

export interface ModelServer extends AsyncDisposable {
  readonly url: string
  /** What an SDK for this protocol wants as its base URL. */
  baseUrl(protocol: ServedProtocol): string
  /** All requests for answers, in the order in which they came. */
  readonly requests: readonly LoggedRequest[]
  /** From now on somebody else plays the model. */
  play(decide: Decide): void
  close(): Promise<void>
}

const DIALECTS: Readonly<Record<ServedProtocol, Dialect>> = {
  anthropic: anthropicDialect,
  'openai-responses': responsesDialect,
  'openai-chat': chatDialect,
}

const ROUTES: Readonly<Record<string, { protocol: ServedProtocol; counts?: true }>> = {
  '/v1/messages': { protocol: 'anthropic' },
  '/v1/messages/count_tokens': { protocol: 'anthropic', counts: true },
  '/v1/responses': { protocol: 'openai-responses' },
  '/v1/responses/input_tokens': { protocol: 'openai-responses', counts: true },
  '/v1/chat/completions': { protocol: 'openai-chat' },
}

export async function startModelServer(options: ModelServerOptions): Promise<ModelServer> {
  const { key = 'test-key', models } = options
  let { decide } = options
  const requests: LoggedRequest[] = []
  const cache = new PrefixCache()

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '').replace(/\?.*$/, '')
    const route = ROUTES[path]
    const dialect =
      DIALECTS[route?.protocol ?? (request.headers['anthropic-version'] ? 'anthropic' : 'openai-chat')]
    const body = await bodyOf(request)
    const logged = { path, headers: request.headers, body }
    try {
      authorized(request, key, route?.protocol)
      if (request.method === 'GET' && path === '/v1/models') return send(response, listing(models ?? []))
      if (!route || request.method !== 'POST')
        throw new Refusal('Not Found', { status: 404, type: 'not_found_error' })
      const asked = dialect.read(body)
      if (models && !models.includes(asked.model)) throw unknownModel(asked)
      if (route.counts) return send(response, json(200, dialect.count(asked)))
      if (asked.maxOutputTokens === 0 && route.protocol === 'anthropic') {
        throw new Refusal('max_tokens: Field required')
      }
      requests.push({ ...logged, asked })
      const served = await decide(asked, requests.length - 1)
      send(response, wireOf(served, dialect, asked, usageOf(served, asked, body, cache)))
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      requests.push({ ...logged, refused: error.message })
      const { status, type, code, message } = error
      send(response, json(status, dialect.error({ status, type, message, ...(code ? { code } : {}) })))
    }
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      // A mistake of the test's own: loud, and no answer that a test could take for the vendor's.
      process.stderr.write(`model server: ${error instanceof Error ? error.stack : String(error)}\n`)
      response.destroy()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const close = async (): Promise<void> => {
    const closed = new Promise((resolve) => server.close(resolve))
    server.closeAllConnections()
    await closed
  }
  return {
    url,
    requests,
    baseUrl: (protocol) => (protocol === 'anthropic' ? url : `${url}/v1`),
    play: (next) => {
      decide = next
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

function authorized(request: IncomingMessage, key: string, protocol: ServedProtocol | undefined): void {
  const { authorization, 'anthropic-version': version } = request.headers
  if (authorization !== `Bearer ${key}`) {
    const shown = authorization?.replace(/^Bearer /, '') ?? ''
    const message =
      protocol === 'anthropic'
        ? 'invalid bearer token'
        : `Incorrect API key provided: ${shown}. You can find your API key at https://platform.openai.com/account/api-keys.`
    throw new Refusal(message, {
      status: 401,
      ...(protocol === 'anthropic' ? { type: 'authentication_error' } : { code: 'invalid_api_key' }),
    })
  }
  if (protocol === 'anthropic' && !/^\d{4}-\d{2}-\d{2}$/.test(String(version))) {
    throw new Refusal('anthropic-version: header is required')
  }
}

function unknownModel({ protocol, model }: Asked): Refusal {
  if (protocol === 'anthropic')
    return new Refusal(`model: ${model}`, { status: 404, type: 'not_found_error' })
  const message = `The model \`${model}\` does not exist or you do not have access to it.`
  return new Refusal(message, { status: 404, code: 'model_not_found' })
}

/** Both vendors' lists, which name what is in them differently. */
function listing(models: readonly string[]): Wire {
  const of = models.map((id) => ({ id, type: 'model', object: 'model', display_name: id }))
  return json(200, { object: 'list', data: of, has_more: false, first_id: models[0], last_id: models.at(-1) })
}

function json(status: number, body: unknown): Wire {
  return {
    status,
    headers: { 'content-type': 'application/json' },
    chunks: [Buffer.from(JSON.stringify(body))],
    end: 'close',
  }
}

function wireOf(served: Served, dialect: Dialect, asked: Asked, usage: Usage | null): Wire {
  const { fault = (wire: Wire) => wire, headers = {} } = served
  const plain =
    'error' in served
      ? json(served.error.status, dialect.error(served.error))
      : replied(served, dialect, asked, usage)
  return fault({
    ...plain,
    headers: { ...plain.headers, 'request-id': 'req_1', 'x-request-id': 'req_1', ...headers },
  })
}

function replied(reply: ServedReply, dialect: Dialect, asked: Asked, usage: Usage | null): Wire {
  if (!asked.stream) return json(200, dialect.json(reply, usage, asked))
  return {
    status: 200,
    headers: { 'content-type': 'text/event-stream' },
    chunks: dialect.events(reply, usage, asked).map((event) => Buffer.from(event)),
    end: 'close',
  }
}

/** Told by whoever plays the model, or counted: four characters are a token. */
function usageOf(served: Served, asked: Asked, body: unknown, cache: PrefixCache): Usage | null {
  if ('error' in served) return null
  if (served.usage !== undefined) return served.usage
  const { thinking, text, calls } = served
  const output = Math.max(1, Math.ceil(JSON.stringify({ thinking, text, calls }).length / 4))
  return { ...cache.take(asked.protocol, body), output }
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const text = Buffer.concat(chunks).toString()
  return text === '' ? undefined : JSON.parse(text)
}

function send(response: ServerResponse, wire: Wire): void {
  const { socket } = response
  switch (wire.instead) {
    case 'reset':
      socket?.resetAndDestroy()
      return
    case 'stall':
      return
    case 'junk':
      socket?.end('220 mail.example.org ESMTP ready\r\n')
      return
    case undefined:
      write(response, wire).catch(() => response.destroy())
  }
}

async function write(
  response: ServerResponse,
  { status, headers, chunks, end, pauseMs, flood }: Wire,
): Promise<void> {
  response.socket?.setNoDelay(true)
  response.writeHead(status, headers)
  response.flushHeaders()
  for (const chunk of chunks) {
    await written(response, chunk)
    if (pauseMs !== undefined) await new Promise((resolve) => setTimeout(resolve, pauseMs))
  }
  while (flood && !response.destroyed) await written(response, flood)
  if (end === 'reset') response.socket?.resetAndDestroy()
  if (end === 'close') response.end()
}

/** Apart from the next one, so that it arrives alone. */
function written(response: ServerResponse, chunk: Buffer): Promise<void> {
  return new Promise((resolve) => {
    if (response.destroyed) return resolve()
    response.write(chunk, () => setImmediate(resolve))
  })
}
