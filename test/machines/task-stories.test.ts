// A task, a worker and an integrator under any order of mail: late, doubled and foreign messages, results and timeouts.
// Whatever comes, no answer is lost or given twice.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type BatchJudgement,
  integratorActor,
  type Task,
  taskActor,
  ticketOf,
  workerActor,
} from '../../machines/index.ts'
import { agentTask, count, line, measurement, modelsInUse, site, task } from './samples.ts'
import { Script, type Told } from './script.ts'

const submission = { commit: 's1', files: ['a.test.ts'], cases: 3 }
const branches = { before: count(5, 10), after: count(7, 10) }
const verdicts = [{ gate: 'tests', kind: 'failed', findings: ['red'] }]
const assignee = { kind: 'code', role: 'coding', model: 'anthropic/claude-sonnet-5-5' } as const
const escalation = [
  { by: 'model', assignee: { ...assignee, role: 'planning', model: 'anthropic/claude-opus-5-5' } },
  { by: 'kind', assignee: { ...assignee, kind: 'debug' } },
] as const

const attempt = fc.integer({ min: 1, max: 6 })
const taskEvent: fc.Arbitrary<Told> = fc.oneof(
  attempt.map((attempt) => ({ type: 'WORK.STARTED', attempt, worker: 'worker:1' })),
  attempt.map((attempt) => ({ type: 'WORK.SUBMITTED', attempt, submission })),
  attempt.map((attempt) => ({ type: 'WORK.ANSWERED', attempt, answer: { plan: attempt } })),
  attempt.map((attempt) => ({ type: 'WORK.NOTHING', attempt, reason: 'covered' })),
  fc
    .record({ attempt, spent: fc.boolean() })
    .map((each) => ({ type: 'WORK.FAILED', reasons: ['no'], ...each })),
  attempt.map((attempt) => ({ type: 'WORK.CANCELLED', attempt })),
  fc
    .record({ attempt, blameless: fc.boolean() })
    .map((each) => ({ type: 'WORKER.LOST', worker: 'worker:1', reason: 'killed', ...each })),
  attempt.map((attempt) => ({ type: 'MERGED', attempt, commit: 'c1', branches })),
  attempt.map((attempt) => ({ type: 'REJECTED', attempt, verdicts })),
  fc.constant<Told>({ type: 'CANCEL' }),
  attempt.map((attempt) => ({
    type: 'canopy.refused',
    to: 'pool',
    event: { type: 'ASSIGN', assignment: { attempt } },
    reason: 'full',
  })),
  attempt.map((attempt) => ({
    type: 'canopy.refused',
    to: 'o.integrator',
    event: { type: 'SUBMIT', attempt },
    reason: 'full',
  })),
  fc.constant<Told>({ type: 'timer' }),
)

/** Timers of a present state come due; mail comes at any time. */
function tell(script: Script, event: Told): void {
  if (event.type !== 'timer') return void script.tell(event)
  const nodes = script.snapshot._nodes as { after: { eventType: string }[] }[]
  const [timer] = nodes.flatMap(({ after }) => after)
  if (timer) script.tell({ type: timer.eventType })
}

const inputs = {
  'a coverage task': { task: task('a') as Task, attempts: 3 },
  'a task of an agent': { task: agentTask('a') as Task, attempts: 2, budget: 'budget', assignee, escalation },
}

