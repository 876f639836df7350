// What each tool answers, and that it says why when it does not do what was asked.

import { chmodSync, existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openToolbox, type Toolbox } from '../../agents/index.ts'
import { discover } from '../../agents/mcp/discover.ts'
import { mcpSettingsSchema } from '../../agents/mcp/mcp-settings.ts'
import { mcpTools } from '../../agents/mcp/mcp-tools.ts'
import { serverPlaces } from '../../agents/mcp/server-place.ts'
import type { AgentOrder } from '../../machines/index.ts'
import type { Sandbox } from '../../workspace/index.ts'
import { commitAll, write } from '../workspace/repositories.ts'
import { hashIn, type TaskAtHand, Workbench } from '../workspace/task-worktree.ts'

const bench = new Workbench({
  'src/long.ts': Array.from({ length: 1200 }, (_, at) => `export const n${at} = ${at}\n`).join(''),
  'src/crlf.ts': 'export const a = 1\r\nexport const b = 2\r\n',
  'data.bin': 'a\0b',
  'wide.txt': `${'x'.repeat(5000)}\nshort\n`,
  'broken.ts': 'export const = \n',
  'biome.json': '{ "files": { "includes": ["src/**"] } }',
  '.gitignore': 'node_modules\nout/\n',
  ...Object.fromEntries(
    Array.from({ length: 400 }, (_, at) => [`many/d${at % 8}/f${at}.txt`, `line ${at}\n`]),
  ),
})
beforeAll(async () => {
  write(bench.repository, { 'notes/history.md': 'Short.\n' })
  commitAll(bench.repository, 'Begin the notes')
  write(bench.repository, { 'notes/history.md': 'Longer.\n', 'notes/old name.md': '' })
  commitAll(bench.repository, 'Say more\n\nIt was short.')
  await bench.open()
})
afterAll(() => bench.dispose())

let task: TaskAtHand
const text = (path: string) => readFileSync(join(task.path, path), 'utf8')
const fresh = async () => {
  task = await bench.task()
  return task
}

it('tells of its tools with schemas, and only of those that are wanted', async () => {
  const { toolbox, of } = await fresh()
  expect(toolbox.tools.map(({ tool }) => tool.name)).toEqual([
    'read',
    'list',
    'search',
    'diff',
    'edit',
    'write',
    'run',
  ])
  for (const { input, description } of toolbox.tools.map(({ tool }) => tool)) {
    expect(input).toMatchObject({ type: 'object', additionalProperties: false })
    expect(description).not.toBe('')
  }
  const some = bench.workspace.toolbox({ ...of, only: ['read', 'list'] })
  expect(some.tools.map(({ tool }) => tool.name)).toEqual(['read', 'list'])
  expect(await some.use({ name: 'write', input: {} })).toEqual({
    failed: true,
    content: 'There is no tool write. There are read, list.',
  })
})

it.each([
  ['read', {}],
  ['read', { path: 3 }],
  ['read', { path: 'src/sign.ts', ofset: 3 }],
  ['edit', { path: 'src/sign.ts', old: '', new: 'x' }],
  ['run', { command: 'rm' }],
  ['search', 'sign'],
  ['list', null],
])('%s says what is wrong with the input %j', async (name, input) => {
  await fresh()
  expect(await task.refused(name, input)).toMatch(new RegExp(`^The input of ${name} is invalid`))
})

it('tells where its files are and which', async () => {
  const { toolbox, path } = await fresh()
  expect(toolbox.root).toBe(path)
  await task.shell('echo x > new.txt; rm README.md; mkdir out; echo x > out/ignored')
  const files = await toolbox.files()
  expect(files).toEqual(expect.arrayContaining(['new.txt', 'src/sign.ts']))
  expect(files.filter((file) => /README|ignored|node_modules/.test(file))).toEqual([])
})

it('gives the rules of the repository, and follows no link to them', async () => {
  const { toolbox } = await fresh()
  await task.shell(
    'echo "Use tabs." > AGENTS.md; ln -s AGENTS.md CLAUDE.md; ln -s /etc/hostname src/AGENTS.md; printf "a\\0b" > src/CLAUDE.md',
  )
  expect(await toolbox.rules({ brief: 'Change src/sign.ts.', characters: 1_000 })).toEqual({
    shown: [{ path: 'AGENTS.md', folder: '', text: 'Use tabs.' }],
    elsewhere: [],
  })
})

