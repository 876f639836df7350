// Killed at any moment and called again with the same arguments, the workspace gives what it would have given.

import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import type { Survey } from '../../machines/index.ts'
import { eventually } from '../eventually.ts'
import { findBwrap } from './find-bwrap.ts'
import type { IntegrateOrder, Integration, JudgingWorkspace } from './judging.ts'
import { git, NODE_TEST, nodeTestOf, Playground, surveyed, taskFor } from './repositories.ts'

const room = join(import.meta.dirname, '../../workspace/index.ts')
const playground = new Playground()
const data = join(playground.root, 'data')
let repository: string
let workspace: JudgingWorkspace
let survey: Survey
let number = 0

beforeAll(async () => {
  repository = playground.repository(NODE_TEST)
  workspace = await playground.open(repository)
  survey = await surveyed(workspace)
})
afterAll(() => playground.dispose())

/** Carries out a call of the workspace in a process of its own. */
function start(call: string) {
  const file = join(playground.root, 'call.ts')
  writeFileSync(
    file,
    `import { bubblewrap } from '${room}'
     import { openJudging } from '${join(import.meta.dirname, 'judging.ts')}'
     const sandbox = bubblewrap({ path: '${findBwrap()}' })
     const workspace = await openJudging({ repository: '${repository}', directory: '${data}', sandbox })
     await ${call}`,
  )
  const child = spawn(process.execPath, [file], { stdio: 'ignore' })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  return {
    kill: () => child.kill('SIGKILL'),
    ended,
    running: () => child.exitCode === null && child.signalCode === null,
  }
}

/** A milestone of its own with one submission. */
async function submitted(): Promise<Omit<IntegrateOrder, 'survey'> & { survey: Survey }> {
  const milestone = `m${++number}`
  await workspace.openMilestone({ milestone, survey })
  const of = { milestone, task: 'task' }
  await workspace.prepareWorktree({ ...of, survey, commit: survey.head })
  const files = [
    { path: 'test/color.canopy.test.ts', source: nodeTestOf(`it('a', () => void color('red'))`) },
  ]
  const submission = await workspace.submit({ ...of, files, cases: 1, message: 'test(color): more' })
  return {
    survey,
    milestone,
    task: taskFor(survey, 'src/color.ts', 'task'),
    submission,
    key: `key ${milestone}`,
  }
}

/** Processes in a sandbox over our worktrees. */
function sandboxed(): string[] {
  return readdirSync('/proc').filter(
    (pid) => /^\d+$/.test(pid) && commandLine(pid).includes(`${data}/worktrees/`),
  )
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}

let undisturbed: Integration
beforeAll(async () => {
  undisturbed = await workspace.integrate(await submitted())
})

const clone = join(data, 'repository.git')
const ref = (milestone: string) => {
  try {
    return readFileSync(join(clone, 'refs/heads/canopy', milestone), 'utf8').trim()
  } catch {
    return ''
  }
}

const moments: [string, (milestone: string) => boolean][] = [
  ['the checkout begins', () => existsSync(join(data, 'worktrees/integration'))],
  ['the packages are linked', () => existsSync(join(data, 'worktrees/integration/node_modules/vitest'))],
  ['the tests run', () => sandboxed().length > 0],
  ['the second checkout is there', () => existsSync(join(data, 'worktrees/integration-again/package.json'))],
  ['the branch has moved in the clone', (milestone) => ref(milestone) !== survey.head],
  ['the branch is there', (milestone) => git(repository, 'branch', '--list', `canopy/${milestone}`) !== ''],
]

it.each(moments)('merges once although it was killed when %s', async (_when, happened) => {
  const order = await submitted()
  const child = start(`workspace.integrate(${JSON.stringify(order)})`)
  await eventually(() => happened(order.milestone) || !child.running(), { within: 60_000 })
  child.kill()
  await child.ended
  await eventually(() => sandboxed().length === 0, { what: 'the end of all sandboxes' })
  expect(await workspace.integrate(order)).toEqual(undisturbed)
  const subjects = git(repository, 'log', '--format=%s', `main..canopy/${order.milestone}`).trim().split('\n')
  expect(subjects).toEqual(['test(color): cover 1 more branch'])
  expect(existsSync(join(data, 'worktrees/integration'))).toBe(false)
})

afterEach(() => expect(sandboxed()).toEqual([]))

it('surveys the same although it was killed, also while the clone was made', async () => {
  const other = new Playground()
  const directory = join(other.root, 'data')
  const again = other.repository(NODE_TEST)
  for (const part of ['repository.git', 'worktrees/survey-types', 'measurements']) {
    const call = `(await openJudging({ repository: '${again}', directory: '${directory}', sandbox })).survey()`
    const child = start(call)
    await eventually(() => existsSync(join(directory, part)) || !child.running(), { within: 60_000 })
    child.kill()
    await child.ended
  }
  const survey = await surveyed(await other.open(again))
  expect(survey.measurement.branches).toEqual({ covered: 1, total: 9 })
  other.dispose()
})

it('prepares a worktree again over what was left of it', async () => {
  const order = { milestone: 'm1', task: 'again', survey, commit: survey.head }
  const { path } = await workspace.prepareWorktree(order)
  writeFileSync(join(path, 'left-behind'), 'x')
  // A checkout that was killed has neither an index nor all it needs to be known by.
  const known = join(clone, 'worktrees/half-made')
  await import('node:fs/promises').then(({ mkdir }) => mkdir(known))
  expect(await workspace.prepareWorktree(order)).toEqual({ path, commit: survey.head })
  expect(existsSync(join(path, 'left-behind'))).toBe(false)
  expect(existsSync(known)).toBe(false)
  await workspace.releaseWorktree(order)
  await workspace.releaseWorktree(order)
  expect(existsSync(path)).toBe(false)
})

it('ends all it started when it is told to stop', async () => {
  const order = await submitted()
  const controller = new AbortController()
  const integration = workspace.integrate({ ...order, signal: controller.signal })
  const stopped = expect(integration).rejects.toMatchObject({ name: 'AbortError' })
  await eventually(() => sandboxed().length > 0, { within: 60_000 })
  controller.abort()
  await stopped
  expect(sandboxed()).toEqual([])
  expect(await workspace.integrate(order)).toEqual(undisturbed)
})
