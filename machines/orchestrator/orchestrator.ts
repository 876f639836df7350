// Orchestrator
//
// Works on one milestone: plans rounds of tasks, starts them, records their results, decides when to stop.
// Leaves: the tasks of a round (plan.ts, outcome-plan.ts, review-rounds.ts), which may start (schedule.ts), a single
//         task (task.ts), merging (integrator.ts), the final measurement of the goal (supervisor.ts).
//
// A task starts once, and only when its needs are done; at most `inFlight` run at a time. Every task that was planned
// and started ends in exactly one of the counts. When the goal is reached no further task starts; running tasks finish.
// Another round follows only if something is left to try (plan.ts, P1 and P2; review-rounds.ts, R1).

import { assign, setup } from 'xstate'
import { mail, send } from '../../kernel/index.ts'
import {
  type ChildDone,
  type ChildLost,
  childAddress,
  childOf,
  type RefusedMail,
  reasonOf,
} from '../children.ts'
import type { DevelopmentFact } from '../facts.ts'
import { integratorActor } from '../merge-queue/integrator.ts'
import type { IntegratorMail } from '../merge-queue/integrator-events.ts'
import type { PoolMail } from '../pool/pool-events.ts'
import { type TaskOutput, taskActor } from '../task/task.ts'
import type { TaskMail } from '../task/task-events.ts'
import { aboutOf, type Count, isCoverageTask } from '../work.ts'
import { applyChange } from './coverage.ts'
import { checkGraph } from './graph.ts'
import { type OrchestratorMail, orchestratorEvents } from './orchestrator-events.ts'
import { reviewFacts } from './orchestrator-reviews.ts'
import type { OrchestratorInput, OrchestratorOutput, OrchestratorState } from './orchestrator-state.ts'
import {
  answered,
  begunWith,
  ended,
  entryOf,
  failed,
  isReached,
  lookIn,
  openBook,
  outputOf,
  planned,
  reasonsOf,
  taskInput,
} from './orchestrator-values.ts'
import { hopelessTasks, readyTasks, startOrder } from './schedule.ts'

type TaskId = `task:${string}`
type OrchestratorEvent = OrchestratorMail | RefusedMail | ChildDone<TaskId, TaskOutput> | ChildLost<TaskId>

const base = setup({
  types: {
    input: {} as OrchestratorInput,
    context: {} as OrchestratorState,
    events: {} as OrchestratorEvent,
    emitted: {} as DevelopmentFact,
    output: {} as OrchestratorOutput,
  },
  actors: { task: taskActor.machine, integrator: integratorActor.machine },
  actions: { send },
})

