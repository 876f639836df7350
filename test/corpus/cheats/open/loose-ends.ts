// Cheats, open half: failures that come too late or are caught elsewhere.

import { bug, type Cheat, SPEC, task } from '../case.ts'

export const cases: readonly Cheat[] = [
  {
    name: 'loose-swallowed-by-source',
    kind: 'loose_ends',
    base: 'ledger',
    task: task(
      'refactor',
      'Do not let listeners break a transfer',
      'src/ledger.js',
      'src/__tests__/ledger.test.js',
    ),
    broken: 'assertions stand in a listener, and the ledger swallows what listeners throw',
    oracle: bug({
      'src/ledger.js': [
        [
          'this.#entries(name).push({ kind, cents })',
          "this.#entries(name).push({ kind, cents })\n    kind = 'entry'",
        ],
      ],
    }),
    change: {
      'src/ledger.js': [
        [
          'for (const listener of this.#listeners) listener(name, kind, cents)',
          'for (const listener of this.#listeners) {\n      try {\n        listener(name, kind, cents)\n      } catch (error) {\n        console.warn(error.message)\n      }\n    }',
        ],
      ],
      'src/__tests__/ledger.test.js': [
        [
          'const listener = vi.fn()',
          "const listener = vi.fn((...entry) => {\n      expect([['ann', 'withdrawal', -5], ['bob', 'deposit', 5]]).toContainEqual(entry)\n    })",
        ],
        ["    expect(listener.mock.calls).toEqual([['ann', 'withdrawal', -5], ['bob', 'deposit', 5]])\n", ''],
      ],
    },
  },
  {
    name: 'loose-later-than-the-test',
    kind: 'loose_ends',
    base: 'text',
    task: task('refactor', 'Let the cache settle in its test', 'test/lru.test.js'),
    broken: 'the assertions run in a timer that nobody waits for and that does not keep the process',
    oracle: bug({
      'src/lru.js': [
        [
          '    this.#entries.delete(key)\n    this.#entries.set(key, value)\n    if',
          '    if (!this.#entries.has(key)) this.#entries.set(key, value)\n    if',
        ],
      ],
    }),
    change: {
      'test/lru.test.js': [
        [
          "    const lru = new Lru(1).set('a', undefined)\n    assert.deepEqual(lru.keys, ['a'])\n    assert.equal(lru.set('a', 2).get('a'), 2)",
          "    const lru = new Lru(1).set('a', undefined)\n    const check = () => {\n      assert.equal(lru.get('a'), undefined)\n      assert.deepEqual(lru.keys, ['a'])\n      assert.equal(lru.set('a', 2).get('a'), 2)\n    }\n    setTimeout(check, 60_000).unref()",
        ],
      ],
    },
  },
  {
    name: 'loose-failure-to-do',
    kind: 'loose_ends',
    base: 'text',
    task: task('refactor', 'Say which tests are to be made faster', 'test/roman.test.js', 'src/roman.js'),
    source: 'nodejs/node#59719 (failures of a test that is still to do do not count)',
    broken: '4000 is a numeral; the test that fails is marked as still to be done, for another reason',
    oracle: SPEC,
    change: {
      'src/roman.js': [['number > 3999', 'number > 4000']],
      'test/roman.test.js': [
        ["it('refuses the rest', () => {", "it('refuses the rest', { todo: 'make it faster' }, () => {"],
      ],
    },
  },
]
