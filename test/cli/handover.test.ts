// What a person is shown of a task that nobody could do: as it happens, in the report, in JSON, in the status.

import pc from 'picocolors'
import { describe, expect, it } from 'vitest'
import type { RunSettings } from '../../app/settings/settings.ts'
import { runStatus } from '../../app/status/run-status.ts'
import { chooseOutput } from '../../cli/progress/output.ts'
import { reportLines } from '../../cli/report.ts'
import type { DevelopmentFact, Handover, RunFact, RunReport } from '../../machines/index.ts'
import { emitted, report } from './run-facts.ts'

const of = { milestone: 'clock', task: 'p1-clock', title: 'A clock' }
const planned = { kind: 'code', role: 'coding', model: 'a/middle' } as const
const stronger = { ...planned, role: 'planning', model: 'a/large' } as const
const handover: Handover = {
  tried: [
    { attempt: 1, assignee: planned, reasons: ['tests: red'] },
    { attempt: 2, assignee: stronger, reasons: ['tests: red'] },
    { attempt: 3, assignee: { ...stronger, kind: 'debug' }, reasons: ['it gave up'] },
  ],
  commit: '0123456789abcdef',
  advice: ['look at the last submitted commit, 0123456789ab: it is not merged', 'put it right and run again'],
}
const given: RunReport = {
  ...report,
  milestones: [{ ...(report.milestones[0] as RunReport['milestones'][number]), milestone: 'clock' }],
  failures: [{ ...of, reasons: ['it gave up'], handover }],
}
const escalated = emitted({
  type: 'task.escalated',
  ...of,
  attempt: 1,
  by: 'model',
  from: planned,
  to: stronger,
  reasons: ['tests: red'],
})
const needsPerson = emitted({ type: 'task.needs_person', ...of, reasons: ['it gave up'], ...handover })

const text = (of: RunReport) =>
  reportLines(
    of,
    { repository: '/r', restarts: 0, seconds: 1, clone: '/data/its own.git' },
    pc.createColors(false),
  )

/** All that a form writes of these facts. */
function written(json: boolean): string {
  const parts: string[] = []
  const screen = { write: (part: string) => parts.push(part) }
  const output = chooseOutput({ screen, env: {}, json, repository: '/r', now: () => 0 })
  for (const fact of [escalated, needsPerson]) output.telemetry(fact)
  output.finish({ kind: 'finished', report: given, clone: '/data/clone.git' })
  return parts.join('')
}

describe('a task that nobody could do', () => {
  it('is told as it happens, in the words of who tries and what to do', () => {
    expect(written(false)).toContain('A clock: escalated to another model: code with a/large')
    expect(written(false)).toContain(
      '! A clock: no agent could do it, a person has to: look at the last submitted commit, 0123456789ab',
    )
  })

  it('stands in the report with who tried, the work and how to look at it', () => {
    const lines = text(given)
    const from = lines.indexOf('For you: no agent could do it')
    expect(lines.slice(from, from + 6)).toEqual([
      'For you: no agent could do it',
      '  A clock (p1-clock): it gave up',
      '    tried     1 code with a/middle, 2 code with a/large, 3 debug with a/large',
      '    next      look at the last submitted commit, 0123456789ab: it is not merged',
      '    next      put it right and run again',
      "    look      git -C '/data/its own.git' show 0123456789abcdef",
    ])
    expect(lines).not.toContain('Given up')
  })

  it('is only given up where its milestone was reached without it', () => {
    const [milestone] = given.milestones
    const reached = { ...milestone, status: 'reached' as const } as RunReport['milestones'][number]
    const lines = text({ ...given, milestones: [...given.milestones, reached] })
    expect(lines).toContain('Given up')
    expect(lines.join('\n')).not.toContain('For you')
  })

  it('is in the JSON, with the repository that has the work', () => {
    const lines = written(true).trim().split('\n')
    const all = lines.map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(all[0]).toMatchObject({ type: 'task.escalated', by: 'model', to: stronger })
    expect(all[1]).toMatchObject({ type: 'task.needs_person', ...handover })
    expect(all.at(-1)).toMatchObject({
      type: 'run.finished',
      clone: '/data/clone.git',
      failures: [{ task: 'p1-clock', handover }],
    })
  })

  it('is in the status until its milestone is reached', () => {
    const status = runStatus({ repository: '/r', workers: 1 } as RunSettings, () => ({
      restarts: 0,
      seconds: 0,
    }))
    const now = () => status.now([]).forPerson
    expect(now()).toBeUndefined()
    status.take(needsPerson)
    expect(now()).toEqual(['A clock (clock/p1-clock)'])
    const [milestone] = given.milestones
    const finished = (of: 'reached' | 'not_reached'): RunFact =>
      emitted({ type: 'milestone.finished', report: { ...milestone, status: of } } as DevelopmentFact)
    status.take(finished('not_reached'))
    expect(now()).toHaveLength(1)
    status.take(finished('reached'))
    expect(now()).toBeUndefined()
  })
})
