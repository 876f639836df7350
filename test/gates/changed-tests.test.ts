// What of a change belongs to tests, what existing tests rely on, and which tests are missing from a run.

import { describe, expect, it } from 'vitest'
import { filesThatRan, isAmongTests, isForTests, isOfTests, testFilesIn } from '../../gates/changed-tests.ts'
import { missingFrom } from '../../gates/split/missing-tests.ts'
import { startedFiles } from '../../gates/started-files.ts'
import { isListed, supportFindings } from '../../gates/test-support.ts'
import { testedModules } from '../../gates/tested-modules.ts'
import type { FileChange } from '../../machines/index.ts'
import type { Change, TestResult } from '../../workspace/index.ts'
import { type Files, git, Playground } from '../workspace/repositories.ts'

describe('a path', () => {
  it.each<[string, boolean, boolean, boolean]>([
    ['src/a.ts', false, false, false],
    ['src/testing.ts', false, false, false],
    ['src/contest/a.ts', false, false, false],
    ['src/a.test.ts', false, true, true],
    ['test/helper.ts', false, true, true],
    ['packages/x/__tests__/data.json', false, true, true],
    ['src/__mocks__/fs.js', true, true, true],
    ['src/__snapshots__/a.snap', true, false, true],
    ['fixtures/big.json', true, false, true],
    ['vitest.config.ts', false, false, true],
    ['tests/test_a.py', false, true, true],
  ])('%s is for tests: %s, among them: %s, of them: %s', (path, isFor, isAmong, isOf) => {
    expect([isForTests(path), isAmongTests(path), isOfTests(path)]).toEqual([isFor, isAmong, isOf])
  })

  it.each<[string, string, boolean]>([
    ['test/a.js', 'test/a.js', true],
    ['test/', 'test/deep/a.js', true],
    ['test', 'test/a.js', false],
    ['test/', 'tests/a.js', false],
    ['test/a.js', 'test/a.js.bak', false],
  ])('in the list %s: %s is %s', (listed, path, expected) => {
    expect(isListed(['other.js', listed], path)).toBe(expected)
  })
})

describe('the test files of a change', () => {
  const changes = [
    { path: 'test/a.test.js', status: 'M' },
    { path: 'test/gone.test.js', status: 'D' },
    { path: 'src/helper.js', status: 'A' },
    { path: 'tests/test_a.py', status: 'A' },
  ] as Change[]
  const filesUnder = (runner: string) => testFilesIn({ changes, survey: { runner } as never })

  it('are those that the runner can run, and not deleted', () => {
    expect(filesUnder('vitest')).toEqual(['test/a.test.js'])
    expect(filesUnder('command')).toEqual(['test/a.test.js', 'tests/test_a.py'])
  })

  it('are those that ran; without names, those with the name of a test', () => {
    const tests: TestResult[] = [{ file: 'src/helper.js', name: 'a', status: 'passed' }]
    const paths = changes.map(({ path }) => path)
    expect(filesThatRan(tests, paths)).toEqual(['src/helper.js'])
    expect(filesThatRan([], paths)).toEqual(['test/a.test.js', 'test/gone.test.js'])
  })
})

describe('a change to what existing tests rely on', () => {
  const found = (change: FileChange, more: { replace?: string[]; ran?: string[] } = {}) =>
    supportFindings([change], {
      replace: more.replace ?? [],
      ran: new Set(more.ran ?? ['test/a.test.js']),
      approve: (path) => `approve ${path}`,
    })

  it.each<[string, FileChange, RegExp]>([
    [
      'a helper',
      { path: 'test/helper.js', before: 'a', after: 'b' },
      /^test\/helper\.js: .* it is changed\./,
    ],
    ['data', { path: 'test/data.json', before: '1', after: undefined } as never, /it is deleted\./],
    ['a snapshot', { path: 'src/__snapshots__/a.snap', before: 'a', after: 'b' }, /rely on it/],
    ['a setting of tests', { path: 'vitest.config.ts', before: 'a', after: 'b' }, /rely on it/],
    [
      'a new import of a file among tests',
      { path: 'test/a.test.js', before: '', after: "import './fresh.js'" },
      /^test\/a\.test\.js: an existing test file begins to import test\/fresh\.js\./,
    ],
  ])('is told with its way out: %s', (_, change, expected) => {
    const [finding = '', ...others] = found(change)
    expect(others).toEqual([])
    expect(finding).toMatch(expected)
    expect(finding).toMatch(new RegExp(`approve ${change.path}$`))
  })

  it.each<[string, FileChange, { replace?: string[] }?]>([
    ['a new helper', { path: 'test/fresh.js', after: 'a' } as FileChange],
    ['source', { path: 'src/a.js', before: 'a', after: 'b' }],
    ['a test that ran', { path: 'test/a.test.js', before: 'a', after: 'b' }],
    ['an import of source', { path: 'test/a.test.js', before: '', after: "import '../src/a.js'" }],
    [
      'an import that it had',
      { path: 'test/a.test.js', before: 'import "./h.js"', after: "//\nimport './h.js'" },
    ],
    ['a listed folder', { path: 'test/data/a.json', before: '1', after: '2' }, { replace: ['test/data/'] }],
  ])('is none: %s', (_, change, more = {}) => {
    expect(found(change, more)).toEqual([])
  })
})

