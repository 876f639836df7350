// Agents on another node: the model is asked by the process that has the key, the work is done where there is neither a
// key nor the repository. Both are killed in the middle of a conversation.

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { callsOf } from '../../machines/index.ts'
import { eventually } from '../eventually.ts'
import { type Asked, type ModelServer, type Served, startModelServer } from '../model-servers/index.ts'
import { keyringWith, natsArguments, startServer, stopServers } from '../transport/nats.ts'
import { Canopy, type Line, plainRepository } from './canopy.ts'
import { endsOf, mergesOf } from './run-story.ts'

const KEY = 'a-key-that-stays-at-home'
const TASKS = ['alpha', 'beta']
const places: string[] = []
let models: ModelServer
const nats: Record<string, string[]> = {}

async function temporary(name: string): Promise<string> {
  const place = await mkdtemp(join(tmpdir(), `canopy-e2e-${name}-`))
  places.push(place)
  return place
}

beforeAll(async () => {
  const server = await startServer({ keyring: keyringWith('agents', 'box') })
  for (const member of ['main', 'node-box']) nats[member] = await natsArguments(server, member)
  models = await startModelServer({ decide: () => ({ text: '' }), key: KEY })
})

afterAll(async () => {
  await models.close()
  await stopServers()
  for (const place of places) await rm(place, { recursive: true, force: true })
})

/** A repository; and the user's own file with a goal in words, and one model that can be asked with a key. */
async function wishes(): Promise<{ repository: string; config: string }> {
  const repository = await plainRepository(1)
  places.push(repository)
  const model = {
    name: 'played/model',
    price: { input: 2, output: 10, 'cache-read': 0.2, 'cache-write': 2.5, 'as-of': '2026-11-22' },
    window: 200_000,
    'max-output': 16_000,
  }
  const configuration = {
    // What is judged how is another matter.
    gates: { policy: 'fast_iteration' },
    milestones: [{ id: 'names', name: 'Names', goal: { outcome: 'Say alpha and beta.' } }],
    models: {
      providers: [
        {
          name: 'played',
          protocol: 'anthropic',
          'base-url': models.baseUrl('anthropic'),
          'key-env': 'PLAYED_KEY',
        },
      ],
      models: [model],
      roles: { planning: [model.name], coding: [model.name], cheap: [model.name] },
    },
  }
  const config = join(await temporary('config'), 'config.yaml')
  await writeFile(config, JSON.stringify(configuration))
  return { repository, config }
}

/** Plans both tasks; for each writes a function, its tests, and hands in. */
function play(asked: Asked): Served {
  const submit = (input: unknown): Served => ({ calls: [{ name: 'submit', input }] })
  const answer = asked.tools.find(({ name }) => name === 'submit')?.input as { properties?: object }
  const wanted = answer?.properties ?? {}
  if ('tasks' in wanted) return submit({ tasks: TASKS.map(planned) })
  if ('findings' in wanted) return submit({ summary: 'It is as it should be.', findings: [] })
  const task = taskOf(asked)
  const steps: Served[] = [
    { calls: [{ name: 'write', input: { path: `src/${task}.ts`, content: sourceOf(task) } }] },
    { calls: [{ name: 'write', input: { path: `test/${task}.test.ts`, content: testOf(task) } }] },
    { calls: [{ name: 'run', input: { command: 'tests', files: [`test/${task}.test.ts`] } }] },
  ]
  return steps[stepOf(asked)] ?? submit({ outcome: 'done', summary: `${task} is said` })
}

const planned = (id: string) => ({
  id,
  kind: 'code',
  title: `Say ${id}`,
  instructions: `Write a function that says ${id}.`,
  files: [`src/${id}.ts`, `test/${id}.test.ts`],
  needs: [],
})

const sourceOf = (id: string) => `/** Says ${id}, as often as is wanted. */
export function ${id}(times: number): string {
  return times > 0 ? '${id} '.repeat(times).trim() : 'nothing'
}
`
const testOf = (id: string) => `import assert from 'node:assert/strict'
import { it } from 'node:test'
import { ${id} } from '../src/${id}.ts'
it('says ${id}', () => {
  assert.equal(${id}(2), '${id} ${id}')
  assert.equal(${id}(1), '${id}')
  assert.equal(${id}(0), 'nothing')
})
`

