// Pool
//
// Owns:   who works on what: a queue by priority, hands, and an answer to each task. Its own workers are its children;
//         those of other nodes (outpost.ts) come and go with them.
// Leaves: the work (worker.ts), what a task makes of the answer (task.ts), who is there (whoever sends NODES).
//
// Q1-Q2, Q8: pool-queue.ts.
// Q3. Every assignment taken is answered exactly once: submitted, nothing, failed, cancelled or lost.
// Q4. A worker is given something only after it said that it is there.
// Q5. Lost workers are replaced, the more often in a row the later.
// Q6. A worker is known by its node's address, which is another one each time that the node joins: what a lost one
//     still brings is nobody's.
// Q7. What needs a model is given to a node's worker only if its node said that it can do that.
// Q10. A worker's outcome must be one that its task can have: an answer instead of a commit is a failure.
// Q9. When who works on what needs a model is lost, the budget hears that no more comes of the attempt.

import { assign, emit, setup } from 'xstate'
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
import type { Account } from '../budget/budget-mail.ts'
import { childAddress } from '../children.ts'
import type { DevelopmentFact } from '../facts.ts'
import { type Assignment, ticketOf } from '../task/assignment.ts'
import type { TaskMail } from '../task/task.ts'
import { isCoverageTask } from '../work.ts'
import { type AgentMeans, type WorkerMail, workerActor } from '../worker/worker.ts'
import { answer, fitting, lossOf, type PoolEvent, poolEvents } from './pool-events.ts'
import * as staff from './pool-queue.ts'

export interface PoolInput {
  readonly address: Address
  /** How many workers. */
  readonly size: number
  /** What its workers need for tasks that need a model; null: they cannot do these. */
  readonly agents?: AgentMeans | null
}

interface Context extends PoolInput {
  /** The number of the next worker; a number is not used twice. */
  readonly next: number
  readonly workers: staff.Workers
  readonly queue: readonly staff.Waiting[]
  /** Whose tasks are not handed out: the orchestrators that are paused. */
  readonly held: readonly Address[]
  /** No model may be asked for now. Absent in pools of before. */
  readonly modelsOut?: boolean
  /** By ticket: what waits and what is in hand. */
  readonly assignments: PersistentMap<Assignment>
  /** Workers lost since one last brought something back. */
  readonly losses: number
}

/** Before a worker that was lost is replaced. */
const HIRING_PAUSE = { firstMs: 100, maxMs: 60_000 }

const base = setup({
  types: {
    input: {} as PoolInput,
    context: {} as Context,
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
      /** A worker brought its ticket back: the task hears how it went. */
      settle: base.enqueueActions(({ context, event, enqueue }) => {
        if (event.type !== 'WORKER.FREE' || event.ticket === null || event.outcome === null) return
        const assignment = context.assignments.get(event.ticket)
        if (assignment)
          enqueue({ type: 'send', params: answer(assignment, fitting(assignment, event.outcome)) })
        enqueue.assign({ assignments: context.assignments.delete(event.ticket), losses: 0 })
      }),
      /** What waits is taken off the queue. */
      withdraw: base.enqueueActions(({ context, event, enqueue }) => {
        if (event.type !== 'CANCEL') return
        const ticket = ticketOf(event)
        const assignment = context.assignments.get(ticket)
        if (assignment) enqueue({ type: 'send', params: answer(assignment, { kind: 'cancelled' }) })
        const queue = context.queue.filter((waiting) => waiting.ticket !== ticket)
        enqueue.assign({ queue, assignments: context.assignments.delete(ticket) })
      }),
      /** What is in hand is asked back; the answer comes with the worker. */
      callBack: base.enqueueActions(({ context, event, enqueue }) => {
        if (event.type !== 'CANCEL') return
        const ticket = ticketOf(event)
        const holder = addressOf(context, staff.holderOf(context.workers, ticket) ?? '')
        enqueue({ type: 'send', params: mail<WorkerMail>(holder, { type: 'ABORT', ticket }) })
      }),
      /** Whose worker is gone hears of it. */
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
      /** Workers of nodes that are no longer there are gone with what they had in hand. */
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
      /** Workers of nodes that have come; each is given something when it has said that it is there. */
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
      /** It does something that nobody waits for. */
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
      /** It has begun anew and does not know of what it was given. */
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
          // Without a transition for what is no longer ours the pool would itself be taken for failed.
          'xstate.error.actor.*': [
            { guard: 'isOurs', target: '.waiting', actions: ['tellLost', 'strikeOff'] },
            {},
          ],
          'xstate.done.actor.*': { guard: 'isOurs', target: '.waiting', actions: ['tellLost', 'strikeOff'] },
          // A worker whose mailbox is full is not to be had: another takes its place.
          'canopy.refused': {
            guard: 'isOurs',
            target: '.waiting',
            actions: ['stopRefusing', 'tellLost', 'strikeOff'],
          },
        },
      },
    },
  })

/** Version 1 could not hold back the tasks of one orchestrator. */
function migrate(snapshot: Snapshot): Snapshot {
  return { ...snapshot, context: { held: [], ...snapshot.context } }
}

/** Keeps the workers of a node and hands them the work, the most urgent first. */
export const poolActor = {
  kind: 'pool',
  version: 2,
  migrate,
  machine,
  events: poolEvents,
  children: { worker: { restart: 'permanent', shutdown: 5_000 } },
  strategy: { kind: 'one_for_one', intensity: 10, period: 60 },
} as const

/** Whether a worker of this pool has an attempt in hand; by the worker's address. */
export function hasInHand(
  { workers, assignments }: Pick<Context, 'workers' | 'assignments'>,
  worker: Address,
  { milestone, task, attempt }: Account,
): boolean {
  const { ticket = null } = workers[worker] ?? {}
  const given = ticket === null ? undefined : assignments.get(ticket)
  return given?.line.milestone === milestone && given.task.id === task && given.attempt === attempt
}

/** What a node's workers have in hand. */
export function inHandAt(
  { workers, assignments }: Pick<Context, 'workers' | 'assignments'>,
  node: Address,
): readonly Assignment[] {
  return Object.values(workers).flatMap(({ node: its, ticket }) => {
    const given = its === node && ticket !== null ? assignments.get(ticket) : undefined
    return given ? [given] : []
  })
}

export type PoolContext = Pick<Context, 'workers' | 'assignments'>

/** Where a worker gets its mail. */
function addressOf({ address, workers }: Context, worker: string): Address {
  return workers[worker]?.node === undefined ? childAddress(address, worker) : worker
}

/** Q7. */
function handedOut({
  queue,
  held,
  workers,
  assignments,
  modelsOut = false,
}: Context): { worker: string; ticket: string }[] {
  return staff.pairs(staff.unheld(queue, held), workers, ({ node, agents }, ticket) => {
    const task = assignments.get(ticket)?.task
    if (task === undefined || isCoverageTask(task)) return true
    const isAble = node === undefined || agents === true
    return isAble && !modelsOut
  })
}

/** Q9. What its agent had reserved and did not live to settle counts as taken. */
function closing({ agents }: Context, { line, task, attempt }: Assignment): Mail[] {
  if (!agents || isCoverageTask(task)) return []
  const closed = { type: 'CLOSED', milestone: line.milestone, task: task.id, attempt } as const
  return [mail<BudgetMail>(agents.budget, closed)]
}