describe('tests that are missing from a run', () => {
  const ran = (...names: string[]): TestResult[] =>
    names.map((name) => {
      const [file = '', title = '', status = 'passed'] = name.split(' ')
      return { file, name: title, status: status as TestResult['status'] }
    })
  const missing = (before: string[], after: string[]) =>
    missingFrom(ran(...before), ran(...after)).map(({ file, name }) => `${file} ${name}`)

  it.each<[string, string[], string[], string[]]>([
    ['none', ['f a', 'f b'], ['f b', 'f a'], []],
    ['one that failed', ['f a', 'f b'], ['f a', 'f b failed'], ['f b']],
    ['one that is skipped', ['f a', 'f b'], ['f a', 'f b skipped'], ['f b']],
    ['one of two with the same name', ['f a', 'f a'], ['f a'], ['f a']],
    ['a whole file', ['f a', 'g b'], ['f a'], ['g b']],
    ['none when only names changed', ['f 1', 'f 2'], ['f 3', 'f 4'], []],
    ['those with other names beside a failure', ['f 1', 'f 2'], ['f 3', 'f 4', 'f 5 failed'], ['f 1', 'f 2']],
    ['one with another name among fewer tests', ['f 1', 'f 2'], ['f 1'], ['f 2']],
  ])('%s', (_, before, after, expected) => {
    expect(missing(before, after)).toEqual(expected)
  })
})

describe('the modules that a test file names', () => {
  it.each<[string, string[]]>([
    ["import '../src/a.ts'", ['src/a.ts']],
    ["import '../src/a.js'", ['src/a.ts']],
    ["import '../src/deep'", ['src/deep/index.ts']],
    ["import 'src/a.ts'", []],
    ["import './a.ts'", []],
    ["vi.mock('../src/a')\nimport '../src/b.ts'", ['src/a.ts', 'src/b.ts']],
  ])('%s: %j', (text, expected) => {
    const modules = ['src/a.ts', 'src/b.ts', 'src/deep/index.ts']
    expect(testedModules('test/a.test.ts', text, modules)).toEqual(expected)
  })
})

describe('a file that a file which runs by itself starts', () => {
  const startedBy = async (files: Files, path: string): Promise<string | undefined> => {
    const playground = new Playground()
    try {
      const repository = playground.repository({ 'build.js': '', 'tools/x.js': '', ...files })
      const clone = { git: async (args: readonly string[]) => gitOrNothing(repository, args) }
      const head = git(repository, 'rev-parse', 'HEAD').trim()
      return (await startedFiles(clone as never, head, [path])).get(path)
    } finally {
      playground.dispose()
    }
  }
  const manifest = (scripts: Record<string, string>): Files => ({
    'package.json': JSON.stringify({ scripts }, null, 1),
  })

  it.each<[string, Files, string, string | undefined]>([
    ['an install script', manifest({ postinstall: 'node build.js' }), 'build.js', 'package.json'],
    [
      'a script that an install script calls',
      manifest({ prepare: 'npm run gen', gen: 'node ./build' }),
      'build.js',
      'package.json',
    ],
    ['a script that is run by hand', manifest({ build: 'node build.js' }), 'build.js', undefined],
    ['a longer name', manifest({ prepare: 'node build.json rebuild.js' }), 'build.js', undefined],
    ['a hook', { '.husky/pre-commit': 'node tools/x.js\n' }, 'tools/x.js', '.husky/pre-commit'],
    [
      'a package in a folder, by its own path',
      { 'tools/package.json': '{"scripts":{"install":"node x"}}' },
      'tools/x.js',
      'tools/package.json',
    ],
    ['a setting of CI', { '.github/workflows/ci.yml': 'run: node build.js\n' }, 'build.js', undefined],
    ['a list of files to ignore', { '.gitignore': 'build.js\n' }, 'build.js', undefined],
    ['a manifest that is no JSON', { 'package.json': '{ "install": "node build.js"' }, 'build.js', undefined],
  ])('by %s', async (_, files, path, expected) => {
    expect(await startedBy(files, path)).toBe(expected)
  })
})

/** As the clone answers when nothing is found. */
function gitOrNothing(repository: string, args: readonly string[]): string {
  try {
    return git(repository, ...args)
  } catch (error) {
    if ((error as { status?: number }).status === 1) return ''
    throw error
  }
}
