// Acceptance commands and their files: where they run, what of a milestone fails them, and which files are refused.

import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { placeAcceptFiles } from '../../workspace/accept-files.ts'
import { milestoneRef } from '../../workspace/index.ts'
import { exited, GitBench, writeEntries } from './git-bench.ts'

const bench = new GitBench({
  'a.txt': 'first\n',
  'check/old.txt': 'of the tree\n',
  'tool.sh': { bytes: '', mode: 0o755 },
})
beforeAll(async () => {
  await bench.open()
  await bench.workspace.openMilestone({ milestone: 'm', survey: { head: bench.head } })
})
afterAll(() => bench.dispose())
beforeEach(() => {
  bench.answer = () => ({})
  bench.commands.length = 0
})

type Check = Parameters<typeof bench.workspace.accept>[0]['commands'][number]
const accept = (...commands: Check[]) =>
  bench.workspace.accept({ milestone: 'm', survey: { head: bench.head }, commands })
let folders = 0
/** A folder outside the repository with these files. */
function outside(files: Parameters<typeof writeEntries>[1]): string {
  folders += 1
  const folder = join(bench.playground.root, `accept-${folders}`)
  mkdirSync(folder, { recursive: true })
  writeEntries(folder, files)
  return folder
}

describe('an acceptance command', () => {
  it('is accepted when it exits with 0', async () => {
    expect(await accept('make check', 'npm test')).toEqual([])
    expect(bench.commands.map(({ argv }) => argv)).toEqual([
      ['/bin/sh', '-c', 'make check'],
      ['/bin/sh', '-c', 'npm test'],
    ])
  })

  it('runs at the tip of the branch, in a new worktree each', async () => {
    const { tip } = await bench.workspace.milestone({ milestone: 'm' })
    const task = await bench.task()
    writeEntries(task.path, { 'a.txt': 'second\n' })
    const { commit } = await bench.workspace.collect({ ...task.of, message: 'work\n' })
    await bench.workspace.parts.clone.move(milestoneRef('m'), commit, tip)
    const seen: string[] = []
    bench.answer = ({ cwd }) => {
      seen.push(readFileSync(join(cwd, 'a.txt'), 'utf8'), String(existsSync(join(cwd, 'left'))))
      writeEntries(cwd, { left: '' })
      return {}
    }
    expect(await accept('one', 'two')).toEqual([])
    expect(seen).toEqual(['second\n', 'false', 'second\n', 'false'])
    expect(bench.commands.every(({ cwd }) => !existsSync(cwd))).toBe(true)
  })

  it.each([
    [
      'a failure with the end of its output',
      exited(2, { stdout: 'out\n', stderr: '\u001b[31mred\u001b[0m\n' }),
      "'check' failed (exit 2): red\n\nout",
    ],
    [
      'one that is too slow',
      { kind: 'timed_out', stdout: '', stderr: 'slow' },
      "'check' did not end in time. slow",
    ],
    [
      'one that takes too much',
      { kind: 'exceeded', limit: 'memory', stdout: '', stderr: '' },
      "'check' took more memory than it may. ",
    ],
    [
      'one that crashes',
      { kind: 'signalled', signal: 'SIGSEGV', outside: false, stdout: '', stderr: '' },
      "'check' crashed with SIGSEGV. ",
    ],
  ] as const)('finds %s', async (_what, ending, sentence) => {
    bench.answer = () => ending
    expect(await accept('check')).toEqual([sentence])
  })

  it('says how more of the disk may be used', async () => {
    bench.answer = () => ({ kind: 'exceeded', limit: 'disk', stdout: '', stderr: '' })
    expect(await accept('check')).toEqual([expect.stringContaining('sandbox.disk-mb and sandbox.files')])
  })

  it('goes on with the next one after a failure', async () => {
    bench.answer = ({ argv }) => exited(argv.at(-1) === 'bad' ? 1 : 0)
    expect(await accept('bad', 'good', 'bad')).toHaveLength(2)
    expect(bench.commands).toHaveLength(3)
  })

  it('is neither accepted nor refused when another process ended it, or the sandbox does not start', async () => {
    bench.answer = () => ({ kind: 'signalled', signal: 'SIGKILL', outside: true, stdout: '', stderr: '' })
    await expect(accept('check')).rejects.toMatchObject({ code: 'sandbox_killed', retryable: true })
    bench.answer = () => ({ kind: 'could_not_start', reason: 'no namespaces' })
    await expect(accept('check')).rejects.toMatchObject({ code: 'sandbox_unusable', retryable: true })
  })

  it('ends with the abort of the run', async () => {
    const controller = new AbortController()
    bench.answer = () => {
      controller.abort(new Error('stop'))
      return exited(0)
    }
    const order = {
      milestone: 'm',
      survey: { head: bench.head },
      commands: ['check'],
      signal: controller.signal,
    }
    await expect(bench.workspace.accept(order)).rejects.toThrow('stop')
  })

  it('is asked of an opened milestone and a surveyed commit only', async () => {
    const order = { milestone: 'm', survey: { head: bench.head }, commands: ['check'] }
    await expect(bench.workspace.accept({ ...order, milestone: 'other' })).rejects.toMatchObject({
      code: 'no_milestone',
    })
    const head = '1'.repeat(40)
    await expect(bench.workspace.accept({ ...order, survey: { head } })).rejects.toMatchObject({
      code: 'not_surveyed',
    })
    await expect(bench.workspace.accept({ ...order, milestone: '../m' })).rejects.toMatchObject({
      code: 'bad_name',
    })
  })
})

