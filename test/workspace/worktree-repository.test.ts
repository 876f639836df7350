// The git that commands in a worktree see: it answers as in a checkout, and nothing can be written to it.

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { writeCommit } from '../../workspace/index.ts'
import { releaseWorktree } from '../../workspace/worktree.ts'
import { makeRepository, repositoryMounts } from '../../workspace/worktree-repository.ts'
import { git } from './repositories.ts'
import { type TaskAtHand, Workbench } from './task-worktree.ts'

const bench = new Workbench({ '.gitignore': 'node_modules\nignored\n', 'old name.txt': 'a\n' })
let parent: string
let head: string
let task: TaskAtHand
beforeAll(async () => {
  const { repository } = bench
  parent = git(repository, 'rev-parse', 'HEAD').trim()
  git(repository, 'mv', 'old name.txt', 'ünï name.txt')
  writeFileSync(join(repository, 'src/second.ts'), 'export const second = 2\n')
  git(repository, 'add', '--all')
  git(repository, 'commit', '--quiet', '--message', 'the second commit')
  head = git(repository, 'rev-parse', 'HEAD').trim()
  await bench.open()
})
afterAll(() => bench.dispose())
beforeEach(async () => {
  task = await bench.task()
})

/** The output of a script in the worktree, without the sentence about its exit. */
const said = async (script: string) => (await task.shell(script)).split('\n').slice(1).join('\n')
const parts = () => bench.workspace.parts
const privateFolder = () => join(parts().places.repositories, `m.${task.of.task}`)

describe('a command in a worktree', () => {
  it.each<[string, () => string]>([
    ['git rev-parse HEAD', () => head],
    ['git rev-parse HEAD~1', () => parent],
    ['git rev-parse --show-toplevel', () => task.path],
    ['git rev-parse --is-inside-work-tree', () => 'true'],
    ['git rev-parse --abbrev-ref HEAD', () => 'HEAD'],
    ['git log -1 --format=%s', () => 'the second commit'],
    ['git log --format=%an', () => 'Somebody\nSomebody'],
    ['git status --porcelain', () => ''],
    ['git ls-files src', () => 'src/color.ts\nsrc/second.ts\nsrc/sign.ts'],
    ['git -c core.quotePath=false diff --name-only HEAD~1', () => 'src/second.ts\nünï name.txt'],
    ['git show HEAD~1:"old name.txt"', () => 'a'],
    ['git check-ignore node_modules ignored src', () => 'node_modules\nignored'],
    ['git hash-object src/sign.ts', () => git(bench.repository, 'rev-parse', 'HEAD:src/sign.ts').trim()],
    ['cd src && git rev-parse --show-prefix', () => 'src/'],
    ['git fsck --connectivity-only && echo sound', () => 'sound'],
  ])('gets the answer of a checkout from %s', async (script, expected) => {
    expect(await said(script)).toBe(expected())
  })

  it('sees what it changed, also when time and size stayed as they were', async () => {
    const script = `touch -r src/sign.ts /tmp/time && sed -i s/plus/PLUS/ src/sign.ts && touch -r /tmp/time src/sign.ts
      echo new > new.txt; rm README.md; git status --porcelain; git diff --stat --shortstat HEAD -- src`
    expect(await said(script)).toMatch(
      /^ D README\.md\n M src\/sign\.ts\n\?\? new\.txt\n[\s\S]*1 file changed/,
    )
  })

  it('does not see a script that runs git in a folder outside as if it were in the repository', async () => {
    expect(
      await task.refused('run', { command: 'shell', script: 'cd /tmp && git rev-parse HEAD' }),
    ).toContain('not a git repository')
    expect(await said('cd /tmp && git init --quiet x && cd x && git status --porcelain && echo done')).toBe(
      'done',
    )
  })

  it.each([
    'git commit --quiet --allow-empty --message x',
    'echo x > new.txt; git add new.txt',
    'git stash',
    'git update-ref refs/heads/x HEAD',
    'git tag x',
    'git checkout --quiet -b x',
    'git reset --hard HEAD~1',
    'git config core.hooksPath /tmp',
    'git config core.fsmonitor ./evil',
    'git worktree add ../other',
    'git gc --prune=now',
    'git remote add x .',
    'mkdir "$(git rev-parse --git-dir)/hooks"',
    'echo x > "$(git rev-parse --git-dir)/hooks"',
    'echo x > "$(git rev-parse --git-dir)/config"',
    'echo x > "$(git rev-parse --git-dir)/index"',
    'echo x > "$(git rev-parse --git-dir)/objects/info/alternates"',
    'rm -rf "$(git rev-parse --git-dir)"',
    'mv "$(git rev-parse --git-dir)" "$(git rev-parse --git-dir)-away"',
    'rm -f .git; mv .git away; echo x > .git',
  ])('cannot change it with %s', async (script) => {
    const before = everything()
    await task.refused('run', { command: 'shell', script: `{ ${script}; } && exit 0; exit 1` })
    expect(everything()).toEqual(before)
    expect(await said('git rev-parse HEAD')).toBe(head)
  })

  /** Refs and settings of the clone, and all files of the folder that the command sees. */
  function everything(): unknown {
    const admin = join(bench.clone, 'worktrees', `m.${task.of.task}`)
    const contents = (folder: string) =>
      readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
        .sort()
        .map((path) => [path, readFileSync(path, 'latin1')])
    return {
      refs: git(bench.clone, 'for-each-ref'),
      config: readFileSync(join(bench.clone, 'config'), 'utf8'),
      users: git(bench.repository, 'for-each-ref'),
      admin: contents(admin),
      own: contents(privateFolder()),
    }
  }
})

