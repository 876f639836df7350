// The whole tree of charts on a simulated repository, in many orders and with much going wrong: it always ends, with
// a report that is true.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  budgetSchema,
  isCoverageGoal,
  type Milestone,
  percent,
  policySchema,
  type RunReport,
  runReportSchema,
  ticketOf,
} from '../../machines/index.ts'
import { milestone } from './samples.ts'
import { SimulatedRepository, type Troubles } from './simulated.ts'
import { World, type WorldOptions } from './world.ts'

/** Numbers that a seed determines (mulberry32). */
function chance(seed: number): (bound: number) => number {
  let state = seed >>> 0
  return (bound) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound
  }
}

interface Scene {
  readonly seed: number
  readonly modules: number
  readonly workers: number
  readonly roadmap: Milestone[]
  readonly troubles: Troubles
  readonly disturb?: (chance: Chance) => Pick<WorldOptions, 'disturb' | 'idle'>
}

type Chance = (bound: number) => number

function play({ seed, modules, workers, roadmap, troubles, disturb }: Scene) {
  const choose = chance(seed)
  const covered = Object.fromEntries(
    Array.from({ length: modules }, (_, index) => [`src/m${index}.ts`, choose(8)]),
  )
  const repository = new SimulatedRepository(covered, troubles, choose)
  const world = new World({ choose, invoke: repository.invoke, ...disturb?.(choose) })
  const policy = policySchema.parse({ inFlight: workers * 2 })
  const budget = budgetSchema.parse({})
  world.run('system', 'system', {
    address: 'system',
    repository: '/r',
    roadmap,
    workers,
    policy,
    budget,
    models: null,
  })
  const report: RunReport = runReportSchema.parse(world.output)
  return { world, repository, report }
}

const scenes = fc.record({
  seed: fc.integer(),
  modules: fc.integer({ min: 1, max: 8 }),
  workers: fc.integer({ min: 1, max: 4 }),
  goals: fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 3 }),
  errors: fc.integer({ min: 0, max: 30 }),
  rejections: fc.integer({ min: 0, max: 60 }),
  giveUps: fc.integer({ min: 0, max: 60 }),
})

type SceneSeed = typeof scenes extends fc.Arbitrary<infer Value> ? Value : never

function sceneOf({ seed, modules, workers, goals, ...troubles }: SceneSeed): Scene {
  const roadmap = goals.map((goal, index) =>
    milestone(`m${index}`, goal, { needs: index === 0 ? [] : [`m${index - 1}`] }),
  )
  return { seed, modules, workers, roadmap, troubles }
}

const count = (world: World, type: string) => world.facts.filter((fact) => fact.type === type).length

/** What no order and no trouble may break. */
function mustHold(
  { world, repository, report }: ReturnType<typeof play>,
  roadmap: readonly Milestone[],
  isUndisturbed: boolean,
): void {
  // The report is true.
  const after = percent(repository.measure().branches)
  const best = Math.max(...roadmap.map(({ goal }) => (isCoverageGoal(goal) ? goal.branchCoverage : 0)))
  if (report.status === 'reached') expect(after).toBeGreaterThanOrEqual(best)
  if (after >= best && report.milestones.every(({ status }) => status === 'reached'))
    expect(report.status).toBe(
      report.branch !== null && count(world, 'run.untidy') > 0 ? 'not_delivered' : 'reached',
    )
  expect(new Set(world.started).size, 'nothing is started twice').toBe(world.started.length)
  // Each ticket is answered at most once, and exactly once when its task lived to see it.
  const asked = world.mail.filter(({ event }) => event.type === 'ASSIGN' && event.assignment !== undefined)
  const tickets = new Set(
    asked.filter(({ to }) => to === 'system.pool').map(({ event }) => ticketOf(event.assignment as never)),
  )
  const answers = new Map<string, number>()
  for (const { from, to, event } of world.mail) {
    if (
      from !== 'system.pool' ||
      !/^(WORK\.(SUBMITTED|NOTHING|FAILED|CANCELLED)|WORKER\.LOST)$/.test(event.type)
    )
      continue
    const ticket = ticketOf({ replyTo: to, attempt: event.attempt as number })
    expect(tickets.has(ticket), `${ticket} was asked for`).toBe(true)
    answers.set(ticket, (answers.get(ticket) ?? 0) + 1)
  }
  if (isUndisturbed) expect(answers.size, 'all are answered').toBe(tickets.size)
  expect(
    [...answers.values()].every((number) => number === 1),
    'answered once',
  ).toBe(true)
  // A submission is merged once.
  expect(new Set(repository.merged).size).toBe(repository.merged.length)
  // No worker is given a second thing before it brought back the first.
  for (const { event, to } of world.mail)
    expect(event.type === 'WORKER.REFUSED', `${to} was given too much`).toBe(false)
}

