// The view of a run and its status: each fact leads to what is true then, whatever was heard before it.

import fc from 'fast-check'
import { createColors } from 'picocolors'
import { describe, expect, it } from 'vitest'
import type { ActorView } from '../../../actors/index.ts'
import type { RunSettings } from '../../../app/settings/settings.ts'
import { runStatus } from '../../../app/status/run-status.ts'
import { statusSchema } from '../../../app/status/status-answer.ts'
import { emptyView, project, type RunView, taskCounts } from '../../../app/status/view.ts'
import { statusText } from '../../../cli/answers.ts'
import { type ActorRecord, PersistentMap } from '../../../kernel/index.ts'
import type { RunFact } from '../../../machines/index.ts'
import { count, emitted, report } from '../../cli/run-facts.ts'

const viewAfter = (...facts: readonly object[]): RunView =>
  facts.reduce((view: RunView, fact, at) => project(view, fact as RunFact, 100 + at), emptyView)

const task = { milestone: 'm1', task: 't1', module: 'src/a.ts' }
const told = (type: string, fields: object = {}, of: object = task) =>
  emitted({ type, ...of, ...fields } as never)
const attempt = { attempt: 2, worker: 'system.pool.worker:1' }
const merged = { attempt: 2, commit: 'c1', cases: 1, branches: { before: count(20), after: count(60) } }
const started = (id = 'm1', goal: number | null = 90) =>
  emitted({
    type: 'milestone.started',
    milestone: id,
    name: `Name of ${id}`,
    goal,
    branch: `canopy/${id}`,
    branches: count(20),
  })

describe('a task', () => {
  const stages: readonly [string, object, string][] = [
    ['task.planned', { round: 1 }, 'waiting'],
    ['task.started', attempt, 'working'],
    ['task.progress', { ...attempt, step: 'writing' }, 'working'],
    ['task.submitted', { attempt: 2, commit: 'c', cases: 1 }, 'judged'],
    ['task.merged', merged, 'merged'],
    ['task.retried', { attempt: 2, reasons: ['no'] }, 'waiting'],
    ['task.escalated', { attempt: 2, by: 'model', from: null, to: {}, reasons: ['no'] }, 'waiting'],
    ['task.answered', {}, 'nothing'],
    ['task.nothing', { reason: 'all is tested' }, 'nothing'],
    ['task.failed', { reasons: ['no'] }, 'failed'],
  ]

  it.each(stages)('of which only %s with %o was heard is %s', (type, fields, status) => {
    const view = viewAfter(told(type, fields))
    expect(view.tasks.get('m1/t1')).toMatchObject({
      milestone: 'm1',
      task: 't1',
      subject: 'src/a.ts',
      status,
    })
    expect(taskCounts(view)).toMatchObject({ [status]: 1 })
  })

  it.each(stages)('after any other fact of it, %s with %o makes it %s', (type, fields, status) => {
    for (const [before, fieldsBefore] of stages) {
      const view = viewAfter(told(before, fieldsBefore), told(type, fields))
      expect(view.tasks.get('m1/t1')?.status, `after ${before}`).toBe(status)
    }
  })

  it('is told by its title where it has no module', () => {
    const view = viewAfter(told('task.started', attempt, { milestone: 'm1', task: 't', title: 'A flag' }))
    expect(view.tasks.get('m1/t')?.subject).toBe('A flag')
  })

  it('keeps its first subject, and has the worker, the attempt and the step of the newest fact', () => {
    const other = { ...task, module: 'src/other.ts' }
    const view = viewAfter(
      told('task.planned', { round: 1 }),
      told('task.started', { ...attempt, attempt: 1 }),
      told('task.progress', { attempt: 3, worker: 'w', step: 'checking' }, other),
    )
    expect(view.tasks.get('m1/t1')).toEqual({
      ...{ milestone: 'm1', task: 't1', subject: 'src/a.ts', status: 'working' },
      ...{ attempt: 3, worker: 'w', step: 'checking' },
    })
  })

  it('of the same name in another milestone is another task', () => {
    const view = viewAfter(told('task.failed'), told('task.merged', merged, { ...task, milestone: 'm2' }))
    expect(taskCounts(view)).toEqual({ waiting: 0, working: 0, judged: 0, merged: 1, nothing: 0, failed: 1 })
  })
})

