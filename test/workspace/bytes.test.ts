// Files go in and come out byte for byte except for the edit, whatever git changes in a checkout: line endings, encodings,
// executable bits.

import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { conversionAt } from '../../workspace/checkout-conversion.ts'
import { fetchHead } from '../../workspace/clone.ts'
import { git } from './repositories.ts'
import { type TaskAtHand, Workbench } from './task-worktree.ts'

const utf16 = (text: string) => Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')])

/** Stored by git without any conversion, as a repository has it that got its attributes later. */
const STORED: Readonly<Record<string, Buffer>> = {
  'crlf/stored-lf.txt': Buffer.from('one\ntwo\nthree\n'),
  'crlf/stored-crlf.txt': Buffer.from('one\r\ntwo\r\n'),
  'crlf/mixed.txt': Buffer.from('one\r\ntwo\nthree\n'),
  'lf/stored-crlf.txt': Buffer.from('one\r\ntwo\r\n'),
  'plain/crlf.txt': Buffer.from('one\r\ntwo\r\n'),
  'plain/mixed.txt': Buffer.from('one\r\ntwo\nthree\r\n'),
  'plain/mark.txt': Buffer.from('\ufeffone\ntwo\n'),
  'plain/latin1.txt': Buffer.from('caf\xe9\ncr\xe8me\n', 'latin1'),
  'plain/no end.txt': Buffer.from('one\ntwo'),
  'plain/old-mac.txt': Buffer.from('one\rtwo\r'),
  'binary/null.dat': Buffer.from([0, 13, 10, 0, 10, 255]),
  'wide/text.txt': Buffer.from('one\ntwo\n'),
  'ident/a.txt': Buffer.from('$Id$\none\n'),
  'pointer/a.bin': Buffer.from('version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n'),
}

const ATTRIBUTES = `crlf/* text eol=crlf
lf/* text eol=lf
plain/* -text
binary/* binary
wide/* text working-tree-encoding=UTF-16
ident/* ident
pointer/* filter=lfs diff=lfs merge=lfs -text
`

const bench = new Workbench()
let head: string
let task: TaskAtHand
beforeAll(async () => {
  await bench.open()
  const { repository } = bench
  for (const [path, bytes] of Object.entries(STORED)) {
    mkdirSync(dirname(join(repository, path)), { recursive: true })
    writeFileSync(join(repository, path), bytes)
  }
  writeFileSync(join(repository, 'tool.sh'), '#!/bin/sh\n')
  chmodSync(join(repository, 'tool.sh'), 0o755)
  // Added before there are attributes, so every file is stored as it is here.
  git(repository, 'add', '--all')
  git(repository, 'commit', '--quiet', '--message', 'files')
  writeFileSync(join(repository, '.gitattributes'), ATTRIBUTES)
  git(repository, 'add', '.gitattributes')
  git(repository, 'commit', '--quiet', '--message', 'attributes')
  head = git(repository, 'rev-parse', 'HEAD').trim()
  await fetchHead(bench.workspace.parts)
})
afterAll(() => bench.dispose())
beforeEach(async () => {
  task = await bench.task()
  await bench.workspace.prepareWorktree({ ...task.of, commit: head })
})

const at = (path: string) => join(task.path, path)
const collect = () => bench.workspace.collect({ ...task.of, message: 'feat: more\n' })
const submit = (files: readonly (string | { path: string; source: string })[]) =>
  bench.workspace.submit({ ...task.of, files, cases: 0, message: 'test: more\n' })
const changed = (commit: string) =>
  git(bench.clone, 'diff-tree', '-r', '--no-commit-id', '--name-only', commit).trim().split('\n').sort()
const numstat = (commit: string, path: string) =>
  git(bench.clone, 'diff', '--numstat', head, commit, '--', path).trim()

/** The bytes that a commit of the clone stores. */
function stored(commit: string, path: string): Buffer {
  return execFileSync('git', ['-C', bench.clone, 'cat-file', 'blob', `${commit}:${path}`])
}

describe('a worktree that nobody changed', () => {
  it('has the bytes of a checkout by git', () => {
    expect(readFileSync(at('crlf/stored-lf.txt'), 'utf8')).toBe('one\r\ntwo\r\nthree\r\n')
    expect(readFileSync(at('wide/text.txt'))).not.toEqual(STORED['wide/text.txt'])
    for (const path of Object.keys(STORED).filter((each) => /^(plain|binary|pointer|lf)/.test(each)))
      expect(readFileSync(at(path)), path).toEqual(STORED[path])
  })

  it('differs in nothing, also after each file was written again as it was', async () => {
    for (const path of Object.keys(STORED)) writeFileSync(at(path), readFileSync(at(path)))
    expect(await task.toolbox.tree()).toBe(git(bench.clone, 'rev-parse', `${head}^{tree}`).trim())
    await expect(collect()).rejects.toMatchObject({ code: 'nothing_changed' })
  })
})

