// What follows when a task of an agent has failed all its own attempts: another model, another kind, a person.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  assignmentSchema,
  type EscalationKind,
  escalationSteps,
  type Handover,
  handoverSchema,
  type ModelsInUse,
  plannedAssignee,
  roleModelsOf,
  type Task,
  type TaskKind,
  taskActor,
  taskKindSchema,
} from '../../machines/index.ts'
import { agentTask, line, site, task } from './samples.ts'
import { Script, type Told } from './script.ts'

const both: readonly EscalationKind[] = ['model', 'kind']

function chain(...names: string[]): ModelsInUse['coding'] {
  const price = { input: 1, output: 1, cacheRead: 1, cacheWrite: 1, asOf: '2026-11-22' }
  return roleModelsOf(names.map((name) => ({ name, price, window: 1_000, maxOutput: 100 })))
}
function models(planning: string[], coding: string[]): ModelsInUse {
  return { planning: chain(...planning), coding: chain(...coding), cheap: chain('a/small') }
}
const twoModels = models(['a/large', 'b/other'], ['a/middle', 'b/other'])
const names = (of: Task, sorts = both, known: ModelsInUse | null = twoModels) =>
  escalationSteps(of, known, sorts).map(
    ({ by, assignee }) => `${by}: ${assignee.kind} by ${assignee.role}, ${assignee.model}`,
  )

describe('the escalation of a task', () => {
  it.each<[TaskKind, string[]]>([
    ['code', ['model: code by planning, a/large', 'kind: debug by planning, a/large']],
    ['test', ['model: test by planning, a/large', 'kind: debug by planning, a/large']],
    ['refactor', ['model: refactor by planning, a/large', 'kind: debug by planning, a/large']],
    ['debug', ['model: debug by planning, a/large', 'kind: code by planning, a/large']],
    ['document', ['model: document by planning, a/large']],
    ['review', ['model: review by planning, a/large']],
    ['plan', ['model: plan by planning, b/other']],
  ])('to %s', (kind, steps) => {
    expect(names(agentTask('x', { kind }))).toEqual(steps)
  })

  it('has the model of another vendor where the strongest had its turn, and no step where there is none', () => {
    const same = models(['a/one'], ['a/one', 'a/two', 'b/three'])
    expect(names(agentTask('x'), both, same)).toEqual([
      'model: code by coding, b/three',
      'kind: debug by coding, b/three',
    ])
    const alone = models(['a/one', 'a/two'], ['a/one', 'a/two'])
    expect(names(agentTask('x'), both, alone)).toEqual(['kind: debug by coding, a/one'])
    expect(names(agentTask('x', { kind: 'document' }), both, alone)).toEqual([])
  })

  it('has the steps that the policy wants', () => {
    expect(names(agentTask('x'), ['model'])).toEqual(['model: code by planning, a/large'])
    expect(names(agentTask('x'), ['kind'])).toEqual(['kind: debug by coding, a/middle'])
    expect(names(agentTask('x'), [])).toEqual([])
  })

  it('has no step for tests for coverage, nor without models', () => {
    expect(names(task('x'))).toEqual([])
    expect(names(agentTask('x'), both, null)).toEqual([])
  })

  it('has one step of each sort at most, each with somebody else than before', () => {
    const name = fc.constantFrom('a/one', 'a/two', 'b/three', 'c/four')
    const list = fc.uniqueArray(name, { minLength: 1 })
    fc.assert(
      fc.property(list, list, fc.constantFrom(...taskKindSchema.options), (planning, coding, kind) => {
        const known = models(planning, coding)
        const of = agentTask('x', { kind })
        const escalation = escalationSteps(of, known, both)
        expect(new Set(escalation.map(({ by }) => by)).size).toBe(escalation.length)
        const assignees = [plannedAssignee(of, known), ...escalation.map(({ assignee }) => assignee)]
        expect(new Set(assignees.map((assignee) => `${assignee?.kind} ${assignee?.model}`)).size).toBe(
          assignees.length,
        )
        for (const assignee of assignees)
          expect(assignee && known[assignee.role].chain).toContain(assignee?.model)
      }),
    )
  })
})

const submission = (commit: string) => ({ commit, files: ['a.ts'], cases: 0 })
const started = (attempt: number): Told => ({ type: 'WORK.STARTED', attempt, worker: 'worker:1' })
const broke = (attempt: number, spent?: boolean): Told => {
  return { type: 'WORK.FAILED', attempt, reasons: [`attempt ${attempt} broke`], ...(spent && { spent }) }
}
const verdicts = [{ gate: 'tests', kind: 'failed', findings: ['red'] }]

