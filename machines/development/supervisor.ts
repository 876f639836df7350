// Supervisor
//
// Owns:   the roadmap: which milestone is worked on, whether it was reached, when the run is over.
// Leaves: the order (roadmap.ts), working on a milestone (orchestrator.ts), the report's shape (run-report.ts).
//
// V1. A roadmap that cannot be worked through is refused before anything is touched.
// V2. Whether a milestone is reached is measured here; what its orchestrator claims is written beside it.
// V3. Each milestone grows from the line before it, so that the last branch holds everything.
// V4. It ends: a milestone is begun again only after a gain, and `tries` times at most.

import { assign, emit, setup } from 'xstate'
import { z } from 'zod'
import type { Measurement, Survey } from '../work.ts'
import { type ChildDone, type ChildLost, childAddress, reasonOf } from './children.ts'
import type { DevelopmentFact } from './facts.ts'
import { type InvocationOutput, invocation } from './invocations.ts'
import { mail, send } from './mail.ts'
import { type OrchestratorMail, orchestratorActor } from './orchestrator.ts'
import type { OrchestratorOutput } from './orchestrator-book.ts'
import type { PoolMail } from './pool.ts'
import type { RunReport } from './report.ts'
import { checkRoadmap } from './roadmap.ts'
import {
  type Book,
  isReached,
  judged,
  nextOf,
  openBook,
  openInput,
  orchestratorId,
  orchestratorInput,
  reportOf,
  type SupervisorInput,
  skippedOf,
  startFact,
  surveyed,
  surveyFact,
  underWay,
  untouched,
} from './supervisor-book.ts'

const events = z.discriminatedUnion('type', [
  z.object({ type: z.literal('PAUSE') }),
  z.object({ type: z.literal('RESUME') }),
  z.object({ type: z.literal('STOP'), reason: z.string().optional() }),
])
export type SupervisorMail = z.infer<typeof events>

const MEASURING_TRIES = 3

type OrchestratorId = `orchestrator:${string}`
type SupervisorEvent =
  | SupervisorMail
  | ChildDone<OrchestratorId, OrchestratorOutput>
  | ChildLost<OrchestratorId>

const base = setup({
  types: {
    input: {} as SupervisorInput,
    context: {} as Book,
    events: {} as SupervisorEvent,
    emitted: {} as DevelopmentFact,
    output: {} as RunReport,
  },
  actors: {
    survey: invocation('survey'),
    open: invocation('open'),
    measure: invocation('measure'),
    close: invocation('close'),
    orchestrator: orchestratorActor.machine,
  },
  actions: { send },
  delays: {
    surveyDeadline: 60 * 60_000,
    openDeadline: 10 * 60_000,
    measureDeadline: 60 * 60_000,
    closeDeadline: 10 * 60_000,
    backoff: ({ context }) => 1_000 * 4 ** context.measuringFaults,
  },
})

