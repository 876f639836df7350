// Cloud servers
//
// Owns:   the addresses, credentials and streams of Azure OpenAI, Amazon Bedrock and Google Vertex AI, before a model server that
//         answers.
// Leaves: the answers (server.ts).
//
// They were written from the vendors' documentation. Bedrock's signature is computed again, so a header that was signed and did not
// arrive is refused.

import { createHash, createHmac } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { crc32 } from 'node:zlib'
import type { Decide } from './conversation.ts'
import { type ModelServer, startModelServer } from './server.ts'

export type CloudKind = 'azure' | 'bedrock' | 'vertex'

export interface CloudServer extends AsyncDisposable {
  readonly url: string
  readonly server: ModelServer
  /** `METHOD path?query` of each request, and the headers with credentials. */
  readonly asked: readonly { readonly line: string; readonly credentials: Readonly<Record<string, string>> }[]
  close(): Promise<void>
}

/** AWS credentials, which the requests must be signed with. */
export const AWS_CREDENTIALS = { id: 'AKIDEXAMPLE', secret: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' }

interface Route {
  /** Of the model server. */
  readonly path: string
  readonly fields: Readonly<Record<string, unknown>>
  readonly isFramed?: boolean
}

export async function startCloudServer(kind: CloudKind, decide: Decide): Promise<CloudServer> {
  const inner = await startModelServer({ decide })
  const asked: { line: string; credentials: Record<string, string> }[] = []

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const text = await textOf(request)
    const { method = '', url: path = '', headers } = request
    const names = ['authorization', 'api-key', 'x-amz-date', 'anthropic-version']
    const credentials = names.flatMap((name) => (headers[name] ? [[name, String(headers[name])]] : []))
    asked.push({
      line: `${method} ${path}`,
      credentials: Object.fromEntries(credentials) as Record<string, string>,
    })
    const route = ROUTES[kind](path)
    const refusal = route ? objectionTo(kind, request, text) : { status: 404, message: 'Resource not found' }
    if (refusal || !route) {
      const { status, message } = refusal ?? { status: 404, message: '' }
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ message }))
      return
    }
    const { anthropic_version: _, ...body } = JSON.parse(text) as Record<string, unknown>
    const stop = new AbortController()
    response.on('close', () => stop.abort())
    const passed = await fetch(`${inner.url}${route.path}`, {
      method,
      signal: stop.signal,
      headers: {
        'content-type': 'application/json',
        authorization: 'Bearer test-key',
        'anthropic-version': '2023-06-01',
      },
      body: JSON.stringify({ ...body, ...route.fields }),
    })
    const isFramed = route.isFramed === true && passed.ok
    response.writeHead(passed.status, {
      ...Object.fromEntries(
        [...passed.headers].filter(([name]) => !/^(content-length|transfer-encoding|connection)$/.test(name)),
      ),
      ...(isFramed && { 'content-type': 'application/vnd.amazon.eventstream' }),
    })
    response.flushHeaders()
    let rest = ''
    const decoder = new TextDecoder()
    for await (const chunk of passed.body ?? []) {
      if (!isFramed) {
        response.write(chunk)
        continue
      }
      const parts = `${rest}${decoder.decode(chunk, { stream: true })}`.split('\n\n')
      rest = parts.pop() ?? ''
      for (const data of parts.flatMap((part) => /^data: (.*)$/m.exec(part)?.[1] ?? []))
        response.write(frame(JSON.stringify({ bytes: Buffer.from(data).toString('base64') })))
    }
    response.end()
  }

  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy())
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const close = async (): Promise<void> => {
    const closed = new Promise((done) => server.close(done))
    server.closeAllConnections()
    await closed
    await inner.close()
  }
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { url, server: inner, asked, close, [Symbol.asyncDispose]: close }
}

