// What formatting does to the bytes, the modes and the number of the files that a task changed. The formatter is a stand-in
// that removes spaces at the ends of lines.

import { chmodSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { exited, GitBench, writeEntries } from './git-bench.ts'

const LATIN1 = Buffer.from('caf\xe9  \n', 'latin1')
const bench = new GitBench({
  'package.json': JSON.stringify({ scripts: { format: 'prettier --check .' } }),
  'node_modules/prettier/bin/prettier.cjs': '',
  'neat.js': 'one\ntwo\n',
  'untidy.js': 'one  \ntwo\n',
  'latin1.js': LATIN1,
  'marked.js': '\ufeffone\n',
  '[slug].js': 'one\n',
})
let task: Awaited<ReturnType<GitBench['task']>>
beforeAll(async () => {
  bench.answer = ({ stdin }) => {
    const text = String(stdin)
    return exited(text.includes('broken') ? 1 : 0, { stdout: text.replace(/ +$/gm, '') })
  }
  await bench.open()
})
afterAll(() => bench.dispose())
beforeEach(async () => {
  task = await bench.task()
  bench.commands.length = 0
})

const collect = () => bench.workspace.collect({ ...task.of, message: 'work\n' })
const submit = (...files: (string | { path: string; source: string })[]) =>
  bench.workspace.submit({ ...task.of, files, cases: 0, message: 'work\n' })
const text = (commit: string, path: string) => bench.stored(commit, path).toString()
const formattedPaths = () =>
  bench.commands.map(({ argv }) => argv.find((word) => word.startsWith('--stdin-filepath='))?.slice(17))

describe('a task that changed more files than are formatted at once', () => {
  it('has all of them formatted', async () => {
    const names = Array.from({ length: 120 }, (_, at) => `new/${at}.js`)
    writeEntries(task.path, Object.fromEntries(names.map((name) => [name, 'one  \n'])))
    const { commit, files } = await collect()
    expect(files).toHaveLength(120)
    expect(new Set(names.map((name) => text(commit, name)))).toEqual(new Set(['one\n']))
    expect(formattedPaths()).toHaveLength(120)
  })

  it('starts at most four formatters at the same time', async () => {
    const names = Array.from({ length: 20 }, (_, at) => `new/${at}.js`)
    writeEntries(task.path, Object.fromEntries(names.map((name) => [name, 'one  \n'])))
    let [running, most] = [0, 0]
    const before = bench.answer
    bench.answer = async (command) => {
      running += 1
      most = Math.max(most, running)
      await new Promise((resolve) => setImmediate(resolve))
      running -= 1
      return before(command)
    }
    await collect()
    bench.answer = before
    expect(most).toBe(4)
  })
})

describe('a changed file', () => {
  it('is formatted when it was formatted before, and stays as its author wrote it when it was not', async () => {
    writeEntries(task.path, { 'neat.js': 'one\nthree  \n', 'untidy.js': 'one  \nthree  \n' })
    const { commit } = await collect()
    expect(text(commit, 'neat.js')).toBe('one\nthree\n')
    expect(text(commit, 'untidy.js')).toBe('one  \nthree  \n')
  })

  it('is no change when formatting brings back its former text, unless its mode is new', async () => {
    writeEntries(task.path, { 'neat.js': 'one  \ntwo\n', 'new.txt': 'x' })
    expect((await collect()).files).toEqual(['new.txt'])
    chmodSync(join(task.path, 'neat.js'), 0o755)
    const { commit, files } = await collect()
    expect(files).toEqual(['neat.js', 'new.txt'])
    expect(bench.tree(commit).get('neat.js')).toBe(
      bench.tree(bench.head).get('neat.js')?.replace('100644', '100755'),
    )
  })

  it('keeps bytes that are not UTF-8', async () => {
    const bytes = Buffer.concat([LATIN1, LATIN1])
    writeEntries(task.path, {
      'latin1.js': bytes,
      'new-latin1.js': LATIN1,
      'data.bin': Buffer.of(0, 255, 10),
    })
    const { commit } = await collect()
    expect(bench.stored(commit, 'latin1.js')).toEqual(bytes)
    expect(bench.stored(commit, 'new-latin1.js')).toEqual(LATIN1)
    expect(bench.stored(commit, 'data.bin')).toEqual(Buffer.of(0, 255, 10))
  })

  it('keeps bytes that are not UTF-8 also when it is named', async () => {
    const bytes = Buffer.concat([LATIN1, LATIN1])
    writeEntries(task.path, { 'latin1.js': bytes, 'data.bin': Buffer.of(0, 255, 10) })
    const { commit } = await submit('latin1.js', 'data.bin')
    expect(bench.stored(commit, 'latin1.js')).toEqual(bytes)
    expect(bench.stored(commit, 'data.bin')).toEqual(Buffer.of(0, 255, 10))
  })

  it('keeps its byte-order mark', async () => {
    writeEntries(task.path, { 'marked.js': '\ufeffone\nmore  \n' })
    const { commit } = await collect()
    expect(text(commit, 'marked.js')).toBe('\ufeffone\nmore\n')
  })

  it('of more than a megabyte is not formatted', async () => {
    const long = `${'x'.repeat(1024 * 1024)}  \n`
    writeEntries(task.path, { 'long.js': long, 'short.js': 'x  \n' })
    const { commit } = await collect()
    expect(text(commit, 'long.js')).toBe(long)
    expect(text(commit, 'short.js')).toBe('x\n')
  })

  it('is formatted under a name that git would read as a pattern', async () => {
    writeEntries(task.path, { '[slug].js': 'one\nmore  \n', '*.js': 'one  \n' })
    const { commit } = await collect()
    expect(text(commit, '[slug].js')).toBe('one\nmore\n')
    expect(text(commit, '*.js')).toBe('one\n')
  })

  it('stays as it is when the formatter fails or prints nothing', async () => {
    writeEntries(task.path, { 'broken.js': 'broken  \n', 'empty.js': '' })
    const { commit } = await collect()
    expect(text(commit, 'broken.js')).toBe('broken  \n')
    expect(text(commit, 'empty.js')).toBe('')
    expect(bench.logged.filter((line) => line.startsWith('a formatter failed')).length).toBeGreaterThan(0)
  })

  it('is read by the formatter from stdin; no file of the worktree is written', async () => {
    writeEntries(task.path, { 'neat.js': 'one  \nthree\n' })
    await collect()
    expect(readFileSync(join(task.path, 'neat.js'), 'utf8')).toBe('one  \nthree\n')
    expect(bench.commands.map(({ stdin }) => stdin)).toEqual(['one\ntwo\n', 'one  \nthree\n'])
    expect(bench.commands[0]?.frozen).toEqual([join(task.path, '.git')])
  })
})

describe('files that no formatter is for', () => {
  it('start none', async () => {
    writeEntries(task.path, { 'notes.txt': 'a  \n', 'data.bin': Buffer.of(0) })
    const { commit } = await collect()
    expect(text(commit, 'notes.txt')).toBe('a  \n')
    expect(bench.commands).toEqual([])
  })

  it('start none without a survey, whatever changed', async () => {
    writeEntries(task.path, { 'neat.js': 'one  \n' })
    const { survey: _, ...of } = task.of
    const { commit } = await bench.workspace.collect({ ...of, message: 'work\n' })
    expect(text(commit, 'neat.js')).toBe('one  \n')
    expect(bench.commands).toEqual([])
  })
})
