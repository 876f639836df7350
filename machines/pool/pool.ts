// Pool
//
// Hands work to workers: a queue by priority, workers, and an answer to each task. Its own workers are its children;
// those of other nodes (remote-workers.ts) come and go with them.
// Leaves: the work (worker.ts), a task's reaction to the answer (task.ts), which nodes are present (the sender of
//         `NODES`).
//
// Every assignment is answered exactly once: submitted, nothing, failed, cancelled or lost. A worker gets work only
// after it reported that it has started. Lost workers are replaced, after a pause that grows with the losses in a row.
// A node's worker is known by the node's address, which changes each time that the node joins: a result of a lost
// worker is dropped. A worker's outcome must be one that its task can have: an answer instead of a commit is a failure.
// Q1, Q2, Q8: pool-queue.ts.
// Q7. A task that needs a model is given to a node's worker only if its node said that it can do such tasks.
// Q9. When the worker of a task with a model is lost, the budget hears that the attempt is closed.

import { assign, emit, setup } from 'xstate'
import { type Address, backoff, mail, PersistentMap, type SendParams, send } from '../../kernel/index.ts'
import { type AgentCommands, agentCommandFor } from '../agent/agent-command.ts'
import type { BudgetMail } from '../budget/budget-events.ts'
import type { BudgetAccount } from '../budget/budget-mail.ts'
import { childAddress } from '../children.ts'
import type { DevelopmentFact } from '../facts.ts'
import { type Assignment, ticketOf } from '../task/assignment.ts'
import type { TaskMail } from '../task/task-events.ts'
import { isCoverageTask } from '../work.ts'
import { type AgentMeans, type WorkerMail, workerActor } from '../worker/worker.ts'
import { answer, fitting, lossOf, type PoolEvent, poolEvents } from './pool-events.ts'
import * as staff from './pool-queue.ts'

export interface PoolInput {
  readonly address: Address
  /** How many workers. */
  readonly size: number
  /** What its workers need for tasks with a model; null: they cannot do these. */
  readonly agents?: AgentMeans | null
}

interface PoolState extends PoolInput {
  /** The number of the next worker; no number is used twice. */
  readonly next: number
  readonly workers: staff.Workers
  readonly queue: readonly staff.QueuedTicket[]
  /** The paused orchestrators, whose tasks are not handed out. */
  readonly held: readonly Address[]
  /** Whether no model may be asked now. */
  readonly modelsOut: boolean
  /** By ticket: waiting and running ones. */
  readonly assignments: PersistentMap<Assignment>
  /** Workers lost since the last outcome arrived. */
  readonly losses: number
}

/** Before a lost worker is replaced. */
const HIRING_PAUSE = { firstMs: 100, maxMs: 60_000 }

const base = setup({
  types: {
    input: {} as PoolInput,
    context: {} as PoolState,
    events: {} as PoolEvent,
    emitted: {} as DevelopmentFact,
  },
  actors: { worker: workerActor.machine },
  actions: { send },
  delays: {
    /** The first is replaced nearly at once. */
    rehire: ({ context }) => backoff(context.losses + 1, HIRING_PAUSE),
  },
})

