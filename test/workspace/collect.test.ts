// What a worktree comes to: the tree it makes, and the commit of all that differs in it.

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { git, write } from './repositories.ts'
import { type TaskAtHand, Workbench } from './task-worktree.ts'

const bench = new Workbench({ 'docs/a.md': 'a\n', 'docs/b.md': 'b\n', 'script.sh': '#!/bin/sh\n' })
let task: TaskAtHand
beforeAll(async () => {
  const head = git(bench.repository, 'rev-parse', 'HEAD').trim()
  git(bench.repository, 'update-index', '--add', '--cacheinfo', `160000,${head},module`)
  git(bench.repository, 'commit', '--quiet', '--message', 'a submodule')
  await bench.open()
})
afterAll(() => bench.dispose())
beforeEach(async () => {
  task = await bench.task()
})

const collect = () => bench.workspace.collect({ ...task.of, message: 'feat: more\n' })
const refusal = async () => (await collect().catch((error) => error)) as { code: string; message: string }
const treeAt = (commit: string) => git(bench.clone, 'rev-parse', `${commit}^{tree}`).trim()
const changed = (commit: string) =>
  git(bench.clone, 'diff-tree', '-r', '--no-commit-id', '--name-status', commit).trim().split('\n').sort()

describe('the tree', () => {
  it("is the commit's when nothing differs, and follows the content, not times or order", async () => {
    const start = treeAt(task.of.survey.head)
    expect(await task.toolbox.tree()).toBe(start)
    await task.shell('echo 1 > one; echo 2 > two; touch README.md')
    const first = await task.toolbox.tree()
    expect(first).not.toBe(start)
    await task.shell('rm one two; sleep 0.01; echo 2 > two; echo 1 > one')
    expect(await task.toolbox.tree()).toBe(first)
    await task.shell('chmod +x one')
    expect(await task.toolbox.tree()).not.toBe(first)
    await task.shell('rm one two')
    expect(await task.toolbox.tree()).toBe(start)
  })

  it('leaves out what is ignored and what is installed', async () => {
    const start = await task.toolbox.tree()
    await task.shell('echo out > .gitignore; echo x > node_modules/x; mkdir out')
    const ignoring = await task.toolbox.tree()
    await task.shell('echo x > out/x; echo y > node_modules/y')
    expect(await task.toolbox.tree()).toBe(ignoring)
    expect(ignoring).not.toBe(start)
  })

  it('is told whatever lies there: links, pipes, repositories, large and unreadable files, odd names', async () => {
    await task.shell(
      'ln -s / link; mkfifo pipe; head -c 6000000 /dev/zero > large; mkdir -m 0 closed; echo x > "a\nb\\"c"',
    )
    await task.shell(
      'printf x > "$(printf \'caf\\351\')"; rm -r docs; echo file > docs; mkdir script.d; mv script.sh script.d/',
    )
    mkdirSync(join(task.path, 'inner'))
    git(join(task.path, 'inner'), 'init', '--quiet')
    const tree = await task.toolbox.tree()
    expect(tree).toMatch(/^[0-9a-f]{40}$/)
    expect(await task.toolbox.tree()).toBe(tree)
  })

  it('leaves nothing in our repository', async () => {
    const objects = () => git(bench.clone, 'count-objects').trim()
    const before = objects()
    await task.shell('echo new > new')
    await task.toolbox.tree()
    expect(objects()).toBe(before)
  })
})

