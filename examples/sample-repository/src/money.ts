import { OrchardError, ParseError, RangeViolation } from './errors.js'

/** Whole minor units, never fractions: 1999 EUR is 19.99 €. */
export interface Money {
  readonly amount: number
  readonly currency: string
}

const DIGITS: Record<string, number> = { EUR: 2, USD: 2, GBP: 2, CHF: 2, JPY: 0, KWD: 3 }

function digitsOf(currency: string): number {
  const digits = DIGITS[currency]
  if (digits === undefined) throw new OrchardError('currency', `the currency '${currency}' is not known`)
  return digits
}

export function money(amount: number, currency: string): Money {
  if (!Number.isSafeInteger(amount)) throw new RangeViolation('the amount', amount, 'whole minor units')
  digitsOf(currency)
  return { amount, currency }
}

/** Reads `19.99 EUR`, `EUR 1,234.50`, `-5 USD`, `(5.00 USD)` for a debt. */
export function parseMoney(text: string): Money {
  const debt = text.startsWith('(') && text.endsWith(')')
  const bare = debt ? text.slice(1, -1) : text
  const match = /^\s*(?:([A-Z]{3})\s*)?(-?)(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d+))?(?:\s*([A-Z]{3}))?\s*$/.exec(
    bare,
  )
  if (match === null) throw new ParseError(`'${text}' is not an amount of money`, 1, 1)
  const [, before, minus, whole = '', fraction = '', after] = match
  const currency = before ?? after
  if (currency === undefined || (before !== undefined && after !== undefined)) {
    throw new ParseError('one currency is needed', 1, 1)
  }
  const digits = digitsOf(currency)
  if (fraction.length > digits) throw new ParseError(`${currency} has ${digits} decimal places`, 1, 1)
  const amount = Number(whole.replaceAll(',', '') + fraction.padEnd(digits, '0'))
  return money(debt !== (minus === '-') && amount !== 0 ? -amount : amount, currency)
}

export function formatMoney({ amount, currency }: Money): string {
  const digits = digitsOf(currency)
  const text = String(Math.abs(amount)).padStart(digits + 1, '0')
  const whole = text.slice(0, text.length - digits).replace(/\B(?=(\d{3})+$)/g, ',')
  const sign = amount < 0 ? '-' : ''
  return digits === 0 ? `${sign}${whole} ${currency}` : `${sign}${whole}.${text.slice(-digits)} ${currency}`
}

export function add(a: Money, b: Money): Money {
  if (a.currency !== b.currency)
    throw new OrchardError('currency', `${a.currency} and ${b.currency} do not add up`)
  return money(a.amount + b.amount, a.currency)
}

/** Splits by weights without losing a cent: what is left over goes to the first ones. */
export function allocate(whole: Money, weights: readonly number[]): Money[] {
  const sum = weights.reduce((a, b) => a + b, 0)
  if (sum <= 0 || weights.some((weight) => weight < 0)) {
    throw new RangeViolation('the sum of the weights', sum, 'more than 0, none negative')
  }
  const shares = weights.map((weight) => Math.trunc((whole.amount * weight) / sum))
  let left = whole.amount - shares.reduce((a, b) => a + b, 0)
  const step = left < 0 ? -1 : 1
  return shares.map((share, index) => {
    const extra = left !== 0 && weights[index] !== 0 ? step : 0
    left -= extra
    return money(share + extra, whole.currency)
  })
}

export type Discount = { kind: 'percent'; value: number } | { kind: 'fixed'; value: number }

/** Never below nothing. */
export function discounted(price: Money, discount: Discount): Money {
  if (discount.value < 0) throw new RangeViolation('the discount', discount.value, '0 or more')
  if (discount.kind === 'percent' && discount.value > 100) {
    throw new RangeViolation('the discount', discount.value, 'at most 100 percent')
  }
  const off = discount.kind === 'percent' ? Math.round((price.amount * discount.value) / 100) : discount.value
  return money(Math.max(price.amount - off, 0), price.currency)
}
