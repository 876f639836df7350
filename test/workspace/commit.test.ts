// Commits that are made without a checkout, and what they change, in a real repository; coverage of two runs.

import type { FileCoverageData } from 'istanbul-lib-coverage'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fetchHead } from '../../workspace/clone.ts'
import { countModules, relativeTo, sum, takenArms, union } from '../../workspace/coverage.ts'
import { changesBetween, lookUp, type Workspace, writeCommit } from '../../workspace/index.ts'
import { withKeyLock } from '../../workspace/keyed-mutex.ts'
import { git, Playground } from './repositories.ts'

describe('a commit', () => {
  let playground: Playground
  let workspace: Workspace
  let parent: string
  beforeEach(async () => {
    playground = new Playground()
    workspace = await playground.openAlone(playground.repository({ 'a.txt': 'a\n', 'b/c.txt': 'c\n' }))
    parent = await fetchHead(workspace.parts)
  })
  afterEach(() => playground.dispose())

  const commit = (files: Readonly<Record<string, string | null>>, ref = 'refs/canopy/test') =>
    writeCommit(workspace.parts.clone, {
      ref,
      parent,
      message: 'a title\n\nand a body with "quotes"\n',
      contents: Object.entries(files).map(([path, text]) =>
        text === null
          ? { path, mode: '000000', blob: '' }
          : { path, mode: '100644', blob: Buffer.from(text) },
      ),
    })
  const show = (...args: string[]) => git(workspace.clone, 'show', ...args)

  it('has the same hash when it is made again, under another ref, too', async () => {
    const first = await commit({ 'new.txt': 'new\n' })
    expect(await commit({ 'new.txt': 'new\n' }, 'refs/canopy/again')).toBe(first)
    expect(await commit({ 'new.txt': 'newer\n' })).not.toBe(first)
  })

  it('is one second younger than its parent, and keeps its message', async () => {
    const time = (of: string) => Number(show('-s', '--format=%ct', of))
    const made = await commit({ 'new.txt': 'new\n' })
    expect(time(made) - time(parent)).toBe(1)
    expect(show('-s', '--format=%B', made).trim()).toBe('a title\n\nand a body with "quotes"')
  })

  it.each(['"quoted".txt', 'back\\slash.txt', 'line\nend.txt', 'ünïcode 文.txt', '-option', 'deep/er/x.txt'])(
    'takes the name %j',
    async (path) => {
      const made = await commit({ [path]: 'text\n' })
      expect(await changesBetween(workspace.parts.clone, parent, made)).toMatchObject([{ path, status: 'A' }])
    },
  )

  it('adds, changes and removes files, and replaces a file by a folder', async () => {
    const made = await commit({ 'a.txt': null, 'a.txt/inner.txt': 'x\n', 'b/c.txt': 'changed\n' })
    const changes = await changesBetween(workspace.parts.clone, parent, made)
    expect(changes.map(({ path, status }) => `${status} ${path}`).sort()).toEqual([
      'A a.txt/inner.txt',
      'D a.txt',
      'M b/c.txt',
    ])
  })

  it('is found with its size, and what is not there is not', async () => {
    const { clone } = workspace.parts
    const [found, missing, folder] = await lookUp(clone, [
      `${parent}:a.txt`,
      `${parent}:none`,
      `${parent}:b/c.txt`,
    ])
    expect([found?.bytes, missing, folder?.bytes]).toEqual([2, undefined, 2])
  })

  it('is found under a name of several lines, and names behind it keep their own answers', async () => {
    const { clone } = workspace.parts
    const made = await commit({ 'line\nend.txt': 'four', 'z.txt': '1234567' })
    const names = ['line\nend.txt', 'none\nhere.txt', `x\n${made}:a.txt`, 'z.txt', 'none', 'a.txt']
    const found = await lookUp(
      clone,
      names.map((path) => `${made}:${path}`),
    )
    expect(found.map((one) => one?.bytes)).toEqual([4, undefined, undefined, 7, undefined, 2])
  })

  it('moves a ref only from the commit that was expected there', async () => {
    const [one, two] = [await commit({ 'x.txt': '1\n' }, 'refs/canopy/x'), await commit({ 'x.txt': '2\n' })]
    const { clone } = workspace.parts
    expect(await clone.move('refs/canopy/x', two, parent)).toBe(false)
    expect(await clone.resolve('refs/canopy/x')).toBe(one)
    expect(await clone.move('refs/canopy/x', two, one)).toBe(true)
    expect(await clone.resolve('refs/canopy/x')).toBe(two)
    expect(await clone.resolve('refs/canopy/none')).toBeUndefined()
  })
})

