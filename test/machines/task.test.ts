import { describe, expect, it } from 'vitest'
import { taskActor } from '../../machines/index.ts'
import { count, line, site, task } from './samples.ts'
import { Script, type Told } from './script.ts'

const submission = { commit: 's1', files: ['a.test.ts'], cases: 3 }
const started = (attempt = 1): Told => ({ type: 'WORK.STARTED', attempt, worker: 'worker:1' })
const submitted = (attempt = 1): Told => ({ type: 'WORK.SUBMITTED', attempt, submission })
const broke = (attempt = 1): Told => ({ type: 'WORK.FAILED', attempt, reasons: ['no idea'] })
const branches = { before: count(5, 10), after: count(7, 10) }
const merged = (attempt = 1): Told => ({ type: 'MERGED', attempt, commit: 'c1', branches })
const rejected = (attempt = 1): Told => ({
  type: 'REJECTED',
  attempt,
  verdicts: [
    { gate: 'types', kind: 'passed', findings: [] },
    { gate: 'tests', kind: 'failed', findings: ['one is red', 'two is red'] },
    { gate: 'flakiness', kind: 'could_not_run', findings: [] },
  ],
})

const script = (attempts = 2) =>
  new Script(taskActor.machine, {
    address: 'o.task:a',
    pool: 'pool',
    integrator: 'o.integrator',
    task: task('a'),
    site,
    line,
    attempts,
  })
const asked = (told: Script) =>
  told.mail.filter(([, { type }]) => type === 'ASSIGN').map(([, { assignment }]) => assignment)

