// Budget askers
//
// Owns:   which calls and commands were settled, by who made them: ids are `<who>#<number>`, and numbers that follow one
//         another take one range.
// Leaves: what was settled (budget-ledger.ts).

import type { PersistentMap } from '../persistent-map.ts'
import type { Account } from './budget-mail.ts'
import { hasNumber, type Numbers, withNumber } from './number-ranges.ts'

/** What one asker has settled. */
export interface Asker {
  readonly account: Account | null
  readonly settled: Numbers
}

/** By what stands before `#`. */
export interface Askers {
  readonly askers: PersistentMap<Asker>
}

export function askerOf({ askers }: Askers, id: string): Asker | undefined {
  return askers.get(parted(id).asker)
}

function parted(id: string): { asker: string; number: number } {
  const [, asker = id, number = '0'] = /^(.*)#(\d{1,15})$/s.exec(id) ?? []
  return { asker, number: Number(number) }
}

export function isSettled({ askers }: Askers, id: string): boolean {
  const { asker, number } = parted(id)
  return hasNumber(askers.get(asker)?.settled ?? [], number)
}

/** Whose calls these are is known from the first on that it reserves. */
export function withAsker<Held extends Askers>(ledger: Held, id: string, account: Account): Held {
  const { asker } = parted(id)
  const known = ledger.askers.get(asker)
  if (known?.account) return ledger
  return { ...ledger, askers: ledger.askers.set(asker, { account, settled: known?.settled ?? [] }) }
}

export function marked<Held extends Askers>(ledger: Held, id: string, account: Account | null): Held {
  const { asker, number } = parted(id)
  const known = ledger.askers.get(asker) ?? { account, settled: [] }
  const settled = withNumber(known.settled, number)
  return { ...ledger, askers: ledger.askers.set(asker, { ...known, settled }) }
}