function taskOf({ turns }: Asked): string {
  const first = JSON.stringify(turns[0])
  return TASKS.find((id) => first.includes(`says ${id}.`)) ?? ''
}

function stepOf({ turns }: Asked): number {
  return turns.filter((turn) => callsOf(turn).length > 0).length
}

function home(repository: string, data: string, config: string): Canopy {
  const where = ['--repo', repository, '--data', data, '--config', config]
  return new Canopy(['run', ...where, ...(nats.main ?? []), '--workers', '1', '--json'], [], {
    PLAYED_KEY: KEY,
  })
}

async function joined([run]: readonly Canopy[], name: string): Promise<Canopy> {
  if (!run) throw new Error('there is nothing to join')
  await eventually(() => run.lines.some(({ type }) => type === 'node.started') || !run.running, {
    within: 60_000,
    what: `the run: ${run.error}`,
  })
  const data = await temporary(name)
  // Also where a test has it in its own surroundings, it has no key.
  const node = new Canopy([
    'node',
    ...(nats[`node-${name}`] ?? []),
    '--data',
    data,
    '--workers',
    '1',
    '--json',
  ])
  await eventually(() => node.lines.some(({ type }) => type === 'node.joined') || !node.running, {
    within: 60_000,
    what: `the node: ${run.error}`,
  })
  expect(node.lines.at(0), node.error).toMatchObject({ type: 'node.joined' })
  return node
}

/** When a worker began with a task of the plan. */
function startsOf(runs: readonly Canopy[]): Line[] {
  const lines = runs.flatMap((run) => run.lines)
  return lines.filter(({ type, task }) => type === 'task.started' && TASKS.some((id) => isOf(task, id)))
}

/** Ids of tasks hold more than the plan's own. */
const isOf = (task: unknown, id: string) => `${task}`.includes(id)

describe('agents on another node', () => {
  it('go on when home is killed, and are followed by others when they are', async () => {
    const { repository, config } = await wishes()
    const data = await temporary('data')
    const runs: Canopy[] = []
    const nodes: Canopy[] = []
    const kills: string[] = []
    const asked: string[] = []
    const kill = (what: string, victim: Canopy | undefined) => {
      kills.push(what)
      victim?.child.kill('SIGKILL')
    }
    models.play(async (question) => {
      const [task, step] = [taskOf(question), stepOf(question)]
      if (task === '') return play(question)
      const there = await eventually(
        () => startsOf(runs).find(({ worker }) => `${worker}`.startsWith('node-')),
        { within: 120_000, what: 'a task for the node' },
      )
      if (isOf(there.task, task) && !kills.includes('node')) {
        asked.push(`${step}`)
        if (step === 1 && !kills.includes('home')) kill('home', runs.at(-1))
        else if (step === 2) kill('node', nodes.at(-1))
      }
      return play(question)
    })
    runs.push(home(repository, data, config))
    nodes.push(await joined(runs, 'box'))
    await runs[0]?.ended
    expect(kills, runs[0]?.error).toEqual(['home'])
    const run = home(repository, data, config)
    runs.push(run)
    await run.ended
    expect(run.last, run.error).toMatchObject({ type: 'run.finished', status: 'reached' })
    expect(kills).toEqual(['home', 'node'])
    // Home being killed the node was in the same conversation afterwards; what was never answered was asked once more.
    expect(asked).toEqual(['0', '1', '1', '2'])
    const said = runs.flatMap(({ lines }) => lines.filter(({ type }) => type === 'agent.replied'))
    expect(said.some(({ actor }) => `${actor}`.startsWith('node-box-'))).toBe(true)
    const [lost] = run.lines.filter(({ type }) => type === 'worker.lost')
    expect(lost).toMatchObject({ worker: expect.stringMatching(/^node-box-/) })
    const theirs = startsOf(runs).filter(({ worker }) => worker === lost?.worker)
    const again = startsOf([run]).filter(({ task }) => task === theirs[0]?.task)
    expect(again.map(({ attempt, worker }) => [attempt, worker])).toEqual([[2, 'worker:1']])
    expect([...endsOf(run).values()].every((times) => times === 1)).toBe(true)
    const merges = await mergesOf(repository, 'canopy/names')
    expect(merges).toHaveLength(TASKS.length)
    expect(new Set(merges).size).toBe(TASKS.length)
  })
})
