// One run of the roadmap: a real tree on LevelDB and a nats-server of its own, all work scripted. Disturbed, a worker, a
// process with workers and the server are killed on the way.

import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Node } from '../../../actors/index.ts'
import { openNodeRegistry } from '../../../app/nodes/node-registry.ts'
import { HOME, unitOf } from '../../../app/nodes/presence.ts'
import { defineActor, type Fact } from '../../../kernel/index.ts'
import {
  integratorActor,
  type OrchestratorInput,
  type OrchestratorOutput,
  orchestratorActor,
  policySchema,
  poolActor,
  taskActor,
  workerActor,
} from '../../../machines/index.ts'
import { openStore } from '../../../persistence/index.ts'
import {
  connectNats,
  type NatsServer,
  openLeases,
  openMail,
  retireUnit,
  startNatsServer,
} from '../../../transport/index.ts'
import { Crew } from './crew.ts'
import type { Job } from './jobs.ts'
import { type Account, Ledger } from './ledger.ts'
import { POOL, type RoadmapInput, roadmapActor } from './roadmap-actor.ts'
import { scriptedWork } from './scripted.ts'
import { moduleOf, ScriptedJudge } from './scripted-judge.ts'

export interface RunOrder {
  readonly binary: string
  readonly directory: string
  readonly jobs: readonly Job[]
  readonly workers: number
  /** When each is killed, in milliseconds from the start; absent: undisturbed. */
  readonly kills?: Kills
}

export interface Kills {
  readonly worker: number
  readonly node: number
  readonly server: number
}

export interface Ran {
  readonly ms: number
  readonly account: Account
  readonly output: OrchestratorOutput
  /** Gate runs of the merge queue. */
  readonly judgings: number
  readonly facts: readonly Timed[]
}

/** A fact and when it was told, in milliseconds from the start. */
export type Timed = Fact & { readonly at: number }

const SYSTEM = 'bench'
const BUILD = 'bench'
/** How many of the workers are in a second process, when that is to be killed. */
const AWAY = 2

const PATIENCE_MS = 20_000

const complain = (sentence: string): void => void process.stderr.write(`bench: ${sentence}\n`)

const definitions = [roadmapActor, poolActor, workerActor, orchestratorActor, integratorActor, taskActor].map(
  (each) => defineActor(each),
)

export async function scriptedRun({ binary, directory, jobs, workers, kills }: RunOrder): Promise<Ran> {
  await mkdir(directory, { recursive: true })
  await using opened = new AsyncDisposableStack()
  const server = opened.adopt(await startNatsServer({ binary, directory }), (each) => each.stop())
  const nats = { url: server.url, credentials: server.credentials.main ?? '' }
  const connection = opened.adopt(await connectNats({ ...nats, name: 'bench' }), (each) => each.close())
  const store = opened.adopt(await openStore({ directory: join(directory, 'store') }), (each) => each.close())
  const mail = opened.adopt(
    await openMail({ connection, system: SYSTEM, unit: HOME, unitOf, mailboxLimit: 1_000 }),
    (each) => each.close(),
  )
  const leases = await openLeases({ connection, system: SYSTEM })
  const ledgerFile = join(directory, 'ledger')
  const about = { nats, system: SYSTEM, workers: AWAY, pool: POOL, build: BUILD, ledger: ledgerFile }
  const crew = opened.adopt(new Crew(about, directory), (each) => each.end())
  const ledger = new Ledger(ledgerFile)
  const judge = new ScriptedJudge(jobs, ledger)
  const facts: Timed[] = []
  const since = performance.now()
  const now = (): number => performance.now() - since
  const node = await Node.start({
    definitions,
    root: {
      kind: roadmapActor.kind,
      input: rootInput(jobs, judge, kills ? workers - AWAY : workers, 4 * workers),
    },
    implementations: { ...scriptedWork(ledger), ...judge.implementations },
    store,
    mail,
    tell: (fact) => facts.push({ ...fact, at: now() }),
  })
  // What is said to a pool that is not there yet is said to nobody.
  while (!node.actors.some(({ address }) => address === POOL)) await pause(5)
  const retire = (node: string): Promise<void> => retireUnit(connection, SYSTEM, unitOf(node))
  const registry = openNodeRegistry({ leases, mail, pool: POOL, build: BUILD, retire, trouble: complain })
  opened.defer(() => registry.close())
  const start = (name: string) => crew.start(name, () => registry.look())
  const killing = kills && carryOut(kills, { node, server, crew, start, facts, now })
  const ending = await Promise.race([node.ending, ended(killing)])
  const ms = now()
  await killing
  if (ending.kind !== 'ended') throw new Error(`the run did not come to its end: ${ending.kind}`)
  const output = ending.exit.output as OrchestratorOutput | null
  if (!output) throw new Error('the run ended without its orchestrator')
  return { ms, account: ledger.read(), output, judgings: judge.judgings, facts }
}

function rootInput(
  jobs: readonly Job[],
  judge: ScriptedJudge,
  workers: number,
  inFlight: number,
): RoadmapInput {
  const needs = jobs.map(({ id, needs }) => [moduleOf(id), needs.map(moduleOf)])
  const orchestrator: Omit<OrchestratorInput, 'address' | 'pool'> = {
    milestone: { id: 'm1', name: 'All of it', goal: { branchCoverage: 100 }, priority: 1, needs: [] },
    site: {
      repository: '/nowhere',
      head: 'c0',
      packageManager: 'npm',
      runner: 'vitest',
      testPattern: 'test/{name}.test.ts',
      dependencies: '/nowhere/node_modules',
    },
    line: { milestone: 'm1', branch: 'canopy/m1', base: 'c0' },
    sources: jobs.map(({ id }) => moduleOf(id)),
    needs: Object.fromEntries(needs),
    measurement: judge.measure(),
    policy: policySchema.parse({ inFlight }),
    begun: 1,
    paused: false,
    models: null,
  }
  return { workers, orchestrator }
}

/** Never, but that it goes wrong. */
async function ended(killing: Promise<void> | undefined): Promise<never> {
  await killing
  return new Promise<never>(() => {})
}

interface Scene {
  readonly node: Node
  readonly server: NatsServer
  readonly crew: Crew
  readonly start: (name: string) => Promise<void>
  readonly facts: readonly Timed[]
  readonly now: () => number
}

async function carryOut(kills: Kills, { node, server, crew, start, facts, now }: Scene): Promise<void> {
  await start('first')
  const until = (at: number): Promise<void> => pause(Math.max(0, at - now()))
  await until(kills.worker)
  const busy = facts.findLast((fact) => fact.type === 'effect.started' && fact.src === 'write')
  if (busy?.type !== 'effect.started' || !node.kill(busy.address))
    throw new Error('no worker could be killed')
  await until(kills.node)
  for (const end = now() + PATIENCE_MS; !hasWork(facts, 'first'); await pause(20))
    if (now() > end) throw new Error('no work came to the process that is to be killed')
  await crew.kill('first')
  await start('second')
  await until(kills.server)
  process.kill(server.pid, 'SIGKILL')
}

/** Whether a worker of a node has something in hand. */
function hasWork(facts: readonly Timed[], node: string): boolean {
  const last = new Map<string, string>()
  for (const fact of facts) {
    if (fact.type !== 'emitted' || !/^worker\.(busy|idle|lost)$/.test(fact.event.type)) continue
    last.set(String(fact.event.worker), fact.event.type)
  }
  return [...last].some(([worker, type]) => worker.startsWith(`node-${node}-`) && type === 'worker.busy')
}
