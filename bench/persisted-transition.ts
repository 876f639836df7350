// Persisted transition: transitions a second of 50 actors, each in LevelDB before anything comes of it, with 64 in
// flight; against a bare XState actor's `send`, its persisted snapshot as JSON and a LevelDB batch for each 64.
// No server on either side: mail is in memory.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createActor } from 'xstate'
import { Node } from '../actors/index.ts'
import { openBareStore, openStore } from '../persistence/index.ts'
import { openMemoryMail } from '../transport/index.ts'
import { ACTORS, counter, counters, tick } from './parts/counters.ts'
import { median, round2 } from './parts/figures.ts'
import { type Turn, turn } from './parts/turn.ts'

export const title =
  'persisted transitions per second, 50 actors, 64 in flight; against send + stringify + batch'

const IN_FLIGHT = 64

export async function run({ quick }: { readonly quick: boolean }) {
  const steps = quick ? 5_000 : 40_000
  const rounds = quick ? 1 : 5
  const directory = await mkdtemp(join(tmpdir(), 'canopy-bench-'))
  const bare: Turn[] = []
  const durable: Turn[] = []
  try {
    // The first round warms up.
    for (let round = 0; round <= rounds; round += 1) {
      const one = await bareRound(steps, join(directory, `bare-${round}`))
      const other = await durableRound(steps, join(directory, `durable-${round}`))
      if (round === 0) continue
      bare.push(one)
      durable.push(other)
    }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
  const us = (turns: readonly Turn[]): number => median(turns.map((each) => each.us))
  const cpu = (turns: readonly Turn[]): number => median(turns.map((each) => each.cpuUs))
  return {
    steps,
    actors: ACTORS,
    in_flight: IN_FLIGHT,
    rounds,
    bare_per_s: Math.round(1e6 / us(bare)),
    durable_per_s: Math.round(1e6 / us(durable)),
    bare_cpu_us: round2(cpu(bare)),
    durable_cpu_us: round2(cpu(durable)),
    ratio: round2(us(bare) / us(durable)),
    cpu_ratio: round2(cpu(bare) / cpu(durable)),
  }
}

async function bareRound(steps: number, directory: string): Promise<Turn> {
  const store = await openBareStore(directory)
  const actors = Array.from({ length: ACTORS }, () => createActor(counter).start())
  const took = await turn(steps, async () => {
    for (let from = 0; from < steps; from += IN_FLIGHT) {
      const rows: [string, string][] = []
      for (let n = from; n < Math.min(steps, from + IN_FLIGHT); n += 1) {
        const actor = actors[n % ACTORS]
        actor?.send({ type: 'TICK' })
        rows.push([`c${n % ACTORS}`, JSON.stringify(actor?.getPersistedSnapshot())])
      }
      await store.write(rows)
    }
  })
  await store.close()
  return took
}

async function durableRound(steps: number, directory: string): Promise<Turn> {
  const store = await openStore({ directory })
  const mail = openMemoryMail({ mailboxLimit: steps })
  let sent = 0
  let left = steps
  const ready = Promise.withResolvers<void>()
  const done = Promise.withResolvers<void>()
  let started = 0
  const send = (): void => {
    const n = sent++
    if (n < steps) void mail.publish(tick(n))
  }
  const node = await Node.start({
    ...counters,
    implementations: {},
    store,
    mail,
    tell: (fact) => {
      if (fact.type !== 'actor.stepped') return
      if (fact.event === 'TICK') {
        left -= 1
        send()
        if (left === 0) done.resolve()
      } else if (++started === ACTORS + 1) ready.resolve()
    },
  })
  await ready.promise
  const took = await turn(steps, () => {
    for (let n = 0; n < IN_FLIGHT; n += 1) send()
    return done.promise
  })
  await node.stop(0)
  await mail.close()
  await store.close()
  return took
}
