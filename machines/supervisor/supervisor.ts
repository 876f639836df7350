// Supervisor
//
// Works through the roadmap: chooses a milestone, judges whether it was reached, decides when the run is over.
// Leaves: the order (roadmap.ts), working on a milestone (orchestrator.ts), the report (run-report.ts).
//
// A roadmap that cannot be worked through is refused before anything is changed. Each milestone starts from the branch
// of the previous one, so the last branch holds everything. The run ends: a milestone begins again only after a gain,
// and at most `tries` times.
// V2. Whether a milestone is reached is measured here; the orchestrator's claim is only recorded beside it.

import { reasonOf } from '../children.ts'
import { checkRoadmap } from './roadmap.ts'
import { supervising, supervisorEvents } from './supervisor-setup.ts'
import { acceptance, openBook, openInput, reportOf, underWay } from './supervisor-state.ts'

const machine = supervising.createMachine({
  id: 'supervisor',
  context: ({ input }) => openBook(input),
  initial: 'checking',
  on: {
    PAUSE: { actions: ['pause', 'tellPool'] },
    RESUME: { actions: ['resume', 'tellPool'] },
    STOP: { actions: { type: 'stop', params: ({ event }) => event.reason } },
    // An actor without a transition for this event would fail; the invocation it is about is no longer running.
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
            actions: [
              'spend',
              {
                type: 'refuse',
                params: ({ event }) => (event.output.kind === 'refused' ? [event.output.reason] : []),
              },
            ],
          },
          {
            target: 'choosing',
            actions: [
              'spend',
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
            // Nothing was merged, and the claim is that nothing is needed: the acceptance commands decide.
            guard: ({ context, event: { output } }) =>
              output.commits.length === 0 && output.claimed && acceptance(context).length > 0,
            target: 'judging.accepting',
            actions: { type: 'keepClaim', params: ({ event }) => event.output },
          },
          {
            // The branch is as measured before.
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
            onDone: [
              {
                guard: 'isToAccept',
                target: 'accepting',
                actions: ['spend', { type: 'keepMeasured', params: ({ event }) => event.output }],
              },
              {
                target: '#supervisor.choosing',
                actions: ['spend', { type: 'keepMeasured', params: ({ event }) => event.output }, 'judge'],
              },
            ],
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
        accepting: {
          invoke: {
            src: 'accept',
            id: 'accept',
            input: ({ context }) => {
              const { site, line } = underWay(context)
              return { site, line, commands: acceptance(context) }
            },
            onDone: {
              target: '#supervisor.choosing',
              actions: [
                'spend',
                { type: 'keepUnaccepted', params: ({ event }) => event.output.findings },
                'judge',
              ],
            },
            onError: {
              target: '#supervisor.choosing',
              actions: [
                { type: 'keepTrouble', params: ({ event }) => `not accepted: ${reasonOf(event.error)}` },
                'judge',
              ],
            },
          },
          after: {
            acceptDeadline: {
              target: '#supervisor.choosing',
              actions: [{ type: 'keepTrouble', params: 'accepting took too long' }, 'judge'],
            },
          },
        },
      },
    },
    closing: {
      invoke: {
        src: 'close',
        id: 'close',
        input: ({ context: { site, lines } }) => ({ site, lines }),
        onDone: [
          {
            guard: ({ event }) => event.output.untidy !== undefined,
            target: 'ended',
            actions: [
              { type: 'keepDeliveries', params: ({ event }) => event.output },
              { type: 'reportUntidy', params: ({ event }) => event.output.untidy ?? '' },
            ],
          },
          { target: 'ended', actions: { type: 'keepDeliveries', params: ({ event }) => event.output } },
        ],
        onError: {
          target: 'ended',
          actions: [
            { type: 'keepUndelivered', params: ({ event }) => reasonOf(event.error) },
            { type: 'reportUntidy', params: ({ event }) => reasonOf(event.error) },
          ],
        },
      },
      after: {
        closeDeadline: {
          target: 'ended',
          actions: [
            { type: 'keepUndelivered', params: 'it took too long' },
            { type: 'reportUntidy', params: 'it took too long' },
          ],
        },
      },
    },
    ended: { type: 'final', entry: 'reportEnd' },
  },
  output: ({ context }) => reportOf(context),
})

/** Works through the roadmap, judges each milestone, and reports at the end which were reached. */
export const supervisorActor = {
  kind: 'supervisor',
  version: 1,
  machine,
  events: supervisorEvents,
  children: { orchestrator: { restart: 'transient', shutdown: 10_000, type: 'supervisor' } },
  strategy: { kind: 'one_for_one', intensity: 5, period: 60 },
} as const
