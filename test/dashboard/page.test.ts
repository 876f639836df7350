// The local page: who is let in, what is written into its HTML, and viewers that are late, slow or gone.

import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { type InspectorPage, openInspectorPage } from '../../dashboard/index.ts'
import { framePage } from '../../dashboard/page.ts'
import { bringsToken, newPageToken, PROTOCOL } from '../../dashboard/page-token.ts'
import { eventually } from '../eventually.ts'

describe('the token', () => {
  const token = newPageToken()
  const brings = (headers: Record<string, string>) => bringsToken({ headers } as never, token)

  it('is 256 bits, and another each time', () => {
    expect(Buffer.from(token, 'base64url')).toHaveLength(32)
    expect(new Set(Array.from({ length: 50 }, newPageToken)).size).toBe(50)
  })

  it.each([
    [{ authorization: `Bearer ${token}` }],
    [{ authorization: `bearer ${token}` }],
    [{ 'sec-websocket-protocol': token }],
    [{ 'sec-websocket-protocol': `${PROTOCOL}, ${token}` }],
    [{ 'sec-websocket-protocol': `${PROTOCOL},${token} ` }],
    [{ 'sec-websocket-protocol': `a, b, c, ${token}` }],
  ])('is brought by %j', (headers) => {
    expect(brings(headers as Record<string, string>)).toBe(true)
  })

  it.each([
    [{}],
    [{ authorization: token }],
    [{ authorization: 'Bearer ' }],
    [{ authorization: `Bearer ${token}x` }],
    [{ authorization: `Bearer ${token.slice(1)}` }],
    [{ authorization: `Bearer ${token.toLowerCase()}` }],
    [{ authorization: `Basic ${token}` }],
    [{ authorization: `Bearer a ${token}` }],
    [{ cookie: `token=${token}` }],
    [{ 'sec-websocket-protocol': PROTOCOL }],
    [{ 'sec-websocket-protocol': '' }],
    [{ 'sec-websocket-protocol': `a, b, c, d, ${token}` }],
    [{ 'sec-websocket-protocol': `${token}${token}` }],
  ])('is not brought by %j', (headers) => {
    expect(brings(headers as Record<string, string>)).toBe(false)
  })
})

describe('the HTML around the inspector', () => {
  it.each([
    ['https://a.b/?q=</script><script>alert(1)</script>'],
    ['https://a.b/?q=%3C/script%3E#<!--<script>'],
    ["https://a.b/?q=';alert(1)//"],
    ['https://a.b/?q=";alert(1)//'],
    ['https://a.b/`+alert(1)+`'],
    ['https://a.b/?\u2028alert(1)\u2029'],
  ])('holds %j as a value and as nothing else', (address) => {
    const html = framePage(new URL(address))
    expect(html.match(/<\/script>/g)).toHaveLength(1)
    expect(html.match(/<script\b/g)).toHaveLength(1)
    const [, written = ''] = /^const settings = (.*)$/m.exec(html) ?? []
    expect(JSON.parse(written)).toMatchObject({ page: new URL(address).href, origin: 'https://a.b' })
  })

  it('talks to the page under its own origin alone, and takes the token out of the address', () => {
    const html = framePage(new URL('https://stately.ai/inspect'))
    expect(html).toContain('postMessage(told, settings.origin)')
    expect(html).toContain("history.replaceState(null, '', location.pathname)")
    expect(html).not.toContain('innerHTML')
  })
})

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

async function open(aliveEveryMs?: number): Promise<{ page: InspectorPage; port: number; token: string }> {
  const options = { port: 0, page: new URL('https://stately.ai/inspect') }
  const page = await openInspectorPage({ ...options, ...(aliveEveryMs !== undefined && { aliveEveryMs }) })
  closing.push(() => page.close())
  const { port, hash } = new URL(page.url)
  return { page, port: Number(port), token: hash.slice(1) }
}

function get(port: number, path: string, headers: Record<string, string> = {}) {
  return new Promise<{ status: number | undefined; text: string; headers: object }>((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, headers }, (response) => {
      let text = ''
      response.on('data', (part) => {
        text += part
      })
      response.on('end', () => resolve({ status: response.statusCode, text, headers: response.headers }))
    })
      .on('error', reject)
      .end()
  })
}

interface Viewing {
  readonly socket: WebSocket
  readonly told: { type: string; sessionId?: string; text?: string }[]
}

function view(port: number, protocols: string[], options: object = {}, path = '/page'): Promise<Viewing> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, protocols, options)
  closing.push(() => socket.terminate())
  socket.on('error', () => undefined)
  const told: Viewing['told'] = []
  socket.on('message', (text) => told.push(JSON.parse(String(text))))
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve({ socket, told }))
    socket.once('error', reject)
  })
}

const actorEvent = (sessionId: string, value = 'open') =>
  ({ type: '@xstate.actor', sessionId, snapshot: { status: 'active', value } }) as never
const snapshotEvent = (sessionId: string, status: string, value: unknown) =>
  ({ type: '@xstate.snapshot', sessionId, snapshot: { status, value } }) as never

