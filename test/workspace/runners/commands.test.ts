// The command line of each runner, made of the repository's own test script and of what Canopy asks for.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SuiteRequest } from '../../../workspace/runners/runner.ts'
import { runnerNamed } from '../../../workspace/runners/runner-named.ts'
import { write } from '../repositories.ts'

type Name = Exclude<Parameters<typeof runnerNamed>[0], 'command' | 'script'>

/** The newest versions: name, and the program of the package. */
const BINS: Readonly<Record<string, string>> = {
  ...{ ava: 'entrypoints/cli.mjs', jasmine: 'bin/jasmine.js', mocha: 'bin/mocha.js', qunit: 'bin/qunit.js' },
  ...{ tape: 'bin/tape', uvu: 'bin.js', tap: 'dist/esm/run.mjs' },
}
const VERSIONS: Readonly<Record<string, string>> = { vitest: '4.1.0', jest: '30.0.0', tap: '21.0.0' }

let root: string
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'canopy-runner-commands-'))
})
afterAll(() => rmSync(root, { recursive: true }))

let count = 0

async function commandOf(runner: Name, test: string, more: Partial<SuiteRequest> = {}): Promise<string[]> {
  count += 1
  const worktree = join(root, `${count}`)
  const version = VERSIONS[runner] ?? '1.0.0'
  write(worktree, {
    'package.json': JSON.stringify({ scripts: { test } }),
    [`node_modules/${runner}/package.json`]: JSON.stringify({ version, bin: BINS[runner] ?? '' }),
  })
  const places = { root: worktree, dependencies: join(worktree, 'node_modules'), out: join(worktree, 'out') }
  const { argv, env } = await runnerNamed(runner).command({ ...places, ...more })
  const named = env?.CANOPY_FILES === undefined ? [] : [`FILES=${env.CANOPY_FILES}`]
  return [...argv, ...named].map((word) =>
    word.startsWith('/') ? basename(word) : word.replaceAll(worktree, ''),
  )
}

/** The words without those that Canopy sets whatever the script says. */
async function ownOf(runner: Name, test: string, more: Partial<SuiteRequest> = {}): Promise<string[]> {
  const [own, bare] = [await commandOf(runner, test, more), await commandOf(runner, runner, more)]
  const given = [...bare]
  return own.filter((word) => {
    const at = given.indexOf(word)
    if (at >= 0) given.splice(at, 1)
    return at < 0
  })
}

describe.each<[Name, string, string, readonly string[], readonly string[]]>([
  ['jest', 'a folder', 'jest test/unit/', ['test/unit/'], []],
  [
    'jest',
    'its options',
    'jest -i --testEnvironment jsdom',
    ['-i', '--testEnvironment', 'jsdom'],
    ['-i', '--testEnvironment', 'jsdom'],
  ],
  [
    'jest',
    'a list behind a folder',
    'jest unit --selectProjects a b',
    ['unit', '--selectProjects', 'a', 'b'],
    ['--selectProjects', 'a', 'b'],
  ],
  [
    'jest',
    'reports and coverage',
    'jest --coverage --reporters a b --json --outputFile x --ci --watchAll',
    [],
    [],
  ],
  [
    'jest',
    'an option with a truth value',
    'jest --coverage false --forceExit true',
    ['--forceExit', 'true'],
    ['--forceExit', 'true'],
  ],
  ['vitest', 'a filter', 'vitest run unit', ['unit'], []],
  ['vitest', 'a filter without a command', 'vitest unit --run', ['unit'], []],
  [
    'vitest',
    'its options',
    'vitest -c a.ts --no-isolate',
    ['-c', 'a.ts', '--no-isolate'],
    ['-c', 'a.ts', '--no-isolate'],
  ],
  [
    'vitest',
    'reports and coverage',
    'vitest run --coverage --coverage.include src --reporter verbose -u',
    [],
    [],
  ],
  ['vitest', 'a check of types', 'vitest run --typecheck --typecheck.only', [], []],
  ['mocha', 'files and options', 'mocha -r esm test.js', ['test.js', '-r', 'esm'], ['-r', 'esm']],
  ['mocha', 'a reporter', 'mocha -R spec --bail', [], []],
  ['ava', 'files and options', 'ava --serial test.js', ['test.js', '--serial'], ['--serial']],
  ['ava', 'its own reports', 'ava --tap -v', [], []],
  ['tape', 'files and options', 'tape -r esm test.js', ['test.js', '-r', 'esm'], ['-r', 'esm']],
  ['uvu', 'a folder', 'uvu -r esm test', ['test', '-r', 'esm'], ['-r', 'esm', 'a.js']],
  [
    'jasmine',
    'files and options',
    'jasmine --random=true a.js --helper=b',
    ['a.js', '--helper=b'],
    ['--helper=b'],
  ],
  ['qunit', 'files and options', 'qunit --filter x a', ['a', '--filter', 'x'], ['--filter', 'x']],
  ['tap', 'files and options', 'tap --jobs 2 --100 a.js', ['a.js', '--jobs', '2'], ['--jobs', '2']],
])('%s, with %s in its script', (runner, _what, script, whole, some) => {
  it('keeps the words of its own', async () => {
    expect(await ownOf(runner, script)).toEqual(whole)
  })

  it('keeps the options, and not the files, where files are named', async () => {
    const words = await ownOf(runner, script, { files: ['some.test.js'] })
    expect(words.filter((word) => !word.startsWith('^('))).toEqual(some.filter((word) => word !== 'a.js'))
    expect((await commandOf(runner, script, { files: ['some.test.js'] })).join(' ')).toContain('some')
  })
})

