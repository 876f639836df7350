// A run from its root: the supervisor under any order of results, failures, pauses and stops ends with a report that says
// of each milestone how it ended; the system ends with a report whatever is lost; workers of a node belong to its pool.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import {
  type Milestone,
  policySchema,
  type RunReport,
  remoteWorkersActor,
  runInputSchema,
  runReportSchema,
  supervisorActor,
  systemActor,
} from '../../machines/index.ts'
import { count, measurement, milestone, modelsInUse, survey } from './samples.ts'
import { Script, type Told } from './script.ts'

const names = ['m1', 'm2', 'm3'] as const

const roadmaps: fc.Arbitrary<Milestone[]> = fc
  .array(
    fc.record({
      goal: fc.integer({ min: 0, max: 100 }),
      priority: fc.integer({ min: 1, max: 3 }),
      needs: fc.boolean(),
      inWords: fc.boolean(),
    }),
    { minLength: 1, maxLength: 3 },
  )
  .map((given) =>
    given.map(({ goal, priority, needs, inWords }, at) =>
      milestone(names[at] ?? 'm1', goal, {
        priority,
        needs: needs && at > 0 ? [names[at - 1] ?? 'm1'] : [],
        ...(inWords && { goal: { outcome: 'It prints the time.', accept: ['node time.ts'] } }),
      }),
    ),
  )

const step = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      op: fc.constant('answer' as const),
      pick: fc.nat({ max: 9 }),
      covered: fc.nat({ max: 10 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('crash' as const) }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('timer' as const) }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('PAUSE' as const, 'RESUME' as const, 'STOP' as const).map((op) => ({ op })),
  },
)
type RunStep = typeof step extends fc.Arbitrary<infer Value> ? Value : never

/** A supervisor, whose invocations and orchestrators end as a story says. */
class Run {
  readonly script: Script
  /** Commits of all orchestrators that claimed something. */
  readonly commits: string[] = []
  #covered = 2

  constructor(roadmap: readonly Milestone[]) {
    this.script = new Script(supervisorActor.machine, {
      address: 'system.supervisor',
      pool: 'system.pool',
      budgetAt: 'system.budget',
      models: modelsInUse,
      repository: '/repository',
      roadmap,
      workers: 2,
      policy: policySchema.parse({ tries: 2 }),
    })
  }

  get isOver(): boolean {
    return this.script.snapshot.status === 'done'
  }

  get report(): RunReport {
    return runReportSchema.parse(JSON.parse(JSON.stringify(this.script.output)))
  }

  get running(): string[] {
    const { children } = this.script.snapshot
    return Object.keys(children).filter((id) => children[id] !== undefined)
  }

  play(step: RunStep): void {
    switch (step.op) {
      case 'answer':
        for (const id of this.running.slice(0, 1)) this.#end(id, step.pick, step.covered)
        return
      case 'crash':
        for (const id of this.running.slice(0, 1))
          this.#tellEnd({ type: `xstate.error.actor.${id}`, error: { message: 'disk full' } }, id)
        return
      case 'timer': {
        const nodes = this.script.snapshot._nodes as { after: { eventType: string }[] }[]
        const [timer] = nodes.flatMap(({ after }) => after)
        if (timer) this.script.tell({ type: timer.eventType })
        return
      }
      default:
        this.script.tell({ type: step.op })
    }
  }