const machine = base
  .extend({
    actions: {
      hire: base.enqueueActions(({ context, enqueue }) => {
        const missing = context.size - staff.staying(context.workers)
        const ids = Array.from({ length: missing }, (_, index) => `worker:${context.next + index}`)
        for (const worker of ids)
          enqueue.spawnChild('worker', {
            id: worker,
            input: { pool: context.address, worker, agents: context.agents ?? null },
          })
        const hired = ids.map((id) => [id, { state: 'starting', ticket: null, leaving: false }] as const)
        enqueue.assign({
          next: context.next + missing,
          workers: { ...context.workers, ...Object.fromEntries(hired) },
        })
      }),
      dismiss: base.enqueueActions(({ context, enqueue }) => {
        const gone = staff.dismissed(context.workers)
        for (const id of gone) enqueue.stopChild(id)
        enqueue.assign({ workers: gone.reduce(staff.withoutWorker, context.workers) })
      }),
      handOut: base.enqueueActions(({ context, enqueue }) => {
        const handed = handedOut(context)
        const given = new Set(handed.map(({ ticket }) => ticket))
        for (const { ticket, worker } of handed) {
          const assignment = context.assignments.get(ticket)
          if (!assignment) continue
          const { replyTo, attempt, task } = assignment
          const address = addressOf(context, worker)
          enqueue({ type: 'send', params: mail<WorkerMail>(address, { type: 'ASSIGN', assignment }) })
          enqueue({
            type: 'send',
            params: mail<TaskMail>(replyTo, { type: 'WORK.STARTED', attempt, worker }),
          })
          enqueue.emit({ type: 'worker.busy', worker, task: task.id, attempt })
        }
        enqueue.assign({
          queue: context.queue.filter(({ ticket }) => !given.has(ticket)),
          workers: handed.reduce(
            (workers, { worker, ticket }) => staff.withWorker(workers, worker, { state: 'busy', ticket }),
            context.workers,
          ),
        })
      }),
      hold: assign(({ context }, owner: Address) => ({
        held: [...context.held.filter((each) => each !== owner), owner],
      })),
      keepModels: assign((_, available: boolean) => ({ modelsOut: !available })),
      release: assign(({ context }, owner: Address) => ({
        held: context.held.filter((each) => each !== owner),
      })),
      accept: assign(({ context }, assignment: Assignment) => {
        const ticket = ticketOf(assignment)
        return {
          queue: staff.queued(context.queue, { ticket, priority: assignment.priority }),
          assignments: context.assignments.set(ticket, assignment),
        }
      }),
      putBack: assign(({ context }, ticket: string) => ({
        queue: staff.requeued(context.queue, {
          ticket,
          priority: context.assignments.get(ticket)?.priority ?? 0,
        }),
      })),
      /** A worker returned its ticket: the task is told the outcome. */
      settle: base.enqueueActions(({ context, event, enqueue }) => {
        if (event.type !== 'WORKER.FREE' || event.ticket === null || event.outcome === null) return
        const assignment = context.assignments.get(event.ticket)
        if (assignment)
          enqueue({ type: 'send', params: answer(assignment, fitting(assignment, event.outcome)) })
        enqueue.assign({ assignments: context.assignments.delete(event.ticket), losses: 0 })
      }),
      /** Takes a waiting assignment off the queue. */
      withdraw: base.enqueueActions(({ context, event, enqueue }) => {
        if (event.type !== 'CANCEL') return
        const ticket = ticketOf(event)
        const assignment = context.assignments.get(ticket)
        if (assignment) enqueue({ type: 'send', params: answer(assignment, { kind: 'cancelled' }) })
        const queue = context.queue.filter((waiting) => waiting.ticket !== ticket)
        enqueue.assign({ queue, assignments: context.assignments.delete(ticket) })
      }),
      /** Asks the worker to abort; the answer comes with its outcome. */
      callBack: base.enqueueActions(({ context, event, enqueue }) => {
        if (event.type !== 'CANCEL') return
        const ticket = ticketOf(event)
        const holder = addressOf(context, staff.holderOf(context.workers, ticket) ?? '')
        enqueue({ type: 'send', params: mail<WorkerMail>(holder, { type: 'ABORT', ticket }) })
      }),
      /** Tells the task that its worker is lost. */
      tellLost: base.enqueueActions(({ context, event, enqueue }) => {
        const { worker, reason } = lossOf(event, context.address)
        const ticket = context.workers[worker]?.ticket ?? ''
        const assignment = context.assignments.get(ticket)
        enqueue.emit({ type: 'worker.lost', worker, reason })
        if (!assignment) return
        const { replyTo, attempt } = assignment
        const lost = { type: 'WORKER.LOST', attempt, worker, reason } as const
        for (const params of closing(context, assignment)) enqueue({ type: 'send', params })
        enqueue({ type: 'send', params: mail<TaskMail>(replyTo, lost) })
        enqueue.assign({ assignments: context.assignments.delete(ticket) })
      }),
      /** Removes the workers of absent nodes; their assignments are lost. */
      partWith: base.enqueueActions(({ context, event, enqueue }) => {
        if (event.type !== 'NODES') return
        const gone = staff.workersElsewhere(context.workers, event.nodes)
        let { workers, assignments } = context
        for (const node of new Set(gone.map((each) => each.node))) enqueue.emit({ type: 'pool.left', node })
        for (const { id: worker, node, ticket } of gone) {
          const assignment = assignments.get(ticket ?? '')
          const reason = `its node ${node} is gone`
          enqueue.emit({ type: 'worker.lost', worker, reason })
          workers = staff.withoutWorker(workers, worker)
          if (!assignment || ticket === null) continue
          const { replyTo, attempt } = assignment
          const lost = { type: 'WORKER.LOST', attempt, worker, reason, blameless: true } as const
          for (const params of closing(context, assignment)) enqueue({ type: 'send', params })
          enqueue({ type: 'send', params: mail<TaskMail>(replyTo, lost) })
          assignments = assignments.delete(ticket)
        }
        enqueue.assign({ workers, assignments })
      }),
      /** Adds the workers of new nodes; each gets work after it reported that it has started. */
      welcome: base.enqueueActions(({ context, event, enqueue }) => {
        if (event.type !== 'NODES') return
        const crews = staff.newcomers(context.workers, event.nodes)
        for (const { node, workers } of crews) enqueue.emit({ type: 'pool.joined', node, workers })
        enqueue.assign({ workers: { ...context.workers, ...staff.brought(crews) } })
      }),
      markFree: base.enqueueActions(({ context, event, enqueue }) => {
        if (event.type !== 'WORKER.FREE') return
        const { worker } = event
        enqueue.emit({ type: 'worker.idle', worker })
        enqueue.assign({
          workers: staff.withWorker(context.workers, worker, { state: 'free', ticket: null }),
        })
      }),
      /** It still works on an assignment that no task waits for. */
      markUnavailable: assign(({ context }, worker: string) => ({
        workers: staff.withWorker(context.workers, worker, { state: 'busy', ticket: null }),
      })),
      strikeOff: assign(({ context, event }) => ({
        workers: staff.withoutWorker(context.workers, lossOf(event, context.address).worker),
        losses: context.losses + 1,
      })),
      stopRefusing: base.enqueueActions(({ context, event, enqueue }) => {
        const { worker } = lossOf(event, context.address)
        if (context.workers[worker]?.node === undefined) enqueue.stopChild(worker)
      }),
      resize: assign(({ context }, size: number) => ({
        size,
        workers: staff.resized(context.workers, size),
      })),
      report: emit((_, fact: DevelopmentFact) => fact),
    },
  })
  .extend({
    guards: {
      isNew: ({ context }, ticket: string) => context.assignments.get(ticket) === undefined,
      isWaiting: ({ context }, ticket: string) => context.queue.some((waiting) => waiting.ticket === ticket),
      isInHand: ({ context }, ticket: string) => staff.holderOf(context.workers, ticket) !== undefined,
      isOurs: ({ context, event }) => Object.hasOwn(context.workers, lossOf(event, context.address).worker),
      canHandOut: ({ context }) => handedOut(context).length > 0,
      isShort: ({ context }) => staff.staying(context.workers) < context.size,
      canDismiss: ({ context }) => staff.dismissed(context.workers).length > 0,
      holds: ({ context }, claim: { worker: string; ticket: string | null }) =>
        claim.ticket !== null && context.workers[claim.worker]?.ticket === claim.ticket,
      /** The worker restarted and has lost its assignment. */
      isReborn: ({ context }, claim: { worker: string; ticket: string | null }) =>
        claim.ticket === null && (context.workers[claim.worker]?.ticket ?? null) !== null,
      hasNothing: ({ context }, worker: string) => context.workers[worker]?.ticket === null,
    },
  })
  .createMachine({
    id: 'pool',
    context: ({ input }) => ({
      ...input,
      next: 1,
      workers: {},
      queue: [],
      held: [],
      modelsOut: false,
      assignments: PersistentMap.empty<Assignment>(),
      losses: 0,
    }),
    type: 'parallel',
    states: {
      work: {
        initial: 'open',
        states: {
          open: {
            always: { guard: 'canHandOut', actions: 'handOut' },
            on: { PAUSE: { target: 'paused', actions: { type: 'report', params: { type: 'pool.paused' } } } },
          },
          paused: {
            on: { RESUME: { target: 'open', actions: { type: 'report', params: { type: 'pool.resumed' } } } },
          },
        },
        on: {
          MODELS: { actions: { type: 'keepModels', params: ({ event }) => event.available } },
          HOLD: { actions: { type: 'hold', params: ({ event }) => event.owner } },
          RELEASE: { actions: { type: 'release', params: ({ event }) => event.owner } },
          ASSIGN: {
            guard: { type: 'isNew', params: ({ event }) => ticketOf(event.assignment) },
            actions: { type: 'accept', params: ({ event }) => event.assignment },
          },
          CANCEL: [
            { guard: { type: 'isWaiting', params: ({ event }) => ticketOf(event) }, actions: 'withdraw' },
            { guard: { type: 'isInHand', params: ({ event }) => ticketOf(event) }, actions: 'callBack' },
          ],
          'WORKER.FREE': [
            {
              guard: { type: 'holds', params: ({ event }) => event },
              actions: ['settle', 'markFree'],
            },
            {
              guard: { type: 'isReborn', params: ({ event }) => event },
              actions: ['tellLost', 'markFree'],
            },
            {
              guard: { type: 'hasNothing', params: ({ event }) => event.worker },
              actions: 'markFree',
            },
          ],
          NODES: { actions: ['partWith', 'welcome'] },
          'WORKER.REFUSED': {
            guard: { type: 'holds', params: ({ event }) => event },
            actions: [
              { type: 'putBack', params: ({ event }) => event.ticket },
              { type: 'markUnavailable', params: ({ event }) => event.worker },
            ],
          },
        },
      },
      staff: {
        initial: 'hiring',
        states: {
          hiring: { always: { guard: 'isShort', actions: 'hire' } },
          waiting: { after: { rehire: 'hiring' } },
        },
        always: { guard: 'canDismiss', actions: 'dismiss' },
        on: {
          'POOL.RESIZE': {
            actions: [
              { type: 'resize', params: ({ event }) => event.size },
              { type: 'report', params: ({ event }) => ({ type: 'pool.resized', size: event.size }) },
            ],
          },
          // An actor without a transition for this event would fail; the worker it is about is no longer this pool's.
          'xstate.error.actor.*': [
            { guard: 'isOurs', target: '.waiting', actions: ['tellLost', 'strikeOff'] },
            {},
          ],
          'xstate.done.actor.*': { guard: 'isOurs', target: '.waiting', actions: ['tellLost', 'strikeOff'] },
          // A worker that mail does not reach is unusable: another replaces it.
          'canopy.refused': {
            guard: 'isOurs',
            target: '.waiting',
            actions: ['stopRefusing', 'tellLost', 'strikeOff'],
          },
        },
      },
    },
  })

