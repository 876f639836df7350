// Shop: the base repository in TypeScript with vitest and a type check.
//
// B1. Its tests leave gaps, as real ones do: `formatAmount` is wrong for negative amounts and `release` for unknown names.
//     Tasks ask to mend these; `SHOP_SPEC` says only what is right in it.

import type { Files } from '../files.ts'

const tsconfig = {
  compilerOptions: {
    ...{
      strict: true,
      module: 'nodenext',
      target: 'es2023',
      noEmit: true,
      skipLibCheck: true,
      types: ['node'],
    },
    ...{ allowImportingTsExtensions: true, resolveJsonModule: true },
  },
  include: ['src', 'test', 'data'],
}

export const SHOP: Files = {
  'package.json': `${JSON.stringify(
    {
      ...{ name: 'shop', version: '1.0.0', private: true, type: 'module' },
      exports: './src/index.ts',
      scripts: { test: 'vitest run', types: 'tsc --noEmit' },
      devDependencies: { typescript: '^7.0.2', vitest: '^5.1.1' },
    },
    null,
    2,
  )}\n`,
  '.gitignore': 'node_modules\ncoverage\n',
  'README.md': '# Shop\n\nAmounts are cents. `total` adds lines, `discount` takes a percentage off.\n',
  'tsconfig.json': `${JSON.stringify(tsconfig, null, 2)}\n`,
  'vitest.config.ts': `import { defineConfig } from 'vitest/config'

export default defineConfig({ test: { include: ['test/**/*.test.ts'] } })
`,
  '.github/workflows/ci.yml':
    'name: ci\non: [push, pull_request]\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n      - run: npm ci\n      - run: npm test\n',
  'data/rates.json': '{ "standard": 19, "reduced": 7, "free": 0 }\n',
  'src/index.ts': `export * from './cart.ts'
export * from './invoice.ts'
export * from './money.ts'
export * from './retry.ts'
export * from './session.ts'
export * from './slug.ts'
export * from './stock.ts'
`,
  'src/money.ts': String.raw`/** Cents of an amount as people write it: '12.30', '1,234.5', '-3'. */
export function parseAmount(text: string): number {
  const match = /^(-?)(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d{1,2}))?$/.exec(text.trim())
  if (match === null) throw new RangeError('not an amount: ' + text)
  const [, sign, whole = '', part = ''] = match
  const cents = Number(whole.replaceAll(',', '')) * 100 + Number(part.padEnd(2, '0'))
  return sign === '-' ? -cents : cents
}

export function formatAmount(cents: number, currency = 'EUR'): string {
  const part = String(cents % 100).padStart(2, '0')
  return Math.floor(cents / 100) + '.' + part + ' ' + currency
}

/** Shares that differ by a cent at most and add up. */
export function split(cents: number, parts: number): number[] {
  const share = Math.floor(cents / parts)
  const rest = cents - share * parts
  return Array.from({ length: parts }, (_, at) => (at < rest ? share + 1 : share))
}
`,
  'src/cart.ts': `import rates from '../data/rates.json' with { type: 'json' }

export type Rate = keyof typeof rates

export interface Line {
  readonly name: string
  readonly cents: number
  readonly count: number
  readonly rate?: Rate
}

export function total(lines: readonly Line[]): number {
  return lines.reduce((sum, { cents, count }) => sum + cents * count, 0)
}

export function discount(cents: number, percent: number): number {
  if (percent < 0 || percent > 100) throw new RangeError('no such discount: ' + percent)
  return Math.round(cents * (1 - percent / 100))
}

export function taxOf({ cents, count, rate = 'standard' }: Line): number {
  return Math.round((cents * count * rates[rate]) / 100)
}

export function shipping(cents: number): number {
  return cents >= 5000 ? 0 : 490
}
`,
  'src/invoice.ts': `import { type Line, shipping, taxOf, total } from './cart.ts'

export interface Invoice {
  readonly lines: readonly string[]
  readonly net: number
  readonly tax: number
  readonly shipping: number
  readonly gross: number
}

export function invoice(lines: readonly Line[]): Invoice {
  const net = total(lines)
  const tax = lines.reduce((sum, line) => sum + taxOf(line), 0)
  const sending = shipping(net)
  return {
    lines: lines.map(({ name, count }) => count + ' x ' + name),
    net,
    tax,
    shipping: sending,
    gross: net + tax + sending,
  }
}
`,
  'src/stock.ts': `export class Stock {
  readonly #left: Map<string, number>

  constructor(items: Readonly<Record<string, number>>) {
    this.#left = new Map(Object.entries(items))
  }

  left(name: string): number {
    return this.#left.get(name) ?? 0
  }

  async reserve(name: string, count = 1): Promise<number> {
    const left = this.#left.get(name)
    if (left === undefined) throw new Error('unknown: ' + name)
    if (count < 1) throw new RangeError('not a count: ' + count)
    if (left < count) throw new Error('sold out: ' + name)
    this.#left.set(name, left - count)
    return left - count
  }

  async release(name: string, count = 1): Promise<number> {
    const left = this.left(name) + count
    this.#left.set(name, left)
    return left
  }
}
`,
  'src/retry.ts': `export interface RetryOptions {
  readonly times?: number
  readonly pauseMs?: number
}

/** The result of the first attempt that succeeds; the last error when none does. */
export async function retry<T>(
  work: (attempt: number) => Promise<T>,
  { times = 3, pauseMs = 0 }: RetryOptions = {},
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work(attempt)
    } catch (error) {
      if (attempt >= times) throw error
    }
    await new Promise((done) => setTimeout(done, pauseMs * attempt))
  }
}
`,
  'src/session.ts': `export interface User {
  readonly name: string
  readonly roles: readonly string[]
}

export type Action = 'read' | 'write' | 'admin'

export function isAllowed(user: User | undefined, action: Action): boolean {
  if (user === undefined) return false
  if (user.roles.includes('blocked')) return false
  if (action === 'read') return true
  return user.roles.includes(action === 'write' ? 'editor' : 'owner')
}
`,
  'src/slug.ts': String.raw`export function slugify(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
}
`,
  'test/kit.ts': `import { expect } from 'vitest'
import type { Line } from '../src/index.ts'

export function line(name: string, cents: number, count = 1): Line {
  return { name, cents, count }
}

export function expectCents(actual: number, expected: number): void {
  expect(Number.isInteger(actual)).toBe(true)
  expect(actual).toBe(expected)
}
`,
  'test/amounts.ts': `/** What people write, and the cents of it. */
export const AMOUNTS: readonly (readonly [text: string, cents: number])[] = [
  ['0', 0],
  ['12', 1200],
  ['12.3', 1230],
  ['12.34', 1234],
  ['1,234.50', 123450],
  ['1,234,567', 123456700],
  ['-3', -300],
  [' 7.05 ', 705],
]
`,
  'test/expected/invoice.json':
    '{ "lines": ["2 x pen", "1 x book"], "net": 2300, "tax": 197, "shipping": 490, "gross": 2987 }\n',
  'test/money.test.ts': `import { describe, expect, it } from 'vitest'
import { formatAmount, parseAmount, split } from '../src/money.ts'
import { AMOUNTS } from './amounts.ts'

describe('parseAmount', () => {
  it.each(AMOUNTS)('reads %s', (text, cents) => {
    expect(parseAmount(text)).toBe(cents)
  })

  it.each(['', 'x', '1,23', '1.234', '--1'])('refuses %s', (text) => {
    expect(() => parseAmount(text)).toThrow(RangeError)
  })
})

describe('formatAmount', () => {
  it('writes cents with two digits', () => {
    expect(formatAmount(1205)).toBe('12.05 EUR')
    expect(formatAmount(7, 'USD')).toBe('0.07 USD')
  })
})

describe('split', () => {
  it('gives the cents that are left to the first', () => {
    expect(split(1000, 3)).toEqual([334, 333, 333])
  })

  it('loses nothing', () => {
    for (const parts of [1, 2, 3, 7, 11]) {
      expect(split(999, parts).reduce((sum, each) => sum + each, 0)).toBe(999)
    }
  })
})
`,
  'test/cart.test.ts': `import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { discount, invoice, type Line, shipping, taxOf, total } from '../src/index.ts'
import { expectCents, line } from './kit.ts'

describe('cart', () => {
  it('is 0 when empty', () => {
    expectCents(total([]), 0)
  })

  it('adds lines', () => {
    expectCents(total([line('pen', 150, 2), line('book', 2000)]), 2300)
  })

  it('takes a discount off', () => {
    expectCents(discount(2000, 10), 1800)
    expectCents(discount(999, 50), 500)
    expectCents(discount(2000, 0), 2000)
  })

  it('refuses an odd discount', () => {
    expect(() => discount(100, 101)).toThrow('no such discount')
    expect(() => discount(100, -1)).toThrow('no such discount')
  })

  it('sends for free from 50.00 on', () => {
    expectCents(shipping(4999), 490)
    expectCents(shipping(5000), 0)
  })

  it('has tax by rate', () => {
    expectCents(taxOf(line('pen', 100)), 19)
    expectCents(taxOf({ ...line('book', 2000), rate: 'reduced' }), 140)
    expectCents(taxOf({ ...line('stamp', 80), rate: 'free' }), 0)
  })
})

describe('invoice', () => {
  const lines: Line[] = [
    { ...line('pen', 150, 2), rate: 'standard' },
    { ...line('book', 2000), rate: 'reduced' },
  ]

  it('is as it was agreed upon', () => {
    const expected = JSON.parse(readFileSync(new URL('expected/invoice.json', import.meta.url), 'utf8'))
    expect(invoice(lines)).toEqual(expected)
  })
})
`,
  'test/stock.test.ts': `import { describe, expect, it } from 'vitest'
import { retry } from '../src/retry.ts'
import { Stock } from '../src/stock.ts'

describe('stock', () => {
  it('reserves and releases', async () => {
    const stock = new Stock({ pen: 3 })
    expect(await stock.reserve('pen', 2)).toBe(1)
    expect(await stock.release('pen')).toBe(2)
    expect(stock.left('pen')).toBe(2)
  })

  it('is sold out at some time', async () => {
    const stock = new Stock({ pen: 1 })
    await stock.reserve('pen')
    await expect(stock.reserve('pen')).rejects.toThrow('sold out')
    expect(stock.left('pen')).toBe(0)
  })

  it('does not know everything', async () => {
    await expect(new Stock({}).reserve('pen')).rejects.toThrow('unknown')
    await expect(new Stock({ pen: 1 }).reserve('pen', 0)).rejects.toThrow('not a count')
  })
})

describe('retry', () => {
  it('tries again', async () => {
    const attempts: number[] = []
    const result = await retry(async (attempt) => {
      attempts.push(attempt)
      if (attempt < 3) throw new Error('busy')
      return 'done'
    })
    expect(result).toBe('done')
    expect(attempts).toEqual([1, 2, 3])
  })

  it('gives up with the last error', async () => {
    let calls = 0
    const failing = async () => {
      calls++
      throw new Error('busy ' + calls)
    }
    await expect(retry(failing, { times: 2 })).rejects.toThrow('busy 2')
    expect(calls).toBe(2)
  })
})
`,
  'test/session.test.ts': `import { describe, expect, it } from 'vitest'
import { isAllowed } from '../src/session.ts'
import { slugify } from '../src/slug.ts'

describe('isAllowed', () => {
  const owner = { name: 'Ann', roles: ['owner'] }
  const editor = { name: 'Bob', roles: ['editor'] }

  it('lets everybody read who is known', () => {
    expect(isAllowed(editor, 'read')).toBe(true)
    expect(isAllowed(undefined, 'read')).toBe(false)
  })

  it('asks for a role', () => {
    expect(isAllowed(editor, 'write')).toBe(true)
    expect(isAllowed(editor, 'admin')).toBe(false)
    expect(isAllowed(owner, 'admin')).toBe(true)
    expect(isAllowed(owner, 'write')).toBe(false)
  })

  it('stops who is blocked', () => {
    expect(isAllowed({ name: 'Eve', roles: ['owner', 'blocked'] }, 'read')).toBe(false)
  })
})

describe('slugify', () => {
  it('writes words with dashes', () => {
    expect(slugify('Hello, World!')).toBe('hello-world')
    expect(slugify('  Crème brûlée ')).toBe('creme-brulee')
  })
})
`,
}

