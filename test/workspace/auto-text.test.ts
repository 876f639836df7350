// Repositories with `* text=auto`: a file that was stored with CRLF keeps it, as with git, and an edit of one line is a difference
// of one line.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { GitBench, writeEntries } from './git-bench.ts'
import { git } from './repositories.ts'

const bench = new GitBench({
  'crlf.txt': 'one\r\ntwo\r\n',
  'mixed.txt': 'one\r\ntwo\nthree\r\n',
  'lf.txt': 'one\ntwo\n',
  'binary.dat': Buffer.from('one\r\n\0two\r\n'),
  'ident.txt': '$Id$\r\none\r\n',
  'wide.txt': Buffer.from('one\r\ntwo\r\n'),
  'own/crlf.txt': 'one\r\ntwo\r\n',
  'Übung.txt': 'one\r\ntwo\r\n',
  '[a].txt': 'one\r\ntwo\r\n',
})
let task: Awaited<ReturnType<GitBench['task']>>
beforeAll(async () => {
  bench.write({
    '.gitattributes': '* text=auto\nident.txt ident\nwide.txt working-tree-encoding=ISO-8859-1\n',
    'own/.gitattributes': '* text\n',
  })
  git(bench.repository, 'add', '.gitattributes', 'own/.gitattributes')
  git(bench.repository, 'commit', '--quiet', '--message', 'attributes')
  await bench.open()
})
afterAll(() => bench.dispose())
beforeEach(async () => {
  task = await bench.task()
})

const collect = () => bench.workspace.collect({ ...task.of, message: 'work\n' })
const submit = (...files: (string | { path: string; source: string })[]) =>
  bench.workspace.submit({ ...task.of, files, cases: 0, message: 'work\n' })
const numstat = (commit: string) =>
  git(bench.clone, 'diff', '-z', '--numstat', bench.head, commit).replace('\0', '')

describe('a file that is stored with CRLF', () => {
  it.each([
    ['crlf.txt', 'one\r\nTWO\r\n', '1\t1'],
    ['crlf.txt', 'one\r\ntwo\r\nthree\r\n', '1\t0'],
    ['crlf.txt', 'one\r\nTWO\n', '1\t1'],
    ['mixed.txt', 'one\r\ntwo\nTHREE\r\n', '1\t1'],
    ['Übung.txt', 'ONE\r\ntwo\r\n', '1\t1'],
    ['[a].txt', 'ONE\r\ntwo\r\n', '1\t1'],
  ])('differs in the edited line only: %s', async (path, source, lines) => {
    writeEntries(task.path, { [path]: source })
    const { commit } = await collect()
    expect(bench.stored(commit, path).toString()).toBe(source)
    expect(numstat(commit)).toBe(`${lines}\t${path}`)
    const named = await submit(path)
    expect(bench.tree(named.commit)).toEqual(bench.tree(commit))
    const handedIn = await submit({ path, source })
    expect(bench.tree(handedIn.commit)).toEqual(bench.tree(commit))
  })

  it('may be converted by its author', async () => {
    writeEntries(task.path, { 'crlf.txt': 'one\ntwo\n' })
    const { commit } = await collect()
    expect(bench.stored(commit, 'crlf.txt').toString()).toBe('one\ntwo\n')
  })

  it('is converted where its attributes say text without auto, an encoding or $Id$', async () => {
    writeEntries(task.path, {
      'own/crlf.txt': 'one\r\nTWO\r\n',
      'ident.txt': '$Id: x $\r\nONE\r\n',
      'wide.txt': Buffer.from('\xfc\r\n', 'latin1'),
    })
    const { commit } = await collect()
    expect(bench.stored(commit, 'own/crlf.txt').toString()).toBe('one\nTWO\n')
    expect(bench.stored(commit, 'ident.txt').toString()).toBe('$Id$\nONE\n')
    expect(bench.stored(commit, 'wide.txt').toString()).toBe('ü\n')
  })
})

it('a new file, and one that is stored with LF, are stored with LF', async () => {
  writeEntries(task.path, { 'lf.txt': 'one\r\nTWO\r\n', 'new.txt': 'a\r\nb\r\n', 'copy/crlf.txt': 'one\r\n' })
  const { commit } = await collect()
  expect(bench.stored(commit, 'lf.txt').toString()).toBe('one\nTWO\n')
  expect(bench.stored(commit, 'new.txt').toString()).toBe('a\nb\n')
  expect(bench.stored(commit, 'copy/crlf.txt').toString()).toBe('one\n')
})

it('binary content keeps each byte, and text in its place is a new text', async () => {
  const bytes = Buffer.from('ONE\r\n\0two\r\n')
  writeEntries(task.path, { 'binary.dat': bytes })
  expect(bench.stored((await collect()).commit, 'binary.dat')).toEqual(bytes)
  writeEntries(task.path, { 'binary.dat': 'plain\r\n' })
  expect(bench.stored((await collect()).commit, 'binary.dat').toString()).toBe('plain\n')
})

it('the next attempt, which continues the first, has the same lines', async () => {
  writeEntries(task.path, { 'crlf.txt': 'one\r\nTWO\r\n' })
  const first = await collect()
  const { path } = await bench.workspace.prepareWorktree({
    ...task.of,
    commit: bench.head,
    carry: first.commit,
  })
  expect(readFileSync(join(path, 'crlf.txt'), 'utf8')).toBe('one\r\nTWO\r\n')
  expect(bench.tree((await collect()).commit)).toEqual(bench.tree(first.commit))
})