it('is an error without a worktree', async () => {
  const box = bench.workspace.toolbox({ milestone: 'm', task: 'nobody', survey: { head: 'a'.repeat(40) } })
  await expect(box.use({ name: 'read', input: { path: 'a' } })).rejects.toMatchObject({ code: 'no_worktree' })
})

describe('read', () => {
  it('shows numbered lines and the hash of the version', async () => {
    await fresh()
    const said = await task.use('read', { path: './src/sign.ts' })
    expect(said).toMatch(/^src\/sign\.ts, lines 1 to 4 of 4, hash [0-9a-f]{12}\n {4}1\texport function sign/)
  })

  it('says how many lines are left, and goes on where it is told', async () => {
    await fresh()
    expect(await task.use('read', { path: 'src/long.ts' })).toMatch(
      /\[700 more lines; read on with offset 501\]$/,
    )
    const end = await task.use('read', { path: 'src/long.ts', offset: 1199, limit: 5 })
    expect(end.split('\n').slice(1)).toEqual([
      ' 1199\texport const n1198 = 1198',
      ' 1200\texport const n1199 = 1199',
    ])
    expect(await task.refused('read', { path: 'src/long.ts', offset: 2000 })).toContain('has 1200 lines')
  })

  it('cuts long lines, with the number of characters', async () => {
    await fresh()
    expect(await task.use('read', { path: 'wide.txt' })).toContain('x [4000 more characters]\n    2\tshort')
  })

  it('takes the absolute path of a file in the worktree', async () => {
    await fresh()
    expect(await task.use('read', { path: join(task.path, 'src/sign.ts') })).toContain('src/sign.ts, lines 1')
  })

  it('refuses what is absent, a folder, binary or too large', async () => {
    await fresh()
    expect(await task.refused('read', { path: 'src/none.ts' })).toContain('no file src/none.ts')
    expect(await task.refused('read', { path: 'src' })).toContain('src is a folder')
    expect(await task.refused('read', { path: 'data.bin' })).toContain('binary')
    await task.shell('head -c 2000000 /dev/zero > large.txt; mkfifo pipe')
    expect(await task.refused('read', { path: 'large.txt' })).toContain('2000000 bytes')
    expect(await task.refused('read', { path: 'pipe' })).toContain('not a regular file')
  })
})

describe('diff', () => {
  it('shows what the milestone has changed, and nothing that is not committed', async () => {
    const { of } = await fresh()
    expect(await task.refused('diff', {})).toContain('no milestone')
    await bench.workspace.openMilestone({ milestone: of.milestone, survey: of.survey })
    expect(await task.use('diff', {})).toBe('Nothing was changed.')
    await task.shell("sed -i 's/n1 = 1$/n1 = 7/' src/long.ts; seq 900 > new.txt; rm wide.txt")
    const { commit } = await bench.workspace.collect({ ...of, message: 'feat: more\n' })
    const next = { ...of, task: 'reviewed' }
    task = bench.at({ of: next, ...(await bench.workspace.prepareWorktree({ ...next, commit })) })
    await task.shell('echo later > later.txt')
    expect((await task.use('diff', {})).split('\n').slice(1)).toEqual([
      '900\t0\tnew.txt',
      '1\t1\tsrc/long.ts',
      '0\t2\twide.txt',
    ])
    const changed = await task.use('diff', { path: 'src/long.ts' })
    expect(changed).toContain('-export const n1 = 1\n+export const n1 = 7\n')
    expect(await task.refused('diff', { path: 'later.txt' })).toContain('was not changed')
    expect(await task.use('diff', { path: 'new.txt' })).toMatch(/more lines; go on with offset 601\]$/)
    expect(await task.use('diff', { path: 'new.txt', offset: 906 })).toBe('+900')
    expect(await task.refused('diff', { path: 'new.txt', offset: 2_000 })).toContain('no line 2000')
  })
})

describe('list', () => {
  it('names what git would track, below a folder or by name', async () => {
    await fresh()
    await task.shell('mkdir out; echo x > out/ignored; echo x > new.txt; rm README.md')
    const said = await task.use('list', { match: '*.{md,txt}', folder: '' })
    expect(said).toContain('new.txt')
    expect(said).not.toMatch(/README|ignored/)
    expect(await task.use('list', { folder: 'src', match: 's*.ts' })).toBe(
      '1 files like s*.ts in src:\nsrc/sign.ts',
    )
    expect(await task.refused('list', { folder: 'nowhere' })).toContain('no files in nowhere')
  })

  it('folds folders when there are many files, so that the list stays short', async () => {
    await fresh()
    const said = await task.use('list', {})
    expect(said).toContain('many/d0/ (50 files)')
    expect(said).toContain('src/sign.ts')
    expect(said.split('\n').length).toBeLessThanOrEqual(301)
  })
})

