// Schedule
//
// Which tasks may start now and which can never start.
//
// S1. A task is ready as soon as everything it needs is done.
// S2. A task that needs a failed task fails too, with that as its reason.
// S3. Tasks that will probably change the same file do not run at the same time.

import type { Handover } from '../task/escalation.ts'
import { isCoverageTask, type Task } from '../work.ts'
import { criticalPath } from './graph.ts'

export type TaskState = 'waiting' | 'running' | 'done' | 'nothing' | 'failed'

/** A task as its orchestrator stores it. */
export interface TaskEntry {
  readonly task: Task
  readonly status: TaskState
  readonly reasons: readonly string[]
  /** Report for the person who has to do it. */
  readonly handover?: Handover
}

/** Looks a task up by id. */
type TaskLookup = (id: string) => TaskEntry | undefined

/** The ids in starting order: critical path first, then the largest gap. */
export function startOrder(tasks: readonly Task[]): string[] {
  const chain = criticalPath(tasks, weightOf)
  const rank = ({ id }: Task): number => chain.get(id) ?? 0
  return [...tasks].sort((a, b) => rank(b) - rank(a) || weightOf(b) - weightOf(a)).map(({ id }) => id)
}

/** Expected effort of a task, comparable with others of its kind. */
export function weightOf(task: Task): number {
  return isCoverageTask(task) ? Math.max(1, task.gap) : 1
}

/** At most `limit` tasks that may start now beside the running ones, in the given order (S1, S3). */
export function readyTasks(
  order: readonly string[],
  look: TaskLookup,
  limit: number,
  running: readonly string[] = [],
): Task[] {
  const ready: Task[] = []
  const taken = new Set(running.flatMap((id) => filesOf(look(id)?.task)))
  for (const id of order) {
    if (ready.length >= limit) break
    const entry = look(id)
    if (entry?.status !== 'waiting' || !entry.task.needs.every((need) => isMet(look(need)))) continue
    const files = filesOf(entry.task)
    if (files.some((file) => taken.has(file))) continue
    for (const file of files) taken.add(file)
    ready.push(entry.task)
  }
  return ready
}

function filesOf(task: Task | undefined): readonly string[] {
  return task === undefined || isCoverageTask(task) ? [] : task.files
}

/** The tasks that can never start, each with its reason (S2). */
export function hopelessTasks(order: readonly string[], look: TaskLookup): { task: Task; reason: string }[] {
  return order.flatMap((id) => {
    const entry = look(id)
    if (entry?.status !== 'waiting') return []
    const failed = entry.task.needs.find((need) => (look(need)?.status ?? 'failed') === 'failed')
    return failed === undefined ? [] : [{ task: entry.task, reason: `it needs ${failed}, which failed` }]
  })
}

/** A task that found nothing to do counts as done for the tasks that need it. */
export function isMet(entry: Pick<TaskEntry, 'status'> | undefined): boolean {
  return entry?.status === 'done' || entry?.status === 'nothing'
}
