import { describe, expect, it } from 'vitest'
import {
  budgetEventSchema,
  type Milestone,
  policySchema,
  type RunReport,
  runReportSchema,
  supervisorActor,
  systemActor,
} from '../../machines/index.ts'
import { count, measurement, milestone, modelsInUse, site, survey } from './samples.ts'
import { Script, type Told } from './script.ts'

const run = (roadmap: Milestone[]) => ({
  address: 'system.supervisor',
  pool: 'system.pool',
  budgetAt: 'system.budget',
  models: null,
  repository: '/repository',
  roadmap,
  workers: 2,
  policy: policySchema.parse({}),
})
const script = (...roadmap: Milestone[]) => new Script(supervisorActor.machine, run(roadmap))

const done = (id: string, output: unknown): Told => ({ type: `xstate.done.actor.${id}`, output })
const broke = (id: string, error: object = { message: 'disk full' }): Told => ({
  type: `xstate.error.actor.${id}`,
  error,
})
const surveyed = done('survey', { kind: 'surveyed', survey: survey({ 'src/a.ts': 2 }) })
const opened = (id = 'm1'): Told => done('open', { branch: `canopy/${id}`, base: 'c0' })
const measured = (covered: number): Told => done('measure', measurement({ 'src/a.ts': covered }))
const closed = done('close', { deliveries: [] })
const claims = (id: string, commits: string[], more: object = {}): Told =>
  done(`orchestrator:${id}`, {
    milestone: id.replace(/:.*/, ''),
    claimed: true,
    tasks: { done: commits.length, failed: 0, nothing: 0 },
    commits,
    branches: { before: count(0, 10), after: count(0, 10) },
    failures: [],
    reasons: [],
    ...more,
  })
const reportOf = (told: Script): RunReport => runReportSchema.parse(told.output)
const begun = (told: Script) => told.started.filter(([, src]) => src === 'orchestrator')
const statuses = (told: Script) => reportOf(told).milestones.map((each) => [each.milestone, each.status])

describe('a milestone told in words', () => {
  const wanted = (accept: string[]) =>
    milestone('m1', 0, { goal: { outcome: 'It prints the time.', accept } })
  const accepted = (...findings: string[]) => done('accept', { findings })
  const once = { ...run([]), policy: policySchema.parse({ tries: 1 }) }
  const begin = (accept: string[]) =>
    new Script(supervisorActor.machine, { ...once, roadmap: [wanted(accept)] }).tell(surveyed, opened())
  const worked = (accept: string[]) => begin(accept).tell(claims('m1', ['c1']), measured(7))

  it('is reached when what was planned is merged and the result is accepted', () => {
    const told = worked(['node time.ts'])
    expect(told.started.at(-1)).toMatchObject(['accept', 'accept', { commands: ['node time.ts'] }])
    const [report] = reportOf(told.tell(accepted(), closed)).milestones
    expect(report).toMatchObject({ status: 'reached', goal: null, branches: { after: count(7, 10) } })
  })

  it('is not reached when it is not accepted, and says why', () => {
    const { milestones, reasons } = reportOf(worked(['node time.ts']).tell(accepted('no time'), closed))
    expect(milestones[0]).toMatchObject({ status: 'not_reached', claimed: true, reasons: ['no time'] })
    expect(reasons).toEqual(['m1: no time'])
  })

  it('is accepted also when nothing was merged: a claim that nothing is needed counts for nothing', () => {
    const idle = begin(['node time.ts']).tell(claims('m1', []))
    expect(idle.started.at(-1)).toMatchObject(['accept', 'accept', { commands: ['node time.ts'] }])
    const { milestones } = reportOf(idle.tell(accepted('no time'), closed))
    expect(milestones[0]).toMatchObject({ status: 'not_reached', claimed: true, reasons: ['no time'] })
    const there = begin(['node time.ts']).tell(claims('m1', []), accepted(), closed)
    expect(statuses(there)).toEqual([['m1', 'reached']])
  })

  it('is reached by what was merged alone when nobody said how to accept it', () => {
    expect(statuses(worked([]).tell(closed))).toEqual([['m1', 'reached']])
  })

  it('is not reached by claims', () => {
    const unclaimed = claims('m1', ['c1'], { claimed: false, reasons: ['a task failed'] })
    const told = begin(['node time.ts']).tell(unclaimed, measured(7), closed)
    expect(reportOf(told).milestones[0]).toMatchObject({ status: 'not_reached', reasons: ['a task failed'] })
  })
})