describe('an actor', () => {
  const address = 'system.pool.worker:1'
  it.each([
    [
      'was started',
      [{ type: 'actor.started', kind: 'worker' }],
      { kind: 'worker', status: 'running', restarts: 0 },
    ],
    [
      'stepped before it was heard of',
      [{ type: 'actor.stepped', value: { a: 'b' } }],
      { kind: '', state: 'a.b' },
    ],
    [
      'was resumed',
      [{ type: 'actor.resumed', kind: 'worker', value: 'busy' }],
      { kind: 'worker', state: 'busy', status: 'running' },
    ],
    [
      'crashed',
      [{ type: 'actor.started', kind: 'worker' }, { type: 'actor.crashed' }],
      { kind: 'worker', status: 'crashed' },
    ],
    [
      'crashed twice and is there again',
      [
        { type: 'actor.crashed' },
        { type: 'actor.restarted' },
        { type: 'actor.crashed' },
        { type: 'actor.restarted' },
      ],
      { status: 'running', restarts: 2 },
    ],
    [
      'was killed',
      [{ type: 'actor.ended', exit: { reason: 'killed' } }],
      { status: 'ended', state: 'killed' },
    ],
    [
      'ended by a crash',
      [{ type: 'actor.ended', exit: { reason: 'crash' } }],
      { status: 'ended', state: 'crash' },
    ],
  ])('that %s is shown so', (_, facts, shown) => {
    const view = viewAfter(...facts.map((fact) => ({ address, ...fact })))
    expect(view.actors.get(address)).toMatchObject(shown)
  })

  it.each(['normal', 'shutdown'])('that ended with %s is not shown any more', (reason) => {
    const view = viewAfter(
      { type: 'actor.started', address, kind: 'worker' },
      { type: 'actor.ended', address, exit: { reason } },
    )
    expect(view.actors.get(address)).toBeUndefined()
  })

  it('of a pool that was paused in an earlier process pauses the view, until it is resumed', () => {
    const resumed = {
      type: 'actor.resumed',
      address: 'system.pool',
      kind: 'pool',
      value: { active: 'paused' },
    }
    expect(viewAfter(resumed).paused).toBe(true)
    expect(viewAfter({ ...resumed, kind: 'worker' }).paused).toBe(false)
    expect(viewAfter(resumed, emitted({ type: 'run.resumed' })).paused).toBe(false)
  })
})

