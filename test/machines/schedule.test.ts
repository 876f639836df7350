import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readyTasks, startOrder, type Task, type TaskEntry, type TaskState } from '../../machines/index.ts'
import { hopelessTasks } from '../../machines/orchestrator/schedule.ts'
import { task } from './samples.ts'

const tasksOf = fc
  .array(fc.record({ needs: fc.array(fc.nat(), { maxLength: 3 }), gap: fc.integer({ min: 0, max: 9 }) }), {
    minLength: 1,
    maxLength: 12,
  })
  .map((all) =>
    all.map(({ needs, gap }, index) =>
      task(`n${index}`, {
        gap,
        needs: index === 0 ? [] : [...new Set(needs.map((need) => `n${need % index}`))],
      }),
    ),
  )

/** Starts what is ready and ends something that runs, as chance has it, until nothing happens any more. */
function flow(tasks: readonly Task[], limit: number, choices: () => number, failing: number) {
  const order = startOrder(tasks)
  const entries = new Map(
    tasks.map((each): [string, TaskEntry] => [each.id, { task: each, status: 'waiting', reasons: [] }]),
  )
  const set = (each: Task, status: TaskState) => entries.set(each.id, { task: each, status, reasons: [] })
  const look = (id: string) => entries.get(id)
  const started: string[] = []
  for (;;) {
    const running = [...entries.values()].filter(({ status }) => status === 'running')
    const ready = readyTasks(order, look, limit - running.length)
    for (const each of ready) {
      for (const need of each.needs) expect(['done', 'nothing']).toContain(look(need)?.status)
      started.push(each.id)
      set(each, 'running')
    }
    const hopeless = hopelessTasks(order, look)
    for (const { task: each } of hopeless) set(each, 'failed')
    const all = [...entries.values()].filter(({ status }) => status === 'running')
    expect(all.length).toBeLessThanOrEqual(limit)
    const one = all[choices() % Math.max(1, all.length)]
    if (one) set(one.task, choices() % 100 < failing ? 'failed' : choices() % 2 === 0 ? 'done' : 'nothing')
    else if (hopeless.length === 0) return { entries, started }
  }
}

describe('schedule', () => {
  it('starts each task once, after what it needs, never too many, and leaves none waiting', () => {
    fc.assert(
      fc.property(
        tasksOf,
        fc.integer({ min: 1, max: 4 }),
        fc.infiniteStream(fc.nat()),
        fc.integer({ min: 0, max: 50 }),
        (tasks, limit, choices, failing) => {
          const { entries, started } = flow(tasks, limit, () => choices.next().value ?? 0, failing)
          expect(new Set(started).size).toBe(started.length)
          for (const { status } of entries.values()) expect(['done', 'nothing', 'failed']).toContain(status)
          if (failing === 0) expect(started).toHaveLength(tasks.length)
        },
      ),
    )
  })

  it('starts the longest chain first, then the largest gap', () => {
    const tasks = [
      task('small', { gap: 1 }),
      task('large', { gap: 6 }),
      task('root', { gap: 1 }),
      task('leaf', { gap: 9, needs: ['root'] }),
    ]
    expect(startOrder(tasks)).toEqual(['root', 'leaf', 'large', 'small'])
  })
})
