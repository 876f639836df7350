// Task
//
// The life of one task: asks the pool for a worker, submits the work to the merge queue, tries again with the reasons
// for a failure, escalates, gives up.
// Leaves: the work (worker.ts), when a worker is free (pool.ts), the verdict (integrator.ts), the steps of the escalation
//         (escalation.ts).
//
// K1. An answer about another attempt than the current one changes nothing.
// K2. It ends exactly once: done, with nothing to do, or failed with reasons.
// K3. Its attempts are limited: its own, at most three that did not count, and one for each step of its escalation.
// K4. A cancelled task, or one whose cap is used up, does not escalate. An agent's task that fails after its last step is
//     reported to a person; a cancelled one is not.

import { assign, emit, setup } from 'xstate'
import { z } from 'zod'
import { type Address, backoff, mail, send } from '../../kernel/index.ts'
import type { BudgetMail } from '../budget/budget-events.ts'
import type { RefusedMail } from '../children.ts'
import type { BeforeAfter, DevelopmentFact } from '../facts.ts'
import type { IntegratorMail } from '../merge-queue/integrator-events.ts'
import { weightOf } from '../orchestrator/schedule.ts'
import type { PoolMail } from '../pool/pool-events.ts'
import type { MilestoneBranchRef, RepositorySnapshot } from '../repository-snapshot.ts'
import { type About, aboutOf, isCoverageTask, type Submission, type Task, type Verdict } from '../work.ts'
import type { Assignment } from './assignment.ts'
import {
  type Assignee,
  type EscalationStep,
  type FailedAttempt,
  failuresSoFar,
  type Handover,
  handoverOf,
  withTry,
} from './escalation.ts'
import { type TaskMail, taskEvents } from './task-events.ts'

const statusSchema = z.enum(['done', 'nothing', 'failed'])

export interface TaskInput {
  readonly address: Address
  readonly pool: Address
  readonly integrator: Address
  readonly task: Task
  readonly site: RepositorySnapshot
  readonly line: MilestoneBranchRef
  readonly attempts: number
  /** Higher is sooner; by its coverage gap when absent. */
  readonly priority?: number
  /** The planned agent, and the steps after it fails. Absent for coverage tasks. */
  readonly assignee?: Assignee
  readonly escalation?: readonly EscalationStep[]
  /** The budget actor, told when the task makes no more calls; absent without a budget. */
  readonly budget?: Address
}

interface TaskMerge {
  readonly commit: string
  /** Of the whole repository. */
  readonly branches: BeforeAfter
}

interface TaskContext extends TaskInput {
  readonly attempt: number
  /** Steps of the escalation that were taken. */
  readonly escalated: number
  /** Failed attempts of an agent's task. */
  readonly tried: readonly FailedAttempt[]
  /** Why it does not escalate (K4). */
  readonly barred?: 'cancelled' | 'spent'
  readonly handover?: Handover
  /** Attempts that did not count, because a worker or node was lost. */
  readonly excuses: number
  /** The reasons for the last attempt's failure. */
  readonly reasons: readonly string[]
  readonly submission: Submission | null
  /** The commit of an earlier attempt, from which an agent continues. */
  readonly carry?: string
  readonly merge: TaskMerge | null
  /** Instead of a commit. */
  readonly answer?: unknown
}

export interface TaskOutput extends About {
  readonly status: 'done' | 'nothing' | 'failed'
  readonly task: string
  readonly attempts: number
  readonly cases: number
  readonly merge: TaskMerge | null
  /** Of a task that no commit was wanted of. */
  readonly answer?: unknown
  readonly reasons: readonly string[]
  /** Of a task that a person has to see to. */
  readonly handover?: Handover
}

const MAX_EXCUSES = 3
const HOUR = 60 * 60_000
const ATTEMPT_PAUSE = { firstMs: 500, maxMs: 30_000 }
/** An agent may have to wait for money until somebody is back at work. */
const AGENT_DAYS = 14

