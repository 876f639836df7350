// What `npm test` comes down to, as tables: which part runs tests, what prepares them, what only checks.

import { describe, expect, it } from 'vitest'
import { splitWords, withWords } from '../../workspace/runners/runner-words.ts'
import { pipelinesIn } from '../../workspace/runners/shell-words.ts'
import { testPlan } from '../../workspace/runners/test-plan.ts'

describe('a line of shell', () => {
  it.each<[string, string[][] | undefined]>([
    ['a b && c', [['a', 'b'], ['c']]],
    ['a; b\nc', [['a'], ['b'], ['c']]],
    [`a 'b c' "d \\"e\\"" f\\ g`, [['a', 'b c', 'd "e"', 'f g']]],
    ['a 2>&1 > out.txt b', [['a', 'b']]],
    ['a | b --c && d', [['a'], ['d']]],
    ['a || b', undefined],
    ['a & b', undefined],
    ['(a && b)', undefined],
    ['a $(b)', undefined],
    ['a "$(b)"', undefined],
    ["a 'b", undefined],
    ['', []],
  ])('%s has the commands %j', (line, commands) => {
    expect(pipelinesIn(line)?.map(({ words }) => words.map(({ value }) => value))).toEqual(commands)
  })

  it.each([
    ['test/*.js', true],
    ["'test/*.js'", false],
    ['"test/*.js"', false],
    ['"$A"', true],
    ["'$A'", false],
    ['plain.js', false],
  ])('%s is expanded by a shell: %s', (word, isExpanded) => {
    expect(pipelinesIn(`run ${word}`)?.[0]?.words[1]?.isExpanded).toBe(isExpanded)
  })
})