describe('coverage', () => {
  const at = (line: number) => ({ start: { line, column: 0 }, end: { line, column: 9 } })
  /** One statement and one `if` on its line for each entry: how often both arms were taken. */
  const file = (path: string, arms: readonly (readonly [number, number])[]): FileCoverageData => ({
    path,
    statementMap: Object.fromEntries(arms.map((_, id) => [id, at(id + 1)])),
    fnMap: {},
    branchMap: Object.fromEntries(
      arms.map((_, id) => [
        id,
        { type: 'if', loc: at(id + 1), locations: [at(id + 1), at(id + 1)], line: id + 1 },
      ]),
    ),
    s: Object.fromEntries(arms.map(([a, b], id) => [id, a + b])),
    f: {},
    b: Object.fromEntries(arms.map(([a, b], id) => [id, [a, b]])),
  })

  it('names each arm that a test takes', () => {
    const arms = takenArms(
      file('/r/a.ts', [
        [2, 0],
        [0, 0],
        [1, 3],
      ]),
    )
    expect(arms).toEqual([
      { line: 1, column: 0, arm: 0 },
      { line: 3, column: 0, arm: 0 },
      { line: 3, column: 0, arm: 1 },
    ])
  })

  it('counts each module, also one that no test loads', () => {
    expect(countModules({ 'a.ts': file('a.ts', [[2, 0]]) }, ['a.ts', 'b.ts'])).toEqual([
      { path: 'a.ts', branches: { covered: 1, total: 2 }, statements: { covered: 1, total: 1 } },
      { path: 'b.ts', branches: { covered: 0, total: 0 }, statements: { covered: 0, total: 0 } },
    ])
  })

  it('of two runs is what either reaches, and changes neither', () => {
    const [one, other] = [{ 'a.ts': file('a.ts', [[2, 0]]) }, { 'a.ts': file('a.ts', [[0, 1]]) }]
    const [count] = countModules(union(one, other), ['a.ts'])
    expect(count?.branches).toEqual({ covered: 2, total: 2 })
    expect(one['a.ts'].b).toEqual({ 0: [2, 0] })
  })

  it('keeps the wanted modules by their path from the root, and leaves out broken entries', () => {
    const broken = { ...file('/r/src/c.ts', [[1, 1]]), branchMap: { 0: {} } } as unknown as FileCoverageData
    const map = {
      '/r/src/a.ts': file('/r/src/a.ts', [[1, 1]]),
      '/r/src/b.ts': file('/r/src/b.ts', [[1, 1]]),
      '/r/src/c.ts': broken,
      '/other/src/a.ts': file('/other/src/a.ts', [[1, 1]]),
    }
    const kept = relativeTo('/r', map, ['src/a.ts', 'src/c.ts'])
    expect(Object.keys(kept)).toEqual(['src/a.ts'])
    expect(kept['src/a.ts']?.path).toBe('src/a.ts')
  })

  it('adds up', () => {
    expect(sum([])).toEqual({ covered: 0, total: 0 })
    expect(sum([1, 2].map((covered) => ({ covered, total: 5 })))).toEqual({ covered: 3, total: 10 })
  })
})

describe('work under one name', () => {
  it('runs in order of arrival, also behind work that failed', async () => {
    const order: string[] = []
    const work =
      (name: string, fails = false) =>
      async () => {
        order.push(`${name} begins`)
        await new Promise(setImmediate)
        order.push(`${name} ends`)
        if (fails) throw new Error(name)
        return name
      }
    const results = await Promise.allSettled([
      withKeyLock('one', work('a', true)),
      withKeyLock('one', work('b')),
      withKeyLock('two', work('c')),
    ])
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled'])
    const own = order.filter((each) => !each.startsWith('c'))
    expect(own).toEqual(['a begins', 'a ends', 'b begins', 'b ends'])
    expect(order.indexOf('c begins')).toBeLessThan(order.indexOf('b begins'))
  })
})
