// A merge queue on a real node, killed with SIGKILL while it searches for the submission that a batch fails with: every
// submission is answered once, and rightly.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { NatsServer } from '../../transport/index.ts'
import { limit } from '../machine-speed.ts'
import { startServer, stopServers } from '../transport/nats.ts'
import { BROKEN, branchIn, WORK } from './merge-line.ts'
import type { Order } from './mortal-line.ts'

const GOOD = WORK.filter((id) => id !== BROKEN)
const answered = (heard: readonly string[]) =>
  heard.filter((words) => /^(MERGED|REJECTED)/.test(words)).toSorted()
const ALL = [...GOOD.map((id) => `MERGED ${id}`), `REJECTED ${BROKEN}`].toSorted()

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'canopy-line-'))
})
afterAll(async () => {
  await stopServers()
  await rm(directory, { recursive: true, force: true })
})

describe('a merge queue whose process is killed', () => {
  let server: NatsServer
  beforeAll(async () => {
    server = await startServer()
  })

  async function live(dieAt: string): Promise<readonly string[] | 'killed'> {
    const nats = { url: server.url, credentials: server.credentials.main ?? '' }
    const order: Order = { directory, nats, dieAt }
    const program = join(import.meta.dirname, 'mortal-line.ts')
    const done = await execa(process.execPath, [program, JSON.stringify(order)], {
      reject: false,
      timeout: limit(120_000),
    })
    if (done.signal === 'SIGKILL') return 'killed'
    if (!done.stdout) throw new Error(done.stderr)
    const ending = JSON.parse(done.stdout)
    expect(ending).toMatchObject({ kind: 'ended' })
    return ending.exit.output
  }

  it('in the middle of a search merges the right ones and gives the right one back, once', async () => {
    const branch = join(directory, 'branch')
    // Asked were: the first, all others, and now the half of them.
    expect(await live('asked 3')).toBe('killed')
    expect(branchIn(branch).merged).toEqual(['z'])
    // The half again, and then its half: merged, and nobody heard of it.
    expect(await live('merged 5')).toBe('killed')
    expect(branchIn(branch).merged).toEqual(['z', 'a', 'b'])
    const heard = await live('')
    expect(heard).not.toBe('killed')
    expect(answered(heard as readonly string[])).toEqual(ALL)
    expect((heard as readonly string[]).at(-1)).toBe('SETTLED')
    expect(branchIn(branch).merged).toEqual(GOOD)
  })
})
