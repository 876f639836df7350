import { describe, expect, it } from 'vitest'
import { add, allocate, formatMoney, money, parseMoney } from '../src/money.js'

describe('money', () => {
  it('reads and writes amounts', () => {
    expect(formatMoney(parseMoney('1234.5 EUR'))).toBe('1,234.50 EUR')
  })

  it('adds the same currency only', () => {
    expect(add(money(150, 'EUR'), money(250, 'EUR'))).toEqual(money(400, 'EUR'))
    expect(() => add(money(150, 'EUR'), money(250, 'USD'))).toThrow('do not add up')
  })

  it('never loses a cent', () => {
    expect(allocate(money(100, 'EUR'), [1, 1, 1]).map((share) => share.amount)).toEqual([34, 33, 33])
  })
})