const base = setup({
  types: {
    input: {} as TaskInput,
    context: {} as TaskContext,
    events: {} as TaskMail | RefusedMail,
    emitted: {} as DevelopmentFact,
    output: {} as TaskOutput,
  },
  actions: { send },
  delays: {
    /** Between attempts, so that what is briefly broken may mend; somebody else need not wait for that. */
    rest: ({ context: { attempt, escalated } }) =>
      escalated > 0 ? ATTEMPT_PAUSE.firstMs : backoff(attempt, ATTEMPT_PAUSE),
    /** Longer than all deadlines of a worker together: only an answer that was lost takes this long. */
    workDeadline: ({ context }) => (isCoverageTask(context.task) ? HOUR : AGENT_DAYS * 24 * HOUR),
    cancelDeadline: 10 * 60_000,
  },
})

const machine = base
  .extend({
    actions: {
      askForWorker: base.enqueueActions(({ context, enqueue }) => {
        const assignment = assignmentOf(context)
        enqueue({ type: 'send', params: mail<PoolMail>(context.pool, { type: 'ASSIGN', assignment }) })
      }),
      callBack: base.enqueueActions(({ context: { pool, address, attempt }, enqueue }) => {
        enqueue({ type: 'send', params: mail<PoolMail>(pool, { type: 'CANCEL', replyTo: address, attempt }) })
      }),
      submit: base.enqueueActions(({ context, enqueue }) => {
        const { submission, task, attempt, address } = context
        if (!submission) return
        const event = { type: 'SUBMIT', submission, task, attempt, replyTo: address } as const
        enqueue({ type: 'send', params: mail<IntegratorMail>(context.integrator, event) })
      }),
      keepSubmission: assign((_, submission: Submission) => ({ submission })),
      keepAnswer: assign((_, { answer }: { readonly answer: unknown }) => ({ answer })),
      keepMerge: assign((_, merge: TaskMerge) => ({ merge })),
      keepReasons: assign((_, reasons: readonly string[]) => ({ reasons })),
      beginNextAttempt: assign(({ context: { attempt, submission, task } }) => ({
        attempt: attempt + 1,
        submission: null,
        ...(submission && !isCoverageTask(task) && { carry: submission.commit }),
      })),
      excuse: assign(({ context: { excuses, attempts } }, blameless: boolean) =>
        // A task that takes its machine with it does so every time.
        blameless && excuses < MAX_EXCUSES ? { excuses: excuses + 1, attempts: attempts + 1 } : {},
      ),
      spareNextAttempt: assign({ attempts: ({ context }) => context.attempt, barred: 'cancelled' }),
      noteSpent: assign((_, spent: boolean) => (spent ? { barred: 'spent' as const } : {})),
      noteTry: assign(({ context }) => {
        const { task, tried, attempt, reasons } = context
        if (isCoverageTask(task)) return {}
        return {
          tried: withTry(tried, { attempt, assignee: assigneeOf(context) ?? null, reasons: [...reasons] }),
        }
      }),
      /** The next attempt is that of somebody else. */
      escalate: base.enqueueActions(({ context, enqueue }) => {
        const { escalated, escalation = [], attempts, reasons } = context
        const step = escalation[escalated]
        if (!step) return
        enqueue.emit({
          type: 'task.escalated',
          ...attemptOf(context),
          by: step.by,
          from: assigneeOf(context) ?? null,
          to: step.assignee,
          reasons,
        })
        enqueue.assign({ escalated: escalated + 1, attempts: attempts + 1 })
      }),
      handOver: base.enqueueActions(({ context, enqueue }) => {
        const { task, line, tried, carry, submission, barred, reasons } = context
        if (isCoverageTask(task)) return
        const commit = submission?.commit ?? carry ?? null
        const handover = handoverOf(tried, commit, { spent: barred === 'spent' })
        const of = { milestone: line.milestone, task: task.id, ...aboutOf(task) }
        enqueue.emit({ type: 'task.needs_person', ...of, reasons, ...handover })
        enqueue.assign({ handover })
      }),
      closeAccount: base.enqueueActions(({ context: { budget, line, task }, enqueue }) => {
        if (budget === undefined || isCoverageTask(task)) return
        const closed = { type: 'CLOSED', milestone: line.milestone, task: task.id } as const
        enqueue({ type: 'send', params: mail<BudgetMail>(budget, closed) })
      }),
      reportStarted: emit(({ context }, worker: string) => ({
        type: 'task.started',
        ...attemptOf(context),
        worker,
      })),
      reportSubmitted: base.emit(({ context }) => ({
        type: 'task.submitted',
        ...attemptOf(context),
        commit: context.submission?.commit ?? '',
        cases: context.submission?.cases ?? 0,
      })),
      reportRetried: base.emit(({ context }) => ({
        type: 'task.retried',
        ...attemptOf(context),
        reasons: context.reasons,
      })),
    },
  })
  .extend({
    guards: {
      isCurrent: ({ context, event }) => 'attempt' in event && event.attempt === context.attempt,
      isCancelled: ({ context }) => context.barred === 'cancelled',
      isSpent: ({ context }) => context.barred === 'spent',
      mayRetry: ({ context }) => context.attempt < context.attempts,
      mayEscalate: ({ context: { escalated, escalation = [] } }) => escalated < escalation.length,
      /** Mail of this type for the current attempt was given up. */
      isLost: ({ context, event }, type: 'ASSIGN' | 'SUBMIT') =>
        event.type === 'canopy.refused' && event.event.type === type && attemptIn(event) === context.attempt,
    },
  })
  .createMachine({
    id: 'task',
    context: ({ input }) => ({
      ...input,
      attempt: 1,
      escalated: 0,
      tried: [],
      excuses: 0,
      reasons: [],
      submission: null,
      merge: null,
    }),
    initial: 'assigned',
    states: {
      assigned: {
        initial: 'waiting',
        states: {
          waiting: {
            entry: 'askForWorker',
            on: {
              'WORK.STARTED': {
                guard: 'isCurrent',
                target: 'working',
                actions: { type: 'reportStarted', params: ({ event }) => event.worker },
              },
              'canopy.refused': {
                guard: { type: 'isLost', params: 'ASSIGN' },
                target: '#task.deciding',
                actions: {
                  type: 'keepReasons',
                  params: ({ event: { reason } }) => [`the pool did not take the task: ${reason}`],
                },
              },
            },
          },
          working: {
            after: {
              workDeadline: {
                target: '#task.deciding',
                actions: [
                  'callBack',
                  { type: 'keepReasons', params: ['no answer came from the worker in time'] },
                ],
              },
            },
          },
        },
        on: {
          'WORK.SUBMITTED': {
            guard: 'isCurrent',
            target: 'submitted',
            actions: { type: 'keepSubmission', params: ({ event }) => event.submission },
          },
          'WORK.ANSWERED': {
            guard: 'isCurrent',
            target: 'done',
            actions: { type: 'keepAnswer', params: ({ event: { answer } }) => ({ answer }) },
          },
          'WORK.NOTHING': {
            guard: 'isCurrent',
            target: 'nothing',
            actions: { type: 'keepReasons', params: ({ event }) => [event.reason] },
          },
          'WORK.FAILED': {
            guard: 'isCurrent',
            target: 'deciding',
            actions: [
              { type: 'keepReasons', params: ({ event }) => event.reasons },
              { type: 'noteSpent', params: ({ event }) => event.spent ?? false },
            ],
          },
          'WORKER.LOST': {
            guard: 'isCurrent',
            target: 'deciding',
            actions: [
              { type: 'excuse', params: ({ event }) => event.blameless ?? false },
              {
                type: 'keepReasons',
                params: ({ event }) => [`${event.worker} was lost: ${event.reason}`],
              },
            ],
          },
          // Not by this task: somebody told the pool.
          'WORK.CANCELLED': {
            guard: 'isCurrent',
            target: 'failed',
            actions: { type: 'keepReasons', params: ['cancelled'] },
          },
          CANCEL: 'cancelling',
        },
      },
      submitted: {
        entry: ['reportSubmitted', 'submit'],
        on: {
          'canopy.refused': {
            guard: { type: 'isLost', params: 'SUBMIT' },
            target: 'deciding',
            actions: {
              type: 'keepReasons',
              params: ({ event: { reason } }) => [`the merge queue did not take the submission: ${reason}`],
            },
          },
          MERGED: {
            guard: 'isCurrent',
            target: 'done',
            actions: {
              type: 'keepMerge',
              params: ({ event: { commit, branches } }) => ({ commit, branches }),
            },
          },
          REJECTED: {
            guard: 'isCurrent',
            target: 'deciding',
            actions: { type: 'keepReasons', params: ({ event }) => findingsOf(event.verdicts) },
          },
          // What the merge queue holds cannot be taken back.
          CANCEL: { actions: 'spareNextAttempt' },
        },
      },
      deciding: {
        entry: 'noteTry',
        always: [
          { guard: 'isCancelled', target: 'failed' },
          { guard: 'isSpent', target: 'failed', actions: 'handOver' },
          { guard: 'mayRetry', target: 'resting' },
          { guard: 'mayEscalate', target: 'resting', actions: 'escalate' },
          { target: 'failed', actions: 'handOver' },
        ],
      },
      resting: {
        entry: 'reportRetried',
        after: { rest: { target: 'assigned', actions: 'beginNextAttempt' } },
        on: { CANCEL: { target: 'failed', actions: { type: 'keepReasons', params: ['cancelled'] } } },
      },
      cancelling: {
        entry: ['callBack', { type: 'keepReasons', params: ['cancelled'] }],
        on: {
          'WORK.CANCELLED': { guard: 'isCurrent', target: 'failed' },
          // It ended before the pool could call it back.
          'WORK.SUBMITTED': { guard: 'isCurrent', target: 'failed' },
          'WORK.ANSWERED': { guard: 'isCurrent', target: 'failed' },
          'WORK.NOTHING': { guard: 'isCurrent', target: 'failed' },
          'WORK.FAILED': { guard: 'isCurrent', target: 'failed' },
          'WORKER.LOST': { guard: 'isCurrent', target: 'failed' },
        },
        after: { cancelDeadline: 'failed' },
      },
      done: { type: 'final', output: 'done', entry: 'closeAccount' },
      nothing: { type: 'final', output: 'nothing', entry: 'closeAccount' },
      failed: { type: 'final', output: 'failed', entry: 'closeAccount' },
    },
    output: ({ context, event }) => ({
      status: statusSchema.parse(event.output),
      task: context.task.id,
      ...aboutOf(context.task),
      attempts: context.attempt,
      cases: context.submission?.cases ?? 0,
      merge: context.merge,
      ...(context.answer !== undefined && { answer: context.answer }),
      reasons: context.reasons,
      ...(context.handover && { handover: context.handover }),
    }),
  })