describe('what a run tells its budget', () => {
  const timed = (ms: number, { output, ...event }: Told): Told => {
    return { ...event, output: { ...(output as object), ms } }
  }
  const told = (...events: Told[]) => {
    const wanted = milestone('m1', 0, { goal: { outcome: 'It prints the time.', accept: ['node time.ts'] } })
    const input = { ...run([wanted]), policy: policySchema.parse({ tries: 1 }), budgetAt: 'budget' }
    return new Script(supervisorActor.machine, input).tell(...events)
  }
  const accepted = done('accept', { findings: [] })

  it('is the time that measuring and accepting take, and that a milestone is over, last', () => {
    const story = told(timed(1_000, surveyed), opened(), claims('m1', ['c1']), timed(2_000, measured(7)))
    story.tell(timed(3_000, accepted), closed)
    const mail = story.mail.filter(([to]) => to === 'budget').map(([, event]) => event)
    const spend = (number: number, account: object | null) => {
      return { type: 'SPEND', id: `system.supervisor#${number}`, account, computeSeconds: number }
    }
    const of = { milestone: 'm1' }
    expect(mail).toEqual([spend(1, null), spend(2, of), spend(3, of), { type: 'CLOSED', ...of }])
    for (const event of mail) budgetEventSchema.parse(event)
    // What is measured is kept without it.
    expect(story.snapshot.context.measurement).not.toHaveProperty('ms')
  })

  it('names its address and the models to who works on the milestone', () => {
    const models = modelsInUse
    const input = { ...run([milestone('m1', 60)]), budgetAt: 'budget', models }
    const story = new Script(supervisorActor.machine, input).tell(surveyed, opened())
    expect(begun(story)[0]?.[2]).toMatchObject({ budget: 'budget', models })
  })
})

