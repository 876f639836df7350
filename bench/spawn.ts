// Spawn: children a second under a supervisor of `simple_one_for_one`, each committed, begun and answered; against bare
// LevelDB batches that write as many rows. The first thousand and the last of ten thousand show whether it grows.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openBareStore } from '../persistence/index.ts'
import { AT_ONCE, openCrowd, startMembers } from './parts/crowd.ts'
import { inBatches, median, round2 } from './parts/figures.ts'
import { type Turn, turn } from './parts/turn.ts'

export const title = 'durable children started per second; against bare LevelDB batches of as many rows'

const SLICE = 1_000

export async function run({ quick }: { readonly quick: boolean }) {
  const slices = quick ? 2 : 10
  const rounds = quick ? 1 : 3
  const directory = await mkdtemp(join(tmpdir(), 'canopy-bench-'))
  const sides: { bare: Turn[]; first: Turn[]; last: Turn[]; all: Turn[] } = {
    bare: [],
    first: [],
    last: [],
    all: [],
  }
  try {
    // The first round warms up.
    for (let round = 0; round <= rounds; round += 1) {
      const bare = await bareSide(slices * SLICE, join(directory, `bare-${round}`))
      const turns = await crowdSide(slices, join(directory, `crowd-${round}`))
      const [first, last] = [turns.at(0), turns.at(-1)]
      if (round === 0 || !first || !last) continue
      sides.bare.push(bare)
      sides.first.push(first)
      sides.last.push(last)
      sides.all.push(mean(turns))
    }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
  const us = (turns: readonly Turn[]): number => median(turns.map((each) => each.us))
  const cpu = (turns: readonly Turn[]): number => median(turns.map((each) => each.cpuUs))
  return {
    children: slices * SLICE,
    at_once: AT_ONCE,
    rounds,
    bare_per_s: Math.round(1e6 / us(sides.bare)),
    spawn_per_s: Math.round(1e6 / us(sides.all)),
    cpu_us: round2(cpu(sides.all)),
    ratio: round2(us(sides.bare) / us(sides.all)),
    cpu_ratio: round2(cpu(sides.bare) / cpu(sides.all)),
    growth: round2(us(sides.last) / us(sides.first)),
    cpu_growth: round2(cpu(sides.last) / cpu(sides.first)),
  }
}

async function bareSide(children: number, directory: string): Promise<Turn> {
  const store = await openBareStore(directory)
  const text = JSON.stringify({ count: 0, name: 'x'.repeat(100) })
  try {
    return await turn(children, () =>
      inBatches(children / AT_ONCE, 1, (batch) =>
        store.write(Array.from({ length: AT_ONCE }, (_, n) => [`m:${batch * AT_ONCE + n}`, text])),
      ),
    )
  } finally {
    await store.close()
  }
}

async function crowdSide(slices: number, directory: string): Promise<Turn[]> {
  const crowd = await openCrowd({ directory })
  const turns: Turn[] = []
  try {
    for (let slice = 0; slice < slices; slice += 1)
      turns.push(await turn(SLICE, () => startMembers(crowd, SLICE)))
  } finally {
    await crowd.close()
  }
  return turns
}

function mean(turns: readonly Turn[]): Turn {
  const of = (field: keyof Turn): number => turns.reduce((sum, each) => sum + each[field], 0) / turns.length
  return { us: of('us'), cpuUs: of('cpuUs') }
}
