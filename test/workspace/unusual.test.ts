// Repositories that are not what one first thinks of, from the survey to the branch.

import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import {
  commitAll,
  git,
  NODE_TEST,
  nodeTestOf,
  Playground,
  surveyed,
  taskFor,
  write,
} from './repositories.ts'

let playground: Playground
beforeEach(() => {
  playground = new Playground()
})
afterEach(() => playground.dispose())

async function goThrough(repository: string): Promise<void> {
  const workspace = await playground.open(repository)
  const survey = await surveyed(workspace)
  const of = { milestone: 'm', task: 't' }
  await workspace.openMilestone({ ...of, survey })
  await workspace.prepareWorktree({ ...of, survey, commit: survey.head })
  const files = [
    { path: 'test/color.canopy.test.ts', source: nodeTestOf(`it('a', () => void color('red'))`) },
  ]
  const submission = await workspace.submit({ ...of, files, cases: 1, message: 'test(color): more' })
  const order = { survey, milestone: 'm', task: taskFor(survey, 'src/color.ts', 't'), submission, key: 'k' }
  expect(await workspace.integrate(order)).toMatchObject({ kind: 'merged' })
  expect(await workspace.publish(of)).toMatchObject({ kind: 'published', branch: 'canopy/m' })
  expect(git(repository, 'log', '-1', '--format=%s', 'canopy/m')).toBe('test(color): cover 1 more branch\n')
}

it('a shallow clone stays shallow', async () => {
  const whole = playground.repository(NODE_TEST, { name: 'whole' })
  commitAll(whole, 'second')
  const shallow = join(playground.root, 'shallow')
  git(playground.root, 'clone', '--quiet', '--depth=1', `file://${whole}`, shallow)
  await goThrough(shallow)
  expect(git(shallow, 'rev-parse', '--is-shallow-repository').trim()).toBe('true')
})

it('a worktree of another checkout, with a detached HEAD', async () => {
  const first = playground.repository(NODE_TEST, { name: 'first' })
  const linked = join(playground.root, 'linked')
  git(first, 'worktree', 'add', '--quiet', '--detach', linked)
  await goThrough(linked)
})

it('names with spaces, brackets and letters from elsewhere, and a submodule', async () => {
  const source = 'export const half = (n: number) => (n > 1 ? 1 : 2)\n'
  const files = { ...NODE_TEST, 'src/[id].ts': source, 'src/ü b.ts': source }
  const repository = playground.repository(files, { name: 'with space' })
  const other = playground.repository({ file: 'text' }, { name: 'other' })
  git(repository, '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', other, 'vendor/other')
  commitAll(repository, 'submodule')
  await goThrough(repository)
})

it('objects named by SHA-256', async () => {
  const repository = join(playground.root, 'sha256')
  git(playground.root, 'init', '--quiet', '--object-format=sha256', repository)
  git(repository, 'config', 'user.name', 'Somebody')
  git(repository, 'config', 'user.email', 'somebody@example.org')
  write(repository, NODE_TEST)
  commitAll(repository, 'first')
  await goThrough(repository)
})
