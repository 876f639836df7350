// A workspace away gets what it needs from the home server, each thing once, and sends back what it made.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { asking } from '../../../app/nodes/asking.ts'
import { awayWorkspace } from '../../../app/nodes/away-workspace.ts'
import { openBoxes } from '../../../app/nodes/boxes.ts'
import { type HomeServer, openHomeServer } from '../../../app/nodes/home-server.ts'
import { nodeMember, presenceHere } from '../../../app/nodes/presence.ts'
import type { Assignment, Survey } from '../../../machines/index.ts'
import { type MemoryObjects, openMemoryControl, openMemoryObjects } from '../../../transport/index.ts'
import { agentTask } from '../../machines/samples.ts'
import { type JudgingWorkspace, judging } from '../../workspace/judging.ts'
import { NODE_TEST, nodeTestOf, Playground, surveyed, taskFor, write } from '../../workspace/repositories.ts'

let playground: Playground
let home: JudgingWorkspace
let away: JudgingWorkspace
let survey: Survey
let homeServer: HomeServer
let objects: MemoryObjects
let openNode: (name: string) => Promise<JudgingWorkspace>
const put: string[] = []
const MEMBER = 'node-box'
/** What the pool has given to the node. */
let inHand: Assignment[]

function given(task: string, more: Partial<Assignment> = {}): Assignment {
  const line = { milestone: 'm', branch: 'canopy/m', base: survey.head }
  const order = { task: agentTask(task), attempt: 1, failures: [], replyTo: `task:${task}`, priority: 1 }
  return { ...order, site: survey, line, ...more }
}

beforeEach(async () => {
  playground = new Playground()
  put.length = 0
  const repository = playground.repository(NODE_TEST)
  write(repository, { 'node_modules/leaf/index.js': '' })
  home = await playground.open(repository)
  survey = await surveyed(home)
  await home.openMilestone({ milestone: 'm', survey })
  const kept = openMemoryObjects()
  objects = {
    ...kept,
    put(name, bytes) {
      put.push(name)
      return kept.put(name, bytes)
    },
  }
  homeServer = openHomeServer({
    workspace: home,
    boxes: openBoxes(() => objects),
    renewMail: async () => '',
    pool: 'system.pool',
    seed: 1,
    build: 'b',
  })
  const control = openMemoryControl(nodeMember('box'))
  const presence = presenceHere({ workers: 1, busy: 0, since: 0, build: 'b' })
  const look = async () => [{ ...presence, name: 'box', epoch: 1, seen: 0 }]
  await control.serve(homeServer.verbs({ registry: { look }, inHand: () => inHand }))
  const ask = asking(control, new AbortController().signal)
  const nowhere = join(playground.root, 'nowhere')
  openNode = async (name) => {
    const own = await playground.open(nowhere, { directory: join(playground.root, name) })
    return judging(awayWorkspace({ workspace: own, objects, member: MEMBER, ask }))
  }
  away = await openNode('away')
  inHand = ['t1', 't2', 't3'].map((task) => given(task))
})
afterEach(() => {
  playground.dispose()
})

it('carries tasks away and their commits home', async () => {
  const commit = await away.roundStart({ milestone: 'm', round: 1 })
  expect(commit).toBe(survey.head)
  const tasks = ['t1', 't2']
  const worktrees = await Promise.all(
    tasks.map((task) => away.prepareWorktree({ milestone: 'm', task, survey, commit })),
  )
  for (const { path } of worktrees) expect(existsSync(join(path, 'node_modules/leaf/index.js'))).toBe(true)
  await away.prepareWorktree({ milestone: 'm', task: 't3', survey, commit })
  expect(put.toSorted()).toEqual([
    `code/${commit}/whole`,
    expect.stringMatching(/^dependencies\/[0-9a-f]{64}\/0$/),
    `survey/${commit}`,
  ])
  expect(await away.taken({ survey, commit, module: 'src/sign.ts' })).toEqual(
    await home.taken({ survey, commit, module: 'src/sign.ts' }),
  )

  const source = nodeTestOf("it('knows red', () => assert.equal(color('red'), 1))")
  const files = [{ path: 'test/color.canopy.test.ts', source }]
  const submission = await away.submit({ milestone: 'm', task: 't1', files, cases: 1, message: 'a test' })
  expect(submission.bundle).toBe(`${MEMBER}/work/${submission.commit}`)
  expect(await home.exchange.hasCommit(submission.commit)).toBe(false)
  await homeServer.fetchWork({ milestone: 'm', task: 't1', submission })
  const task = taskFor(survey, 'src/color.ts', 't1')
  const outcome = await home.integrate({ survey, milestone: 'm', task, submission, key: 'k' })
  expect(outcome).toMatchObject({ kind: 'merged' })
  await homeServer.dropWork(submission)
  expect(await objects.has(`work/${submission.commit}`)).toBe(false)
  // Asked again after a crash, it is there.
  await homeServer.fetchWork({ milestone: 'm', task: 't1', submission })
})

