// Work is done when it has landed: a branch that cannot take commits keeps them in the repository, and the next start
// brings them in.

import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { git, NODE_TEST, nodeTestOf, Playground, surveyed, taskFor } from './repositories.ts'

let playground: Playground
beforeEach(() => {
  playground = new Playground()
})
afterEach(() => playground.dispose())

const commitOf = (repository: string, ref: string): string => git(repository, 'rev-parse', ref).trim()
const refs = (repository: string): string[] =>
  git(repository, 'for-each-ref', '--format=%(refname)', 'refs/canopy').split('\n').filter(Boolean)

/** A repository with the branch canopy/m, which is checked out, and a merged commit that is not in it yet. */
async function inMidRun() {
  const repository = playground.repository(NODE_TEST)
  const workspace = await playground.open(repository)
  const survey = await surveyed(workspace)
  await workspace.openMilestone({ milestone: 'm', survey })
  const merge = async (task: string, body: string) => {
    const { tip } = await workspace.milestone({ milestone: 'm' })
    await workspace.prepareWorktree({ milestone: 'm', task, survey, commit: tip })
    const files = [{ path: `test/${task}.canopy.test.ts`, source: nodeTestOf(body) }]
    const submission = await workspace.submit({
      milestone: 'm',
      task,
      files,
      cases: 1,
      message: task,
    })
    const order = {
      survey,
      milestone: 'm',
      task: taskFor(survey, 'src/color.ts', task),
      submission,
      key: task,
    }
    expect(await workspace.integrate(order)).toMatchObject({ kind: 'merged' })
  }
  await merge('one', `it('a', () => assert.equal(color('red'), 1))`)
  await workspace.publish({ milestone: 'm' })
  git(repository, 'checkout', '--quiet', 'canopy/m')
  const first = commitOf(repository, 'canopy/m')
  await merge('two', `it('b', () => assert.equal(color('green'), 2))`)
  return { repository, workspace, first }
}

describe('a branch that is checked out while the run goes on', () => {
  it('stays as it is; the commits are kept beside it, with the way to them', async () => {
    const { repository, workspace, first } = await inMidRun()
    const published = await workspace.publish({ milestone: 'm' })
    const { tip } = await workspace.milestone({ milestone: 'm' })
    const ref = 'refs/canopy/canopy/m'
    expect(published).toMatchObject({ kind: 'held_back', branch: 'canopy/m', commit: tip, ref })
    expect(published).toMatchObject({
      reason: expect.stringContaining(`into ${repository}: it is checked out.`),
    })
    expect([commitOf(repository, 'canopy/m'), commitOf(repository, ref)]).toEqual([first, tip])
    git(repository, 'merge', '--quiet', '--ff-only', ref)
    expect(commitOf(repository, 'canopy/m')).toBe(tip)
    expect(await workspace.deliverHeldBack()).toEqual([])
    expect(refs(repository)).toEqual([])
  })

  it.each([
    ['loose', () => {}],
    ['packed', (repository: string) => git(repository, 'pack-refs', '--all')],
  ])(
    'gets the commits by the next start when it is not checked out any more (%s refs)',
    async (_how, pack) => {
      const { repository, workspace } = await inMidRun()
      await workspace.publish({ milestone: 'm' })
      const { tip } = await workspace.milestone({ milestone: 'm' })
      pack(repository)
      expect(await workspace.deliverHeldBack()).toMatchObject([{ branch: 'canopy/m', kind: 'held_back' }])
      git(repository, 'checkout', '--quiet', 'main')
      expect(await workspace.deliverHeldBack()).toMatchObject([{ branch: 'canopy/m', kind: 'delivered' }])
      expect(commitOf(repository, 'canopy/m')).toBe(tip)
      expect(refs(repository)).toEqual([])
    },
  )

  it('names the other checkout that has it', async () => {
    const { repository, workspace } = await inMidRun()
    git(repository, 'checkout', '--quiet', 'main')
    const other = join(playground.root, 'other')
    git(repository, 'worktree', 'add', '--quiet', other, 'canopy/m')
    const published = await workspace.publish({ milestone: 'm' })
    expect(published).toMatchObject({ reason: expect.stringContaining(`it is checked out in ${other}.`) })
  })

  it('gets them by the next publication of the same run, too', async () => {
    const { repository, workspace } = await inMidRun()
    await workspace.publish({ milestone: 'm' })
    git(repository, 'checkout', '--quiet', 'main')
    const { tip } = await workspace.milestone({ milestone: 'm' })
    const published = await workspace.publish({ milestone: 'm' })
    expect(published).toEqual({ kind: 'published', branch: 'canopy/m', commit: tip })
    expect(commitOf(repository, 'canopy/m')).toBe(tip)
    expect(refs(repository)).toEqual([])
  })

  it('keeps them beside a branch that the user built on; nothing of theirs is moved', async () => {
    const { repository, workspace } = await inMidRun()
    await workspace.publish({ milestone: 'm' })
    git(repository, 'commit', '--quiet', '--allow-empty', '--message', 'mine')
    git(repository, 'checkout', '--quiet', 'main')
    const mine = commitOf(repository, 'canopy/m')
    const [late] = await workspace.deliverHeldBack()
    expect(late).toMatchObject({ branch: 'canopy/m', kind: 'held_back' })
    expect(late?.sentence).toContain(`git -C ${repository} merge refs/canopy/canopy/m`)
    expect(commitOf(repository, 'canopy/m')).toBe(mine)
    expect(refs(repository)).toEqual(['refs/canopy/canopy/m'])
  })
})

it('does nothing where there is no repository', async () => {
  const workspace = await playground.open(playground.root)
  expect(await workspace.deliverHeldBack()).toEqual([])
})
