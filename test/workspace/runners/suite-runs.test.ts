// The runs that a test script comes down to: its parts, and those of packages to which it delegates.

import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { delegationOf } from '../../../workspace/runners/delegated.ts'
import {
  filesByRun,
  plannedRuns,
  runOf,
  runsIn,
  type SuiteRun,
} from '../../../workspace/runners/suite-runs.ts'
import { write } from '../repositories.ts'

const PACKAGES = { 'packages/a': '@x/a', 'packages/b': 'b', 'tools/c': 'c' }

/** The script, and the packages of which it is run. */
function delegated(command: string): string | undefined {
  const found = delegationOf(command.split(' '))
  if (found === undefined) return undefined
  const chosen = Object.entries(PACKAGES).filter(([folder, name]) => found.selects(folder, name))
  return `${found.script}: ${chosen.map(([, name]) => name).join(' ')}`
}

describe('a delegation', () => {
  it.each([
    ...[
      'npm test -ws',
      'npm test --workspaces',
      'npm run test --workspaces --if-present',
      'npm -ws run test',
    ],
    ...['pnpm -r test', 'pnpm --recursive run test', 'pnpm -r --stream --workspace-concurrency 1 test'],
    ...[
      'yarn workspaces foreach run test',
      'yarn workspaces foreach -Apt run test',
      'yarn workspaces run test',
    ],
    ...['yarn workspaces foreach --all --jobs 2 test'],
    ...['lerna run test', 'lerna run --stream --concurrency 1 test', 'lerna-lite run test --no-bail'],
    ...[
      'turbo run test',
      'turbo test',
      'turbo run lint test --concurrency=1',
      'turbo run test --cache-dir x',
    ],
    ...[
      'nx run-many -t test',
      'nx run-many --target=test --all',
      'nx run-many --targets=lint,test --parallel 3',
    ],
    ...['node_modules/.bin/lerna run test -- --x'],
  ])('of %j is to all packages', (command) => {
    expect(delegated(command)).toBe('test: @x/a b c')
  })

  it.each([
    ['npm test -w b', 'test: b'],
    ['npm run unit --workspace=packages/a --workspace b', 'unit: @x/a b'],
    ['npm t -w ./packages/a/', 'test: @x/a'],
    ['pnpm --filter @x/* test', 'test: @x/a'],
    ['pnpm -F {packages/*} run unit', 'unit: @x/a b'],
    ['pnpm -r --filter c test:unit', 'test:unit: c'],
    ['pnpm -r --filter !b test', 'test: @x/a c'],
    ['yarn workspace b test', 'test: b'],
    ['yarn workspace b run unit', 'unit: b'],
    ['yarn workspaces foreach -A --include b --exclude c run test', 'test: b'],
    ['lerna run test --scope @x/a --ignore c', 'test: @x/a'],
    ['turbo run test:unit --filter=./packages/*', 'test:unit: @x/a b'],
    ['nx run-many -t test -p b,c --exclude c', 'test: b'],
  ])('of %j is to %s', (command, found) => {
    expect(delegated(command)).toBe(found)
  })

  it.each([
    ...[
      'npm test',
      'npm ci -ws',
      'npm test --workspaces=false',
      'npm',
      'pnpm test',
      'pnpm -r build-all now-x y',
    ],
    ...['pnpm --filter ...[origin/main] test', 'pnpm --filter a... test', 'turbo run test --affected'],
    ...[
      'turbo run build',
      'lerna run test --since main',
      'lerna bootstrap',
      'nx test a',
      'nx run-many -t build',
    ],
    ...['yarn test', 'yarn workspaces foreach --since run test', 'yarn workspaces list', 'mocha -w', ''],
  ])('is not %j', (command) => {
    expect(delegated(command)).toBeUndefined()
  })
})

const manifests = (scripts: Readonly<Record<string, Readonly<Record<string, string>>>>) =>
  new Map(
    Object.entries(scripts).map(([folder, texts]) => [
      folder,
      { name: folder.split('/').at(-1) ?? '', scripts: texts },
    ]),
  )
const told = ({ folder, runner, part, setup }: SuiteRun) => ({
  at: `${folder || '.'} ${runner}`,
  words: part?.words.map(({ value }) => value).join(' '),
  ...(setup.length > 0 && { setup }),
})

