// Review
//
// One review: four agents look at one aspect each, at the same time; then each finding is verified, a few at a time.
// Leaves: the reviewing itself (agent.ts), the state (review-state.ts).
//
// It ends when every agent that it started has ended, in whatever way.

import { assign, setup } from 'xstate'
import { agentActor } from '../agent/agent.ts'
import type { AgentOutput } from '../agent/agent-state.ts'
import { type ChildDone, type ChildLost, childOf, reasonOf } from '../children.ts'
import {
  ASPECTS,
  aspectId,
  aspectInput,
  mayVerify,
  newReview,
  type ReviewContext,
  type ReviewInput,
  reviewOutput,
  verifierId,
  verifierInput,
  withFindings,
  withLoss,
  withOutput,
  withVerification,
} from './review-state.ts'

type AgentEndEvent = ChildDone<`agent:${string}`, AgentOutput> | ChildLost<`agent:${string}`>

const base = setup({
  types: {
    input: {} as ReviewInput,
    context: {} as ReviewContext,
    events: {} as AgentEndEvent,
    output: {} as AgentOutput,
  },
  actors: { agent: agentActor.machine },
})

const machine = base
  .extend({
    actions: {
      startReviewers: base.enqueueActions(({ context, enqueue }) => {
        for (const aspect of ASPECTS)
          enqueue.spawnChild('agent', { id: aspectId(aspect), input: aspectInput(context, aspect) })
      }),
      gather: assign(({ context }) => withFindings(context)),
      startVerifier: base.enqueueActions(({ context, enqueue }) => {
        const { begun } = context
        enqueue.spawnChild('agent', { id: verifierId(begun), input: verifierInput(context, begun) })
        enqueue.assign(withVerification(context))
      }),
      keepOutput: assign(({ context, event }) =>
        'output' in event ? withOutput(context, childOf(event), event.output) : {},
      ),
      keepLoss: assign(({ context, event }) =>
        'error' in event ? withLoss(context, childOf(event), reasonOf(event.error)) : {},
      ),
    },
    guards: {
      mayVerify: ({ context }) => mayVerify(context),
      allEnded: ({ context }) => context.running.length === 0,
    },
  })
  .createMachine({
    id: 'review',
    context: ({ input }) => newReview(input),
    initial: 'reviewing',
    states: {
      reviewing: {
        entry: 'startReviewers',
        always: { guard: 'allEnded', target: 'verifying', actions: 'gather' },
      },
      verifying: {
        always: [
          { guard: 'mayVerify', actions: 'startVerifier' },
          { guard: 'allEnded', target: 'done' },
        ],
      },
      done: { type: 'final' },
    },
    on: {
      'xstate.done.actor.*': { actions: 'keepOutput' },
      'xstate.error.actor.*': { actions: 'keepLoss' },
    },
    output: ({ context }) => reviewOutput(context),
  })

/**
 * A review of a change or of files: takes the input of an agent and earlier findings, and answers with a
 * `ReviewReport`.
 */
export const reviewActor = {
  kind: 'review',
  version: 1,
  machine,
  children: { agent: { restart: 'transient', shutdown: 5_000 } },
  // Many agents run at once.
  strategy: { kind: 'one_for_one', intensity: 10, period: 60 },
} as const