/** The toolbox of the task with a tenth of each limit: a search that does not end takes a whole core until then. */
function hasty(): Toolbox {
  const { parts } = bench.workspace
  const run: Sandbox['run'] = (command) =>
    parts.sandbox.run({ ...command, timeoutMs: command.timeoutMs / 10 })
  return openToolbox({ parts: { ...parts, sandbox: { ...parts.sandbox, run } } }, task.of)
}

describe('search', () => {
  it('finds lines by expression or as they are, with lines around', async () => {
    await fresh()
    const said = await task.use('search', { pattern: 'n (>|<) 0', around: 1 })
    expect(said).toContain('2 matching lines in 1 files')
    expect(said).toContain(
      "src/sign.ts\n    1  export function sign(n: number): string {\n    2:   if (n > 0) return 'plus'",
    )
    expect(await task.use('search', { pattern: 'n > 0)', literal: true })).toContain('1 matching lines')
    expect(await task.use('search', { pattern: 'SIGN', ignoreCase: true, folder: 'test' })).toContain(
      'test/sign.test.ts',
    )
    expect(await task.use('search', { pattern: 'no such line' })).toMatch(/^No line matches in \d+ files/)
  })

  it('shows so many and tells how many there are', async () => {
    await fresh()
    const said = await task.use('search', { pattern: 'export|line' })
    expect(said).toMatch(/^16\d\d matching lines in 4\d\d files; 50 of them are shown/)
    expect(said.length).toBeLessThan(20_000)
  })

  it('says what is wrong with an expression, and ends one that does not', async () => {
    await fresh()
    expect(await task.refused('search', { pattern: '(' })).toContain('literal')
    write(task.path, { 'slow.txt': `${'a'.repeat(60)}!` })
    expect(await hasty().use({ name: 'search', input: { pattern: '^(a+)+$', match: 'slow.txt' } })).toEqual({
      failed: true,
      content: expect.stringContaining('did not end in time'),
    })
  })
})

