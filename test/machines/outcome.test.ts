// A milestone that is told in words: planned by a planner, carried out, planned again, given up.

import { describe, expect, it } from 'vitest'
import type { AgentTask, Plan } from '../../machines/index.ts'
import { type OutcomePlanInput, outcomeTasks, readPlan } from '../../machines/orchestrator/outcome-plan.ts'
import { readyTasks, type TaskEntry } from '../../machines/orchestrator/schedule.ts'
import { agentTask, milestone } from './samples.ts'

const wanted = milestone('clock', 0, {
  name: 'A clock',
  goal: { outcome: 'It prints the time.', accept: [] },
})

function planOf(...tasks: AgentTask[]): Plan {
  return { tasks: tasks.map(({ round: _, ...task }) => task) as Plan['tasks'] }
}

function input(more: Partial<OutcomePlanInput> = {}): OutcomePlanInput {
  const nothing = { plan: null, plans: 0, isUsed: false, tasks: [], policy: { plans: 2 } }
  return { milestone: wanted, round: 1, begun: 1, ...nothing, ...more }
}

describe('the tasks of a round', () => {
  it('begin with one that plans, which is told what is wanted', () => {
    const [task, ...others] = outcomeTasks(input())
    expect(others).toEqual([])
    expect(task).toMatchObject({ id: 'plan-1', kind: 'plan', round: 1, needs: [] })
    expect(task?.instructions).toContain('A clock')
    expect(task?.instructions).toContain('It prints the time.')
  })

  it('are those of the plan, once', () => {
    const plan = planOf(agentTask('a'), agentTask('b', { needs: ['a'] }))
    expect(outcomeTasks(input({ plan, plans: 1, round: 2 })).map(({ id, round }) => [id, round])).toEqual([
      ['a', 2],
      ['b', 2],
    ])
  })

  it('are planned once more, with what came of the last plan', () => {
    const plan = planOf(agentTask('a'), agentTask('b'))
    const tasks: TaskEntry[] = [
      { task: agentTask('plan-1', { kind: 'plan' }), status: 'done', reasons: [] },
      { task: agentTask('a'), status: 'done', reasons: [] },
      { task: agentTask('b'), status: 'failed', reasons: ['the types do not check'] },
    ]
    const [task] = outcomeTasks(input({ plan, plans: 1, round: 3, isUsed: true, tasks }))
    expect(task).toMatchObject({ id: 'plan-2', kind: 'plan', round: 3 })
    expect(task?.instructions).toMatch(/- a .*: done\n- b .*: failed: the types do not check/)
    expect(task?.instructions).not.toContain('plan-1')
  })

  it('are none when it was planned often enough', () => {
    expect(outcomeTasks(input({ plans: 2, round: 4, isUsed: true, plan: planOf(agentTask('a')) }))).toEqual(
      [],
    )
  })
})

describe('what a planner says', () => {
  const first = { begun: 1, plans: 1 }
  it.each<[string, unknown, RegExp]>([
    ['nothing of the kind', 'I have a plan!', /expected object/],
    ['no task', { tasks: [] }, />=1 items/],
    ['an id that is no name', planOf(agentTask('../x')), /lower-case letters/],
    ['a circle', planOf(agentTask('a', { needs: ['b'] }), agentTask('b', { needs: ['a'] })), /in a circle/],
    ['needs of nobody', planOf(agentTask('a', { needs: ['z'] })), /"z", which is not there/],
    ['a planner of its own', planOf(agentTask('a', { kind: 'plan' })), /Invalid option/],
  ])('is refused: %s', (_, answer, problem) => {
    const read = readPlan(answer, first)
    expect('problems' in read && read.problems.join()).toMatch(problem)
  })

  it('is a plan, with ids that no other plan of the milestone has', () => {
    const plan = planOf(agentTask('a', { files: ['src/a.ts'] }), agentTask('b', { needs: ['a'] }))
    const ids = (of: { begun: number; plans: number }) => {
      const read = readPlan(plan, of)
      return 'plan' in read ? read.plan.tasks.map(({ id, needs }) => [id, needs]) : read.problems
    }
    expect(ids(first)).toEqual([
      ['p1-a', []],
      ['p1-b', ['p1-a']],
    ])
    expect(ids({ begun: 2, plans: 3 })).toEqual([
      ['t2-p3-a', []],
      ['t2-p3-b', ['t2-p3-a']],
    ])
  })
})

describe('tasks that change the same file', () => {
  const entries = new Map<string, TaskEntry>(
    [
      agentTask('a', { files: ['src/x.ts'] }),
      agentTask('b', { files: ['src/x.ts', 'src/y.ts'] }),
      agentTask('c', { files: ['src/y.ts'] }),
      agentTask('d'),
    ].map((task) => [task.id, { task, status: 'waiting', reasons: [] }]),
  )
  const ready = (running: string[]) =>
    readyTasks(['a', 'b', 'c', 'd'], (id) => entries.get(id), 9, running).map(({ id }) => id)

  it('do not run at the same time', () => {
    expect(ready([])).toEqual(['a', 'c', 'd'])
  })

  it('wait for one that runs', () => {
    entries.set('a', { ...(entries.get('a') as TaskEntry), status: 'running' })
    expect(ready(['a'])).toEqual(['c', 'd'])
  })
})
