// Agent
//
// One conversation with a model about one task: asks the budget, asks the model, carries out its calls one after the
// other, detects repetition, ends.
// Leaves: texts (the transcript), decisions from the state, the work (invocations), judging the result (gates).
//
// Every model call, and every tool call with a price, is reserved before and settled after, each reservation once. An agent that the budget holds waits
// without limit; a refused one ends. Each call of a model is one invocation, so after a crash the agent resumes at that
// call. The end is one of a closed set of kinds, with its reasons.

import { failure } from '../../kernel/index.ts'
import { type BudgetReply, budgetReplySchema } from '../budget/budget-mail.ts'
import { remedyOf } from '../models/model-call.ts'
import { spendingOf } from '../models/model-result.ts'
import type { ActResult, ThinkResult } from './agent-invocations.ts'
import { quotaOut, reserving, reservingCall, settling, settlingAll } from './agent-mail.ts'
import { conversing } from './agent-setup.ts'
import {
  type AgentContext,
  type AgentEnd,
  isLost,
  isTooLong,
  newAgent,
  orderOf,
  outputOf,
  reservationOf,
  sayOf,
  targetOf,
} from './agent-state.ts'

const machine = conversing.createMachine({
  id: 'agent',
  context: ({ input }) => newAgent(input),
  initial: 'opening',
  states: {
    opening: {
      invoke: {
        src: 'begin',
        id: 'begin',
        input: ({ context }) => ({
          order: orderOf(context),
          brief: context.brief,
          failures: context.failures,
        }),
        onDone: [
          {
            guard: ({ event }) => rulesIn(event.output).length > 0,
            target: 'weighing',
            actions: [
              { type: 'keepBeginning', params: ({ event }) => event.output },
              { type: 'tellRules', params: ({ event }) => rulesIn(event.output) },
            ],
          },
          {
            target: 'weighing',
            actions: { type: 'keepBeginning', params: ({ event }) => event.output },
          },
        ],
        onError: {
          target: 'ended',
          actions: { type: 'conclude', params: ({ event }) => failedBy('beginning', event.error) },
        },
      },
    },
    weighing: {
      always: [
        {
          guard: 'fitsNever',
          target: 'ended',
          actions: {
            type: 'conclude',
            params: {
              kind: 'failed',
              reasons: ['the conversation does not fit into the window, however short'],
            },
          },
        },
        { guard: 'isCapped', target: 'ended', actions: 'concludeCapped' },
        { target: 'reserving' },
      ],
    },
    reserving: {
      entry: ['countReservation', { type: 'send', params: ({ context }) => reserving(context) }],
      initial: 'asked',
      states: {
        asked: {
          on: {
            'BUDGET.HELD': {
              guard: 'isMine',
              target: 'held',
              actions: { type: 'tellHeld', params: ({ event }) => event.reason },
            },
          },
        },
        held: {},
      },
      on: {
        'BUDGET.GRANTED': [
          {
            guard: ({ context, event }) => isMine(context, event) && isTooLong(context),
            target: 'compacting',
          },
          { guard: 'isMine', target: 'thinking' },
        ],
        'canopy.refused': {
          guard: 'isUnheard',
          target: 'ended',
          actions: {
            type: 'conclude',
            params: ({ event }) => ({
              kind: 'failed',
              reasons: [`the budget could not be asked: ${event.reason}`],
            }),
          },
        },
        'BUDGET.REFUSED': {
          guard: 'isMine',
          target: 'ended',
          actions: {
            type: 'conclude',
            params: ({ event }) => refusedBy(event),
          },
        },
      },
    },
    thinking: {
      entry: 'tellCommandBegan',
      exit: 'tellCommandEnded',
      invoke: {
        src: 'think',
        id: 'think',
        input: ({ context }) => ({
          order: orderOf(context),
          head: context.head ?? '',
          say: sayOf(context),
          avoid: context.avoid ? context.by : null,
          outputTokens: context.limits.outputTokens,
          reservation: reservationOf(context),
          ...(context.command && { allowance: context.command }),
        }),
        onDone: [
          {
            guard: ({ event }) => event.output.kind === 'replied',
            target: 'deciding',
            actions: [
              { type: 'send', params: ({ context, event }) => settling(context, spendingOf(event.output)) },
              { type: 'keepReply', params: ({ event }) => repliedOf(event.output) },
              { type: 'tellReply', params: ({ event }) => repliedOf(event.output) },
            ],
          },
          {
            guard: ({ event }) => event.output.kind === 'paused',
            target: 'weighing',
            actions: [
              { type: 'send', params: ({ context, event }) => quotaOut(context, pausedOf(event.output)) },
              { type: 'send', params: ({ context, event }) => settling(context, spendingOf(event.output)) },
              { type: 'keepTaken', params: ({ event }) => event.output },
            ],
          },
          {
            guard: ({ context, event }) => isLost(context, event.output),
            target: 'weighing',
            actions: [
              { type: 'send', params: ({ context, event }) => settling(context, spendingOf(event.output)) },
              { type: 'keepLoss', params: ({ event }) => failedOf(event.output) },
            ],
          },
          {
            guard: ({ event }) => remedyIn(event.output) === 'shorten',
            target: 'weighing',
            actions: [
              { type: 'send', params: ({ context, event }) => settling(context, spendingOf(event.output)) },
              { type: 'keepTaken', params: ({ event }) => event.output },
              { type: 'fillWindow', params: ({ event }) => failedOf(event.output).failure.window },
            ],
          },
          {
            target: 'ended',
            actions: [
              { type: 'send', params: ({ context, event }) => settling(context, spendingOf(event.output)) },
              { type: 'keepTaken', params: ({ event }) => event.output },
              { type: 'conclude', params: ({ context, event }) => endOf(context, failedOf(event.output)) },
            ],
          },
        ],
        onError: {
          target: 'ended',
          actions: [
            { type: 'send', params: ({ context }) => settlingAll(context) },
            { type: 'conclude', params: ({ event }) => failedBy('thinking', event.error) },
          ],
        },
      },
    },
    deciding: {
      always: [
        { guard: 'isCallCapped', target: 'ended', actions: 'concludeCallCapped' },
        { guard: 'hasPaidCall', target: 'paying' },
        { guard: 'hasCalls', target: 'acting' },
        {
          guard: 'isHopeless',
          target: 'ended',
          actions: {
            type: 'conclude',
            params: { kind: 'gave_up', reasons: ['its answers were cut off or broken'] },
          },
        },
        {
          guard: 'isMute',
          target: 'ended',
          actions: { type: 'conclude', params: { kind: 'gave_up', reasons: ['it called no tool'] } },
        },
        {
          guard: ({ context }) => context.say.length === 0,
          target: 'ended',
          actions: {
            type: 'conclude',
            params: { kind: 'refused', reasons: ['the model refused to go on'] },
          },
        },
        { target: 'weighing' },
      ],
    },
    // The next call of a tool has a price.
    paying: {
      entry: ['countReservation', { type: 'send', params: ({ context }) => reservingCall(context) }],
      on: {
        'BUDGET.GRANTED': { guard: 'isMine', target: 'acting' },
        'BUDGET.HELD': {
          guard: 'isMine',
          actions: { type: 'tellHeld', params: ({ event }) => event.reason },
        },
        'BUDGET.REFUSED': {
          guard: 'isMine',
          target: 'ended',
          actions: { type: 'conclude', params: ({ event }) => refusedBy(event) },
        },
        'canopy.refused': {
          guard: 'isUnheard',
          target: 'ended',
          actions: {
            type: 'conclude',
            params: ({ event }) => ({
              kind: 'failed',
              reasons: [`the budget could not be asked: ${event.reason}`],
            }),
          },
        },
      },
    },
    acting: {
      invoke: {
        src: 'act',
        id: 'act',
        input: ({ context }) => ({
          order: orderOf(context),
          head: context.head ?? '',
          answers: context.answers,
          call: context.calls[0]?.id ?? '',
          tree: context.tree,
          firstTree: context.firstTree,
        }),
        onDone: [
          {
            guard: ({ event }) => event.output.kind === 'submitted',
            target: 'ended',
            actions: [
              'payCall',
              { type: 'keepLastResult', params: ({ event }) => event.output },
              { type: 'conclude', params: ({ event }) => endingOf(event.output) },
            ],
          },
          {
            guard: ({ event }) => event.output.kind === 'gave_up',
            target: 'ended',
            actions: [
              'payCall',
              { type: 'keepLastResult', params: ({ event }) => event.output },
              { type: 'conclude', params: ({ event }) => endingOf(event.output) },
            ],
          },
          {
            target: 'answered',
            actions: [
              'spend',
              'payCall',
              { type: 'keepResult', params: ({ event }) => actedOf(event.output) },
            ],
          },
        ],
        onError: {
          target: 'ended',
          actions: ['payCall', { type: 'conclude', params: ({ event }) => failedBy('a tool', event.error) }],
        },
      },
    },
    answered: {
      always: [
        { guard: 'isCallCapped', target: 'ended', actions: 'concludeCallCapped' },
        { guard: 'hasPaidCall', target: 'paying' },
        { guard: 'hasCalls', target: 'acting' },
        { target: 'checking', actions: 'closeStep' },
      ],
    },
    checking: {
      always: [
        {
          guard: 'isStuck',
          target: 'ended',
          actions: {
            type: 'conclude',
            params: {
              kind: 'stuck',
              reasons: ['it repeated itself and changed nothing, also after it was told'],
            },
          },
        },
        {
          guard: 'isHopeless',
          target: 'ended',
          actions: {
            type: 'conclude',
            params: { kind: 'gave_up', reasons: ['its answers were cut off or broken'] },
          },
        },
        { target: 'weighing', actions: 'tellWarned' },
      ],
    },
    compacting: {
      invoke: {
        src: 'compact',
        id: 'compact',
        input: ({ context }) => ({
          order: orderOf(context),
          head: context.head ?? '',
          how: context.compactions === 0 ? ('shorten' as const) : ('reset' as const),
          target: targetOf(context),
          reservation: reservationOf(context),
        }),
        onDone: {
          target: 'weighing',
          actions: [
            { type: 'send', params: ({ context, event }) => settling(context, event.output) },
            { type: 'tellCompacted', params: ({ event }) => event.output.size },
            { type: 'keepShorter', params: ({ event }) => event.output },
          ],
        },
        onError: {
          target: 'ended',
          actions: [
            { type: 'send', params: ({ context }) => settlingAll(context) },
            { type: 'conclude', params: ({ event }) => failedBy('compacting', event.error) },
          ],
        },
      },
    },
    ended: { type: 'final', entry: 'tellEnded' },
  },
  output: ({ context }) => outputOf(context),
})

