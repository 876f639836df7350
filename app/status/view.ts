// View
//
// Owns:   what people are shown of a run: a fold over its facts, never the truth itself.
// Leaves: how it looks (cli/progress/frame.ts), when it is drawn (live.ts there).
//
// V1. `project` is pure: the same facts at the same times give the same view.
// V2. A view may begin in the middle of a run (after a kill): a fact about something unknown adds it.

import { type Address, PersistentMap } from '../../kernel/index.ts'
import {
  type About,
  type Count,
  type DevelopmentFact,
  type RunFact,
  type RunReport,
  subjectOf,
  type WorkStep,
} from '../../machines/index.ts'
import { isPaused, stateText } from '../words.ts'

export interface ActorStatus {
  readonly kind: string
  readonly state: string
  readonly status: 'running' | 'crashed' | 'ended'
  readonly restarts: number
}

export type TaskDisplayStatus = 'waiting' | 'working' | 'judged' | 'merged' | 'nothing' | 'failed'

export interface TaskView {
  readonly milestone: string
  readonly task: string
  readonly subject: string
  readonly status: TaskDisplayStatus
  readonly attempt: number
  readonly worker?: string
  readonly step?: WorkStep
}

export interface MilestoneView {
  readonly id: string
  readonly name: string
  /** Percent of branches, if that is its goal. */
  readonly goal: number | null
  readonly branch: string
  readonly round: number
}

export interface RunView {
  /** Milliseconds since the Unix epoch; of the first fact. */
  readonly began?: number
  readonly milestone?: MilestoneView
  readonly coverage?: { readonly before: Count; readonly now: Count }
  readonly actors: PersistentMap<ActorStatus>
  /** By `<milestone>/<task>`. */
  readonly tasks: PersistentMap<TaskView>
  readonly commits: number
  readonly restarts: number
  readonly paused: boolean
  /** Tasks that no agent finished, of milestones that are not reached. */
  readonly forPerson: readonly Pick<TaskView, 'milestone' | 'task' | 'subject'>[]
  readonly report?: RunReport
}

export const emptyView: RunView = {
  actors: PersistentMap.empty(),
  tasks: PersistentMap.empty(),
  commits: 0,
  restarts: 0,
  paused: false,
  forPerson: [],
}

/** The view after a fact that became known at a time. */
export function project(view: RunView, fact: RunFact, at: number): RunView {
  const next = view.began === undefined ? { ...view, began: at } : view
  switch (fact.type) {
    case 'actor.started':
      return withActor(next, fact.address, { kind: fact.kind, status: 'running' })
    case 'actor.resumed': {
      const paused = next.paused || (fact.kind === 'pool' && isPaused(fact.value))
      const known = { kind: fact.kind, state: stateText(fact.value), status: 'running' } as const
      return withActor({ ...next, paused }, fact.address, known)
    }
    case 'actor.stepped':
      return withActor(next, fact.address, { state: stateText(fact.value), status: 'running' })
    case 'actor.crashed':
      return withActor(next, fact.address, { status: 'crashed' })
    case 'actor.restarted': {
      const restarts = (next.actors.get(fact.address)?.restarts ?? 0) + 1
      const counted = { ...next, restarts: next.restarts + 1 }
      return withActor(counted, fact.address, { status: 'running', restarts })
    }
    case 'actor.ended':
      return ended(next, fact.address, fact.exit.reason)
    case 'emitted':
      return told(next, fact.event as DevelopmentFact)
    default:
      return next
  }
}

function withActor(view: RunView, address: Address, change: Partial<ActorStatus>): RunView {
  const known = view.actors.get(address) ?? { kind: '', state: '', status: 'running', restarts: 0 }
  return { ...view, actors: view.actors.set(address, { ...known, ...change }) }
}

/** Actors that ended normally are removed; crashed ones stay visible. */
function ended(view: RunView, address: Address, reason: string): RunView {
  if (reason === 'normal' || reason === 'shutdown') return { ...view, actors: view.actors.delete(address) }
  return withActor(view, address, { status: 'ended', state: reason })
}

function told(view: RunView, fact: DevelopmentFact): RunView {
  switch (fact.type) {
    case 'run.surveyed':
      return { ...view, coverage: { before: fact.branches, now: fact.branches } }
    case 'run.paused':
    case 'run.resumed':
      return { ...view, paused: fact.type === 'run.paused' }
    case 'run.finished':
      return { ...view, report: fact.report }
    case 'milestone.started':
      return milestoneStarted(view, fact)
    case 'milestone.planned':
      return view.milestone ? { ...view, milestone: { ...view.milestone, round: fact.round } } : view
    case 'task.planned':
      return withTask(view, fact, { status: 'waiting' })
    case 'task.started':
    case 'task.progress':
      return withTask(view, fact, {
        status: 'working',
        attempt: fact.attempt,
        worker: fact.worker,
        ...(fact.type === 'task.progress' ? { step: fact.step } : {}),
      })
    case 'task.submitted':
      return withTask(view, fact, { status: 'judged', attempt: fact.attempt })
    case 'task.merged':
      return merged(view, fact)
    case 'task.retried':
    case 'task.escalated':
      return withTask(view, fact, { status: 'waiting', attempt: fact.attempt })
    case 'task.answered':
    case 'task.nothing':
      return withTask(view, fact, { status: 'nothing' })
    case 'task.failed':
      return withTask(view, fact, { status: 'failed' })
    case 'task.needs_person': {
      const { milestone, task } = fact
      return { ...view, forPerson: [...view.forPerson, { milestone, task, subject: subjectOf(fact) }] }
    }
    case 'milestone.finished': {
      const { milestone, status } = fact.report
      if (status !== 'reached') return view
      return { ...view, forPerson: view.forPerson.filter((each) => each.milestone !== milestone) }
    }
    case 'coverage.changed':
      return covered(view, fact.branches.before, fact.branches.after)
    default:
      return view
  }
}

function milestoneStarted(view: RunView, fact: DevelopmentFact & { type: 'milestone.started' }): RunView {
  const { milestone: id, name, goal, branch, branches } = fact
  const measured = covered(view, branches, branches)
  return { ...measured, milestone: { id, name, goal, branch, round: 0 } }
}

function merged(view: RunView, fact: DevelopmentFact & { type: 'task.merged' }): RunView {
  const grown = covered(view, fact.branches.before, fact.branches.after)
  return withTask({ ...grown, commits: grown.commits + 1 }, fact, { status: 'merged' })
}

/** The first figure ever heard stays the one from before. */
function covered(view: RunView, before: Count, now: Count): RunView {
  return { ...view, coverage: { before: view.coverage?.before ?? before, now } }
}

function withTask(
  view: RunView,
  of: About & { milestone: string; task: string },
  change: Partial<TaskView>,
): RunView {
  const key = `${of.milestone}/${of.task}`
  const known = view.tasks.get(key)
  const { milestone, task } = of
  const fresh: TaskView = { milestone, task, subject: subjectOf(of), status: 'waiting', attempt: 0 }
  return { ...view, tasks: view.tasks.set(key, { ...(known ?? fresh), ...change }) }
}

/** How many tasks are where. */
export function taskCounts(view: RunView): Readonly<Record<TaskDisplayStatus, number>> {
  const counts = { waiting: 0, working: 0, judged: 0, merged: 0, nothing: 0, failed: 0 }
  for (const [, task] of view.tasks.entries()) counts[task.status] += 1
  return counts
}
