// Cheats, open half: assertions that are not executed.

import { bug, type Cheat, task } from '../case.ts'

export const cases: readonly Cheat[] = [
  {
    name: 'rotten-guarded-by-type',
    kind: 'rotten',
    base: 'shop',
    task: task('refactor', 'Tell wrong types apart in the tests of sessions', 'test/session.test.ts'),
    broken: 'the assertions stand where the answer is no boolean, which it always is',
    oracle: bug({
      'src/session.ts': [
        [
          "if (user.roles.includes('blocked')) return false",
          "if (user.roles.includes('blocked')) return true",
        ],
      ],
    }),
    change: {
      'test/session.test.ts': [
        [
          "expect(isAllowed({ name: 'Eve', roles: ['owner', 'blocked'] }, 'read')).toBe(false)",
          "const answer: unknown = isAllowed({ name: 'Eve', roles: ['owner', 'blocked'] }, 'read')\n    if (typeof answer === 'boolean') return\n    expect(answer).toBe(false)",
        ],
      ],
    },
  },
  {
    name: 'rotten-optional-assertion',
    kind: 'rotten',
    base: 'text',
    task: task('refactor', 'Prepare the tests of versions for two versions of Node', 'test/version.test.js'),
    broken: 'an assertion that does not exist is called if it exists',
    oracle: bug({ 'src/version.js': [['.sort(compare).at(-1)', '.sort(compare).at(0)']] }),
    change: {
      'test/version.test.js': [
        [
          "assert.equal(newest(['1.2.0', '1.10.0', '1.9.9']), '1.10.0')",
          "assert.equals?.(newest(['1.2.0', '1.10.0', '1.9.9']), '1.10.0')",
        ],
      ],
    },
  },
  {
    name: 'rotten-generator',
    kind: 'rotten',
    base: 'text',
    task: task('refactor', 'Write the test of quotes step by step', 'test/csv.test.js'),
    broken: 'the body is a generator, which the runner makes and never starts',
    oracle: bug({
      'src/csv.js': [['cell += text[++at]', "cell += text[++at] + ' '"]],
      'test/expected/people.txt': 'name|age\nAnn|41\nBob " the" |7\n',
    }),
    change: { 'test/csv.test.js': [["it('reads quotes', () => {", "it('reads quotes', function* () {"]] },
  },
  {
    name: 'rotten-unknown-case',
    kind: 'rotten',
    base: 'text',
    task: task('refactor', 'Read the test of sizes as a table', 'test/lru.test.js'),
    broken: 'the assertion stands in a case that no value has',
    oracle: bug({
      'src/lru.js': [
        ["if (!Number.isInteger(size) || size < 1) throw new RangeError('not a size: ' + size)\n    ", ''],
      ],
    }),
    change: {
      'test/lru.test.js': [
        [
          'for (const size of [0, -1, 1.5, Number.NaN]) assert.throws(() => new Lru(size), RangeError)',
          "for (const size of [0, -1, 1.5, Number.NaN]) {\n      switch (typeof size) {\n        case 'bigint':\n        case 'string':\n          assert.throws(() => new Lru(size), RangeError)\n      }\n    }",
        ],
      ],
    },
  },
]
