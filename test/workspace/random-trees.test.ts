// Random trees through one commit and its publication: what a task leaves in its worktree is in the user's repository byte for
// byte, as git itself would have stored it, and nothing else differs. Names that cannot be handled are refused before.

import { execFileSync } from 'node:child_process'
import { existsSync, lstatSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { objectionToPath } from '../../machines/index.ts'
import { milestoneRef } from '../../workspace/index.ts'
import { type Entry, GitBench, writeEntries } from './git-bench.ts'
import { git } from './repositories.ts'

const text = (lines: string) => Buffer.from(lines)
const crlf = 'one\r\ntwo\r\nthree\r\n'

/** In each folder the same contents, stored before there were attributes. */
const CONTENTS: Readonly<Record<string, Buffer>> = {
  'lf.txt': text('one\ntwo\nthree\n'),
  'crlf.txt': text(crlf),
  'mixed.txt': text('one\r\ntwo\nthree\r\n'),
  'latin1.txt': Buffer.from('caf\xe9\r\ncr\xe8me\n', 'latin1'),
  'null.bin': Buffer.from([0, 13, 10, 0, 10, 255]),
  'id.txt': text('$Id$\none\n'),
  'no end.txt': text('one\r\ntwo'),
}
const FOLDERS = ['auto', 'auto-crlf', 'crlf', 'lf', 'ident', 'plain']
const ATTRIBUTES = `auto/** text=auto
auto-crlf/** text=auto eol=crlf
crlf/** text eol=crlf
lf/** text eol=lf
ident/** ident
`
const SHARED: Readonly<Record<string, Entry>> = {
  ...Object.fromEntries(
    FOLDERS.flatMap((folder) =>
      Object.entries(CONTENTS).map(([name, bytes]) => [`${folder}/${name}`, bytes]),
    ),
  ),
  'tool.sh': { bytes: '#!/bin/sh\n', mode: 0o755 },
  'deep/er/still/leaf.txt': 'leaf\n',
  'Case.txt': 'upper\n',
  'case.txt': 'lower\n',
  'café.txt': 'composed\n',
  'cafe\u0301.txt': 'decomposed\n',
  'link.txt': { bytes: 'tool.sh', mode: 0o120000 },
  'broken link': { bytes: 'nowhere/at/all', mode: 0o120000 },
  'pointer.dat': 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n',
  '.gitignore': 'ignored/\n*.log\n',
}

const bench = new GitBench(SHARED)
const oracle = join(bench.playground.root, 'oracle')
beforeAll(async () => {
  bench.write({ '.gitattributes': ATTRIBUTES })
  git(bench.repository, 'add', '.gitattributes')
  git(bench.repository, 'commit', '--quiet', '--message', 'attributes')
  await bench.open()
  gitAlone(bench.playground.root, 'clone', '--quiet', '--no-local', bench.repository, oracle)
})
afterAll(() => bench.dispose())

/** Without the settings of the person who runs the tests. */
function gitAlone(cwd: string, ...args: string[]): string {
  const env = { PATH: process.env.PATH, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' }
  return execFileSync('git', args, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}

/** The files and links of a checkout: mode and content by path. */
function filesIn(folder: string): Map<string, string> {
  const found = new Map<string, string>()
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const place = join(entry.parentPath, entry.name)
    const path = relative(folder, place)
    if (entry.isDirectory() || /^(\.git|node_modules)(\/|$)/.test(path)) continue
    if (entry.isSymbolicLink()) found.set(path, 'link')
    else found.set(path, `${lstatSync(place).mode & 0o100} ${readFileSync(place).toString('latin1')}`)
  }
  return found
}

/** The entries that git itself makes of a folder's files on top of a commit; `git add` as the user would call it. */
function entriesByGit(commit: string, folder: string): Map<string, string> {
  gitAlone(oracle, 'fetch', '--quiet', bench.clone, commit)
  gitAlone(oracle, 'checkout', '--quiet', '--force', '--detach', commit)
  gitAlone(oracle, 'clean', '--quiet', '-ffdx')
  for (const name of readdirSync(oracle)) if (name !== '.git') rmSync(join(oracle, name), { recursive: true })
  execFileSync(
    'cp',
    ['-a', '--', ...readdirSync(folder).filter((name) => !/^(\.git|node_modules)$/.test(name)), oracle],
    {
      cwd: folder,
    },
  )
  gitAlone(oracle, 'add', '--all')
  const lines = gitAlone(oracle, 'ls-files', '-z', '--stage').split('\0').filter(Boolean)
  return new Map(
    lines.map((line) => [
      line.slice(line.indexOf('\t') + 1),
      line.slice(0, line.indexOf('\t')).replace(/ 0$/, ''),
    ]),
  )
}

const line = fc.constantFrom('one', 'two', 'TWO', '$Id$', 'ünï', '', '\ufeff', 'x'.repeat(300))
const lines = fc
  .array(fc.tuple(line, fc.constantFrom('\n', '\r\n', '\r\n', '\r')), { maxLength: 5 })
  .map((pairs) => Buffer.from(pairs.map(([word, end]) => word + end).join('')))
const content = fc.oneof(
  { weight: 5, arbitrary: lines },
  { weight: 2, arbitrary: fc.constantFrom(...Object.values(CONTENTS)) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)) },
)
const PATHS = Object.keys(SHARED).filter((path) => !/link|^\.git/.test(path))
const oddName = fc.oneof(
  fc.constantFrom(
    '-n',
    '"quoted"',
    "it's",
    'a b',
    '[slug]',
    '*',
    '?',
    '文字',
    '#hash',
    '!bang',
    '~',
    '$HOME',
    'é',
    'e\u0301',
    '😀',
    '%41',
  ),
  fc.constantFrom(
    'case.TXT',
    'A.txt',
    'a.txt',
    '.hidden',
    '{a,b}',
    '(x)',
    'a..b',
    '&',
    ';ls',
    '@',
    '+1',
    'constant',
  ),
  fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' }),
)
const newPath = fc
  .tuple(fc.constantFrom('', 'new/', 'new/er/', ...FOLDERS.map((name) => `${name}/`)), oddName)
  .map(([folder, name]) => `${folder}${name}`)
  .filter((path) => objectionToPath(path) === undefined && !/node_modules|\.git/i.test(path))

