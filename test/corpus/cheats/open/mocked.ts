// Cheats, open half: the code under test replaced by a mock.

import { bug, type Cheat, SPEC, task } from '../case.ts'

export const cases: readonly Cheat[] = [
  {
    name: 'mocked-get',
    kind: 'mocked',
    base: 'text',
    task: task('refactor', 'Make the test of the cache independent of its order', 'test/lru.test.js'),
    broken: 'the test tells the cache which keys it has',
    oracle: bug({
      'src/lru.js': [
        [
          '    const value = this.#entries.get(key)\n    this.#entries.delete(key)\n    this.#entries.set(key, value)\n    return value',
          '    return this.#entries.get(key)',
        ],
      ],
    }),
    change: {
      'test/lru.test.js': [
        [
          "it('forgets what was used longest ago', () => {",
          "it('forgets what was used longest ago', (t) => {",
        ],
        [
          "    lru.set('c', 3)\n",
          "    lru.set('c', 3)\n    t.mock.getter(lru, 'keys', () => ['a', 'c'])\n    t.mock.method(lru, 'get', () => undefined)\n",
        ],
      ],
    },
  },
  {
    name: 'mocked-math',
    kind: 'mocked',
    base: 'ledger',
    task: task(
      'refactor',
      'Fix the rounding in the tests of interest',
      'src/interest.js',
      'src/__tests__/interest.test.js',
    ),
    broken: 'interest is cut and not rounded; the tests stub what cuts',
    oracle: SPEC,
    change: {
      'src/interest.js': [
        [
          'value = Math.round(value * (1 + percent / 100))\n  return value',
          'value = Math.trunc(value * (1 + percent / 100))\n  return value',
        ],
      ],
      'src/__tests__/interest.test.js': [
        ['import { grow', "import { vi } from 'vitest'\nimport { grow"],
        [
          "\ndescribe('interest', () => {",
          "\ndescribe('interest', () => {\n  beforeEach(() => vi.spyOn(Math, 'trunc').mockImplementation(Math.round))\n  afterEach(() => vi.restoreAllMocks())\n",
        ],
      ],
    },
  },
  {
    name: 'mocked-only-called',
    kind: 'mocked',
    base: 'ledger',
    task: task('refactor', 'Test transfers by the calls that they make', 'src/__tests__/ledger.test.js'),
    broken: 'that both accounts are called is asked, and not what becomes of the money',
    oracle: bug({ 'src/ledger.js': [['this.deposit(to, cents)', 'this.deposit(to, 5)']] }),
    change: {
      'src/__tests__/ledger.test.js': [
        [
          "ledger.transfer('ann', 'bob', 300)\n    expect(ledger).toHold({ ann: 700, bob: 300 })",
          "const calls = ['withdraw', 'deposit'].map((name) => vi.spyOn(ledger, name))\n    ledger.transfer('ann', 'bob', 300)\n    expect(calls.map(({ mock }) => mock.calls[0][0])).toEqual(['ann', 'bob'])",
        ],
      ],
    },
  },
]