describe('what it holds', () => {
  const commitOnto = (on: string, files: Readonly<Record<string, string>>, ref: string) =>
    writeCommit(parts().clone, {
      ref: `refs/canopy/test-${ref}`,
      parent: on,
      contents: Object.entries(files).map(([path, text]) => ({
        path,
        mode: '100644',
        blob: Buffer.from(text),
      })),
      message: ref,
    })

  it('is the commits before HEAD, and no other submission', async () => {
    const merged = await commitOnto(head, { 'merged.txt': 'merged\n' }, 'merged')
    const other = await commitOnto(head, { 'other.txt': 'secret of another task\n' }, 'other')
    await bench.workspace.prepareWorktree({ ...task.of, commit: merged })
    expect(await said('git rev-parse HEAD HEAD~1 HEAD~2')).toBe(`${merged}\n${head}\n${parent}`)
    expect(await said('git show HEAD:merged.txt; git status --porcelain')).toBe('merged')
    expect(await task.refused('run', { command: 'shell', script: `git cat-file -p ${other}` })).toContain(
      'Not a valid object name',
    )
    const all = await said('git cat-file --batch-all-objects --batch-check="%(objecttype) %(objectname)"')
    expect(all).toContain(`commit ${merged}`)
    expect(all).not.toContain(other)
  })

  it('is HEAD alone where the commits before it are not for its commands', async () => {
    const hidden = await commitOnto(head, { 'hidden.txt': 'hidden\n' }, 'hidden')
    const top = await commitOnto(hidden, { 'hidden.txt': 'a stub\n' }, 'top')
    await bench.workspace.prepareWorktree({ ...task.of, commit: top })
    await makeRepository(parts().clone, parts().places, {
      name: `m.${task.of.task}`,
      commit: top,
      isAlone: true,
    })
    expect(await said('git rev-parse HEAD; git show HEAD:hidden.txt; git status --porcelain')).toBe(
      `${top}\na stub`,
    )
    expect(await said('git rev-list HEAD')).toBe(top)
    expect(await task.refused('run', { command: 'shell', script: `git cat-file -p ${hidden}` })).toContain(
      'Not a valid object name',
    )
  })

  it('shows an earlier submission as uncommitted changes to the commit that the task starts from', async () => {
    const earlier = await commitOnto(
      head,
      { 'src/sign.ts': 'export const sign = 1\n', 'more.txt': 'm\n' },
      'e',
    )
    await bench.workspace.prepareWorktree({ ...task.of, commit: head, carry: earlier })
    expect(await said('git rev-parse HEAD; git status --porcelain')).toBe(
      `${head}\n M src/sign.ts\n?? more.txt`,
    )
  })

  it('is made once for a surveyed commit, and goes with the worktree and the run', async () => {
    const { places } = parts()
    await bench.task()
    expect(readdirSync(places.history)).toEqual([head])
    expect(existsSync(privateFolder())).toBe(true)
    await releaseWorktree(places, `m.${task.of.task}`)
    expect(existsSync(privateFolder())).toBe(false)
    expect(repositoryMounts(places, task.path)).toEqual([])
  })

  it('is not mounted for a folder of the same name elsewhere', () => {
    const { places } = parts()
    const other = join(bench.playground.root, 'elsewhere', `m.${task.of.task}`)
    mkdirSync(other, { recursive: true })
    expect(repositoryMounts(places, other)).toEqual([])
    expect(repositoryMounts(places, task.path)).toHaveLength(2)
  })
})