interface Options {
  readonly of?: Task
  readonly attempts?: number
  readonly escalation?: readonly EscalationKind[]
}
function script({ of = agentTask('a'), attempts = 2, escalation = both }: Options = {}): Script {
  const assignee = plannedAssignee(of, twoModels)
  return new Script(taskActor.machine, {
    address: 'o.task:a',
    pool: 'pool',
    integrator: 'o.integrator',
    task: of,
    site,
    line,
    attempts,
    budget: 'budget',
    ...(assignee && { assignee, escalation: escalationSteps(of, twoModels, escalation) }),
  })
}
function asked(told: Script) {
  const orders = told.mail.filter(([, { type }]) => type === 'ASSIGN').map(([, { assignment }]) => assignment)
  return orders.map((order) => assignmentSchema.parse(order))
}
/** Fails attempt after attempt, until it rests no more. */
function failAll(told: Script): Script {
  for (let attempt = 1; told.snapshot.status === 'active'; attempt += 1) {
    told.tell(started(attempt), broke(attempt))
    if (told.value === 'resting') told.timeOut('task.resting')
  }
  return told
}
const facts = (told: Script, type: string) => told.facts.filter((fact) => fact.type === type)
const output = (told: Script) =>
  told.output as { status: string; attempts: number; reasons: string[]; handover?: Handover }

describe('a task that fails again and again', () => {
  it('is given to another model, then to another kind, with all that went wrong and the work so far', () => {
    const told = script().tell(started(1), {
      type: 'WORK.SUBMITTED',
      attempt: 1,
      submission: submission('c1'),
    })
    told.tell({ type: 'REJECTED', attempt: 1, verdicts }).timeOut('task.resting')
    failAllFrom(told, 2)
    const orders = asked(told).map(({ attempt, assignee, carry, failures }) => ({
      attempt,
      assignee,
      carry,
      failures,
    }))
    const stronger = { kind: 'code', role: 'planning', model: 'a/large' }
    expect(orders).toEqual([
      { attempt: 1, failures: [], assignee: undefined, carry: undefined },
      { attempt: 2, failures: ['tests: red'], assignee: undefined, carry: 'c1' },
      {
        attempt: 3,
        failures: ['attempt 2 broke', 'before, in attempt 1: tests: red'],
        assignee: stronger,
        carry: 'c1',
      },
      {
        attempt: 4,
        failures: [
          'attempt 3 broke',
          'before, in attempt 2: attempt 2 broke',
          'before, in attempt 1: tests: red',
        ],
        assignee: { ...stronger, kind: 'debug' },
        carry: 'c1',
      },
    ])
    const planned = { kind: 'code', role: 'coding', model: 'a/middle' }
    expect(facts(told, 'task.escalated')).toMatchObject([
      { attempt: 2, by: 'model', from: planned, to: stronger, reasons: ['attempt 2 broke'] },
      { attempt: 3, by: 'kind', from: stronger, to: { kind: 'debug' }, reasons: ['attempt 3 broke'] },
    ])
  })

  it('ends with a person, who is told what was tried, what was wrong last and where the work is', () => {
    const told = script().tell(started(1), {
      type: 'WORK.SUBMITTED',
      attempt: 1,
      submission: submission('c1'),
    })
    told.tell({ type: 'REJECTED', attempt: 1, verdicts }).timeOut('task.resting')
    failAllFrom(told, 2)
    const { status, attempts, reasons, handover } = output(told)
    expect([status, attempts, reasons]).toEqual(['failed', 4, ['attempt 4 broke']])
    expect(handoverSchema.parse(handover)).toEqual(handover)
    expect(handover?.commit).toBe('c1')
    expect(
      handover?.tried.map(({ attempt, assignee, reasons }) => [
        attempt,
        assignee?.kind,
        assignee?.model,
        reasons,
      ]),
    ).toEqual([
      [1, 'code', 'a/middle', ['tests: red']],
      [2, 'code', 'a/middle', ['attempt 2 broke']],
      [3, 'code', 'a/large', ['attempt 3 broke']],
      [4, 'debug', 'a/large', ['attempt 4 broke']],
    ])
    expect(handover?.advice.join()).toMatch(/commit, c1: it is not merged.*run again/)
    expect(facts(told, 'task.needs_person')).toMatchObject([{ milestone: 'm1', task: 'a', ...handover }])
    expect(told.last('CLOSED')).toEqual({ type: 'CLOSED', milestone: 'm1', task: 'a' })
  })

  it('is done by whoever can', () => {
    const told = script({ attempts: 1 }).tell(started(1), broke(1)).timeOut('task.resting')
    told.tell(started(2), { type: 'WORK.SUBMITTED', attempt: 2, submission: submission('c2') })
    const branches = { before: { covered: 0, total: 0 }, after: { covered: 0, total: 0 } }
    told.tell({ type: 'MERGED', attempt: 2, commit: 'm2', branches })
    expect(output(told)).toMatchObject({ status: 'done', attempts: 2 })
    expect(output(told).handover).toBeUndefined()
    expect(told.mailTo('budget')).toEqual(['CLOSED'])
  })

  it('is not tried again when it may take nothing more: money is not solved by more tries', () => {
    const told = script({ attempts: 3 }).tell(started(1), broke(1, true))
    expect(output(told)).toMatchObject({ status: 'failed', attempts: 1 })
    expect(facts(told, 'task.escalated')).toEqual([])
    expect(output(told).handover?.advice.join()).toMatch(/budget: task/)
  })

  it('climbs nowhere when it was cancelled, and nobody is asked to see to it', () => {
    const submitted: Told = { type: 'WORK.SUBMITTED', attempt: 1, submission: submission('c1') }
    const late = script({ attempts: 1 }).tell(submitted, { type: 'CANCEL' })
    late.tell({ type: 'REJECTED', attempt: 1, verdicts })
    const between = script({ attempts: 1 }).tell(started(1), broke(1), { type: 'CANCEL' })
    const atWork = script({ attempts: 1 }).tell(started(1), { type: 'WORK.CANCELLED', attempt: 1 })
    for (const told of [late, between, atWork]) {
      expect(output(told)).toMatchObject({ status: 'failed', attempts: 1 })
      expect(output(told).handover).toBeUndefined()
      expect(facts(told, 'task.needs_person')).toEqual([])
    }
  })

  it('for coverage ends as ever', () => {
    const told = failAll(script({ of: task('a') }))
    expect(output(told)).toMatchObject({ status: 'failed', attempts: 2 })
    expect(output(told).handover).toBeUndefined()
    expect(told.facts.map(({ type }) => type)).not.toContain('task.needs_person')
    expect(told.mailTo('budget')).toEqual([])
  })

  it('of a run that an earlier version began ends after its own attempts', () => {
    const told = script({ attempts: 2 }).tell(started(1))
    const { assignee: _, escalation: __, budget: ___, ...context } = told.snapshot.context
    told.snapshot = taskActor.machine.resolveState({ value: told.value as never, context })
    told.tell(broke(1)).timeOut('task.resting')
    told.tell(started(2), broke(2))
    expect(output(told)).toMatchObject({ status: 'failed', attempts: 2, handover: { commit: null } })
    expect(told.mailTo('budget')).toEqual([])
  })

  function failAllFrom(told: Script, first: number): void {
    for (let attempt = first; told.snapshot.status === 'active'; attempt += 1) {
      told.tell(started(attempt), broke(attempt))
      if (told.value === 'resting') told.timeOut('task.resting')
    }
  }
})

