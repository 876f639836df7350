import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ModuleHistory, type PlanInput, planTasks } from '../../machines/index.ts'
import { count, measurement } from './samples.ts'

const policy = { rounds: 3, minGap: 1, tasksPerRound: 500 }

function input(covered: Record<string, number>, more: Partial<PlanInput> = {}): PlanInput {
  const { branches, modules } = measurement(covered)
  return {
    goal: { branchCoverage: 90 },
    begun: 1,
    round: 1,
    branches,
    coverage: modules,
    modules: Object.keys(covered),
    needs: {},
    historyOf: () => undefined,
    gained: true,
    policy,
    ...more,
  }
}

const modulesOf = (plan: PlanInput) => planTasks(plan).map(({ module }) => module)

describe('plan', () => {
  it('has one task for each module with uncovered branches, the largest gap first', () => {
    const tasks = planTasks(input({ 'src/a.ts': 8, 'src/b.ts': 2, 'src/full.ts': 10, 'src/c.ts': 5 }))
    expect(tasks.map(({ id, module, gap }) => [id, module, gap])).toEqual([
      ['r1-src-b', 'src/b.ts', 8],
      ['r1-src-c', 'src/c.ts', 5],
      ['r1-src-a', 'src/a.ts', 2],
    ])
    expect(tasks[0]?.before).toEqual(count(2, 10))
  })

  it('has none when the goal is reached', () => {
    expect(planTasks(input({ 'src/a.ts': 9 }))).toEqual([])
  })

  it.each<[string, Partial<PlanInput>, string[]]>([
    ['leaves out what no test can be written for', { modules: ['src/a.ts'] }, ['src/a.ts']],
    ['leaves out small gaps', { policy: { ...policy, minGap: 5 } }, ['src/b.ts']],
    ['takes no more than a round may have', { policy: { ...policy, tasksPerRound: 1 } }, ['src/b.ts']],
  ])('%s', (_, more, modules) => {
    expect(modulesOf(input({ 'src/a.ts': 6, 'src/b.ts': 2 }, more))).toEqual(modules)
  })

  it.each<[string, ModuleHistory, boolean, boolean]>([
    ['done before, the round gained', { tasks: 1, last: 'done' }, true, true],
    ['done before, no gain', { tasks: 1, last: 'done' }, false, false],
    ['given up before, the round gained', { tasks: 1, last: 'failed' }, true, false],
    ['nothing to do before', { tasks: 1, last: 'nothing' }, true, false],
    ['tried as often as it may be', { tasks: 3, last: 'done' }, true, false],
  ])('of a module that was %s: %o, gained %s', (_, history, gained, planned) => {
    const tried = modulesOf(input({ 'src/a.ts': 1 }, { historyOf: () => history, gained, round: 2 }))
    expect(tried).toEqual(planned ? ['src/a.ts'] : [])
  })

  it('keeps needs within the round', () => {
    const tasks = planTasks(
      input(
        { 'src/a.ts': 1, 'src/b.ts': 2, 'src/full.ts': 10 },
        { needs: { 'src/a.ts': ['src/b.ts', 'src/full.ts'] } },
      ),
    )
    expect(tasks.map(({ id, needs }) => [id, needs])).toEqual([
      ['r1-src-a', ['r1-src-b']],
      ['r1-src-b', []],
    ])
  })

  it('gives ids that are unique and safe as names of folders and of children', () => {
    const path = fc.array(fc.string({ minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 12 })
    fc.assert(
      fc.property(fc.array(path, { maxLength: 20 }), fc.integer({ min: 1, max: 3 }), (paths, begun) => {
        const covered = Object.fromEntries(paths.map((parts) => [`${parts.join('/')}.ts`, 0]))
        const ids = planTasks(input(covered, { begun })).map(({ id }) => id)
        expect(ids).toHaveLength(Object.keys(covered).length)
        expect(new Set(ids).size).toBe(ids.length)
        for (const id of ids) expect(id).toMatch(/^(t\d-)?r1-[a-z0-9-]{1,60}$/)
      }),
    )
  })

  it('tells the same module apart in another round and in another try', () => {
    const ids = [
      { begun: 1, round: 1 },
      { begun: 1, round: 2 },
      { begun: 2, round: 1 },
    ].map((more) => planTasks(input({ 'src/a.ts': 1 }, more))[0]?.id)
    expect(new Set(ids).size).toBe(3)
  })
})
