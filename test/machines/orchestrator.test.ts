import { describe, expect, it } from 'vitest'
import { type OrchestratorOutput, orchestratorActor, policySchema } from '../../machines/index.ts'
import { count, line, measurement, milestone, site } from './samples.ts'
import { Script, type Told } from './script.ts'

const begin = { 'src/a.ts': 2, 'src/b.ts': 4, 'src/c.ts': 6 }

function script(more: Record<string, unknown> = {}): Script {
  return new Script(orchestratorActor.machine, {
    address: 'o',
    pool: 'pool',
    milestone: milestone('m1', 80),
    site,
    line,
    sources: Object.keys(begin),
    needs: {},
    measurement: measurement(begin),
    policy: policySchema.parse({ inFlight: 2, attempts: 4 }),
    begun: 1,
    paused: false,
    ...more,
  })
}

const merge = { commit: 'c1', branches: { before: count(1, 10), after: count(2, 10) } }
const ended = (task: string, status: string): Told => ({
  type: `xstate.done.actor.task:${task}`,
  output: {
    status,
    task,
    module: '',
    attempts: 1,
    cases: 2,
    merge: status === 'done' ? merge : null,
    reasons: status === 'done' ? [] : ['why'],
  },
})
const lost = (id: string): Told => ({ type: `xstate.error.actor.${id}`, error: { message: 'killed' } })
const integrated = (number: number, covered: Record<string, number>): Told => {
  const { branches, statements, modules } = measurement(covered)
  return {
    type: 'INTEGRATED',
    task: 'r1-src-a',
    commit: `c${number}`,
    merge: number,
    change: { branches, statements, modules },
  }
}
const settled = (covered: Record<string, number>): Told => ({
  type: 'SETTLED',
  merges: 1,
  branches: measurement(covered).branches,
})
const tasks = (told: Script) => told.started.filter(([, src]) => src === 'task').map(([id]) => id)
const outputOf = (told: Script) => told.output as OrchestratorOutput
const done = (...ids: string[]) => ids.map((id) => ended(id, 'done'))
const all = ['r1-src-a', 'r1-src-b', 'r1-src-c']

describe('merges that are told out of order', () => {
  const covers: Record<string, number>[] = [
    { 'src/a.ts': 5, 'src/b.ts': 4, 'src/c.ts': 6 },
    { 'src/a.ts': 7, 'src/b.ts': 4, 'src/c.ts': 6 },
    { 'src/a.ts': 7, 'src/b.ts': 9, 'src/c.ts': 6 },
  ]
  const change = (before: Record<string, number>, after: Record<string, number>) => {
    const changed = Object.entries(after).filter(([path, covered]) => before[path] !== covered)
    const { branches, statements } = measurement(after)
    return { branches, statements, modules: measurement(Object.fromEntries(changed)).modules }
  }
  const merges = covers.map(
    (after, at): Told => ({
      type: 'INTEGRATED',
      task: 'r1-src-a',
      commit: `c${at + 1}`,
      merge: at + 1,
      change: change(covers[at - 1] ?? begin, after),
    }),
  )
  const known = (order: readonly number[]) => {
    const told = script()
    for (const at of order) told.tell(merges[at] ?? { type: 'RESUME' })
    const { branches, modules } = told.snapshot.context as {
      branches: unknown
      modules: { entries(): Iterable<[string, { branches: { covered: number } }]> }
    }
    return {
      branches,
      modules: Object.fromEntries(
        [...modules.entries()].map(([path, each]) => [path, each.branches.covered]),
      ),
    }
  }
  const last = { branches: measurement(covers[2] ?? {}).branches, modules: covers[2] }

  it.each([
    [[0, 1, 2]],
    [[0, 2, 1]],
    [[1, 0, 2]],
    [[1, 2, 0]],
    [[2, 0, 1]],
    [[2, 1, 0]],
    [[2, 2, 1, 0, 0, 1]],
  ])('leave the coverage of the last one: %j', (order) => {
    expect(known(order)).toEqual(last)
  })

  it('count as far as they are known', () => {
    expect(known([2])).toEqual({ ...last, modules: { ...begin, 'src/b.ts': 9 } })
    expect(known([2, 0])).toEqual({ ...last, modules: { ...begin, 'src/a.ts': 5, 'src/b.ts': 9 } })
  })
})