describe('a commit', () => {
  it('has all that differs: new, changed, removed, moved, made executable', async () => {
    await task.shell(
      'mkdir src/deep; echo "export const a = 1" > src/deep/a.ts; echo more >> README.md; rm docs/a.md; mv docs/b.md docs/c.md; chmod +x script.sh',
    )
    const tree = await task.toolbox.tree()
    const submission = await collect()
    const expected = [
      'A\tdocs/c.md',
      'A\tsrc/deep/a.ts',
      'D\tdocs/a.md',
      'D\tdocs/b.md',
      'M\tREADME.md',
      'M\tscript.sh',
    ]
    expect(changed(submission.commit)).toEqual(expected)
    expect([...submission.files].sort()).toEqual(expected.map((line) => line.slice(2)).sort())
    expect(submission.cases).toBe(0)
    expect(treeAt(submission.commit)).toBe(tree)
    expect(git(bench.clone, 'ls-tree', submission.commit, 'script.sh')).toMatch(/^100755/)
    expect(git(bench.clone, 'log', '-1', '--format=%P %s', submission.commit).trim()).toBe(
      `${task.of.survey.head} feat: more`,
    )
    expect(await collect()).toEqual(submission)
  })

  it('puts a file where a folder was and a folder where a file was', async () => {
    await task.shell('rm -r docs; echo file > docs; rm script.sh; mkdir script.sh; echo x > script.sh/x')
    const tree = await task.toolbox.tree()
    const { commit } = await collect()
    expect(treeAt(commit)).toBe(tree)
    expect(git(bench.clone, 'ls-tree', '-r', '--name-only', commit)).toMatch(/^docs$/m)
  })

  it('is the same whatever the worktree says of git: attributes, excludes and settings of its own', async () => {
    await task.shell('echo 1 > one.txt')
    const plain = await collect()
    write(task.path, { '.gitattributes': '* text eol=crlf ident filter=none\n' })
    const { commit } = await collect()
    expect(git(bench.clone, 'cat-file', 'blob', `${commit}:one.txt`)).toBe('1\n')
    expect(commit).not.toBe(plain.commit)
  })

  it('takes odd names as they are', async () => {
    await task.shell(`echo x > 'a b'; echo x > '"quoted"'; echo x > ünï.txt; echo x > -n`)
    const { commit, files } = await collect()
    expect(files).toHaveLength(4)
    expect(treeAt(commit)).toBe(await task.toolbox.tree())
  })

  it('is none when nothing differs', async () => {
    expect(await refusal()).toMatchObject({ code: 'nothing_changed' })
  })

  it.each([
    ['a link', 'ln -s src link', 'link is a link to src'],
    [
      'a pipe is no file, so git does not name it, but a link in place of a file is',
      'ln -sf README.md script.sh',
      'script.sh is a link',
    ],
    [
      'a name with a line in it',
      `echo x > 'new
line'`,
      'has a control character in it',
    ],
    ['a name with a backslash', `echo x > 'back\\slash'`, 'has a backslash in it'],
    ['a name that is a device on Windows', 'echo x > nul.txt', 'a Windows device'],
    ['a name that Windows cuts', `echo x > 'readme.'`, 'ends with a dot or a space'],
    ['a large file', 'head -c 5000000 /dev/zero > large', 'large has 5000000 bytes'],
    [
      'many large ones',
      'for i in 1 2 3 4 5; do head -c 4000000 /dev/zero > l$i; done',
      '20000000 bytes together',
    ],
    ['many files', 'mkdir many; for i in $(seq 600); do echo $i > many/$i; done', '600 files differ'],
    ['a name that is no text', 'printf x > "$(printf \'caf\\351\')"', 'not UTF-8'],
  ])('is refused for %s, with the reason', async (_what, script, reason) => {
    await task.shell(script)
    expect(await refusal()).toMatchObject({ code: 'file_refused', message: expect.stringContaining(reason) })
  })

  it('does not take a repository inside, nor a submodule that was changed', async () => {
    const inner = (name: string) => {
      git(task.path, 'init', '--quiet', name)
      write(join(task.path, name), { 'a.ts': 'export const a = 1\n' })
      git(join(task.path, name), 'add', '--all')
      git(join(task.path, name), '-c', 'user.name=x', '-c', 'user.email=x@y', 'commit', '--quiet', '-m', 'x')
    }
    inner('fresh')
    inner('module')
    const { message } = await refusal()
    expect(message).toContain('fresh/: it is a repository of its own')
    expect(message).toContain('module: it is a submodule')
    const said = await task.refused('write', { path: 'module/b.ts', content: 'export const b = 1\n' })
    expect(said).toContain('is in the submodule module')
  })
})

it('a task without a worktree has neither', async () => {
  const of = { milestone: 'm', task: 'nobody', survey: task.of.survey }
  await expect(bench.workspace.toolbox(of).tree()).rejects.toMatchObject({ code: 'no_worktree' })
  await expect(bench.workspace.collect({ ...of, message: 'x' })).rejects.toMatchObject({
    code: 'no_worktree',
  })
})

describe('what an earlier attempt handed in', () => {
  const begin = (commit: string, carry: string) =>
    bench.workspace.prepareWorktree({ ...task.of, commit, carry })
  const handedIn = async (script: string) => {
    await task.shell(script)
    return (await collect()).commit
  }

  it('lies in the next worktree as changes that are not committed', async () => {
    const carry = await handedIn('echo more > more.md; echo b > docs/a.md; rm docs/b.md')
    await begin(task.of.survey.head, carry)
    expect(await task.toolbox.tree()).toBe(treeAt(carry))
    const again = await collect()
    expect(treeAt(again.commit)).toBe(treeAt(carry))
    expect(changed(again.commit)).toEqual(['A\tmore.md', 'D\tdocs/b.md', 'M\tdocs/a.md'])
  })

  it('is brought together with what was merged meanwhile', async () => {
    const merged = await handedIn('echo theirs > theirs.md')
    await begin(task.of.survey.head, task.of.survey.head)
    const carry = await handedIn('echo mine > mine.md')
    await begin(merged, carry)
    expect(changed((await collect()).commit)).toEqual(['A\tmine.md'])
  })

  it('is left behind where it does not fit', async () => {
    const merged = await handedIn('echo theirs > docs/a.md')
    await begin(task.of.survey.head, task.of.survey.head)
    const carry = await handedIn('echo mine > docs/a.md')
    await begin(merged, carry)
    expect((await refusal()).code).toBe('nothing_changed')
  })
})
