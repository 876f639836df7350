// Integrator
//
// Owns:   the merge queue of a line: what waits, what is judged together, and what was measured last.
// Leaves: which of those that wait (merge-plan.ts), stacking, gates and merging (the invocation `integrate`), what becomes
//         of a rejected task (task.ts).
//
// G1. First come, first judged, as far as two do not touch the same; one attempt of a task is judged once.
// G2. Every submission taken is answered once: merged, or rejected with verdicts.
// G3. That the gates could not run is not a pass: tried again, then taken for a failure, and its reason searched for.
// G4. The orchestrator hears of each merge in order, and `SETTLED` after the last of them.

import { assign, setup } from 'xstate'
import { z } from 'zod'
import {
  type Address,
  backoff,
  type Mail,
  mail,
  PersistentMap,
  type Snapshot,
  send,
} from '../../kernel/index.ts'
import type { BudgetMail } from '../budget/budget-events.ts'
import { type ChildDone, childAddress, reasonOf } from '../children.ts'
import type { BeforeAfter, DevelopmentFact } from '../facts.ts'
import { type InvocationInput, invocation } from '../invocations.ts'
import type { CoverageChange } from '../orchestrator/coverage.ts'
import type { OrchestratorMail } from '../orchestrator/orchestrator.ts'
import type { Line, Site } from '../site.ts'
import type { TaskMail } from '../task/task.ts'
import { isCoverageTask, type Measurement, submissionSchema, taskSchema, type Verdict } from '../work.ts'
import type { Judgement } from './judgement.ts'
import * as queue from './merge-plan.ts'

const entrySchema = z.object({
  submission: submissionSchema,
  task: taskSchema,
  attempt: z.int().positive(),
  replyTo: z.string().min(1),
})
type Entry = z.infer<typeof entrySchema>

const events = z.discriminatedUnion('type', [
  entrySchema.extend({ type: z.literal('SUBMIT') }),
  z.object({ type: z.literal('SETTLE') }),
])
export type IntegratorMail = z.infer<typeof events>

export interface IntegratorInput {
  readonly orchestrator: Address
  readonly site: Site
  readonly line: Line
  /** Of the line's tip. */
  readonly measurement: Measurement
  /** Told how much computing time judging takes; absent: nobody is. */
  readonly budget?: Address
}

interface Context extends IntegratorInput {
  readonly plan: queue.MergePlan<Entry>
  /** The last attempt that came, by task. */
  readonly seen: PersistentMap<number>
  /** How often judging the trial could not be done. */
  readonly faults: number
  readonly fault: string
  /** How many were merged. */
  readonly merges: number
  readonly settling: boolean
  /** How often something was judged. Absent in queues of before. */
  readonly judged?: number
}

type IntegratorEvent = IntegratorMail | ChildDone<'integrate', Judgement>

const TRIES = 3
/** Between them. */
const JUDGING_PAUSE = { firstMs: 1_000, maxMs: 60_000, factor: 4 }
/** Judged together. The more, the fewer runs while all is well; one that fails costs three runs to find. */
const BATCH = 8

const base = setup({
  types: {
    input: {} as IntegratorInput,
    context: {} as Context,
    events: {} as IntegratorEvent,
    emitted: {} as DevelopmentFact,
  },
  actors: { integrate: invocation('integrate') },
  actions: { send },
  delays: {
    backoff: ({ context }) => backoff(context.faults + 1, JUDGING_PAUSE),
    /** Below the hour that any invocation has. */
    integrateDeadline: 50 * 60_000,
  },
})

const machine = base
  .extend({
    actions: {
      queueUp: assign(({ context }, { submission, task, attempt, replyTo }: Entry) => ({
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
        const { judged = 0 } = context
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
      isNew: ({ context }, { task, attempt }: Entry) => (context.seen.get(task.id) ?? 0) < attempt,
      hasWork: ({ context }) => context.plan.waiting.length > 0,
      isSettling: ({ context }) => context.settling,
      mayTryAgain: ({ context }) => context.faults < TRIES,
    },
  })
  .createMachine({
    id: 'integrator',
    context: ({ input }) => ({
      ...input,
      plan: queue.noPlan<Entry>(),
      seen: PersistentMap.empty<number>(),
      faults: 0,
      fault: '',
      merges: 0,
      settling: false,
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

/**
 * Version 1 judged one at a time; what it was judging is judged again, alone. A call of it that is under way goes on in the
 * words of then, and fails: the next one is made in those of now.
 */
function migrate({ context, ...snapshot }: Snapshot): Snapshot {
  const { queue: waiting, ...rest } = context as { queue?: readonly Entry[] }
  if (waiting === undefined) return { ...snapshot, context }
  const trial = snapshot.value === 'idle' ? 0 : Math.min(1, waiting.length)
  return { ...snapshot, context: { ...rest, plan: { ...queue.noPlan<Entry>(), waiting, trial } } }
}

/** Judges what the workers of a milestone hand in, several at a time, and merges what passes. */
export const integratorActor = { kind: 'integrator', version: 2, migrate, machine, events } as const

function inputOf(context: Context): InvocationInput<'integrate'> {
  const { site, line } = context
  const stack = queue.trialOf(context.plan)
  return {
    site,
    line,
    stack: stack.map(({ task, attempt, submission }) => ({ task, attempt, submission })),
  }
}

interface Merged {
  readonly entry: Entry
  readonly commit: string
  readonly change: CoverageChange
  readonly branches: BeforeAfter
  readonly statements: BeforeAfter
}

/** Each merge with what was covered before and after it. */
function mergesOf({ measurement }: Context, answers: readonly queue.Answer<Entry>[]): Merged[] {
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

/** What tasks and the orchestrator hear. */
function lettersOf(context: Context, answers: readonly queue.Answer<Entry>[]): Mail[] {
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

/** What is judged by itself is its task's; what several share, and what never asked the budget, the milestone's. */
function spentOn(context: Context, ms: number | undefined): Mail[] {
  const { budget, orchestrator, line, judged = 0, plan } = context
  if (budget === undefined || ms === undefined) return []
  const [only, ...others] = queue.trialOf(plan)
  const isOnes = only !== undefined && others.length === 0 && !isCoverageTask(only.task)
  const account = { milestone: line.milestone, ...(isOnes && { task: only.task.id }) }
  const id = `${childAddress(orchestrator, 'integrator')}#${judged + 1}`
  return [mail<BudgetMail>(budget, { type: 'SPEND', id, account, computeSeconds: ms / 1000 })]
}

function coverageFacts(context: Context, answers: readonly queue.Answer<Entry>[]): DevelopmentFact[] {
  const { milestone } = context.line
  return mergesOf(context, answers).map(({ commit, branches, statements }) => ({
    type: 'coverage.changed',
    milestone,
    commit,
    branches,
    statements,
  }))
}

/** The files that were changed, those that were to be, and for tests also the module whose coverage counts. */
function touchedBy({ submission, task }: Entry): readonly string[] {
  return [...submission.files, ...(isCoverageTask(task) ? [`coverage of ${task.module}`] : task.files)]
}

/** G3. */
function couldNotRun(fault: string): Verdict {
  return { gate: 'integration', kind: 'could_not_run', findings: [fault] }
}