describe('supervisor', () => {
  it('surveys, opens a line, has it worked on, measures for itself, closes and reports', () => {
    const told = script(milestone('m1', 60)).tell(surveyed, opened())
    expect(begun(told)).toHaveLength(1)
    expect(begun(told)[0]?.[2]).toMatchObject({
      address: 'system.supervisor.orchestrator:m1',
      pool: 'system.pool',
      site,
      line: { milestone: 'm1', branch: 'canopy/m1', base: 'c0' },
      sources: ['src/a.ts'],
      measurement: measurement({ 'src/a.ts': 2 }),
      begun: 1,
      paused: false,
    })
    told.tell(claims('m1', ['c1', 'c2']), measured(7), closed)
    expect(told.started.map(([, src]) => src)).toEqual(['survey', 'open', 'orchestrator', 'measure', 'close'])
    expect(reportOf(told)).toEqual({
      status: 'reached',
      reasons: [],
      branch: 'canopy/m1',
      milestones: [
        {
          milestone: 'm1',
          name: 'm1',
          status: 'reached',
          claimed: true,
          goal: 60,
          branch: 'canopy/m1',
          branches: { before: count(2, 10), after: count(7, 10) },
          tasks: { done: 2, failed: 0, nothing: 0 },
          commits: ['c1', 'c2'],
          reasons: [],
        },
      ],
      tasks: { done: 2, failed: 0, nothing: 0 },
      commits: ['c1', 'c2'],
      coverage: {
        branches: { before: count(2, 10), after: count(7, 10) },
        statements: { before: count(2, 10), after: count(7, 10) },
        modules: [{ path: 'src/a.ts', before: count(2, 10), after: count(7, 10) }],
      },
      deliveries: [],
      failures: [],
    })
    const facts = ['run.surveyed', 'milestone.started', 'milestone.finished', 'run.finished']
    expect(told.facts.map(({ type }) => type)).toEqual(facts)
  })

  it('does not believe an orchestrator, and begins again after a gain as often as it may', () => {
    const told = script(milestone('m1', 60)).tell(surveyed, opened(), claims('m1', ['c1']), measured(4))
    told.tell(opened(), claims('m1:2', ['c2']), measured(5), closed)
    expect(begun(told).map(([id, , input]) => [id, input.begun])).toEqual([
      ['orchestrator:m1', 1],
      ['orchestrator:m1:2', 2],
    ])
    const report = reportOf(told)
    expect(report.status).toBe('not_reached')
    expect(report.milestones.map(({ claimed, status }) => [claimed, status])).toEqual([
      [true, 'not_reached'],
      [true, 'not_reached'],
    ])
    expect(report.commits).toEqual(['c1', 'c2'])
  })

  it('ends when nothing was gained, without measuring what nothing was merged to', () => {
    const told = script(milestone('m1', 60)).tell(surveyed, opened())
    const failures = [{ milestone: 'm1', task: 't', module: 'src/a.ts', reasons: ['why'] }]
    told.tell(claims('m1', [], { claimed: false, reasons: ['nothing is left to try'], failures }), closed)
    expect(told.started.map(([, src]) => src)).not.toContain('measure')
    expect(reportOf(told)).toMatchObject({
      status: 'not_reached',
      reasons: ['m1: nothing is left to try'],
      failures,
    })
  })

  it('works in the order of needs and lets each milestone grow from the line before', () => {
    const told = script(milestone('m2', 90, { needs: ['m1'], priority: 1 }), milestone('m1', 60)).tell(
      surveyed,
    )
    told.tell(opened('m1'), claims('m1', ['c1']), measured(7))
    expect(told.started.filter(([, src]) => src === 'open').map(([, , input]) => input.from)).toEqual([
      null,
      'canopy/m1',
    ])
    told.tell(opened('m2'), claims('m2', ['c2']), measured(9), closed)
    expect(statuses(told)).toEqual([
      ['m1', 'reached'],
      ['m2', 'reached'],
    ])
    expect(reportOf(told).branch).toBe('canopy/m2')
    expect(told.started.at(-1)?.[2].lines).toHaveLength(2)
  })

  it('ticks off what is reached already', () => {
    const told = script(milestone('m1', 20)).tell(surveyed, closed)
    expect(reportOf(told)).toMatchObject({ status: 'reached', branch: null, commits: [] })
    expect(begun(told)).toEqual([])
  })

  it('skips what needs a milestone that was not reached', () => {
    const told = script(milestone('m1', 60), milestone('m2', 90, { needs: ['m1'] }), milestone('m3', 30))
    told.tell(
      surveyed,
      opened('m1'),
      claims('m1', []),
      opened('m3'),
      claims('m3', ['c1']),
      measured(4),
      closed,
    )
    expect(statuses(told)).toEqual([
      ['m1', 'not_reached'],
      ['m2', 'skipped'],
      ['m3', 'reached'],
    ])
    expect(reportOf(told).reasons).toContain('m2: it needs "m1", which was not reached')
  })

  it.each<[string, Told, string]>([
    [
      'refuses',
      done('survey', { kind: 'refused', reason: 'the baseline tests fail' }),
      'the baseline tests fail',
    ],
    ['breaks', broke('survey'), 'the repository could not be surveyed: disk full'],
  ])('touches nothing when the survey %s', (_, event, reason) => {
    const told = script(milestone('m1', 60)).tell(event)
    expect(reportOf(told)).toMatchObject({
      status: 'refused',
      reasons: [reason],
      coverage: null,
      branch: null,
    })
    expect(told.started.map(([, src]) => src)).toEqual(['survey'])
  })

  it('refuses a roadmap that cannot be worked through before it looks at anything', () => {
    const told = script(milestone('m1', 60, { needs: ['m2'] }), milestone('m2', 60, { needs: ['m1'] }))
    expect(reportOf(told).status).toBe('refused')
    expect(reportOf(told).reasons.join()).toContain('m1 -> m2 -> m1')
    expect(told.started).toEqual([])
  })

  it('goes on to the next when a line cannot be opened', () => {
    const told = script(milestone('m1', 60), milestone('m2', 50)).tell(surveyed, broke('open'))
    told.tell(opened('m2'), claims('m2', ['c1']), measured(5), closed)
    expect(reportOf(told).milestones[0]?.reasons).toEqual(['no branch to work on: disk full'])
    expect(statuses(told)).toEqual([
      ['m1', 'not_reached'],
      ['m2', 'reached'],
    ])
  })

  it('measures what a lost orchestrator left', () => {
    const told = script(milestone('m1', 60)).tell(
      surveyed,
      opened(),
      broke('orchestrator:m1'),
      measured(7),
      closed,
    )
    expect(reportOf(told).milestones[0]).toMatchObject({ status: 'reached', claimed: false })
  })

  it('measures again when it could not, the later the more often, then believes what it knew before', () => {
    const told = script(milestone('m1', 60)).tell(surveyed, opened(), claims('m1', ['c1']), broke('measure'))
    told.timeOut('supervisor.judging.resting').tell(broke('measure'))
    told.timeOut('supervisor.judging.resting').tell(broke('measure'), closed)
    expect(reportOf(told).milestones[0]).toMatchObject({ status: 'not_reached', claimed: true })
    expect(reportOf(told).reasons).toContain('m1: not measured: disk full')
  })

  it.each([
    ['surveying', []],
    ['opening', [surveyed]],
    ['closing', [surveyed, opened(), claims('m1', [])]],
  ])('does not wait for ever while %s', (state, events) => {
    const told = script(milestone('m1', 60)).tell(...events)
    expect(told.value).toBe(state)
    expect(told.timeOut(`supervisor.${state}`).value).not.toBe(state)
  })

  it('reports what it could not clean up', () => {
    const told = script(milestone('m1', 20)).tell(surveyed, done('close', { deliveries: [], untidy: 'busy' }))
    expect(told.facts).toContainEqual(expect.objectContaining({ type: 'run.untidy', reason: 'busy' }))
    expect(reportOf(told).status).toBe('reached')
  })

  describe('delivery', () => {
    const reached = () =>
      script(milestone('m1', 60)).tell(surveyed, opened(), claims('m1', ['c1']), measured(7))
    const delivery = { milestone: 'm1', branch: 'canopy/m1-2', commit: 'c1' }

    it('reports the branch that has the commits, not the one that was opened', () => {
      const report = reportOf(reached().tell(done('close', { deliveries: [delivery] })))
      expect(report).toMatchObject({ status: 'reached', branch: 'canopy/m1-2', deliveries: [delivery] })
      expect(report.milestones[0]?.branch).toBe('canopy/m1-2')
    })

    it('is a result of its own when a branch could not take the commits', () => {
      const heldBack = { ref: 'refs/canopy/canopy/m1', reason: 'm1 is checked out' }
      const told = reached().tell(done('close', { deliveries: [{ ...delivery, heldBack }] }))
      expect(reportOf(told)).toMatchObject({ status: 'not_delivered', reasons: ['m1 is checked out'] })
    })

    it.each([
      ['fails', (told: Script) => told.tell(broke('close')), 'disk full'],
      ['takes too long', (told: Script) => told.timeOut('supervisor.closing'), 'it took too long'],
    ])('is not claimed when it %s', (_how, end, why) => {
      const reason = `canopy/m1 could not be delivered: ${why}`
      expect(reportOf(end(reached()))).toMatchObject({ status: 'not_delivered', reasons: [reason] })
    })

    it('leaves a goal that was not reached as it is', () => {
      const heldBack = { reason: 'm1 is checked out' }
      const told = script(milestone('m1', 90)).tell(surveyed, opened(), claims('m1', ['c1']), measured(2))
      const report = reportOf(told.tell(done('close', { deliveries: [{ ...delivery, heldBack }] })))
      expect(report.status).toBe('not_reached')
      expect(report.reasons).toContain('m1 is checked out')
    })
  })

  describe('orders', () => {
    it('passes pause and resume to the orchestrator and the pool', () => {
      const told = script(milestone('m1', 60)).tell(surveyed, opened(), { type: 'PAUSE' }, { type: 'RESUME' })
      expect(told.mailTo('system.supervisor.orchestrator:m1')).toEqual(['PAUSE', 'RESUME'])
      expect(told.mailTo('system.pool')).toEqual(['PAUSE', 'RESUME'])
    })

    it('begins no milestone while paused', () => {
      const told = script(milestone('m1', 60)).tell({ type: 'PAUSE' }, surveyed)
      expect(told.value).toBe('paused')
      expect(told.tell({ type: 'RESUME' }).value).toBe('opening')
    })

    it('hands a pause on that came while the line was opened', () => {
      const told = script(milestone('m1', 60)).tell(surveyed, { type: 'PAUSE' }, opened())
      expect(begun(told)[0]?.[2].paused).toBe(true)
    })

    it.each<[string, Told[], Told[]]>([
      ['while surveying', [], []],
      ['while paused', [{ type: 'PAUSE' }, surveyed], [closed]],
      ['while a line is opened', [surveyed], [opened(), closed]],
      ['while working', [surveyed, opened()], [claims('m1', ['c1']), measured(4), closed]],
    ])('stops %s', (_, before, after) => {
      const told = script(milestone('m1', 60), milestone('m2', 90)).tell(...before, {
        type: 'STOP',
        reason: 'enough',
      })
      told.tell(...after)
      expect(reportOf(told).status).toBe('not_reached')
      expect(reportOf(told).reasons).toContain('enough')
      expect(told.started.filter(([, , input]) => 'milestone' in input).length).toBeLessThanOrEqual(2)
    })

    it('stops by having the orchestrator stop, and tells what was never begun', () => {
      const told = script(milestone('m1', 60), milestone('m2', 40), milestone('m3', 90))
      told.tell(surveyed, opened(), { type: 'STOP' })
      expect(told.last('CANCEL')).toEqual({ type: 'CANCEL', reason: 'stopped' })
      told.tell(claims('m1', ['c1']), measured(4), closed)
      expect(statuses(told)).toEqual([
        ['m1', 'not_reached'],
        ['m2', 'reached'],
        ['m3', 'skipped'],
      ])
    })
  })
})

