// Restart: from the throw of an actor to the next message handled by its successor: the crash committed, the parent's
// decision committed, the last good snapshot read back from LevelDB. Beside it the time of two bare LevelDB batches
// and a read, which is what cannot be saved, and Erlang's supervisor (which keeps no state) where it is installed.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { assign, setup, spawnChild } from 'xstate'
import { Node } from '../actors/index.ts'
import { defineActor, type Event } from '../kernel/index.ts'
import { openBareStore, openStore } from '../persistence/index.ts'
import { openMemoryMail } from '../transport/index.ts'
import { median, quantile, round2 } from './parts/figures.ts'

export const title = 'microseconds from a crash to the next message handled; against two batches and a read'

export async function run({ quick }: { readonly quick: boolean }) {
  const crashes = quick ? 200 : 2_000
  const directory = await mkdtemp(join(tmpdir(), 'canopy-bench-'))
  try {
    const bare = await bareSide(crashes, join(directory, 'bare'))
    const times = await crashSide(crashes, join(directory, 'store'))
    const p50 = median(times)
    const erlang = await erlangSide(crashes)
    return {
      crashes,
      p50_us: Math.round(p50),
      p99_us: Math.round(quantile(times, 0.99)),
      bare_p50_us: Math.round(median(bare)),
      ratio: round2(p50 / median(bare)),
      ...erlang,
      ...(erlang.erlang_p50_us !== null && { erlang_ratio: round2(p50 / erlang.erlang_p50_us) }),
    }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

/** The same in Erlang, in a process of its own. */
async function erlangSide(
  crashes: number,
): Promise<{ erlang_p50_us: number | null; erlang_p99_us?: number; erlang?: string }> {
  const script = join(import.meta.dirname, 'parts', 'restart.escript')
  const result = await execa('escript', [script, String(crashes)], { reject: false, timeout: 60_000 })
  if (result.code === 'ENOENT')
    return { erlang_p50_us: null, erlang: 'not run: escript (Erlang/OTP) is not installed' }
  if (result.failed) return { erlang_p50_us: null, erlang: `not run: ${result.shortMessage}` }
  const times = JSON.parse(result.stdout) as number[]
  return {
    erlang_p50_us: Math.round(median(times)),
    erlang_p99_us: Math.round(quantile(times, 0.99)),
  }
}

async function bareSide(rounds: number, directory: string): Promise<number[]> {
  const store = await openBareStore(directory)
  const value = JSON.stringify({ count: 0, text: 'x'.repeat(400) })
  const times: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    const since = performance.now()
    await store.write([['a', value]])
    await store.write([['b', value]])
    await store.read('a')
    times.push((performance.now() - since) * 1000)
  }
  await store.close()
  return times
}

async function crashSide(crashes: number, directory: string): Promise<number[]> {
  let thrownAt = 0
  let handled: () => void = () => {}
  const fragile = setup({
    types: {} as { context: { count: number; text: string }; events: Event },
    guards: {
      boom: () => {
        thrownAt = performance.now()
        throw new Error('boom')
      },
    },
  }).createMachine({
    context: { count: 0, text: 'x'.repeat(400) },
    on: {
      CRASH: { guard: 'boom' },
      TICK: { actions: assign({ count: ({ context }) => context.count + 1 }) },
    },
  })
  const parent = setup({ types: {} as { events: Event }, actors: { fragile } }).createMachine({
    entry: spawnChild('fragile', { id: 'f' }),
  })
  const store = await openStore({ directory })
  const mail = openMemoryMail({ mailboxLimit: 1_000 })
  const started = Promise.withResolvers<void>()
  const node = await Node.start({
    definitions: [
      defineActor({
        kind: 'parent',
        machine: parent,
        children: { fragile: {} },
        strategy: { intensity: 1_000_000, period: 1 },
      }),
      defineActor({ kind: 'fragile', machine: fragile }),
    ],
    root: { kind: 'parent', input: null },
    implementations: {},
    store,
    mail,
    maxDeliveries: 1,
    tell: (fact) => {
      if (fact.type !== 'actor.stepped' || fact.address !== 'parent.f') return
      if (fact.event === 'xstate.init') started.resolve()
      if (fact.event === 'TICK') handled()
    },
  })
  await started.promise
  const times: number[] = []
  for (let n = 0; n < crashes; n += 1) {
    const next = new Promise<void>((done) => {
      handled = done
    })
    const from = (number: number) => ({ address: 'x', birth: '0', number })
    void mail.publish({ id: `c${n}`, to: 'parent.f', from: from(2 * n + 1), event: { type: 'CRASH' } })
    void mail.publish({ id: `t${n}`, to: 'parent.f', from: from(2 * n + 2), event: { type: 'TICK' } })
    await next
    times.push((performance.now() - thrownAt) * 1000)
  }
  await node.stop(0)
  await mail.close()
  await store.close()
  return times
}
