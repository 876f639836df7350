// A whole way: actors that run, the verbs over a real nats-server, the bridge, the local page, and a browser with a
// page that speaks the inspector's protocol in place of the remote one.

import { createServer, get, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket as Client } from 'ws'
import { type Bridge, type InspectorPage, openInspectorPage, startBridge } from '../../dashboard/index.ts'
import { type Connection, type NatsServer, openControl } from '../../transport/index.ts'
import { FETCHING_MS, launchChromium } from '../chromium.ts'
import { SimulatedRun } from '../cli/simulated-run.ts'
import { eventually } from '../eventually.ts'
import { connectTo, startServer, stopServers } from '../transport/nats.ts'

interface Told {
  readonly type: string
  readonly sessionId: string
  readonly parentId?: string
  readonly sourceId?: string
  readonly name?: string
  readonly definition?: string
  readonly event?: { type: string }
  readonly snapshot?: { status: string; value: unknown; context: Record<string, unknown> }
}

/** What Stately's page does at its beginning: it says that it is there, and takes what has a `_version`. */
const STAND_IN = `<!doctype html><title>stand-in</title><script>
  const told = []
  addEventListener('message', ({ data }) => { if (typeof data._version === 'string') told.push(data) })
  parent.postMessage({ type: '@statelyai.connected' }, '*')
</script>`

let server: NatsServer
let browser: Browser
let standIn: Server
const closing: (() => unknown)[] = []
let systems = 0

beforeAll(async () => {
  server = await startServer()
  browser = await launchChromium()
  standIn = createServer((_, response) => response.setHeader('content-type', 'text/html').end(STAND_IN))
  await new Promise<void>((done) => standIn.listen(0, '127.0.0.1', done))
}, FETCHING_MS)
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})
afterAll(async () => {
  await browser?.close()
  standIn?.close()
  await stopServers()
})

interface Scene {
  readonly run: SimulatedRun
  readonly page: InspectorPage
  readonly bridge: Bridge
  readonly gone: Promise<string>
}

async function begin(aliveEveryMs?: number): Promise<Scene> {
  const system = `inspected-${++systems}`
  const run = new SimulatedRun({ server, system, modules: 6, workers: 2 })
  closing.push(() => run.remove())
  await run.start()
  await eventually(() => run.begun.length === 2, { what: 'workers at work' })
  const connection: Connection = await connectTo(server)
  closing.push(() => connection.close())
  const { port } = standIn.address() as AddressInfo
  const page = await openInspectorPage({
    port: 0,
    page: new URL(`http://127.0.0.1:${port}/inspect`),
    ...(aliveEveryMs !== undefined && { aliveEveryMs }),
  })
  closing.push(() => page.close())
  const { promise: gone, resolve: onGone } = Promise.withResolvers<string>()
  const bridge = await startBridge({ system: openControl({ connection, system }), page, onGone })
  closing.push(() => bridge.close())
  return { run, page, bridge, gone }
}

async function look(url: string): Promise<Page> {
  const opened = await browser.newPage()
  closing.push(() => opened.close())
  await opened.goto(url)
  return opened
}

async function toldTo(opened: Page): Promise<Told[]> {
  const frame = opened.frames().find((each) => each.url().endsWith('/inspect'))
  const told = await frame?.evaluate('told').catch(() => [])
  return (told ?? []) as Told[]
}

/** What each actor is in by the last that was told: one that ended at once is introduced as ended. */
function lastStatus(all: readonly Told[]): Map<string, string> {
  return new Map(all.flatMap(({ sessionId, snapshot }) => (snapshot ? [[sessionId, snapshot.status]] : [])))
}

/** By type and actor, the newest. */
function newest(all: readonly Told[], type: string): Map<string, Told> {
  return new Map(all.filter((each) => each.type === type).map((each) => [each.sessionId, each]))
}

const ORCHESTRATOR = 'system.supervisor.orchestrator:m1'

describe('canopy inspect in a browser', () => {
  it('shows actors that began before, with parent, chart, state and context', async () => {
    const { run, page } = await begin()
    const opened = await look(page.url)
    const addresses = run.node.actors.map(({ address }) => address).sort()
    const actors = await eventually(
      async () => {
        const shown = newest(await toldTo(opened), '@xstate.actor')
        return addresses.every((address) => shown.has(address)) && shown
      },
      { what: 'every actor in the page' },
    )
    expect([...actors.keys()].sort()).toEqual(addresses)
    expect(actors.get('system')?.parentId).toBeUndefined()
    expect(actors.get('system.pool.worker:1')?.parentId).toBe('system.pool')
    const orchestrator = actors.get(ORCHESTRATOR)
    expect(orchestrator).toMatchObject({
      name: 'orchestrator:m1',
      parentId: 'system.supervisor',
      snapshot: { status: 'active', value: { working: 'running' }, context: { milestone: { id: 'm1' } } },
    })
    const chart = JSON.parse(orchestrator?.definition ?? '{}')
    expect(Object.keys(chart.states).sort()).toEqual(['ended', 'working'])
    expect(chart.states.working.states.paused.on.RESUME.target).toBe('running')
  })

  it('shows what passes between actors, who ends, and who begins', async () => {
    const { run, page, bridge } = await begin()
    const opened = await look(page.url)
    await eventually(async () => newest(await toldTo(opened), '@xstate.actor').size > 5)
    run.letWrite()
    await run.ending
    const told = await eventually(async () => {
      const all = await toldTo(opened)
      return lastStatus(all).get('system') === 'done' && all
    })
    const passed = told.filter(({ type }) => type === '@xstate.event')
    const of = (target: string, type: string): Told | undefined =>
      passed.find(({ sessionId, event }) => sessionId === target && event?.type === type)
    expect(of('system.pool', 'ASSIGN')?.sourceId).toMatch(/^system\.supervisor\.orchestrator:m1\.task:/)
    expect(of(ORCHESTRATOR, 'INTEGRATED')?.sourceId).toBe(`${ORCHESTRATOR}.integrator`)
    const tasks = [...newest(told, '@xstate.actor').keys()].filter((address) => address.includes('task:'))
    expect(tasks).toHaveLength(6)
    const status = lastStatus(told)
    for (const task of tasks) expect(status.get(task)).toBe('done')
    expect(bridge.state.lost).toBe(0)
    expect(await opened.getByRole('status').textContent()).toMatch(/actors/)
  })

  it('a page that comes later, or is loaded again, is told everything', async () => {
    const { page } = await begin()
    const first = await look(page.url)
    await eventually(async () => newest(await toldTo(first), '@xstate.actor').has(ORCHESTRATOR))
    const second = await look(page.url)
    await eventually(async () => newest(await toldTo(second), '@xstate.actor').has(ORCHESTRATOR))
    await second.reload()
    await eventually(async () => newest(await toldTo(second), '@xstate.actor').has(ORCHESTRATOR))
    await eventually(() => page.viewers === 2, { what: 'two viewers' })
  })
})

