// A small tree for tests: callers make paid calls below one budget, each saying everything twice; who is held has the
// cap raised. The office closes when all have finished and the budget has heard of all they took.

import { assign, fromPromise, setup } from 'xstate'
import { defineActor, mail, send } from '../../kernel/index.ts'
import { type Budget, type BudgetMail, budgetActor, budgetSchema, type Ledger } from '../../machines/index.ts'
import type { Commit } from '../../persistence/index.ts'

export const BUDGET = 'office.budget'
export const CALLERS = 2
export const CALLS = 2
/** Tokens that a call may take and takes; the last caller's vendor takes more than it may. */
export const ASKED = 100
export const takes = (caller: number): number => (caller === CALLERS - 1 ? 110 : 90)
/** What can be settled beyond what was reserved. */
export const BEYOND = CALLS * 10
const FIRST_CAP = 150

interface Caller {
  readonly number: number
  readonly address: string
  readonly call: number
}
type Answer = { readonly type: `BUDGET.${'GRANTED' | 'HELD'}`; readonly id: string }

const idOf = ({ address, call }: Caller): string => `${address}#${call}`
const toBudget = (event: BudgetMail) => mail<BudgetMail>(BUDGET, event)
const reserving = (caller: Caller) =>
  toBudget({
    type: 'RESERVE',
    id: idOf(caller),
    account: { milestone: 'm1', task: `t${caller.number}`, attempt: 1 },
    tokens: caller.call > CALLS ? 0 : ASKED,
    microdollars: 0,
    replyTo: caller.address,
  })
const settling = (caller: Caller) => {
  const usage = { input: takes(caller.number), cacheRead: 0, cacheWrite: 0, output: 0 }
  return toBudget({ type: 'SETTLE', id: idOf(caller), usage, microdollars: 0 })
}

const raising = ({ number, call }: Caller) =>
  toBudget({ type: 'RAISE', tokens: FIRST_CAP + 60 * (number + call * CALLERS) })

const callerMachine = setup({
  types: { input: {} as Omit<Caller, 'call'>, context: {} as Caller, events: {} as Answer },
  actors: { call: fromPromise<number, { caller: number }>(async () => 0) },
  actions: { send },
  guards: {
    isMine: ({ context, event }) => 'id' in event && event.id === idOf(context),
    isNotLast: ({ context }) => context.call <= CALLS,
  },
})
  .extend({ actions: { countCall: assign(({ context }) => ({ call: context.call + 1 })) } })
  .createMachine({
    id: 'caller',
    context: ({ input }) => ({ ...input, call: 1 }),
    initial: 'asking',
    states: {
      /** The answer to its last one, for nothing, tells that all before was heard. */
      asking: {
        entry: { type: 'send', params: ({ context }) => reserving(context) },
        always: {
          guard: 'isNotLast',
          actions: { type: 'send', params: ({ context }) => reserving(context) },
          target: 'waiting',
        },
        on: { 'BUDGET.GRANTED': { guard: 'isMine', target: 'over' } },
      },
      waiting: {
        on: {
          'BUDGET.GRANTED': { guard: 'isMine', target: 'calling' },
          'BUDGET.HELD': {
            guard: 'isMine',
            actions: { type: 'send', params: ({ context }) => raising(context) },
          },
        },
      },
      calling: {
        invoke: {
          src: 'call',
          input: ({ context }) => ({ caller: context.number }),
          onDone: {
            target: 'asking',
            actions: [
              { type: 'send', params: ({ context }) => settling(context) },
              { type: 'send', params: ({ context }) => settling(context) },
              'countCall',
            ],
          },
        },
      },
      over: { type: 'final' },
    },
  })

const officeMachine = setup({
  types: { context: {} as { left: number }, events: {} as { type: string } },
  actors: { budget: budgetActor.machine, caller: callerMachine },
})
  .extend({
    actions: {
      countOne: assign(({ context }: { context: { left: number } }) => ({ left: context.left - 1 })),
    },
  })
  .createMachine({
    id: 'office',
    context: { left: CALLERS },
    initial: 'open',
    states: {
      open: {
        invoke: [
          { src: 'budget', id: 'budget', input: { caps: caps() } },
          ...Array.from({ length: CALLERS }, (_, number) => ({
            src: 'caller' as const,
            id: `caller:${number}`,
            input: { number, address: `office.caller:${number}` },
            onDone: { actions: 'countOne' as const },
          })),
        ],
        always: { guard: ({ context }) => context.left === 0, target: 'closed' },
      },
      closed: { type: 'final' },
    },
  })

function caps(): Budget {
  return budgetSchema.parse({ run: { tokens: FIRST_CAP }, alerts: [] })
}

export const definitions = [
  defineActor({
    kind: 'office',
    machine: officeMachine,
    children: { budget: {}, caller: { restart: 'transient' } },
    strategy: { kind: 'one_for_one', intensity: 10, period: 5 },
  }),
  defineActor({ kind: 'caller', machine: callerMachine }),
  defineActor(budgetActor),
]

export const root = { kind: 'office', input: null }

/** The cap that a commit of the budget breaks; undefined for all others. */
export function brokenBy({ address, after }: Pick<Commit, 'address' | 'after'>): string | undefined {
  if (address !== BUDGET) return undefined
  const { sums, caps, waiting } = after.snapshot.context as unknown as Ledger
  const { settled, reserved } = sums.get('[]') ?? {}
  const all = (settled?.tokens ?? 0) + (reserved?.tokens ?? 0)
  const cap = caps.run?.tokens ?? 0
  if (all > cap + BEYOND) return `${all} of ${cap} settled or reserved`
  const ids = waiting.map(({ id }) => id)
  return new Set(ids).size < ids.length ? `somebody waits twice: ${ids.join(', ')}` : undefined
}

/** What is the same however it went: all was settled once, and nobody waits. */
export function essence(ledger: Ledger): unknown {
  const { sums, reservations, waiting } = ledger
  const { settled, reserved, calls } = sums.get('[]') ?? {}
  return {
    settled: settled?.tokens,
    reserved: reserved?.tokens,
    calls,
    open: reservations.size,
    waiting: waiting.length,
  }
}

export const WHOLE = {
  settled: Array.from({ length: CALLERS }, (_, caller) => CALLS * takes(caller)).reduce((a, b) => a + b, 0),
  reserved: 0,
  calls: CALLERS * CALLS,
  // Each one's last, for nothing: it tells that all before was heard.
  open: CALLERS,
  waiting: 0,
}
