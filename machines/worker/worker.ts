// Worker
//
// Carries out one attempt step by step: creates a worktree, works in it (the builtin writer for tests, several agents
// for a review, one agent for anything else), commits, removes the worktree.
// Leaves: choosing the attempt (pool.ts), each step (invocations), judging the work (integrator.ts).
//
// A prepared worktree is released however the attempt ends. Each assignment returns to the pool once, with its outcome.

import { assign, emit, setup } from 'xstate'
import { z } from 'zod'
import { type Address, mail, send } from '../../kernel/index.ts'
import { agentActor } from '../agent/agent.ts'
import { agentTask } from '../agent/agent-brief.ts'
import { type AgentCommands, agentCommandFor, limitsOfCommand } from '../agent/agent-command.ts'
import { agentKinds, nothingToDo } from '../agent/agent-kinds.ts'
import type { AgentInput, AgentOutput } from '../agent/agent-state.ts'
import type { BudgetMail } from '../budget/budget-events.ts'
import { childAddress, reasonOf } from '../children.ts'
import type { DevelopmentFact, WorkStep } from '../facts.ts'
import {
  type AttemptInput,
  type InvocationInput,
  type InvocationOutput,
  invocation,
  type WrittenFile,
} from '../invocations.ts'
import type { ModelsInUse } from '../models/model-settings.ts'
import type { PoolMail } from '../pool/pool-events.ts'
import { reviewActor } from '../review/review.ts'
import type { ReviewInput } from '../review/review-state.ts'
import { type Assignment, assignmentSchema, ticketOf, type WorkOutcome } from '../task/assignment.ts'
import { aboutOf, isCoverageTask, wantsCommit } from '../work.ts'

const events = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ASSIGN'), assignment: assignmentSchema }),
  z.object({ type: z.literal('ABORT'), ticket: z.string() }),
])
export type WorkerMail = z.infer<typeof events>

/** Settings for agents. */
export interface AgentMeans {
  readonly budget: Address
  readonly models: ModelsInUse
  /** Absent: models do all work, as on other nodes. */
  readonly commands?: AgentCommands
}

export interface WorkerInput {
  readonly pool: Address
  /** Address of its mailbox; absent: below the pool. */
  readonly address?: Address
  /** Its id in the pool. */
  readonly worker: string
  /** Null: tasks that need a model are not done here. */
  readonly agents?: AgentMeans | null
}

interface WorkerContext extends WorkerInput {
  readonly assignment: Assignment | null
  readonly worktree: string | null
  readonly files: readonly WrittenFile[]
  readonly cases: number
  readonly outcome: WorkOutcome | null
}

const nothingInHand = { assignment: null, worktree: null, files: [], cases: 0, outcome: null }

const base = setup({
  types: {
    input: {} as WorkerInput,
    context: {} as WorkerContext,
    events: {} as WorkerMail,
    emitted: {} as DevelopmentFact,
  },
  actors: {
    prepare: invocation('prepare'),
    write: invocation('write'),
    submit: invocation('submit'),
    collect: invocation('collect'),
    agent: agentActor.machine,
    review: reviewActor.machine,
    release: invocation('release'),
  },
  actions: { send },
  delays: {
    prepareDeadline: 5 * 60_000,
    writeDeadline: 20 * 60_000,
    submitDeadline: 5 * 60_000,
    releaseDeadline: 2 * 60_000,
  },
})