describe('edit', () => {
  const plus = { path: 'src/sign.ts', old: "return 'plus'", new: "return '+'" }

  it('replaces what was read, keeps the mode, and goes on from its own version', async () => {
    await fresh()
    chmodSync(join(task.path, 'src/sign.ts'), 0o755)
    await task.use('read', { path: 'src/sign.ts' })
    expect(await task.use('edit', plus)).toMatch(/lines 2 to 2 are new\. hash/)
    expect(await task.use('edit', { ...plus, old: "'zero'", new: "'0'" })).toContain('is edited')
    expect(text('src/sign.ts')).toContain("if (n > 0) return '+'\n  return n < 0 ? 'minus' : '0'")
    expect(statSync(join(task.path, 'src/sign.ts')).mode & 0o777).toBe(0o755)
  })

  it('refuses a version that was not seen', async () => {
    await fresh()
    expect(await task.refused('edit', plus)).toContain('it was not read yet')
    const hash = hashIn(await task.use('read', { path: 'src/sign.ts' }))
    await task.shell('echo "// more" >> src/sign.ts')
    expect(await task.refused('edit', plus)).toContain('it has changed since it was read')
    expect(await task.refused('edit', { ...plus, hash })).toContain('it has changed')
    expect(text('src/sign.ts')).toContain("'plus'")
    const now = hashIn(await task.use('read', { path: 'src/sign.ts' }))
    await task.use('edit', { ...plus, hash: now })
  })

  it('knows what another toolbox of the same worktree has read', async () => {
    await fresh()
    const other = bench.at(task)
    await other.use('read', { path: 'src/sign.ts' })
    await task.use('edit', plus)
    await other.use('edit', { ...plus, old: "'zero'", new: "'0'" })
    expect(text('src/sign.ts')).toContain("return '+'\n  return n < 0 ? 'minus' : '0'")
  })

  it('says what comes nearest, that only spacing differs, that it is there already, or where it is twice', async () => {
    await fresh()
    await task.use('read', { path: 'src/color.ts' })
    const edit = (old: string, other = 'x') => task.refused('edit', { path: 'src/color.ts', old, new: other })
    expect(await edit("      return 1\n    case 'green':\n      return 3\n")).toMatch(
      /The most similar text:\n {4}4\t {6}return 1\n {4}5\t {4}case 'green':\n {4}6\t {6}return 2/,
    )
    expect(await edit("  case 'red':\n  return 1")).toMatch(
      /differs only in spaces or tabs from these lines:\n {4}3\t/,
    )
    expect(await edit("case 'rot':", "case 'red':")).toContain('The new text is there already, at line 3')
    expect(await edit('return ')).toContain('3 times, at lines 4, 6, 8')
    expect(await edit('nothing of this kind, quite')).toContain('No similar text is there')
    expect(await edit('return 1', 'return 1')).toContain('the same')
    expect(text('src/color.ts')).toContain("case 'red':\n      return 1\n")
  })

  it('writes nothing that cannot be parsed, unless it could not before', async () => {
    await fresh()
    await task.use('read', { path: 'src/sign.ts' })
    const said = await task.refused('edit', { ...plus, new: "return 'plus" })
    expect(said).toMatch(/Nothing was written: src\/sign\.ts could no longer be parsed\.\nline 2/)
    expect(text('src/sign.ts')).toContain("'plus'")
    await task.use('read', { path: 'broken.ts' })
    await task.use('edit', { path: 'broken.ts', old: 'const =', new: 'const a =' })
  })

  it('keeps the ends of lines that a file has', async () => {
    await fresh()
    await task.use('read', { path: 'src/crlf.ts' })
    await task.use('edit', { path: 'src/crlf.ts', old: 'a = 1\nexport', new: 'a = 3\n\nexport' })
    expect(text('src/crlf.ts')).toBe('export const a = 3\r\n\r\nexport const b = 2\r\n')
  })

  it('made again after it was only written down goes on where it was', async () => {
    await fresh()
    const before = text('src/sign.ts')
    await task.use('read', { path: 'src/sign.ts' })
    await task.use('edit', plus)
    // As a kill between the note of the edit and the edit leaves it.
    write(task.path, { 'src/sign.ts': before })
    expect(await task.use('edit', plus)).toContain('is edited')
    expect(text('src/sign.ts')).toContain("'+'")
  })

  it('made again, also by another life, finds that it is in place', async () => {
    await fresh()
    const grow = { path: 'src/sign.ts', old: 'export', new: '// why\nexport' }
    const hash = hashIn(await task.use('read', { path: 'src/sign.ts' }))
    await task.use('edit', grow)
    const after = text('src/sign.ts')
    expect(await task.use('edit', grow)).toContain('in place already')
    await bench.open()
    task = bench.at(task)
    expect(await task.use('edit', grow)).toContain('in place already')
    expect(await task.use('edit', { ...grow, hash })).toContain('in place already')
    expect(text('src/sign.ts')).toBe(after)
    await task.use('edit', { ...grow, hash: hashIn(await task.use('read', { path: 'src/sign.ts' })) })
    expect(text('src/sign.ts')).toBe(`// why\n${after}`)
  })
})

describe('write', () => {
  it('makes files with their folders, and replaces those that were seen', async () => {
    await fresh()
    const order = { path: 'src/deep/er/new.ts', content: 'export const a = 1\n' }
    expect(await task.use('write', order)).toContain('is new')
    expect(await task.use('write', order)).toContain('exactly this content already')
    expect(statSync(join(task.path, order.path)).mode & 0o777).toBe(0o644)
    expect(await task.use('write', { ...order, content: 'export const a = 2\n' })).toContain('is replaced')
    expect(text(order.path)).toBe('export const a = 2\n')
    expect(await task.refused('write', { path: 'README.md', content: 'x' })).toContain('you have not seen')
    await task.use('read', { path: 'README.md' })
    await task.use('write', { path: 'README.md', content: 'x' })
  })

  it('writes nothing that cannot be parsed, is a folder, or is in the way of one', async () => {
    await fresh()
    expect(await task.refused('write', { path: 'a/b.json', content: '{' })).toContain(
      'could no longer be parsed',
    )
    expect(existsSync(join(task.path, 'a'))).toBe(false)
    expect(await task.refused('write', { path: 'src', content: 'x' })).toContain('is a folder')
    expect(await task.refused('write', { path: 'README.md/x', content: 'x' })).toContain('README.md')
  })
})

