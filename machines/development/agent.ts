// Agent
//
// Owns:   one conversation with a model about one task: asking the budget, asking the model, carrying out its calls one
//         after the other, noticing that it gets nowhere, ending.
// Leaves: the texts (transcript), what is decided from the numbers (agent-book.ts), the work (invocations), whether the
//         result is good (gates).
//
// G1. Every model call is reserved before and settled after, each reservation once.
// G2. Held by the budget it waits without end; refused by it the attempt ends.
// G3. Each call of a model is an invocation of its own: killed anywhere, the agent goes on at that call.
// G4. It ends in one of a closed set of ways, and always says why.

import { assign, emit, raise, setup } from 'xstate'
import { failure } from '../failure.ts'
import { remedyOf } from '../models/model-call.ts'
import { noUsage } from '../models/usage.ts'
import {
  type AgentContext,
  type AgentEnd,
  type AgentInput,
  type AgentOutput,
  capOf,
  fitsNever,
  isTooLong,
  MOST_BAD,
  MOST_SILENT,
  mostOf,
  newAgent,
  orderOf,
  outputOf,
  reservationOf,
  rungIn,
  sayOf,
  targetOf,
  withReply,
  withResult,
  withStep,
  withTaken,
} from './agent-book.ts'
import type { AgentFact } from './agent-facts.ts'
import { type AgentInvocationOutput, agentInvocation } from './agent-invocations.ts'
import type { BudgetMail } from './budget-events.ts'
import { type BudgetReply, type BudgetRequest, budgetReplySchema } from './budget-mail.ts'
import type { ChildDone, Refused } from './children.ts'
import { type Mail, mail, send } from './mail.ts'
import { newTrail } from './stuck.ts'

type Thought = AgentInvocationOutput<'think'>
type Acted = AgentInvocationOutput<'act'>
type Taken = Pick<Thought & { kind: 'failed' }, 'usage' | 'microdollars'>
type Again = { readonly type: 'POST.AGAIN' }

const base = setup({
  types: {
    input: {} as AgentInput,
    context: {} as AgentContext,
    events: {} as BudgetReply | Refused | Again | ChildDone<'act', Acted>,
    emitted: {} as AgentFact,
    output: {} as AgentOutput,
  },
  actors: {
    begin: agentInvocation('begin'),
    think: agentInvocation('think'),
    act: agentInvocation('act'),
    compact: agentInvocation('compact'),
  },
  actions: { send },
  delays: {
    /** A full mailbox is asked again. */
    retrySending: 1_000,
  },
})

