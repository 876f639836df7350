// Killed with SIGKILL at 12 random moments (the main process; a sandbox; the nats-server) and started again with the
// same command, a run ends as one that nobody disturbed: the same branch, the same tasks, no effect paid twice.

import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openStore } from '../../persistence/index.ts'
import { eventually } from '../eventually.ts'
import { Canopy, commandLinesWith, git, plainRepository } from './canopy.ts'

const MODULES = 4
const KILLS = 12
const places: string[] = []

async function temporary(name: string): Promise<string> {
  const place = await mkdtemp(join(tmpdir(), `canopy-e2e-${name}-`))
  places.push(place)
  return place
}

afterAll(async () => {
  for (const place of places) await rm(place, { recursive: true, force: true })
})

interface End {
  /** Of the branch's tip: every byte of every file. */
  readonly tree: string
  readonly tasks: readonly string[]
  readonly commits: number
  readonly paid: number
}

async function endOf(repository: string, data: string): Promise<End> {
  const branch = 'canopy/branch-coverage-100'
  const tree = await git(repository, 'rev-parse', `${branch}^{tree}`)
  const log = await git(
    repository,
    'log',
    '--format=%(trailers:key=Canopy-Task,valueonly,separator=%x2C)',
    `main..${branch}`,
  )
  const tasks = log.split('\n').filter(Boolean).toSorted()
  return { tree, tasks, commits: tasks.length, paid: await countPaid(join(data, 'runs/1/store')) }
}

async function countPaid(directory: string): Promise<number> {
  const store = await openStore({ directory })
  let paid = 0
  // How many judgements there are depends on how much waits at a time.
  for await (const key of store.effectResultKeys()) if (!key.includes('.integrator')) paid += 1
  await store.close()
  return paid
}

function command(repository: string, data: string): string[] {
  // 100 % is reached with the last task, so that every task is worked on, whatever comes first.
  return [
    'run',
    '--repo',
    repository,
    '--data',
    data,
    '--goal',
    'branch-coverage=100',
    '--json',
    '--workers',
    '2',
  ]
}

/** The same on every machine that runs this test. */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1664525 + 1013904223) % 4294967296
    return state / 4294967296
  }
}

describe('a run that is killed', () => {
  let repository: string
  let undisturbed: End
  let before: string

  beforeAll(async () => {
    repository = await plainRepository(MODULES)
    places.push(repository)
    before = await git(repository, 'status', '--porcelain=v2', '--branch')
    const data = await temporary('undisturbed')
    const canopy = new Canopy(command(repository, data))
    await canopy.ended
    expect(canopy.last, canopy.error).toMatchObject({ type: 'run.finished', status: 'reached' })
    undisturbed = await endOf(repository, data)
    await git(repository, 'branch', '--delete', '--force', 'canopy/branch-coverage-100')
  })

  it('does its work when nobody disturbs it', () => {
    expect(undisturbed.commits).toBe(MODULES)
  })

  it(`goes on where it was, ${KILLS} times`, async () => {
    const chance = random(20261122)
    // A run may come to its end between two kills; then another one is disturbed.
    for (let kills = 0; kills < KILLS; ) {
      const data = await temporary('disturbed')
      kills += await disturb(repository, data, { most: KILLS - kills, chance })
      expect(await endOf(repository, data)).toEqual(undisturbed)
      await eventually(async () => (await commandLinesWith(data)).length === 0, {
        what: 'the end of all processes',
      })
      expect(await readdir(join(data, 'runs/1/work/worktrees')).catch(() => [])).toEqual([])
      if (kills < KILLS) await git(repository, 'branch', '--delete', '--force', 'canopy/branch-coverage-100')
    }
  })

  it("leaves the user's checkout, index, stash and other branches as they were", async () => {
    expect(await git(repository, 'status', '--porcelain=v2', '--branch')).toBe(before)
    expect(await git(repository, 'stash', 'list')).toBe('')
    const worktrees = await git(repository, 'worktree', 'list', '--porcelain')
    expect(worktrees.match(/^worktree /gm)).toHaveLength(1)
    const branches = await git(repository, 'for-each-ref', '--format=%(refname:short)')
    expect(branches.split('\n').toSorted()).toEqual(['canopy/branch-coverage-100', 'main'])
  })
})

/** Runs to the end and kills on the way, at most so often; how often it did. */
async function disturb(
  repository: string,
  data: string,
  { most, chance }: { readonly most: number; readonly chance: () => number },
): Promise<number> {
  let canopy = new Canopy(command(repository, data))
  let kills = 0
  const isOver = async () => {
    if ((await canopy.ended) === null || canopy.last.type !== 'run.finished') return false
    expect(canopy.last, canopy.error).toMatchObject({ status: 'reached' })
    return true
  }
  while (kills < most) {
    await new Promise((resolve) => setTimeout(resolve, 200 + 1_800 * chance()))
    if (!canopy.running) {
      if (await isOver()) return kills
      canopy = new Canopy(command(repository, data))
      continue
    }
    const kind = (['main', 'main', 'sandbox', 'nats'] as const)[Math.floor(4 * chance())] ?? 'main'
    if (await kill(canopy, kind)) kills += 1
  }
  if (!canopy.running && !(await isOver())) canopy = new Canopy(command(repository, data))
  await canopy.ended
  expect(canopy.last, canopy.error).toMatchObject({ type: 'run.finished', status: 'reached' })
  return kills
}

async function kill(canopy: Canopy, kind: 'main' | 'sandbox' | 'nats'): Promise<boolean> {
  if (kind === 'main') {
    canopy.child.kill('SIGKILL')
    await canopy.ended
    return true
  }
  const pids = await canopy.below(kind === 'sandbox' ? 'bwrap' : 'nats-server')
  const [pid] = pids
  if (pid === undefined) return false
  try {
    process.kill(pid, 'SIGKILL')
    return true
  } catch {
    // It ended by itself just now.
    return false
  }
}