describe('run', () => {
  it('runs all tests or some, and tells what fails', async () => {
    await fresh()
    expect(await task.use('run', { command: 'tests' })).toMatch(
      /^The tests pass: 1 passed, 0 failed, 1 skipped/,
    )
    await task.shell(`sed -i "s/'plus'/'+'/" src/sign.ts`)
    const said = await task.refused('run', { command: 'tests', files: ['test/sign.test.ts'] })
    expect(said).toMatch(/^The tests fail: 0 passed, 1 failed/)
    expect(said).toContain('knows plus')
    expect(await task.refused('run', { command: 'tests', files: ['test/none.test.ts'] })).toContain(
      'no file test/none.test.ts',
    )
    expect(await task.refused('run', { command: 'types' })).toContain('no type check')
  })

  it('runs the linter that is configured, on all files or some', async () => {
    await fresh()
    expect(await task.use('run', { command: 'lint' })).toMatch(/^The linter passes/)
    write(task.path, { 'src/bad.ts': 'debugger\n' })
    expect(await task.refused('run', { command: 'lint' })).toMatch(/^The linter fails[\s\S]*src\/bad\.ts/)
    expect(await task.use('run', { command: 'lint', files: ['src/sign.ts'] })).toMatch(/^The linter passes/)
    expect(await task.refused('run', { command: 'lint', files: ['--help'] })).toContain('no file --help')
  })

  it('gives a script what it needs and both streams in order, shortened in the middle', async () => {
    await fresh()
    expect(await task.shell('echo one; echo two >&2; echo three')).toBe(
      'The script exited with 0.\none\ntwo\nthree',
    )
    expect(await task.refused('run', { command: 'shell', script: 'exit 3' })).toContain(
      'exited with 3. It printed nothing',
    )
    expect(await task.shell('seq 1 20000')).toMatch(
      /^The script exited with 0\.\n1\n2\n[\s\S]*\[\.\.\. \d+ characters left out \.\.\.\][\s\S]*\n20000$/,
    )
    expect(await task.refused('run', { command: 'shell' })).toContain('needs a script')
  })

  it('ends what takes too long, and says so with what it wrote', async () => {
    await fresh()
    const said = await task.refused('run', { command: 'shell', script: 'echo begun; sleep 300', seconds: 1 })
    expect(said).toMatch(/did not end in time\. begun/)
  })

  it('stops when it is told to', async () => {
    await fresh()
    const stopped = AbortSignal.abort()
    const call = { name: 'run', input: { command: 'shell', script: 'touch never' } }
    await expect(task.toolbox.use(call, { signal: stopped })).rejects.toMatchObject({ name: 'AbortError' })
    expect(existsSync(join(task.path, 'never'))).toBe(false)
  })
})

it('reads the history before the work: messages and files, newest first, without large changes', async () => {
  const { toolbox } = await fresh()
  // The first commit has more than 20 files.
  expect(await toolbox.history()).toEqual([
    { message: 'Say more\n\nIt was short.', files: ['notes/history.md', 'notes/old name.md'] },
    { message: 'Begin the notes', files: ['notes/history.md'] },
  ])
})

describe('a tool of an MCP server', () => {
  const PROGRAM = join(import.meta.dirname, 'mcp/server.js')

  async function wrote(effect: 'write' | 'read', path: string) {
    const { parts } = bench.workspace
    const settings = mcpSettingsSchema.parse({
      notes: { command: [process.execPath, PROGRAM], tools: ['writes'], effect, files: [PROGRAM] },
    })
    const granted = { ...(settings.notes as (typeof settings)[string]), name: 'notes', variables: {} }
    const found = await discover(granted, { sandbox: parts.sandbox })
    if (found.kind === 'refused') throw new Error(found.reason)
    const servers = [{ granted, tools: found.tools }]
    const box = mcpTools({ servers, placeFor: serverPlaces(parts), notice: () => {} })
    const { milestone, task: id, survey } = task.of
    const order = { account: { milestone, task: id, attempt: 1 }, kind: 'code', site: survey }
    const call = { name: 'mcp__notes__writes', input: { path, words: 'by a server' }, key: 'k' }
    const { signal } = new AbortController()
    const outcome = await box.use({ ...call, order: order as unknown as AgentOrder, signal })
    await box.close()
    return outcome
  }

  it('writes in the worktree of its agent if the user says so, like any other work, and not its git', async () => {
    const { toolbox } = await fresh()
    const before = await toolbox.tree()
    expect(await wrote('write', 'src/made.ts')).toMatchObject({ failed: false })
    expect(text('src/made.ts')).toBe('by a server')
    expect(await toolbox.tree()).not.toBe(before)
    expect(await wrote('write', '.git')).toMatchObject({ failed: true })
  })

  it('writes nothing otherwise', async () => {
    const { toolbox } = await fresh()
    const before = await toolbox.tree()
    expect(await wrote('read', 'src/made.ts')).toMatchObject({
      content: expect.stringContaining('EROFS'),
      failed: true,
    })
    expect(await toolbox.tree()).toBe(before)
  })
})
