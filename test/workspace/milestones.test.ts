// The branches of milestones in a real repository: where they start, their names beside the user's branches, and what
// reaches the repository.

import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fetchHead } from '../../workspace/clone.ts'
import { fitOnto } from '../../workspace/fit.ts'
import { milestoneRef, type Workspace, writeCommit } from '../../workspace/index.ts'
import { commitAll, git, Playground, write } from './repositories.ts'

let playground: Playground
let repository: string
let workspace: Workspace
let survey: { head: string }
beforeEach(async () => {
  playground = new Playground()
  repository = playground.repository({ 'README.md': '# One\n', 'a.txt': 'a\n' })
  workspace = await playground.openAlone(repository)
  survey = { head: await fetchHead(workspace.parts) }
})
afterEach(() => playground.dispose())

const branches = (): string[] =>
  git(repository, 'for-each-ref', '--format=%(refname:short)', 'refs/heads').split('\n').filter(Boolean)
const commitOf = (ref: string): string => git(repository, 'rev-parse', ref).trim()

/** Puts a commit with these files on the milestone's branch, as a merge does. */
async function merge(milestone: string, files: Readonly<Record<string, string>>): Promise<string> {
  const { tip } = await workspace.milestone({ milestone })
  return commitOnto(milestoneRef(milestone), tip, files)
}

function commitOnto(ref: string, parent: string, files: Readonly<Record<string, string>>): Promise<string> {
  const contents = Object.entries(files).map(([path, text]) => ({
    path,
    mode: '100644',
    blob: Buffer.from(text),
  }))
  return writeCommit(workspace.parts.clone, { ref, parent, contents, message: 'merged' })
}

describe('opening a milestone', () => {
  it('starts at the surveyed commit and gives the same branch when it is repeated', async () => {
    const opened = await workspace.openMilestone({ milestone: 'm', survey })
    expect(opened).toEqual({ milestone: 'm', start: survey.head, branch: 'canopy/m', tip: survey.head })
    await merge('m', { 'b.txt': 'b\n' })
    const again = await workspace.openMilestone({ milestone: 'm', survey: { head: '0'.repeat(40) } })
    expect(again).toEqual(await workspace.milestone({ milestone: 'm' }))
    expect(again.start).toBe(survey.head)
    expect(again.tip).not.toBe(survey.head)
  })

  it('starts at the tip of another milestone when its branch is named', async () => {
    await workspace.openMilestone({ milestone: 'first', survey })
    const tip = await merge('first', { 'b.txt': 'b\n' })
    const second = await workspace.openMilestone({ milestone: 'second', survey, from: 'canopy/first' })
    expect(second.start).toBe(tip)
  })

  it('starts at a named commit', async () => {
    const commit = await commitOnto('refs/canopy/other', survey.head, { 'b.txt': 'b\n' })
    expect(await workspace.openMilestone({ milestone: 'm', survey, from: commit })).toMatchObject({
      start: commit,
    })
  })

  it('refuses a start that is neither, and records nothing', async () => {
    const order = { milestone: 'm', survey, from: 'canopy/nobody' }
    await expect(workspace.openMilestone(order)).rejects.toMatchObject({ code: 'no_start' })
    await expect(workspace.milestone({ milestone: 'm' })).rejects.toMatchObject({ code: 'no_milestone' })
  })

  it('is repeated after a crash between the branch and its record', async () => {
    await workspace.openMilestone({ milestone: 'm', survey })
    const { milestones } = workspace.parts.places
    const [record = ''] = readdirSync(milestones)
    write(milestones, { [record]: '{ "milestone": "m", "sta' })
    await expect(workspace.milestone({ milestone: 'm' })).rejects.toMatchObject({ code: 'no_milestone' })
    expect(await workspace.openMilestone({ milestone: 'm', survey })).toMatchObject({ tip: survey.head })
  })
})

describe('the name of a branch in the repository', () => {
  it.each([
    ['no other branch', [], 'canopy/m'],
    ["the user's branch canopy/m", ['canopy/m'], 'canopy/m-2'],
    ['two of the first names taken', ['canopy/m', 'canopy/m-2'], 'canopy/m-3'],
    ["the user's branch canopy", ['canopy'], 'canopy-m'],
    ["the user's branch below the name", ['canopy/m/x'], 'canopy/m-2'],
  ])('with %s', async (_, taken, expected) => {
    write(repository, { 'own.txt': "the user's\n" })
    commitAll(repository, 'own')
    for (const name of taken) git(repository, 'branch', name)
    expect(await workspace.openMilestone({ milestone: 'm', survey })).toMatchObject({ branch: expected })
  })

  it('changes when the user takes the name before the branch is published, and stays theirs', async () => {
    await workspace.openMilestone({ milestone: 'm', survey })
    const tip = await merge('m', { 'b.txt': 'b\n' })
    write(repository, { 'own.txt': "the user's\n" })
    commitAll(repository, 'own')
    git(repository, 'branch', 'canopy/m')
    const own = commitOf('canopy/m')
    expect(await workspace.publish({ milestone: 'm' })).toEqual({
      kind: 'published',
      branch: 'canopy/m-2',
      commit: tip,
    })
    expect(await workspace.milestone({ milestone: 'm' })).toMatchObject({ branch: 'canopy/m-2' })
    expect(commitOf('canopy/m')).toBe(own)
  })
})

