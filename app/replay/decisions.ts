// Decisions
//
// Owns:   what a run decided, as lines that do not depend on who did it, when, or in which order: plans, attempts,
//         merges, ends.
// Leaves: keeping them (run-recording.ts), comparing whole runs (replay.ts).
//
// D1. A decision is one line, the same in every run that decides it; a fact repeated after a crash gives the same line.

import type { DevelopmentFact, RunFact } from '../../machines/index.ts'

/** The decision that a fact tells of; undefined when it tells of none. */
export function decisionOf(fact: RunFact): string | undefined {
  return fact.type === 'emitted' ? decided(fact.event as DevelopmentFact) : undefined
}

function decided(fact: DevelopmentFact): string | undefined {
  switch (fact.type) {
    case 'run.surveyed':
      return `survey: ${fact.modules} modules, ${fact.tests} tests, ${fact.branches.covered} of ${fact.branches.total} branches`
    case 'milestone.planned':
      return `${fact.milestone}: round ${fact.round} has ${fact.tasks} tasks`
    case 'milestone.finished': {
      const { milestone, status, tasks, branches, commits } = fact.report
      const ends = `${tasks.done} done, ${tasks.failed} failed, ${tasks.nothing} nothing`
      return `${milestone}: ${status}; ${ends}; ${commits.length} commits; ${branches.after.covered} of ${branches.after.total} branches`
    }
    case 'task.planned':
      return `${fact.milestone}/${fact.task}: planned in round ${fact.round}, gap ${fact.gap ?? 'none'}`
    case 'task.submitted':
      return `${attemptOf(fact)}: submitted ${fact.cases} cases`
    case 'task.merged':
      return `${attemptOf(fact)}: merged ${fact.cases} cases`
    case 'task.retried':
      return `${attemptOf(fact)}: to be tried again`
    case 'task.answered':
    case 'task.nothing':
    case 'task.failed':
      return `${fact.milestone}/${fact.task}: ${fact.type.slice('task.'.length)}`
    default:
      return undefined
  }
}

function attemptOf({
  milestone,
  task,
  attempt,
}: {
  milestone: string
  task: string
  attempt: number
}): string {
  return `${milestone}/${task} attempt ${attempt}`
}
