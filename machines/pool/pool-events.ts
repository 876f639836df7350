// Pool events
//
// The events of a pool, which worker an event ends, and the answer to a task at the end of an attempt.
// Leaves: the reaction to them (pool.ts).

import { z } from 'zod'
import { type Address, mail, type SendParams } from '../../kernel/index.ts'
import { type ChildDone, type ChildLost, childOf, type RefusedMail, reasonOf } from '../children.ts'
import { type Assignment, assignmentSchema, outcomeSchema, type WorkOutcome } from '../task/assignment.ts'
import type { TaskMail } from '../task/task-events.ts'
import { isCoverageTask, wantsCommit } from '../work.ts'

const nodeSchema = z.object({
  /** The address of its root, which changes each time that it joins. */
  node: z.string().min(1),
  workers: z.int().min(1).max(256),
  /** Its workers can do tasks that need a model. */
  agents: z.boolean().optional(),
})

export const poolEvents = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ASSIGN'), assignment: assignmentSchema }),
  z.object({ type: z.literal('CANCEL'), replyTo: z.string(), attempt: z.int() }),
  z.object({
    type: z.literal('WORKER.FREE'),
    worker: z.string(),
    /** The ticket of its attempt, with the outcome; null: it has just started. */
    ticket: z.string().nullable(),
    outcome: outcomeSchema.nullable(),
  }),
  z.object({ type: z.literal('WORKER.REFUSED'), worker: z.string(), ticket: z.string() }),
  /** Tasks below this address are not handed out until it is released. */
  z.object({ type: z.literal('HOLD'), owner: z.string() }),
  z.object({ type: z.literal('RELEASE'), owner: z.string() }),
  /** Whether models may be asked; while not, tasks that need one are not handed out. */
  z.object({ type: z.literal('MODELS'), available: z.boolean() }),
  z.object({ type: z.literal('PAUSE') }),
  z.object({ type: z.literal('RESUME') }),
  z.object({ type: z.literal('POOL.RESIZE'), size: z.int().min(1).max(256) }),
  /** All nodes that are present now; a node that is missing has left or was lost. */
  z.object({ type: z.literal('NODES'), nodes: z.array(nodeSchema) }),
])
export type PoolMail = z.infer<typeof poolEvents>

type WorkerId = `worker:${number}`
export type PoolEvent = PoolMail | RefusedMail | ChildLost<WorkerId> | ChildDone<WorkerId>

/**
 * Reasons of a failed attempt. The reasons of all attempts are sent to the next one: together they must fit into one
 * envelope.
 */
const MAX_REASONS = 20
const MAX_REASON_CHARACTERS = 4_000

/** The outcome if the task can have it, else a failure: an answer would end a task for which nothing was merged. */
export function fitting(assignment: Assignment, told: WorkOutcome): WorkOutcome {
  const { task } = assignment
  const outcome = brief(told)
  const wants = isCoverageTask(task) || wantsCommit(task) ? 'submitted' : 'answered'
  if (outcome.kind !== (wants === 'submitted' ? 'answered' : 'submitted')) return outcome
  return { kind: 'failed', reasons: [`its worker said '${outcome.kind}' where '${wants}' was wanted`] }
}

function brief(outcome: WorkOutcome): WorkOutcome {
  const cut = (text: string): string =>
    text.length > MAX_REASON_CHARACTERS ? `${text.slice(0, MAX_REASON_CHARACTERS)}…` : text
  switch (outcome.kind) {
    case 'failed':
      return { ...outcome, reasons: outcome.reasons.slice(0, MAX_REASONS).map(cut) }
    case 'nothing':
      return { ...outcome, reason: cut(outcome.reason) }
    default:
      return outcome
  }
}

/** The answer to a task at the end of an attempt. */
export function answer({ replyTo, attempt }: Assignment, outcome: WorkOutcome): SendParams {
  switch (outcome.kind) {
    case 'submitted':
      return mail<TaskMail>(replyTo, { type: 'WORK.SUBMITTED', attempt, submission: outcome.submission })
    case 'answered':
      return mail<TaskMail>(replyTo, { type: 'WORK.ANSWERED', attempt, answer: outcome.answer })
    case 'nothing':
      return mail<TaskMail>(replyTo, { type: 'WORK.NOTHING', attempt, reason: outcome.reason })
    case 'failed':
      return mail<TaskMail>(replyTo, {
        type: 'WORK.FAILED',
        attempt,
        reasons: outcome.reasons,
        ...(outcome.spent && { spent: true }),
      })
    case 'cancelled':
      return mail<TaskMail>(replyTo, { type: 'WORK.CANCELLED', attempt })
  }
}

/** The worker of this pool that an event ends, and why. */
export function lossOf(event: PoolEvent, pool: Address): { worker: string; reason: string } {
  switch (event.type) {
    case 'WORKER.FREE':
      return { worker: event.worker, reason: 'it began anew' }
    case 'canopy.refused':
      return { worker: event.to.replace(`${pool}.`, ''), reason: event.reason }
    default:
      return { worker: childOf(event), reason: 'error' in event ? reasonOf(event.error) : 'it ended' }
  }
}