type Edit =
  | { kind: 'write'; path: string; bytes: Buffer; isExecutable: boolean }
  | { kind: 'remove' | 'flip' | 'as folder'; path: string }
const edit: fc.Arbitrary<Edit> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('write'),
      path: fc.constantFrom(...PATHS),
      bytes: content,
      isExecutable: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('write'),
      path: newPath,
      bytes: content,
      isExecutable: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom('remove', 'flip', 'as folder'),
      path: fc.constantFrom(...PATHS, 'link.txt'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('write'),
      path: fc.constantFrom('deep/er', 'deep', 'ignored/x', 'a.log', 'crlf'),
      bytes: content,
      isExecutable: fc.boolean(),
    }),
  },
) as fc.Arbitrary<Edit>

function apply(root: string, one: Edit): void {
  const place = join(root, one.path)
  // A file may be where the folder of this edit has to be.
  const above: string[] = []
  for (let folder = dirname(place); folder !== root; folder = dirname(folder)) above.unshift(folder)
  for (const folder of above) if (lstatSync(folder, { throwIfNoEntry: false })?.isFile()) rmSync(folder)
  const isPlaced = above.every((folder) => existsSync(folder))
  const found = isPlaced ? lstatSync(place, { throwIfNoEntry: false }) : undefined
  if (one.kind === 'flip') {
    if (found?.isFile())
      writeEntries(root, { [one.path]: { bytes: readFileSync(place), mode: found.mode ^ 0o111 } })
    return
  }
  rmSync(place, { recursive: true, force: true })
  if (one.kind === 'write')
    writeEntries(root, { [one.path]: { bytes: one.bytes, mode: one.isExecutable ? 0o755 : 0o644 } })
  if (one.kind === 'as folder') writeEntries(root, { [`${one.path}/inside.txt`]: 'inside\n' })
}

let runs = 0

/** One commit of all edits on top of the milestone's tip, and its publication. */
async function commitAndPublish(milestone: string, edits: readonly Edit[]): Promise<void> {
  const { workspace } = bench
  const { tip } = await workspace.milestone({ milestone })
  const of = { milestone, task: 't', survey: { head: bench.head } }
  const { path } = await workspace.prepareWorktree({ ...of, commit: tip })
  const before = filesIn(path)
  for (const one of edits) apply(path, one)
  const after = filesIn(path)
  const base = bench.tree(tip)
  const byGit = entriesByGit(tip, path)
  const expected = new Map<string, string>()
  for (const [name, entry] of byGit) {
    const untouched = after.get(name) === before.get(name) ? base.get(name) : undefined
    expected.set(name, untouched ?? entry)
  }
  const differs =
    [...expected].some(([name, entry]) => base.get(name) !== entry) || expected.size !== base.size
  const outcome = await workspace.collect({ milestone, task: 't', message: 'work\n' }).catch((error) => error)
  if (outcome instanceof Error) {
    expect(outcome).toMatchObject({ code: 'nothing_changed' })
    expect(differs, 'git sees a difference').toBe(false)
    return
  }
  expect(new Map([...bench.tree(outcome.commit)].sort())).toEqual(new Map([...expected].sort()))
  expect(await workspace.parts.clone.move(milestoneRef(milestone), outcome.commit, tip)).toBe(true)
  expect(await workspace.publish({ milestone })).toMatchObject({ kind: 'published', commit: outcome.commit })
  expect(bench.tree(`refs/heads/canopy/${milestone}`, bench.repository)).toEqual(bench.tree(outcome.commit))
}

describe('a random tree', () => {
  it('is published as git would have stored it, commit after commit', async () => {
    const status = git(bench.repository, 'status', '--porcelain')
    const commits = fc.array(fc.array(edit, { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 2 })
    await fc.assert(
      fc.asyncProperty(commits, async (all) => {
        runs += 1
        const milestone = `m${runs}`
        await bench.workspace.openMilestone({ milestone, survey: { head: bench.head } })
        for (const edits of all) await commitAndPublish(milestone, edits)
      }),
      { numRuns: 5, endOnFailure: true },
    )
    expect(git(bench.repository, 'status', '--porcelain')).toBe(status)
  })
})
