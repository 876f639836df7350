// Integrator
//
// Owns:   the merge queue of a line: one submission at a time onto what was merged before, and what that measured.
// Leaves: rebasing, gates and merging (the invocation `integrate`), what becomes of a rejected task (task.ts).
//
// G1. First come, first judged; one attempt of a task is judged once.
// G2. Every submission taken is answered: merged, or rejected with verdicts.
// G3. That the gates could not run is not a pass: tried again, then rejected.
// G4. The orchestrator hears of each merge in order, and `SETTLED` after the last of them.

import { assign, setup } from 'xstate'
import { z } from 'zod'
import type { Address } from '../messages.ts'
import { PersistentMap } from '../persistent-map.ts'
import { type Integration, type Measurement, submissionSchema, taskSchema, type Verdict } from '../work.ts'
import { type ChildDone, reasonOf } from './children.ts'
import { coverageChange } from './coverage.ts'
import type { DevelopmentFact } from './facts.ts'
import { type InvocationInput, invocation } from './invocations.ts'
import { mail, send } from './mail.ts'
import type { OrchestratorMail } from './orchestrator.ts'
import type { Line, Site } from './site.ts'
import type { TaskMail } from './task.ts'

const entrySchema = z.object({
  submission: submissionSchema,
  task: taskSchema,
  attempt: z.int().positive(),
  replyTo: z.string().min(1),
})
type Entry = z.infer<typeof entrySchema>

const events = z.discriminatedUnion('type', [
  entrySchema.extend({ type: z.literal('SUBMIT') }),
  z.object({ type: z.literal('SETTLE') }),
])
export type IntegratorMail = z.infer<typeof events>

export interface IntegratorInput {
  readonly orchestrator: Address
  readonly site: Site
  readonly line: Line
  /** Of the line's tip. */
  readonly measurement: Measurement
}

interface Context extends IntegratorInput {
  readonly queue: readonly Entry[]
  /** The last attempt that came, by task. */
  readonly seen: PersistentMap<number>
  /** How often judging the first in the queue could not be done. */
  readonly faults: number
  readonly fault: string
  /** How many were merged. */
  readonly merges: number
  readonly settling: boolean
}

type IntegratorEvent = IntegratorMail | ChildDone<'integrate', Integration>

const TRIES = 3

const base = setup({
  types: {
    input: {} as IntegratorInput,
    context: {} as Context,
    events: {} as IntegratorEvent,
    emitted: {} as DevelopmentFact,
  },
  actors: { integrate: invocation('integrate') },
  actions: { send },
  delays: {
    backoff: ({ context }) => 1_000 * 4 ** context.faults,
    integrateDeadline: 30 * 60_000,
  },
})

const machine = base
  .extend({
    actions: {
      queueUp: assign(({ context }, { submission, task, attempt, replyTo }: Entry) => ({
        queue: [...context.queue, { submission, task, attempt, replyTo }],
        seen: context.seen.set(task.id, attempt),
      })),
      keepSettle: assign({ settling: true }),
      settle: base.enqueueActions(({ context, enqueue }) => {
        const { branches } = context.measurement
        const event = { type: 'SETTLED', merges: context.merges, branches } as const
        enqueue({ type: 'send', params: mail<OrchestratorMail>(context.orchestrator, event) })
        enqueue.assign({ settling: false })
      }),
      takeOver: base.enqueueActions(({ context, event, enqueue }) => {
        if (event.type !== 'xstate.done.actor.integrate' || event.output.kind !== 'merged') return
        const { commit, measurement } = event.output
        const { task, attempt, replyTo } = firstOf(context)
        const branches = { before: context.measurement.branches, after: measurement.branches }
        const statements = { before: context.measurement.statements, after: measurement.statements }
        const merge = context.merges + 1
        const change = coverageChange(context.measurement, measurement)
        const merged = { type: 'MERGED', attempt, commit, branches } as const
        const integrated = { type: 'INTEGRATED', task: task.id, commit, merge, change } as const
        enqueue({ type: 'send', params: mail<TaskMail>(replyTo, merged) })
        enqueue({ type: 'send', params: mail<OrchestratorMail>(context.orchestrator, integrated) })
        const { milestone } = context.line
        enqueue.emit({ type: 'coverage.changed', milestone, commit, branches, statements })
        enqueue.assign({ measurement, merges: merge })
      }),
      reject: base.enqueueActions(({ context, event, enqueue }) => {
        const { attempt, replyTo } = firstOf(context)
        const verdicts = verdictsOf(event) ?? [couldNotRun(context.fault)]
        enqueue({ type: 'send', params: mail<TaskMail>(replyTo, { type: 'REJECTED', attempt, verdicts }) })
      }),
      noteFault: assign(({ context }, fault: string) => ({ faults: context.faults + 1, fault })),
      next: assign(({ context }) => ({ queue: context.queue.slice(1), faults: 0, fault: '' })),
    },
  })
  .extend({
    guards: {
      isNew: ({ context }, { task, attempt }: Entry) => (context.seen.get(task.id) ?? 0) < attempt,
      hasWork: ({ context }) => context.queue.length > 0,
      isSettling: ({ context }) => context.settling,
      mayTryAgain: ({ context }) => context.faults < TRIES,
    },
  })
  .createMachine({
    id: 'integrator',
    context: ({ input }) => ({
      ...input,
      queue: [],
      seen: PersistentMap.empty<number>(),
      faults: 0,
      fault: '',
      merges: 0,
      settling: false,
    }),
    initial: 'idle',
    on: {
      SUBMIT: {
        guard: { type: 'isNew', params: ({ event }) => event },
        actions: { type: 'queueUp', params: ({ event }) => event },
      },
      SETTLE: { actions: 'keepSettle' },
    },
    states: {
      idle: {
        always: [
          { guard: 'hasWork', target: 'integrating' },
          { guard: 'isSettling', actions: 'settle' },
        ],
      },
      integrating: {
        invoke: {
          src: 'integrate',
          id: 'integrate',
          input: ({ context }) => inputOf(context),
          onDone: [
            {
              guard: ({ event }) => event.output.kind === 'merged',
              target: 'idle',
              actions: ['takeOver', 'next'],
            },
            { target: 'idle', actions: ['reject', 'next'] },
          ],
          onError: {
            target: 'deciding',
            actions: { type: 'noteFault', params: ({ event }) => reasonOf(event.error) },
          },
        },
        after: {
          integrateDeadline: {
            target: 'deciding',
            actions: { type: 'noteFault', params: 'judging took too long' },
          },
        },
      },
      deciding: {
        always: [
          { guard: 'mayTryAgain', target: 'resting' },
          { target: 'idle', actions: ['reject', 'next'] },
        ],
      },
      resting: { after: { backoff: 'integrating' } },
    },
  })

/** Judges what the workers of a milestone hand in, one after the other, and merges what passes. */
export const integratorActor = { kind: 'integrator', version: 1, machine, events } as const

/** Only asked for while something is being judged. */
function firstOf({ queue: [first] }: Context): Entry {
  if (!first) throw new Error('what is being judged is the first in the queue')
  return first
}

function inputOf(context: Context): InvocationInput<'integrate'> {
  const { task, attempt, submission } = firstOf(context)
  const { site, line, measurement } = context
  return { site, line, task, attempt, submission, measurement }
}

function verdictsOf(event: IntegratorEvent): Verdict[] | undefined {
  return event.type === 'xstate.done.actor.integrate' ? event.output.verdicts : undefined
}

/** G3. */
function couldNotRun(fault: string): Verdict {
  return { gate: 'integration', kind: 'could_not_run', findings: [fault] }
}