const ROUTES: Readonly<Record<CloudKind, (path: string) => Route | undefined>> = {
  azure(path) {
    const [, model = '', rest] =
      /^\/openai(?:\/deployments\/([^/]+))?(\/(?:chat\/completions|responses))\?api-version=2025-04-01-preview$/.exec(
        path,
      ) ?? []
    return rest === undefined ? undefined : { path: `/v1${rest}`, fields: model === '' ? {} : { model } }
  },
  bedrock(path) {
    const [, model, call] = /^\/model\/([^/]+)\/(invoke|invoke-with-response-stream)$/.exec(path) ?? []
    if (model === undefined) return undefined
    const stream = call !== 'invoke'
    return { path: '/v1/messages', fields: { model: decodeURIComponent(model), stream }, isFramed: stream }
  },
  vertex(path) {
    const place = '/v1/projects/shop-1/locations/europe-west1/publishers/anthropic/models/'
    if (path === `${place}count-tokens:rawPredict`) return { path: '/v1/messages/count_tokens', fields: {} }
    const [, model, call] = path.startsWith(place)
      ? (/^([^/:]+):(rawPredict|streamRawPredict)$/.exec(path.slice(place.length)) ?? [])
      : []
    if (model === undefined) return undefined
    return { path: '/v1/messages', fields: { model, stream: call === 'streamRawPredict' } }
  },
}

function objectionTo(kind: CloudKind, request: IncomingMessage, text: string) {
  const { authorization = '', 'api-key': apiKey, 'anthropic-version': version } = request.headers
  switch (kind) {
    case 'azure':
      if (apiKey === 'test-key' && authorization === '') return undefined
      return { status: 401, message: 'Access denied due to invalid subscription key or wrong API endpoint.' }
    case 'vertex':
    case 'bedrock': {
      const hasVersion = typeof (JSON.parse(text) as Record<string, unknown>).anthropic_version === 'string'
      if (version !== undefined || !hasVersion)
        return { status: 400, message: 'anthropic_version: Field required' }
      if (authorization === 'Bearer test-key' || (kind === 'bedrock' && isSigned(request, text)))
        return undefined
      return { status: 403, message: 'The security token included in the request is invalid.' }
    }
    default:
      return kind satisfies never
  }
}

/** AWS Signature Version 4, computed again. */
function isSigned({ method, url, headers }: IncomingMessage, text: string): boolean {
  const form =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/eu-west-1\/bedrock\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/
  const [, id, day = '', names = '', signature] = form.exec(headers.authorization ?? '') ?? []
  if (id !== AWS_CREDENTIALS.id) return false
  const lines = names
    .split(';')
    .map((name) => `${name}:${String(headers[name]).trim().replace(/ +/g, ' ')}\n`)
  const canonical = [method, url, '', lines.join(''), names, sha256(text)].join('\n')
  const scope = `${day}/eu-west-1/bedrock/aws4_request`
  const signed = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, sha256(canonical)].join('\n')
  const key = [day, 'eu-west-1', 'bedrock', 'aws4_request'].reduce<string | Buffer>(
    (before, part) => createHmac('sha256', before).update(part).digest(),
    `AWS4${AWS_CREDENTIALS.secret}`,
  )
  return createHmac('sha256', key).update(signed).digest('hex') === signature
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

/** A message of AWS's event stream. */
function frame(payload: string): Buffer {
  const headers = Buffer.concat(
    Object.entries({
      ':event-type': 'chunk',
      ':content-type': 'application/json',
      ':message-type': 'event',
    }).map(([name, value]) =>
      Buffer.concat([
        Buffer.from([name.length]),
        Buffer.from(name),
        Buffer.from([7, 0, value.length]),
        Buffer.from(value),
      ]),
    ),
  )
  const body = Buffer.from(payload)
  const prelude = Buffer.alloc(8)
  prelude.writeUInt32BE(16 + headers.length + body.length, 0)
  prelude.writeUInt32BE(headers.length, 4)
  const whole = Buffer.concat([prelude, word(crc32(prelude)), headers, body])
  return Buffer.concat([whole, word(crc32(whole))])
}

function word(value: number): Buffer {
  const four = Buffer.alloc(4)
  four.writeUInt32BE(value)
  return four
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}
