// Supervisor's setup
//
// The events of a supervisor, and the actions, guards, delays and invocations that its chart names.
// Leaves: when each runs (supervisor.ts), values computed from the state.

import { assign, emit, setup } from 'xstate'
import { z } from 'zod'
import { backoff, mail, send } from '../../kernel/index.ts'
import type { BudgetMail } from '../budget/budget-events.ts'
import { type ChildDone, type ChildLost, childAddress } from '../children.ts'
import type { DevelopmentFact } from '../facts.ts'
import { type InvocationOutput, invocation } from '../invocations.ts'
import { orchestratorActor } from '../orchestrator/orchestrator.ts'
import type { OrchestratorMail } from '../orchestrator/orchestrator-events.ts'
import type { OrchestratorOutput } from '../orchestrator/orchestrator-state.ts'
import type { PoolMail } from '../pool/pool-events.ts'
import type { Survey } from '../work.ts'
import type { RunReport } from './report.ts'
import { checkRoadmap } from './roadmap.ts'
import {
  acceptance,
  judged,
  nextOf,
  orchestratorId,
  orchestratorInput,
  type RunSupervisorState,
  reachedAlready,
  reportOf,
  type SupervisorInput,
  skippedOf,
  startFact,
  surveyed,
  surveyFact,
  untouched,
} from './supervisor-state.ts'

export const supervisorEvents = z.discriminatedUnion('type', [
  z.object({ type: z.literal('PAUSE') }),
  z.object({ type: z.literal('RESUME') }),
  z.object({ type: z.literal('STOP'), reason: z.string().optional() }),
])
export type SupervisorMail = z.infer<typeof supervisorEvents>

const MEASURING_TRIES = 3
/** Between two attempts to measure. */
const MEASURING_PAUSE = { firstMs: 1_000, maxMs: 60_000, factor: 4 }

type OrchestratorId = `orchestrator:${string}`
type SupervisorEvent =
  | SupervisorMail
  | ChildDone<OrchestratorId, OrchestratorOutput>
  | ChildLost<OrchestratorId>

const base = setup({
  types: {
    input: {} as SupervisorInput,
    context: {} as RunSupervisorState,
    events: {} as SupervisorEvent,
    emitted: {} as DevelopmentFact,
    output: {} as RunReport,
  },
  actors: {
    survey: invocation('survey'),
    open: invocation('open'),
    measure: invocation('measure'),
    accept: invocation('accept'),
    close: invocation('close'),
    orchestrator: orchestratorActor.machine,
  },
  actions: { send },
  delays: {
    surveyDeadline: 60 * 60_000,
    openDeadline: 10 * 60_000,
    measureDeadline: 60 * 60_000,
    acceptDeadline: 60 * 60_000,
    closeDeadline: 10 * 60_000,
    backoff: ({ context }) => backoff(context.measuringFaults + 1, MEASURING_PAUSE),
  },
})

/** The end of an invocation whose output has a duration. */
const timed = z.object({ output: z.object({ ms: z.number() }) })

