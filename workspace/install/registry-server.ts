// Registry server
//
// The only server that a package manager in the sandbox can reach: it forwards to the user's registries, on a unix
// socket.
// Leaves: choosing the registries (package-source.ts), the requests (registry-request.ts).
//
// R1. A path leads to a registry and nowhere else. Only reading and npm's audit are allowed.
// R2. Credentials are added here and never enter the sandbox.
// R3. A redirect to another server is not followed; each answer has a maximum size, and so have all together.
// R4. Other servers are reached only by name, for dependencies that the user allowed, and never at an address of this
//     machine or of its network.
// R5. Where other users can connect, every request without the token is refused.

import { createHash, timingSafeEqual } from 'node:crypto'
import { mkdtemp } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { removeTree } from '../remove-tree.ts'
import { ledInside, type PackageSource, type RegistryPort } from './package-source.ts'
import { askRegistry, type RegistryAnswer } from './registry-request.ts'
import { openTunnel } from './tunnel.ts'

export interface RegistryServerOrder {
  readonly source: PackageSource
  /** The port on which the package manager reaches the registries. */
  readonly port: RegistryPort
  /** Further servers that may be reached (R4). */
  readonly hosts: ReadonlySet<string>
}

export interface RegistryServer {
  readonly socket: string
  /** Why the last refused request was refused. */
  trouble(): string | undefined
  close(): Promise<void>
}

export async function serveRegistries(order: RegistryServerOrder): Promise<RegistryServer> {
  const folder = await mkdtemp(join(tmpdir(), 'canopy-registry-'))
  const socket = join(folder, 'socket')
  let trouble: string | undefined
  const onTrouble = (reason: string): void => {
    trouble = reason
  }
  const left = { bytes: MAX_BYTES_TOGETHER }
  const server = createServer(
    (request, response) => void answer(request, response, { ...order, left, onTrouble }),
  )
  server.on('connect', (request: IncomingMessage, inner) => {
    inner.on('error', () => inner.destroy())
    if (!mayUseProxy(request, order.port))
      return void inner.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n')
    openTunnel(request.url ?? '', inner, order.hosts).catch((error: Error) => {
      onTrouble(error.message)
      inner.end(`HTTP/1.1 403 Forbidden\r\n\r\n`)
    })
  })
  // The server itself forgets a connection that became a tunnel.
  const open = new Set<Socket>()
  server.on('connection', (each: Socket) => {
    open.add(each)
    each.once('close', () => open.delete(each))
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(socket, resolve))
  return { socket, trouble: () => trouble, close: () => closeServer(server, open, folder) }
}

async function closeServer(server: Server, open: ReadonlySet<Socket>, folder: string): Promise<void> {
  // In this order: a connection that arrives between the two would be awaited for ever.
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  for (const each of open) each.destroy()
  await closed
  await removeTree(folder)
}

const MB = 1024 * 1024
const MAX_BYTES_TOGETHER = 4096 * MB
const MAX_TEXT_BYTES = 128 * MB
const MAX_BODY_BYTES = 32 * MB
const AUDITS = /^-\/npm\/v1\/security\/(advisories\/bulk|audits(\/quick)?)$/

interface Serving extends RegistryServerOrder {
  readonly left: { bytes: number }
  onTrouble(reason: string): void
}

const PROXY_USER = 'canopy'

/** The proxy setting of a package manager. */
export function proxyUrl({ port, token }: RegistryPort): string {
  return `http://${token === undefined ? '' : `${PROXY_USER}:${token}@`}127.0.0.1:${port}`
}

/** R5. */
function mayUseProxy({ headers }: IncomingMessage, { token }: RegistryPort): boolean {
  if (token === undefined) return true
  return isSame(headers['proxy-authorization'] ?? '', `Basic ${btoa(`${PROXY_USER}:${token}`)}`)
}

/** The path behind the token (R5); undefined when the token is missing. */
function pathOf({ url = '' }: IncomingMessage, { token }: RegistryPort): string | undefined {
  if (token === undefined) return url
  const prefix = `/${token}`
  return isSame(url.slice(0, prefix.length), prefix) ? url.slice(prefix.length) : undefined
}

function isSame(given: string, expected: string): boolean {
  const [one, other] = [given, expected].map((text) => createHash('sha256').update(text).digest())
  return one !== undefined && other !== undefined && timingSafeEqual(one, other)
}

async function answer(request: IncomingMessage, response: ServerResponse, serving: Serving): Promise<void> {
  const path = pathOf(request, serving.port)
  if (path === undefined) return void response.writeHead(403).end()
  try {
    const place = placeOf(request.method, path, serving.source)
    if (place === undefined) throw new Error(`${request.method} ${path.slice(0, 200)} is not of a registry`)
    const body = request.method === 'POST' ? await bodyOf(request) : undefined
    const { registry, rest } = place
    const { certificates } = serving.source
    const answered = await askRegistry({ request, registry, rest, body, certificates })
    await handOn(answered, response, serving)
  } catch (error) {
    serving.onTrouble((error as Error).message)
    if (response.headersSent) response.destroy()
    else response.writeHead(502, { 'content-type': 'text/plain' }).end((error as Error).message)
  }
}

/** R1. */
function placeOf(method: string | undefined, from: string, { registries }: PackageSource) {
  const [, at, rest = ''] = /^\/r(\d+)\/(.*)$/.exec(from) ?? []
  const registry = at === undefined ? undefined : registries[Number(at)]
  const [path = ''] = rest.split('?')
  const reads = method === 'GET' || method === 'HEAD'
  const leadsOut = /(^|[/\\]|%2f|%5c)(\.|%2e){1,2}([/\\]|%2f|%5c|$)|^[/\\]/i.test(path)
  if (registry === undefined || leadsOut) return undefined
  return reads || (method === 'POST' && AUDITS.test(path)) ? { registry, rest } : undefined
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  return Buffer.concat(await collected(request, MAX_BODY_BYTES))
}

async function collected(stream: AsyncIterable<Buffer>, most: number): Promise<Buffer[]> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of stream) {
    bytes += chunk.length
    if (bytes > most) throw new Error(`more than ${most} bytes came in one piece`)
    chunks.push(chunk)
  }
  return chunks
}

const KEPT = ['content-type', 'etag', 'last-modified', 'cache-control', 'date']

async function handOn(
  { status, headers, stream }: RegistryAnswer,
  response: ServerResponse,
  serving: Serving,
) {
  const kept = KEPT.flatMap((name) => (headers[name] === undefined ? [] : [[name, String(headers[name])]]))
  const isText = /json/.test(headers['content-type'] ?? '')
  if (isText) {
    const text = Buffer.concat(await collected(stream, MAX_TEXT_BYTES)).toString('utf8')
    const inside = ledInside(text, serving.source, serving.port)
    spend(serving, inside.length)
    return void response.writeHead(status, Object.fromEntries(kept)).end(inside)
  }
  response.writeHead(status, Object.fromEntries(kept))
  for await (const chunk of stream) {
    spend(serving, chunk.length)
    if (!response.write(chunk)) await new Promise((resolve) => response.once('drain', resolve))
  }
  response.end()
}

/** R3. */
function spend({ left }: Serving, bytes: number): void {
  left.bytes -= bytes
  if (left.bytes < 0) throw new Error(`the packages have more than ${MAX_BYTES_TOGETHER / MB} MB together`)
}