const machine = base
  .extend({
    actions: {
      plan: base.enqueueActions(({ context, enqueue }) => {
        const tasks = planned(context)
        const problems = checkGraph(tasks, 'task')
        if (problems.length > 0) return enqueue.assign({ order: [], reasons: problems })
        const milestone = context.milestone.id
        const { round } = context
        enqueue.emit({ type: 'milestone.planned', milestone, round, tasks: tasks.length })
        for (const task of tasks) {
          const what = isCoverageTask(task) ? { gap: task.gap } : { kind: task.kind }
          enqueue.emit({ type: 'task.planned', milestone, task: task.id, ...aboutOf(task), ...what, round })
        }
        enqueue.assign({
          ...begunWith(context, tasks),
          order: startOrder(tasks),
          tasks: tasks.reduce((map, task) => map.set(task.id, entryOf(task)), context.tasks),
          coveredBefore: context.branches.covered,
        })
      }),
      startReady: base.enqueueActions(({ context, enqueue }) => {
        const room = context.policy.inFlight - context.running.length
        const ready = readyTasks(context.order, lookIn(context), room, context.running)
        for (const task of ready)
          enqueue.spawnChild('task', { id: `task:${task.id}`, input: taskInput(context, task) })
        enqueue.assign({
          running: [...context.running, ...ready.map(({ id }) => id)],
          tasks: ready.reduce((map, task) => map.set(task.id, entryOf(task, 'running')), context.tasks),
        })
      }),
      /** Ends one task that can never start; the next microstep looks for another. */
      failHopeless: base.enqueueActions(({ context, enqueue }) => {
        for (const { task, reason } of hopelessTasks(context.order, lookIn(context)).slice(0, 1)) {
          enqueue.assign(ended(context, task, 'failed', [reason]))
          enqueue.emit(failed(context, task, [reason]))
        }
      }),
      recordDone: base.enqueueActions(({ context, event, enqueue }) => {
        if (!('output' in event)) return
        const { status, merge, attempts: attempt, cases, answer } = event.output
        const task = context.tasks.get(event.output.task)?.task
        if (!task) return
        const { reasons } = event.output
        const of = { milestone: context.milestone.id, task: task.id, ...aboutOf(task) }
        if (answer !== undefined) {
          const after = answered(context, task, answer)
          enqueue.assign(after)
          enqueue.emit({ type: 'task.answered', ...of })
          for (const fact of reviewFacts(context, task, after)) enqueue.emit(fact)
          return
        }
        enqueue.assign(ended(context, task, status, reasons, event.output.handover))
        if (merge) enqueue.emit({ type: 'task.merged', ...of, attempt, cases, ...merge })
        else if (status === 'nothing')
          enqueue.emit({ type: 'task.nothing', ...of, reason: reasons.join('; ') })
        else enqueue.emit(failed(context, task, reasons))
      }),
      recordLost: base.enqueueActions(({ context, event, enqueue }) => {
        if (!('error' in event)) return
        const task = context.tasks.get(taskOf(event))?.task
        if (!task) return
        const reasons = [`the task itself was lost: ${reasonOf(event.error)}`]
        enqueue.assign(ended(context, task, 'failed', reasons))
        enqueue.emit(failed(context, task, reasons))
      }),
      integrate: assign(({ context, event }) =>
        event.type === 'INTEGRATED'
          ? {
              ...applyChange(context, event.change, event.merge),
              commits: context.commits.set(String(event.merge), event.commit),
            }
          : {},
      ),
      cancel: assign((_, reason: string) => ({ cancelled: true, reasons: [reason] })),
      pause: assign({ paused: true }),
      resume: assign({ paused: false }),
      /** Tasks that wait for a worker go on waiting. */
      holdTasks: base.enqueueActions(({ context: { pool, address }, enqueue }) => {
        enqueue({ type: 'send', params: mail<PoolMail>(pool, { type: 'HOLD', owner: address }) })
      }),
      releaseTasks: base.enqueueActions(({ context: { pool, address }, enqueue }) => {
        enqueue({ type: 'send', params: mail<PoolMail>(pool, { type: 'RELEASE', owner: address }) })
      }),
      cancelRunning: base.enqueueActions(({ context, enqueue }) => {
        for (const id of context.running) {
          const to = childAddress(context.address, `task:${id}`)
          enqueue({ type: 'send', params: mail<TaskMail>(to, { type: 'CANCEL' }) })
        }
      }),
      askWhetherSettled: base.enqueueActions(({ context, enqueue }) => {
        const to = childAddress(context.address, 'integrator')
        enqueue({ type: 'send', params: mail<IntegratorMail>(to, { type: 'SETTLE' }) })
      }),
      keepTotals: assign((_, branches: Count) => ({ branches })),
      keepReason: assign(({ context }, reason: string) => ({ reasons: [...context.reasons, reason] })),
      keepReasons: assign(({ context }) => ({ reasons: [...context.reasons, ...reasonsOf(context)] })),
      beginRound: assign({ round: ({ context }) => context.round + 1 }),
      reportDraining: base.emit(({ context }) => ({
        type: 'milestone.draining',
        milestone: context.milestone.id,
        running: context.running.length,
        reason: context.cancelled ? 'cancelled' : 'the goal is reached',
      })),
    },
  })
  .extend({
    guards: {
      isReached: ({ context }) => isReached(context),
      isPaused: ({ context }) => context.paused,
      isCancelled: ({ context }) => context.cancelled,
      isPlanned: ({ context }) => context.order.length > 0,
      isHopeless: ({ context }) => hopelessTasks(context.order, lookIn(context)).length > 0,
      mayStart: ({ context }) =>
        context.running.length < context.policy.inFlight &&
        readyTasks(context.order, lookIn(context), 1, context.running).length > 0,
      isIdle: ({ context }) => context.running.length === 0,
      isRunning: ({ context, event }) => context.running.includes(taskOf(event)),
      isFromIntegrator: ({ context, event }) =>
        'to' in event && event.to === childAddress(context.address, 'integrator'),
    },
  })
  .createMachine({
    id: 'orchestrator',
    context: ({ input }) => openBook(input),
    initial: 'working',
    states: {
      working: {
        invoke: {
          src: 'integrator',
          id: 'integrator',
          input: ({ context: { address, site, line, measurement, budget } }) => ({
            orchestrator: address,
            site,
            line,
            measurement,
            ...(budget !== undefined && { budget }),
          }),
          onDone: 'ended',
          onError: {
            target: 'ended',
            actions: {
              type: 'keepReason',
              params: ({ event }) => `the merge queue was lost: ${reasonOf(event.error)}`,
            },
          },
        },
        initial: 'planning',
        states: {
          planning: {
            entry: 'plan',
            always: [
              { guard: 'isPlanned', target: 'running' },
              {
                target: '#orchestrator.ended',
                actions: 'keepReasons',
              },
            ],
          },
          running: {
            always: [
              { guard: 'isPaused', target: 'paused' },
              { guard: 'isReached', target: 'draining' },
              { guard: 'isHopeless', actions: 'failHopeless' },
              { guard: 'mayStart', actions: 'startReady' },
              { guard: 'isIdle', target: 'settling' },
            ],
          },
          // Running tasks go on; no task starts.
          paused: { on: { RESUME: { target: 'running', actions: ['resume', 'releaseTasks'] } } },
          draining: {
            entry: 'reportDraining',
            always: { guard: 'isIdle', target: 'settling' },
          },
          settling: {
            entry: 'askWhetherSettled',
            on: {
              'canopy.refused': {
                guard: 'isFromIntegrator',
                target: '#orchestrator.ended',
                actions: {
                  type: 'keepReason',
                  params: ({ event }) => `the merge queue could not be asked: ${event.reason}`,
                },
              },
              SETTLED: {
                target: 'deciding',
                actions: { type: 'keepTotals', params: ({ event }) => event.branches },
              },
            },
          },
          deciding: {
            always: [
              { guard: 'isReached', target: '#orchestrator.ended' },
              { guard: 'isCancelled', target: '#orchestrator.ended' },
              { target: 'planning', actions: 'beginRound' },
            ],
          },
        },
        on: {
          INTEGRATED: { actions: 'integrate' },
          PAUSE: { actions: ['pause', 'holdTasks'] },
          RESUME: { actions: ['resume', 'releaseTasks'] },
          'xstate.done.actor.*': { guard: 'isRunning', actions: 'recordDone' },
          // An actor without a transition for this event would fail; the child it is about is no longer running.
          'xstate.error.actor.*': [{ guard: 'isRunning', actions: 'recordLost' }, {}],
          CANCEL: {
            target: '.draining',
            actions: [
              { type: 'cancel', params: ({ event }) => event.reason ?? 'cancelled' },
              'cancelRunning',
            ],
          },
        },
      },
      ended: { type: 'final' },
    },
    output: ({ context }) => outputOf(context),
  })

/**
 * Works through one milestone: plans tasks, runs them in parallel as their needs are done, and decides when to stop.
 */
export const orchestratorActor = {
  kind: 'orchestrator',
  version: 1,
  machine,
  events: orchestratorEvents,
  children: {
    integrator: { restart: 'permanent', shutdown: 5_000 },
    task: { restart: 'transient', shutdown: 5_000 },
  },
  strategy: { kind: 'one_for_one', intensity: 20, period: 60 },
} as const

/** The task that an event of a child is about. */
function taskOf(event: { readonly type: string }): string {
  return childOf(event).replace(/^task:/, '')
}