const happening = fc.oneof(
  fc.constant('fail'),
  fc.constant('reject'),
  fc.constant('lose'),
  fc.constant('loseMachine'),
  fc.constant('spend'),
  fc.constant('cancel'),
)

it('whatever goes wrong, it ends: after its own attempts, three excuses and each step once at most', () => {
  fc.assert(
    fc.property(
      fc.array(happening, { minLength: 1, maxLength: 12 }),
      fc.integer({ min: 1, max: 4 }),
      fc.constantFrom<readonly EscalationKind[]>(both, ['model'], ['kind'], []),
      fc.boolean(),
      (story, attempts, escalation, forCoverage) => {
        const told = script({ attempts, escalation, ...(forCoverage && { of: task('a') }) })
        let cancelled = false
        let spent = false
        let losses = 0
        for (const what of [...story, ...Array(20).fill('fail')] as string[]) {
          if (told.snapshot.status !== 'active') break
          const { attempt } = told.snapshot.context as { attempt: number }
          told.tell(started(attempt))
          if (what === 'reject') {
            told.tell({ type: 'WORK.SUBMITTED', attempt, submission: submission(`c${attempt}`) })
            told.tell({ type: 'REJECTED', attempt, verdicts })
          } else if (what === 'lose' || what === 'loseMachine') {
            const blameless = what === 'loseMachine'
            losses += Number(blameless)
            told.tell({ type: 'WORKER.LOST', attempt, worker: 'w', reason: 'gone', blameless })
          } else if (what === 'cancel') {
            cancelled = true
            told.tell({ type: 'CANCEL' }, { type: 'WORK.CANCELLED', attempt })
          } else {
            spent ||= what === 'spend'
            told.tell(broke(attempt, what === 'spend'))
          }
          if (told.value === 'resting') told.timeOut('task.resting')
        }
        expect(told.snapshot.status).toBe('done')
        const excuses = Math.min(3, losses)
        const steps = forCoverage ? 0 : escalation.length
        const { status, attempts: taken, handover } = output(told)
        expect(status).toBe('failed')
        expect(taken).toBeLessThanOrEqual(attempts + excuses + steps)
        const escalated = facts(told, 'task.escalated').map(({ by }) => by)
        expect(new Set(escalated).size, 'each step once').toBe(escalated.length)
        expect(escalated.length).toBeLessThanOrEqual(steps)
        if (cancelled || forCoverage) expect(handover).toBeUndefined()
        else expect(handover?.tried).toHaveLength(taken)
        if (!cancelled && !spent) expect(taken).toBe(attempts + excuses + steps)
        expect(asked(told)).toHaveLength(taken)
        expect(told.mailTo('budget')).toEqual(forCoverage ? [] : ['CLOSED'])
      },
    ),
    { numRuns: 200 },
  )
})
