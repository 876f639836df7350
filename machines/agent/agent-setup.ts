// Agent's setup
//
// The actions, guards, delays and invocations that an agent's chart names.
// Leaves: when each runs (agent.ts), decisions from the state, mail to the budget (agent-mail.ts).

import { assign, emit, setup } from 'xstate'
import { mail, send } from '../../kernel/index.ts'
import type { BudgetMail } from '../budget/budget-events.ts'
import type { BudgetReply } from '../budget/budget-mail.ts'
import type { ChildDone, RefusedMail } from '../children.ts'
import { spendingOf } from '../models/model-result.ts'
import type { AgentFact } from './agent-facts.ts'
import {
  type ActResult,
  type AgentInvocationOutput,
  agentInvocation,
  type ThinkResult,
} from './agent-invocations.ts'
import { settlingCall } from './agent-mail.ts'
import {
  type AgentContext,
  type AgentEnd,
  type AgentInput,
  type AgentOutput,
  callCapOf,
  callPrice,
  capOf,
  fitsNever,
  isTooLong,
  MAX_BAD_REPLIES,
  MAX_SILENT_REPLIES,
  outputOf,
  reservationOf,
  stuckLevelOf,
  withFullWindow,
  withLoss,
  withReply,
  withResult,
  withStep,
  withTaken,
  withThought,
} from './agent-state.ts'
import { newTrail } from './stuck.ts'

const base = setup({
  types: {
    input: {} as AgentInput,
    context: {} as AgentContext,
    events: {} as BudgetReply | RefusedMail | ChildDone<'act', ActResult> | ChildDone<'think', ThinkResult>,
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
})

/** Actors, actions, guards and delays by name; the chart is built from it. */
export const conversing = base
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
      keepReply: assign(({ context }, reply: ThinkResult & { kind: 'replied' }) => withReply(context, reply)),
      keepTaken: assign(({ context }, thought: ThinkResult) => withThought(context, thought)),
      keepLoss: assign(({ context }, failed: ThinkResult & { kind: 'failed' }) => withLoss(context, failed)),
      // The vendor says that the request is too long: that outweighs the estimate and the settings.
      fillWindow: assign(({ context }, window: number | undefined) => withFullWindow(context, window)),
      /** Commands in the sandbox take computing time. */
      spend: base.enqueueActions(({ context, event, enqueue }) => {
        const [call] = context.calls
        const computes = call?.computes ?? call?.name === 'run'
        if (!computes || event.type !== 'xstate.done.actor.act') return
        const { ms } = event.output
        const id = `${reservationOf(context)}/run-${context.prints.length + 1}`
        const spent = { type: 'SPEND', id, account: context.account, computeSeconds: ms / 1000 } as const
        enqueue({ type: 'send', params: mail<BudgetMail>(context.budget, spent) })
      }),
      /** Once, when a paid call has an answer, or never gets one. */
      payCall: base.enqueueActions(({ context, enqueue }) => {
        if (callPrice(context) > 0) enqueue({ type: 'send', params: settlingCall(context) })
      }),
      keepResult: assign(({ context }, acted: ActResult & { kind: 'acted' }) => withResult(context, acted)),
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
      concludeCallCapped: assign(({ context }) => ({
        end: { kind: 'capped' as const, reasons: [callCapOf(context) ?? 'a cap is reached'] },
      })),
      concludeCapped: assign(({ context }) => ({
        end: { kind: 'capped' as const, reasons: [capOf(context) ?? 'a cap is reached'] },
      })),
      tellRules: emit(({ context }, paths: readonly string[]) => ({
        type: 'agent.rules_read' as const,
        ...ofAgent(context),
        paths: [...paths],
      })),
      tellCommandBegan: base.enqueueActions(({ context, enqueue }) => {
        const { command, steps, lost } = context
        if (!command) return
        const prompt = steps + lost + 1
        enqueue.emit({ type: 'agent.command_began', ...ofAgent(context), by: command.name, prompt })
      }),
      tellCommandEnded: base.enqueueActions(({ context, event, enqueue }) => {
        const { command } = context
        if (!command || event.type !== 'xstate.done.actor.think') return
        const { output } = event
        enqueue.emit({
          type: 'agent.command_ended',
          ...ofAgent(context),
          by: command.name,
          ...(output.kind === 'failed' && { failure: output.failure.message }),
          cost: output.cost ?? 'unknown',
          microdollars: output.microdollars,
          seconds: Math.round(output.ms / 100) / 10,
        })
      }),
      tellReply: emit(({ context }, result: ThinkResult & { kind: 'replied' }) => ({
        type: 'agent.replied' as const,
        ...ofAgent(context),
        step: context.steps,
        by: result.model,
        calls: result.reply.calls.map(({ name }) => name),
        ...spendingOf(result),
      })),
      tellHeld: emit(({ context }, reason: string) => ({
        type: 'agent.held' as const,
        ...ofAgent(context),
        reason,
      })),
      tellWarned: base.enqueueActions(({ context, enqueue }) => {
        const level = stuckLevelOf(context)
        if (level === 'nudge' || level === 'strategy')
          enqueue.emit({ type: 'agent.warned', ...ofAgent(context), step: context.steps, level })
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
      isCallCapped: ({ context }) => callCapOf(context) !== null,
      hasPaidCall: ({ context }) => callPrice(context) > 0,
      isTooLong: ({ context }) => isTooLong(context),
      fitsNever: ({ context }) => isTooLong(context) && fitsNever(context),
      hasCalls: ({ context }) => context.calls.length > 0,
      isStuck: ({ context }) => stuckLevelOf(context) === 'end',
      isHopeless: ({ context }) => context.bad >= MAX_BAD_REPLIES,
      isMute: ({ context }) => context.silent >= MAX_SILENT_REPLIES,
      /** The request for its reservation was given up. */
      isUnheard: ({ context, event }) =>
        'event' in event && event.event.type === 'RESERVE' && event.event.id === reservationOf(context),
    },
  })

function ofAgent({ account, kind }: AgentContext) {
  return { ...account, kind }
}
