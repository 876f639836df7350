// A goal in words whose first implementation has a fault that no test sees: the whole way to its repair, through the real
// system, killed in the middle of the review and of a verification.

import { resolve } from 'node:path'
import { execa } from 'execa'
import { describe, expect, it } from 'vitest'
import { careless, FALSE_FINDING, SMALL_FINDING, TRUE_FINDING } from '../adversaries/careless.ts'
import type { Job } from '../adversaries/job.ts'
import { SOURCE } from '../adversaries/players.ts'
import { type Fact, tryPlayer } from '../adversaries/trial.ts'

const main = resolve(import.meta.dirname, '../../cli/main.ts')

async function canopyReview({ repository, data }: Job, ...options: string[]): Promise<string> {
  const args = [main, 'review', '--repo', repository, '--data', data, ...options]
  return (await execa(process.execPath, args)).stdout
}

/** A place in the story. */
const KILLS = [
  ['review', 3],
  ['verify', 2],
] as const

describe('a review', () => {
  it('finds what tests do not see, has it repaired, and has nobody repair what is not true', async () => {
    const facts: Fact[] = []
    const replies = new Map<unknown, number>()
    let kills = 0
    let sarif = ''
    let text = ''
    const trial = await tryPlayer(careless, {
      // What these look for is not what this is about.
      gates: { mutation: false, flakiness: false, review: { required: true } },
      see(fact) {
        facts.push(fact)
        if (fact.type !== 'agent.replied') return false
        const count = (replies.get(fact.kind) ?? 0) + 1
        replies.set(fact.kind, count)
        const isHere = KILLS.some(([kind, at]) => kind === fact.kind && at === count)
        if (isHere) kills += 1
        return isHere
      },
      async after(job) {
        sarif = await canopyReview(job, '--sarif', '-')
        text = await canopyReview(job)
      },
    })
    expect(trial).toMatchObject({ status: 'reached', merged: 2, escapes: [] })
    expect(kills).toBe(KILLS.length)
    expect(trial.files['src/check-digit.ts']).toBe(SOURCE)
    expect(trial.files['test/check-digit.test.ts']).toContain('1\\nx')

    const planned = facts.filter(({ type }) => type === 'task.planned')
    expect(planned.map(({ task, kind }) => `${task} ${kind}`)).toEqual([
      'plan-1 plan',
      'p1-check-digit code',
      'review-1 review',
      'repair-1-1 debug',
      'review-2 review',
    ])
    const end = facts.findLast(({ type }) => type === 'run.finished')
    const [milestone] = (end?.milestones ?? []) as { review?: { findings: Record<string, unknown>[] } }[]
    const became = milestone?.review?.findings.map(({ title, verdict, severity, file }) => [
      title,
      verdict,
      severity,
      file,
    ])
    expect(new Set(became)).toEqual(
      new Set([
        [TRUE_FINDING, 'repaired', 'error', 'src/check-digit.ts'],
        [SMALL_FINDING, 'confirmed', 'note', 'src/check-digit.ts'],
        [FALSE_FINDING, 'refuted', 'error', 'src/money.ts'],
      ]),
    )
    // One to plan, six to work and six to repair; two reviews of four times three, five looks of one or two each, twice.
    expect(trial.requests).toBeGreaterThanOrEqual(47)
    // Whoever was asking when it was killed asks once more.
    expect(trial.requests).toBeLessThanOrEqual(47 + 4 * kills)

    const { runs } = JSON.parse(sarif) as {
      runs: { results: { level: string; message: { text: string } }[] }[]
    }
    expect(runs[0]?.results).toMatchObject([{ level: 'note', ruleId: 'maintainability' }])
    expect(runs[0]?.results[0]?.message.text).toContain(SMALL_FINDING)
    expect(text).toMatch(/repaired +error +src\/check-digit.ts:5/)
  })
})