/** Actions, guards, delays and invocations by name; the chart is built from it. */
export const supervising = base
  .extend({
    actions: {
      refuse: assign((_, refusals: readonly string[]) => ({ refusals })),
      keepSurvey: assign((_, survey: Survey | null) => (survey ? surveyed(survey) : {})),
      reportSurvey: base.enqueueActions(({ context, enqueue }) => {
        for (const fact of surveyFact(context)) enqueue.emit(fact)
      }),
      choose: assign(({ context }) => ({
        current: nextOf(context),
        line: null,
        measured: null,
        claim: null,
        unaccepted: null,
        trouble: [],
        measuringFaults: 0,
      })),
      keepLine: assign(({ context }, { branch, base }: InvocationOutput<'open'>) => {
        const line = { milestone: context.current?.id ?? '', branch, base }
        return { line, lines: [...context.lines.filter((each) => each.branch !== branch), line] }
      }),
      start: base.enqueueActions(({ context, enqueue }) => {
        enqueue.spawnChild('orchestrator', { id: orchestratorId(context), input: orchestratorInput(context) })
        enqueue.emit(startFact(context))
      }),
      keepClaim: assign(({ context }, claim: OrchestratorOutput) => ({
        claim,
        failures: [...context.failures, ...claim.failures],
      })),
      keepTrouble: assign(({ context }, trouble: string) => ({ trouble: [...context.trouble, trouble] })),
      keepDeliveries: assign((_, { deliveries }: InvocationOutput<'close'>) => ({ deliveries })),
      /** Work is not delivered until its owner has the branch. */
      keepUndelivered: assign(({ context: { lines } }, reason: string) =>
        lines.length > 0 ? { undelivered: `${lines.at(-1)?.branch} could not be delivered: ${reason}` } : {},
      ),
      keepMeasured: assign((_, { ms: _ms, ...measured }: InvocationOutput<'measure'>) => ({ measured })),
      /** Computing time of the milestone; before the first milestone it counts for the run. */
      spend: base.enqueueActions(({ context, event, enqueue }) => {
        const ms = timed.safeParse(event).data?.output.ms ?? 0
        const { address, budgetAt, current, spends } = context
        if (ms === 0) return
        const account = current && { milestone: current.id }
        const spent = {
          type: 'SPEND',
          id: `${address}#${spends + 1}`,
          account,
          computeSeconds: ms / 1000,
        } as const
        enqueue({ type: 'send', params: mail<BudgetMail>(budgetAt, spent) })
        enqueue.assign({ spends: spends + 1 })
      }),
      keepUnaccepted: assign((_, unaccepted: readonly string[]) => ({
        unaccepted: unaccepted.length > 0 ? unaccepted : null,
      })),
      noteMeasuringFault: assign(({ context }) => ({ measuringFaults: context.measuringFaults + 1 })),
      /** Judges the current milestone by measurement (V2). */
      judge: base.enqueueActions(({ context, enqueue }) => {
        const report = judged(context)
        enqueue.assign({
          measurement: context.measured ?? context.measurement,
          results: [...context.results, report],
        })
        enqueue.emit({ type: 'milestone.finished', report })
        const { budgetAt } = context
        const closed = { type: 'CLOSED', milestone: report.milestone } as const
        enqueue({ type: 'send', params: mail<BudgetMail>(budgetAt, closed) })
      }),
      /** Skips milestones that need one that was not reached, and all that are left when the run is stopped. */
      skip: base.enqueueActions(({ context, enqueue }) => {
        const reports = skippedOf(context).map(({ milestone, reason }) =>
          untouched(context, milestone, 'skipped', [reason]),
        )
        enqueue.assign({ results: [...context.results, ...reports] })
        for (const report of reports) enqueue.emit({ type: 'milestone.finished', report })
      }),
      /** Records a milestone that needs no work. */
      tickOff: base.enqueueActions(({ context, enqueue }) => {
        const milestone = reachedAlready(context)
        if (!milestone) return
        const report = untouched(context, milestone, 'reached', [])
        enqueue.assign({ results: [...context.results, report] })
        enqueue.emit({ type: 'milestone.finished', report })
      }),
      pause: base.enqueueActions(({ enqueue }) => {
        enqueue.assign({ paused: true })
        enqueue.emit({ type: 'run.paused' })
      }),
      resume: base.enqueueActions(({ enqueue }) => {
        enqueue.assign({ paused: false })
        enqueue.emit({ type: 'run.resumed' })
      }),
      stop: assign((_, reason: string | undefined) => ({ stopping: true, reasons: [reason ?? 'stopped'] })),
      tellPool: base.enqueueActions(({ context, event, enqueue }) => {
        if (event.type !== 'PAUSE' && event.type !== 'RESUME') return
        enqueue({ type: 'send', params: mail<PoolMail>(context.pool, { type: event.type }) })
      }),
      tellOrchestrator: base.enqueueActions(({ context, event, enqueue }) => {
        const to = childAddress(context.address, orchestratorId(context))
        const order = orderOf(event)
        if (order) enqueue({ type: 'send', params: mail<OrchestratorMail>(to, order) })
      }),
      reportUntidy: emit((_, reason: string) => ({ type: 'run.untidy' as const, reason })),
      reportEnd: base.emit(({ context }) => ({ type: 'run.finished', report: reportOf(context) })),
    },
  })
  .extend({
    guards: {
      isImpossible: ({ context }) => checkRoadmap(context.roadmap).length > 0,
      isPaused: ({ context }) => context.paused,
      isStopping: ({ context }) => context.stopping,
      hasToSkip: ({ context }) => skippedOf(context).length > 0,
      isReachedAlready: ({ context }) => reachedAlready(context) !== null,
      isToAccept: ({ context }) => acceptance(context).length > 0 && (context.claim?.claimed ?? false),
      hasNext: ({ context }) => nextOf(context) !== null,
      mayMeasureAgain: ({ context }) => context.measuringFaults < MEASURING_TRIES,
    },
  })

function orderOf({ type }: SupervisorEvent): OrchestratorMail | null {
  switch (type) {
    case 'PAUSE':
    case 'RESUME':
      return { type }
    case 'STOP':
      return { type: 'CANCEL', reason: 'stopped' }
    default:
      return null
  }
}