describe('the server', () => {
  it('gives its page to local names alone, with headers that keep it out of caches and frames', async () => {
    const { port } = await open()
    const { status, text, headers } = await get(port, '/')
    expect([status, text.startsWith('<!doctype html>')]).toEqual([200, true])
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'content-security-policy': "frame-ancestors 'none'",
    })
    for (const host of ['evil.example', '127.0.0.1.evil.example', 'localhost.evil.example:80'])
      expect((await get(port, '/', { host })).status).not.toBe(200)
    for (const path of ['/page', '/../', '/index.html', '//'])
      expect((await get(port, path)).status).toBe(404)
    expect((await get(port, '/?q=1', { host: `localhost:${port}` })).status).toBe(200)
  })

  it.each<[string, (port: number, token: string) => Promise<Viewing>, string]>([
    ['without a token', (port) => view(port, [PROTOCOL]), '401'],
    ['with another token', (port) => view(port, [PROTOCOL, newPageToken()]), '401'],
    [
      'from another site',
      (port, token) => view(port, [PROTOCOL, token], { origin: 'https://evil.example' }),
      '403',
    ],
    [
      'from another port',
      (port, token) => view(port, [PROTOCOL, token], { origin: 'http://127.0.0.1:1' }),
      '403',
    ],
    ['from a file', (port, token) => view(port, [PROTOCOL, token], { origin: 'null' }), '403'],
    [
      'by another name',
      (port, token) => view(port, [PROTOCOL, token], { headers: { host: 'evil.example' } }),
      '403',
    ],
  ])('refuses a viewer %s', async (_what, connect, status) => {
    const { page, port, token } = await open()
    await expect(connect(port, token)).rejects.toThrow(status)
    expect(page.viewers).toBe(0)
  })

  it('lets a viewer in by its token, and never answers with the token', async () => {
    const { page, port, token } = await open()
    const { socket } = await view(port, [PROTOCOL, token], { origin: `http://127.0.0.1:${port}` })
    expect(socket.protocol).toBe(PROTOCOL)
    const plain = await view(port, [], { headers: { authorization: `Bearer ${token}` } }, '/')
    expect(plain.socket.protocol).toBe('')
    expect(page.viewers).toBe(2)
  })

  it('tells a late viewer each actor once, with its newest snapshot, and no news to other programs', async () => {
    const { page, port, token } = await open()
    for (const name of ['a', 'b', 'c']) page.send(actorEvent(name))
    page.send(snapshotEvent('a', 'active', 'shut'))
    page.send(snapshotEvent('unknown', 'active', 'x'))
    page.tell('3 actors')
    const framed = await view(port, [PROTOCOL, token])
    const other = await view(port, [PROTOCOL, token], {}, '/')
    await eventually(() => framed.told.length === 4 && other.told.length === 3, { what: 'late messages' })
    expect(framed.told[0]).toMatchObject({ sessionId: 'a', snapshot: { value: 'shut' } })
    expect(framed.told.at(-1)).toEqual({ type: '@canopy.news', text: '3 actors' })
    expect(other.told.map(({ type }) => type)).toEqual(Array.from({ length: 3 }, () => '@xstate.actor'))
  })

  it('goes on when a viewer vanishes, breaks or talks', async () => {
    const { page, port, token } = await open()
    const [gone, broken, talking, good] = [
      await view(port, [PROTOCOL, token]),
      await view(port, [PROTOCOL, token]),
      await view(port, [PROTOCOL, token]),
      await view(port, [PROTOCOL, token]),
    ]
    expect(page.viewers).toBe(4)
    gone.socket.terminate()
    const { _socket: line } = broken.socket as unknown as { _socket: { write(bytes: Buffer): void } }
    line.write(Buffer.from([0xff, 0xff, 1]))
    talking.socket.send('x'.repeat(5_000))
    await eventually(() => page.viewers === 1, { what: 'the others are gone' })
    page.send(actorEvent('late'))
    await eventually(() => good.told.some(({ sessionId }) => sessionId === 'late'), {
      what: 'a message',
    })
  })

  it('disconnects a viewer that answers no ping, and keeps the one that does', async () => {
    const { page, port, token } = await open(60)
    const [deaf, good] = await Promise.all([
      view(port, [PROTOCOL, token], { autoPong: false }),
      view(port, [PROTOCOL, token]),
    ])
    await eventually(() => page.viewers === 1, { what: 'the deaf viewer is gone' })
    expect(good.socket.readyState).toBe(WebSocket.OPEN)
    expect(deaf.told.length).toBeGreaterThanOrEqual(0)
  })

  it('bounds what waits for a viewer that does not read, counts it, and serves the other', async () => {
    const { page, port, token } = await open()
    const slow = await view(port, [PROTOCOL, token])
    const good = await view(port, [PROTOCOL, token])
    slow.socket.pause()
    const bulk = 'x'.repeat(100_000)
    for (let at = 0; at < 300; at++) {
      page.send(snapshotEvent('bulk', 'active', `${at}${bulk}`))
      if (at % 10 === 0) await new Promise(setImmediate)
    }
    page.send(snapshotEvent('last', 'active', 1))
    await eventually(() => good.told.some(({ sessionId }) => sessionId === 'last'), {
      what: 'the last message',
    })
    expect(page.dropped).toBeGreaterThan(0)
    const dropped = page.dropped
    slow.socket.terminate()
    await eventually(() => page.viewers === 1, { what: 'the slow viewer is gone' })
    expect(page.dropped).toBeGreaterThanOrEqual(dropped)
  })

  it('rejects for a port that is taken, and closes with its viewers', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    closing.push(() => taken.close())
    await eventually(() => taken.listening, { what: 'a port' })
    const { port } = taken.address() as AddressInfo
    await expect(openInspectorPage({ port, page: new URL('https://a.b') })).rejects.toMatchObject({
      code: 'EADDRINUSE',
    })
    const mine = await open()
    const { socket } = await view(mine.port, [PROTOCOL, mine.token])
    await mine.page.close()
    await eventually(() => socket.readyState === WebSocket.CLOSED, { what: 'the viewer is closed' })
    await expect(get(mine.port, '/')).rejects.toThrow()
  })
})