describe('the files of a command', () => {
  it('are in its worktree only, in place of those of the tree', async () => {
    const files = outside({
      'check/old.txt': 'of the user\n',
      'check/new/deep.txt': 'new\n',
      'run.sh': { bytes: '#!', mode: 0o755 },
    })
    const seen: string[] = []
    bench.answer = ({ cwd }) => {
      seen.push(
        existsSync(join(cwd, 'check/new/deep.txt')) ? 'placed' : 'absent',
        readFileSync(join(cwd, 'check/old.txt'), 'utf8'),
      )
      if (existsSync(join(cwd, 'run.sh'))) seen.push((statSync(join(cwd, 'run.sh')).mode & 0o777).toString(8))
      return {}
    }
    expect(await accept({ run: 'one', files }, 'two')).toEqual([])
    expect(seen).toEqual(['placed', 'of the user\n', '755', 'absent', 'of the tree\n'])
  })

  it('are a finding when there are none to read, and the command does not run', async () => {
    const missing = join(bench.playground.root, 'nowhere')
    const [finding] = await accept({ run: 'check', files: missing })
    expect(finding).toMatch(new RegExp(`^the acceptance files in ${missing} could not be placed: ENOENT`))
    expect(bench.commands).toEqual([])
  })

  it.each<[string, (folder: string) => void, string]>([
    [
      'a link to a file',
      (folder) => symlinkSync('/etc/passwd', join(folder, 'passwd')),
      'passwd is a link or no regular file',
    ],
    [
      'a link to a folder',
      (folder) => symlinkSync('/etc', join(folder, 'etc')),
      'etc is a link or no regular file',
    ],
    [
      'a broken link',
      (folder) => symlinkSync('nowhere', join(folder, 'broken')),
      'broken is a link or no regular file',
    ],
    ["git's own folder", (folder) => writeEntries(folder, { '.git/config': '' }), '.git/config'],
    ['a name that Windows cannot have', (folder) => writeEntries(folder, { 'aux.txt': '' }), 'aux.txt'],
    ['a name that ends with a dot', (folder) => writeEntries(folder, { 'deep/end.': '' }), 'deep/end.'],
  ])('are refused for %s', async (_what, add, named) => {
    const files = outside({ 'ok.txt': 'ok' })
    add(files)
    const [finding] = await accept({ run: 'check', files })
    expect(finding).toMatch(/^the acceptance files in .* could not be placed: /)
    expect(finding).toContain(named)
    expect(bench.commands).toEqual([])
  })

  it('are refused when a folder of the tree is in the place of a file', async () => {
    const [finding] = await accept({ run: 'check', files: outside({ check: 'a file' }) })
    expect(finding).toContain('check is a folder')
  })

  it('are refused when they are too many or too large', async () => {
    const many = outside(Object.fromEntries(Array.from({ length: 2001 }, (_, at) => [`${at}`, ''])))
    expect(await accept({ run: 'check', files: many })).toEqual([
      `${many} holds 2001 files; expected at most 2000`,
    ])
    const large = outside({ large: Buffer.alloc(16 * 1024 * 1024 + 1) })
    expect((await accept({ run: 'check', files: large }))[0]).toContain(
      'large has 16777217 bytes, more than 16777216',
    )
  })

  it('follow no link that the tree has', async () => {
    const { places } = bench.workspace.parts
    const [tree, elsewhere] = [outside({}), outside({ 'kept.txt': 'kept' })]
    symlinkSync(elsewhere, join(tree, 'folder'))
    symlinkSync(join(elsewhere, 'kept.txt'), join(tree, 'file.txt'))
    expect(await placeAcceptFiles({ places }, outside({ 'folder/new.txt': 'x' }), tree)).toMatch(
      /folder.* links are not followed/,
    )
    expect(await placeAcceptFiles({ places }, outside({ 'file.txt': 'x' }), tree)).toBeUndefined()
    expect(readdirSync(elsewhere)).toEqual(['kept.txt'])
    expect(readFileSync(join(elsewhere, 'kept.txt'), 'utf8')).toBe('kept')
    expect(readFileSync(join(tree, 'file.txt'), 'utf8')).toBe('x')
  })

  it.skipIf(process.getuid?.() === 0)('are a finding when one cannot be read', async () => {
    const files = outside({ 'closed.txt': 'x' })
    chmodSync(join(files, 'closed.txt'), 0)
    expect((await accept({ run: 'check', files }))[0]).toContain('closed.txt cannot be opened: EACCES')
  })
})