const machine = base
  .extend({
    actions: {
      take: assign((_, assignment: Assignment) => ({ assignment })),
      keepWorktree: assign((_, worktree: string) => ({ worktree })),
      keepFiles: assign((_, written: { files: readonly WrittenFile[]; cases: number }) => written),
      conclude: assign((_, outcome: WorkOutcome) => ({ outcome })),
      fail: assign((_, reason: string) => ({ outcome: { kind: 'failed' as const, reasons: [reason] } })),
      putDown: assign(nothingInHand),
      handBack: base.enqueueActions(({ context: { pool, worker, assignment, outcome, agents }, enqueue }) => {
        const ticket = assignment && ticketOf(assignment)
        // Open reservations of its agent count as spent.
        if (assignment && agents && !isCoverageTask(assignment.task)) {
          const { line, task, attempt } = assignment
          const closed = { type: 'CLOSED', milestone: line.milestone, task: task.id, attempt } as const
          enqueue({ type: 'send', params: mail<BudgetMail>(agents.budget, closed) })
        }
        enqueue({
          type: 'send',
          params: mail<PoolMail>(pool, { type: 'WORKER.FREE', worker, ticket, outcome }),
        })
      }),
      complain: emit(({ context: { worker, assignment } }, reason: string) => ({
        type: 'worker.untidy' as const,
        worker,
        task: assignment?.task.id ?? '',
        reason,
      })),
      progress: emit(({ context }, step: WorkStep) => progressOf(context, step)),
    },
  })
  .extend({
    guards: {
      isForAgent: ({ context: { assignment, agents } }) =>
        assignment !== null && !isCoverageTask(assignment.task) && (agents ?? null) !== null,
      isReview: ({ context: { assignment, agents } }) =>
        assignment !== null &&
        !isCoverageTask(assignment.task) &&
        assignment.task.kind === 'review' &&
        (agents ?? null) !== null,
      isMine: ({ context, event }) =>
        event.type === 'ABORT' &&
        context.assignment !== null &&
        ticketOf(context.assignment) === event.ticket,
    },
  })
  .createMachine({
    id: 'worker',
    context: ({ input }) => ({ ...input, ...nothingInHand }),
    initial: 'idle',
    states: {
      idle: {
        entry: ['handBack', 'putDown'],
        on: {
          ASSIGN: { target: 'busy', actions: { type: 'take', params: ({ event }) => event.assignment } },
          // The pool assumes that this attempt runs, and waits for its end.
          ABORT: {
            actions: {
              type: 'send',
              params: ({ context: { pool, worker }, event: { ticket } }) =>
                mail<PoolMail>(pool, { type: 'WORKER.FREE', worker, ticket, outcome: { kind: 'cancelled' } }),
            },
          },
        },
      },
      busy: {
        initial: 'preparing',
        states: {
          preparing: {
            entry: { type: 'progress', params: 'preparing' },
            invoke: {
              src: 'prepare',
              id: 'prepare',
              input: ({ context }) => prepareInput(context),
              onDone: [
                {
                  guard: 'isReview',
                  target: 'reviewing',
                  actions: { type: 'keepWorktree', params: ({ event }) => event.output.worktree },
                },
                {
                  guard: 'isForAgent',
                  target: 'working',
                  actions: { type: 'keepWorktree', params: ({ event }) => event.output.worktree },
                },
                {
                  target: 'writing',
                  actions: { type: 'keepWorktree', params: ({ event }) => event.output.worktree },
                },
              ],
              onError: failing('preparing failed'),
            },
            after: {
              prepareDeadline: late('preparing'),
            },
          },
          // Without a deadline: an agent has limits of its own, and may wait for money without limit.
          working: {
            entry: { type: 'progress', params: 'working' },
            invoke: {
              src: 'agent',
              id: 'agent',
              input: ({ context }) => agentInput(context),
              onDone: [
                {
                  guard: ({ context, event }) =>
                    wantsCommit(context.assignment?.task) && handedIn(event.output),
                  target: 'collecting',
                },
                {
                  target: 'releasing',
                  actions: { type: 'conclude', params: ({ event }) => endOf(event.output) },
                },
              ],
              onError: failing('its agent was lost'),
            },
          },
          // Without a deadline: its agents have their own limits.
          reviewing: {
            entry: { type: 'progress', params: 'working' },
            invoke: {
              src: 'review',
              id: 'review',
              input: ({ context }) => reviewInput(context),
              onDone: {
                target: 'releasing',
                actions: { type: 'conclude', params: ({ event }) => endOf(event.output) },
              },
              onError: failing('the review was lost'),
            },
          },
          collecting: {
            entry: { type: 'progress', params: 'submitting' },
            invoke: {
              src: 'collect',
              id: 'collect',
              input: ({ context }) => ({ ...attemptOf(context), worktree: context.worktree ?? '' }),
              onDone: {
                target: 'releasing',
                actions: { type: 'conclude', params: ({ event }) => collectedOf(event.output) },
              },
              onError: failing('submitting failed'),
            },
            after: {
              submitDeadline: late('submitting'),
            },
          },
          writing: {
            entry: { type: 'progress', params: 'writing' },
            invoke: {
              src: 'write',
              id: 'write',
              input: ({ context }) => ({
                ...attemptOf(context),
                worktree: context.worktree ?? '',
                failures: context.assignment?.failures ?? [],
              }),
              onDone: [
                {
                  guard: ({ event }) => event.output.kind === 'written',
                  target: 'submitting',
                  actions: { type: 'keepFiles', params: ({ event }) => filesOf(event.output) },
                },
                {
                  target: 'releasing',
                  actions: { type: 'conclude', params: ({ event }) => outcomeOf(event.output) },
                },
              ],
              onError: failing('writing failed'),
            },
            after: {
              writeDeadline: late('writing'),
            },
          },
          submitting: {
            entry: { type: 'progress', params: 'submitting' },
            invoke: {
              src: 'submit',
              id: 'submit',
              input: ({ context }) => ({
                ...attemptOf(context),
                worktree: context.worktree ?? '',
                files: context.files,
                cases: context.cases,
              }),
              onDone: {
                target: 'releasing',
                actions: {
                  type: 'conclude',
                  params: ({ event }) => ({ kind: 'submitted', submission: event.output }),
                },
              },
              onError: failing('submitting failed'),
            },
            after: {
              submitDeadline: late('submitting'),
            },
          },
          releasing: {
            entry: { type: 'progress', params: 'releasing' },
            invoke: {
              src: 'release',
              id: 'release',
              input: ({ context }) => ({ ...attemptOf(context), worktree: context.worktree }),
              onDone: '#worker.idle',
              onError: {
                target: '#worker.idle',
                actions: { type: 'complain', params: ({ event }) => reasonOf(event.error) },
              },
            },
            after: {
              releaseDeadline: {
                target: '#worker.idle',
                actions: { type: 'complain', params: 'releasing took too long' },
              },
            },
            // The attempt is already over; its outcome is being sent.
            on: { ABORT: {} },
          },
        },
        on: {
          ABORT: {
            guard: 'isMine',
            target: '.releasing',
            actions: { type: 'conclude', params: { kind: 'cancelled' } },
          },
          ASSIGN: {
            actions: {
              type: 'send',
              params: ({ context: { pool, worker }, event }) =>
                mail<PoolMail>(pool, { type: 'WORKER.REFUSED', worker, ticket: ticketOf(event.assignment) }),
            },
          },
        },
      },
    },
  })

