// Integrator
//
// The merge queue of a milestone branch: which submissions wait, which are judged together, and the last measurement.
// Leaves: choosing a batch (merge-plan.ts); stacking, gates and merging (the invocation `integrate`); a rejected task
//         (task.ts).
//
// Submissions are judged in order of arrival, except that two which touch the same file are never judged together; one
// attempt of a task is judged once. Every submission is answered once: merged, or rejected with verdicts. The
// orchestrator hears of each merge in order, and gets `SETTLED` after the last of them.
// G3. Gates that could not run are not a pass: judging is tried again, then treated as a failure whose cause is
//     searched.

import { assign, setup } from 'xstate'
import { type Address, backoff, mail, PersistentMap, type SendParams, send } from '../../kernel/index.ts'
import type { BudgetMail } from '../budget/budget-events.ts'
import { type ChildDone, childAddress, reasonOf } from '../children.ts'
import type { BeforeAfter, DevelopmentFact } from '../facts.ts'
import { type InvocationInput, invocation } from '../invocations.ts'
import type { CoverageChange } from '../orchestrator/coverage.ts'
import type { OrchestratorMail } from '../orchestrator/orchestrator-events.ts'
import type { MilestoneBranchRef, RepositorySnapshot } from '../repository-snapshot.ts'
import type { TaskMail } from '../task/task-events.ts'
import { isCoverageTask, type Measurement, type Verdict } from '../work.ts'
import { type IntegratorMail, integratorEvents, type SubmissionEntry } from './integrator-events.ts'
import type { BatchJudgement } from './judgement.ts'
import * as queue from './merge-plan.ts'

export interface IntegratorInput {
  readonly orchestrator: Address
  readonly site: RepositorySnapshot
  readonly line: MilestoneBranchRef
  /** Of the branch's tip. */
  readonly measurement: Measurement
  /** Is told how much computing time judging takes; absent: no budget. */
  readonly budget?: Address
}

interface IntegratorContext extends IntegratorInput {
  readonly plan: queue.MergePlan<SubmissionEntry>
  /** The last attempt that arrived, by task. */
  readonly seen: PersistentMap<number>
  /** Failed tries to judge the current batch. */
  readonly faults: number
  readonly fault: string
  /** Number of merges. */
  readonly merges: number
  readonly settling: boolean
  /** Number of judgements. */
  readonly judged: number
}

type IntegratorEvent = IntegratorMail | ChildDone<'integrate', BatchJudgement>

const TRIES = 3
/** Between the tries. */
const JUDGING_PAUSE = { firstMs: 1_000, maxMs: 60_000, factor: 4 }
/**
 * Most submissions judged together. A larger batch needs fewer runs while all pass; one that fails costs three runs to
 * find.
 */
const BATCH = 8

const base = setup({
  types: {
    input: {} as IntegratorInput,
    context: {} as IntegratorContext,
    events: {} as IntegratorEvent,
    emitted: {} as DevelopmentFact,
  },
  actors: { integrate: invocation('integrate') },
  actions: { send },
  delays: {
    backoff: ({ context }) => backoff(context.faults + 1, JUDGING_PAUSE),
    /** Milliseconds; less than the hour that every invocation has. */
    integrateDeadline: 50 * 60_000,
  },
})

const machine = base
  .extend({
    actions: {
      queueUp: assign(({ context }, { submission, task, attempt, replyTo }: SubmissionEntry) => ({
        plan: queue.withEntry(context.plan, { submission, task, attempt, replyTo }),
        seen: context.seen.set(task.id, attempt),
      })),
      choose: assign({ plan: ({ context }) => queue.withTrial(context.plan, BATCH, touchedBy) }),
      keepSettle: assign({ settling: true }),
      settle: base.enqueueActions(({ context, enqueue }) => {
        const { branches } = context.measurement
        const event = { type: 'SETTLED', merges: context.merges, branches } as const
        enqueue({ type: 'send', params: mail<OrchestratorMail>(context.orchestrator, event) })
        enqueue.assign({ settling: false })
      }),
      conclude: base.enqueueActions(({ context, event, enqueue }) => {
        const isJudged = event.type === 'xstate.done.actor.integrate'
        const { plan, answers, flaky } = isJudged
          ? queue.concluded(context.plan, event.output)
          : queue.unjudged(context.plan, [couldNotRun(context.fault)])
        for (const letter of lettersOf(context, answers)) enqueue({ type: 'send', params: letter })
        for (const fact of coverageFacts(context, answers)) enqueue.emit(fact)
        const { judged } = context
        const spent = isJudged ? spentOn(context, event.output.ms) : []
        for (const letter of spent) enqueue({ type: 'send', params: letter })
        if (flaky.length > 0)
          enqueue.emit({ type: 'tests.flaky', milestone: context.line.milestone, tests: flaky })
        const measurement = (isJudged && event.output.measurement) || context.measurement
        const merges = context.merges + answers.filter(({ kind }) => kind === 'merged').length
        enqueue.assign({ plan, merges, measurement, faults: 0, fault: '', judged: judged + 1 })
      }),
      noteFault: assign(({ context }, fault: string) => ({ faults: context.faults + 1, fault })),
    },
  })
  .extend({
    guards: {
      isNew: ({ context }, { task, attempt }: SubmissionEntry) => (context.seen.get(task.id) ?? 0) < attempt,
      hasWork: ({ context }) => context.plan.waiting.length > 0,
      isSettling: ({ context }) => context.settling,
      mayTryAgain: ({ context }) => context.faults < TRIES,
    },
  })
  .createMachine({
    id: 'integrator',
    context: ({ input }) => ({
      ...input,
      plan: queue.noPlan<SubmissionEntry>(),
      seen: PersistentMap.empty<number>(),
      faults: 0,
      fault: '',
      merges: 0,
      settling: false,
      judged: 0,
    }),
    initial: 'idle',
    on: {
      SUBMIT: {
        guard: { type: 'isNew', params: ({ event }) => event },
        actions: { type: 'queueUp', params: ({ event }) => event },
      },
      SETTLE: { actions: 'keepSettle' },
    },
    states: {
      idle: {
        always: [
          { guard: 'hasWork', target: 'integrating', actions: 'choose' },
          { guard: 'isSettling', actions: 'settle' },
        ],
      },
      integrating: {
        invoke: {
          src: 'integrate',
          id: 'integrate',
          input: ({ context }) => inputOf(context),
          onDone: { target: 'idle', actions: 'conclude' },
          onError: {
            target: 'deciding',
            actions: { type: 'noteFault', params: ({ event }) => reasonOf(event.error) },
          },
        },
        after: {
          integrateDeadline: {
            target: 'deciding',
            actions: { type: 'noteFault', params: 'judging took too long' },
          },
        },
      },
      deciding: {
        always: [
          { guard: 'mayTryAgain', target: 'resting' },
          { target: 'idle', actions: 'conclude' },
        ],
      },
      resting: { after: { backoff: 'integrating' } },
    },
  })

