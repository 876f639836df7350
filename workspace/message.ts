// Message
//
// The message of a merged commit.

import { isCoverageTask, type Measurement, type Task } from '../machines/index.ts'

export function commitMessage(task: Task, before: Measurement, after: Measurement): string {
  if (!isCoverageTask(task)) return `${task.kind}: ${oneLine(task.title)}\n\nCanopy-Task: ${task.id}\n`
  const covered = (of: Measurement) => of.modules.find((module) => module.path === task.module)?.branches
  const gained = (covered(after)?.covered ?? 0) - (covered(before)?.covered ?? 0)
  const what = gained === 1 ? '1 more branch' : `${gained} more branches`
  const total = covered(after)
  const reach =
    total === undefined
      ? ''
      : `${total.covered} of ${total.total} branches of ${task.module} are reached now.\n\n`
  return `test(${scopeOf(task.module)}): cover ${what}\n\n${reach}Canopy-Task: ${task.id}\n`
}

/** The title is a model's: no part of it may look like a trailer. */
function oneLine(title: string): string {
  return title.replace(/\s+/g, ' ').slice(0, 72).trim()
}

function scopeOf(module: string): string {
  return module.replace(/^(src|source|lib)\//, '').replace(/\.[cm]?[jt]s$/, '')
}
