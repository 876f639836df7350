// What is found out about a repository, and why one is refused.

import { rmSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { bubblewrap } from '../../workspace/sandbox/bubblewrap.ts'
import type { Sandbox } from '../../workspace/sandbox/sandbox.ts'
import { findBwrap } from './find-bwrap.ts'
import {
  commitAll,
  type Files,
  git,
  NODE_TEST,
  Playground,
  surveyed,
  TSCONFIG,
  VITEST,
  write,
} from './repositories.ts'

let playground: Playground
beforeEach(() => {
  playground = new Playground()
})
afterEach(() => playground.dispose())

const without = (files: Files, ...names: string[]) =>
  Object.fromEntries(Object.entries(files).filter(([name]) => !names.includes(name)))

describe('a vitest package', () => {
  it('is surveyed and measured, and surveyed again for nothing', async () => {
    const repository = playground.repository(VITEST)
    const workspace = await playground.open(repository)
    const survey = await surveyed(workspace)
    expect(survey).toMatchObject({
      repository,
      head: git(repository, 'rev-parse', 'HEAD').trim(),
      packageManager: 'npm',
      runner: 'vitest',
      modules: ['src/color.ts', 'src/sign.ts'],
      testPattern: 'test/{name}.canopy.test.ts',
      types: expect.arrayContaining(['node_modules/typescript/bin/tsc', '--noEmit', '-p', 'tsconfig.json']),
      measurement: {
        tree: git(repository, 'rev-parse', 'HEAD^{tree}').trim(),
        branches: { covered: 1, total: 9 },
        tests: { passed: 1, failed: 0, skipped: 0 },
        modules: [
          { path: 'src/color.ts', branches: { covered: 0, total: 5 } },
          { path: 'src/sign.ts', branches: { covered: 1, total: 4 } },
        ],
      },
    })
    const order = { survey, commit: survey.head, module: 'src/sign.ts' }
    expect(await workspace.taken(order)).toEqual([{ line: 2, column: 2, arm: 0 }])
    // Nothing can be run any more: what is known of the tree is enough.
    const kept = await playground.open(repository, {
      sandbox: { kind: 'bubblewrap', run: async () => ({ kind: 'could_not_start', reason: 'asked again' }) },
    })
    expect(await kept.measure({ survey, commit: survey.head })).toEqual(survey.measurement)
  })

  it('is measured whatever its own configuration leaves out or demands', async () => {
    const config = `export default { test: {
      include: ['checks/**/*.spec.ts'],
      reporters: ['verbose'],
      coverage: { enabled: true, provider: 'istanbul', exclude: ['src/**'], thresholds: { branches: 100 } },
    } }`
    const { 'test/sign.test.ts': test = '', ...rest } = VITEST
    const files = {
      ...rest,
      'vitest.config.ts': config,
      'checks/unit/sign.spec.ts': test.replace('../', '../../'),
    }
    const survey = await surveyed(await playground.open(playground.repository(files)))
    expect(survey.measurement.branches).toEqual({ covered: 1, total: 9 })
    expect(survey.testPattern).toBe('checks/{name}.canopy.spec.ts')
  })
})

describe('a package tested with node --test', () => {
  it('is surveyed and measured', async () => {
    const survey = await surveyed(await playground.open(playground.repository(NODE_TEST)))
    expect(survey).toMatchObject({
      runner: 'node',
      testPattern: 'test/{name}.canopy.test.ts',
      measurement: {
        branches: { covered: 1, total: 9 },
        tests: { passed: 1, failed: 0, skipped: 1 },
      },
    })
  })

  it('runs what an installation would run when its tests miss a file', async () => {
    const scripts = { test: 'node --test', prepare: 'husky || true; node make.mjs' }
    const made = `import { mkdirSync, writeFileSync } from 'node:fs'
mkdirSync('gen', { recursive: true })
writeFileSync('gen/table.mjs', 'export const table = [1]')
`
    const test = `import { table } from '../gen/table.mjs'
import { it } from 'node:test'
it('has a table', () => { if (table.length !== 1) throw new Error('no') })
`
    const more = { '.gitignore': 'node_modules\ngen\n', 'make.mjs': made, 'test/table.test.ts': test }
    const files = { ...NODE_TEST, ...more, ...manifest({ scripts }) }
    const survey = await surveyed(await playground.open(playground.repository(files)))
    expect(survey.setup).toEqual(['husky || true; node make.mjs'])
    expect(survey.measurement.tests).toMatchObject({ passed: 2, failed: 0 })
  })

  it('may be one of several packages, which need no source in the top folder', async () => {
    const {
      'src/sign.ts': source = '',
      'test/sign.test.ts': test = '',
      ...rest
    } = without(NODE_TEST, 'src/color.ts')
    const repository = playground.repository({
      ...{ ...rest, ...manifest({ scripts: { test: 'node --test' }, workspaces: ['packages/*'] }) },
      ...{ 'packages/a/package.json': '{"name":"a","type":"module"}', 'packages/a/src/sign.ts': source },
      'packages/a/test/sign.test.ts': test,
    })
    const survey = await surveyed(await playground.open(repository))
    expect(survey).toMatchObject({ runner: 'node', modules: ['packages/a/src/sign.ts'] })
  })

  it('may have a test that fails now and then', async () => {
    const test = `import { it } from 'node:test'
      it('depends on time', () => { if (process.env.IS_SLOW === 'yes') throw new Error('too slow') })
      it('passes', () => {})\nit('passes, too', () => {})\n`
    const repository = playground.repository({ ...NODE_TEST, 'test/time.test.ts': test })
    const real = bubblewrap({ path: findBwrap() })
    let runs = 0
    const sandbox: Sandbox = {
      ...real,
      run: (order) => {
        if (order.argv.join(' ').includes('--test-reporter=')) runs += 1
        return real.run({ ...order, env: { ...order.env, IS_SLOW: runs === 1 ? 'yes' : 'no' } })
      },
    }
    const survey = await surveyed(await playground.open(repository, { sandbox }))
    expect(survey.measurement.tests).toMatchObject({ failed: 0 })
    expect(runs).toBeGreaterThan(1)
  })

  it('keeps its tests beside its modules, and so do the new ones', async () => {
    const { 'test/sign.test.ts': test = '', ...rest } = NODE_TEST
    const files = {
      ...rest,
      ...manifest({ scripts: { test: 'npm run unit', unit: "node --test 'src/**/*.test.ts'" } }),
      'src/deep/sign.test.ts': test.replace('../src', '..'),
    }
    const survey = await surveyed(await playground.open(playground.repository(files)))
    expect(survey.testPattern).toBe('src/{name}.canopy.test.ts')
    expect(survey.modules).toEqual(['src/color.ts', 'src/sign.ts'])
  })

  it('goes without a type check when today it does not pass', async () => {
    const wrong = { ...TSCONFIG, 'src/wrong.ts': 'export const wrong: string = 1\n' }
    const survey = await surveyed(await playground.open(playground.repository({ ...NODE_TEST, ...wrong })))
    expect(survey.types).toBeUndefined()
  })

  it('goes without a type check when that does not look at tests', async () => {
    const sources = { 'tsconfig.json': (TSCONFIG['tsconfig.json'] ?? '').replace(',"test"', '') }
    const survey = await surveyed(await playground.open(playground.repository({ ...NODE_TEST, ...sources })))
    expect(sources['tsconfig.json']).toContain('"include":["src"]')
    expect(survey.types).toBeUndefined()
  })
})

const manifest = (more: object) => ({
  'package.json': JSON.stringify({ name: 'sample', type: 'module', ...more }),
})

describe('refused, with the reason and the way out', () => {
  const refusal = async (repository: string) => {
    const outcome = await (await playground.open(repository)).survey()
    if (outcome.kind !== 'refused') throw new Error('it was taken on')
    return `${outcome.code}: ${outcome.message}`
  }
  const refusalOf = (files: Files) => refusal(playground.repository(files))

  it('a folder that is no repository, or that is not there', async () => {
    expect(await refusal(playground.root)).toMatch(/^not_a_repository: .*git init/)
    expect(await refusal(join(playground.root, 'nowhere'))).toMatch(/^not_a_repository: /)
  })

  it('a folder inside a repository', async () => {
    const repository = playground.repository(VITEST)
    expect(await refusal(join(repository, 'src'))).toBe(
      `not_the_top_folder: ${repository}/src lies inside the repository ${repository}. Give that one: --repo ${repository}`,
    )
  })

  it('a repository without a commit', async () => {
    expect(await refusal(playground.repository(VITEST, { commit: false }))).toMatch(/^no_commit: /)
  })

  it('a package without any test', async () => {
    expect(await refusalOf(without(VITEST, 'test/sign.test.ts'))).toMatch(/^no_tests: .*first/)
  })

  it('a package whose only test file is empty of tests', async () => {
    const files = {
      ...VITEST,
      'test/sign.test.ts': "import { it } from 'vitest'\nit.skip('later', () => {})\n",
    }
    expect(await refusalOf(files)).toMatch(/^no_tests: vitest found no test at HEAD.*commands/)
  })

  it('a runner that no package brings', async () => {
    const files = { ...VITEST, ...manifest({ scripts: { test: 'tape test/*.js' } }) }
    expect(await refusalOf(files)).toMatch(/^no_runner: .*runs tape, and no package .*--save-dev tape/)
  })

  it('a test script that only checks the code', async () => {
    const files = { ...VITEST, ...manifest({ scripts: { test: 'eslint .' } }) }
    expect(await refusalOf(files)).toMatch(/^no_runner: .*only checks the code, with: eslint \./)
  })

  it('no package at all', async () => {
    expect(await refusalOf(without(VITEST, 'package.json'))).toMatch(/^no_package: /)
    const broken = playground.repository({ ...VITEST, 'package.json': '{' }, { name: 'broken' })
    expect(await refusal(broken)).toMatch(/^no_package: .*cannot be read/)
  })

  it('failing tests, which it names', async () => {
    const test = `import { test } from 'node:test'\ntest('adds up', () => { throw new Error('no') })\n`
    expect(await refusalOf({ ...NODE_TEST, 'test/bad.test.ts': test })).toMatch(
      /^failing_tests: .*\(1 failed, 1 passed\):\n {2}test\/bad.test.ts: adds up\n {6}no\nThe checkout .*\n- The tests ran under Node \d+/,
    )
  })

  it('a test file that cannot be loaded', async () => {
    const files = { ...NODE_TEST, 'test/bad.test.ts': `import '../src/nowhere.ts'\n` }
    expect(await refusalOf(files)).toMatch(/^failing_tests: .*\n {2}test\/bad.test.ts: /)
  })

  it('an error outside of any test', async () => {
    const test = `import { it } from 'vitest'\nit('passes', () => { setTimeout(() => { throw new Error('late') }, 0) })\nit('waits', () => new Promise((r) => setTimeout(r, 50)))\n`
    expect(await refusalOf({ ...VITEST, 'test/late.test.ts': test })).toMatch(
      /^failing_tests: .*\(0 failed, 3 passed\): an error outside of any test/,
    )
  })

  it('files that only the checkout has, named, and what else differs', async () => {
    const test = `import { readFileSync } from 'node:fs'
import { it } from 'node:test'
it('reads the settings', () => { readFileSync('.env') })
it('has its key', () => { if (!process.env.CANOPY_SAMPLE_KEY) throw new Error('no key') })
`
    const files = {
      ...NODE_TEST,
      '.gitignore': 'node_modules\n.env\nsecret.json\n',
      'test/env.test.ts': test,
    }
    const repository = playground.repository(files)
    write(repository, { '.env': 'A=1\n', 'secret.json': '{}' })
    process.env.CANOPY_SAMPLE_KEY = 'set'
    const said = await refusal(repository).finally(() => delete process.env.CANOPY_SAMPLE_KEY)
    expect(said).toMatch(/test\/env.test.ts: reads the settings\n {6}ENOENT/)
    expect(said).toContain(
      '\n- Files that git ignores are not in it: .env (named in the failure), secret.json.',
    )
    expect(said).toContain('\n- Variables of your shell are not set for them: CANOPY_SAMPLE_KEY.')
  })

  it('a missing file, also where the script that may make it fails', async () => {
    const scripts = { test: 'node --test', prepare: 'echo the script has failed && exit 3' }
    const test = "import '../src/gen.js'\n"
    const told = await refusalOf({ ...NODE_TEST, ...manifest({ scripts }), 'test/sign.test.ts': test })
    expect(told).toMatch(/^failing_tests: .*gen\.js/s)
    expect(told).not.toContain('the script has failed')
  })

  it('nothing to write tests for', async () => {
    const none = without(NODE_TEST, 'src/sign.ts', 'src/color.ts')
    const test = `import { it } from 'node:test'\nit('passes', () => {})\n`
    expect(await refusalOf({ ...none, 'test/sign.test.ts': test })).toMatch(/^nothing_to_test: /)
  })

  it('only types', async () => {
    const none = without(NODE_TEST, 'src/sign.ts', 'src/color.ts')
    const test = `import { it } from 'node:test'\nit('passes', () => {})\n`
    const files = {
      ...none,
      'test/sign.test.ts': test,
      'src/shape.ts': 'export interface Shape { sides: number }\n',
    }
    expect(await refusalOf(files)).toMatch(/^nothing_to_test: .*none of 1 modules/)
  })

  it('tests that need a transpiler, and not those that only use one', async () => {
    const through = manifest({ scripts: { test: 'node --import tsx --test' } })
    const tsx = playground.repository({ ...NODE_TEST, ...through }, { name: 'uses' })
    expect(await (await playground.open(tsx)).survey()).toMatchObject({ kind: 'ready' })
    const bare = (NODE_TEST['test/sign.test.ts'] ?? '').replace('sign.ts', 'sign.js')
    const needs = playground.repository(
      { ...NODE_TEST, ...through, 'test/sign.test.ts': bare },
      { name: 'needs' },
    )
    expect(await refusal(needs)).toMatch(/^unsupported: The tests are started through tsx, .*without it/)
  })

  it('uncommitted changes where they matter, unless told not to mind', async () => {
    const repository = playground.repository(NODE_TEST)
    write(repository, { 'README.md': 'prose', 'notes.ts': 'not tracked' })
    const workspace = await playground.open(repository)
    expect(await workspace.survey()).toMatchObject({ kind: 'ready' })
    write(repository, { 'src/sign.ts': 'export const sign = 1\n' })
    expect(await refusal(repository)).toMatch(
      /^uncommitted_changes: 1 tracked file .*: src\/sign.ts\. Commit or stash/,
    )
    git(repository, 'add', 'src/sign.ts')
    expect(await refusal(repository)).toMatch(/^uncommitted_changes: /)
    expect(await workspace.survey({ allowDirty: true })).toMatchObject({ kind: 'ready' })
    git(repository, 'reset', '--quiet', '--hard')
    unlinkSync(join(repository, 'src/color.ts'))
    expect(await refusal(repository)).toMatch(/^uncommitted_changes: /)
  })

  it('is not looked for in a later commit: a run starts where HEAD is now', async () => {
    const repository = playground.repository(NODE_TEST)
    const workspace = await playground.open(repository)
    const first = await surveyed(workspace)
    rmSync(join(repository, 'src/color.ts'))
    commitAll(repository, 'second')
    const second = await surveyed(workspace)
    expect(second.modules).toEqual(['src/sign.ts'])
    expect(second.head).not.toBe(first.head)
    expect(await workspace.measure({ survey: first, commit: first.head })).toEqual(first.measurement)
  })
})
