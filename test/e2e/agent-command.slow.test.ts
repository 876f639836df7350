// A goal in words whose work is done by an agent command: a process that works in the worktree by itself.

import { describe, expect, it } from 'vitest'
import { players, SOURCE, TESTS } from '../adversaries/players.ts'
import { type Fact, tryPlayer } from '../adversaries/trial.ts'

describe('an agent command', () => {
  it('does a task that is merged by the same gates', async () => {
    const facts: Fact[] = []
    const trial = await tryPlayer(players.solver ?? (() => () => ({ text: '' })), {
      command: { protocol: 'command' },
      gates: { mutation: { mutants: 3 } },
      see: (fact) => {
        facts.push(fact)
        return false
      },
    })
    expect(trial).toMatchObject({ status: 'reached', merged: 1, attempts: 1, escapes: [] })
    expect(trial.files['src/check-digit.ts']).toBe(SOURCE)
    expect(trial.files['test/check-digit.test.ts']).toBe(TESTS)
    const ended = facts.filter(({ type }) => type === 'agent.command_ended')
    expect(ended).toMatchObject([{ by: 'played', kind: 'code', cost: 'by_time' }])
  })
})