/** Manages the workers of a run and hands them the work, the most urgent first. */
export const poolActor = {
  kind: 'pool',
  version: 1,
  machine,
  events: poolEvents,
  children: { worker: { restart: 'permanent', shutdown: 5_000 } },
  strategy: { kind: 'one_for_one', intensity: 10, period: 60 },
} as const

/** Whether a worker of this pool has this attempt; `worker` is the worker's address. */
export function hasInHand(
  { workers, assignments }: Pick<PoolState, 'workers' | 'assignments'>,
  worker: Address,
  { milestone, task, attempt }: BudgetAccount,
): boolean {
  const { ticket = null } = workers[worker] ?? {}
  const given = ticket === null ? undefined : assignments.get(ticket)
  return given?.line.milestone === milestone && given.task.id === task && given.attempt === attempt
}

/** The assignments of a node's workers. */
export function inHandAt(
  { workers, assignments }: Pick<PoolState, 'workers' | 'assignments'>,
  node: Address,
): readonly Assignment[] {
  return Object.values(workers).flatMap(({ node: its, ticket }) => {
    const given = its === node && ticket !== null ? assignments.get(ticket) : undefined
    return given ? [given] : []
  })
}

export type PoolContext = Pick<PoolState, 'workers' | 'assignments'>

/** Address of a worker's mailbox. */
function addressOf({ address, workers }: PoolState, worker: string): Address {
  return workers[worker]?.node === undefined ? childAddress(address, worker) : worker
}

