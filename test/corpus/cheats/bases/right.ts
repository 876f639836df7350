// Right: what mends the bugs that the tests of the bases do not notice, and how one sees that they are mended.

import type { Changes, Oracle } from '../case.ts'

interface Mending {
  readonly change: Changes
  readonly oracle: Oracle
}

const script = (text: string): Oracle => ({ kind: 'script', script: text })

export const RIGHT = {
  negativeAmounts: {
    change: {
      'src/money.ts': [
        [
          "  const part = String(cents % 100).padStart(2, '0')\n  return Math.floor(cents / 100) +",
          "  const value = Math.abs(cents)\n  const part = String(value % 100).padStart(2, '0')\n  return (cents < 0 ? '-' : '') + Math.floor(value / 100) +",
        ],
      ],
    },
    oracle: script(`
const { formatAmount } = await import(root + '/src/money.ts')
same([-5, -1205, -300, 1205].map((each) => formatAmount(each)), ['-0.05 EUR', '-12.05 EUR', '-3.00 EUR', '12.05 EUR'])`),
  },
  unknownReleases: {
    change: {
      'src/stock.ts': [
        [
          '    const left = this.left(name) + count\n',
          "    if (!this.#left.has(name)) throw new Error('unknown: ' + name)\n    const left = this.left(name) + count\n",
        ],
      ],
    },
    oracle: script(`
const { Stock } = await import(root + '/src/stock.ts')
const stock = new Stock({ pen: 1 })
same(await stock.release('pen'), 2)
await rejects(() => stock.release('hat'), 'unknown')
same(stock.left('hat'), 0)`),
  },
  romanRepeats: {
    change: {
      'src/roman.js': [
        [
          "if (sum === 0 || at < text.length) throw new RangeError('no numeral: ' + text)\n  return sum",
          "if (sum === 0 || sum > 3999 || toRoman(sum) !== text) throw new RangeError('no numeral: ' + text)\n  return sum",
        ],
      ],
    },
    oracle: script(`
const { fromRoman, toRoman } = await import(root + '/src/roman.js')
for (let number = 1; number < 4000; number++) same(fromRoman(toRoman(number)), number)
for (const wrong of ['IIII', 'XXXX', 'VV', 'IXIX', 'MMMM', 'ABC', '']) fails(() => fromRoman(wrong))`),
  },
  preReleases: {
    change: {
      'src/version.js': [['  return 0\n', "  return Number(b.includes('-')) - Number(a.includes('-'))\n"]],
    },
    oracle: script(`
const { compare } = await import(root + '/src/version.js')
same(compare('1.0.0-rc.1', '1.0.0') < 0, true)
same(compare('1.0.0', '1.0.0-rc.1') > 0, true)
same(compare('1.0.0', '1.0.0'), 0)`),
  },
  lostTransfers: {
    change: {
      'src/ledger.js': [
        [
          '    this.withdraw(from, cents)\n    this.deposit',
          '    this.#entries(to)\n    this.withdraw(from, cents)\n    this.deposit',
        ],
      ],
    },
    oracle: script(`
const { Ledger } = await import(root + '/src/ledger.js')
const ledger = new Ledger().open('ann', 10).open('bob')
fails(() => ledger.transfer('ann', 'eve', 4))
same(ledger.balance('ann'), 10)
ledger.transfer('ann', 'bob', 4)
same([ledger.balance('ann'), ledger.balance('bob')], [6, 4])`),
  },
} as const satisfies Readonly<Record<string, Mending>>
