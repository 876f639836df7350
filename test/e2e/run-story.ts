// What the lines of a run tell, and what it left in the repository.

import { type Canopy, git, type Line } from './canopy.ts'

const ENDS = new Set(['task.merged', 'task.nothing', 'task.failed'])

/** How often each task ended. */
export function endsOf(run: Canopy): Map<unknown, number> {
  const ends = new Map<unknown, number>()
  for (const { type, task } of run.lines) if (ENDS.has(type)) ends.set(task, (ends.get(task) ?? 0) + 1)
  return ends
}

/** The last time that a task was begun. */
export function startOf(run: Canopy, task: unknown): Line | undefined {
  return run.lines.findLast((line) => line.type === 'task.started' && line.task === task)
}

export function timeOf(line: Line): number {
  return Date.parse(String(line.time))
}

/** The tasks whose commits are on the branch. */
export async function mergesOf(repository: string, branch = 'canopy/branch-coverage-100'): Promise<string[]> {
  const format = '--format=%(trailers:key=Canopy-Task,valueonly,separator=%x2C)'
  const log = await git(repository, 'log', format, `main..${branch}`)
  return log.split('\n').filter(Boolean)
}

/** What happened to workers and tasks from a time on, in milliseconds after it. */
export function since(run: Canopy, time: number): string {
  const told = run.lines.filter((line) => /^(pool|worker|task)\./.test(line.type) && timeOf(line) >= time)
  const short = ({ type, task, worker, node }: Line) => [type, task, worker, node].filter(Boolean).join(' ')
  return told.map((line) => `${timeOf(line) - time} ${short(line)}`).join('\n')
}

/** The latest word on a task that the node is in the middle of. */
export function writing(node: Canopy): Line | undefined {
  const steps = node.lines.filter(({ type }) => type === 'task.progress')
  const last = new Map(steps.map((line) => [line.worker, line]))
  return [...last.values()].findLast(({ step }) => step === 'writing')
}