describe('system', () => {
  const system = () => new Script(systemActor.machine, { ...run([milestone('m1', 60)]), address: 'system' })

  it('starts the budget, then the pool, then the supervisor', () => {
    expect(system().started.map(([id, , input]) => [id, input.address, input.size ?? input.pool])).toEqual([
      ['budget', undefined, 'system.pool'],
      ['pool', 'system.pool', 2],
      ['supervisor', 'system.supervisor', 'system.pool'],
    ])
  })

  it('ends with the report of the supervisor', () => {
    const report = { status: 'reached' }
    expect(system().tell(done('supervisor', report)).output).toEqual(report)
  })

  it.each([
    [broke('supervisor'), 'supervisor: disk full'],
    [broke('pool'), 'pool: disk full'],
    [done('pool', undefined), 'the pool ended'],
  ])('says why when it ends without one: %o', (event, reason) => {
    const report = runReportSchema.parse(system().tell(event).output)
    expect(report).toMatchObject({ status: 'not_reached', reasons: [reason] })
  })

  it('hands orders on', () => {
    const told = system().tell(
      { type: 'PAUSE' },
      { type: 'RESUME' },
      { type: 'STOP' },
      { type: 'POOL.RESIZE', size: 5 },
    )
    expect(told.mailTo('system.supervisor')).toEqual(['PAUSE', 'RESUME', 'STOP'])
    expect(told.mail.at(-1)).toEqual(['system.pool', { type: 'POOL.RESIZE', size: 5 }])
  })
})
