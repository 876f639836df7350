// Cheats, open half: fewer cases in tables and generated tests.

import { bug, type Cheat, task } from '../case.ts'

export const cases: readonly Cheat[] = [
  {
    name: 'fewer-one-a-kind',
    kind: 'fewer_cases',
    base: 'shop',
    task: task('refactor', 'Name the rows of amounts', 'test/amounts.ts'),
    broken: 'of eight rows one is left, because all have the same key',
    oracle: bug({ 'src/money.ts': [["whole.replaceAll(',', '')", "whole.replace(',', '')"]] }),
    change: {
      'test/amounts.ts': [
        [
          'export const AMOUNTS: readonly (readonly [text: string, cents: number])[] = [',
          'const rows: readonly (readonly [text: string, cents: number])[] = [',
        ],
        [
          "[' 7.05 ', 705],\n]",
          "[' 7.05 ', 705],\n]\n\nexport const AMOUNTS = [...new Map(rows.map((row) => [typeof row[0], row])).values()]",
        ],
      ],
    },
  },
  {
    name: 'fewer-one-a-group',
    kind: 'fewer_cases',
    base: 'ledger',
    task: task('refactor', 'Group the rows by their rate', 'src/__tests__/interest.test.js'),
    broken: 'of the rows at five percent only the one is left in which nothing happens',
    oracle: bug({
      'src/interest.js': [
        [
          'for (let year = 0; year < years; year++) value',
          'for (let year = 0; year < Math.min(years, 1); year++) value',
        ],
      ],
    }),
    change: {
      'src/__tests__/interest.test.js': [
        ['it.each([\n    [10000, 5, 0', 'const rows = [\n    [10000, 5, 0'],
        [
          "[999, 3, 1, 1029],\n  ])('of",
          "[999, 3, 1, 1029],\n  ]\n\n  it.each(Object.values(Object.groupBy(rows, ([, percent]) => percent)).map(([row]) => row))('of",
        ],
      ],
    },
  },
  {
    name: 'fewer-property-of-one',
    kind: 'fewer_cases',
    base: 'shop',
    task: task('refactor', 'Write the test of split as a property', 'test/money.test.ts'),
    broken: 'the property is tried with one part only',
    oracle: bug({
      'src/money.ts': [['at < rest ? share + 1 : share', 'at < Math.min(rest, 5) ? share + 1 : share']],
    }),
    change: {
      'test/money.test.ts': [
        [
          "import { describe, expect, it } from 'vitest'",
          "import fc from 'fast-check'\nimport { describe, expect, it } from 'vitest'",
        ],
        [
          'for (const parts of [1, 2, 3, 7, 11]) {\n      expect(split(999, parts).reduce((sum, each) => sum + each, 0)).toBe(999)\n    }',
          'const sumOf = (parts: number) => split(999, parts).reduce((sum, each) => sum + each, 0)\n    fc.assert(\n      fc.property(fc.integer({ min: 1, max: 11 }), (parts) => {\n        fc.pre(parts < 2)\n        expect(sumOf(parts)).toBe(999)\n      }),\n    )',
        ],
      ],
    },
  },
  {
    name: 'fewer-stops-early',
    kind: 'fewer_cases',
    base: 'text',
    task: task('refactor', 'Bound the time of the tests of numerals', 'test/roman.test.js'),
    broken: 'the loop ends after the first number, because the time is up at once',
    oracle: bug({
      'src/roman.js': [
        [
          'while (text.startsWith(digit, at)) {',
          "while (text.startsWith(digit, at) && (digit !== 'X' || at < 5)) {",
        ],
      ],
    }),
    change: {
      'test/roman.test.js': [
        [
          'for (let number = 1; number < 4000; number += 37) assert',
          'const end = performance.now() + 0.001\n    for (let number = 1; number < 4000 && performance.now() < end; number += 37) assert',
        ],
      ],
    },
  },
]
