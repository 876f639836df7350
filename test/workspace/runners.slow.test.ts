// The contract of test runners, over the real package of each: names and results of tests, only some files, coverage,
// failures with their messages. The packages are no dependencies of this project: npm installs them in a temporary
// folder. Where no registry answers, the suite is skipped.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Survey } from '../../machines/index.ts'
import { runSuite, withWorktree } from '../../workspace/index.ts'
import { loadStyleOf } from '../../workspace/runners/load-style.ts'
import { runnerNamed } from '../../workspace/runners/runner-named.ts'
import type { JudgingWorkspace } from './judging.ts'
import { type Files, Playground, surveyed, write } from './repositories.ts'

const VERSIONS = {
  ...{ mocha: '12.0.3', ava: '7.0.0', uvu: '0.5.6', tape: '5.10.2', jasmine: '7.0.0', qunit: '3.0.0' },
}

/** The `node_modules` with all of them; undefined where npm cannot get them. */
function installed(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'canopy-runners-'))
  write(folder, { 'package.json': JSON.stringify({ private: true, dependencies: VERSIONS }) })
  try {
    const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', '--fetch-retries=0']
    execFileSync('npm', ['install', ...options], { cwd: folder, stdio: 'pipe', timeout: 120_000 })
    return join(folder, 'node_modules')
  } catch {
    rmSync(folder, { recursive: true, force: true })
    return undefined
  }
}

const SOURCE = `exports.sign = (n) => (n > 0 ? 'plus' : n < 0 ? 'minus' : 'zero')
exports.half = (n) => n / 2
`

interface Subject {
  readonly runner: keyof typeof VERSIONS
  readonly script: string
  /** The folder and the ending of tests. */
  readonly place: readonly [folder: string, ending: string]
  /** A file with one test that compares `sign(value)`, and one that is skipped. */
  test(name: string, value: number): string
  readonly more?: Files
}

const LOAD = "const { sign } = require('../src/sign.js')\n"

const SUBJECTS: readonly Subject[] = [
  {
    runner: 'mocha',
    script: 'eslint . && c8 --reporter lcov mocha --reporter dot',
    place: ['test', '.test.js'],
    test: (name, value) =>
      `${LOAD}describe('sign', () => { it('${name}', () => require('assert').equal(sign(${value}), 'plus')); it.skip('later', () => {}) })\n`,
    more: { '.mocharc.json': JSON.stringify({ spec: ['test/**/*.test.js'] }) },
  },
  {
    runner: 'ava',
    script: 'xo && ava --verbose',
    place: ['test', '.test.js'],
    test: (name, value) =>
      `${LOAD}const test = require('ava')\ntest('${name}', (t) => t.is(sign(${value}), 'plus'))\ntest.skip('later', (t) => t.pass())\n`,
  },
  {
    runner: 'uvu',
    script: 'uvu test -i fixtures',
    place: ['test', '.test.js'],
    test: (name, value) =>
      `${LOAD}const { suite } = require('uvu')\nconst test = suite('sign')\ntest('${name}', () => require('uvu/assert').is(sign(${value}), 'plus'))\ntest.skip('later', () => {})\ntest.run()\n`,
  },
  {
    runner: 'tape',
    script: "tape 'test/**/*.js' | tap-spec",
    place: ['test', '.test.js'],
    test: (name, value) =>
      `${LOAD}const test = require('tape')\ntest('${name}', (t) => { t.ok(true); t.equal(sign(${value}), 'plus'); t.end() })\ntest.skip('later', (t) => t.end())\n`,
  },
  {
    runner: 'jasmine',
    script: 'jasmine --color',
    place: ['spec', '.spec.js'],
    test: (name, value) =>
      `${LOAD}describe('${name} sign', () => { it('${name}', () => expect(sign(${value})).toBe('plus')); xit('later', () => {}) })\n`,
    more: { 'spec/support/jasmine.json': JSON.stringify({ spec_dir: 'spec', spec_files: ['**/*.spec.js'] }) },
  },
  {
    runner: 'qunit',
    script: 'qunit test',
    place: ['test', '.test.js'],
    test: (name, value) =>
      `${LOAD}QUnit.module('sign')\nQUnit.test('${name}', (assert) => assert.equal(sign(${value}), 'plus'))\nQUnit.skip('later', () => {})\n`,
  },
]

const packages = installed()
afterAll(() => packages && rmSync(join(packages, '..'), { recursive: true, force: true }))

describe.skipIf(packages === undefined).each(SUBJECTS)(
  '$runner (skipped where npm reaches no registry)',
  ({ runner, script, place: [folder, ending], test, more = {} }) => {
    const playground = new Playground()
    const pathOf = (name: string) => `${folder}/${name}${ending}`
    let workspace: JudgingWorkspace
    let survey: Survey

    beforeAll(async () => {
      const repository = playground.repository({
        'package.json': JSON.stringify({ name: 'sample', scripts: { test: script } }),
        '.gitignore': 'node_modules\n',
        'src/sign.js': SOURCE,
        [pathOf('one')]: test('knows one', 1),
        [pathOf('two')]: test('knows two', 2),
        ...more,
      })
      workspace = await playground.open(repository, packages === undefined ? {} : { packages })
      survey = await surveyed(workspace)
    })
    afterAll(() => playground.dispose())

    it('is surveyed, with its tests counted and its coverage measured', () => {
      expect(survey).toMatchObject({
        runner,
        testPattern: `${folder}/{name}.canopy${ending}`,
        modules: ['src/sign.js'],
        measurement: {
          tests: { passed: 2, failed: 0, skipped: 2 },
          branches: { covered: 1, total: 4 },
          statements: { covered: 3, total: 4 },
        },
      })
    })

    it('runs only named files, also one in its frame, and names their tests and failures', async () => {
      const [wrong, two, framed] = [pathOf('wrong'), pathOf('two'), pathOf('framed')]
      const frame = runnerNamed(runner).frame?.(loadStyleOf(framed, {}))
      const cases = `it('holds', () => equal(1, 1))
it('compares', () => equal('one', 'two'))
it('throws', () => { throw new Error('thrown') })
`
      const files = {
        [wrong]: test('is wrong', -1),
        [framed]: `${frame?.head}${cases}${frame?.foot ?? ''}`,
      }
      const { modules: _, commit, ...of } = { ...survey, commit: survey.head }
      const { parts } = workspace
      const outcome = await withWorktree(parts, { ...of, commit, name: 'some' }, ({ path: root }) => {
        write(root, files)
        const asked = { files: [wrong, two, framed], seed: 3, testLimitMs: 20_000, timeoutMs: 120_000 }
        return runSuite(parts.sandbox, parts.places, { ...of, ...asked, root })
      })
      if (outcome.kind === 'broken') throw new Error(outcome.reason)
      const { tests, failures, success, passed, failed } = outcome.report
      expect({ success, passed, failed }).toEqual({ success: false, passed: 2, failed: 3 })
      const named = tests.flatMap(({ file, name, status }) =>
        status === 'skipped' ? [] : [`${file} ${/(?:knows |is )?\w+$/.exec(name)?.[0]} ${status}`],
      )
      expect(named.sort()).toEqual([
        `${framed} compares failed`,
        `${framed} holds passed`,
        `${framed} throws failed`,
        `${two} knows two passed`,
        `${wrong} is wrong failed`,
      ])
      expect(failures.find(({ file }) => file === wrong)?.message).toContain('minus')
    })
  },
)
