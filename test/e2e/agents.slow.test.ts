// A goal in words, the whole way: a model that does the work, played by a server that speaks a vendor's protocol, over
// the vendor's own SDK; planner, agent, tools, gates, merge queue and acceptance are the real ones.

import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { players, SOURCE, TESTS } from '../adversaries/players.ts'
import { tryPlayer } from '../adversaries/trial.ts'

describe('a goal in words', () => {
  it('is reached, killed at three replies, in the same conversation, each edit once', async () => {
    const kills = [2, 4, 6]
    let replies = 0
    const rules = new Set<string>()
    const folder = await mkdtemp(join(tmpdir(), 'canopy-hooked-'))
    const keep = { run: `cat >> '${join(folder, 'told')}'` }
    const trial = await tryPlayer(players.solver ?? (() => () => ({ text: '' })), {
      // Each is a run of all tests; how many there are is the user's word.
      gates: { mutation: { mutants: 3 } },
      hooks: { 'before-merge': keep, 'after-merge': keep, 'on-failure': keep },
      see: ({ type, kind, paths }) => {
        if (type === 'agent.rules_read') rules.add(`${kind}: ${paths}`)
        if (type !== 'agent.replied' || kind === 'plan' || kind === 'review') return false
        replies += 1
        return kills.includes(replies)
      },
    })
    expect(trial).toMatchObject({ status: 'reached', merged: 1, attempts: 1, escapes: [] })
    expect(trial.files['src/check-digit.ts']).toBe(SOURCE)
    expect(trial.files['test/check-digit.test.ts']).toBe(TESTS)
    expect(trial.files['src/index.ts']?.match(/check-digit/g)).toHaveLength(1)
    const told = (await readFile(join(folder, 'told'), 'utf8')).trim().split('\n')
    const hooks = told.map((line) => JSON.parse(line) as { hook: string; commit: string; repository: string })
    expect(hooks.map(({ hook }) => hook)).toEqual(['before-merge', 'after-merge'])
    expect(hooks[0]?.commit).toMatch(/^[0-9a-f]{40}$/)
    await rm(folder, { recursive: true })
    // Those who review get none.
    expect([...rules].toSorted()).toEqual(['code: AGENTS.md', 'plan: AGENTS.md'])
    // One to plan, six to work and four to review; who was killed while it asked asks once more.
    expect(trial.requests).toBeGreaterThanOrEqual(11)
    expect(trial.requests).toBeLessThanOrEqual(11 + kills.length)
  })
})
