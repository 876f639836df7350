// The sources of a repository of several packages, and what a refusal says of failing tests.

import { describe, expect, it } from 'vitest'
import { FailingTests, namedFailures } from '../../../workspace/survey/failing-tests.ts'
import { sourceModules } from '../../../workspace/survey/modules.ts'

describe('sources', () => {
  const folders = ['packages/a', 'packages/b', 'packages/b/inner']

  it.each([
    [
      'each package has its src',
      ['packages/a/src/x.ts', 'packages/a/y.ts', 'packages/b/lib/z.js'],
      ['packages/a/src/x.ts', 'packages/b/lib/z.js'],
    ],
    [
      'a package without src has the rest',
      ['packages/a/x.ts', 'packages/b/src/y.ts'],
      ['packages/a/x.ts', 'packages/b/src/y.ts'],
    ],
    [
      'those of a package inside another are its own',
      ['packages/b/src/x.ts', 'packages/b/inner/y.ts'],
      ['packages/b/inner/y.ts', 'packages/b/src/x.ts'],
    ],
    [
      'the top folder is a package, too',
      ['src/x.ts', 'tool.ts', 'packages/a/y.ts'],
      ['packages/a/y.ts', 'src/x.ts'],
    ],
    [
      'programs and tests are none',
      ['packages/a/bin/x.js', 'packages/a/y.js', 'packages/a/test/z.js'],
      ['packages/a/y.js'],
    ],
    [
      'a compiled file beside its source is none',
      ['packages/a/x.ts', 'packages/a/x.js'],
      ['packages/a/x.ts'],
    ],
    [
      'a folder whose name begins alike is another',
      ['packages/ab/x.ts', 'packages/a/src/y.ts'],
      ['packages/a/src/y.ts', 'packages/ab/x.ts'],
    ],
  ])('%s', (_what, tracked, modules) => {
    expect(sourceModules(tracked, folders)).toEqual(modules)
  })

  it('of one package are those of its src', () => {
    expect(sourceModules(['src/x.ts', 'packages/a/src/y.ts'])).toEqual(['src/x.ts'])
  })
})

describe('failing tests', () => {
  const failure = (at: number, message = 'is 2') => ({ file: `f${at}.test.js`, name: `test ${at}`, message })

  it('are named with the first lines of their message, without frames of packages', () => {
    const message = `one\n\n  at x (/w/node_modules/a/index.js:1:1)\n  at node:internal/y\ntwo\n3\n4\n5\n6\n7`
    const told = namedFailures({ failures: [failure(1, message)] })
    expect(told.split('\n').map((line) => line.trim())).toEqual([
      ...['', 'f1.test.js: test 1', 'one', 'two', '3', '4', '5', '6'],
    ])
  })

  it.each([
    [
      'pytest',
      [
        ...[
          "ImportError while importing test module '/w/test_a.py'.",
          'Hint: use valid names.',
          'Traceback:',
        ],
        ...[
          'importlib/__init__.py:126: in import_module',
          '  return _gcd_import(name)',
          'tests/a.py:3: in <module>',
        ],
        ...['    from freezegun import freeze_time', "E   ModuleNotFoundError: No module named 'freezegun'"],
      ],
      [0, 1, 2, 3, 4, 7],
    ],
    [
      'jest',
      [
        ...[
          'expect(received).toBe(expected)',
          '',
          'Expected: 5',
          'Received: 4',
          '> 3 | expect(four).toBe(5)',
        ],
        ...['    |', '  2 | const a = 1', '  4 | const b = 2', 'TypeError: b is no function'],
      ],
      [0, 2, 3, 4, 5, 8],
    ],
    [
      'a build',
      [
        ...['> build', '> tsc', ...Array(8).fill('checked')],
        'src/a.ts(1,2): error TS2304',
        'error Command failed',
      ],
      [0, 1, 2, 3, 4, 11],
    ],
  ])('are named with the lines that name an error: %s', (_, lines, at) => {
    const told = namedFailures({ failures: [failure(1, lines.join('\n'))] })
    expect(told.split('\n').slice(2)).toEqual(at.map((line) => `      ${lines[line]}`))
  })

  it('are ten at most, and the others are counted', () => {
    const told = namedFailures({ failures: Array.from({ length: 13 }, (_, at) => failure(at)) })
    expect(told).toContain('test 9')
    expect(told).not.toContain('test 10')
    expect(told).toMatch(/\n {2}and 3 more$/)
  })

  it('are none where the run itself failed: the end of its output is told', () => {
    expect(namedFailures({ failures: [], said: 'Error: no such file' })).toMatch(
      /an error outside of any test\n\s+Error: no such file/,
    )
  })

  it.each([
    ["Cannot find module './gen.js'", true],
    ['Error [ERR_MODULE_NOT_FOUND]', true],
    ["ENOENT: no such file or directory, open '.env'", true],
    ['Failed to resolve import "./gen"', true],
    ['expected 1 to be 2', false],
  ])('with %j miss a file: %s', (said, isMissing) => {
    expect(new FailingTests('Tests fail', said, []).isMissing).toBe(isMissing)
  })

  it('tell what differs from the checkout, one line each', () => {
    const { message, code } = new FailingTests('Tests fail', '', ['No network.', 'Node 20.'])
    expect({ message, code }).toEqual({
      code: 'failing_tests',
      message: 'Tests fail\nThe checkout differs from yours:\n- No network.\n- Node 20.',
    })
    expect(new FailingTests('Tests fail', '', []).message).toBe('Tests fail')
  })
})
