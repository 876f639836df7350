// The user's repository before and after: nothing differs but the milestone's branch, and nobody's hook has run.

import { createHash } from 'node:crypto'
import { chmodSync, lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join, relative } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { git, NODE_TEST, nodeTestOf, Playground, surveyed, taskFor, write } from './repositories.ts'

let playground: Playground
beforeEach(() => {
  playground = new Playground()
})
afterEach(() => playground.dispose())

/** Every file below a folder with its mode, time and content; objects are only ever added. */
function everything(folder: string): Map<string, string> {
  const found = new Map<string, string>()
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    const name = relative(folder, path)
    // Behind the link to the packages, others are at work.
    if (entry.isDirectory() || /^(\.git\/objects|node_modules)\//.test(name)) continue
    const { mode, mtimeMs } = lstatSync(path)
    const content = entry.isSymbolicLink() ? readlinkSync(path) : readFileSync(path)
    found.set(name, `${mode} ${mtimeMs} ${createHash('sha256').update(content).digest('hex')}`)
  }
  return found
}

/** A repository with all that can be in the way: hooks, signing, odd settings, a stash, staged and other changes. */
function inhabited(): string {
  const repository = playground.repository({ ...NODE_TEST, 'data.bin': 'binary' })
  const marker = join(playground.root, 'somebody-ran-a-program-of-the-repository')
  const program = `#!/bin/sh\necho "$0 $@" >> ${marker}\n`
  const hooks = [
    'pre-commit',
    'post-commit',
    'post-checkout',
    'reference-transaction',
    'post-index-change',
    'pre-push',
    'post-rewrite',
  ]
  write(repository, Object.fromEntries(hooks.map((name) => [`.husky/${name}`, program])))
  write(repository, Object.fromEntries(hooks.map((name) => [`.git/hooks/${name}`, program])))
  write(repository, { '.git/monitor': program, '.git/signer': program, '.git/filter': `${program}cat\n` })
  for (const name of hooks)
    for (const folder of ['.husky', '.git/hooks']) chmodSync(join(repository, folder, name), 0o755)
  for (const name of ['monitor', 'signer', 'filter']) chmodSync(join(repository, '.git', name), 0o755)
  git(repository, 'add', '.husky')
  git(repository, 'commit', '--quiet', '--no-verify', '--message', 'hooks')
  write(repository, { 'README.md': 'stashed\n' })
  git(repository, 'stash', '--quiet')
  git(repository, 'branch', 'feature')
  git(repository, 'tag', 'v1')
  write(repository, { 'README.md': 'staged\n' })
  git(repository, 'add', 'README.md')
  write(repository, { 'README.md': 'and changed again\n', 'untracked.txt': 'x' })
  write(repository, { '.git/info/attributes': '*.bin filter=odd\n' })
  const settings: Record<string, string> = {
    'core.hooksPath': '.husky',
    'core.fsmonitor': join(repository, '.git/monitor'),
    'gpg.program': join(repository, '.git/signer'),
    'commit.gpgSign': 'true',
    'filter.odd.smudge': join(repository, '.git/filter'),
    'filter.odd.clean': join(repository, '.git/filter'),
    'fetch.prune': 'true',
    'fetch.writeCommitGraph': 'true',
    'gc.auto': '1',
    'maintenance.auto': 'true',
    'core.autocrlf': 'true',
    'core.worktree': repository,
  }
  for (const [name, value] of Object.entries(settings)) git(repository, 'config', name, value)
  playgroundMarker = marker
  return repository
}

let playgroundMarker = ''

function programsRun(): string {
  try {
    return readFileSync(playgroundMarker, 'utf8')
  } catch {
    return ''
  }
}

it('is as it was, but for one branch', async () => {
  const repository = inhabited()
  const leftBySetUp = programsRun()
  const before = everything(repository)
  const workspace = await playground.open(repository)
  const survey = await surveyed(workspace)
  await workspace.openMilestone({ milestone: 'm', survey })
  const of = { milestone: 'm', task: 't' }
  await workspace.prepareWorktree({ ...of, survey, commit: survey.head })
  const files = [
    { path: 'test/color.canopy.test.ts', source: nodeTestOf(`it('a', () => void color('red'))`) },
  ]
  const submission = await workspace.submit({ ...of, files, cases: 1, message: 'test(color): more' })
  const order = { survey, milestone: 'm', task: taskFor(survey, 'src/color.ts', 't'), submission, key: 'k' }
  expect(await workspace.integrate(order)).toMatchObject({ kind: 'merged' })
  await workspace.publish({ milestone: 'm' })
  await workspace.cleanUp()
  const after = everything(repository)
  expect(after.delete('.git/refs/heads/canopy/m')).toBe(true)
  after.delete('.git/logs/refs/heads/canopy/m')
  expect([...after]).toEqual([...before])
  expect(programsRun()).toBe(leftBySetUp)
  expect(git(repository, 'worktree', 'list').trim().split('\n')).toHaveLength(1)
  expect(readdirSync(join(playground.root, 'data'))).not.toContain('worktrees')
  expect(readdirSync(join(playground.root, 'data'))).not.toContain('scratch')
})

it('is as it was when it is refused', async () => {
  const repository = inhabited()
  write(repository, { 'src/sign.ts': 'export const sign = 1\n' })
  const before = everything(repository)
  const ran = programsRun()
  expect(await (await playground.open(repository)).survey()).toMatchObject({ code: 'uncommitted_changes' })
  expect([...everything(repository)]).toEqual([...before])
  expect(programsRun()).toBe(ran)
})

it('is not seen by what runs in a worktree, and our clone neither', async () => {
  const repository = playground.repository(NODE_TEST)
  const workspace = await playground.open(repository)
  const survey = await surveyed(workspace)
  const of = { milestone: 'm', task: 't', survey }
  const { path } = await workspace.prepareWorktree({ ...of, commit: survey.head })
  const script = `ls ${repository}/src ${playground.root}/data/repository.git/refs; git --git-dir=${repository}/.git log; git rev-parse HEAD; echo x > node_modules/here; ls -d node_modules/vitest/package.json; touch node_modules/vitest/x`
  const ending = await workspace.run({ ...of, argv: ['/bin/sh', '-c', script], timeoutMs: 5000 })
  expect(ending).toMatchObject({
    kind: 'exited',
    stdout: `${survey.head}\nnode_modules/vitest/package.json\n`,
  })
  expect(ending.kind === 'exited' && ending.stderr).toMatch(
    /not a git repository[\s\S]*Read-only file system/,
  )
  expect(readFileSync(join(path, 'node_modules/here'), 'utf8')).toBe('x\n')
})
