import { describe, expect, it } from 'vitest'
import { amountText, budgetSchema, readCap } from '../../machines/index.ts'

describe('a cap in words', () => {
  it.each([
    ['5usd', { usd: 5 }],
    ['2.50 usd', { usd: 2.5 }],
    ['$3', { usd: 3 }],
    ['0.1 USD', { usd: 0.1 }],
    ['300k tokens', { tokens: 300_000 }],
    ['1.2M tokens', { tokens: 1_200_000 }],
    ['1_000_000 tokens', { tokens: 1_000_000 }],
    ['90min', { minutes: 90 }],
    ['2 hours', { minutes: 120 }],
    ['600 compute-seconds', { computeSeconds: 600 }],
    ['5usd, 300k tokens,2h', { usd: 5, tokens: 300_000, minutes: 120 }],
  ])('%s', (text, cap) => {
    expect(readCap(text)).toEqual({ ok: true, cap })
  })

  it.each([
    ['', '"" is no amount'],
    ['5', '"5" is no amount'],
    ['usd', 'no amount'],
    ['-5usd', 'no amount'],
    ['5 eur', 'no amount'],
    ['5usd 3', 'no amount'],
    ['1.5.2 usd', 'no amount'],
    ['1e99usd', 'no amount'],
    ['5usd, 6usd', 'usd is said twice'],
    ['0.5 tokens', 'tokens'],
    ['99999999999usd', 'usd'],
  ])('%s is refused with the reason', (text, reason) => {
    const read = readCap(text)
    expect(read.ok ? 'taken' : read.reason).toContain(reason)
  })

  it('is refused in a file when a field is unknown or no number', () => {
    expect(budgetSchema.safeParse({ run: { euro: 1 } }).success).toBe(false)
    expect(budgetSchema.safeParse({ run: { usd: '5' } }).success).toBe(false)
    expect(budgetSchema.safeParse({ alerts: [0] }).success).toBe(false)
  })

  it('is written as it is said', () => {
    const texts = [
      amountText('microdollars', 4_930_000),
      amountText('microdollars', 41),
      amountText('tokens', 300_000),
      amountText('ms', 90_000),
      amountText('computeMs', 1_234),
    ]
    expect(texts).toEqual(['4.93 usd', '0.000041 usd', '300000 tokens', '1.5 minutes', '1.2 s of commands'])
  })
})