/** What is right in the shop, asked of it outside any test runner. */
export const SHOP_SPEC = `
const { total, discount, taxOf, shipping, invoice, parseAmount, formatAmount, split, Stock, retry, isAllowed, slugify } =
  await import(root + '/src/index.ts')
const line = (name, cents, count = 1, rate) => ({ name, cents, count, ...(rate && { rate }) })
same(total([]), 0)
same(total([line('a', 150, 2), line('b', 2000)]), 2300)
same(total([line('a', 1), line('b', 2), line('c', 4, 3)]), 15)
same(total([line('a', 333, 7)]), 2331)
same(total([1, 2, 3, 4, 5, 6, 7, 8].map((each) => line('a', each, each))), 204)
same(discount(2000, 10), 1800)
same(discount(999, 50), 500)
same(discount(1234, 15), 1049)
same(discount(100, 100), 0)
fails(() => discount(100, 101))
fails(() => discount(100, -5))
same(taxOf(line('a', 100)), 19)
same(taxOf(line('a', 2000, 1, 'reduced')), 140)
same(taxOf(line('a', 333, 2, 'standard')), 127)
same(taxOf(line('a', 80, 5, 'free')), 0)
same([0, 100, 4999, 5000, 90000].map((each) => shipping(each)), [490, 490, 490, 0, 0])
same(invoice([line('a', 1000, 3), line('b', 500, 8, 'reduced')]), {
  lines: ['3 x a', '8 x b'], net: 7000, tax: 850, shipping: 0, gross: 7850,
})
same(['0', '12', '12.3', '1,234.50', '-3', ' 7.05 ', '99.99', '10,000', '4.5', '2,345,678'].map((each) => parseAmount(each)),
  [0, 1200, 1230, 123450, -300, 705, 9999, 1000000, 450, 234567800])
for (const wrong of ['', 'x', '1,23', '1.234', '--1', '1e3']) fails(() => parseAmount(wrong))
same([1205, 7, 0, 123456].map((each) => formatAmount(each)), ['12.05 EUR', '0.07 EUR', '0.00 EUR', '1234.56 EUR'])
same(formatAmount(250, 'CHF'), '2.50 CHF')
same(split(1000, 3), [334, 333, 333])
same(split(1001, 2), [501, 500])
same(split(7, 4), [2, 2, 2, 1])
const stock = new Stock({ pen: 5, cup: 1 })
same(await stock.reserve('pen', 2), 3)
same(await stock.release('pen'), 4)
same([stock.left('pen'), stock.left('cup'), stock.left('hat')], [4, 1, 0])
await stock.reserve('cup')
await rejects(() => stock.reserve('cup'), 'sold out')
await rejects(() => stock.reserve('hat'), 'unknown')
await rejects(() => stock.reserve('pen', -1), 'not a count')
await rejects(() => stock.reserve('pen', 5), 'sold out')
same(stock.left('pen'), 4)
let calls = 0
same(await retry(async (attempt) => { calls++; if (attempt < 3) throw new Error('busy'); return attempt * 10 }), 30)
same(calls, 3)
await rejects(() => retry(async (attempt) => { throw new Error('busy ' + attempt) }, { times: 4 }), 'busy 4')
const eve = { name: 'Zoe', roles: ['owner', 'blocked'] }
const owner = { name: 'Dan', roles: ['owner'] }
const editor = { name: 'Kim', roles: ['editor'] }
const guest = { name: 'Cid', roles: [] }
same(['read', 'write', 'admin'].map((each) => isAllowed(eve, each)), [false, false, false])
same(['read', 'write', 'admin'].map((each) => isAllowed(owner, each)), [true, false, true])
same(['read', 'write', 'admin'].map((each) => isAllowed(editor, each)), [true, true, false])
same(['read', 'write', 'admin'].map((each) => isAllowed(guest, each)), [true, false, false])
same(['read', 'write', 'admin'].map((each) => isAllowed(undefined, each)), [false, false, false])
same(['Hello, World!', '  Crème brûlée ', 'A--B', '42 is it', 'Ñandú'].map((each) => slugify(each)),
  ['hello-world', 'creme-brulee', 'a-b', '42-is-it', 'nandu'])
`