describe('the runs of a script', () => {
  const packages = manifests({
    'packages/a': { test: 'vitest run', pretest: 'tsc -p .' },
    'packages/b': { test: 'mocha x && node --test y' },
    'packages/c': { build: 'tsc' },
    'packages/d': { test: 'lab -v' },
  })

  it('are those of each package that has it', () => {
    const runs = plannedRuns({ scripts: { test: 'tsc -b && npm test -ws --if-present' } }, packages)
    expect(runs.map(told)).toEqual([
      { at: 'packages/a vitest', words: 'run', setup: ['tsc -p .'] },
      { at: 'packages/b mocha', words: 'x' },
      { at: 'packages/b node', words: '--test y' },
      { at: 'packages/d script', words: 'lab -v' },
    ])
  })

  it('are those of the top folder, too, with the variables of the command that delegates', () => {
    const scripts = { test: 'jest && A=1 pnpm -r --filter b test' }
    const runs = plannedRuns({ scripts }, packages)
    expect(runs.map(told).map(({ at }) => at)).toEqual(['. jest', 'packages/b mocha', 'packages/b node'])
    expect(runs.map(({ part }) => part?.env)).toEqual([{}, { A: '1' }, { A: '1' }])
  })

  it.each([
    ['it has no packages', 'npm test -ws', new Map()],
    ['no package has the script', 'npm run test:e2e -ws', packages],
    ['it does not delegate', 'lab', packages],
  ])('are one, of the command as it is, where %s', (_where, test, among) => {
    expect(plannedRuns({ scripts: { test } }, among).map(told)).toEqual([{ at: '. script', words: test }])
  })
})

describe('the runs in a worktree', () => {
  let root: string
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'canopy-suite-runs-'))
  })
  afterEach(() => rmSync(root, { recursive: true }))

  const manifest = (name: string, test: string) => JSON.stringify({ name, scripts: { test } })
  const delegating = JSON.stringify({ workspaces: ['packages/*'], scripts: { test: 'npm test -ws' } })

  it('are those of its packages', async () => {
    write(root, {
      'package.json': delegating,
      'packages/a/package.json': manifest('a', 'vitest run'),
      'packages/b/package.json': manifest('b', 'node --test'),
      'packages/broken/package.json': '[',
      'packages/a/node_modules/x/package.json': manifest('x', 'mocha'),
      'other/package.json': manifest('other', 'mocha'),
      'outside/package.json': manifest('linked', 'mocha'),
    })
    symlinkSync(join(root, 'outside'), join(root, 'packages/linked'))
    const runs = await runsIn(root, 'vitest')
    expect(runs.map(told).map(({ at }) => at)).toEqual(['packages/a vitest', 'packages/b node'])
  })

  it.each<[Parameters<typeof runsIn>[1], string]>([
    ['script', 'the command as it is'],
    ['command', "the user's command"],
    ['jest', 'a runner that the script does not name'],
  ])('are one for %s: %s', async (runner) => {
    write(root, { 'package.json': manifest('a', 'tools test') })
    expect(await runsIn(root, runner)).toEqual([{ runner, folder: '', setup: [] }])
  })

  it('are several for a script with several runners', async () => {
    write(root, { 'package.json': manifest('a', 'vitest run && node --test e2e && lab') })
    expect((await runsIn(root, 'vitest')).map(told)).toEqual([
      { at: '. vitest', words: 'run' },
      { at: '. node', words: '--test e2e' },
      { at: '. script', words: 'lab' },
    ])
  })
})

describe('a file', () => {
  const packages = manifests({ 'packages/a': { test: 'mocha' }, 'packages/a/inner': { test: 'tape t' } })
  const test = "vitest run src && node --test 'e2e/*.js' other && lab && npm test -ws"
  const runs = plannedRuns({ scripts: { test } }, packages)
  const ownerOf = (file: string) => {
    const run = runOf(runs, file)
    return run && told(run).at
  }

  it.each([
    ['src/x.test.js', '. vitest'],
    ['e2e/x.js', '. node'],
    ['other/y.js', '. node'],
    ['elsewhere/z.js', '. vitest'],
    ['packages/a/test/x.js', 'packages/a mocha'],
    ['packages/ab/x.js', '. vitest'],
    ['packages/a/inner/x.js', 'packages/a/inner tape'],
  ])('%s belongs to the run %s', (file, owner) => {
    expect(ownerOf(file)).toBe(owner)
  })

  it('of no run is not run', () => {
    const only = runs.filter(({ folder }) => folder !== '')
    expect([...filesByRun(only, ['x.js', 'packages/a/x.js', 'packages/a/y.js']).values()]).toEqual([
      ['packages/a/x.js', 'packages/a/y.js'],
    ])
  })

  it('belongs to a program that is no known runner only where there is no other', () => {
    const [script] = plannedRuns({ scripts: { test: 'lab' } }, new Map())
    expect(script && runOf([script], 'x.js')).toBe(script)
  })
})
