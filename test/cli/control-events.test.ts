// Control events as anybody sends them: with nothing but the protocol of NATS, to a real server, with its credential.

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type ActorView, controlHandlers } from '../../actors/index.ts'
import { isPaused } from '../../app/words.ts'
import type { RunFact } from '../../machines/index.ts'
import { type NatsServer, openControl, openMail } from '../../transport/index.ts'
import { eventually } from '../eventually.ts'
import { connectTo, startServer, stopServers } from '../transport/nats.ts'
import { RawNats } from '../transport/raw-nats.ts'
import { SimulatedRun } from './simulated-run.ts'

let server: NatsServer
let systems = 0
const open: { run: SimulatedRun; nats: RawNats }[] = []

beforeAll(async () => {
  server = await startServer()
})
afterEach(async () => {
  for (const { run, nats } of open.splice(0)) {
    nats.close()
    await run.remove()
  }
})
afterAll(stopServers)

interface Answer {
  readonly ok: boolean
  readonly value?: { id: string; state: unknown; sequence: number }
  readonly error?: { code: string; message: string }
}

async function begin({ modules = 6, workers = 2 } = {}) {
  const system = `raw-${++systems}`
  const run = new SimulatedRun({ server, system, modules, workers })
  const nats = await RawNats.connect(server.url, server.credentials.main)
  open.push({ run, nats })
  await run.start()
  const subject = (verb: string): string => `canopy.${system}.control.operator.${verb}`
  const ask = async (verb: string, payload: unknown): Promise<Answer> =>
    JSON.parse(
      await nats.request(subject(verb), typeof payload === 'string' ? payload : JSON.stringify(payload)),
    )
  return { run, nats, ask, subject }
}

function busy(run: SimulatedRun, workers = 2): Promise<true> {
  return eventually(() => run.begun.length === workers || undefined, { what: 'all workers at work' })
}

function actor(run: SimulatedRun, address: string): ActorView | undefined {
  return run.node.actors.find((each) => each.address === address)
}

const audit = (run: SimulatedRun) =>
  run.facts.filter((fact): fact is RunFact & { type: 'control.answered' } => fact.type === 'control.answered')

