// The commands that look at a running system and steer it, on a run whose tree is real.

import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { createWebSocketReceiver } from '@statelyai/inspect'
import { createInspectorServer } from '@statelyai/inspect/server'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isPaused } from '../../app/words.ts'
import type { NatsServer } from '../../transport/index.ts'
import { eventually } from '../eventually.ts'
import { startServer, stopServers, temporaryFolder } from '../transport/nats.ts'
import { RawNats } from '../transport/raw-nats.ts'
import { begin, type Called } from './called.ts'
import { SimulatedRun } from './simulated-run.ts'

let server: NatsServer
let run: SimulatedRun
let data: string

beforeEach(async () => {
  data = await temporaryFolder()
  const directory = join(data, 'runs', '1')
  mkdirSync(directory, { recursive: true })
  const record = { system: 'steered-1', repository: '/r', milestones: [], seed: 1, began: 0, over: false }
  writeFileSync(join(directory, 'run.json'), JSON.stringify(record))
  server = await startServer({ directory })
  run = new SimulatedRun({ server, system: record.system, modules: 6, workers: 2 })
  await run.start()
  await eventually(() => run.begun.length === 2, { what: 'workers at work' })
})
afterEach(async () => {
  await run.remove()
})
afterAll(stopServers)

function call(...args: string[]): Called {
  return begin([...args, '--data', data], data, { now: Date.now })
}

async function canopy(...args: string[]) {
  const { code, said } = call(...args)
  return { code: await code, out: said.out.trimEnd(), err: said.err }
}

describe('canopy pause, resume and status', () => {
  it('pause the milestone that is named, say so, and let it go on', async () => {
    const paused = await canopy('pause', 'm1')
    expect(paused).toMatchObject({ code: 0, err: '' })
    expect(paused.out).toContain('system.supervisor.orchestrator:m1 took PAUSE')
    const { out } = await canopy('status')
    expect(out).toMatch(/paused +system\.supervisor\.orchestrator:m1/)
    expect(await canopy('pause', 'm2')).toMatchObject({ code: 2, err: expect.stringContaining("'m2'") })
    expect(await canopy('resume', 'm1')).toMatchObject({ code: 0 })
    const orchestrator = run.node.actors.find(({ kind }) => kind === 'orchestrator')
    expect(isPaused(orchestrator?.state)).toBe(false)
    const asked = run.facts.filter((fact) => fact.type === 'control.answered' && fact.changes)
    expect(asked).toMatchObject([{ by: expect.stringMatching(/.@./), event: 'PAUSE' }, { event: 'RESUME' }])
  })

  it('know after a restart what was begun before it', async () => {
    const status = async () => JSON.parse((await canopy('status', '--json')).out)
    const { milestone, branch, goal, branches, tasks } = await status()
    expect(tasks).toMatchObject({ waiting: 4, working: 2 })
    await run.stop()
    await run.start()
    await eventually(() => run.node.actors.some(({ kind }) => kind === 'orchestrator'), { what: 'its tree' })
    expect(await status()).toMatchObject({ milestone, branch, goal, branches, tasks })
  })

  it('say how to ask with nothing but NATS', async () => {
    const { out: url } = await canopy('status', '--url')
    const { out } = await canopy('status', '--json')
    const { subject, credentials } = JSON.parse(out).control
    const key = await readFile(credentials, 'utf8')
    const nats = await RawNats.connect(url.trim(), key)
    expect(JSON.parse(await nats.request(`${subject}.status`, ''))).toMatchObject({ ok: true })
    nats.close()
    for (const line of key.split('\n').filter((each) => /^[\w.-]{40,}$/.test(each)))
      expect(out).not.toContain(line)
  })
})

describe('canopy inspect', () => {
  async function inspect(...args: string[]) {
    const { code, stop, said } = call('inspect', '--json', ...args)
    const first = await eventually(() => /^.*\n/.exec(said.out)?.[0], { what: 'its address' })
    const last = () => JSON.parse(said.out.trim().split('\n').at(-1) ?? '')
    return { url: JSON.parse(first).url, ended: code, stop, last }
  }

  it('shows its page until Ctrl-C, and leaves nothing behind', async () => {
    const { url, ended, stop, last } = await inspect()
    expect(await (await fetch(url)).text()).toContain('https://stately.ai/inspect')
    stop.abort()
    expect(await ended).toBe(0)
    expect(last()).toMatchObject({ reason: 'stopped', lost: 0 })
    await expect(fetch(url)).rejects.toThrow()
  })

  it("sends to an inspector's server that is there already", async () => {
    const probe = createServer().listen(0, '127.0.0.1')
    await once(probe, 'listening')
    const { port } = probe.address() as AddressInfo
    await new Promise((done) => probe.close(done))
    const to = `ws://127.0.0.1:${port}/`
    expect(await canopy('inspect', '--to', to)).toMatchObject({ code: 2, err: expect.stringContaining(to) })
    expect(await canopy('inspect', '--to', 'http://x')).toMatchObject({ code: 2 })
    const inspector = createInspectorServer({ port, autoOpen: false })
    const told: { type: string; sessionId: string; parentId?: string }[] = []
    createWebSocketReceiver({ server: to }).subscribe((each) => told.push(each as never))
    const { ended, stop } = await inspect('--to', to)
    await eventually(() =>
      told.some(
        ({ sessionId, parentId }) => sessionId === 'system.pool.worker:1' && parentId === 'system.pool',
      ),
    )
    stop.abort()
    expect(await ended).toBe(0)
    inspector.stop()
  })

  it('ends when the run does, its server included', async () => {
    const { ended, last } = await inspect()
    await run.stop()
    await server.stop()
    expect(await ended).toBe(0)
    expect(last().reason).toContain('gone')
  })

  it('says what is wrong with its options, and that nothing runs', async () => {
    expect(await canopy('inspect', '--port', '99999')).toMatchObject({
      code: 2,
      err: expect.stringContaining('--port is "99999"'),
    })
    expect(await canopy('inspect', '--page', 'ftp://x')).toMatchObject({
      code: 2,
      err: expect.stringContaining('--page is "ftp://x"'),
    })
    const { port } = new URL(server.url)
    expect(await canopy('inspect', '--port', port)).toMatchObject({
      code: 2,
      err: expect.stringContaining('another program listens there'),
    })
    await run.stop()
    expect(await canopy('inspect')).toMatchObject({ code: 2, err: expect.stringContaining('canopy run') })
  })
})