describe('task', () => {
  it('asks the pool, hands in, is merged', () => {
    const told = script()
    expect(asked(told)).toEqual([
      { task: task('a'), attempt: 1, failures: [], site, line, replyTo: 'o.task:a', priority: 5 },
    ])
    told.tell(started(), submitted())
    expect(told.mail.at(-1)).toEqual([
      'o.integrator',
      { type: 'SUBMIT', submission, task: task('a'), attempt: 1, replyTo: 'o.task:a' },
    ])
    told.tell(merged())
    expect(told.output).toEqual({
      status: 'done',
      task: 'a',
      module: 'src/a.ts',
      attempts: 1,
      cases: 3,
      merge: { commit: 'c1', branches },
      reasons: [],
    })
    expect(told.facts.map(({ type }) => type)).toEqual(['task.started', 'task.submitted'])
  })

  it.each<[string, Told[], string[]]>([
    ['the worker failed', [started(), broke()], ['no idea']],
    [
      'the worker was lost',
      [started(), { type: 'WORKER.LOST', attempt: 1, worker: 'worker:1', reason: 'killed' }],
      ['worker:1 was lost: killed'],
    ],
    [
      'the gates said no',
      [started(), submitted(), rejected()],
      ['tests: one is red', 'tests: two is red', 'flakiness: could_not_run'],
    ],
    [
      'it was rejected without a word',
      [submitted(), { type: 'REJECTED', attempt: 1, verdicts: [] }],
      ['rejected without a reason'],
    ],
  ])('tries again when %s, with the reasons', (_, events, failures) => {
    const told = script().tell(...events)
    expect(told.value).toBe('resting')
    expect(told.facts.at(-1)).toMatchObject({ type: 'task.retried', attempt: 1, reasons: failures })
    expect(asked(told.timeOut('task.resting')).at(-1)).toMatchObject({ attempt: 2, failures })
  })

  it('does not lose an attempt to a machine that went, but not for ever', () => {
    const gone = (attempt: number): Told => ({
      type: 'WORKER.LOST',
      attempt,
      worker: 'node-x-1.worker:1',
      reason: 'its node is gone',
      blameless: true,
    })
    const told = script(2).tell(started(), gone(1))
    for (let attempt = 2; told.value === 'resting'; attempt += 1)
      told.timeOut('task.resting').tell(gone(attempt))
    expect(asked(told)).toHaveLength(5)
    expect(told.output).toMatchObject({ status: 'failed', attempts: 5 })
  })

  it('tries again when no answer comes, and calls the worker back', () => {
    const told = script().tell(started()).timeOut('task.assigned.working')
    expect(told.last('CANCEL')).toEqual({ type: 'CANCEL', replyTo: 'o.task:a', attempt: 1 })
    expect(told.value).toBe('resting')
  })

  it('gives up after its attempts, with the last reasons', () => {
    const told = script(2).tell(started(), broke()).timeOut('task.resting').tell(started(2), rejected(2))
    expect(told.value).toEqual({ assigned: 'working' })
    told.tell(submitted(2), rejected(2))
    expect(told.output).toMatchObject({ status: 'failed', attempts: 2, merge: null })
    expect((told.output as { reasons: string[] }).reasons).toContain('tests: one is red')
  })

  it('ends without work when there is nothing to do', () => {
    const told = script().tell(started(), { type: 'WORK.NOTHING', attempt: 1, reason: 'covered' })
    expect(told.output).toMatchObject({ status: 'nothing', reasons: ['covered'] })
  })

  it.each<[string, Told[]]>([
    ['an answer of an attempt that is over', [started(1), submitted(1), broke(1)]],
    ['a verdict of an attempt that is over', [merged(1), rejected(1)]],
  ])('does not hear %s', (_, late) => {
    const told = script().tell(started(), broke()).timeOut('task.resting')
    const before = told.value
    expect(told.tell(...late).value).toEqual(before)
  })

  describe('whose mail was given up', () => {
    const back = (to: string, event: object): Told => ({ type: 'canopy.refused', to, event, reason: 'full' })
    const unassigned = (attempt: number): Told => back('pool', { type: 'ASSIGN', assignment: { attempt } })
    const unsubmitted = (attempt: number): Told => back('o.integrator', { type: 'SUBMIT', attempt })

    it('ends the attempt with that reason', () => {
      const told = script(3).tell(unassigned(1))
      expect(told.value).toBe('resting')
      told.timeOut('task.resting').tell(started(2), submitted(2), unsubmitted(2))
      const reasons = told.facts.flatMap((fact) => (fact.type === 'task.retried' ? fact.reasons : []))
      expect(reasons).toEqual([
        'the pool did not take the task: full',
        'the merge queue did not take the submission: full',
      ])
    })

    it('goes on when that was mail of an earlier attempt, or other mail', () => {
      const told = script().tell(started(), broke()).timeOut('task.resting')
      told.tell(unassigned(1), back('pool', { type: 'CANCEL', attempt: 2 }))
      expect(told.value).toEqual({ assigned: 'waiting' })
      told.tell(started(2), submitted(2), unsubmitted(1))
      expect(told.value).toBe('submitted')
    })
  })

  describe('cancelled', () => {
    const cancel: Told = { type: 'CANCEL' }
    const cancelled: Told = { type: 'WORK.CANCELLED', attempt: 1 }

    it('calls its worker back and ends when it answers', () => {
      const told = script().tell(started(), cancel)
      expect(told.value).toBe('cancelling')
      expect(told.tell(cancelled).output).toMatchObject({ status: 'failed', reasons: ['cancelled'] })
    })

    it('ends also when no answer comes', () => {
      expect(script().tell(cancel).timeOut('task.cancelling').output).toMatchObject({ status: 'failed' })
    })

    it('lets a verdict come that is under way, and does not try again', () => {
      expect(script().tell(submitted(), cancel, merged()).output).toMatchObject({ status: 'done' })
      expect(script().tell(submitted(), cancel, rejected()).output).toMatchObject({ status: 'failed' })
    })

    it('ends between two attempts', () => {
      expect(script().tell(started(), broke(), cancel).output).toMatchObject({ reasons: ['cancelled'] })
    })

    it('ends when somebody else told the pool', () => {
      expect(script().tell(started(), cancelled).output).toMatchObject({ status: 'failed' })
    })
  })
})