describe("an agent's work", () => {
  /** Writes a file in the task's worktree and hands it in; home has it afterwards. */
  async function handedIn(task: string, path: string): Promise<string> {
    const { tip } = await away.milestone({ milestone: 'm' })
    const of = { milestone: 'm', task, survey }
    await away.prepareWorktree({ ...of, commit: tip })
    await away.toolbox(of).use({ name: 'write', input: { path, content: `${task}\n` } })
    const submission = await away.collect({ ...of, message: `${task}\n` })
    expect(submission).toMatchObject({ bundle: `${MEMBER}/work/${submission.commit}`, files: [path] })
    await homeServer.fetchWork({ milestone: 'm', task, submission })
    await homeServer.dropWork(submission)
    return submission.commit
  }

  it('travels home, and to the next attempt on another node, onto what was merged meanwhile', async () => {
    const carry = await handedIn('t1', 'mine.md')
    const commit = await handedIn('t2', 'theirs.md')
    // As if it was merged: the next attempt starts from there.
    inHand.push(given('t1', { carry }), given('t4', { site: { ...survey, head: commit } }))
    const other = await openNode('other')
    const of = { milestone: 'm', task: 't1', survey }
    await other.milestone({ milestone: 'm' })
    const { path } = await other.prepareWorktree({ ...of, commit, carry })
    for (const file of ['mine.md', 'theirs.md']) expect(existsSync(join(path, file))).toBe(true)
    // What others have handed in is told from what it carries.
    const { content } = await other.toolbox(of).use({ name: 'diff', input: {} })
    expect(content).toContain('theirs.md')
    expect(content).not.toContain('mine.md')
    expect(await other.collect({ ...of, message: 'again\n' })).toMatchObject({ files: ['mine.md'] })
  })

  it('is left behind where it does not fit any more', async () => {
    const carry = await handedIn('t1', 'same.md')
    const commit = await handedIn('t2', 'same.md')
    // As if it was merged: the next attempt starts from there.
    inHand.push(given('t1', { carry }), given('t4', { site: { ...survey, head: commit } }))
    const of = { milestone: 'm', task: 't1', survey }
    await away.prepareWorktree({ ...of, commit, carry })
    await expect(away.collect({ ...of, message: 'again\n' })).rejects.toMatchObject({
      code: 'nothing_changed',
    })
  })
})

it('what was damaged on the way is worth another try', async () => {
  const order = { milestone: 'm', task: 't1', survey, commit: survey.head }
  await home.roundStart({ milestone: 'm', round: 1 })
  const file = await home.exchange.packCode({ commit: survey.head, known: null })
  const name = `code/${survey.head}/whole`
  await objects.put(name, [Buffer.from(file)])
  objects.damage(name)
  await expect(away.prepareWorktree(order)).rejects.toMatchObject({ retryable: true })
  await objects.delete(name)
  expect(existsSync((await away.prepareWorktree(order)).path)).toBe(true)
})

it('a commit that was never surveyed is refused, not fetched for ever', async () => {
  const order = { milestone: 'm', task: 't1', survey: { head: '0'.repeat(40) }, commit: survey.head }
  await expect(away.prepareWorktree(order)).rejects.toMatchObject({ code: 'not_yours' })
})
