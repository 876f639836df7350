// A task that the model it was planned for cannot do: a stronger one does it; or nobody can, and a person is told.

import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { helpless, outdone, SOURCE } from '../adversaries/players.ts'
import { type Fact, tryPlayer } from '../adversaries/trial.ts'

/** Who tries is not up to the gates that take longest. */
const QUICK = { mutation: false, flakiness: false, review: false } as const

function keptIn(facts: Fact[], then: (fact: Fact) => void = () => {}): (fact: Fact) => boolean {
  return (fact) => {
    facts.push(fact)
    then(fact)
    return false
  }
}
const assignees = (facts: readonly Fact[]) =>
  facts.filter(({ type, kind }) => type === 'agent.replied' && kind !== 'plan')

describe('a task that the model it was planned for cannot do', () => {
  it('is done by the stronger one, with the reasons of those before', async () => {
    const facts: Fact[] = []
    const trial = await tryPlayer(outdone, { planner: 'played/strong', gates: QUICK, see: keptIn(facts) })
    expect(trial).toMatchObject({ status: 'reached', merged: 1, attempts: 4, escapes: [] })
    expect(trial.files['src/check-digit.ts']).toBe(SOURCE)
    const [escalated, ...more] = facts.filter(({ type }) => type === 'task.escalated')
    expect(more).toEqual([])
    expect(escalated).toMatchObject({
      attempt: 3,
      by: 'model',
      from: { kind: 'code', model: 'played/model' },
      to: { kind: 'code', role: 'planning', model: 'played/strong' },
      reasons: ['gave_up: I do not know how.'],
    })
    const by = (model: string) => assignees(facts).filter((fact) => fact.by === model)
    expect(new Set(by('played/model').map(({ attempt }) => attempt))).toEqual(new Set([1, 2, 3]))
    expect(new Set(by('played/strong').map(({ attempt }) => attempt))).toEqual(new Set([4]))
    expect(facts.map(({ type }) => type)).not.toContain('task.needs_person')
  })

  it('and nobody else either is for a person, who is told what was tried and where the work is', async () => {
    const facts: Fact[] = []
    let shown = ''
    let held = ''
    const trial = await tryPlayer(helpless, {
      planner: 'played/strong',
      gates: QUICK,
      see: keptIn(facts, ({ type, clone, failures }) => {
        if (type !== 'run.finished') return
        const [failure] = failures as { handover: { commit: string } }[]
        const git = (...args: string[]) =>
          execFileSync('git', ['-C', String(clone), ...args], { encoding: 'utf8' })
        shown = git('show', String(failure?.handover.commit))
        held = git('branch', '--contains', String(failure?.handover.commit))
      }),
    })
    expect(trial).toMatchObject({ status: 'not_reached', merged: 0, escapes: [] })
    // Each plan of the milestone has the task once.
    const notices = facts.filter(({ type }) => type === 'task.needs_person')
    expect(notices.map(({ task }) => task)).toEqual(['p1-check-digit', 'p2-check-digit'])
    const tried = notices[0]?.tried as { attempt: number; assignee: { kind: string; model: string } }[]
    expect(tried.map(({ attempt, assignee: { kind, model } }) => `${attempt} ${kind} ${model}`)).toEqual([
      '1 code played/model',
      '2 code played/model',
      '3 code played/model',
      '4 code played/strong',
      '5 debug played/strong',
    ])
    expect(notices[0]).toMatchObject({ reasons: ['gave_up: I do not know how.'] })
    expect(String(notices[0]?.advice)).toMatch(/it is not merged.*run again/)
    const end = facts.findLast(({ type }) => type === 'run.finished')
    const failures = end?.failures as { task: string; handover: object }[]
    expect(failures.map(({ task }) => task)).toEqual(['p1-check-digit', 'p2-check-digit'])
    expect(failures[0]?.handover).toMatchObject({ tried, commit: notices[0]?.commit })
    expect(shown).toContain('+// TODO: checkDigit')
    expect(held, 'the branches that have it').toBe('')
  })
})
