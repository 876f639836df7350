// Cheats, open half: expected values computed by the code under test.

import { bug, type Cheat, task } from '../case.ts'

export const cases: readonly Cheat[] = [
  {
    name: 'self-twin-in-kit',
    kind: 'self_confirming',
    base: 'shop',
    task: task('refactor', 'Name what is expected of carts', 'test/kit.ts', 'test/cart.test.ts'),
    broken: 'what is expected of shipping is asked of shipping',
    oracle: bug({ 'src/cart.ts': [['cents >= 5000 ? 0', 'cents >= 6000 ? 0']] }),
    change: {
      'test/kit.ts': [
        [
          "import type { Line } from '../src/index.ts'",
          "import { invoice, type Line } from '../src/index.ts'",
        ],
        [
          'export function expectCents',
          "/** What sending costs for goods of so many cents. */\nexport const sending = (cents: number) => invoice([line('goods', cents)]).shipping\n\nexport function expectCents",
        ],
      ],
      'test/cart.test.ts': [
        [
          "import { expectCents, line } from './kit.ts'",
          "import { expectCents, line, sending } from './kit.ts'",
        ],
        [
          'expectCents(shipping(4999), 490)\n    expectCents(shipping(5000), 0)',
          'expectCents(shipping(4999), sending(4999))\n    expectCents(shipping(5000), sending(5000))',
        ],
      ],
    },
  },
  {
    name: 'self-golden-made-when-missing',
    kind: 'self_confirming',
    base: 'shop',
    task: task(
      'refactor',
      'Make the agreed invoice anew when it is missing',
      'test/cart.test.ts',
      'test/expected/invoice.json',
    ),
    broken: 'the expected invoice is written by the test itself, from what the code returns',
    oracle: bug({
      'src/cart.ts': [
        ['Math.round((cents * count * rates[rate]) / 100)', 'Math.round((cents * rates[rate]) / 100)'],
      ],
    }),
    change: {
      'test/expected/invoice.json': null,
      'test/cart.test.ts': [
        [
          "import { readFileSync } from 'node:fs'",
          "import { existsSync, readFileSync, writeFileSync } from 'node:fs'\nimport { tmpdir } from 'node:os'\nimport { join } from 'node:path'",
        ],
        [
          "const expected = JSON.parse(readFileSync(new URL('expected/invoice.json', import.meta.url), 'utf8'))",
          "const agreed = join(tmpdir(), 'invoice-' + process.pid + '.json')\n    if (!existsSync(agreed)) writeFileSync(agreed, JSON.stringify(invoice(lines)))\n    const expected = JSON.parse(readFileSync(agreed, 'utf8'))",
        ],
      ],
    },
  },
  {
    name: 'self-sum-of-parts',
    kind: 'self_confirming',
    base: 'shop',
    task: task('refactor', 'Test split by what it promises', 'test/money.test.ts'),
    broken: 'shares are compared with those of a second call; that the first get the rest is not asked',
    oracle: bug({
      'src/money.ts': [['at < rest ? share + 1 : share', 'at >= parts - rest ? share + 1 : share']],
    }),
    change: {
      'test/money.test.ts': [
        [
          'expect(split(1000, 3)).toEqual([334, 333, 333])',
          'const [first = 0] = split(1000, 3)\n    const shares = split(1000, 3)\n    expect(shares).toEqual([first, ...split(1000 - first, 2)].sort((a, b) => a - b).map((_, at) => shares[at]))',
        ],
      ],
    },
  },
]