const machine = base
  .extend({
    actions: {
      keepBeginning: assign(({ context }, { head, size, tree, ms }: AgentInvocationOutput<'begin'>) => ({
        head,
        size,
        tree,
        firstTree: tree,
        trail: newTrail(tree),
        ms: context.ms + ms,
      })),
      countReservation: assign({ reservations: ({ context }) => context.reservations + 1 }),
      keepReply: assign(({ context }, reply: Thought & { kind: 'replied' }) => withReply(context, reply)),
      keepTaken: assign(({ context }, taken: Thought & { kind: 'failed' | 'paused' }) =>
        withTaken(context, taken),
      ),
      // The model's own word counts more than the guess.
      fillWindow: assign({ size: ({ context }) => Math.max(context.size, context.limits.window) }),
      /** What runs in the sandbox takes computing time. */
      spend: base.enqueueActions(({ context, event, enqueue }) => {
        const [call] = context.calls
        if (call?.name !== 'run' || event.type !== 'xstate.done.actor.act') return
        const { ms } = event.output
        const id = `${reservationOf(context)}/run-${context.prints.length + 1}`
        const spent = { type: 'SPEND', id, account: context.account, computeSeconds: ms / 1000 } as const
        enqueue({ type: 'send', params: mail<BudgetMail>(context.budget, spent) })
      }),
      keepResult: assign(({ context }, acted: Acted & { kind: 'acted' }) => withResult(context, acted)),
      keepLastResult: assign(({ context }, { answers, ms }: { answers: string; ms: number }) => ({
        answers,
        ms: context.ms + ms,
      })),
      closeStep: assign(({ context }) => withStep(context)),
      keepShorter: assign(({ context }, shorter: AgentInvocationOutput<'compact'>) => ({
        ...withTaken(context, shorter),
        head: shorter.head,
        size: shorter.size,
        compactions: context.compactions + 1,
      })),
      conclude: assign((_, end: AgentEnd) => ({ end })),
      concludeCapped: assign(({ context }) => ({
        end: { kind: 'capped' as const, reasons: [capOf(context) ?? 'a cap is reached'] },
      })),
      keepUnsent: assign(({ context }, { event }: Refused) => ({
        unsent: [...context.unsent, event as BudgetRequest],
      })),
      sendAgainLater: raise({ type: 'POST.AGAIN' }, { delay: 'retrySending', id: 'again' }),
      sendAgain: base.enqueueActions(({ context, enqueue }) => {
        for (const event of context.unsent)
          enqueue({ type: 'send', params: mail<BudgetRequest>(context.budget, event) })
        enqueue.assign({ unsent: [] })
      }),
      tellReply: emit(({ context }, { by, calls, usage, microdollars }: Thought & { kind: 'replied' }) => ({
        type: 'agent.replied' as const,
        ...ofAgent(context),
        step: context.steps,
        by,
        calls: calls.map(({ name }) => name),
        usage,
        microdollars,
      })),
      tellHeld: emit(({ context }, reason: string) => ({
        type: 'agent.held' as const,
        ...ofAgent(context),
        reason,
      })),
      tellWarned: base.enqueueActions(({ context, enqueue }) => {
        const rung = rungIn(context)
        if (rung === 'nudge' || rung === 'strategy')
          enqueue.emit({ type: 'agent.warned', ...ofAgent(context), step: context.steps, rung })
      }),
      tellCompacted: emit(({ context }, to: number) => ({
        type: 'agent.compacted' as const,
        ...ofAgent(context),
        step: context.steps,
        from: context.size,
        to,
      })),
      tellEnded: base.emit(({ context }) => ({
        type: 'agent.ended' as const,
        ...ofAgent(context),
        outcome: outputOf(context).kind,
        steps: context.steps,
      })),
    },
  })
  .extend({
    guards: {
      isMine: ({ context, event }) => 'id' in event && event.id === reservationOf(context),
      isCapped: ({ context }) => capOf(context) !== null,
      isTooLong: ({ context }) => isTooLong(context),
      fitsNever: ({ context }) => isTooLong(context) && fitsNever(context),
      hasCalls: ({ context }) => context.calls.length > 0,
      isStuck: ({ context }) => rungIn(context) === 'end',
      isHopeless: ({ context }) => context.bad >= MOST_BAD,
      isMute: ({ context }) => context.silent >= MOST_SILENT,
      isFromBudget: ({ context, event }) => 'to' in event && event.to === context.budget,
    },
  })
  .createMachine({
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
          onDone: {
            target: 'weighing',
            actions: { type: 'keepBeginning', params: ({ event }) => event.output },
          },
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
          'BUDGET.REFUSED': {
            guard: 'isMine',
            target: 'ended',
            actions: {
              type: 'conclude',
              params: ({ event }) => ({ kind: 'capped', reasons: [event.reason] }),
            },
          },
        },
      },
      thinking: {
        invoke: {
          src: 'think',
          id: 'think',
          input: ({ context }) => ({
            order: orderOf(context),
            head: context.head ?? '',
            say: sayOf(context),
            avoid: context.avoid ? context.by : null,
            outputTokens: context.limits.outputTokens,
          }),
          onDone: [
            {
              guard: ({ event }) => event.output.kind === 'replied',
              target: 'deciding',
              actions: [
                { type: 'send', params: ({ context, event }) => settling(context, repliedOf(event.output)) },
                { type: 'keepReply', params: ({ event }) => repliedOf(event.output) },
                { type: 'tellReply', params: ({ event }) => repliedOf(event.output) },
              ],
            },
            {
              guard: ({ event }) => event.output.kind === 'paused',
              target: 'weighing',
              actions: [
                { type: 'send', params: ({ context, event }) => quotaOut(context, pausedOf(event.output)) },
                { type: 'send', params: ({ context, event }) => settling(context, pausedOf(event.output)) },
                { type: 'keepTaken', params: ({ event }) => pausedOf(event.output) },
              ],
            },
            {
              guard: ({ event }) => remedyIn(event.output) === 'shorten',
              target: 'weighing',
              actions: [
                { type: 'send', params: ({ context, event }) => settling(context, failedOf(event.output)) },
                { type: 'keepTaken', params: ({ event }) => failedOf(event.output) },
                'fillWindow',
              ],
            },
            {
              target: 'ended',
              actions: [
                { type: 'send', params: ({ context, event }) => settling(context, failedOf(event.output)) },
                { type: 'keepTaken', params: ({ event }) => failedOf(event.output) },
                { type: 'conclude', params: ({ event }) => endOf(failedOf(event.output)) },
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
                { type: 'keepLastResult', params: ({ event }) => event.output },
                { type: 'conclude', params: ({ event }) => endingOf(event.output) },
              ],
            },
            {
              guard: ({ event }) => event.output.kind === 'gave_up',
              target: 'ended',
              actions: [
                { type: 'keepLastResult', params: ({ event }) => event.output },
                { type: 'conclude', params: ({ event }) => endingOf(event.output) },
              ],
            },
            {
              target: 'answered',
              actions: ['spend', { type: 'keepResult', params: ({ event }) => actedOf(event.output) }],
            },
          ],
          onError: {
            target: 'ended',
            actions: { type: 'conclude', params: ({ event }) => failedBy('a tool', event.error) },
          },
        },
      },
      answered: {
        always: [
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
    on: {
      'canopy.refused': {
        guard: 'isFromBudget',
        actions: [{ type: 'keepUnsent', params: ({ event }) => event }, 'sendAgainLater'],
      },
      'POST.AGAIN': { actions: 'sendAgain' },
    },
    output: ({ context }) => outputOf(context),
  })

