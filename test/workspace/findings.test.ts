// What is read out of a repository's files, as tables.

import { describe, expect, it } from 'vitest'
import { keepOptions, scriptVariables, testCommands, transpiler } from '../../workspace/runners/script.ts'
import { testPlan } from '../../workspace/runners/test-plan.ts'
import { CappedText } from '../../workspace/sandbox/capped-text.ts'
import { isTestFile, sourceModules } from '../../workspace/survey/modules.ts'
import { packageManagerOf, runnersOf } from '../../workspace/survey/package.ts'
import { candidatePatterns } from '../../workspace/survey/test-pattern.ts'

describe('scripts', () => {
  it.each<[Record<string, string>, string[][]]>([
    [{ test: 'vitest' }, [['vitest']]],
    [
      { test: 'npm run lint && vitest run', lint: 'eslint .' },
      [
        ['eslint', '.'],
        ['vitest', 'run'],
      ],
    ],
    [{ test: 'pnpm unit', unit: "node --test 'test/**/*.js'" }, [['node', '--test', 'test/**/*.js']]],
    [{ test: 'npm test' }, []],
    [{ test: 'yarn add x' }, [['yarn', 'add', 'x']]],
    [{ test: 'TZ=UTC jest --config "a b.js" | cat' }, [['jest', '--config', 'a b.js']]],
    [{}, []],
  ])('%j come down to %j', (scripts, commands) => {
    expect(testCommands({ scripts })).toEqual(commands)
  })

  it('give the options that are known, with their values', () => {
    const words = ['run', '--config=a.ts', '--coverage', '--dir', 'src', '--ui']
    expect(keepOptions(words, ['--config', '--dir', '--ui'])).toEqual([
      '--config=a.ts',
      '--dir',
      'src',
      '--ui',
    ])
  })

  it('give the variables they set, but none that Canopy needs itself', () => {
    const test = 'cross-env TZ=Europe/Paris NODE_OPTIONS=--x PATH=. MODE=a=b vitest run X=1'
    expect(scriptVariables(testPlan({ scripts: { test } }).tests)).toEqual({
      TZ: 'Europe/Paris',
      MODE: 'a=b',
    })
  })
})

describe('a transpiler', () => {
  it.each([
    ['tsx --test', 'tsx'],
    ['node --import=tsx --test', '--import=tsx'],
    ['node -r ts-node/register --test', 'ts-node/register'],
    ['uvu -r esm test', 'esm'],
    ['node --test tests/esm', undefined],
  ])('in %s is %s', (test, found) => {
    expect(transpiler(testCommands({ scripts: { test } }).flat())?.word).toBe(found)
  })
})

describe('the runner', () => {
  const dev = (...names: string[]) => ({
    devDependencies: Object.fromEntries(names.map((name) => [name, '1'])),
  })
  it.each<[string, object, string[], boolean, string | undefined]>([
    ['what npm test starts', { scripts: { test: 'jest' }, ...dev('vitest', 'jest') }, [], false, 'jest'],
    [
      'through another script',
      { scripts: { test: 'npm run t', t: 'node --test' }, ...dev('jest') },
      [],
      false,
      'node',
    ],
    ['a path to it', { scripts: { test: 'node node_modules/jest/bin/jest.js' } }, [], false, 'jest'],
    ['what is installed', { scripts: { test: 'tools test' }, ...dev('jest', 'vitest') }, [], true, 'vitest'],
    ['a configuration', {}, ['jest.config.mjs'], false, 'jest'],
    ['a field of package.json', { jest: {} }, [], false, 'jest'],
    ['imports of node:test', { scripts: { test: 'tsx --test-only' } }, [], true, 'node'],
    ['a program that is no known runner', { scripts: { test: 'build && karma start' } }, [], false, 'script'],
    ['nothing but a linter', { scripts: { test: 'eslint .' } }, [], false, undefined],
    ['nothing', {}, [], false, undefined],
  ])('is told by %s', (_by, manifest, tracked, usesNodeTest, runner) => {
    expect(runnersOf(manifest, tracked, usesNodeTest)[0]).toBe(runner)
  })

  it.each<[object, string[]]>([
    [{ scripts: { test: 'mocha' } }, ['mocha', 'script']],
    [{ scripts: { test: 'tools test' }, ...dev('vitest') }, ['vitest', 'script']],
    [{ scripts: { test: 'tools test' } }, ['script']],
    [dev('vitest'), ['vitest']],
    [{}, []],
  ])('of %j is tried as %j', (manifest, runners) => {
    expect(runnersOf(manifest, [], false)).toEqual(runners)
  })

  it.each<[object, string[], string]>([
    [{ packageManager: 'pnpm@9.1.0' }, ['package-lock.json'], 'pnpm'],
    [{ packageManager: 'bun@1.0.0' }, ['yarn.lock'], 'yarn'],
    [{}, ['package-lock.json', 'yarn.lock'], 'npm'],
    [{}, ['pnpm-lock.yaml'], 'pnpm'],
    [{}, [], 'npm'],
  ])('is installed as %j with %j says', (manifest, tracked, packageManager) => {
    expect(packageManagerOf(manifest, tracked)).toBe(packageManager)
  })
})

