// One scripted run in a process of its own, killed with SIGKILL before and after every LevelDB batch, every publish,
// every ack and every effect, each time in a new world: started again it ends as if nothing had happened.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { NatsServer } from '../../transport/index.ts'
import { limit } from '../machine-speed.ts'
import { startServer, stopServers } from '../transport/nats.ts'
import type { Order } from './mortal-shop.ts'

const SIZE = { clerks: 1, payments: 1 }
const AT_ONCE = 2

interface Outcome {
  readonly signal: string | undefined
  readonly end: (Record<string, unknown> & { operations: number }) | undefined
}

let server: NatsServer
let root: string

beforeAll(async () => {
  server = await startServer()
  root = await mkdtemp(join(tmpdir(), 'canopy-killed-'))
})

afterAll(async () => {
  await stopServers()
  await rm(root, { recursive: true, force: true })
})

async function run(name: string, dieAt: number): Promise<Outcome> {
  const nats = { url: server.url, credentials: server.credentials.main ?? '' }
  const directory = join(root, name)
  const order: Order = { directory, system: name, nats, size: SIZE, dieAt }
  const program = join(import.meta.dirname, 'mortal-shop.ts')
  const done = await execa(process.execPath, [program, JSON.stringify(order)], {
    // Starting is most of the work; code that was compiled once need not be again.
    env: { NODE_COMPILE_CACHE: join(root, 'compiled') },
    reject: false,
    timeout: limit(60_000),
  })
  const end = done.stdout ? (JSON.parse(done.stdout) as Outcome['end']) : undefined
  if (!end && done.signal !== 'SIGKILL') throw new Error(`${name}: ${done.stderr}`)
  return { signal: done.signal, end }
}

/** What must be the same: how it ended, what the ledger knows, what was paid, and that nothing was put aside. */
function essence(end: Outcome['end']): unknown {
  const { operations: _, ...rest } = end ?? { operations: 0 }
  return rest
}

it('P1 to P5: killed at every write boundary it ends as if undisturbed', async () => {
  const { end } = await run('undisturbed', 0)
  expect(end).toMatchObject({ ending: { exit: { output: { sum: 1, seen: 1 } } }, letters: [] })
  const boundaries = Array.from({ length: end?.operations ?? 0 }, (_, at) => at + 1)
  expect(boundaries.length).toBeGreaterThan(40)
  const killed: number[] = []
  const worker = async (): Promise<void> => {
    for (let dieAt = boundaries.shift(); dieAt !== undefined; dieAt = boundaries.shift()) {
      const first = await run(`shop-${dieAt}`, dieAt)
      if (first.signal === 'SIGKILL') killed.push(dieAt)
      const last = first.end ?? (await run(`shop-${dieAt}`, 0)).end
      expect(essence(last), `killed at operation ${dieAt}`).toEqual(essence(end))
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  // How many writes there are varies by a few with the times at which things come.
  expect(killed.length).toBeGreaterThan(40)
})