  #end(id: string, pick: number, covered: number): void {
    const output = this.#outputOf(id, pick, covered)
    this.#tellEnd({ type: `xstate.done.actor.${id}`, output }, id)
  }

  /** XState keeps a child that ended outside: it must not end twice. */
  #tellEnd(event: Told, id: string): void {
    const before = this.script.snapshot.children[id]
    this.script.tell(event)
    const { children } = this.script.snapshot
    if (children[id] === before) delete children[id]
  }

  #outputOf(id: string, pick: number, covered: number): unknown {
    if (id === 'survey')
      return pick === 0
        ? { kind: 'refused', reason: 'no tests' }
        : { kind: 'surveyed', survey: survey({ 'src/a.ts': 2 }) }
    if (id === 'open') return { branch: 'canopy/m1', base: 'c0' }
    if (id === 'measure') {
      this.#covered = Math.max(this.#covered, covered)
      return measurement({ 'src/a.ts': this.#covered })
    }
    if (id === 'accept') return { findings: pick < 5 ? [] : ['no time'] }
    if (id === 'close') return { deliveries: [] }
    const commits = pick < 3 ? [] : [`c${this.commits.length}`]
    this.commits.push(...commits)
    return {
      milestone: id.replace(/^orchestrator:/, '').replace(/:.*/, ''),
      claimed: pick % 2 === 0,
      tasks: { done: commits.length, failed: 0, nothing: 0 },
      commits,
      branches: { before: count(2, 10), after: count(2, 10) },
      failures: [],
      reasons: pick % 2 === 0 ? [] : ['nothing is left to try'],
    }
  }

  /** Everything is answered until the run is over. */
  finish(): void {
    this.script.tell({ type: 'RESUME' })
    for (let steps = 0; !this.isOver; steps += 1) {
      expect(steps, JSON.stringify(this.script.value)).toBeLessThan(200)
      this.play({ op: 'answer', pick: 4, covered: 10 })
      if (this.running.length === 0) this.play({ op: 'timer' })
    }
  }
}

const story = fc.tuple(roadmaps, fc.array(step, { maxLength: 50 }))

describe('a supervisor told any story', () => {
  it('has one orchestrator at a time, and begins none twice under one name', () => {
    fc.assert(
      fc.property(story, ([roadmap, steps]) => {
        const run = new Run(roadmap)
        for (const each of steps) {
          if (run.isOver) break
          run.play(each)
          expect(run.running.filter((id) => id.startsWith('orchestrator:')).length).toBeLessThanOrEqual(1)
        }
        const begun = run.script.started.filter(([, src]) => src === 'orchestrator').map(([id]) => id)
        expect(new Set(begun).size).toBe(begun.length)
        // Two tries of each milestone at most.
        expect(begun.length).toBeLessThanOrEqual(2 * roadmap.length)
      }),
      { numRuns: 100 },
    )
  })

  it('ends with a report that says of each milestone how it ended', () => {
    fc.assert(
      fc.property(story, ([roadmap, steps]) => {
        const run = new Run(roadmap)
        for (const each of steps) if (!run.isOver) run.play(each)
        run.finish()
        const { status, reasons, milestones, coverage } = run.report
        if (status === 'reached') expect(reasons).toEqual([])
        else expect(reasons.length).toBeGreaterThan(0)
        const reached = new Set(
          milestones.filter((each) => each.status === 'reached').map((each) => each.milestone),
        )
        if (status === 'reached')
          expect([...reached].toSorted()).toEqual(roadmap.map(({ id }) => id).toSorted())
        for (const each of milestones) {
          expect(roadmap.map(({ id }) => id)).toContain(each.milestone)
          if (each.status !== 'reached') expect(each.reasons.length, each.milestone).toBeGreaterThan(0)
          const { needs = [] } = roadmap.find(({ id }) => id === each.milestone) ?? {}
          if (each.status === 'reached') for (const need of needs) expect(reached.has(need)).toBe(true)
        }
        if (coverage)
          expect(coverage.branches.after.covered).toBeGreaterThanOrEqual(coverage.branches.before.covered)
      }),
      { numRuns: 100 },
    )
  })

  it('reports each commit of its orchestrators once', () => {
    fc.assert(
      fc.property(story, ([roadmap, steps]) => {
        const run = new Run(roadmap)
        for (const each of steps) if (!run.isOver) run.play(each)
        run.finish()
        const { commits, tasks, milestones } = run.report
        expect(new Set(commits).size).toBe(commits.length)
        for (const each of commits) expect(run.commits).toContain(each)
        expect(tasks.done).toBe(milestones.reduce((sum, { tasks }) => sum + tasks.done, 0))
      }),
      { numRuns: 60 },
    )
  })

  it('begins nothing new after it was told to stop', () => {
    fc.assert(
      fc.property(story, fc.array(step, { maxLength: 30 }), ([roadmap, steps], after) => {
        const run = new Run(roadmap)
        for (const each of steps) if (!run.isOver) run.play(each)
        if (run.isOver) return
        run.script.tell({ type: 'STOP' })
        const begun = () => run.script.started.filter(([, src]) => src === 'orchestrator').length
        const before = begun()
        for (const each of after) if (!run.isOver) run.play(each)
        run.finish()
        expect(begun()).toBe(before)
        expect(run.report.status).not.toBe('refused')
      }),
      { numRuns: 60 },
    )
  })
})

