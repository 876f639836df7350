// Begun before
//
// Owns:   the status of a milestone that an earlier process of the run began: its facts were told to that one, so it is
//         read from the orchestrator's stored state.

import type { ActorRecord } from '../../kernel/index.ts'
import {
  aboutOf,
  isCoverageGoal,
  type OrchestratorBook,
  orchestratorActor,
  subjectOf,
} from '../../machines/index.ts'
import { stateText } from '../words.ts'
import type { MilestoneView, RunView, TaskDisplayStatus, TaskView } from './view.ts'

/** The view with the milestone that is at work, unless its facts were heard. */
export function withBegunBefore(view: RunView, records: readonly ActorRecord[]): RunView {
  const orchestrator = records.find(({ kind, exit }) => kind === orchestratorActor.kind && !exit)
  if (view.milestone || !orchestrator) return view
  const book = orchestrator.snapshot.context as unknown as OrchestratorBook
  const coverage = { before: book.measurement.branches, now: book.branches }
  return { ...view, milestone: milestoneIn(book), coverage, tasks: tasksIn(book, view, records) }
}

function milestoneIn({ milestone: { id, name, goal }, line, round }: OrchestratorBook): MilestoneView {
  return { id, name, goal: isCoverageGoal(goal) ? goal.branchCoverage : null, branch: line.branch, round }
}

/** Facts about a task that arrived meanwhile are newer. */
function tasksIn(
  book: OrchestratorBook,
  { tasks }: RunView,
  records: readonly ActorRecord[],
): RunView['tasks'] {
  const milestone = book.milestone.id
  let all = tasks
  for (const [id, { task, status }] of book.tasks.entries()) {
    const key = `${milestone}/${id}`
    if (tasks.get(key)) continue
    const state = records.find(({ address }) => address === `${book.address}.task:${id}`)?.snapshot.value
    const shown = status === 'running' ? stageOf(state) : ENDED[status]
    const known: TaskView = {
      milestone,
      task: id,
      subject: subjectOf(aboutOf(task)),
      status: shown,
      attempt: 0,
    }
    all = all.set(key, known)
  }
  return all
}

const ENDED = { waiting: 'waiting', done: 'merged', nothing: 'nothing', failed: 'failed' } as const

/** Where a task is that its orchestrator has started. */
function stageOf(state: unknown): TaskDisplayStatus {
  const text = stateText(state)
  if (text.startsWith('submitted')) return 'judged'
  return text === 'assigned.working' ? 'working' : 'waiting'
}