/** Q7. */
function handedOut({
  queue,
  held,
  workers,
  assignments,
  modelsOut,
  agents: means,
}: PoolState): { worker: string; ticket: string }[] {
  return staff.pairs(staff.unheld(queue, held), workers, ({ node, agents }, ticket) => {
    const assignment = assignments.get(ticket)
    if (assignment === undefined || isCoverageTask(assignment.task)) return true
    // Agent commands are programs of this machine.
    if (needsCommand(means?.commands, assignment)) return node === undefined
    const isAble = node === undefined || agents === true
    return isAble && !modelsOut
  })
}

function needsCommand(commands: AgentCommands | undefined, { task, assignee }: Assignment): boolean {
  if (isCoverageTask(task)) return false
  const kinds = task.kind === 'review' ? (['review', 'verify'] as const) : [assignee?.kind ?? task.kind]
  return kinds.some((kind) => agentCommandFor(commands, { kind, model: assignee?.model }) !== undefined)
}

/** Q9. Open reservations of its agent count as spent. */
function closing({ agents }: PoolState, { line, task, attempt }: Assignment): SendParams[] {
  if (!agents || isCoverageTask(task)) return []
  const closed = { type: 'CLOSED', milestone: line.milestone, task: task.id, attempt } as const
  return [mail<BudgetMail>(agents.budget, closed)]
}