/** One conversation with a model about one task; its output says how it ended and what it took. */
export const agentActor = { kind: 'agent', version: 1, machine, events: budgetReplySchema } as const

function isMine(context: AgentContext, event: { id: string }): boolean {
  return event.id === reservationOf(context)
}

function reserving(context: AgentContext): Mail {
  const { budget, account, address } = context
  const id = reservationOf(context)
  return mail<BudgetRequest>(budget, { type: 'RESERVE', id, account, ...mostOf(context), replyTo: address })
}

function settling(context: AgentContext, { usage, microdollars }: Taken): Mail {
  return mail<BudgetRequest>(context.budget, {
    type: 'SETTLE',
    id: reservationOf(context),
    usage,
    microdollars,
  })
}

/** Nobody knows what was taken, so it is all that was reserved. */
function settlingAll(context: AgentContext): Mail {
  const { size, limits } = context
  const usage = { ...noUsage, input: size, output: limits.outputTokens }
  return settling(context, { usage, microdollars: mostOf(context).microdollars })
}

function quotaOut({ budget }: AgentContext, paused: Thought & { kind: 'paused' }): Mail {
  const { model, message, retryAfterMs } = paused
  return mail<BudgetRequest>(budget, {
    type: 'QUOTA.OUT',
    model,
    message,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  })
}

function ofAgent({ account, kind }: AgentContext) {
  return { ...account, kind }
}

function repliedOf(output: Thought) {
  if (output.kind !== 'replied') throw new Error(`a reply was expected, not ${output.kind}`)
  return output
}

function pausedOf(output: Thought) {
  if (output.kind !== 'paused') throw new Error(`a pause was expected, not ${output.kind}`)
  return output
}

function failedOf(output: Thought) {
  if (output.kind !== 'failed') throw new Error(`a failure was expected, not ${output.kind}`)
  return output
}

function actedOf(output: Acted) {
  if (output.kind !== 'acted') throw new Error(`a result was expected, not ${output.kind}`)
  return output
}

function remedyIn(output: Thought): string {
  return output.kind === 'failed' ? remedyOf(output.failure.kind) : ''
}

function endOf({ failure: { kind, message } }: Thought & { kind: 'failed' }): AgentEnd {
  return { kind: 'failed', reasons: [`${kind}: ${message}`] }
}

function endingOf(output: Acted): AgentEnd {
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
