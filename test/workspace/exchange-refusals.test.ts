// What comes from another machine is checked before it is used: names, keys, links, sizes, bundles. A refused one leaves nothing.

import { execFileSync } from 'node:child_process'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { unpack } from '../../workspace/exchange/unpack.ts'
import { milestoneRef, unsandboxed, type Workspace } from '../../workspace/index.ts'
import { exited, GitBench, surveyOf, writeEntries } from './git-bench.ts'
import { git } from './repositories.ts'

const home = new GitBench({
  'a.txt': 'a\n',
  'tool.sh': { bytes: '#!/bin/sh\n', mode: 0o755 },
  'ü b.txt': 'x\r\n',
})
const away = new GitBench()
beforeAll(async () => {
  await home.open()
  await home.workspace.openMilestone({ milestone: 'm', survey: { head: home.head } })
  await away.open({ sandbox: unsandboxed() })
  mkdirSync(away.workspace.parts.places.dependencies)
})
afterAll(() => {
  home.dispose()
  away.dispose()
})
beforeEach(() => {
  keys += 1
  key = String(keys).padStart(64, 'a')
})

const exchange = (bench: GitBench): Workspace['exchange'] => bench.workspace.exchange
/** Of the dependencies of one test. */
let key = ''
let keys = 0

/** An archive of a folder with these files, as the home packs it. */
async function archived(make: (folder: string) => void): Promise<{ root: string; file: string }> {
  const root = join(home.playground.root, `packages-${Math.random()}`, 'node_modules')
  mkdirSync(root, { recursive: true })
  make(root)
  return { root, file: await exchange(home).packRoot(root) }
}