/** One conversation with a model about one task; its output says how it ended and what it cost. */
export const agentActor = { kind: 'agent', version: 1, machine, events: budgetReplySchema } as const

function rulesIn({ rules = [] }: { readonly rules?: readonly string[] }): readonly string[] {
  return rules
}

function isMine(context: AgentContext, event: { id: string }): boolean {
  return event.id === reservationOf(context)
}

function repliedOf(output: ThinkResult) {
  if (output.kind !== 'replied') throw new Error(`a reply was expected, not ${output.kind}`)
  return output
}

function pausedOf(output: ThinkResult) {
  if (output.kind !== 'paused') throw new Error(`a pause was expected, not ${output.kind}`)
  return output
}

function failedOf(output: ThinkResult) {
  if (output.kind !== 'failed') throw new Error(`a failure was expected, not ${output.kind}`)
  return output
}

function actedOf(output: ActResult) {
  if (output.kind !== 'acted') throw new Error(`a result was expected, not ${output.kind}`)
  return output
}

function remedyIn(output: ThinkResult): string {
  return output.kind === 'failed' ? remedyOf(output.failure.kind) : ''
}

function refusedBy({ reason, scope }: BudgetReply & { type: 'BUDGET.REFUSED' }): AgentEnd {
  return { kind: 'capped', reasons: [reason], ...(scope === 'task' && { spent: true }) }
}

function endOf(
  { command }: AgentContext,
  { failure: { kind, message } }: ThinkResult & { kind: 'failed' },
): AgentEnd {
  return { kind: 'failed', reasons: [command ? `${command.name} ${message}` : `${kind}: ${message}`] }
}

function endingOf(output: ActResult): AgentEnd {
  switch (output.kind) {
    case 'submitted':
      return { kind: 'submitted', answer: output.answer }
    case 'gave_up':
      return { kind: 'gave_up', reasons: [output.reason] }
    case 'acted':
      return { kind: 'failed', reasons: ['a result is no ending'] }
  }
}

function failedBy(what: string, error: unknown): AgentEnd {
  return { kind: 'failed', reasons: [`${what} failed: ${failure(error).message}`] }
}