/** Judges the submissions of a milestone, several at a time, and merges those that pass. */
export const integratorActor = {
  kind: 'integrator',
  version: 1,
  machine,
  events: integratorEvents,
} as const

function inputOf(context: IntegratorContext): InvocationInput<'integrate'> {
  const { site, line } = context
  const stack = queue.trialOf(context.plan)
  return {
    site,
    line,
    stack: stack.map(({ task, attempt, submission }) => ({ task, attempt, submission })),
  }
}

interface MergeResult {
  readonly entry: SubmissionEntry
  readonly commit: string
  readonly change: CoverageChange
  readonly branches: BeforeAfter
  readonly statements: BeforeAfter
}

/** Each merge with the coverage before and after it. */
function mergesOf(
  { measurement }: IntegratorContext,
  answers: readonly queue.QueueAnswer<SubmissionEntry>[],
): MergeResult[] {
  let { branches, statements } = measurement
  return answers.flatMap((answer) => {
    if (answer.kind !== 'merged') return []
    const { commit, change } = answer.merge
    const before = { branches, statements }
    branches = change.branches
    statements = change.statements
    return [
      {
        entry: answer.entry,
        commit,
        change,
        branches: { before: before.branches, after: branches },
        statements: { before: before.statements, after: statements },
      },
    ]
  })
}

/** Mail to tasks and to the orchestrator. */
function lettersOf(
  context: IntegratorContext,
  answers: readonly queue.QueueAnswer<SubmissionEntry>[],
): SendParams[] {
  const merged = mergesOf(context, answers).flatMap(({ entry, commit, change, branches }, index) => {
    const { task, attempt, replyTo } = entry
    const merge = context.merges + index + 1
    return [
      mail<TaskMail>(replyTo, { type: 'MERGED', attempt, commit, branches }),
      mail<OrchestratorMail>(context.orchestrator, {
        type: 'INTEGRATED',
        task: task.id,
        commit,
        merge,
        change,
      }),
    ]
  })
  const returned = answers.flatMap((answer) => {
    if (answer.kind !== 'returned') return []
    const { attempt, replyTo } = answer.entry
    return [mail<TaskMail>(replyTo, { type: 'REJECTED', attempt, verdicts: [...answer.verdicts] })]
  })
  return [...merged, ...returned]
}

/**
 * Time of a batch of one counts for its task. Time of larger batches, and of tasks without a model, counts for the
 * milestone.
 */
function spentOn(context: IntegratorContext, ms: number | undefined): SendParams[] {
  const { budget, orchestrator, line, judged, plan } = context
  if (budget === undefined || ms === undefined) return []
  const [only, ...others] = queue.trialOf(plan)
  const isOnes = only !== undefined && others.length === 0 && !isCoverageTask(only.task)
  const account = { milestone: line.milestone, ...(isOnes && { task: only.task.id }) }
  const id = `${childAddress(orchestrator, 'integrator')}#${judged + 1}`
  return [mail<BudgetMail>(budget, { type: 'SPEND', id, account, computeSeconds: ms / 1000 })]
}

function coverageFacts(
  context: IntegratorContext,
  answers: readonly queue.QueueAnswer<SubmissionEntry>[],
): DevelopmentFact[] {
  const { milestone } = context.line
  return mergesOf(context, answers).map(({ commit, branches, statements }) => ({
    type: 'coverage.changed',
    milestone,
    commit,
    branches,
    statements,
  }))
}

/** The changed files, the files expected to change, and for tests also the module whose coverage counts. */
function touchedBy({ submission, task }: SubmissionEntry): readonly string[] {
  return [...submission.files, ...(isCoverageTask(task) ? [`coverage of ${task.module}`] : task.files)]
}

/** G3. */
function couldNotRun(fault: string): Verdict {
  return { gate: 'integration', kind: 'could_not_run', findings: [fault] }
}
