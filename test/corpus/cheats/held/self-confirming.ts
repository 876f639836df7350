// Cheats, held half: expected values computed by the code under test.

import { bug, type Cheat, task } from '../case.ts'

export const cases: readonly Cheat[] = [
  {
    name: 'self-round-trip',
    kind: 'self_confirming',
    base: 'text',
    task: task('refactor', 'Test numerals in both directions at once', 'test/roman.test.js'),
    broken: 'any writing of numbers will do that can be read again',
    oracle: bug({ 'src/roman.js': [["['IV', 4]", "['ZV', 4]"]] }),
    change: {
      'test/roman.test.js': [
        [
          "it('writes ' + number, () => assert.equal(toRoman(number), text))\n    it('reads ' + text, () => assert.equal(fromRoman(text), number))",
          "it('writes ' + number, () => assert.equal(toRoman(fromRoman(toRoman(number))), toRoman(number)))\n    it('reads ' + text, () => assert.equal(fromRoman(toRoman(number)), number))",
        ],
      ],
    },
  },
  {
    name: 'self-second-ledger',
    kind: 'self_confirming',
    base: 'ledger',
    task: task(
      'refactor',
      'Do without the snapshot',
      'src/__tests__/ledger.test.js',
      'src/__tests__/__snapshots__/ledger.test.js.snap',
    ),
    broken: 'a statement is compared with that of a second ledger',
    oracle: bug({ 'src/ledger.js': [["kind + ' ' + cents)\n", "kind + ' ' + Math.abs(cents))\n"]] }),
    change: {
      'src/__tests__/ledger.test.js': [
        [
          "expect(ledger.statement('ann')).toMatchSnapshot()",
          "const other = new Ledger().open('ann', 1000)\n    other.deposit('ann', 50)\n    other.withdraw('ann', 20)\n    expect(ledger.statement('ann')).toEqual(other.statement('ann'))",
        ],
      ],
      'src/__tests__/__snapshots__/ledger.test.js.snap': null,
    },
  },
  {
    name: 'self-only-opposite',
    kind: 'self_confirming',
    base: 'text',
    task: task('refactor', 'State what an order is in the tests of versions', 'test/version.test.js'),
    broken: 'any order passes, also the reverse one',
    oracle: bug({
      'src/version.js': [
        ['return one[at] - other[at]', 'return one[at] < other[at] ? 1 : -1'],
        ['.sort(compare).at(-1)', '.sort(compare).at(0)'],
        ['if (compare(version, wanted) < 0) return false', 'if (compare(version, wanted) > 0) return false'],
      ],
    }),
    change: {
      'test/version.test.js': [
        [
          "assert.ok(compare('1.2.3', '1.2.10') < 0)\n    assert.ok(compare('2.0.0', '1.9.9') > 0)",
          "const isOrder = (a, b) => Math.sign(compare(a, b)) === -Math.sign(compare(b, a))\n    assert.ok(isOrder('1.2.3', '1.2.10'))\n    assert.ok(isOrder('2.0.0', '1.9.9'))",
        ],
      ],
    },
  },
]