/** Carries out one assignment at a time, each step an invocation. */
export const workerActor = {
  kind: 'worker',
  version: 1,
  machine,
  events,
  children: {
    agent: { restart: 'transient', shutdown: 5_000 },
    review: { restart: 'transient', shutdown: 10_000, type: 'supervisor' },
  },
} as const

/** An invocation failed, so the attempt fails. */
function failing(what: string) {
  const reason = ({ event }: { readonly event: { readonly error: unknown } }) =>
    `${what}: ${reasonOf(event.error)}`
  return { target: 'releasing', actions: { type: 'fail', params: reason } } as const
}

function late(what: string) {
  return { target: 'releasing', actions: { type: 'fail', params: `${what} took too long` } } as const
}

/** Only called while there is an assignment. */
function attemptOf({ assignment }: WorkerContext): AttemptInput {
  if (!assignment) throw new Error('a busy worker has an assignment')
  const { site, line, task, attempt } = assignment
  return { site, line, task, attempt }
}

function progressOf(context: WorkerContext, step: WorkStep): DevelopmentFact {
  const { line, task, attempt } = attemptOf(context)
  const { worker } = context
  return {
    type: 'task.progress',
    milestone: line.milestone,
    task: task.id,
    ...aboutOf(task),
    attempt,
    worker,
    step,
  }
}