describe('source modules', () => {
  it.each<[string, string[], string[]]>([
    ['below src', ['src/a.ts', 'src/b/c.mjs', 'index.js', 'lib/d.js'], ['src/a.ts', 'src/b/c.mjs']],
    ['below lib without src', ['index.js', 'lib/d.js'], ['lib/d.js']],
    [
      'anywhere without both',
      ['index.js', 'classes/range.js', 'bin/run.js'],
      ['classes/range.js', 'index.js'],
    ],
    [
      'no declarations, tests, stories, benches',
      ['src/a.d.ts', 'src/a.test.ts', 'src/a.stories.ts', 'src/a.bench.ts'],
      [],
    ],
    [
      'no configuration or build output',
      ['vitest.config.ts', 'rollup.config.mjs', '.eslintrc.cjs', 'dist/a.js', 'a.min.js'],
      [],
    ],
    [
      'no examples, scripts, fixtures',
      ['examples/a.ts', 'scripts/b.js', 'src/__fixtures__/c.ts', 'src/__mocks__/d.ts'],
      [],
    ],
    ['no markup', ['src/a.tsx', 'src/b.vue', 'src/c.css'], []],
    ['no compiled twin', ['src/a.ts', 'src/a.js', 'src/b.js'], ['src/a.ts', 'src/b.js']],
  ])('are %s', (_which, tracked, modules) => {
    expect(sourceModules(tracked)).toEqual(modules)
  })

  it.each([
    ['test/a.js', true],
    ['src/a.spec.ts', true],
    ['src/__tests__/a.ts', true],
    ['test.js', true],
    ['src/contest.ts', false],
    ['test/fixtures/a.js', false],
    ['test/helpers/a.js', false],
    ['test/data.json', false],
  ])('%s: a test is %s', (path, is) => {
    expect(isTestFile(path)).toBe(is)
  })
})

describe('new test files', () => {
  it.each<[string[], string[], string]>([
    [['test/a.test.ts', 'test/b/c.test.ts'], ['src/a.ts'], 'test/{name}.canopy.test.ts'],
    [['src/a.spec.js', 'src/b.spec.js', 'src/c.test.js'], ['src/a.js'], 'src/{name}.canopy.spec.js'],
    [['src/x/__tests__/a.test.ts'], ['src/a.ts'], 'src/x/__tests__/{name}.canopy.test.ts'],
    [['test/a.js'], ['index.js'], 'test/{name}.canopy.test.js'],
    [['a_test.mjs'], ['a.mjs'], '{name}.canopy_test.mjs'],
  ])('beside %j for %j are first thought of as %s', (tracked, modules, pattern) => {
    expect(candidatePatterns(tracked, modules)[0]).toBe(pattern)
  })
})

describe('capped text', () => {
  const kept = (bytes: number, ...chunks: string[]) => {
    const text = new CappedText(bytes)
    for (const chunk of chunks) text.push(Buffer.from(chunk))
    return text.text()
  }
  it.each([
    ['all of it', kept(10, 'abc', 'def'), 'abcdef'],
    ['all of it when it just fits', kept(6, 'abcdef'), 'abcdef'],
    ['both ends', kept(6, 'abcdefgh'), 'abc\n[... 2 bytes left out ...]\nfgh'],
    ['both ends of many', kept(4, ...'abcdefghijkl'), 'ab\n[... 8 bytes left out ...]\nkl'],
    ['nothing', kept(4), ''],
  ])('keeps %s', (_what, text, expected) => {
    expect(text).toBe(expected)
  })
})