describe('the tree', () => {
  it('reaches its goal when nothing goes wrong', () => {
    const roadmap = [milestone('m0', 60), milestone('m1', 95, { needs: ['m0'] })]
    const troubles = { errors: 0, rejections: 0, giveUps: 0 }
    const scene = play({ seed: 7, modules: 12, workers: 3, roadmap, troubles })
    mustHold(scene, roadmap, true)
    expect(scene.report.status).toBe('reached')
    expect(scene.report.branch).toBe('canopy/m1')
    expect(scene.report.commits).toEqual(scene.repository.lines.get('canopy/m1'))
    expect(scene.report.failures).toEqual([])
    expect(count(scene.world, 'task.merged')).toBe(scene.report.tasks.done)
    expect(scene.repository.prepared.size).toBe(0)
  })

  it('ends with a true report in any order and with any trouble', () => {
    fc.assert(
      fc.property(scenes, (seed) => {
        const scene = sceneOf(seed)
        const end = play(scene)
        mustHold(end, scene.roadmap, true)
        const { tasks, commits } = end.report
        expect(commits).toEqual([...end.repository.lines.values()].at(-1) ?? [])
        const facts = (type: string) => count(end.world, type)
        expect(tasks).toEqual({
          done: facts('task.merged'),
          nothing: facts('task.nothing'),
          failed: facts('task.failed'),
        })
      }),
      { numRuns: 60 },
    )
  })

  it('ends with a true report whoever is lost and whatever is ordered', () => {
    fc.assert(
      fc.property(scenes, (seed) => {
        const scene = sceneOf(seed)
        const end = play({ ...scene, disturb: disturbance })
        mustHold(end, scene.roadmap, false)
      }),
      { numRuns: 60 },
    )
  })

  it('stops when it is told to, and says so', () => {
    const roadmap = [milestone('m0', 100), milestone('m1', 100)]
    const troubles = { errors: 0, rejections: 20, giveUps: 0 }
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 200 }), (seed, when) => {
        const disturb: WorldOptions['disturb'] = (world, step) => {
          if (step === when) world.post('system', { type: 'STOP' })
        }
        const end = play({ seed, modules: 6, workers: 2, roadmap, troubles, disturb: () => ({ disturb }) })
        mustHold(end, roadmap, true)
        if (end.report.status !== 'reached') expect(end.report.reasons.join()).toContain('stopped')
        expect(end.repository.prepared.size).toBe(0)
      }),
      { numRuns: 40 },
    )
  })
})

/** Every now and then somebody is lost or the user changes their mind; what was paused is resumed in the end. */
function disturbance(choose: Chance): Pick<WorldOptions, 'disturb' | 'idle'> {
  return {
    idle: (world) => world.post('system', { type: 'RESUME' }),
    disturb: (world) => {
      if (choose(25) > 0) return
      const victims = [...world.actors.keys()].filter((address) =>
        /(worker|task|orchestrator):/.test(address),
      )
      const orders = ['PAUSE', 'RESUME', 'POOL.RESIZE'].map((type) => ({ type, size: 1 + choose(5) }))
      const order = orders[choose(8)]
      if (order) return world.post('system', order)
      const victim = victims[choose(Math.max(1, victims.length))]
      if (victim) world.kill(victim)
    },
  }
}