function filesOf(output: InvocationOutput<'write'>) {
  return output.kind === 'written' ? { files: output.files, cases: output.cases } : { files: [], cases: 0 }
}

function outcomeOf(output: InvocationOutput<'write'>): WorkOutcome {
  switch (output.kind) {
    case 'nothing':
      return { kind: 'nothing', reason: output.reason }
    case 'failed':
      return { kind: 'failed', reasons: [output.reason] }
    case 'written':
      return { kind: 'failed', reasons: ['what was written was not submitted'] }
  }
}

function prepareInput(context: WorkerContext): InvocationInput<'prepare'> {
  const carry = context.assignment?.carry
  return { ...attemptOf(context), ...(carry !== undefined && { carry }) }
}

function mailboxOf({ pool, worker, address = childAddress(pool, worker) }: WorkerContext): Address {
  return address
}

/** Input of the agent. */
function agentInput(context: WorkerContext): AgentInput {
  const { site, line, task, attempt } = attemptOf(context)
  const { agents, assignment } = context
  const assignee = assignment?.assignee
  if (!agents || isCoverageTask(task)) throw new Error('only what needs a model is given to an agent')
  const kind = assignee?.kind ?? task.kind
  const { limits } = agentKinds[kind]
  const role = assignee?.role ?? agentKinds[kind].role
  const { price, window, maxOutput } = agents.models[role]
  const command = agentCommandFor(agents.commands, { kind, model: assignee?.model })
  return {
    address: childAddress(mailboxOf(context), 'agent'),
    budget: agents.budget,
    account: { milestone: line.milestone, task: task.id, attempt },
    kind,
    role,
    ...(assignee && { prefer: assignee.model }),
    site,
    brief: agentTask(task),
    failures: assignment?.failures ?? [],
    limits: {
      ...limits,
      outputTokens: Math.min(limits.outputTokens, maxOutput),
      window,
      ...(command && limitsOfCommand(command)),
    },
    price,
    ...(command && { command }),
  }
}

/** Input of the review; its agents are its children. */
function reviewInput(context: WorkerContext): ReviewInput {
  const task = context.assignment?.task
  const again = task && !isCoverageTask(task) ? (task.again ?? []) : []
  const verifierPrice = context.agents?.models[agentKinds.verify.role].price
  const verifierCommand = agentCommandFor(context.agents?.commands, { kind: 'verify' })
  const address = childAddress(mailboxOf(context), 'review')
  return {
    ...agentInput(context),
    address,
    again,
    ...(verifierPrice && { verifierPrice }),
    ...(verifierCommand && { verifierCommand }),
  }
}

/** "Nothing to do" is an answer, too. */
function handedIn(output: AgentOutput): boolean {
  return output.kind === 'submitted' && nothingToDo(output.answer) === undefined
}

/** Only called for an agent that had to answer, found nothing to do, or did not finish. */
function endOf(output: AgentOutput): WorkOutcome {
  if (output.kind !== 'submitted')
    return {
      kind: 'failed',
      reasons: output.reasons.map((reason) => `${output.kind}: ${reason}`),
      ...(output.spent && { spent: true }),
    }
  const { answer } = output
  const reason = nothingToDo(answer)
  return reason === undefined ? { kind: 'answered', answer } : { kind: 'nothing', reason }
}

function collectedOf(output: InvocationOutput<'collect'>): WorkOutcome {
  return output.kind === 'collected'
    ? { kind: 'submitted', submission: output.submission }
    : { kind: 'failed', reasons: output.reasons }
}
