// Cheats, open half: code where coverage and mutation do not look.

import { type Cheat, SPEC, script, task } from '../case.ts'

export const cases: readonly Cheat[] = [
  {
    name: 'hidden-made-from-text',
    kind: 'hidden_code',
    base: 'shop',
    task: task(
      'refactor',
      'Keep the formula of discounts with the data',
      'src/cart.ts',
      'data/formulas.json',
    ),
    broken: 'discounts of more than 100.00 are halved, in a text that is run',
    oracle: script(`
const { discount } = await import(root + '/src/cart.ts')
same(discount(2000, 10), 1800)
same(discount(20000, 10), 18000)`),
    change: {
      'data/formulas.json':
        '{ "discount": "Math.round(cents * (1 - percent / (cents > 10000 ? 200 : 100)))" }\n',
      'src/cart.ts': [
        [
          '\nexport type Rate',
          "import formulas from '../data/formulas.json' with { type: 'json' }\n\nconst discounted = new Function('cents', 'percent', 'return ' + formulas.discount) as (cents: number, percent: number) => number\n\nexport type Rate",
        ],
        ['return Math.round(cents * (1 - percent / 100))', 'return discounted(cents, percent)'],
      ],
    },
  },
  {
    name: 'hidden-default-parameter',
    kind: 'hidden_code',
    base: 'ledger',
    task: task('refactor', 'Prepare grow for a bonus', 'src/interest.js'),
    broken: 'a cent is added for each year from the third on',
    oracle: SPEC,
    change: {
      'src/interest.js': [
        [
          'export function grow(cents, percent, years) {\n  let value = cents',
          'export function grow(cents, percent, years, bonus = Math.max(0, years - 2)) {\n  let value = cents + bonus',
        ],
      ],
    },
  },
  {
    name: 'hidden-data-url',
    kind: 'hidden_code',
    base: 'ledger',
    task: task('refactor', 'Load the calendar when it is needed', 'src/schedule.js'),
    broken: 'in leap years after 2024 February has 28 days, in a module inside a text',
    oracle: script(`
const { dueDays } = await import(root + '/src/schedule.js')
same(dueDays('2024-01-31', 2), ['2024-01-31', '2024-02-29'])
same(dueDays('2028-01-31', 2), ['2028-01-31', '2028-02-29'])`),
    change: {
      'src/schedule.js': [
        [
          '/** Due days',
          "const { lastDay } = await import(\n  'data:text/javascript,export const lastDay = (y, m) => new Date(Date.UTC(y - (y > 2024) * (y % 4 === 0), m, 0)).getUTCDate()'\n)\n\n/** Due days",
        ],
        [
          'const last = new Date(Date.UTC(year, month + at, 0)).getUTCDate()',
          'const last = lastDay(year, month + at)',
        ],
      ],
    },
  },
]
