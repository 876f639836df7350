// Request and reply: a request over core NATS that is answered when an actor's step is committed (the control verb
// `send` with `wait`, so the event is also kept by the stream before it is stepped), against a request that a bare
// subscriber answers at once. 64 in flight over 50 actors, and one at a time.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findTool, natsServerTool } from '../programs/index.ts'
import { type Connection, connectNats, startNatsServer } from '../transport/index.ts'
import { openAskedCounters } from './parts/asked-counters.ts'
import { ACTORS } from './parts/counters.ts'
import { inBatches, median, quantile, round2 } from './parts/figures.ts'
import { type Turn, turn } from './parts/turn.ts'

export const title =
  'request -> mail -> step -> commit -> reply over NATS; against a bare request and its reply'

const IN_FLIGHT = 64
const TIMEOUT_MS = 30_000

type Ask = (n: number) => Promise<unknown>

interface Side {
  readonly ask: Ask
  readonly turns: Turn[]
  readonly latencies: number[]
}

export async function run({ quick }: { readonly quick: boolean }) {
  const [many, few, rounds] = quick ? [640, 100, 1] : [6_400, 500, 3]
  const directory = await mkdtemp(join(tmpdir(), 'canopy-bench-'))
  const tool = await findTool(natsServerTool)
  if (tool.kind === 'missing') throw new Error(tool.reason)
  const server = await startNatsServer({ binary: tool.path, directory })
  const connect = () => connectNats({ url: server.url, credentials: server.credentials.main, name: 'bench' })
  const [asker, answerer] = [await connect(), await connect()]
  try {
    const bare = side(await bareSide(asker, answerer))
    const system = await openAskedCounters({
      asker,
      answerer,
      directory: join(directory, 'store'),
      actors: ACTORS,
    })
    const actors = side((n) => system.ask(n % ACTORS))
    // The first round warms up.
    for (let round = 0; round <= rounds; round += 1)
      for (const each of [bare, actors]) await measure(each, many, few, round === 0)
    await system.close()
    return { requests: many, in_flight: IN_FLIGHT, rounds, ...figures(bare, actors) }
  } finally {
    await asker.close()
    await answerer.close()
    await server.stop()
    await rm(directory, { recursive: true, force: true })
  }
}

function side(ask: Ask): Side {
  return { ask, turns: [], latencies: [] }
}

async function measure({ ask, turns, latencies }: Side, many: number, few: number, warmUp: boolean) {
  const took = await turn(many, () => inBatches(many, IN_FLIGHT, ask))
  if (!warmUp) turns.push(took)
  for (let n = 0; n < few; n += 1) {
    const since = performance.now()
    await ask(n)
    if (!warmUp) latencies.push((performance.now() - since) * 1000)
  }
}

function figures(bare: Side, actors: Side) {
  const us = ({ turns }: Side): number => median(turns.map((each) => each.us))
  const cpu = ({ turns }: Side): number => median(turns.map((each) => each.cpuUs))
  const [p50, p99] = [0.5, 0.99].map((at) => ({
    bare: quantile(bare.latencies, at),
    actors: quantile(actors.latencies, at),
  }))
  return {
    bare_per_s: Math.round(1e6 / us(bare)),
    actors_per_s: Math.round(1e6 / us(actors)),
    ratio: round2(us(bare) / us(actors)),
    cpu_ratio: round2(cpu(bare) / cpu(actors)),
    bare_p50_us: Math.round(p50?.bare ?? 0),
    p50_us: Math.round(p50?.actors ?? 0),
    p50_ratio: round2((p50?.actors ?? 0) / (p50?.bare ?? 1)),
    bare_p99_us: Math.round(p99?.bare ?? 0),
    p99_us: Math.round(p99?.actors ?? 0),
    p99_ratio: round2((p99?.actors ?? 0) / (p99?.bare ?? 1)),
  }
}

async function bareSide(asker: Connection, answerer: Connection): Promise<Ask> {
  answerer.nats.subscribe('bench.bare', {
    callback: (_, message) => {
      message.respond('{"ok":true,"value":{}}')
    },
  })
  await answerer.nats.flush()
  const payload = JSON.stringify({ to: 'group.c1', event: { type: 'TICK' } })
  return () => asker.nats.request('bench.bare', payload, { timeout: TIMEOUT_MS })
}