describe.each(Object.entries(inputs))('%s', (_, input) => {
  const open = () =>
    new Script(taskActor.machine, {
      address: 'o.task:a',
      pool: 'pool',
      integrator: 'o.integrator',
      site,
      line,
      ...input,
    })
  const isAgents = 'escalation' in input
  /** Own attempts, one for each step of the escalation, and one for each machine that was lost without its fault. */
  const most = input.attempts + (isAgents ? 2 : 0) + 3

  it('asks for one worker for each attempt, in order and never more often than it may', () => {
    fc.assert(
      fc.property(fc.array(taskEvent, { maxLength: 60 }), (events) => {
        const script = open()
        for (const each of events) tell(script, each)
        const asked = script.mail.filter(([, { type }]) => type === 'ASSIGN')
        const attempts = asked.map(([, { assignment }]) => (assignment as { attempt: number }).attempt)
        expect(attempts).toEqual(attempts.map((_, at) => at + 1))
        expect(attempts.length).toBeLessThanOrEqual(most)
        const submitted = script.mail
          .filter(([, { type }]) => type === 'SUBMIT')
          .map(([, { attempt }]) => attempt)
        expect(new Set(submitted).size).toBe(submitted.length)
        for (const each of submitted) expect(attempts).toContain(each)
      }),
      { numRuns: 40 },
    )
  })

  it('ends with what its current attempt came to, and says why when it failed', () => {
    fc.assert(
      fc.property(fc.array(taskEvent, { maxLength: 60 }), (events) => {
        const script = open()
        for (const each of events) tell(script, each)
        if (script.snapshot.status !== 'done') return
        const output = script.output as {
          status: string
          reasons: string[]
          merge: object | null
          attempts: number
          handover?: { tried: object[]; advice: string[] }
        }
        if (output.status === 'failed') expect(output.reasons.length).toBeGreaterThan(0)
        if (output.merge) expect(output).toMatchObject({ status: 'done', merge: { commit: 'c1' } })
        expect(output.attempts).toBeLessThanOrEqual(most)
        if (output.handover) {
          expect(isAgents).toBe(true)
          expect(output.handover.tried).toHaveLength(output.attempts)
          expect(output.handover.advice.length).toBeGreaterThan(0)
          expect(script.facts.filter(({ type }) => type === 'task.needs_person')).toHaveLength(1)
        }
      }),
      { numRuns: 40 },
    )
  })

  it('ignores everything that is about another attempt', () => {
    fc.assert(
      fc.property(fc.array(taskEvent, { maxLength: 30 }), taskEvent, (events, stray) => {
        const script = open()
        for (const each of events) tell(script, each)
        const { attempt } = script.snapshot.context as { attempt: number }
        const before = [JSON.stringify(script.snapshot.toJSON()), script.mail.length]
        const ofOther = { ...stray, attempt: attempt + 1 }
        if (['CANCEL', 'canopy.refused', 'timer'].includes(stray.type)) return
        script.tell(ofOther)
        expect([JSON.stringify(script.snapshot.toJSON()), script.mail.length]).toEqual(before)
      }),
      { numRuns: 60 },
    )
  })

  it('begins no attempt after it was cancelled', () => {
    fc.assert(
      fc.property(
        fc.array(taskEvent, { maxLength: 30 }),
        fc.array(taskEvent, { maxLength: 30 }),
        (before, after) => {
          const script = open()
          for (const each of before) tell(script, each)
          const state = JSON.stringify(script.value)
          script.tell({ type: 'CANCEL' })
          const asked = script.mailTo('pool').filter((type) => type === 'ASSIGN').length
          for (const each of after) tell(script, each)
          expect(script.mailTo('pool').filter((type) => type === 'ASSIGN').length, state).toBe(asked)
        },
      ),
      { numRuns: 40 },
    )
  })

  it('closes its account exactly once, when it ends, if it has one', () => {
    fc.assert(
      fc.property(fc.array(taskEvent, { maxLength: 60 }), (events) => {
        const script = open()
        for (const each of events) tell(script, each)
        const closed = script.mailTo('budget')
        expect(closed).toEqual(isAgents && script.snapshot.status === 'done' ? ['CLOSED'] : [])
      }),
      { numRuns: 60 },
    )
  })

  it('reaches an end in bounded time when nobody ever answers', () => {
    const script = open()
    for (let steps = 0; script.snapshot.status === 'active'; steps += 1) {
      expect(steps, JSON.stringify(script.value)).toBeLessThan(40)
      const { attempt } = script.snapshot.context as { attempt: number }
      script.tell({ type: 'WORK.STARTED', attempt, worker: 'worker:1' })
      tell(script, { type: 'timer' })
    }
    expect(script.output).toMatchObject({
      status: 'failed',
      reasons: ['no answer came from the worker in time'],
    })
    const aborted = script.mail.filter(([to, { type }]) => to === 'pool' && type === 'CANCEL')
    expect(aborted).toHaveLength((script.output as { attempts: number }).attempts)
  })
})