describe('an edit', () => {
  const edits: [string, (bytes: Buffer) => Buffer, (stored: Buffer) => Buffer, string][] = [
    [
      'crlf/stored-lf.txt',
      (bytes) => Buffer.from(bytes.toString().replace('two', 'TWO')),
      (before) => Buffer.from(before.toString().replace('two', 'TWO')),
      '1\t1',
    ],
    [
      'lf/stored-crlf.txt',
      (bytes) => Buffer.from(bytes.toString().replace('two', 'TWO')),
      () => Buffer.from('one\nTWO\n'),
      '2\t2',
    ],
    ['wide/text.txt', () => utf16('one\nTWO\n'), () => Buffer.from('one\nTWO\n'), '1\t1'],
    [
      'ident/a.txt',
      (bytes) => Buffer.from(bytes.toString().replace('one', 'ONE')),
      () => Buffer.from('$Id$\nONE\n'),
      '1\t1',
    ],
    ...['plain/crlf.txt', 'plain/mixed.txt', 'plain/mark.txt', 'plain/no end.txt'].map(
      (path): [string, (bytes: Buffer) => Buffer, (stored: Buffer) => Buffer, string] => [
        path,
        (bytes) => Buffer.from(bytes.toString().replace('one', 'ONE')),
        (before) => Buffer.from(before.toString().replace('one', 'ONE')),
        '1\t1',
      ],
    ),
    [
      'plain/latin1.txt',
      (bytes) => Buffer.concat([bytes, Buffer.from('more\n')]),
      (before) => Buffer.concat([before, Buffer.from('more\n')]),
      '1\t0',
    ],
    [
      'pointer/a.bin',
      (bytes) => Buffer.concat([bytes, Buffer.from('x 1\n')]),
      (before) => Buffer.concat([before, Buffer.from('x 1\n')]),
      '1\t0',
    ],
    ['binary/null.dat', () => Buffer.from([0, 13, 10, 1]), () => Buffer.from([0, 13, 10, 1]), '-\t-'],
  ]

  it.each(edits)('of %s changes these lines and no other', async (path, edit, expected, lines) => {
    writeFileSync(at(path), edit(readFileSync(at(path))))
    const tree = await task.toolbox.tree()
    const { commit, files } = await collect()
    expect(files).toEqual([path])
    expect(changed(commit)).toEqual([path])
    expect(stored(commit, path)).toEqual(expected(STORED[path] ?? Buffer.of()))
    expect(numstat(commit, path)).toBe(`${lines}\t${path}`)
    expect(git(bench.clone, 'rev-parse', `${commit}^{tree}`).trim()).toBe(tree)
  })

  it('is stored the same way when the file is named', async () => {
    const path = 'crlf/stored-lf.txt'
    writeFileSync(at(path), 'one\r\nTWO\r\nthree\r\n')
    const { commit } = await submit([path, { path: 'crlf/new.txt', source: 'new\r\nline\n' }])
    expect(stored(commit, path).toString()).toBe('one\nTWO\nthree\n')
    expect(stored(commit, 'crlf/new.txt').toString()).toBe('new\nline\n')
  })

  it('comes back from a checkout of the commit as it was written', async () => {
    const texts = { 'crlf/stored-lf.txt': 'one\r\nTWO\r\n', 'crlf/new.txt': 'a\r\nb\r\n' }
    for (const [path, text] of Object.entries(texts)) writeFileSync(at(path), text)
    writeFileSync(at('wide/text.txt'), utf16('ünï\n'))
    const { commit } = await collect()
    await bench.workspace.prepareWorktree({ ...task.of, commit })
    for (const [path, text] of Object.entries(texts)) expect(readFileSync(at(path), 'utf8')).toBe(text)
    expect(readFileSync(at('wide/text.txt')).toString('utf16le')).toContain('ünï\n')
  })

  it('goes by the attributes of the commit, not by those that a command left', async () => {
    writeFileSync(at('.gitattributes'), '* -text\n')
    writeFileSync(at('crlf/stored-lf.txt'), 'ONE\r\n')
    const { commit } = await collect()
    expect(stored(commit, 'crlf/stored-lf.txt').toString()).toBe('ONE\n')
    expect(stored(commit, '.gitattributes').toString()).toBe('* -text\n')
  })
})

describe('the executable bit', () => {
  it('stays when a file is named, and a new file has none', async () => {
    writeFileSync(at('tool.sh'), '#!/bin/sh\necho more\n')
    const { commit } = await submit(['tool.sh', { path: 'new.sh', source: '#!/bin/sh\n' }])
    expect(git(bench.clone, 'ls-tree', commit, 'tool.sh', 'new.sh').replace(/ blob \w+/g, '')).toBe(
      '100644\tnew.sh\n100755\ttool.sh\n',
    )
  })

  it('is a change when nothing else is, also of a file whose attributes do not fit', async () => {
    chmodSync(at('lf/stored-crlf.txt'), 0o755)
    const { commit } = await collect()
    expect(git(bench.clone, 'ls-tree', commit, 'lf/stored-crlf.txt')).toMatch(/^100755/)
  })
})

it('a commit without attributes has no conversion', async () => {
  const first = git(bench.repository, 'rev-parse', 'HEAD~1').trim()
  expect(await conversionAt(bench.workspace.parts, first)).toBeUndefined()
  expect(await conversionAt(bench.workspace.parts, head)).toBeDefined()
})
