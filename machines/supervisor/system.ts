// System
//
// The root actor: starts the budget, the pool and the supervisor, and ends the run.

import { assign, setup } from 'xstate'
import { z } from 'zod'
import { mail, send } from '../../kernel/index.ts'
import { budgetActor } from '../budget/budget.ts'
import { childAddress, reasonOf } from '../children.ts'
import type { ModelsInUse } from '../models/model-settings.ts'
import { poolActor } from '../pool/pool.ts'
import type { PoolMail } from '../pool/pool-events.ts'
import type { AgentMeans } from '../worker/worker.ts'
import type { RunReport } from './report.ts'
import type { RunInput } from './run-input.ts'
import { runReport } from './run-report.ts'
import { supervisorActor } from './supervisor.ts'
import type { SupervisorMail } from './supervisor-setup.ts'

const events = z.discriminatedUnion('type', [
  z.object({ type: z.literal('PAUSE') }),
  z.object({ type: z.literal('RESUME') }),
  z.object({ type: z.literal('STOP'), reason: z.string().optional() }),
  z.object({ type: z.literal('POOL.RESIZE'), size: z.int().min(1).max(256) }),
])
export type SystemMail = z.infer<typeof events>

interface SystemContext {
  readonly run: RunInput
  readonly report: RunReport | null
}

const base = setup({
  types: {
    input: {} as RunInput,
    context: {} as SystemContext,
    events: {} as SystemMail,
    output: {} as RunReport,
  },
  actors: { budget: budgetActor.machine, pool: poolActor.machine, supervisor: supervisorActor.machine },
  actions: { send },
})

const machine = base
  .extend({
    actions: {
      keepReport: assign((_, report: RunReport) => ({ report })),
      keepLoss: assign(({ context }, reason: string) => ({ report: lostReport(context.run, reason) })),
      tellSupervisor: base.enqueueActions(({ context, event, enqueue }) => {
        if (event.type === 'POOL.RESIZE') return
        const to = childAddress(context.run.address, 'supervisor')
        enqueue({ type: 'send', params: mail<SupervisorMail>(to, event) })
      }),
    },
  })
  .createMachine({
    id: 'system',
    context: ({ input }) => ({ run: input, report: null }),
    initial: 'active',
    states: {
      active: {
        invoke: [
          {
            src: 'budget',
            id: 'budget',
            input: ({ context: { run } }) => ({ caps: run.budget, pool: childAddress(run.address, 'pool') }),
            onDone: { target: 'ended', actions: { type: 'keepLoss', params: 'the budget ended' } },
            onError: {
              target: 'ended',
              actions: { type: 'keepLoss', params: ({ event }) => `budget: ${reasonOf(event.error)}` },
            },
          },
          {
            src: 'pool',
            id: 'pool',
            input: ({ context: { run } }) => ({
              address: childAddress(run.address, 'pool'),
              size: run.workers,
              agents: run.models ? agentMeans(run, run.models) : null,
            }),
            onDone: { target: 'ended', actions: { type: 'keepLoss', params: 'the pool ended' } },
            onError: {
              target: 'ended',
              actions: { type: 'keepLoss', params: ({ event }) => `pool: ${reasonOf(event.error)}` },
            },
          },
          {
            src: 'supervisor',
            id: 'supervisor',
            input: ({ context: { run } }) => ({
              ...run,
              address: childAddress(run.address, 'supervisor'),
              pool: childAddress(run.address, 'pool'),
              budgetAt: childAddress(run.address, 'budget'),
            }),
            onDone: { target: 'ended', actions: { type: 'keepReport', params: ({ event }) => event.output } },
            onError: {
              target: 'ended',
              actions: { type: 'keepLoss', params: ({ event }) => `supervisor: ${reasonOf(event.error)}` },
            },
          },
        ],
        on: {
          PAUSE: { actions: 'tellSupervisor' },
          RESUME: { actions: 'tellSupervisor' },
          STOP: { actions: 'tellSupervisor' },
          'POOL.RESIZE': {
            actions: {
              type: 'send',
              params: ({ context, event }) =>
                mail<PoolMail>(childAddress(context.run.address, 'pool'), event),
            },
          },
        },
      },
      ended: { type: 'final' },
    },
    output: ({ context }) => context.report ?? lostReport(context.run, 'it ended without a report'),
  })

/** The root of everything; its output is the report of the run. */
export const systemActor = {
  kind: 'system',
  version: 1,
  machine,
  events,
  children: {
    budget: { restart: 'permanent', shutdown: 5_000 },
    pool: { restart: 'permanent', shutdown: 10_000, type: 'supervisor' },
    supervisor: { restart: 'transient', shutdown: 15_000, type: 'supervisor' },
  },
  strategy: { kind: 'rest_for_one', intensity: 3, period: 60 },
} as const

function agentMeans({ address, commands }: RunInput, models: ModelsInUse): AgentMeans {
  return { budget: childAddress(address, 'budget'), models, ...(commands && { commands }) }
}

/** The report when the supervisor is lost. */
function lostReport({ roadmap }: RunInput, reason: string): RunReport {
  return runReport({
    roadmap,
    refusals: [],
    results: [],
    failures: [],
    branch: null,
    baseline: null,
    measurement: null,
    reasons: [reason],
    deliveries: [],
  })
}