const assignment = (id: string, kind?: 'code' | 'plan' | 'review') => ({
  task: kind ? agentTask(id, { kind }) : task(id),
  attempt: 1,
  failures: [],
  site,
  line,
  replyTo: `t.${id}`,
  priority: 1,
})
const ticket = (id: string) => ticketOf({ replyTo: `t.${id}`, attempt: 1 })
const totals = {
  head: null,
  steps: 1,
  usage: { input: 1, cacheRead: 0, cacheWrite: 0, output: 0 },
  microdollars: 1,
  ms: 1,
}

const result = fc.constantFrom<Told>(
  { type: 'prepare', output: { worktree: '/w', commit: 'c0' } },
  { type: 'write', output: { kind: 'written', files: [{ path: 'a', source: '' }], cases: 1 } },
  { type: 'write', output: { kind: 'nothing', reason: 'covered' } },
  { type: 'submit', output: submission },
  { type: 'agent', output: { kind: 'submitted', answer: { outcome: 'done', summary: 's' }, ...totals } },
  { type: 'agent', output: { kind: 'stuck', reasons: ['in circles'], ...totals } },
  { type: 'review', output: { kind: 'submitted', answer: { summary: 's' }, ...totals } },
  { type: 'collect', output: { kind: 'collected', submission } },
  { type: 'collect', output: { kind: 'refused', reasons: ['nothing is changed'] } },
  { type: 'release', output: null },
)
const workerEvent = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.constantFrom('a', 'b').map((id): Told => ({ type: 'ASSIGN', assignment: assignment(id) })),
  },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom('code', 'plan', 'review')
      .map((kind): Told => ({ type: 'ASSIGN', assignment: assignment('c', kind as 'code') })),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('a', 'b', 'c', 'd').map((id): Told => ({ type: 'ABORT', ticket: ticket(id) })),
  },
  { weight: 8, arbitrary: result },
  { weight: 2, arbitrary: fc.constant<Told>({ type: 'crash' }) },
  { weight: 1, arbitrary: fc.constant<Told>({ type: 'timer' }) },
)

describe('a worker', () => {
  const open = (agents: boolean) =>
    new Script(workerActor.machine, {
      pool: 'pool',
      worker: 'worker:1',
      ...(agents && { agents: { budget: 'budget', models: modelsInUse } }),
    })

  /** What runs ends; what does not run cannot. */
  function work(script: Script, event: Told): void {
    const running = Object.keys(script.snapshot.children)
    if (event.type === 'crash') {
      for (const id of running.slice(0, 1))
        script.tell({ type: `xstate.error.actor.${id}`, error: { message: 'broken' } })
    } else if (event.type in { ASSIGN: 1, ABORT: 1, timer: 1 }) tell(script, event)
    else if (running.includes(event.type))
      script.tell({ type: `xstate.done.actor.${event.type}`, output: event.output })
  }

  it('gives back each assignment once, with an outcome, or refuses it', () => {
    fc.assert(
      fc.property(fc.boolean(), fc.array(workerEvent, { maxLength: 60 }), (agents, events) => {
        const script = open(agents)
        let taken = 0
        for (const each of events) {
          const before = script.mail.length
          const isIdle = script.value === 'idle'
          work(script, each)
          const mail = script.mail.slice(before).map(([, event]) => event)
          const refused = mail.filter(({ type }) => type === 'WORKER.REFUSED')
          expect(refused.length, each.type).toBe(each.type === 'ASSIGN' && !isIdle ? 1 : 0)
          if (each.type === 'ASSIGN' && isIdle) taken += 1
          for (const free of mail.filter(({ type }) => type === 'WORKER.FREE')) {
            expect(free.outcome).toMatchObject({ kind: expect.any(String) })
            if (!isIdle) taken -= 1
          }
          expect(taken).toBe(script.value === 'idle' ? 0 : 1)
        }
      }),
      { numRuns: 40 },
    )
  })

  it('releases each worktree that it prepared before it is free', () => {
    fc.assert(
      fc.property(fc.boolean(), fc.array(workerEvent, { maxLength: 60 }), (agents, events) => {
        const script = open(agents)
        for (const each of events) work(script, each)
        const order = script.started.map(([, src]) => src)
        const rounds = order.join(' ').split('prepare').slice(1)
        const finished = script.value === 'idle' ? rounds : rounds.slice(0, -1)
        for (const round of finished) expect(round.trim().split(' ').at(-1)).toBe('release')
      }),
      { numRuns: 60 },
    )
  })

  it('tells the budget that an agent’s attempt is over each time, and of nothing else', () => {
    fc.assert(
      fc.property(fc.array(workerEvent, { maxLength: 60 }), (events) => {
        const script = open(true)
        for (const each of events) work(script, each)
        const ends = script.mail.filter(
          ([, { type, ticket: its }]) => type === 'WORKER.FREE' && its === ticket('c'),
        )
        // A worker that is asked to abort what it never had says so, and has no account of it.
        const real = ends.filter(([, { outcome }], at) => {
          const index = script.mail.indexOf(ends[at] ?? ['', { type: '' }])
          return (
            script.mail[index - 1]?.[1].type === 'CLOSED' ||
            (outcome as { kind: string }).kind !== 'cancelled'
          )
        })
        expect(script.mailTo('budget')).toHaveLength(real.length)
      }),
      { numRuns: 40 },
    )
  })
})

