// Two workspaces that share nothing but files handed over: what is prepared, run and submitted away is merged at home.

import { existsSync, mkdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Survey } from '../../machines/index.ts'
import type { JudgingWorkspace } from './judging.ts'

import { git, NODE_TEST, nodeTestOf, Playground, surveyed, taskFor, write } from './repositories.ts'

let playground: Playground
let home: JudgingWorkspace
let away: JudgingWorkspace
let survey: Survey

const LEAF = {
  'node_modules/leaf/package.json': '{"name":"leaf","main":"index.js"}',
  'node_modules/leaf/index.js': '',
}

/** With packages of its own, few enough to travel. */
function repository(): string {
  const path = playground.repository(NODE_TEST)
  write(path, LEAF)
  return path
}

async function openBoth(path: string): Promise<void> {
  home = await playground.open(path)
  survey = await surveyed(home)
  await home.openMilestone({ milestone: 'm', survey })
  away = await playground.open(join(playground.root, 'nowhere'), { directory: join(playground.root, 'away') })
}

async function codeGoes(commit: string, known: string | null = null): Promise<number> {
  const file = await home.exchange.packCode({ commit, known })
  await away.exchange.takeCode({ commit, file })
  return readFileSync(file).length
}

async function dependenciesGo(): Promise<Survey> {
  const { key, roots } = await home.exchange.dependencyRoots(survey)
  const archives = await Promise.all(
    roots.map(async (root) => ({ root, file: await home.exchange.packRoot(root) })),
  )
  const order = { dependencies: survey.dependencies, key, archives }
  const moved = { ...survey, dependencies: await away.exchange.takeDependencies(order) }
  await away.exchange.takeSurvey(moved)
  return moved
}

beforeEach(() => {
  playground = new Playground()
})
afterEach(() => {
  playground.dispose()
})

describe('exchange', () => {
  it('carries a task away and its commit home, where it is judged and merged', async () => {
    await openBoth(repository())
    const commit = await home.roundStart({ milestone: 'm', round: 1 })
    expect(await away.exchange.hasCommit(commit)).toBe(false)
    await codeGoes(commit)
    expect(await away.exchange.hasCommit(commit)).toBe(true)
    expect(await away.exchange.survey(survey)).toBeUndefined()
    await dependenciesGo()

    const of = { milestone: 'm', task: 'task-1' }
    const { path } = await away.prepareWorktree({ ...of, survey, commit })
    expect(existsSync(join(path, 'node_modules/leaf/index.js'))).toBe(true)
    const ran = await away.run({ ...of, survey, argv: [process.execPath, '--test'], timeoutMs: 20_000 })
    expect(ran).toMatchObject({ kind: 'exited', code: 0 })
    const source = nodeTestOf("it('knows red', () => assert.equal(color('red'), 1))")
    const files = [{ path: 'test/color.canopy.test.ts', source }]
    const submission = await away.submit({ ...of, files, cases: 1, message: 'a test' })

    const work = { ...of, commit: submission.commit }
    const file = await away.exchange.packWork(work)
    expect(await home.exchange.hasCommit(submission.commit)).toBe(false)
    await home.exchange.takeWork({ ...work, file })
    await home.exchange.takeWork({ ...work, file })
    const task = taskFor(survey, 'src/color.ts')
    const outcome = await home.integrate({ survey, milestone: 'm', task, submission, key: 'k' })
    expect(outcome).toMatchObject({ kind: 'merged' })
  })

  it('sends no history and, once something is there, only what is new', async () => {
    const path = repository()
    write(path, { 'big.txt': String(Array.from({ length: 20_000 }, () => Math.random())) })
    git(path, 'add', '.')
    git(path, 'commit', '--quiet', '--message', 'big')
    rmSync(join(path, 'big.txt'))
    write(path, {
      'src/half.ts': String(Array.from({ length: 2_000 }, (_, n) => `export const a${n} = ${n}`).join('\n')),
    })
    git(path, 'add', '--all')
    git(path, 'commit', '--quiet', '--message', 'small again')
    await openBoth(path)
    const first = await home.roundStart({ milestone: 'm', round: 1 })
    const whole = await codeGoes(first)
    expect(whole).toBeLessThan(30_000)
    write(path, { 'src/new.ts': 'export const one = 1\n' })
    git(path, 'add', '--all')
    git(path, 'commit', '--quiet', '--message', 'more')
    const next = await surveyed(home)
    expect(await codeGoes(next.head, first)).toBeLessThan(whole / 2)
    const { dependencies } = await dependenciesGo()
    await away.exchange.takeSurvey({ ...next, dependencies })
    const worktree = await away.prepareWorktree({
      milestone: 'm',
      task: 't',
      survey: next,
      commit: next.head,
    })
    expect(readFileSync(join(worktree.path, 'src/new.ts'), 'utf8')).toBe('export const one = 1\n')
    expect(existsSync(join(worktree.path, 'src/half.ts'))).toBe(true)
  })

  it('works with a repository that is shallow itself', async () => {
    const deep = repository()
    git(deep, 'commit', '--quiet', '--allow-empty', '--message', 'another')
    const shallow = join(playground.root, 'shallow')
    git(playground.root, 'clone', '--quiet', '--depth=1', `file://${deep}`, shallow)
    write(shallow, LEAF)
    await openBoth(shallow)
    await codeGoes(survey.head)
    await dependenciesGo()
    const { path } = await away.prepareWorktree({ milestone: 'm', task: 't', survey, commit: survey.head })
    expect(existsSync(join(path, 'src/color.ts'))).toBe(true)
  })

  it('does not take a bundle that holds something else than was said', async () => {
    await openBoth(repository())
    const file = await home.exchange.packCode({ commit: survey.head, known: null })
    const order = { milestone: 'm', task: 't', commit: '0'.repeat(40), file }
    await expect(home.exchange.takeWork(order)).rejects.toThrow()
  })

  it('makes the links between folders of dependencies lead to where they are now', async () => {
    await openBoth(repository())
    const [place, installed] = ['place', 'installed'].map((name) => join(playground.root, 'from', name))
    if (place === undefined || installed === undefined) return
    write(installed, { 'a/index.js': 'a', '.bin/a': 'run', '.cache/x': 'large' })
    write(place, { 'additions/b/index.js': 'b' })
    mkdirSync(join(place, 'node_modules/@scope'), { recursive: true })
    playground.link(join(installed, 'a'), join(place, 'node_modules/a'))
    playground.link(join(place, 'additions/b'), join(place, 'node_modules/@scope/b'))
    playground.link('../additions/b', join(place, 'node_modules/near'))
    const archives = await Promise.all(
      [place, installed].map(async (root) => ({ root, file: await home.exchange.packRoot(root) })),
    )
    rmSync(join(playground.root, 'from'), { recursive: true })

    const order = { dependencies: join(place, 'node_modules'), key: 'a'.repeat(64), archives }
    const there = join(await away.exchange.takeDependencies(order), '..')
    expect(readFileSync(join(there, 'node_modules/a/index.js'), 'utf8')).toBe('a')
    expect(readFileSync(join(there, 'node_modules/@scope/b/index.js'), 'utf8')).toBe('b')
    expect(readlinkSync(join(there, 'node_modules/near'))).toBe('../additions/b')
    const others = join(there, '../../1/packages')
    expect(existsSync(join(others, '.bin/a'))).toBe(true)
    expect(existsSync(join(others, '.cache'))).toBe(false)
    writeFileSync(join(there, 'mark'), '')
    await away.exchange.takeDependencies(order)
    expect(existsSync(join(there, 'mark'))).toBe(true)
  })
})