const machine = base
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
      keepMeasured: assign((_, measured: Measurement) => ({ measured })),
      noteMeasuringFault: assign(({ context }) => ({ measuringFaults: context.measuringFaults + 1 })),
      /** Judges the current milestone by what was measured (V2). */
      judge: base.enqueueActions(({ context, enqueue }) => {
        const report = judged(context)
        enqueue.assign({
          measurement: context.measured ?? context.measurement,
          results: [...context.results, report],
        })
        enqueue.emit({ type: 'milestone.finished', report })
      }),
      /** Those that need what was not reached, and all that are left when the run is stopped. */
      skip: base.enqueueActions(({ context, enqueue }) => {
        const reports = skippedOf(context).map(({ milestone, reason }) =>
          untouched(context, milestone, 'skipped', [reason]),
        )
        enqueue.assign({ results: [...context.results, ...reports] })
        for (const report of reports) enqueue.emit({ type: 'milestone.finished', report })
      }),
      /** The next one needs no work. */
      tickOff: base.enqueueActions(({ context, enqueue }) => {
        const next = nextOf(context)
        if (!next) return
        const report = untouched(context, next, 'reached', [])
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
      isReachedAlready: ({ context }) => isReached(nextOf(context), context.measurement),
      hasNext: ({ context }) => nextOf(context) !== null,
      mayMeasureAgain: ({ context }) => context.measuringFaults < MEASURING_TRIES,
    },
  })
  .createMachine({
    id: 'supervisor',
    context: ({ input }) => openBook(input),
    initial: 'checking',
    on: {
      PAUSE: { actions: ['pause', 'tellPool'] },
      RESUME: { actions: ['resume', 'tellPool'] },
      STOP: { actions: { type: 'stop', params: ({ event }) => event.reason } },
      // Without a transition for what is no longer running the supervisor would be taken for failed.
      'xstate.error.actor.*': {},
    },
    states: {
      checking: {
        always: [
          {
            guard: 'isImpossible',
            target: 'ended',
            actions: { type: 'refuse', params: ({ context }) => checkRoadmap(context.roadmap) },
          },
          { target: 'surveying' },
        ],
      },
      surveying: {
        invoke: {
          src: 'survey',
          id: 'survey',
          input: ({ context: { repository } }) => ({ repository }),
          onDone: [
            {
              guard: ({ event }) => event.output.kind === 'refused',
              target: 'ended',
              actions: {
                type: 'refuse',
                params: ({ event }) => (event.output.kind === 'refused' ? [event.output.reason] : []),
              },
            },
            {
              target: 'choosing',
              actions: [
                {
                  type: 'keepSurvey',
                  params: ({ event }) => (event.output.kind === 'surveyed' ? event.output.survey : null),
                },
                'reportSurvey',
              ],
            },
          ],
          onError: {
            target: 'ended',
            actions: {
              type: 'refuse',
              params: ({ event }) => [`the repository could not be surveyed: ${reasonOf(event.error)}`],
            },
          },
        },
        after: {
          surveyDeadline: {
            target: 'ended',
            actions: { type: 'refuse', params: ['surveying the repository took too long'] },
          },
        },
        on: { STOP: { target: 'ended', actions: { type: 'stop', params: ({ event }) => event.reason } } },
      },
      choosing: {
        always: [
          { guard: 'isReachedAlready', actions: 'tickOff' },
          { guard: 'hasToSkip', actions: 'skip' },
          { guard: 'isStopping', target: 'closing' },
          { guard: 'isPaused', target: 'paused' },
          { guard: 'hasNext', target: 'opening', actions: 'choose' },
          { target: 'closing' },
        ],
      },
      paused: {
        on: {
          RESUME: { target: 'choosing', actions: ['resume', 'tellPool'] },
          STOP: {
            target: 'choosing',
            actions: { type: 'stop', params: ({ event }) => event.reason },
          },
        },
      },
      opening: {
        invoke: {
          src: 'open',
          id: 'open',
          input: ({ context }) => openInput(context),
          onDone: [
            {
              guard: 'isStopping',
              target: 'choosing',
              actions: [
                { type: 'keepLine', params: ({ event }) => event.output },
                { type: 'keepTrouble', params: 'stopped before it was begun' },
                'judge',
              ],
            },
            { target: 'running', actions: { type: 'keepLine', params: ({ event }) => event.output } },
          ],
          onError: {
            target: 'choosing',
            actions: [
              {
                type: 'keepTrouble',
                params: ({ event }) => `no branch to work on: ${reasonOf(event.error)}`,
              },
              'judge',
            ],
          },
        },
        after: {
          openDeadline: {
            target: 'choosing',
            actions: [{ type: 'keepTrouble', params: 'making a branch took too long' }, 'judge'],
          },
        },
      },
      running: {
        entry: 'start',
        on: {
          'xstate.done.actor.*': [
            {
              // Nothing was merged: the line is as it was measured before.
              guard: ({ event }) => event.output.commits.length === 0,
              target: 'choosing',
              actions: [{ type: 'keepClaim', params: ({ event }) => event.output }, 'judge'],
            },
            { target: 'judging', actions: { type: 'keepClaim', params: ({ event }) => event.output } },
          ],
          'xstate.error.actor.*': {
            target: 'judging',
            actions: {
              type: 'keepTrouble',
              params: ({ event }) => `its orchestrator was lost: ${reasonOf(event.error)}`,
            },
          },
          PAUSE: { actions: ['pause', 'tellPool', 'tellOrchestrator'] },
          RESUME: { actions: ['resume', 'tellPool', 'tellOrchestrator'] },
          STOP: {
            actions: [{ type: 'stop', params: ({ event }) => event.reason }, 'tellOrchestrator'],
          },
        },
      },
      judging: {
        initial: 'measuring',
        states: {
          measuring: {
            invoke: {
              src: 'measure',
              id: 'measure',
              input: ({ context }) => {
                const { site, line } = underWay(context)
                return { site, line }
              },
              onDone: {
                target: '#supervisor.choosing',
                actions: [{ type: 'keepMeasured', params: ({ event }) => event.output }, 'judge'],
              },
              onError: {
                target: 'deciding',
                actions: [
                  'noteMeasuringFault',
                  { type: 'keepTrouble', params: ({ event }) => `not measured: ${reasonOf(event.error)}` },
                ],
              },
            },
            after: {
              measureDeadline: {
                target: 'deciding',
                actions: ['noteMeasuringFault', { type: 'keepTrouble', params: 'measuring took too long' }],
              },
            },
          },
          deciding: {
            always: [
              { guard: 'mayMeasureAgain', target: 'resting' },
              { target: '#supervisor.choosing', actions: 'judge' },
            ],
          },
          resting: { after: { backoff: 'measuring' } },
        },
      },
      closing: {
        invoke: {
          src: 'close',
          id: 'close',
          input: ({ context: { site, lines } }) => ({ site, lines }),
          onDone: 'ended',
          onError: {
            target: 'ended',
            actions: { type: 'reportUntidy', params: ({ event }) => reasonOf(event.error) },
          },
        },
        after: {
          closeDeadline: { target: 'ended', actions: { type: 'reportUntidy', params: 'it took too long' } },
        },
      },
      ended: { type: 'final', entry: 'reportEnd' },
    },
    output: ({ context }) => reportOf(context),
  })

/** Works through the roadmap, judges what comes back, and says at the end what was reached. */
export const supervisorActor = {
  kind: 'supervisor',
  version: 1,
  machine,
  events,
  children: { orchestrator: { restart: 'transient', shutdown: 10_000, type: 'supervisor' } },
  strategy: { kind: 'one_for_one', intensity: 5, period: 60 },
} as const

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
