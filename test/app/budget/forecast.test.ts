// What planned tasks will probably take is said when they are planned, and how far off that was at the end, however often
// the process was killed in between; and what a run took is known to the next one.

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { type Forecast, openForecast } from '../../../app/budget/forecast.ts'
import { readHistory } from '../../../app/budget/history.ts'
import type { DevelopmentFact, RunFact, TaskCost, TaskKind } from '../../../machines/index.ts'
import { openMemoryStore, type Store } from '../../../persistence/index.ts'
import { emitted, report } from '../../cli/run-facts.ts'
import { stopServers, temporaryFolder } from '../../transport/nats.ts'

afterAll(stopServers)

const price = { input: 2, output: 10, cacheRead: 0.2, cacheWrite: 2.5, asOf: '2026-11-22' }
const roundOf = (...tasks: (readonly [id: string, kind: TaskKind])[]): RunFact[] => [
  emitted({ type: 'milestone.planned', milestone: 'm1', round: 1, tasks: tasks.length }),
  ...tasks.map(([task, kind]) =>
    emitted({ type: 'task.planned', milestone: 'm1', task, title: task, kind, round: 1 }),
  ),
]
const settled = (task: string, tokens: number, microdollars = tokens): RunFact =>
  emitted({ type: 'budget.settled', id: 'x#1', milestone: 'm1', task, tokens, microdollars, reserved: true })
const finished = emitted({ type: 'run.finished', report } as DevelopmentFact)

/** Runs of one data directory; each process begins where the one before it closed. */
async function place(history: readonly TaskCost[] = []) {
  const dataDirectory = await temporaryFolder()
  const said: string[] = []
  const errors: unknown[] = []
  if (history.length > 0) await writeFile(join(dataDirectory, 'costs.json'), JSON.stringify(history))
  const open = (store: Pick<Store, 'readMeta' | 'writeMeta'>): Promise<Forecast> =>
    openForecast({
      store,
      dataDirectory,
      price,
      say: (sentence) => said.push(sentence),
      onError: (error) => errors.push(error),
    })
  return { dataDirectory, said, errors, open }
}
function take(forecast: Forecast, ...facts: readonly RunFact[]): void {
  for (const fact of facts) forecast.take(fact)
}
const earlier = (tokens: number): TaskCost => ({ kind: 'code', size: 0, tokens, microdollars: 2 * tokens })
const known = [80_000, 100_000, 100_000, 110_000, 120_000].map(earlier)

describe('a forecast', () => {
  it('is said once all of a round are planned, and is a rough guess where nothing has run yet', async () => {
    const { said, open } = await place()
    await using store = disposable(await openMemoryStore())
    const forecast = await open(store)
    const facts = roundOf(['a', 'code'], ['b', 'test'])
    take(forecast, ...facts.slice(0, -1))
    expect(said).toEqual([])
    take(forecast, ...facts.slice(-1))
    expect(said).toEqual([
      expect.stringMatching(/^estimated: 2 tasks: about .* tokens .* usd .*: a rough guess/),
    ])
  })

  it('says nothing of planning itself, and counts it for nothing', async () => {
    const { said, open } = await place(known)
    await using store = disposable(await openMemoryStore())
    const forecast = await open(store)
    take(forecast, ...roundOf(['plan-1', 'plan']), settled('plan-1', 900_000))
    expect(said).toEqual([])
    take(forecast, ...roundOf(['a', 'code']), settled('a', 100_000, 200_000), finished)
    expect(said).toEqual([
      expect.stringMatching(/^estimated: 1 task: .*: from 5 earlier tasks$/),
      expect.stringMatching(/^taken: 100k tokens: .*within the interval$/),
      expect.stringMatching(/^taken: 0\.20 usd: .*within the interval$/),
    ])
  })

  it('says how far off it was, also when the run was killed on the way and planned anew', async () => {
    const { said, open } = await place(known)
    await using store = disposable(await openMemoryStore())
    const first = await open(store)
    take(first, ...roundOf(['a', 'code']), settled('a', 300_000, 600_000))
    await first.close()
    const second = await open(store)
    take(second, ...roundOf(['b', 'code']), settled('b', 700_000, 1_400_000), finished)
    const [, , tokens, money] = said
    expect(tokens).toMatch(/^taken: 1\.0M tokens: \d+% more than estimated, outside the interval$/)
    expect(money).toMatch(/^taken: 2\.00 usd: \d+% more than estimated, outside the interval$/)
    expect(Number(/(\d+)%/.exec(tokens ?? '')?.[1])).toBeGreaterThan(200)
  })

  it('is better the next time: what a run took is kept when it is over, and not before', async () => {
    const { dataDirectory, said, open } = await place()
    await using store = disposable(await openMemoryStore())
    const tasks = ['a', 'b', 'c', 'd', 'e'].map((id) => [id, 'code'] as const)
    const first = await open(store)
    take(first, ...roundOf(...tasks), ...tasks.map(([id]) => settled(id, 50_000)))
    await first.close()
    expect(await readHistory(dataDirectory)).toEqual([])
    const second = await open(store)
    take(second, finished)
    await second.close()
    expect(await readHistory(dataDirectory)).toHaveLength(5)
    await using next = disposable(await openMemoryStore())
    take(await open(next), ...roundOf(['z', 'code']))
    expect(said.at(-1)).toMatch(/^estimated: 1 task: about \d+k tokens .*: from 5 earlier tasks$/)
  })

  it('stops no run: what is broken in the store is none, what cannot be kept is told', async () => {
    const { errors, said, open } = await place(known)
    const broken = {
      readMeta: async () => ({ costs: 'many' }),
      writeMeta: async () => {
        throw new Error('the disk is full')
      },
    }
    const forecast = await open(broken)
    take(forecast, ...roundOf(['a', 'code']))
    await forecast.close()
    expect(said).toHaveLength(1)
    expect(errors).toEqual([new Error('the disk is full')])
  })
})

function disposable(store: Store): Store & AsyncDisposable {
  return Object.assign(store, { [Symbol.asyncDispose]: () => store.close() })
}