describe('a milestone that was claimed', () => {
  it('is not reached when the measurement says otherwise, which is the reason in the report', () => {
    const run = new Run([milestone('m1', 80)])
    // Surveyed, opened, claimed and measured at a fifth of the branches; twice, because it may be tried again.
    for (const covered of [2, 2, 2, 3, 3, 3, 3]) run.play({ op: 'answer', pick: 4, covered })
    run.finish()
    const [first] = run.report.milestones
    expect(first).toMatchObject({
      status: 'not_reached',
      claimed: true,
      reasons: ['its goal was claimed, but 30% of the branches are covered and the goal is 80%'],
    })
  })
})

describe('a system', () => {
  const input = runInputSchema.parse({
    repository: '/repository',
    roadmap: [milestone('m1', 80)],
    workers: 2,
    policy: {},
    models: modelsInUse,
  })
  const open = () => new Script(systemActor.machine, input)

  it('starts the budget before the pool before the supervisor, each told where the others are', () => {
    expect(open().started).toMatchObject([
      ['budget', 'budget', { pool: 'system.pool', caps: input.budget }],
      ['pool', 'pool', { address: 'system.pool', size: 2, agents: { budget: 'system.budget' } }],
      [
        'supervisor',
        'supervisor',
        {
          address: 'system.supervisor',
          pool: 'system.pool',
          budgetAt: 'system.budget',
          repository: '/repository',
        },
      ],
    ])
  })

  it.each(['PAUSE', 'RESUME', 'STOP'])('passes %s on to the supervisor', (type) => {
    expect(open().tell({ type }).mail).toEqual([['system.supervisor', { type }]])
  })

  it('passes a new size on to the pool', () => {
    expect(open().tell({ type: 'POOL.RESIZE', size: 5 }).mail).toEqual([
      ['system.pool', { type: 'POOL.RESIZE', size: 5 }],
    ])
  })

  it.each([
    { type: 'POOL.RESIZE' },
    { type: 'POOL.RESIZE', size: 0 },
    { type: 'POOL.RESIZE', size: 257 },
    { type: 'START' },
  ])('does not accept %j', (event) => {
    expect(z.safeParse(systemActor.events, event).success).toBe(false)
  })

  it.each(['budget', 'pool', 'supervisor'])('ends with a report that says why when its %s is lost', (id) => {
    const told = open().tell({
      type: `xstate.error.actor.${id}`,
      error: { message: 'gave up', code: 'gave_up' },
    })
    const report = runReportSchema.parse(told.output)
    expect(report).toMatchObject({ status: 'not_reached', reasons: [`${id}: gave up`], coverage: null })
  })

  it.each(['budget', 'pool'])('ends with a report that says why when its %s ends by itself', (id) => {
    const told = open().tell({ type: `xstate.done.actor.${id}`, output: undefined })
    expect(runReportSchema.parse(told.output).reasons).toEqual([`the ${id} ended`])
  })

  it('ends with the report of its supervisor', () => {
    const report = { status: 'reached' }
    expect(open().tell({ type: 'xstate.done.actor.supervisor', output: report }).output).toEqual(report)
  })
})

describe('the workers of a node', () => {
  const open = (size: number, agents: object | null = null) =>
    new Script(remoteWorkersActor('node-a').machine, { address: 'node-a', pool: 'system.pool', size, agents })

  it('are as many as it brings, each named by its address, below the pool of another node', () => {
    expect(open(3).started).toEqual(
      [1, 2, 3].map((number) => [
        `worker:${number}`,
        'worker',
        {
          pool: 'system.pool',
          worker: `node-a.worker:${number}`,
          address: `node-a.worker:${number}`,
          agents: null,
        },
      ]),
    )
    expect(open(0).started).toEqual([])
  })

  it('have what agents need where the node has it', () => {
    const agents = { budget: 'system.budget', models: modelsInUse }
    expect(open(1, agents).started[0]?.[2]).toMatchObject({ agents })
  })

  it('are of a kind that is the address of their root, and accept no mail for it', () => {
    const { kind, events, children } = remoteWorkersActor('node-b')
    expect([kind, children.worker.restart]).toEqual(['node-b', 'permanent'])
    expect(z.safeParse(events, { type: 'ASSIGN' }).success).toBe(false)
  })
})
