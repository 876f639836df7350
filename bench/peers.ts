// Peers: one job, a counter for each key that is stored before the answer, by Canopy and by others that remember, side by
// side in one run: 64 keys with 64 in flight, one key with 64 in flight, and one at a time. Each peer is installed from npm
// into the cache when it is first asked for, in the version named here, and runs in a process of its own, as delivered,
// untuned, on one node. Who cannot be run is told with the reason.

import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { findTool, natsServerTool } from '../programs/index.ts'
import { connectNats, startNatsServer } from '../transport/index.ts'
import { openAskedCounters } from './parts/asked-counters.ts'
import { median, round2 } from './parts/figures.ts'
import { startPostgres } from './parts/postgres.ts'
import { type Measured, measure } from './peers/measure.mjs'

export const title =
  'a counter per key, stored before the answer: Canopy beside Restate, DBOS and LangGraph, per second'

const KEYS = 64

interface Peer {
  readonly name: string
  readonly promise: string
  /** Which of Canopy's two levels promises the same. */
  readonly beside: 'canopy' | 'canopy_fsync'
  readonly packages: Readonly<Record<string, string>>
  readonly postgres?: true
  /** It has modules that are built when it is installed. */
  readonly native?: true
}

const PEERS: readonly Peer[] = [
  {
    name: 'restate',
    promise: 'fsync before the answer; each invocation journaled',
    beside: 'canopy_fsync',
    packages: { '@restatedev/restate-sdk': '1.17.2', '@restatedev/restate-server': '1.7.12' },
  },
  {
    name: 'dbos',
    promise: 'fsync before the answer (PostgreSQL); workflow and step rows beside the counter',
    beside: 'canopy_fsync',
    packages: { '@dbos-inc/dbos-sdk': '5.3.0', pg: '8.23.1' },
    postgres: true,
  },
  {
    name: 'langgraph',
    native: true,
    promise: 'no fsync promise (SQLite WAL); every checkpoint kept',
    beside: 'canopy',
    packages: {
      '@langchain/core': '1.4.0',
      '@langchain/langgraph': '1.7.3',
      '@langchain/langgraph-checkpoint-sqlite': '1.0.4',
    },
  },
]

type Result = Measured | { readonly not_run: string }

interface Times {
  readonly many: number
  readonly few: number
}

export async function run({ quick, only }: { readonly quick: boolean; readonly only: readonly string[] }) {
  const times = quick ? { many: 320, few: 20 } : { many: 1_280, few: 100 }
  const rounds = quick ? 1 : 3
  const peers = PEERS.filter(({ name }) => only.length === 0 || only.includes(name))
  const jobs: [string, () => Promise<Result>][] = [
    ['canopy', () => canopy(times, false)],
    ['canopy_fsync', () => canopy(times, true)],
    ...peers.map((peer): [string, () => Promise<Result>] => [peer.name, () => runPeer(peer, times)]),
  ]
  const results = new Map<string, Result[]>(jobs.map(([name]) => [name, []]))
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, work] of jobs) {
      const known = results.get(name) ?? []
      // Who could not be run will not be in the next round either.
      if (!known.some((each) => 'not_run' in each)) known.push(await work())
    }
  }
  const canopySide = (name: string): Result => middle(results.get(name) ?? [])
  return {
    keys: KEYS,
    ...times,
    rounds,
    canopy: {
      promise: 'safe against the death of the process; the event is in JetStream too',
      ...canopySide('canopy'),
    },
    canopy_fsync: { promise: 'fsync before the answer', ...canopySide('canopy_fsync') },
    ...Object.fromEntries(
      peers.map((peer) => [peer.name, told(peer, middle(results.get(peer.name) ?? []), canopySide)]),
    ),
  }
}

function told({ promise, packages, beside }: Peer, result: Result, canopySide: (name: string) => Result) {
  const ours = canopySide(beside)
  const ratios =
    'not_run' in result || 'not_run' in ours
      ? {}
      : {
          ratio: round2(ours.per_s / result.per_s),
          one_key_ratio: round2(ours.one_key_per_s / result.one_key_per_s),
        }
  return { promise, packages, ...result, beside, ...ratios }
}

function middle(results: readonly Result[]): Result {
  const failed = results.find((each) => 'not_run' in each)
  if (failed) return failed
  const of = (field: keyof Measured): number =>
    median(results.map((each) => ('not_run' in each ? 0 : each[field])))
  return { per_s: of('per_s'), one_key_per_s: of('one_key_per_s'), p50_us: of('p50_us') }
}

/** Asked over NATS, as the others are asked over their own wire. */
async function canopy({ many, few }: Times, sync: boolean): Promise<Result> {
  const tool = await findTool(natsServerTool)
  if (tool.kind === 'missing') return { not_run: tool.reason }
  const directory = await mkdtemp(join(tmpdir(), 'canopy-bench-'))
  const server = await startNatsServer({ binary: tool.path, directory })
  const connect = () => connectNats({ url: server.url, credentials: server.credentials.main, name: 'bench' })
  const [asker, answerer] = [await connect(), await connect()]
  try {
    const store = join(directory, 'store')
    const system = await openAskedCounters({ asker, answerer, directory: store, actors: KEYS, sync })
    const numberOf = (key: string): number => Number(key.split('-')[1]) % KEYS
    const measured = await measure((key) => system.ask(numberOf(key)), { many, few })
    await system.close()
    return measured
  } finally {
    await asker.close()
    await answerer.close()
    await server.stop()
    await rm(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
  }
}

async function runPeer(peer: Peer, { many, few }: Times): Promise<Result> {
  const directory = await mkdtemp(join(tmpdir(), 'canopy-bench-'))
  const ends: (() => Promise<unknown>)[] = [
    () => rm(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }),
  ]
  try {
    const folder = await installed(peer)
    const args = [join(folder, `${peer.name}.mjs`), String(many), String(few), directory]
    if (peer.postgres) {
      const postgres = await startPostgres(directory)
      ends.unshift(postgres.stop)
      args.push(postgres.url)
    }
    // What npm builds is for the Node that npm runs on.
    const node = peer.native ? 'node' : process.execPath
    const { stdout } = await execa(node, args, { timeout: 120_000, cwd: folder })
    return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Measured
  } catch (error) {
    const { shortMessage, message, stderr } = error as Error & { shortMessage?: string; stderr?: string }
    const cause = /^.*Error: .*$/m.exec(stderr ?? '')?.[0]
    return { not_run: [shortMessage ?? message, cause].filter(Boolean).join(': ').slice(0, 400) }
  } finally {
    for (const end of ends) await end()
  }
}

/** The folder in the cache where its packages and the script of its side are. */
async function installed({ name, packages }: Peer): Promise<string> {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache')
  const folder = join(cache, 'canopy', 'peers', name)
  await mkdir(folder, { recursive: true })
  const wanted = { private: true, type: 'module', dependencies: packages }
  await writeFile(join(folder, 'package.json'), JSON.stringify(wanted))
  await execa('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: folder,
    timeout: 300_000,
  })
  await cp(join(import.meta.dirname, 'peers'), folder, { recursive: true })
  return folder
}