const integrated = measurement({ 'src/a.ts': 6 }, 't1')
const change = { branches: integrated.branches, statements: integrated.statements, modules: [] }
const verdict = fc.constantFrom('pass', 'refuse', 'refuse', 'pass', 'pass')

const integratorEvent = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      op: fc.constant('submit' as const),
      id: fc.nat({ max: 9 }),
      attempt: fc.integer({ min: 1, max: 3 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      op: fc.constant('judge' as const),
      each: fc.array(verdict, { minLength: 8, maxLength: 8 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('fail' as const), doubtful: fc.boolean() }) },
  { weight: 1, arbitrary: fc.constant({ op: 'crash' as const }) },
  { weight: 1, arbitrary: fc.constant({ op: 'timer' as const }) },
  { weight: 1, arbitrary: fc.constant({ op: 'settle' as const }) },
)
type IntegratorStep = typeof integratorEvent extends fc.Arbitrary<infer Value> ? Value : never

/** An integrator, and what it was handed and has answered. */
class MergeQueue {
  readonly script = new Script(integratorActor.machine, {
    orchestrator: 'o',
    site,
    line,
    measurement: measurement({ 'src/a.ts': 2 }),
    budget: 'budget',
  })
  readonly handed = new Set<string>()
  readonly #last = new Map<number, number>()

  step(step: IntegratorStep): void {
    switch (step.op) {
      case 'submit':
        return this.#submit(step.id, step.attempt)
      case 'judge':
        return this.judge(step.each)
      case 'fail':
        return this.#end({ failed: { verdicts: [], doubtful: step.doubtful ? ['an old test'] : [] } })
      case 'crash':
        if (this.isJudging)
          this.script.tell({ type: 'xstate.error.actor.integrate', error: { message: 'broken' } })
        return
      case 'timer':
        return tell(this.script, { type: 'timer' })
      case 'settle':
        this.script.tell({ type: 'SETTLE' })
    }
  }

  get isJudging(): boolean {
    return this.script.value === 'integrating'
  }

  get answered(): string[] {
    return this.script.mail.flatMap(([to, { type, attempt }]) =>
      type === 'MERGED' || type === 'REJECTED' ? [`${to}#${attempt}`] : [],
    )
  }

  judge(each: readonly string[]): void {
    if (!this.isJudging) return
    const stack = this.stack.map((_, at) => ({ at, passes: each[at] === 'pass' }))
    const merged = stack
      .filter(({ passes }) => passes)
      .map(({ at }) => ({ at, commit: `c${at}`, change, verdicts: [] }))
    const returned = stack.filter(({ passes }) => !passes).map(({ at }) => ({ at, verdicts: [] }))
    this.#end({ merged, returned, measurement: merged.length > 0 ? integrated : null })
  }

