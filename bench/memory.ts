// Memory: bytes that an idle actor takes, and one that was put to sleep, with everything that is kept for it in memory:
// registry, mailbox, what its supervisor and the store know. Beside it a bare XState actor. Each side has a process of
// its own, whose garbage is collected before each look.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { round2 } from './parts/figures.ts'

export const title = 'bytes per idle actor, at work and asleep; against a bare XState actor'

const SIDES = ['bare', 'idle', 'asleep'] as const

export async function run({ quick }: { readonly quick: boolean }) {
  const actors = quick ? 1_000 : 10_000
  const [bare = 0, idle = 0, asleep = 0] = await Promise.all(SIDES.map((side) => bytesPerActor(side, actors)))
  return {
    actors,
    bare_bytes: bare,
    idle_bytes: idle,
    asleep_bytes: asleep,
    ratio: round2(idle / bare),
    asleep_ratio: round2(asleep / bare),
  }
}

async function bytesPerActor(side: string, actors: number): Promise<number> {
  const directory = await mkdtemp(join(tmpdir(), 'canopy-bench-'))
  try {
    const script = join(import.meta.dirname, 'parts', 'idle.ts')
    const args = ['--expose-gc', script, side, String(actors), directory]
    const { stdout } = await execa(process.execPath, args)
    return Math.round(Number(stdout))
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