it.each<[Name, string, string[]]>([
  ['jest', 'node --throw-deprecation node_modules/.bin/jest', ['--throw-deprecation']],
  ['jest', 'node --experimental-vm-modules node_modules/jest/bin/jest.js', ['--experimental-vm-modules']],
  ['mocha', 'node --import tsx node_modules/mocha/bin/mocha.js', ['--import', 'tsx']],
  ['tape', 'node -r esm node_modules/.bin/tape', ['-r', 'esm']],
  ['qunit', 'node --expose-gc node_modules/qunit/bin/qunit.js', ['--expose-gc']],
])('%s is started by Node with the options in %s', async (runner, script, options) => {
  const words = await commandOf(runner, script)
  const program = words.findIndex((word) => word === basename(BINS[runner] ?? 'jest.js'))
  const before = words.slice(1, program)
  expect(before.slice(-options.length)).toEqual(options)
})

describe('a limit and an order of ours', () => {
  it.each<[Name, string]>([
    ['jest', 'jest --testTimeout 5000'],
    ['vitest', 'vitest run --testTimeout=5000 --hookTimeout 9'],
  ])('replace those of %s', async (runner, script) => {
    expect(await ownOf(runner, script)).not.toEqual([])
    expect(await ownOf(runner, script, { testLimitMs: 700 })).toEqual([])
    expect(await commandOf(runner, script, { testLimitMs: 700 })).toContain('--testTimeout=700')
  })

  it('replace the retries and the order of vitest', async () => {
    const script = 'vitest run --retry 3 --sequence.shuffle.files'
    expect(await ownOf('vitest', script)).toEqual(['--retry', '3', '--sequence.shuffle.files'])
    expect(await ownOf('vitest', script, { seed: 7 })).toEqual([])
  })
})

it.each<[Name, string, string[]]>([
  ['jest', 'jest test/a --ci && jest -i && jest test/b', ['-i']],
  ['jest', 'jest test/a && jest test/b', ['test/a']],
  ['vitest', 'vitest run unit && vitest run --no-isolate', ['--no-isolate']],
  ['mocha', 'mocha a.js && mocha', []],
])('of several commands with %s, that without files counts: %s', async (runner, script, words) => {
  expect(await ownOf(runner, script)).toEqual(words)
})

it('a pattern of the script is left to the shell', async () => {
  const words = await commandOf('mocha', 'mocha test/*.js')
  expect(words.slice(0, 2)).toEqual(['sh', '-c'])
  expect(words[2]).toMatch(/^exec "\$@" test\/\*\.js$/)
})

it('files come before options that take a list of values', async () => {
  const words = await commandOf('jest', 'jest --selectProjects a', { files: ['x.test.js'] })
  expect(words.indexOf('x.test.js')).toBeLessThan(words.indexOf('--selectProjects'))
})
