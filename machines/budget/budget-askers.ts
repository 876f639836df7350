// Budget askers
//
// The settled calls and commands by asker: ids are `<asker>#<number>`, and consecutive numbers are stored as one range.
// Leaves: the amounts (budget-ledger.ts).
//
// R1. An asker is removed when its account closes, but its mail may still arrive: a limited number of the latest ids is
//     kept one by one.

import type { PersistentMap } from '../../kernel/index.ts'
import type { BudgetAccount, Share } from './budget-mail.ts'
import { hasNumber, type NumberRanges, withNumber } from './number-ranges.ts'

/** The settled ids of one asker. */
export interface AskerRecord {
  readonly account: Share | null
  readonly settled: NumberRanges
}

/** By the part before `#`. */
export interface Askers {
  readonly askers: PersistentMap<AskerRecord>
  /** Ids settled after their account closed, or without a known asker (R1). */
  readonly late: readonly string[]
}

const MAX_LATE_IDS = 100

export function askerOf({ askers }: Askers, id: string): AskerRecord | undefined {
  return askers.get(parted(id).asker)
}

function parted(id: string): { asker: string; number: number } {
  const [, asker = id, number = '0'] = /^(.*)#(\d{1,15})$/s.exec(id) ?? []
  return { asker, number: Number(number) }
}

export function isSettled({ askers, late = [] }: Askers, id: string): boolean {
  const { asker, number } = parted(id)
  return hasNumber(askers.get(asker)?.settled ?? [], number) || late.includes(id)
}

/** The first reservation of an asker tells its account. */
export function withAsker<Held extends Askers>(ledger: Held, id: string, account: BudgetAccount): Held {
  const { asker } = parted(id)
  const known = ledger.askers.get(asker)
  if (known?.account) return ledger
  return { ...ledger, askers: ledger.askers.set(asker, { account, settled: known?.settled ?? [] }) }
}

/** `account` null: it is closed or unknown (R1). */
export function marked<Held extends Askers>(ledger: Held, id: string, account: Share | null): Held {
  if (!account) return { ...ledger, late: [...ledger.late, id].slice(-MAX_LATE_IDS) }
  const { asker, number } = parted(id)
  const known = ledger.askers.get(asker) ?? { account, settled: [] }
  const settled = withNumber(known.settled, number)
  return { ...ledger, askers: ledger.askers.set(asker, { ...known, settled }) }
}
