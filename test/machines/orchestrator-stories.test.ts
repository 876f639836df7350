// An orchestrator under any order of ended and lost tasks, merges, pauses and cancellations, late and foreign messages:
// it starts what it may, knows how each task ended, and ends with a claim or a reason.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type OrchestratorBook,
  type OrchestratorOutput,
  orchestratorActor,
  policySchema,
} from '../../machines/index.ts'
import { count, line, measurement, milestone, site } from './samples.ts'
import { Script, type Told } from './script.ts'

const modules = ['src/a.ts', 'src/b.ts', 'src/c.ts', 'src/d.ts', 'src/e.ts']
const status = fc.constantFrom('done' as const, 'done' as const, 'nothing' as const, 'failed' as const)

const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ op: fc.constant('end' as const), pick: fc.nat({ max: 4 }), status }) },
  {
    weight: 4,
    arbitrary: fc.record({
      op: fc.constant('merge' as const),
      module: fc.nat({ max: 4 }),
      covered: fc.nat({ max: 10 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('lose' as const), pick: fc.nat({ max: 4 }) }) },
  { weight: 4, arbitrary: fc.constant({ op: 'settle' as const }) },
  { weight: 1, arbitrary: fc.constant({ op: 'foreign' as const }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('PAUSE' as const, 'RESUME' as const, 'RESUME' as const).map((op) => ({ op })),
  },
)
type OrchestratorStep = typeof step extends fc.Arbitrary<infer Value> ? Value : never

const opening = fc.record({
  goal: fc.integer({ min: 0, max: 100 }),
  inFlight: fc.integer({ min: 1, max: 4 }),
  covered: fc.array(fc.nat({ max: 10 }), { minLength: 5, maxLength: 5 }),
  paused: fc.boolean(),
  chained: fc.boolean(),
})
type Opening = typeof opening extends fc.Arbitrary<infer Value> ? Value : never
const story = fc.tuple(opening, fc.array(step, { maxLength: 60 }))

class Milestone {
  readonly script: Script
  readonly #covered: Record<string, number>
  readonly #ended: string[] = []
  #merges = 0

  constructor({ goal, inFlight, covered, paused, chained }: Opening) {
    this.#covered = Object.fromEntries(modules.map((module, at) => [module, covered[at] ?? 0]))
    this.script = new Script(orchestratorActor.machine, {
      address: 'o',
      pool: 'pool',
      milestone: milestone('m1', goal),
      site,
      line,
      sources: modules,
      needs: chained ? { 'src/b.ts': ['src/a.ts'], 'src/c.ts': ['src/b.ts'] } : {},
      measurement: measurement(this.#covered),
      policy: policySchema.parse({ inFlight, rounds: 3 }),
      begun: 1,
      paused,
    })
  }

  get book(): OrchestratorBook {
    return this.script.snapshot.context as OrchestratorBook
  }

  get isOver(): boolean {
    return this.script.snapshot.status === 'done'
  }

  get output(): OrchestratorOutput {
    return this.script.output as OrchestratorOutput
  }

  get started(): string[] {
    return this.script.started.filter(([, src]) => src === 'task').map(([id]) => id.replace('task:', ''))
  }

  get isSettling(): boolean {
    return JSON.stringify(this.script.value).includes('settling')
  }

  play(step: OrchestratorStep): void {
    switch (step.op) {
      case 'end': {
        const id = this.#pick(step.pick)
        if (id !== undefined) this.script.tell(this.#endOf(id, step.status))
        return
      }
      case 'lose': {
        const id = this.#pick(step.pick)
        if (id !== undefined)
          this.script.tell({ type: `xstate.error.actor.task:${id}`, error: { message: 'killed' } })
        return
      }
      case 'merge':
        return this.#merge(modules[step.module] ?? '', step.covered)
      case 'settle': {
        const { branches } = measurement(this.#covered)
        if (this.isSettling) this.script.tell({ type: 'SETTLED', merges: this.#merges, branches })
        return
      }
      case 'foreign':
        return this.#foreign()
      default:
        this.script.tell({ type: step.op })
    }
  }

  #pick(at: number): string | undefined {
    const { running } = this.book
    const id = running[at % Math.max(1, running.length)]
    if (id !== undefined) this.#ended.push(id)
    return id
  }

  #endOf(task: string, status: string): Told {
    const merge = { commit: 'c1', branches: { before: count(1, 10), after: count(2, 10) } }
    const output = { status, task, module: '', attempts: 1, cases: 2, merge: null, reasons: ['why'] }
    return {
      type: `xstate.done.actor.task:${task}`,
      output: status === 'done' ? { ...output, merge, reasons: [] } : output,
    }
  }

  #merge(module: string, covered: number): void {
    this.#merges += 1
    this.#covered[module] = Math.max(this.#covered[module] ?? 0, covered)
    const { branches, statements, modules } = measurement(this.#covered)
    const change = { branches, statements, modules: modules.filter(({ path }) => path === module) }
    const commit = `c${this.#merges}`
    this.script.tell({ type: 'INTEGRATED', task: 'x', commit, merge: this.#merges, change })
  }

  /** Ends of tasks that do not run change nothing. */
  #foreign(): void {
    const before = [
      JSON.stringify(this.script.snapshot.toJSON()),
      this.script.mail.length,
      this.started.length,
    ]
    for (const id of ['other', 'constructor', ...this.#ended].filter(
      (each) => !this.book.running.includes(each),
    )) {
      this.script.tell(this.#endOf(id, 'done'), {
        type: `xstate.error.actor.task:${id}`,
        error: { message: 'late' },
      })
    }
    expect([
      JSON.stringify(this.script.snapshot.toJSON()),
      this.script.mail.length,
      this.started.length,
    ]).toEqual(before)
  }

  finish(): void {
    this.script.tell({ type: 'RESUME' })
    for (let steps = 0; !this.isOver; steps += 1) {
      expect(steps, JSON.stringify(this.script.value)).toBeLessThan(200)
      this.play({ op: 'end', pick: 0, status: 'done' })
      this.play({ op: 'settle' })
    }
  }
}

function played([given, steps]: [Opening, OrchestratorStep[]]): Milestone {
  const played = new Milestone(given)
  for (const each of steps) if (!played.isOver) played.play(each)
  return played
}

describe('an orchestrator told any story', () => {
  it('runs no more tasks than may be in flight, each once, after those that it needs', () => {
    fc.assert(
      fc.property(story, ([given, steps]) => {
        const told = new Milestone(given)
        for (const each of steps) {
          if (told.isOver) break
          told.play(each)
          const { running, tasks } = told.book
          expect(running.length).toBeLessThanOrEqual(given.inFlight)
          for (const id of running) {
            const { task, status } = tasks.get(id) ?? { task: undefined, status: undefined }
            expect(status).toBe('running')
            for (const need of task?.needs ?? [])
              expect(['done', 'nothing']).toContain(tasks.get(need)?.status)
          }
        }
        expect(new Set(told.started).size).toBe(told.started.length)
      }),
      { numRuns: 60 },
    )
  })

  it('starts nothing while it is paused, and tells the pool of each pause and its end', () => {
    fc.assert(
      fc.property(story, ([given, steps]) => {
        const told = new Milestone(given)
        for (const each of steps) {
          if (told.isOver) break
          const [started, mail] = [told.started.length, told.script.mailTo('pool').length]
          told.play(each)
          if (told.book.paused) expect(told.started.length).toBe(started)
          const now = told.script.mailTo('pool').slice(mail)
          if (each.op === 'PAUSE') expect(now).toEqual(['HOLD'])
          else if (each.op === 'RESUME') expect(now).toEqual(['RELEASE'])
          else expect(now).toEqual([])
        }
      }),
      { numRuns: 60 },
    )
  })

  it('counts how each task ended, and keeps the commits in the order of their merges', () => {
    fc.assert(
      fc.property(story, (told) => {
        const { book } = played(told)
        const ends = [...book.tasks].map(([, { status }]) => status)
        for (const each of ['done', 'nothing', 'failed'] as const)
          expect(book.counts[each]).toBe(ends.filter((status) => status === each).length)
        const numbers = [...book.commits]
          .map(([merge]) => Number(merge))
          .toSorted((one, other) => one - other)
        expect(numbers).toEqual(numbers.map((_, at) => at + 1))
      }),
      { numRuns: 60 },
    )
  })

  it('ends with a claim exactly when the coverage is there, and with a reason when not', () => {
    fc.assert(
      fc.property(story, (told) => {
        const ended = played(told)
        ended.finish()
        const { claimed, reasons, branches, tasks, failures, commits } = ended.output
        const { covered, total } = branches.after
        expect(claimed).toBe((100 * covered) / total >= told[0].goal)
        expect(reasons.length > 0).toBe(!claimed)
        expect(failures).toHaveLength(tasks.failed)
        for (const { reasons } of failures) expect(reasons.join()).toMatch(/./)
        expect(commits).toEqual(commits.map((_, at) => `c${at + 1}`))
      }),
      { numRuns: 60 },
    )
  })

  it('starts nothing after it was cancelled, calls back what runs, and says why it ended', () => {
    fc.assert(
      fc.property(story, (told) => {
        const cancelled = played(told)
        if (cancelled.isOver) return
        const [{ running }, started] = [cancelled.book, cancelled.started.length]
        const before = cancelled.script.mail.length
        cancelled.script.tell({ type: 'CANCEL', reason: 'a person wanted it' })
        const called = cancelled.script.mail.slice(before).filter(([, { type }]) => type === 'CANCEL')
        expect(called.map(([to]) => to)).toEqual(running.map((id) => `o.task:${id}`))
        cancelled.finish()
        expect(cancelled.started.length).toBe(started)
        const { claimed, reasons } = cancelled.output
        if (!claimed) expect(reasons).toEqual(['a person wanted it'])
      }),
      { numRuns: 50 },
    )
  })
})