describe('publishing a milestone', () => {
  it('makes no branch while nothing is merged', async () => {
    await workspace.openMilestone({ milestone: 'm', survey })
    expect(await workspace.publish({ milestone: 'm' })).toEqual({ kind: 'nothing_yet', branch: 'canopy/m' })
    expect(branches()).toEqual(['main'])
  })

  it('moves the branch on with each merge, and changes nothing when it is repeated', async () => {
    await workspace.openMilestone({ milestone: 'm', survey })
    for (const name of ['b.txt', 'c.txt']) {
      const commit = await merge('m', { [name]: 'new\n' })
      for (let time = 0; time < 2; time += 1)
        expect(await workspace.publish({ milestone: 'm' })).toEqual({
          kind: 'published',
          branch: 'canopy/m',
          commit,
        })
      expect(commitOf('canopy/m')).toBe(commit)
    }
    expect(commitOf('main')).toBe(survey.head)
    expect(existsSync(join(repository, 'b.txt'))).toBe(false)
  })
})

describe('the start of a round', () => {
  it('is the tip at the first request, whatever is merged afterwards', async () => {
    await workspace.openMilestone({ milestone: 'm', survey })
    expect(await workspace.roundStart({ milestone: 'm', round: 1 })).toBe(survey.head)
    const tip = await merge('m', { 'b.txt': 'b\n' })
    expect(await workspace.roundStart({ milestone: 'm', round: 1 })).toBe(survey.head)
    expect(await workspace.roundStart({ milestone: 'm', round: 2 })).toBe(tip)
  })

  it('is refused for a milestone that was not opened', async () => {
    await expect(workspace.roundStart({ milestone: 'm', round: 1 })).rejects.toMatchObject({
      code: 'no_milestone',
    })
  })
})

describe('fitting a submission onto other commits', () => {
  const fit = async (top: Readonly<Record<string, string>>, own: Readonly<Record<string, string>>) => {
    const above = await commitOnto('refs/canopy/top', survey.head, top)
    return fitOnto(workspace.parts, above, await commitOnto('refs/canopy/own', survey.head, own))
  }

  it('keeps only its own changes when the files differ', async () => {
    const fitted = await fit({ 'a.txt': 'other\n' }, { 'b.txt': 'b\n' })
    expect(fitted).toMatchObject({ kind: 'fits', changes: [{ path: 'b.txt', status: 'A' }] })
  })

  it('has nothing left when the others made the same change', async () => {
    expect(await fit({ 'a.txt': 'same\n' }, { 'a.txt': 'same\n' })).toEqual({ kind: 'fits', changes: [] })
  })

  it('names the files that both changed', async () => {
    const both = await fit({ 'a.txt': 'x\n', 'README.md': 'x\n' }, { 'a.txt': 'y\n', 'README.md': 'y\n' })
    expect(both.kind === 'conflict' && [...both.paths].sort()).toEqual(['README.md', 'a.txt'])
  })
})

describe('a name in an order', () => {
  const head = '0'.repeat(40)
  it.each<[string, () => Promise<unknown>]>([
    ['a milestone that climbs', () => workspace.milestone({ milestone: '../m' })],
    ['an option as a milestone', () => workspace.openMilestone({ milestone: '--force', survey })],
    ['an option as a start', () => workspace.openMilestone({ milestone: 'm', survey, from: '--all' })],
    ['a start that climbs', () => workspace.openMilestone({ milestone: 'm', survey, from: 'a/../b' })],
    ['a task with a slash', () => workspace.releaseWorktree({ milestone: 'm', task: 'a/b' })],
    ['an empty task', () => workspace.collect({ milestone: 'm', task: '', message: 'm' })],
    ['a branch as a commit', () => workspace.measure({ survey: { head }, commit: 'main' })],
    ['a short commit', () => workspace.measure({ survey: { head }, commit: 'abc1234' })],
    ['a survey of no commit', () => workspace.measure({ survey: { head: 'HEAD' }, commit: head })],
    [
      'an option as a carried commit',
      () =>
        workspace.prepareWorktree({ milestone: 'm', task: 't', survey: { head }, commit: head, carry: '-x' }),
    ],
  ])('is refused: %s', async (_, ask) => {
    await expect(ask()).rejects.toMatchObject({ code: 'bad_name' })
  })
})
