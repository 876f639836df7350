// Inspector page
//
// Owns:   the local server that pages connect to: the frame around the inspector's page, and a WebSocket for each viewer.
// Leaves: the content (bridge.ts), the speed of each viewer (viewer.ts).
//
// P1. It listens on loopback only, and talks only to pages of its own and to programs that are no pages: a site that
//     happens to be open in the same browser must not see what actors know.
// P4. Whoever does not bring the token gets the frame's empty page and nothing else: every user of this machine can
//     connect to loopback (page-token.ts).
// P2. A late viewer first gets every actor with its newest snapshot.
// P3. A slow viewer loses messages and does not slow the others; one that answers no ping is disconnected.

import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { StatelyInspectionEvent } from '@statelyai/inspect'
import { type WebSocket, WebSocketServer } from 'ws'
import { framePage } from './page.ts'
import { bringsToken, newPageToken, PROTOCOL } from './page-token.ts'
import { Viewer } from './viewer.ts'

/** Where the page is served. `aliveEveryMs`: 15,000 when absent. */
export interface InspectorPageOptions {
  /** 0: any that is free. */
  readonly port: number
  /** The inspector's own page, which is shown in a frame. */
  readonly page: URL
  /** How often viewers must give a sign of life. */
  readonly aliveEveryMs?: number
}

/** A local page that shows events to all who have its address. */
export interface InspectorPage {
  /** With the token in its fragment: it is for the user who started this and for nobody else. */
  readonly url: string
  readonly viewers: number
  /** What viewers were not sent because they did not read, all together. */
  readonly dropped: number
  send(event: StatelyInspectionEvent): void
  /** A sentence that pages show above the inspector. */
  tell(text: string): void
  close(): Promise<void>
}

const HOST = '127.0.0.1'
const ALIVE_EVERY_MS = 15_000

/** Starts the server; rejects with the system's error (`EADDRINUSE`, `EACCES`) when the port cannot be had. */
export async function openInspectorPage(options: InspectorPageOptions): Promise<InspectorPage> {
  const html = framePage(options.page)
  const server = createServer((request, response) => {
    const [path] = (request.url ?? '').split('?')
    if (!isLocal(request.headers.host) || path !== '/') return response.writeHead(404).end()
    return response.writeHead(200, PAGE_HEADERS).end(html)
  })
  await listening(server, options.port)
  return new Pages(server, options.aliveEveryMs ?? ALIVE_EVERY_MS)
}

const PAGE_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  // In a frame of another site it could be clicked on unseen.
  'content-security-policy': "frame-ancestors 'none'",
}

function listening(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, HOST, () => resolve())
  })
}

class Pages implements InspectorPage {
  readonly url: string
  readonly #server: Server
  readonly #token = newPageToken()
  readonly #sockets = new WebSocketServer({
    noServer: true,
    maxPayload: 1024,
    handleProtocols: (offered) => offered.has(PROTOCOL) && PROTOCOL,
  })
  readonly #viewers = new Map<WebSocket, Viewer>()
  readonly #alive = new Set<WebSocket>()
  readonly #actors = new Map<string, StatelyInspectionEvent & { type: '@xstate.actor' }>()
  readonly #heartbeat: NodeJS.Timeout
  #text = ''
  #droppedBefore = 0

  constructor(server: Server, aliveEveryMs: number) {
    this.#server = server
    this.url = `http://${HOST}:${(server.address() as AddressInfo).port}/#${this.#token}`
    server.on('upgrade', (request, socket, head) => {
      socket.on('error', () => socket.destroy())
      if (!isOurs(request)) return void socket.end('HTTP/1.1 403 Forbidden\r\n\r\n')
      if (!bringsToken(request, this.#token)) return void socket.end('HTTP/1.1 401 Unauthorized\r\n\r\n')
      this.#sockets.handleUpgrade(request, socket, head, (viewer) => this.#welcome(viewer, request))
    })
    this.#heartbeat = setInterval(() => this.#lookAfter(), aliveEveryMs)
  }

  get viewers(): number {
    return this.#viewers.size
  }

  get dropped(): number {
    return [...this.#viewers.values()].reduce((sum, { dropped }) => sum + dropped, this.#droppedBefore)
  }

  send(event: StatelyInspectionEvent): void {
    this.#keep(event)
    for (const viewer of this.#viewers.values()) viewer.offer(event)
  }

  tell(text: string): void {
    this.#text = text
    for (const [socket, viewer] of this.#viewers) this.#tellOne(socket, viewer)
  }

  async close(): Promise<void> {
    clearInterval(this.#heartbeat)
    for (const socket of this.#viewers.keys()) socket.terminate()
    this.#sockets.close()
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #keep(event: StatelyInspectionEvent): void {
    if (event.type === '@xstate.actor') this.#actors.set(event.sessionId, event)
    if (event.type !== '@xstate.snapshot') return
    const actor = this.#actors.get(event.sessionId)
    if (!actor) return
    if (event.snapshot.status === 'active')
      this.#actors.set(event.sessionId, { ...actor, snapshot: event.snapshot })
    else this.#actors.delete(event.sessionId)
  }

  #welcome(socket: WebSocket, { url }: IncomingMessage): void {
    const viewer = new Viewer({
      get bufferedAmount() {
        return socket.bufferedAmount
      },
      send: (text, sent) => socket.send(text, () => sent()),
    })
    this.#viewers.set(socket, viewer)
    this.#alive.add(socket)
    if (url === FRAME) this.#framed.add(socket)
    socket.on('pong', () => this.#alive.add(socket))
    socket.on('error', () => socket.terminate())
    socket.on('close', () => this.#letGo(socket, viewer))
    for (const actor of this.#actors.values()) viewer.offer(actor)
    this.#tellOne(socket, viewer)
  }

  readonly #framed = new WeakSet<WebSocket>()

  /** Only our own page understands it. */
  #tellOne(socket: WebSocket, viewer: Viewer): void {
    if (!this.#framed.has(socket)) return
    const dropped = viewer.dropped > 0 ? `; this page was too slow for ${viewer.dropped} frames` : ''
    viewer.note('news', { type: '@canopy.news', text: `${this.#text}${dropped}` })
  }

  #letGo(socket: WebSocket, viewer: Viewer): void {
    if (this.#viewers.delete(socket)) this.#droppedBefore += viewer.dropped
    this.#alive.delete(socket)
  }

  #lookAfter(): void {
    for (const socket of this.#viewers.keys()) {
      if (!this.#alive.delete(socket)) socket.terminate()
      else socket.ping()
    }
  }
}

/** Where the frame around the inspector's page connects. */
const FRAME = '/page'

/** A name that leads to another address later must not lead here. */
function isLocal(host: string | undefined): boolean {
  return /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(host ?? '')
}

function isOurs({ headers: { host, origin } }: IncomingMessage): boolean {
  return isLocal(host) && (origin === undefined || origin === `http://${host}`)
}
