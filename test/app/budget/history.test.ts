import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { errorTexts, estimateText } from '../../../app/budget/estimate-text.ts'
import { addHistory, type Costs, readHistory, withFact } from '../../../app/budget/history.ts'
import type { DevelopmentFact, RunFact } from '../../../machines/index.ts'
import { stopServers, temporaryFolder } from '../../transport/nats.ts'

afterAll(stopServers)

const told = (...events: DevelopmentFact[]): Costs =>
  events
    .map((event): RunFact => ({ type: 'emitted', address: 'a', event: { ...event } }))
    .reduce(withFact, {})

const planned = (task: string, gap?: number): DevelopmentFact => ({
  type: 'task.planned',
  milestone: 'm1',
  task,
  module: 'src/a.ts',
  ...(gap !== undefined && { gap }),
  round: 1,
})
const settled = (task: string | null, tokens: number): DevelopmentFact => ({
  type: 'budget.settled',
  id: 'x#1',
  milestone: task === null ? null : 'm1',
  task,
  tokens,
  microdollars: 2 * tokens,
  reserved: true,
})

it('what tasks took is summed over their calls and kept for later runs', async () => {
  const data = await temporaryFolder()
  expect(await readHistory(data)).toEqual([])
  const costs = told(
    planned('a', 40),
    planned('b'),
    planned('c', 3),
    settled('a', 10),
    settled('a', 5),
    settled('b', 7),
    settled(null, 9),
  )
  await addHistory(data, costs)
  await addHistory(data, told(settled('d', 1)))
  expect(await readHistory(data)).toEqual([
    { kind: 'coverage', size: 40, tokens: 15, microdollars: 30 },
    { kind: 'change', size: 0, tokens: 7, microdollars: 14 },
    { kind: 'change', size: 0, tokens: 1, microdollars: 2 },
  ])
})

it('a history that is broken is none, and is written anew', async () => {
  const data = await temporaryFolder()
  await writeFile(join(data, 'costs.json'), '[{"kind":')
  expect(await readHistory(data)).toEqual([])
  await addHistory(data, told(settled('d', 1)))
  expect(await readHistory(data)).toHaveLength(1)
})

it.each([
  ['null', null],
  ['a number', 3],
  ['without tokens', { kind: 'change', size: 1, microdollars: 2 }],
  ['with negative tokens', { kind: 'change', size: 1, tokens: -1, microdollars: 2 }],
  ['of a later version', { kind: 'change', size: 'large', tokens: 5, microdollars: 2 }],
])('one bad row (%s) costs none of the others, and goes with the next write', async (_, bad) => {
  const data = await temporaryFolder()
  const row = (tokens: number) => ({ kind: 'change', size: 0, tokens, microdollars: 2 * tokens })
  await writeFile(join(data, 'costs.json'), JSON.stringify([row(5), bad, row(7)]))
  expect(await readHistory(data)).toEqual([row(5), row(7)])
  await addHistory(data, told(settled('d', 1)))
  expect(await readHistory(data)).toEqual([row(5), row(7), row(1)])
  expect(JSON.parse(await readFile(join(data, 'costs.json'), 'utf8'))).toHaveLength(3)
})

it.each(['{}', '"costs"', 'null', '3'])('a history that is no list (%s) is none', async (text) => {
  const data = await temporaryFolder()
  await writeFile(join(data, 'costs.json'), text)
  expect(await readHistory(data)).toEqual([])
})

it('only the newest are kept', async () => {
  const data = await temporaryFolder()
  const events = Array.from({ length: 510 }, (_, at) => settled(`t${at}`, at + 1))
  await addHistory(data, told(...events))
  const kept = await readHistory(data)
  expect([kept.length, kept[0]?.tokens]).toEqual([500, 11])
})

it('an estimate and its error are written for people', () => {
  const tokens = { low: 400_000, likely: 1_200_000, high: 3_100_000 }
  const microdollars = { low: 1_100_000, likely: 3_400_000, high: 9_800_000 }
  const estimate = { tasks: 23, tokens, microdollars, from: 12 }
  expect(estimateText(estimate)).toBe(
    '23 tasks: about 1.2M tokens (400k to 3.1M), 3.40 usd (1.10 to 9.80): from 12 earlier tasks',
  )
  expect(estimateText({ ...estimate, from: 0, microdollars: { low: 0, likely: 0, high: 0 } })).toBe(
    '23 tasks: about 1.2M tokens (400k to 3.1M): a rough guess, no similar task has run here yet',
  )
  expect(errorTexts(estimate, { tokens: 1_404_000, microdollars: 13_600_000 })).toEqual([
    '1.4M tokens: 17% more than estimated, within the interval',
    '13.60 usd: 300% more than estimated, outside the interval',
  ])
})