describe('a plain request over the wire', () => {
  it('needs the credential of the server', async () => {
    await expect(RawNats.connect(server.url)).rejects.toThrow(/Authorization Violation/i)
  })

  it('is answered after the event was durably accepted', async () => {
    const { run, ask } = await begin()
    const answer = await ask('send.system', { type: 'POOL.RESIZE', size: 3 })
    expect(answer).toEqual({ ok: true, value: { id: expect.stringMatching(/^control\//) } })
    await busy(run, 3)
  })

  it('with wait is answered after the step, with the state and the sequence', async () => {
    const { run, ask } = await begin()
    const { value } = await ask('send.system.pool', { event: { type: 'PAUSE' }, wait: true })
    expect(value?.state).toMatchObject({ work: 'paused' })
    const step = run.facts.find((fact) => fact.type === 'actor.stepped' && fact.event === 'PAUSE')
    expect(step).toMatchObject({ address: 'system.pool', sequence: value?.sequence })
    const again = await ask('send', { to: 'system.pool', event: { type: 'RESUME' }, wait: 2_000 })
    expect(again.value?.state).toMatchObject({ work: 'open' })
    expect(again.value?.sequence).toBeGreaterThan(value?.sequence ?? 0)
  })

  it('without a reply subject is carried out as well', async () => {
    const { run, nats, subject } = await begin()
    nats.publish(subject('send.system.pool'), '{"type":"POOL.RESIZE","size":4}')
    await busy(run, 4)
  })

  it.each([
    ['nobody lives there', 'send.system.nobody', { type: 'PAUSE' }, 'unknown_actor', "'system.nobody'"],
    ['a field is wrong', 'send.system', { type: 'POOL.RESIZE', size: 'big' }, 'bad_event', 'size: '],
    ['a field is missing', 'send.system', { type: 'POOL.RESIZE' }, 'bad_event', 'size: '],
    ['it takes no such event', 'send.system.supervisor', { type: 'DANCE' }, 'bad_event', 'DANCE'],
    ['it is no JSON', 'send.system', '{"type":', 'bad_request', 'no JSON'],
    ['it is no event', 'send.system', '[1]', 'bad_request', 'expected object'],
    ['it has no type', 'send.system', { event: { size: 1 } }, 'bad_request', 'type'],
    ['the type is empty', 'send.system', { type: '' }, 'bad_request', 'type'],
    ['nothing says to whom', 'send', { event: { type: 'PAUSE' } }, 'bad_request', 'to'],
    ['the verb takes no address', 'tree.system', {}, 'bad_request', 'no address'],
    ['there is no such verb', 'explode', {}, 'unknown_verb', 'send.*'],
  ])('is refused with its reason when %s', async (_why, verb, payload, code, reason) => {
    const { run, ask } = await begin()
    const answer = await ask(verb, payload)
    expect(answer).toMatchObject({ ok: false, error: { code } })
    expect(answer.error?.message).toContain(reason)
    expect(audit(run)).toMatchObject([{ ok: false, code, sender: 'operator', by: null }])
    expect(await ask('status', '')).toMatchObject({ ok: true })
  })

  it('leaves what was asked and answered in the audit', async () => {
    const { run, ask } = await begin()
    const payload = { to: 'system.pool', event: { type: 'PAUSE' }, wait: true }
    await ask('send', payload)
    await ask('tree', '')
    const request = JSON.stringify(payload)
    expect(audit(run)).toMatchObject([
      { verb: 'send', changes: true, to: 'system.pool', event: 'PAUSE', request, ok: true },
      { verb: 'tree', changes: false, request: '', ok: true },
    ])
  })
})

describe('a mailbox that is full', () => {
  it('is told, and so is an event that waits in it', async () => {
    const system = `raw-${++systems}`
    const connection = await connectTo(server)
    // Nobody takes this mail.
    const mail = await openMail({ connection, system, unit: 'main', mailboxLimit: 2 })
    const stuck = {
      actors: [],
      check: (_to: string, event: { type: string }) => ({ ok: true, event }) as const,
      watch: () => () => {},
    }
    await openControl({ connection, system }).serve(controlHandlers(stuck, mail, () => null))
    const nats = await RawNats.connect(server.url, server.credentials.main)
    const send = async (payload: string): Promise<Answer> =>
      JSON.parse(await nats.request(`canopy.${system}.control.operator.send.busy`, payload))
    expect(await send('{"type":"GO"}')).toMatchObject({ ok: true })
    expect(await send('{"event":{"type":"GO"},"wait":20}')).toMatchObject({ error: { code: 'not_stepped' } })
    expect(await send('{"type":"GO"}')).toMatchObject({ error: { code: 'mailbox_full' } })
    nats.close()
    await mail.close()
    await connection.close()
  })
})

describe('a pause', () => {
  it('of the supervisor starts nothing new, lets finish what runs, and outlives the process', async () => {
    const { run, ask } = await begin()
    await busy(run)
    expect(await ask('send.system.supervisor', { event: { type: 'PAUSE' }, wait: true })).toMatchObject({
      ok: true,
      value: { state: 'running' },
    })
    for (const address of ['system.pool', 'system.supervisor.orchestrator:m1']) {
      await eventually(() => isPaused(actor(run, address)?.state), { what: `${address} pauses` })
    }
    run.letWriteThese()
    await eventually(() => run.repository.merged.length === 2, { what: 'what ran is merged' })
    expect(run.begun).toHaveLength(2)
    expect(await ask('status', '')).toMatchObject({
      value: { state: 'paused', paused: ['system.pool', 'system.supervisor.orchestrator:m1'] },
    })

    await run.stop()
    await run.start()
    expect(await ask('status', '')).toMatchObject({ value: { state: 'paused' } })
    expect(run.begun).toHaveLength(2)

    run.letWrite()
    await ask('send.system.supervisor', { type: 'RESUME' })
    expect(await run.ending).toMatchObject({ kind: 'ended', exit: { output: { status: 'reached' } } })
    expect(run.repository.merged).toHaveLength(6)
  })

  it('of one orchestrator holds back its tasks, also those that wait for a worker', async () => {
    const { run, ask } = await begin()
    await busy(run)
    const orchestrator = 'system.supervisor.orchestrator:m1'
    expect(await ask(`send.${orchestrator}`, { event: { type: 'PAUSE' }, wait: true })).toMatchObject({
      value: { state: { working: 'paused' } },
    })
    run.letWriteThese()
    await eventually(() => run.repository.merged.length === 2, { what: 'what ran is merged' })
    const { value } = (await ask('status', '')) as { value?: unknown }
    expect(value).toMatchObject({ state: 'working', paused: [orchestrator] })
    expect(run.begun).toHaveLength(2)

    run.letWrite()
    await ask(`send.${orchestrator}`, { type: 'RESUME' })
    expect(await run.ending).toMatchObject({ kind: 'ended', exit: { output: { status: 'reached' } } })
    expect(run.repository.merged).toHaveLength(6)
  })
})
