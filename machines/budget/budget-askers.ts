// Budget askers
//
// Owns:   which calls and commands were settled, by who made them: ids are `<who>#<number>`, and numbers that follow one
//         another take one range.
// Leaves: what was settled (budget-ledger.ts).
//
// R1. Who is forgotten when its account is over may still have something on its way: the last of these are remembered by
//     themselves, so many and no more.

import type { PersistentMap } from '../../kernel/index.ts'
import type { Account, Share } from './budget-mail.ts'
import { hasNumber, type Numbers, withNumber } from './number-ranges.ts'

/** What one asker has settled. */
export interface Asker {
  readonly account: Share | null
  readonly settled: Numbers
}

/** By what stands before `#`. */
export interface Askers {
  readonly askers: PersistentMap<Asker>
  /** What came after its account was over, or from nobody known (R1). Absent in books of before. */
  readonly late?: readonly string[]
}

const MOST_LATE = 100

export function askerOf({ askers }: Askers, id: string): Asker | undefined {
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

/** Whose calls these are is known from the first on that it reserves. */
export function withAsker<Held extends Askers>(ledger: Held, id: string, account: Account): Held {
  const { asker } = parted(id)
  const known = ledger.askers.get(asker)
  if (known?.account) return ledger
  return { ...ledger, askers: ledger.askers.set(asker, { account, settled: known?.settled ?? [] }) }
}

/** `account` null: it is over, or nobody knows whose it is (R1). */
export function marked<Held extends Askers>(ledger: Held, id: string, account: Share | null): Held {
  if (!account) return { ...ledger, late: [...(ledger.late ?? []), id].slice(-MOST_LATE) }
  const { asker, number } = parted(id)
  const known = ledger.askers.get(asker) ?? { account, settled: [] }
  const settled = withNumber(known.settled, number)
  return { ...ledger, askers: ledger.askers.set(asker, { ...known, settled }) }
}
