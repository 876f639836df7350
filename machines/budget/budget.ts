// Budget
//
// Decides which model calls may be made: reserved before, settled after, within the caps of the run, the milestone, the
// task and the attempt. It lives as long as the run and starts before every asker.
// Leaves: the change that each event makes (budget-ledger.ts), asking (agent.ts), prices (models/usage.ts).
//
// Every request is answered: granted, held or refused. A held request is granted or refused later, unless its account
// closes before. After an exhausted quota nothing is granted until
// the vendor's time has passed, also while the program was stopped, or until a person resumes. Wall time is counted
// only under a cap for it, and never for hours in which the program was stopped.

import { setup } from 'xstate'
import { type Address, mail, send } from '../../kernel/index.ts'
import type { DevelopmentFact } from '../facts.ts'
import type { PoolMail } from '../pool/pool-events.ts'
import type { Budget } from './budget-caps.ts'
import { type BudgetEvent, budgetEventSchema } from './budget-events.ts'
import * as books from './budget-ledger.ts'
import type { Ledger, LedgerChange } from './ledger.ts'

export interface BudgetInput {
  readonly caps: Budget
  /** Is told whether models may be asked; absent or null: there is no pool. */
  readonly pool?: Address | null
}

/** Between two looks at the clock. */
const TICK_MS = 10_000

interface BudgetContext extends Ledger, Pick<BudgetInput, 'pool'> {}

type TimeOut = { readonly type: `xstate.after.${'tick' | 'quota'}.${string}` }

const base = setup({
  types: {
    input: {} as BudgetInput,
    context: {} as BudgetContext,
    events: {} as BudgetEvent | TimeOut,
    emitted: {} as DevelopmentFact,
  },
  actions: { send },
  delays: {
    quota: ({ context }) => context.quota?.retryAfterMs ?? 0,
    tick: TICK_MS,
  },
})

const machine = base
  .extend({
    actions: {
      /** Stores the change that an event made and sends its mail. */
      follow: base.enqueueActions(({ context, event, enqueue }) => {
        const { ledger, mail: letters, facts } = turnOf(context, event)
        for (const params of letters) enqueue({ type: 'send', params })
        for (const fact of facts) enqueue.emit(fact)
        enqueue.assign(ledger)
      }),
      holdModels: base.enqueueActions(({ context: { pool }, enqueue }) => {
        if (pool)
          enqueue({ type: 'send', params: mail<PoolMail>(pool, { type: 'MODELS', available: false }) })
      }),
      releaseModels: base.enqueueActions(({ context: { pool }, enqueue }) => {
        if (pool) enqueue({ type: 'send', params: mail<PoolMail>(pool, { type: 'MODELS', available: true }) })
      }),
    },
    guards: {
      isAtCap: ({ context }) => books.isAtCap(context),
      isBelowCap: ({ context }) => !books.isAtCap(context),
      hasTime: ({ context }) => context.quota?.retryAfterMs != null,
      capsTime: ({ context: { caps, raised } }) =>
        [caps.run, caps.milestone, caps.task, caps.attempt, ...Object.values(raised)].some(
          (cap) => cap?.minutes !== undefined,
        ),
    },
  })
  .createMachine({
    id: 'budget',
    context: ({ input: { caps, pool = null } }) => ({ ...books.openLedger(caps), pool }),
    type: 'parallel',
    on: {
      RESERVE: { actions: 'follow' },
      SETTLE: { actions: 'follow' },
      SPEND: { actions: 'follow' },
      CLOSED: { actions: 'follow' },
      'CALL.BEGUN': { actions: 'follow' },
      'CALL.CHARGED': { actions: 'follow' },
      RAISE: { actions: 'follow' },
    },
    states: {
      grants: {
        initial: 'granting',
        on: {
          'QUOTA.OUT': { target: '.out_of_quota', actions: 'follow' },
          RESUME: { target: '.granting', actions: 'follow' },
        },
        states: {
          granting: { always: { guard: 'isAtCap', target: 'at_cap' } },
          /** A request waits for a person to raise a cap; others may still be granted. */
          at_cap: { always: { guard: 'isBelowCap', target: 'granting' } },
          // No work starts that would only wait for a model.
          out_of_quota: {
            entry: 'holdModels',
            exit: 'releaseModels',
            initial: 'asking',
            states: {
              asking: { always: [{ guard: 'hasTime', target: 'waiting' }, { target: 'waitingForPerson' }] },
              waiting: { after: { quota: { target: '#budget.grants.granting', actions: 'follow' } } },
              waitingForPerson: {},
            },
          },
        },
      },
      clock: {
        initial: 'unread',
        states: {
          unread: { always: { guard: 'capsTime', target: 'read' } },
          read: { after: { tick: { target: 'read', reenter: true, actions: 'follow' } } },
        },
      },
    },
  })

/** Grants model calls within the caps; the first child of a run, because the others rely on it. */
export const budgetActor = {
  kind: 'budget',
  version: 1,
  machine,
  events: budgetEventSchema,
  timers: { tick: 'remaining' },
} as const

function turnOf(ledger: Ledger, event: BudgetEvent | TimeOut): LedgerChange {
  switch (event.type) {
    case 'RESERVE':
      return books.reserve(ledger, event)
    case 'SETTLE':
      return books.settle(ledger, event)
    case 'SPEND':
      return books.spend(ledger, event)
    case 'CALL.BEGUN':
      return books.beginCall(ledger, event)
    case 'CALL.CHARGED':
      return books.charge(ledger, event)
    case 'CLOSED':
      return books.close(ledger, event)
    case 'RAISE':
      return books.raise(ledger, event)
    case 'QUOTA.OUT':
      return books.shut(ledger, event)
    case 'RESUME':
      return books.resume(ledger)
    default:
      return event.type.startsWith('xstate.after.tick.')
        ? books.passTime(ledger, TICK_MS)
        : books.resume(ledger)
  }
}