describe('code', () => {
  it('comes with each byte and mode, and without history', async () => {
    home.write({ 'a.txt': 'second\n' })
    home.commit()
    await home.fetch()
    const file = await exchange(home).packCode({ commit: home.head, known: null })
    await exchange(away).takeCode({ commit: home.head, file })
    expect(away.tree(home.head)).toEqual(home.tree(home.head))
    expect(git(away.clone, 'rev-list', '--count', home.head).trim()).toBe('1')
    git(away.clone, 'fsck', '--full')
  })

  it('is taken once, also when the same bundle comes again', async () => {
    const file = await exchange(home).packCode({ commit: home.head, known: null })
    await exchange(away).takeCode({ commit: home.head, file })
    await exchange(away).takeCode({ commit: home.head, file })
    const shallow = readFileSync(join(away.clone, 'shallow'), 'utf8').split('\n').filter(Boolean)
    expect(shallow.filter((commit) => commit === home.head)).toHaveLength(1)
  })

  it('is refused when the bundle is of another commit or no bundle at all', async () => {
    const file = await exchange(home).packCode({ commit: home.head, known: null })
    const other = '2'.repeat(40)
    await expect(exchange(away).takeCode({ commit: other, file })).rejects.toMatchObject({
      code: 'git_failed',
    })
    writeFileSync(join(away.playground.root, 'junk'), 'no bundle')
    await expect(
      exchange(away).takeCode({ commit: other, file: join(away.playground.root, 'junk') }),
    ).rejects.toThrow()
    expect(await exchange(away).hasCommit(other)).toBe(false)
  })

  it.each(['HEAD', '--all', 'x'.repeat(40), ''])('has no commit of the name %j', async (commit) => {
    await expect(exchange(away).takeCode({ commit, file: '/dev/null' })).rejects.toMatchObject({
      code: 'bad_name',
    })
    await expect(exchange(home).packCode({ commit, known: null })).rejects.toMatchObject({ code: 'bad_name' })
    await expect(exchange(home).hasCommit(commit)).rejects.toMatchObject({ code: 'bad_name' })
  })

  it('that continues what the other has is sent without it', async () => {
    const first = home.head
    const whole = await exchange(home).packCode({ commit: first, known: null })
    await exchange(away).takeCode({ commit: first, file: whole })
    home.write({ 'new.txt': 'new\n' })
    home.commit()
    await home.fetch()
    const file = await exchange(home).packCode({ commit: home.head, known: first })
    const heads = execFileSync('git', ['-C', home.clone, 'bundle', 'verify', file], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    expect(heads).toContain(first)
    await exchange(away).takeCode({ commit: home.head, file })
    expect(away.tree(home.head)).toEqual(home.tree(home.head))
  })

  it('that the other is said to have, and that is unknown here, is sent whole', async () => {
    const file = await exchange(home).packCode({ commit: home.head, known: '3'.repeat(40) })
    await exchange(away).takeCode({ commit: home.head, file })
    expect(away.tree(home.head)).toEqual(home.tree(home.head))
  })
})

describe('a submission of another machine', () => {
  const of = { milestone: 'm', task: 'away-1' }

  /** A commit on the home's milestone, made away. */
  async function submittedAway(
    edit: (path: string) => void,
    commit?: string,
  ): Promise<{ commit: string; file: string }> {
    const start = commit ?? (await home.workspace.milestone({ milestone: 'm' })).tip
    await exchange(away).takeCode({
      commit: start,
      file: await exchange(home).packCode({ commit: start, known: null }),
    })
    await exchange(away).takeSurvey(
      surveyOf('/nowhere', start, { dependencies: join(away.workspace.parts.places.dependencies, 'x') }),
    )
    const { path } = await away.workspace.prepareWorktree({ ...of, survey: { head: start }, commit: start })
    edit(path)
    const submission = await away.workspace.collect({ ...of, message: 'away\n' })
    return {
      commit: submission.commit,
      file: await exchange(away).packWork({ ...of, commit: submission.commit }),
    }
  }

  it('is the same commit at home, byte for byte', async () => {
    const bytes = Buffer.from([0, 13, 10, 255])
    const work = await submittedAway((path) =>
      writeEntries(path, { 'new.bin': { bytes, mode: 0o755 }, 'a.txt': 'x\r\n' }),
    )
    expect(await exchange(home).hasWork({ ...of, commit: work.commit })).toBe(false)
    await exchange(home).takeWork({ ...of, ...work })
    expect(await exchange(home).hasWork({ ...of, commit: work.commit })).toBe(true)
    expect(home.tree(work.commit)).toEqual(away.tree(work.commit))
    expect(home.stored(work.commit, 'new.bin')).toEqual(bytes)
  })

  it('is packed only as the task submitted it', async () => {
    const { commit } = await submittedAway((path) => writeEntries(path, { 'a.txt': 'y' }))
    await expect(exchange(away).packWork({ ...of, commit: '4'.repeat(40) })).rejects.toMatchObject({
      code: 'not_submitted',
    })
    await expect(exchange(away).packWork({ ...of, task: 'other', commit })).rejects.toMatchObject({
      code: 'not_submitted',
    })
  })

  it('is refused when the bundle has another commit than was said, and leaves no ref', async () => {
    const { file } = await submittedAway((path) => writeEntries(path, { 'a.txt': 'z' }))
    const order = { ...of, task: 'away-1', commit: '5'.repeat(40), file }
    const before = git(home.clone, 'for-each-ref')
    await expect(exchange(home).takeWork(order)).rejects.toMatchObject({
      code: 'other_commit',
      message: expect.stringMatching(/^away-1 submitted 5{40}, but [0-9a-f]{40} came$/),
    })
    expect(git(home.clone, 'for-each-ref')).toBe(before)
  })

  it('is refused when its parent is not on the branch of the milestone', async () => {
    const tip = (await home.workspace.milestone({ milestone: 'm' })).tip
    const aside = await home.task(tip)
    writeEntries(aside.path, { 'aside.txt': 'aside' })
    const { commit: elsewhere } = await home.workspace.collect({ ...aside.of, message: 'aside\n' })
    const work = await submittedAway((path) => writeEntries(path, { 'b.txt': 'b' }), elsewhere)
    const ref = git(home.clone, 'for-each-ref', 'refs/canopy/submissions/m.away-1')
    await expect(exchange(home).takeWork({ ...of, ...work })).rejects.toMatchObject({
      code: 'other_commit',
      message: `away-1 submitted ${work.commit}, but its parent ${elsewhere} is not of the line of m`,
    })
    expect(git(home.clone, 'for-each-ref', 'refs/canopy/submissions/m.away-1')).toBe(ref)
  })

  it('is refused when it is a merge', async () => {
    const work = await submittedAway((path) => writeEntries(path, { 'b.txt': 'c' }))
    const tree = git(away.clone, 'rev-parse', `${work.commit}^{tree}`).trim()
    const parents = ['-p', `${work.commit}^`, '-p', work.commit]
    const merge = git(
      away.clone,
      '-c',
      'user.name=x',
      '-c',
      'user.email=x@y',
      'commit-tree',
      tree,
      ...parents,
      '-m',
      'merge',
    ).trim()
    git(away.clone, 'update-ref', 'refs/canopy/submissions/m.away-1', merge)
    const file = join(away.playground.root, 'merge.bundle')
    git(
      away.clone,
      'bundle',
      'create',
      '--quiet',
      file,
      'refs/canopy/submissions/m.away-1',
      `^${work.commit}^`,
    )
    await expect(exchange(home).takeWork({ ...of, commit: merge, file })).rejects.toMatchObject({
      message: `away-1 submitted ${merge}, but it has 2 parents instead of one`,
    })
  })

  it('is refused when an object in it is broken', async () => {
    const work = await submittedAway((path) => writeEntries(path, { 'b.txt': 'd' }))
    const bytes = readFileSync(work.file)
    for (const at of [bytes.length - 30, bytes.length - 40]) {
      const broken = Buffer.from(bytes)
      broken[at] = (broken[at] ?? 0) ^ 0xff
      writeFileSync(work.file, broken)
      await expect(exchange(home).takeWork({ ...of, ...work })).rejects.toThrow()
      expect(await exchange(home).hasWork({ ...of, commit: work.commit })).toBe(false)
    }
  })
})

describe('dependencies', () => {
  const cached = () => readdirSync(away.workspace.parts.places.dependencies)
  const take = (more: Partial<Parameters<Workspace['exchange']['takeDependencies']>[0]>) =>
    exchange(away).takeDependencies({ dependencies: '/p/node_modules', key, archives: [], ...more })

  it.each<[string, Parameters<typeof take>[0], string]>([
    ['a key that is a path', { key: '../../etc' }, 'the key "../../etc" is not 64 hexadecimal digits'],
    ['a short key', { key: 'abc' }, 'the key "abc" is not 64 hexadecimal digits'],
    ['a key in upper case', { key: 'A'.repeat(64) }, 'is not 64 hexadecimal digits'],
    ['a key with a line end', { key: `${'a'.repeat(64)}\n` }, 'is not 64 hexadecimal digits'],
    [
      'too many archives',
      { archives: Array.from({ length: 9 }, () => ({ root: '/p', file: '/x' })) },
      '9 archives, more than 8',
    ],
    [
      'a relative folder',
      { dependencies: 'node_modules' },
      '"node_modules" is not an absolute path in its shortest form',
    ],
    [
      'a folder with a detour',
      { dependencies: '/p/../node_modules' },
      'is not an absolute path in its shortest form',
    ],
    [
      'a folder with a slash at its end',
      { dependencies: '/p/' },
      'is not an absolute path in its shortest form',
    ],
    [
      'a root with a detour',
      { archives: [{ root: '/p//x', file: '/x' }] },
      '"/p//x" is not an absolute path',
    ],
    ['a root with a NUL', { archives: [{ root: '/p\0', file: '/x' }] }, 'is not an absolute path'],
    [
      'a folder that no archive has',
      { archives: [{ root: '/q', file: '/x' }] },
      '/p/node_modules is in none of the folders that were sent',
    ],
    [
      'a folder beside an archive',
      { archives: [{ root: '/p/node', file: '/x' }] },
      'is in none of the folders that were sent',
    ],
  ])('are refused for %s', async (_what, order, reason) => {
    await expect(take(order)).rejects.toMatchObject({ code: 'archive_refused' })
    await expect(take(order)).rejects.toThrow(reason)
    expect(cached().filter((name) => name.includes(key))).toEqual([])
  })

  it('are unpacked with their modes, without caches, and shown to the sandbox as one folder', async () => {
    const archive = await archived((root) => {
      writeEntries(root, {
        'a/index.js': 'a',
        '.bin/run': { bytes: '#!', mode: 0o755 },
        '.cache/x': 'x',
        '.vite/x': 'x',
        'a/.cache/x': 'kept',
      })
      symlinkSync('../a/index.js', join(root, '.bin/a'))
    })
    const place = await take({ dependencies: archive.root, archives: [archive] })
    expect(place).toBe(join(away.workspace.parts.places.dependencies, key, '0/node_modules'))
    expect(readFileSync(join(place, '.bin/a'), 'utf8')).toBe('a')
    expect(lstatSync(join(place, '.bin/run')).mode & 0o111).toBe(0o111)
    expect(readdirSync(place).sort()).toEqual(['.bin', 'a'])
    expect(existsSync(join(place, 'a/.cache/x'))).toBe(true)
    await exchange(away).takeSurvey(surveyOf('/nowhere', '6'.repeat(40), { dependencies: place }))
  })

  it('lose each link that leads out of them', async () => {
    const archive = await archived((root) => {
      writeEntries(root, { 'a/index.js': 'a' })
      for (const [name, target] of [
        ['etc', '/etc'],
        ['up', '../../../../../../etc'],
        ['own', 'a'],
        ['abs', join(root, 'a')],
      ] as const)
        symlinkSync(target, join(root, name))
    })
    const place = await take({ dependencies: archive.root, archives: [archive] })
    expect(readdirSync(place).sort()).toEqual(['a', 'abs', 'own'])
    expect(readlinkSync(join(place, 'abs'))).toBe(join(place, 'a'))
  })

  it('are absent when their archive is broken, and can be sent again', async () => {
    const archive = await archived((root) => writeEntries(root, { 'a/index.js': 'a' }))
    const bytes = readFileSync(archive.file)
    writeFileSync(archive.file, bytes.subarray(0, bytes.length - 20))
    const order = { dependencies: archive.root, archives: [archive] }
    await expect(take(order)).rejects.toThrow()
    expect(cached().filter((name) => name.includes(key))).toEqual([])
    writeFileSync(archive.file, bytes)
    expect(existsSync(join(await take(order), 'a/index.js'))).toBe(true)
  })

  it('are refused when they unpack to more than the limit', async () => {
    const file = join(away.playground.root, 'bomb.tar.gz')
    writeFileSync(file, gzipSync(Buffer.alloc(2 * 1024 * 1024)))
    const folder = join(away.playground.root, 'unpacked')
    await expect(unpack(away.workspace.parts, { file, folder, maxBytes: 1024 * 1024 })).rejects.toThrow(
      'an archive of dependencies cannot be unpacked: it has more than 1048576 bytes when it is unpacked',
    )
    expect(
      readdirSync(away.workspace.parts.places.scratch).filter((name) => name.startsWith('archive-')),
    ).toEqual([])
  })

  it.each([
    [exited(2, { stderr: 'tar: bad' }), 'tar exited with 2: tar: bad'],
    [{ kind: 'timed_out', stdout: '', stderr: '' }, 'tar did not end in time. '],
  ] as const)('are refused when tar fails in the sandbox', async (ending, reason) => {
    const sandbox = { kind: 'bubblewrap' as const, run: async () => ending }
    const parts = { ...away.workspace.parts, sandbox }
    const archive = await archived((root) => writeEntries(root, { a: 'a' }))
    await expect(
      unpack(parts, { file: archive.file, folder: join(away.playground.root, 'u') }),
    ).rejects.toThrow(reason)
  })

  it('have a key that changes with their content', async () => {
    const packages = join(home.playground.root, 'own-packages')
    writeEntries(packages, { '.package-lock.json': 'one' })
    const survey = surveyOf(home.repository, home.head, { dependencies: packages })
    const first = await exchange(home).dependencyRoots(survey)
    expect(first).toEqual({ key: expect.stringMatching(/^[0-9a-f]{64}$/), roots: [packages] })
    expect(await exchange(home).dependencyRoots(survey)).toEqual(first)
    writeEntries(packages, { '.package-lock.json': 'two' })
    expect((await exchange(home).dependencyRoots(survey)).key).not.toBe(first.key)
  })
})

describe('a survey of another machine', () => {
  it.each(['/etc', '/', '/home/me/node_modules'])(
    'is refused when it names a folder of this one: %s',
    async (dependencies) => {
      await expect(
        exchange(away).takeSurvey(surveyOf('/x', '7'.repeat(40), { dependencies })),
      ).rejects.toMatchObject({
        code: 'survey_refused',
        message: `the survey names ${dependencies} for dependencies; expected a folder below ${away.workspace.parts.places.dependencies}`,
      })
    },
  )

  it('is refused when the folder leads out of the cache', async () => {
    const { dependencies } = away.workspace.parts.places
    const survey = surveyOf('/x', '8'.repeat(40), { dependencies: `${dependencies}/../../etc` })
    await expect(exchange(away).takeSurvey(survey)).rejects.toMatchObject({ code: 'survey_refused' })
    expect(await exchange(away).survey(survey)).toBeUndefined()
  })

  it('may name the folder that the user of this machine named', async () => {
    const packages = join(away.playground.root, 'packages')
    mkdirSync(packages)
    await away.open({ packages })
    expect(exchange(away).ownPackages()).toBe(packages)
    const survey = surveyOf('/x', '9'.repeat(40), { dependencies: packages })
    await exchange(away).takeSurvey(survey)
    expect(await exchange(away).survey(survey)).toEqual(survey)
  })
})

describe('a milestone of another machine', () => {
  it('is recorded with its tip', async () => {
    const milestone = await home.workspace.milestone({ milestone: 'm' })
    await exchange(away).takeCode({
      commit: milestone.tip,
      file: await exchange(home).packCode({ commit: milestone.tip, known: null }),
    })
    await exchange(away).takeMilestone(milestone)
    expect(await away.workspace.milestone({ milestone: 'm' })).toEqual(milestone)
    expect(git(away.clone, 'rev-parse', milestoneRef('m')).trim()).toBe(milestone.tip)
  })

  it('is refused when its commits are not here', async () => {
    const milestone = { ...(await home.workspace.milestone({ milestone: 'm' })), milestone: 'other' }
    const tip = 'd'.repeat(40)
    await expect(exchange(away).takeMilestone({ ...milestone, tip })).rejects.toThrow()
    await expect(away.workspace.milestone({ milestone: 'other' })).rejects.toMatchObject({
      code: 'no_milestone',
    })
  })
})

it('a commit that carries an earlier attempt is made at home where it fits, and is none where it does not', async () => {
  const { tip } = await home.workspace.milestone({ milestone: 'm' })
  const [mine, theirs, other] = await Promise.all(
    [{ 'a.txt': 'mine\n' }, { 'a.txt': 'theirs\n' }, { 'other.txt': 'o\n' }].map(async (files) => {
      const task = await home.task(tip)
      writeEntries(task.path, files)
      return (await home.workspace.collect({ ...task.of, message: 'work\n' })).commit
    }),
  )
  const order = { milestone: 'm', task: 'c', carry: mine ?? '' }
  const carried = await exchange(home).carry({ ...order, commit: other ?? '' })
  expect(git(home.clone, 'log', '-1', '--format=%P', carried ?? '').trim()).toBe(other)
  expect(home.stored(carried ?? '', 'a.txt').toString()).toBe('mine\n')
  expect(home.stored(carried ?? '', 'other.txt').toString()).toBe('o\n')
  expect(await exchange(home).carry({ ...order, commit: theirs ?? '' })).toBeUndefined()
})