/** The life of one task, from the wish for a worker to the verdict. */
export const taskActor = { kind: 'task', version: 1, machine, events: taskEvents } as const

function assignmentOf(context: TaskContext): Assignment {
  const { task, attempt, reasons, carry, site, line, address, priority = weightOf(task) } = context
  const { escalated, tried } = context
  const assignee = escalated > 0 ? assigneeOf(context) : undefined
  const failures = assignee ? failuresSoFar(reasons, tried) : [...reasons]
  const order = { task, attempt, failures, site, line, replyTo: address, priority }
  return { ...order, ...(carry !== undefined && { carry }), ...(assignee && { assignee }) }
}

/** The attempt that mail which was given up is about. */
function attemptIn({ event }: RefusedMail): unknown {
  return event.type === 'ASSIGN' ? (event.assignment as Assignment).attempt : event.attempt
}

/** Whose attempt it is. */
function assigneeOf({ assignee, escalation = [], escalated }: TaskContext): Assignee | undefined {
  return escalated === 0 ? assignee : escalation[escalated - 1]?.assignee
}

function attemptOf({ line, task, attempt }: TaskContext) {
  return { milestone: line.milestone, task: task.id, ...aboutOf(task), attempt }
}

/** What a writer can act on: the findings of the gates that were not passed. */
function findingsOf(verdicts: readonly Verdict[]): string[] {
  const unpassed = verdicts.filter(({ kind }) => kind !== 'passed' && kind !== 'left_out')
  if (unpassed.length === 0) return ['rejected without a reason']
  return unpassed.flatMap(({ gate, kind, findings }) =>
    findings.length > 0 ? findings.map((finding) => `${gate}: ${finding}`) : [`${gate}: ${kind}`],
  )
}
