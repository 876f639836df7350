// Files of the checkout that git ignores and the user brings: which ones, into each worktree, and never into a commit.

import { readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { CommandSettings } from '../../machines/index.ts'
import { readBroughtFiles } from '../../workspace/bring/brought-files.ts'
import type { WorkspaceParts } from '../../workspace/index.ts'
import type { SurveyOutcome } from '../../workspace/survey/survey.ts'
import type { JudgingWorkspace } from './judging.ts'
import { commitAll, type Files, Playground, surveyed, write } from './repositories.ts'

const CHECK = `set -e
cat gen/version.txt
grep -q '^1$' gen/version.txt
`
const SHOP: Files = { '.gitignore': 'gen/\n.env*\n*.pem\n', 'check.sh': CHECK, 'src/a.py': 'A = 1\n' }
const GENERATED: Files = { 'gen/version.txt': '1\n' }

let playground: Playground
beforeEach(() => {
  playground = new Playground()
})
afterEach(() => {
  playground.dispose()
})

function repository(ignored: Files = GENERATED, files: Files = SHOP): string {
  const path = playground.repository(files)
  write(path, ignored)
  return path
}

function opened(path: string, commands: CommandSettings): Promise<JudgingWorkspace> {
  return playground.open(path, { commands: { tests: { run: 'sh check.sh' }, ...commands } })
}

async function outcomeOf(path: string, ...bring: string[]): Promise<SurveyOutcome> {
  return (await opened(path, { bring })).survey()
}

describe('a file that git ignores', () => {
  it('is in the worktree of the tests when the user brings it, and missing otherwise', async () => {
    const path = repository()
    expect(await outcomeOf(path, 'gen/version.txt')).toMatchObject({ kind: 'ready' })
    const without = await (await opened(path, {})).survey()
    expect(without).toMatchObject({
      kind: 'refused',
      code: 'failing_tests',
      message: expect.stringContaining('Files that git ignores are not in it: gen/'),
    })
  })

  it('is named by a refusal with the option and the line that bring it', async () => {
    const named = { ...SHOP, '.gitignore': '_version.py\n.env.test\n' }
    const check = 'echo "No module named shop._version"; echo "no .env.test here"; exit 1\n'
    const ignored = { 'src/_version.py': 'V = 1\n', '.env.test': 'A=1\n' }
    const { message } = (await outcomeOf(
      repository({ ...ignored, ...GENERATED }, { ...named, 'check.sh': check }),
      'gen/version.txt',
    )) as { message: string }
    const bring = '--bring gen/version.txt --bring .env.test --bring src/_version.py'
    expect(message).toContain(`To copy them into each worktree: ${bring}, or`)
    expect(message).toContain('commands: { bring: ["gen/version.txt", ".env.test", "src/_version.py"] }')
    expect(message).toContain('.env.test may hold secrets: tests and agents can then read it.')
  })

  it('is measured again when its content changes', async () => {
    const path = repository()
    expect(await outcomeOf(path, 'gen/')).toMatchObject({ kind: 'ready' })
    write(path, { 'gen/version.txt': '2\n' })
    expect(await outcomeOf(path, 'gen/')).toMatchObject({ kind: 'refused', code: 'failing_tests' })
  })
})

describe('the entries of the setting', () => {
  const place = new Playground()
  const said: string[] = []
  const tracked = ['.gitignore', 'check.sh', 'src/a.py']
  let parts: WorkspaceParts
  const read = (...bring: string[]) => readBroughtFiles({ ...parts, commands: { bring } }, tracked)

  beforeAll(async () => {
    const path = place.repository(SHOP)
    const ignored = { ...GENERATED, 'gen/large.bin': 'x'.repeat(9_000_000), 'gen/[slug]/a (1).js': '' }
    write(path, { ...ignored, '.env.test': 'A=1\n', 'gen/server.pem': 'p', 'node_modules/x.js': '' })
    symlinkSync('/etc/passwd', join(path, 'gen/link'))
    symlinkSync(place.root, join(path, 'gen/out'))
    const log = (message: string) => said.push(message)
    parts = (await place.open(path, { log })).parts
  })
  afterAll(() => place.dispose())

  it.each<[string, string[], RegExp]>([
    ['missing', ['gen/none.txt'], /gen\/none\.txt is not in the checkout/],
    ['tracked', ['src/a.py'], /src\/a\.py is tracked by git/],
    ['a link', ['gen/link'], /gen\/link is a link to \/etc\/passwd/],
    ['below a link', ['gen/out/x.txt'], /cannot be read: .*link/],
    ['a folder', ['gen'], /gen is a folder: write gen\/ for the files in it/],
    ['an installed package', ['node_modules/x.js'], /is in a folder of packages/],
    ['matched by nothing', ['gen/*.js'], /gen\/\*\.js matches no file/],
    ['a secret that a pattern matches', ['.env*'], /\.env\.test, which may hold secrets: name it by/],
    ['too large', ['gen/large.bin'], /gen\/large\.bin has 9000000 bytes, more than/],
  ])('refuse a file that is %s', async (_, bring, reason) => {
    await expect(read(...bring)).rejects.toMatchObject({
      code: 'cannot_bring',
      message: expect.stringMatching(reason),
    })
  })

  it.each<[string, string[]]>([
    ['gen/*.txt', ['gen/version.txt']],
    ['g?n/**/*.txt', ['gen/version.txt']],
    ['gen/[slug]/', ['gen/[slug]/a (1).js']],
    ['gen/[slug]/a (1).js', ['gen/[slug]/a (1).js']],
  ])('name files by %s', async (entry, paths) => {
    const found = (await read(entry)).map(({ path }) => path)
    expect(found).toEqual(paths)
  })

  it('bring a file with a name of secrets by its exact path only, and the log says so', async () => {
    const found = await read('gen/*.pem', 'gen/v*').catch((error: Error) => error.message)
    expect(found).toMatch(/gen\/server\.pem, which may hold secrets/)
    expect((await read('gen/v*', 'gen/server.pem')).map(({ path }) => path)).toEqual([
      'gen/server.pem',
      'gen/version.txt',
    ])
    expect(said).toEqual(['gen/server.pem may hold secrets: tests and agents can read it in each worktree'])
  })
})

describe('the worktree of a task', () => {
  const of = { milestone: 'm', task: 't' }
  const sh = (line: string) => ({ ...of, argv: ['/bin/sh', '-c', line], timeoutMs: 10_000 })

  it('has a copy that commands cannot change, and that no commit takes', async () => {
    const workspace = await opened(repository(), { bring: ['gen/'] })
    const survey = await surveyed(workspace)
    const { path: root } = await workspace.prepareWorktree({ ...of, survey, commit: survey.head })
    const tried = await workspace.run({
      ...sh(
        'echo 2 > gen/version.txt; rm -f gen/version.txt; chmod u+w gen/version.txt; cat gen/version.txt',
      ),
      survey,
    })
    expect(tried).toMatchObject({ kind: 'exited', stdout: '1\n' })
    await workspace.run({ ...sh('rm .gitignore; echo x > new.txt; mv gen moved && mkdir gen'), survey })
    const again = await workspace.run({ ...sh('cat moved/version.txt'), survey })
    expect(again).toMatchObject({ kind: 'exited', code: 0 })
    await workspace.run({ ...sh('rmdir gen && mv moved gen'), survey })
    const { files } = await workspace.collect({ ...of, message: 'work' })
    expect(files).toEqual(['.gitignore', 'new.txt'])
    const submitting = workspace.submit({ ...of, files: ['gen/version.txt'], cases: 0, message: 'work' })
    await expect(submitting).rejects.toThrow(/gen\/version\.txt cannot be submitted: it was brought/)
    expect(readFileSync(join(root, 'gen/version.txt'), 'utf8')).toBe('1\n')
  })

  it('keeps the own content of a commit that tracks the path, also when the user brings it', async () => {
    const path = repository()
    const workspace = await opened(path, { bring: ['gen/'] })
    const survey = await surveyed(workspace)
    write(path, { '.gitignore': '', 'gen/version.txt': 'tracked\n' })
    commitAll(path, 'tracks it')
    await workspace.survey()
    const commits = (await workspace.parts.clone.git(['for-each-ref', '--format=%(objectname)'])).split('\n')
    const tracking = commits.find((commit) => commit !== '' && commit !== survey.head) as string
    const { path: root } = await workspace.prepareWorktree({ ...of, survey, commit: tracking })
    expect(readFileSync(join(root, 'gen/version.txt'), 'utf8')).toBe('tracked\n')
  })

  it('on another machine has it, too', async () => {
    const home = await opened(repository(), { bring: ['gen/'] })
    const survey = await surveyed(home)
    const away = await playground.open(join(playground.root, 'nowhere'), {
      directory: join(playground.root, 'away'),
    })
    const file = await home.exchange.packCode({ commit: survey.head, known: null })
    await away.exchange.takeCode({ commit: survey.head, file })
    const { key, roots } = await home.exchange.dependencyRoots(survey)
    const archives = await Promise.all(
      roots.map(async (root) => ({ root, file: await home.exchange.packRoot(root) })),
    )
    const order = { dependencies: survey.dependencies, key, archives }
    const moved = { ...survey, dependencies: await away.exchange.takeDependencies(order) }
    await away.exchange.takeSurvey(moved)
    const { path } = await away.prepareWorktree({ ...of, survey: moved, commit: survey.head })
    expect(readFileSync(join(path, 'gen/version.txt'), 'utf8')).toBe('1\n')
  })
})

describe('installed packages', () => {
  it('are found beside a brought file', async () => {
    const path = repository(
      { 'gen/version.js': 'export default 1\n', 'node_modules/leaf/index.js': 'module.exports = 1\n' },
      {
        '.gitignore': 'gen\nnode_modules\n',
        'package.json': JSON.stringify({ type: 'module', scripts: { test: 'node --test' } }),
        'src/a.js': "import leaf from 'leaf'\nimport v from '../gen/version.js'\nexport const a = leaf + v\n",
        'test/a.test.js': `import assert from 'node:assert/strict'
import { it } from 'node:test'
import { a } from '../src/a.js'
it('adds', () => assert.equal(a, 2))
`,
      },
    )
    const workspace = await playground.open(path, { commands: { bring: ['gen/version.js'] } })
    expect(await workspace.survey()).toMatchObject({
      kind: 'ready',
      survey: { runner: 'node', modules: ['src/a.js'], measurement: { tests: { passed: 1 } } },
    })
  })
})
