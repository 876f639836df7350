// A second process joins a run over NATS and does a part of its tasks. Killed in the middle of them, it loses none: the
// others take them up within ten seconds, and each task ends once.

import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { jetstreamManager } from '@nats-io/jetstream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Connection, type NatsServer, openControl } from '../../transport/index.ts'
import { eventually } from '../eventually.ts'
import { limit } from '../machine-speed.ts'
import { connectTo, keyringWith, natsArguments, startServer, stopServers } from '../transport/nats.ts'
import { Canopy, commandLinesWith, git, plainRepository } from './canopy.ts'
import { endsOf, mergesOf, since, startOf, timeOf, writing } from './run-story.ts'

const TASKS = 4
const SYSTEM = 'noded'
const places: string[] = []
let connection: Connection
let server: NatsServer

async function temporary(name: string): Promise<string> {
  const place = await mkdtemp(join(tmpdir(), `canopy-e2e-${name}-`))
  places.push(place)
  return place
}

beforeAll(async () => {
  server = await startServer({ keyring: keyringWith(SYSTEM, 'doomed', 'spare') })
  connection = await connectTo(server)
})

afterAll(async () => {
  await connection.close()
  await stopServers()
  for (const place of places) await rm(place, { recursive: true, force: true })
})

async function streams(): Promise<string[]> {
  const manager = await jetstreamManager(connection.nats)
  const names: string[] = []
  for await (const name of manager.streams.names()) names.push(name)
  return names
}

describe('a run with nodes', () => {
  it('goes on when one of them is killed, with all its tasks, each once', async () => {
    const repository = await plainRepository(TASKS)
    places.push(repository)
    const [data, first, second] = await Promise.all(['data', 'first', 'second'].map(temporary))
    const goal = ['--goal', 'branch-coverage=100', '--workers', '1', '--json']
    const run = new Canopy([
      'run',
      '--repo',
      repository,
      '--data',
      data ?? '',
      ...(await natsArguments(server, 'main')),
      ...goal,
    ])
    const keys = {
      doomed: await natsArguments(server, 'node-doomed'),
      spare: await natsArguments(server, 'node-spare'),
    }
    const node = (name: 'doomed' | 'spare', workers: number, place = '') =>
      new Canopy(['node', ...keys[name], '--data', place, '--workers', `${workers}`, '--json'])
    // Nothing is given out until both are there. There are more hands than tasks: what is taken up again need not wait
    // for one.
    await eventually(() => run.lines.some(({ type }) => type === 'node.started'), {
      within: 60_000,
      what: `the run: ${run.error}`,
    })
    const control = openControl({ connection, system: SYSTEM })
    const tellPool = (type: string) =>
      eventually(
        async () => (await control.request('send', { to: 'system.pool', event: { type } }, 20_000)).ok,
        { within: 60_000, what: `the pool, told to ${type}` },
      )
    await tellPool('PAUSE')
    const doomed = await joined(run, () => node('doomed', 2, first))
    const spare = await joined(run, () => node('spare', TASKS, second))
    const ready = () =>
      new Set(run.lines.filter(({ type }) => type === 'worker.idle').map(({ worker }) => worker))
    await eventually(() => ready().size === 3 + TASKS, { within: 60_000, what: 'all workers, ready' })
    await tellPool('RESUME')
    const inHand = await eventually(() => writing(doomed), {
      within: 90_000,
      what: 'a task in the hand of the node',
    })
    const killed = Date.now()
    doomed.child.kill('SIGKILL')
    const again = await eventually(
      () =>
        run.lines.find(
          ({ type, task, attempt }) =>
            type === 'task.started' && task === inHand.task && attempt === Number(inHand.attempt) + 1,
        ),
      { within: 20_000, what: 'the task taken up again' },
    )
    expect(timeOf(again) - killed, since(run, killed)).toBeLessThan(limit(10_000))
    expect(isOf(again.worker, 'doomed')).toBe(false)

    await run.ended
    expect(run.last, run.error).toMatchObject({ type: 'run.finished' })
    expect(endsOf(run)).toEqual(new Map([...endsOf(run).keys()].map((task) => [task, 1])))
    expect(endsOf(run).size).toBeGreaterThanOrEqual(TASKS)
    const merges = await mergesOf(repository)
    expect(merges).toEqual([...new Set(merges)])
    expect(merges.length).toBeGreaterThanOrEqual(TASKS - 1)

    const merged = run.lines.filter(({ type }) => type === 'task.merged').map(({ task }) => task)
    expect(merged.filter((task) => isOf(startOf(run, task)?.worker, 'spare'))).not.toEqual([])

    // The node that lives hears that the run is over, and nothing is left of either of them.
    expect(await spare.ended).toBe(0)
    expect(spare.lines.slice(-2)).toMatchObject([
      { type: 'node.leaving', reason: 'the run is over' },
      { type: 'node.left' },
    ])
    // Packages are kept for the next run.
    expect(await readdir(second ?? '').catch(() => [])).toEqual(['dependencies'])
    expect(await streams()).toEqual([])
    await eventually(async () => (await commandLinesWith(first ?? '')).length === 0, {
      what: 'the end of all programs of the killed node',
    })
    expect(await git(repository, 'status', '--porcelain')).toBe('')
  })
})

/** Who a worker works for. */
function isOf(worker: unknown, node: string): boolean {
  return String(worker).startsWith(`node-${node}-`)
}

/** A node joins only what is there. */
async function joined(run: Canopy, start: () => Canopy): Promise<Canopy> {
  await eventually(() => run.lines.some(({ type }) => type === 'node.started'), {
    within: 90_000,
    what: `the run: ${run.error}`,
  })
  const node = start()
  await eventually(() => node.lines.some(({ type }) => type === 'node.joined') || !node.running, {
    within: 60_000,
    what: 'the node',
  })
  expect(node.lines.at(0), node.error).toMatchObject({ type: 'node.joined' })
  return node
}