  get stack(): { task: { id: string }; attempt: number }[] {
    return this.script.started.at(-1)?.[2].stack as { task: { id: string }; attempt: number }[]
  }

  #end(judgement: Partial<BatchJudgement>): void {
    if (!this.isJudging) return
    const output = { returned: [], merged: [], measurement: null, failed: null, ms: 10, ...judgement }
    this.script.tell({ type: 'xstate.done.actor.integrate', output })
  }

  #submit(id: number, attempt: number): void {
    if ((this.#last.get(id) ?? 0) < attempt) {
      this.#last.set(id, attempt)
      this.handed.add(`t.${id}#${attempt}`)
    }
    const its = id % 2 === 0 ? task(`${id}`) : agentTask(`${id}`)
    this.script.tell({ type: 'SUBMIT', submission, task: its, attempt, replyTo: `t.${id}` })
  }
}

const queueStory = fc.array(integratorEvent, { maxLength: 80 })

describe('an integrator', () => {
  it('answers each submission at most once, and all of them when judging goes on', () => {
    fc.assert(
      fc.property(queueStory, (steps) => {
        const queue = new MergeQueue()
        for (const each of steps) queue.step(each)
        for (const each of queue.answered) expect(queue.handed.has(each)).toBe(true)
        expect(new Set(queue.answered).size).toBe(queue.answered.length)
        for (let runs = 0; queue.script.value !== 'idle'; runs += 1) {
          expect(runs).toBeLessThan(200)
          if (queue.isJudging) queue.judge(Array.from({ length: 8 }, () => 'pass'))
          else queue.step({ op: 'timer' })
        }
        expect(queue.answered.toSorted()).toEqual([...queue.handed].toSorted())
      }),
      { numRuns: 60 },
    )
  })

  it('numbers its merges without a gap, and tells the task before the orchestrator', () => {
    fc.assert(
      fc.property(queueStory, (steps) => {
        const queue = new MergeQueue()
        for (const each of steps) queue.step(each)
        const merges = queue.script.mail.filter(([, { type }]) => type === 'INTEGRATED')
        expect(merges.map(([, { merge }]) => merge)).toEqual(merges.map((_, at) => at + 1))
        for (const letter of merges) {
          const before = queue.script.mail[queue.script.mail.indexOf(letter) - 1]
          expect(before).toMatchObject([`t.${letter[1].task}`, { type: 'MERGED', commit: letter[1].commit }])
        }
        expect(queue.script.facts.filter(({ type }) => type === 'coverage.changed')).toHaveLength(
          merges.length,
        )
      }),
      { numRuns: 60 },
    )
  })

  it('says that it has settled only while nothing waits, with the number of its merges', () => {
    fc.assert(
      fc.property(queueStory, (steps) => {
        const queue = new MergeQueue()
        for (const each of steps) {
          const before = queue.script.mail.length
          queue.step(each)
          const settled = queue.script.mail.slice(before).filter(([, { type }]) => type === 'SETTLED')
          if (settled.length === 0) continue
          expect(settled).toHaveLength(1)
          expect(queue.script.value).toBe('idle')
          expect(new Set(queue.answered)).toEqual(queue.handed)
          const merges = queue.script.mail.filter(([, { type }]) => type === 'INTEGRATED').length
          expect(settled[0]?.[1]).toMatchObject({ merges })
        }
      }),
      { numRuns: 60 },
    )
  })

  it('judges at most eight together, never two that touch the same file, and tells each time under its own id', () => {
    fc.assert(
      fc.property(queueStory, (steps) => {
        const queue = new MergeQueue()
        for (const each of steps) {
          queue.step(each)
          if (!queue.isJudging) continue
          expect(queue.stack.length).toBeGreaterThan(0)
          expect(queue.stack.length).toBeLessThanOrEqual(8)
          // All samples hand in the same file.
          expect(queue.stack).toHaveLength(1)
        }
        const spent = queue.script.mail.filter(([to]) => to === 'budget').map(([, { id }]) => id)
        expect(new Set(spent).size).toBe(spent.length)
      }),
      { numRuns: 40 },
    )
  })
})
