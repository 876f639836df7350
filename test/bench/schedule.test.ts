// What the benchmark of the schedule compares with: the graph and the best list schedule, worked out by hand here.

import { expect, it } from 'vitest'
import { drawJobs, type Job, listSchedule, lowerBound } from '../../bench/parts/schedule/jobs.ts'
import { checkGraph } from '../../machines/index.ts'

const latencies = { around: 1, step: 1, judging: 2 }
const job = (id: string, size: number, ...needs: string[]): Job => ({ id, size, needs })

it('draws the same jobs from the same seed, others from another, and no cycle', () => {
  expect(drawJobs(50, 3)).toEqual(drawJobs(50, 3))
  expect(drawJobs(50, 3)).not.toEqual(drawJobs(50, 4))
  expect(checkGraph(drawJobs(100, 7), 'job')).toEqual([])
  expect(drawJobs(100, 7).filter(({ needs }) => needs.length > 1).length).toBeGreaterThan(20)
})

it.each<[string, readonly Job[], number, number, number]>([
  ['one job: its work and its judging', [job('a', 3)], 1, 6, 6],
  ['a chain: what needs another waits until it is judged', [job('a', 1), job('b', 1, 'a')], 2, 8, 8],
  ['one worker is busy while another job is judged', [job('a', 3), job('b', 3)], 1, 10, 8],
  [
    'the longest chain first: c alone is longer than b, but not with what waits for b',
    [job('b', 1), job('c', 3), job('d', 3, 'b')],
    1,
    12,
    10,
  ],
])('%s', (_what, jobs, workers, best, bound) => {
  expect(listSchedule(jobs, workers, latencies)).toBe(best)
  expect(lowerBound(jobs, workers, latencies)).toBe(bound)
})

it('is never shorter than can be', () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const jobs = drawJobs(60, seed)
    const best = listSchedule(jobs, 7, latencies)
    expect(best).toBeGreaterThanOrEqual(lowerBound(jobs, 7, latencies))
  }
})
