// Start: from opening the store to the first mail taken, with thousands of stored actors: all of them at work again, and
// all of them left asleep. Against reading once all that is stored of them.

import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openStore } from '../persistence/index.ts'
import { openCrowd, startMembers } from './parts/crowd.ts'
import { median, round2 } from './parts/figures.ts'
import { type Turn, turn } from './parts/turn.ts'

export const title = 'microseconds per stored actor until the first mail is taken; against reading all once'

/** Longer than any run of this: they are left asleep at the start, none is put to sleep meanwhile. */
const SLEEPY = 3_600_000

export async function run({ quick }: { readonly quick: boolean }) {
  const actors = quick ? 1_000 : 10_000
  const rounds = quick ? 1 : 3
  const directory = await mkdtemp(join(tmpdir(), 'canopy-bench-'))
  const sides: { read: Turn[]; awake: Turn[]; asleep: Turn[] } = { read: [], awake: [], asleep: [] }
  try {
    const crowd = await openCrowd({ directory })
    const [first = ''] = await startMembers(crowd, actors)
    await crowd.close()
    // The first round warms up.
    for (let round = 0; round <= rounds; round += 1) {
      const read = await turn(actors, () => readAll(directory))
      const awake = await start(directory, actors, first)
      const asleep = await start(directory, actors, first, SLEEPY)
      if (round === 0) continue
      sides.read.push(read)
      sides.awake.push(awake)
      sides.asleep.push(asleep)
    }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
  const us = (turns: readonly Turn[]): number => median(turns.map((each) => each.us))
  const cpu = (turns: readonly Turn[]): number => median(turns.map((each) => each.cpuUs))
  const { read, awake, asleep } = sides
  return {
    actors,
    rounds,
    start_ms: Math.round((us(awake) * actors) / 1000),
    asleep_ms: Math.round((us(asleep) * actors) / 1000),
    read_ms: Math.round((us(read) * actors) / 1000),
    us_per_actor: round2(us(awake)),
    asleep_us_per_actor: round2(us(asleep)),
    ratio: round2(us(awake) / us(read)),
    cpu_ratio: round2(cpu(awake) / cpu(read)),
    asleep_ratio: round2(us(asleep) / us(read)),
    asleep_cpu_ratio: round2(cpu(asleep) / cpu(read)),
  }
}

async function readAll(directory: string): Promise<void> {
  const store = await openStore({ directory: join(directory, 'crowd') })
  for await (const _ of store.actors());
  await store.close()
}

/** Only until the first mail is taken; stopping is not counted. */
async function start(
  directory: string,
  actors: number,
  to: string,
  passivateAfterMs?: number,
): Promise<Turn> {
  const taken = Promise.withResolvers<void>()
  const opened = Promise.withResolvers<Awaited<ReturnType<typeof openCrowd>>>()
  const took = await turn(actors, async () => {
    const crowd = await openCrowd({
      directory,
      ...(passivateAfterMs !== undefined && { passivateAfterMs }),
      tell: (fact) => {
        if (fact.type === 'actor.stepped' && fact.event === 'TICK') taken.resolve()
      },
    })
    opened.resolve(crowd)
    const from = { address: 'bench', birth: randomUUID(), number: 1 }
    await crowd.mail.publish({ id: from.birth, to, from, event: { type: 'TICK' } })
    await taken.promise
  })
  await (await opened.promise).close()
  return took
}
