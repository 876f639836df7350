// What is asked of a run about the actors of a node that works for it: asked at the run, answered by the node.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Frame } from '../../../actors/index.ts'
import { runCommandLine } from '../../../cli/command-line.ts'
import { type Connection, type NatsServer, openControl } from '../../../transport/index.ts'
import { type Home, openHome, VERSION } from '../../app/nodes/home.ts'
import { eventually } from '../../eventually.ts'
import { limit } from '../../machine-speed.ts'
import {
  connectTo,
  keyringWith,
  natsArguments,
  startServer,
  stopServers,
  temporaryFolder,
} from '../../transport/nats.ts'

const system = 'reached'
let server: NatsServer
let connection: Connection
let home: Home
let node: Promise<number>
let unit: string
const stop = new AbortController()

beforeAll(async () => {
  server = await startServer({ keyring: keyringWith(system, 'box') })
  connection = await connectTo(server)
  home = await openHome(connection, system)
  const nats = await natsArguments(server, 'node-box')
  const folder = await temporaryFolder()
  let [out, err] = ['', '']
  node = runCommandLine(['node', ...nats, '--workers', '1', '--data', `${folder}/place`], {
    screen: { write: (text) => (out += text) },
    writeError: (text) => (err += text),
    directory: folder,
    env: {},
    home: folder,
    cores: 2,
    version: VERSION,
    now: () => 0,
    stop: stop.signal,
    onRun: () => {},
  })
  await eventually(() => home.told.some(({ type }) => type === 'WORKER.FREE'), { what: `a node: ${err}` })
  // It answers for its actors from then on.
  await eventually(() => out.includes('joined'), { what: `a node that joined: ${err}` })
  const crew = home.told.findLast(({ type }) => type === 'NODES')?.nodes as { node: string }[]
  unit = crew[0]?.node ?? ''
})
afterAll(async () => {
  stop.abort()
  await node
  await home.close()
  await connection.close()
  await stopServers()
})

async function raw(subject: string, payload: unknown): Promise<unknown> {
  const { nats } = connection
  return (
    await nats.request(`canopy.${system}.control.operator.${subject}`, JSON.stringify(payload), {
      timeout: limit(9_000),
    })
  ).json()
}

describe('an actor of another node', () => {
  it('takes events of its schema, and its step can be waited for', async () => {
    const worker = `${unit}.worker:1`
    const event = { type: 'ABORT', ticket: 'none' }
    expect(await raw(`send.${worker}`, { event, wait: true })).toMatchObject({
      ok: true,
      value: { state: 'idle', sequence: expect.any(Number) },
    })
    expect(await raw('send', { to: worker, event })).toMatchObject({ ok: true })
    expect(await raw(`send.${worker}`, event)).toMatchObject({ ok: true })
  })

  it('refuses others, with its own reason', async () => {
    expect(await raw(`send.${unit}.worker:1`, { type: 'DANCE' })).toMatchObject({
      error: { code: 'bad_event' },
    })
    expect(await raw(`send.${unit}.worker:9`, { type: 'ABORT', ticket: '' })).toMatchObject({
      error: { code: 'unknown_actor' },
    })
    expect(await raw('send.node-gone-7.worker:1', { type: 'ABORT', ticket: '' })).toMatchObject({
      error: { code: 'unknown_actor', message: "node 'node-gone.7' is not connected" },
    })
    expect(await raw('send.system.pool', { type: 'PAUSE' })).toMatchObject({
      error: { message: 'nobody lives here' },
    })
  })

  it('is seen by who inspects the run, with its chart', async () => {
    const control = openControl({ connection, system })
    const frames: Frame[] = []
    const end = await control.listen('inspection', (frame) => frames.push(frame as Frame))
    expect(await control.request('inspect', { forMs: 2_000, all: true }, 20_000)).toEqual({
      ok: true,
      value: 'here',
    })
    const seen = await eventually(() => {
      const actors = frames.flatMap(({ actors }) => actors)
      return actors.some(({ parent }) => parent === unit) && actors
    })
    expect(seen.map(({ address, kind }) => [address, kind])).toEqual([
      [unit, unit],
      [`${unit}.worker:1`, 'worker'],
    ])
    expect(await control.request('chart', { kind: unit }, 20_000)).toMatchObject({
      ok: true,
      value: { chart: { id: 'remoteWorkers' } },
    })
    end()
  })
})