describe('the view', () => {
  it('begins with its first fact, whatever that is', () => {
    expect(viewAfter({ type: 'node.started', actors: 0 }, { type: 'node.stopped' }).began).toBe(100)
  })

  it('keeps the first figure of coverage as that from before', () => {
    const changed = (before: number, after: number) =>
      emitted({
        type: 'coverage.changed',
        milestone: 'm1',
        commit: 'c',
        branches: { before: count(before), after: count(after) },
        statements: { before: count(0), after: count(0) },
      })
    expect(viewAfter(changed(20, 40), changed(40, 55)).coverage).toEqual({
      before: count(20),
      now: count(55),
    })
    expect(viewAfter(started(), told('task.merged', merged)).coverage).toEqual({
      before: count(20),
      now: count(60),
    })
  })

  it('shows the newest milestone, and its round once that is planned', () => {
    const plannedRound = emitted({ type: 'milestone.planned', milestone: 'm2', round: 3, tasks: 1 })
    expect(viewAfter(started('m1'), started('m2', null), plannedRound).milestone).toEqual({
      id: 'm2',
      name: 'Name of m2',
      goal: null,
      branch: 'canopy/m2',
      round: 3,
    })
    expect(viewAfter(plannedRound).milestone).toBeUndefined()
  })

  it('has what is left for a person, until the milestone is reached without it', () => {
    const left = told('task.needs_person', { reasons: ['no'] })
    const other = told('task.needs_person', { reasons: ['no'] }, { ...task, milestone: 'm2' })
    const [milestone] = report.milestones
    const finished = (status: string) =>
      emitted({ type: 'milestone.finished', report: { ...milestone, milestone: 'm1', status } } as never)
    expect(viewAfter(left, other, finished('not_reached')).forPerson).toHaveLength(2)
    expect(viewAfter(left, other, finished('reached')).forPerson.map((each) => each.milestone)).toEqual([
      'm2',
    ])
  })

  it('of facts of a later version stays as it is', () => {
    const view = viewAfter(started())
    expect(project(view, emitted({ type: 'later' } as never), 500)).toEqual(view)
    expect(project(view, { type: 'later' } as never, 500)).toEqual(view)
  })

  it('counts each task once, and as many merges as commits, after any facts', () => {
    const fact = fc.record({
      type: fc.constantFrom('task.planned', 'task.started', 'task.submitted', 'task.merged', 'task.retried'),
      task: fc.constantFrom('a', 'b', 'c'),
    })
    fc.assert(
      fc.property(fc.array(fact, { maxLength: 30 }), (facts) => {
        const view = viewAfter(
          ...facts.map(({ type, task: id }) => told(type, merged, { ...task, task: id })),
        )
        const counts = Object.values(taskCounts(view))
        expect(counts.reduce((sum, each) => sum + each, 0)).toBe(new Set(facts.map((each) => each.task)).size)
        expect(view.commits).toBe(facts.filter(({ type }) => type === 'task.merged').length)
      }),
    )
  })
})

