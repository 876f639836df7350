// Canopy's own bare repository: what it copies of the user's, and what it survives.

import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fetchHead } from '../../workspace/clone.ts'
import { GitBench } from './git-bench.ts'
import { git } from './repositories.ts'

let bench: GitBench
beforeEach(async () => {
  bench = new GitBench()
  await bench.open()
})
afterEach(() => bench.dispose())

const fetched = () => fetchHead(bench.workspace.parts)

describe('lock files that a killed git left', () => {
  const lock = (repository: string, name: string) => {
    const path = join(bench.playground.root, 'data', repository, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, '')
    return path
  }

  it.each([
    ['repository.git', 'refs/canopy/head.lock'],
    ['repository.git', 'refs/heads/canopy/m.lock'],
    ['repository.git', 'packed-refs.lock'],
    ['repository.git', 'shallow.lock'],
    ['code.git', 'shallow.lock'],
    ['code.git', 'packed-refs.lock'],
    ['code.git', 'refs/canopy/code/lock.lock'],
  ])('are removed when the workspace is opened: %s/%s', async (repository, name) => {
    const path = lock(repository, name)
    await bench.open()
    expect(existsSync(path)).toBe(false)
  })

  it('do not keep the next run from a shallow repository', async () => {
    bench.commit('second')
    const shallow = join(bench.playground.root, 'shallow')
    git(bench.playground.root, 'clone', '--quiet', '--depth=1', `file://${bench.repository}`, shallow)
    lock('repository.git', 'shallow.lock')
    lock('repository.git', 'refs/canopy/head.lock')
    const directory = join(bench.playground.root, 'data')
    await bench.open({ repository: shallow, directory })
    expect(bench.head).toBe(git(shallow, 'rev-parse', 'HEAD').trim())
  })

  it('do not keep code from being sent to another machine', async () => {
    await bench.workspace.exchange.packCode({ commit: bench.head, known: null })
    lock('code.git', 'shallow.lock')
    await bench.open()
    bench.write({ 'a.txt': 'b\n' })
    bench.commit()
    const commit = await fetched()
    const file = await bench.workspace.exchange.packCode({ commit, known: null })
    expect(git(bench.clone, 'bundle', 'list-heads', file)).toBe(`${commit} refs/canopy/code/${commit}\n`)
  })
})

describe('the commit of HEAD', () => {
  it('is followed where the user moves it, and the earlier one stays', async () => {
    const first = bench.head
    bench.write({ 'a.txt': 'b\n' })
    const second = bench.commit()
    expect(await fetched()).toBe(second)
    git(bench.repository, 'reset', '--quiet', '--hard', first)
    bench.write({ 'c.txt': 'c\n' })
    const third = bench.commit()
    git(bench.repository, 'reflog', 'expire', '--expire=now', '--all')
    git(bench.repository, 'gc', '--quiet', '--prune=now')
    expect(await fetched()).toBe(third)
    for (const commit of [first, second, third])
      expect(await bench.workspace.parts.clone.resolve(commit)).toBe(commit)
    git(bench.clone, 'fsck', '--full', '--strict')
  })

  it('shares no object file with the repository', async () => {
    const objects = join(bench.clone, 'objects')
    expect(existsSync(join(objects, 'info/alternates'))).toBe(false)
    git(bench.repository, 'gc', '--quiet', '--prune=now')
    expect(await bench.workspace.parts.clone.describe(bench.head)).toEqual({
      tree: git(bench.repository, 'rev-parse', 'HEAD^{tree}').trim(),
      time: Number(git(bench.repository, 'log', '-1', '--format=%ct')),
    })
  })

  it('is the same when two workspaces of one directory are opened at the same time', async () => {
    const directory = join(bench.playground.root, 'another')
    const open = () => bench.open({ directory })
    await Promise.all([open(), open(), open()])
    expect(readdirSync(directory).filter((name) => name.endsWith('.tmp'))).toEqual([])
    expect(git(join(directory, 'repository.git'), 'rev-parse', 'refs/canopy/head').trim()).toBe(bench.head)
  })

  it('has the name that SHA-256 gives it in such a repository', async () => {
    const repository = join(bench.playground.root, 'sha256')
    git(bench.playground.root, 'init', '--quiet', '--object-format=sha256', repository)
    const named = ['-c', 'user.name=x', '-c', 'user.email=x@example.org']
    git(repository, ...named, 'commit', '--quiet', '--allow-empty', '--message', 'first')
    await bench.open({ repository, directory: join(bench.playground.root, 'sha256-data') })
    expect(bench.head).toMatch(/^[0-9a-f]{64}$/)
  })
})

describe('a partial clone', () => {
  const partial = (...options: string[]) => {
    bench.write({ 'a.txt': 'b\n', 'deep/er/b.txt': 'b\n' })
    bench.commit()
    git(bench.repository, 'config', 'uploadpack.allowFilter', 'true')
    git(bench.repository, 'config', 'uploadpack.allowAnySHA1InWant', 'true')
    const path = join(bench.playground.root, 'partial')
    git(bench.playground.root, 'clone', '--quiet', ...options, `file://${bench.repository}`, path)
    return path
  }

  it.each([
    ['without blobs', ['--filter=blob:none', '--no-checkout']],
    ['without trees', ['--filter=tree:0', '--no-checkout']],
    ['without the blobs of earlier commits', ['--filter=blob:none']],
  ])('%s is refused with the way out', async (_what, options) => {
    const repository = partial(...options)
    const directory = join(bench.playground.root, 'partial-data')
    await expect(bench.open({ repository, directory })).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining(`Complete it: git -C ${repository} fetch --refetch --no-filter`),
    })
  })

  it('is read once it is complete', async () => {
    const repository = partial('--filter=blob:none', '--no-checkout')
    git(repository, '-c', 'protocol.file.allow=always', 'fetch', '--quiet', '--refetch', '--no-filter')
    await bench.open({ repository, directory: join(bench.playground.root, 'partial-data') })
    expect(
      bench.stored(bench.head, 'a.txt', join(bench.playground.root, 'partial-data/repository.git')),
    ).toEqual(Buffer.from('b\n'))
  })
})

it('moves a ref only from the commit where it is', async () => {
  const { clone } = bench.workspace.parts
  bench.write({ 'a.txt': 'b\n' })
  const first = bench.head
  bench.commit()
  const second = await fetched()
  git(bench.clone, 'update-ref', 'refs/heads/canopy/m', first)
  expect(await clone.move('refs/heads/canopy/m', second, second)).toBe(false)
  expect(await clone.move('refs/heads/canopy/m', second, first)).toBe(true)
  expect(await clone.resolve('refs/heads/canopy/m')).toBe(second)
  expect(await clone.resolve('refs/heads/canopy/nothing')).toBeUndefined()
})
