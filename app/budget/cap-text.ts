// Cap text
//
// Owns:   how caps of a budget and amounts are written.

import type { Cap } from '../../machines/index.ts'

export const capWords: Readonly<Record<keyof Cap, string>> = {
  usd: 'usd',
  tokens: 'tokens',
  minutes: 'minutes',
  computeSeconds: 'seconds of commands',
}
export const capNames = Object.keys(capWords) as (keyof Cap)[]

/** `10.00 usd, 300000 tokens`; `all it needs` without a cap. */
export function capText(cap: Cap): string {
  const parts = capNames.flatMap((name) => {
    const said = cap[name]
    return said === undefined ? [] : [`${amountText(name, said)} ${capWords[name]}`]
  })
  return parts.join(', ') || 'any amount'
}

/** `1.50` for usd, otherwise with one decimal place at most. */
export function amountText(name: keyof Cap, amount: number): string {
  if (name === 'usd') return amount.toFixed(amount > 0 && amount < 0.1 ? 4 : 2)
  return String(Math.round(amount * 10) / 10)
}