describe('the status', () => {
  const settings = { repository: '/r', workers: 3 } as RunSettings
  const totals = { restarts: 1, seconds: 61 } as never
  const actor = (kind: string, state: unknown, address = `system.${kind}`) =>
    ({ address, kind, state }) as unknown as ActorView

  function statusOf(
    facts: readonly object[],
    actors: readonly ActorView[] = [],
    records: ActorRecord[] = [],
  ) {
    const status = runStatus(settings, () => totals)
    for (const fact of facts) status.take(fact as RunFact)
    return status.now(actors, records)
  }
  const stateOf = (...args: Parameters<typeof statusOf>) => statusOf(...args).state

  it.each([
    ['nothing is told', [], [], 'working'],
    ['the run is over', [emitted({ type: 'run.finished', report } as never)], [], 'ending'],
    [
      'the run is over and paused',
      [emitted({ type: 'run.finished', report } as never)],
      [actor('pool', 'paused')],
      'ending',
    ],
    ['the supervisor is paused', [], [actor('supervisor', { on: 'paused' })], 'paused'],
    ['the pool is paused', [], [actor('pool', 'paused')], 'paused'],
    ['one orchestrator is paused', [], [actor('orchestrator', 'paused')], 'working'],
    ['a quota is out', [], [actor('budget', 'out_of_quota')], 'out_of_quota'],
    ['a cap is reached', [], [actor('budget', { grants: 'at_cap' })], 'at_cap'],
    [
      'a quota is out and the pool is paused',
      [],
      [actor('budget', 'out_of_quota'), actor('pool', 'paused')],
      'paused',
    ],
    ['another actor has a state of that name', [], [actor('worker', 'at_cap')], 'working'],
  ] as [string, object[], ActorView[], string][])('when %s: %4$s', (_, facts, actors, state) => {
    expect(stateOf(facts, actors)).toBe(state)
  })

  it('names who is paused, also when the run is not', () => {
    expect(
      statusOf([], [actor('orchestrator', 'paused', 'system.supervisor.orchestrator:m1')]),
    ).toMatchObject({
      state: 'working',
      paused: ['system.supervisor.orchestrator:m1'],
    })
    expect(statusOf([])).not.toHaveProperty('paused')
  })

  it('is read again by its schema, with every field, and written as a table', () => {
    const status = statusOf([
      started(),
      told('task.merged', merged),
      told('task.needs_person', { reasons: ['no'] }),
    ])
    expect(statusSchema.parse(JSON.parse(JSON.stringify(status)))).toEqual(status)
    expect(statusText(status, createColors(false)).split('\n')).toEqual([
      'state       working',
      'repository  /r',
      'milestone   m1',
      'branch      canopy/m1',
      'coverage    20.0% -> 60.0%, goal 90%',
      'tasks       0 waiting, 0 working, 0 judged, 1 merged, 0 nothing, 0 failed',
      'for you     src/a.ts (m1/t1)',
      'workers     3',
      'restarts    1',
      'time        1m 01s',
    ])
  })

  it('of a text with control characters is one line each', () => {
    const odd = told('task.needs_person', { reasons: ['no'] }, { ...task, module: 'a\nb\u001b[2J.ts' })
    const text = statusText(statusOf([odd]), createColors(false))
    expect(text).toContain('for you')
    expect(text).not.toContain('\u001b')
    expect(text.split('\n').filter((line) => line.startsWith('b'))).toEqual([])
  })

  describe('of a milestone that an earlier process began', () => {
    const address = 'system.supervisor.orchestrator:m1'
    const entry = (id: string, status: string) =>
      [id, { task: { id, module: `src/${id}.ts`, gap: 3 }, status, reasons: [] }] as const
    const entries = [
      ...['waiting', 'done', 'nothing', 'failed'].map((status) => entry(status, status)),
      ...['idle', 'working', 'judged'].map((id) => entry(id, 'running')),
    ]
    const orchestrator = {
      address,
      kind: 'orchestrator',
      snapshot: {
        value: 'on',
        context: {
          address,
          milestone: { id: 'm1', name: 'M1', goal: { branchCoverage: 90 } },
          line: { branch: 'canopy/m1' },
          round: 2,
          measurement: { branches: count(10) },
          branches: count(30),
          tasks: entries.reduce((map, [id, each]) => map.set(id, each), PersistentMap.empty<unknown>()),
        },
      },
    } as unknown as ActorRecord
    const taskActor = (id: string, value: unknown) =>
      ({ address: `${address}.task:${id}`, kind: 'task', snapshot: { value } }) as unknown as ActorRecord
    const records = [
      orchestrator,
      taskActor('working', { assigned: 'working' }),
      taskActor('judged', { submitted: 'waiting' }),
      taskActor('idle', { assigned: 'waiting' }),
    ]

    it('is read from what is stored', () => {
      expect(statusOf([], [], records)).toMatchObject({
        milestone: 'm1',
        branch: 'canopy/m1',
        goal: 90,
        branches: { before: count(10), now: count(30) },
        tasks: { waiting: 2, working: 1, judged: 1, merged: 1, nothing: 1, failed: 1 },
      })
    })

    it('has newer facts of a task before what is stored', () => {
      const fact = told(
        'task.failed',
        { reasons: ['no'] },
        { milestone: 'm1', task: 'judged', module: 'a.ts' },
      )
      expect(statusOf([fact], [], records).tasks).toMatchObject({ judged: 0, failed: 2 })
    })

    it('is left alone when facts of a milestone were heard, and when its orchestrator has ended', () => {
      expect(statusOf([started('m2')], [], records)).toMatchObject({ milestone: 'm2', branch: 'canopy/m2' })
      const ended = [{ ...orchestrator, exit: { reason: 'normal' } } as unknown as ActorRecord]
      expect(statusOf([], [], ended)).toMatchObject({ milestone: null, branch: null, branches: null })
    })
  })
})