describe('orchestrator', () => {
  it('starts a merge queue and the largest gaps, no more than may be in flight', () => {
    const told = script()
    expect(told.started.map(([id, src]) => [id, src])).toEqual([
      ['integrator', 'integrator'],
      ['task:r1-src-a', 'task'],
      ['task:r1-src-b', 'task'],
    ])
    expect(told.started[1]?.[2]).toMatchObject({
      address: 'o.task:r1-src-a',
      pool: 'pool',
      integrator: 'o.integrator',
      attempts: 4,
    })
    expect(told.started[0]?.[2]).toMatchObject({ orchestrator: 'o', measurement: measurement(begin) })
    expect(told.facts.map(({ type }) => type)).toEqual([
      'milestone.planned',
      ...all.map(() => 'task.planned'),
    ])
  })

  it('puts first in the queue for workers what the longest chain waits for, not what has the largest gap', () => {
    const begun = { 'src/a.ts': 0, 'src/b.ts': 7, 'src/c.ts': 5, 'src/d.ts': 3 }
    const told = script({
      sources: Object.keys(begun),
      // A small task before two others: together they are more than the large one.
      needs: { 'src/c.ts': ['src/b.ts'], 'src/d.ts': ['src/c.ts'] },
      measurement: measurement(begun),
    })
    const priorities = told.started
      .filter(([, src]) => src === 'task')
      .map(([id, , input]) => [id, input.priority])
    expect(priorities).toEqual([
      ['task:r1-src-b', 4],
      ['task:r1-src-a', 2],
    ])
  })

  it('starts the next as soon as one ends', () => {
    const told = script().tell(ended('r1-src-b', 'done'))
    expect(tasks(told)).toEqual(['task:r1-src-a', 'task:r1-src-b', 'task:r1-src-c'])
  })

  it('never has more in flight than it may', () => {
    const covered = Object.fromEntries(['a', 'b', 'c', 'd', 'e'].map((name) => [`src/${name}.ts`, 2]))
    const told = script({ measurement: measurement(covered), sources: Object.keys(covered) })
    expect(tasks(told)).toHaveLength(2)
    expect(tasks(told.tell(ended('r1-src-b', 'done')))).toHaveLength(3)
    expect(tasks(told.tell(...done('r1-src-a', 'r1-src-c')))).toHaveLength(5)
  })

  it('starts a task only when what it needs is done, and gives up one whose need failed', () => {
    const needs = { 'src/b.ts': ['src/a.ts'], 'src/c.ts': ['src/b.ts'] }
    const told = script({ needs })
    expect(tasks(told)).toEqual(['task:r1-src-a'])
    expect(tasks(told.tell(ended('r1-src-a', 'nothing')))).toEqual(['task:r1-src-a', 'task:r1-src-b'])
    told.tell(ended('r1-src-b', 'failed'))
    expect(told.facts.at(-1)).toMatchObject({
      type: 'task.failed',
      task: 'r1-src-c',
      reasons: ['it needs r1-src-b, which failed'],
    })
    expect(told.value).toEqual({ working: 'settling' })
  })

  it('ends with what it was told when nothing is to be planned from a circle of needs', () => {
    const told = script({ needs: { 'src/a.ts': ['src/b.ts'], 'src/b.ts': ['src/a.ts'] } })
    expect(outputOf(told).reasons.join()).toContain('in a circle')
    expect(outputOf(told).claimed).toBe(false)
  })

  it('starts nothing more when the goal is reached, and lets finish what runs', () => {
    const told = script({ policy: policySchema.parse({ inFlight: 1 }) })
    const reached = { 'src/a.ts': 9, 'src/b.ts': 9, 'src/c.ts': 9 }
    told.tell(integrated(1, reached))
    expect(told.value).toEqual({ working: 'draining' })
    expect(told.facts.at(-1)).toMatchObject({ type: 'milestone.draining', running: 1 })
    told.tell(ended('r1-src-a', 'done'))
    expect(tasks(told)).toEqual(['task:r1-src-a'])
    told.tell(settled(reached))
    expect(outputOf(told)).toEqual({
      milestone: 'm1',
      claimed: true,
      tasks: { done: 1, failed: 0, nothing: 0 },
      commits: ['c1'],
      branches: { before: count(12, 30), after: count(27, 30) },
      failures: [],
      reasons: [],
    })
  })

  it('waits for the merge queue before it decides', () => {
    const told = script().tell(...done(...all))
    expect(told.mailTo('o.integrator')).toEqual(['SETTLE'])
    expect(tasks(told)).toHaveLength(3)
  })

  it('ends with the reason when the merge queue cannot be asked', () => {
    const told = script().tell(...done(...all))
    told.tell({ type: 'canopy.refused', to: 'o.integrator', event: { type: 'SETTLE' }, reason: 'full' })
    expect(told.output).toMatchObject({ reasons: ['the merge queue could not be asked: full'] })
  })

  it('plans another round after a gain, from what is covered now', () => {
    const told = script().tell(...done(...all), integrated(1, { 'src/a.ts': 8 }))
    told.tell(integrated(2, { ...begin, 'src/a.ts': 8, 'src/b.ts': 10 }))
    told.tell(settled({ ...begin, 'src/a.ts': 8, 'src/b.ts': 9, 'src/c.ts': 6 }))
    expect(tasks(told).slice(3)).toEqual(['task:r2-src-c', 'task:r2-src-a'])
  })

  it('ends when a round gained nothing, and says what failed and why', () => {
    const told = script().tell(
      ended('r1-src-a', 'failed'),
      lost('task:r1-src-b'),
      ended('r1-src-c', 'nothing'),
    )
    told.tell(settled(begin))
    expect(outputOf(told)).toMatchObject({
      claimed: false,
      tasks: { done: 0, failed: 2, nothing: 1 },
      commits: [],
      reasons: ['nothing is left to try'],
      failures: [
        { milestone: 'm1', task: 'r1-src-a', module: 'src/a.ts', reasons: ['why'] },
        { task: 'r1-src-b', reasons: ['the task itself was lost: killed'] },
      ],
    })
    const ends = told.facts.map(({ type }) => type).filter((type) => /merged|failed|nothing/.test(type))
    expect(ends).toEqual(['task.failed', 'task.failed', 'task.nothing'])
  })

  it('tells commits in the order in which they were merged', () => {
    const told = script()
    for (let number = 1; number <= 11; number++) told.tell(integrated(number, begin))
    told.tell({ type: 'CANCEL' }, ...done('r1-src-a', 'r1-src-b'), settled(begin))
    expect(outputOf(told).commits).toEqual(Array.from({ length: 11 }, (_, index) => `c${index + 1}`))
  })

  it('counts a task once, whatever comes twice', () => {
    const told = script().tell(...done('r1-src-a', 'r1-src-a'), lost('task:r1-src-a'))
    expect(told.snapshot.context.counts).toEqual({ done: 1, failed: 0, nothing: 0 })
    expect(told.snapshot.status).toBe('active')
  })

  it('does not work without its merge queue', () => {
    const told = script().tell(lost('integrator'))
    expect(outputOf(told)).toMatchObject({ claimed: false, reasons: ['the merge queue was lost: killed'] })
  })

  it('has nothing to do when the goal is reached already', () => {
    expect(outputOf(script({ milestone: milestone('m1', 30) }))).toMatchObject({ claimed: true, reasons: [] })
  })

  describe('paused', () => {
    it('starts nothing, hears what ends, and goes on', () => {
      const told = script().tell({ type: 'PAUSE' }, ended('r1-src-a', 'done'))
      expect(tasks(told)).toHaveLength(2)
      expect(tasks(told.tell({ type: 'RESUME' }))).toHaveLength(3)
    })

    it('may begin so', () => {
      const told = script({ paused: true })
      expect(tasks(told)).toEqual([])
      expect(tasks(told.tell({ type: 'RESUME' }))).toHaveLength(2)
    })

    it('still holds in the next round', () => {
      const told = script().tell(...done(...all), integrated(1, { ...begin, 'src/a.ts': 7 }), {
        type: 'PAUSE',
      })
      told.tell(settled({ ...begin, 'src/a.ts': 7 }))
      expect(told.value).toEqual({ working: 'paused' })
    })
  })

  it('cancelled, calls back what runs, starts nothing, and ends with the reason', () => {
    const told = script().tell({ type: 'CANCEL', reason: 'stopped' })
    expect(told.mail).toEqual([
      ['o.task:r1-src-a', { type: 'CANCEL' }],
      ['o.task:r1-src-b', { type: 'CANCEL' }],
    ])
    told.tell(ended('r1-src-a', 'failed'), ended('r1-src-b', 'done'), settled(begin))
    expect(tasks(told)).toHaveLength(2)
    expect(outputOf(told)).toMatchObject({ claimed: false, reasons: ['stopped'] })
  })
})