function tokenOf(url: string): string {
  return new URL(url).hash.slice(1)
}

/** Speaks WebSocket so far that it is let in, and reads nothing after that. */
async function neverReading(url: string): Promise<Socket> {
  const { port } = new URL(url)
  const socket = connect(Number(port), '127.0.0.1')
  closing.push(() => socket.destroy())
  socket.on('error', () => {})
  const key = 'AAAAAAAAAAAAAAAAAAAAAA=='
  socket.write(
    `GET / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      `Authorization: Bearer ${tokenOf(url)}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
  )
  await new Promise((let_in) => socket.once('data', let_in))
  socket.pause()
  return socket
}

describe('a viewer that never reads', () => {
  it('loses frames, while actors go on and others see everything', async () => {
    const { run, page } = await begin()
    const socket = await neverReading(page.url)
    const heard: Told[] = []
    const client = new Client(page.url.replace(/^http(.*)#.*/, 'ws$1'), {
      headers: { authorization: `Bearer ${tokenOf(page.url)}` },
    })
    closing.push(() => client.terminate())
    client.on('message', (data) => heard.push(JSON.parse(String(data))))
    await eventually(() => page.viewers === 2, { what: 'two viewers' })
    const bulk = { type: '@xstate.snapshot', snapshot: { status: 'active', context: 'x'.repeat(100_000) } }
    await eventually(() => {
      page.send({ ...bulk, sessionId: 'system', createdAt: '', id: '', rootId: '', _version: '0' } as never)
      return page.dropped > 50
    })
    run.letWrite()
    expect(await run.ending).toMatchObject({ kind: 'ended', exit: { output: { status: 'reached' } } })
    await eventually(() => newest(heard, '@xstate.snapshot').get('system')?.snapshot?.status === 'done')
    expect(socket.destroyed).toBe(false)
  })

  it('is let go when it gives no sign of life', async () => {
    const { page } = await begin(50)
    await neverReading(page.url)
    await eventually(() => page.viewers === 1)
    await eventually(() => page.viewers === 0)
  })
})

/** As it is answered to a browser that was led here under this name. */
function statusOf(url: string, host: string): Promise<number | undefined> {
  return new Promise((done, fail) => {
    get(url, { headers: { host } }, (response) => done(response.resume().statusCode)).on('error', fail)
  })
}

describe('the local page', () => {
  it('is not for other sites that are open in the same browser', async () => {
    const { page } = await begin()
    const { host } = new URL(page.url)
    const other = await look(`http://127.0.0.1:${(standIn.address() as AddressInfo).port}/`)
    const outcome = await other.evaluate(
      (address) =>
        new Promise((done) => {
          const socket = new WebSocket(address)
          socket.onopen = () => done('open')
          socket.onerror = () => done('refused')
        }),
      `ws://${host}/page`,
    )
    expect(outcome).toBe('refused')
    expect(await statusOf(page.url, host)).toBe(200)
    expect(await statusOf(page.url, 'attacker.example')).toBe(404)
  })

  it('shows nothing without its token, and keeps the token out of the address bar', async () => {
    const { page } = await begin()
    const without = await look(page.url.replace(/#.*/, ''))
    const status = without.getByRole('status')
    await eventually(async () => (await status.textContent())?.includes('the whole address'))
    const opened = await look(page.url)
    await eventually(async () => newest(await toldTo(opened), '@xstate.actor').has(ORCHESTRATOR))
    expect(opened.url()).not.toContain('#')
    expect(await toldTo(without)).toEqual([])
    expect(page.viewers).toBe(1)
  })

  it('says so when the run is gone', async () => {
    const { run, page, gone } = await begin()
    const opened = await look(page.url)
    await eventually(async () => newest(await toldTo(opened), '@xstate.actor').size > 5)
    await run.stop()
    expect(await gone).toMatch(/no system/)
    await eventually(async () =>
      (await opened.getByRole('status').textContent())?.includes('the run is gone'),
    )
  })
})