describe('the plan of npm test', () => {
  const planOf = (scripts: Record<string, string>) => {
    const { setup, tests, checks } = testPlan({ scripts })
    const words = tests.map(({ runner, words, node, env }) => [
      runner,
      ...node.map(({ value }) => value),
      ...words.map(({ value }) => value),
      ...Object.entries(env).map(([name, value]) => `${name}=${value}`),
    ])
    return { setup, tests: words, checks }
  }

  it.each<[string, Record<string, string>, string[][], string[], string[]]>([
    ['a runner', { test: 'mocha -r x test' }, [['mocha', '-r', 'x', 'test']], [], []],
    [
      'a program of another name in the package of a runner',
      { test: 'node --expose-gc ./node_modules/vitest/dist/cli-wrapper.js --run' },
      [['vitest', '--expose-gc', '--run']],
      [],
      [],
    ],
    [
      'a program of a package that is no runner',
      { test: 'node node_modules/vitest-kit/run.js' },
      [['script', 'node', 'node_modules/vitest-kit/run.js']],
      [],
      [],
    ],
    [
      'a build of other packages, and a formatter',
      { test: 'npm run build && prettier . -w && mocha', build: 'npm run build --workspaces --if-present' },
      [['mocha']],
      ['npm run build --workspaces --if-present'],
      [],
    ],
    ...[
      'npm test -ws',
      'npm test --workspace=a',
      'npm run test -w a',
      'pnpm -r test',
      'pnpm --filter a test',
    ].map((test): [string, Record<string, string>, string[][], string[], string[]] => [
      'only tests of other packages',
      { test },
      [['script', ...test.split(' ')]],
      [],
      [],
    ]),
    [
      'an option behind two dashes',
      { test: 'npm run unit -- -w 2', unit: 'jest' },
      [['jest', '-w', '2']],
      [],
      [],
    ],
    [
      'a linter first',
      { test: 'eslint . && standard && ava', other: 'x' },
      [['ava']],
      [],
      ['eslint .', 'standard'],
    ],
    [
      'a build first, and in pretest',
      { pretest: 'npm run gen', gen: 'node gen.js', test: 'tsc -p . && tape dist/test/*.js' },
      [['tape', 'dist/test/*.js']],
      ['node gen.js', 'tsc -p .'],
      [],
    ],
    [
      'scripts by name and pattern, with their own pre script',
      {
        test: 'run-s lint test:* -- --x',
        lint: 'xo',
        'pretest:unit': 'rollup -c',
        'test:unit': 'uvu test',
        'test:types': 'tsc --noEmit',
      },
      [['uvu', 'test']],
      ['rollup -c'],
      ['xo', 'tsc --noEmit'],
    ],
    [
      'wrappers that measure and set variables',
      { test: 'cross-env A=1 c8 -r lcov --all npx mocha && nyc report' },
      [['mocha', 'A=1']],
      [],
      ['nyc report'],
    ],
    [
      'arguments behind a script',
      { test: 'npm run unit -- --grep x && yarn types', unit: 'NODE_ENV=test jest', types: 'tsd' },
      [['jest', '--grep', 'x', 'NODE_ENV=test']],
      [],
      ['tsd'],
    ],
    [
      'a runner by its path',
      { test: 'node -r esm node_modules/.bin/tape a.js' },
      [['tape', '-r', 'esm', 'a.js']],
      [],
      [],
    ],
    [
      'another Node',
      { test: 'tsx --test src/*.ts' },
      [['node', '--import', 'tsx', '--test', 'src/*.ts']],
      [],
      [],
    ],
    [
      'several runners',
      { test: 'vitest run && node --test e2e && node test/smoke.js' },
      [
        ['vitest', 'run'],
        ['node', '--test', 'e2e'],
        ['script', 'node', 'test/smoke.js'],
      ],
      [],
      [],
    ],
    ['a program of its own', { test: 'make && karma start' }, [['script', 'karma', 'start']], ['make'], []],
    ['bun itself', { test: 'bun test' }, [['script', 'bun', 'test']], [], []],
    ['what is not understood', { test: 'a || b' }, [['script']], [], []],
    [
      'a linter that is not understood',
      {
        pretest: 'npm run lint',
        lint: 'eslint .',
        postlint: 'eclint check $(git ls-files)',
        test: 'tape a.js',
      },
      [['tape', 'a.js']],
      [],
      ['eslint .', 'eclint check $(git ls-files)'],
    ],
    ['hooks of git', { pretest: 'husky', test: 'mocha' }, [['mocha']], [], []],
    [
      'checks by the name of their script',
      { test: 'npm run lint && mocha', lint: 'node tools/lint.js' },
      [['mocha']],
      [],
      ['node tools/lint.js'],
    ],
    ['only checks', { test: 'eslint . && prettier --check .' }, [], [], ['eslint .', 'prettier --check .']],
    ['the text of npm init', { test: 'echo "Error: no test specified" && exit 1' }, [], [], []],
    ['itself', { test: 'npm test' }, [], [], []],
    ['nothing', {}, [], [], []],
  ])('has %s', (_what, scripts, tests, setup, checks) => {
    expect(planOf(scripts)).toEqual({ setup, tests, checks })
  })

  it('gives a line that runs a part alone, with the variables around it', () => {
    const { setup } = testPlan({
      scripts: { test: 'A="b c" npm run build && mocha', build: 'tsc | tee log' },
    })
    expect(setup).toEqual(["A='b c' tsc | tee log"])
  })
})

describe('the words of a runner', () => {
  const rules = { valued: /^(-r|--require|--config)$/, dropped: /^(--watch|--config)$/ }
  const wordsOf = (line: string) => pipelinesIn(line)?.[0]?.words ?? []
  it.each<[string, string[], string[]]>([
    ['-r x a.js b', ['-r', 'x'], ['a.js', 'b']],
    ['--require=x a.js', ['--require=x'], ['a.js']],
    ['--watch --config c.json a.js', [], ['a.js']],
    ['--config=c.json -- a.js', [], ['a.js']],
  ])('%s are %j and the files %j', (line, options, operands) => {
    const split = splitWords(wordsOf(line), rules)
    expect(split.options.map(({ value }) => value)).toEqual(options)
    expect(split.operands.map(({ value }) => value)).toEqual(operands)
  })

  it('go through a shell only where it expands one', () => {
    expect(withWords(['node', 'x'], wordsOf("'a b' c"))).toEqual(['node', 'x', 'a b', 'c'])
    expect(withWords(['node', 'x'], wordsOf("'a b' *.js"))).toEqual([
      ...['/bin/sh', '-c', `exec "$@" 'a b' *.js`, 'sh', 'node', 'x'],
    ])
  })
})
