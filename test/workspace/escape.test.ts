// Ways out of a worktree, tried with the tools and by what a script left there: nothing outside is read or written.

import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { git, NODE_TEST, write } from './repositories.ts'
import { type TaskAtHand, Workbench } from './task-worktree.ts'

const bench = new Workbench()
const outside = join(bench.playground.root, 'outside')
const SECRET = 'THE-CANARY-SINGS'
const CANARY: Record<string, string> = {
  'secret.txt': SECRET,
  'color.ts': `export const secret = '${SECRET}'\n`,
  'sign.ts': `export const secret = '${SECRET}'\n`,
}

let task: TaskAtHand
beforeAll(async () => {
  write(outside, CANARY)
  await bench.open()
  task = await bench.task()
})
afterAll(() => bench.dispose())
beforeEach(() => {
  // The worktree as it was, whatever the last test left; git's own folder of it stays.
  for (const name of readdirSync(task.path))
    if (name !== '.git' && name !== 'node_modules') rmSync(join(task.path, name), { recursive: true })
  write(task.path, NODE_TEST)
})

function expectCanaryUnharmed(...said: unknown[]): void {
  expect(JSON.stringify(said)).not.toContain(SECRET)
  expect(readdirSync(outside).sort()).toEqual(Object.keys(CANARY).sort())
  for (const [name, text] of Object.entries(CANARY))
    expect(readFileSync(join(outside, name), 'utf8')).toBe(text)
}

/** What every tool that takes a path says of this one. */
async function tryAll(path: string): Promise<{ failed: boolean; content: string }[]> {
  const inputs: [string, object][] = [
    ['read', { path }],
    ['edit', { path, old: 'secret', new: 'gone' }],
    ['write', { path, content: 'gone' }],
    ['run', { command: 'tests', files: [path] }],
    ['list', { folder: path }],
    ['search', { pattern: SECRET, folder: path }],
  ]
  const said: { failed: boolean; content: string }[] = []
  for (const [name, input] of inputs) said.push(await task.toolbox.use({ name, input }))
  return said
}

describe('a path', () => {
  const paths = [
    '../outside/secret.txt',
    'src/../../../../outside/secret.txt',
    './..',
    join(outside, 'secret.txt'),
    '/proc/self/environ',
    '/etc/passwd',
    'src/sign.ts\0.txt',
    '.git',
    '.GIT/config',
    '.git/hooks/pre-commit',
    'src/.git/config',
    'src/.Git/hooks/post-checkout',
    'git~1/config',
    '.git /config',
    '.git./config',
    '.git::$INDEX_ALLOCATION/config',
    '.g\u200cit/config',
  ]
  it.each(paths)('%j is refused by every tool', async (path) => {
    const before = readdirSync(task.path, { recursive: true }).length
    const said = await tryAll(path)
    expect(said.filter(({ failed }) => !failed)).toEqual([])
    expectCanaryUnharmed(said)
    expect(readdirSync(task.path, { recursive: true })).toHaveLength(before)
  })

  it('to an installed package is not written to, nor read by the tools', async () => {
    for (const path of ['node_modules/x.js', 'src/node_modules/x.js', 'NODE_MODULES/vitest/index.js'])
      expect((await tryAll(path)).filter(({ failed }) => !failed)).toEqual([])
    expect(existsSync(join(task.path, 'node_modules/x.js'))).toBe(false)
  })
})

describe('a link that a script put there', () => {
  const links: [string, string, string][] = [
    ['a file', `ln -s ${outside}/secret.txt link`, 'link'],
    ['a folder', `ln -s ${outside} link`, 'link/secret.txt'],
    ['in place of a tracked file', `ln -sf ${outside}/sign.ts src/sign.ts`, 'src/sign.ts'],
    ['in place of a tracked folder', `rm -r src; ln -s ${outside} src`, 'src/sign.ts'],
    ['to where nothing is yet', `ln -s ${outside}/new.ts link`, 'link'],
    ['over another link', `ln -s ${outside} a; ln -s a b; mkdir c; ln -s ../b c/d`, 'c/d/secret.txt'],
    ['to the whole machine', 'ln -s / root', `root${outside}/secret.txt`],
    ['to ourselves', 'ln -s /proc/self me', 'me/environ'],
    ['that is relative', 'ln -s ../../../outside up', 'up/secret.txt'],
    ["to git's own", 'ln -s .git own', 'own'],
    ['with a name like a temporary file', `ln -s ${outside}/secret.txt .canopy.tmp`, '.canopy.tmp'],
  ]
  it.each(links)('%s is not followed by a tool and not submitted', async (_what, script, path) => {
    await task.shell(script)
    const said = await tryAll(path)
    expectCanaryUnharmed(said)
    const [read, edit, write, run] = said
    expect([read, edit, write, run].map((one) => one?.failed)).toEqual([true, true, true, true])
    const all = await task.use('search', { pattern: 'CANARY' })
    const { tree } = task.toolbox
    expect(await tree()).toMatch(/^[0-9a-f]{40}$/)
    const collected = await bench.workspace.collect({ ...task.of, message: 'x' }).catch((error) => error)
    expect(collected).toMatchObject({
      code: 'file_refused',
      message: expect.stringContaining('is a link to'),
    })
    expectCanaryUnharmed(all, collected)
  })

  it('in the moment between looking and reading or writing leads nowhere', async () => {
    const folder = join(task.path, 'swap')
    const aside = join(task.path, 'aside')
    mkdirSync(folder)
    writeFileSync(join(folder, 'secret.txt'), 'harmless')
    let going = true
    // The tool may have made a folder there in the meantime.
    const insist = (act: () => void) => {
      for (let done = false; !done; ) {
        rmSync(folder, { recursive: true, force: true })
        try {
          act()
          done = true
        } catch {}
      }
    }
    const swapping = (async () => {
      while (going) {
        renameSync(folder, aside)
        insist(() => symlinkSync(outside, folder))
        await new Promise(setImmediate)
        insist(() => renameSync(aside, folder))
        await new Promise(setImmediate)
      }
    })()
    const said: unknown[] = []
    for (let at = 0; at < 150; at += 1) {
      said.push(await task.toolbox.use({ name: 'read', input: { path: 'swap/secret.txt' } }))
      said.push(
        await task.toolbox.use({ name: 'write', input: { path: `swap/n${at % 3}.txt`, content: `${at}` } }),
      )
    }
    going = false
    await swapping
    expect(said.some((one) => JSON.stringify(one).includes('harmless'))).toBe(true)
    expectCanaryUnharmed(said)
  })
})

/** The paths of files below a folder, each with its content. */
function everythingBelow(folder: string): Map<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  )
  const paths = files.map((entry) => join(entry.parentPath, entry.name)).sort()
  return new Map(paths.map((path) => [path, readFileSync(path, 'latin1')]))
}

describe('git', () => {
  const marker = join(bench.playground.root, 'somebody-ran-a-program-of-the-worktree')
  const program = `#!/bin/sh\necho ran >> ${marker}\ncat\n`

  it('runs no program that a script left: hooks, filters, monitors, drivers, in the worktree or in a repository inside', async () => {
    write(task.path, {
      'evil.sh': program,
      '.gitattributes': '* filter=x diff=x merge=x text working-tree-encoding=UTF-16\n',
    })
    await task.shell('chmod +x evil.sh')
    const settings = `[core]\nfsmonitor = ${task.path}/evil.sh\nhooksPath = ${task.path}\npager = ${task.path}/evil.sh\n[filter "x"]\nclean = ${task.path}/evil.sh\nsmudge = ${task.path}/evil.sh\nprocess = ${task.path}/evil.sh\n[diff "x"]\ncommand = ${task.path}/evil.sh\ntextconv = ${task.path}/evil.sh\n`
    write(task.path, { '.gitconfig': settings, config: settings, 'src/sign.ts': 'export const sign = 1\n' })
    await task.use('search', { pattern: 'sign' })
    await task.use('list', {})
    await task.toolbox.tree()
    await bench.workspace.collect({ ...task.of, message: 'x' })
    git(task.path, 'init', '--quiet', 'inner')
    writeFileSync(join(task.path, 'inner/.git/config'), settings)
    write(task.path, { 'inner/a.ts': 'export const a = 1\n' })
    await task.toolbox.tree()
    const error = await bench.workspace.collect({ ...task.of, message: 'x' }).catch((reason) => reason)
    expect(error.message).toContain('inner/: it is a repository of its own')
    expect(existsSync(marker)).toBe(false)
  })

  it('is not reached from a script: neither our repository nor our folder of the worktree', async () => {
    const own = everythingBelow(join(bench.clone, 'worktrees'))
    const before = readFileSync(join(task.path, '.git'), 'utf8')
    const script = `git -C ${bench.clone} log; git --git-dir=${bench.clone} update-ref refs/heads/x HEAD; GIT_DIR=${bench.clone} git config core.hooksPath .; git init; git stash; git worktree add x; rm -f .git; mv .git away; echo x > .git; ls ${bench.clone}/objects ${bench.clone}/refs`
    const said = await task.refused('run', { command: 'shell', script })
    expect(said).toContain(`not a git repository: '${bench.clone}'`)
    expect(said).toContain(`cannot access '${bench.clone}/objects'`)
    expect(everythingBelow(join(bench.clone, 'worktrees'))).toEqual(own)
    expect(readFileSync(join(task.path, '.git'), 'utf8')).toBe(before)
    expect(readFileSync(join(bench.clone, 'config'), 'utf8')).not.toContain('hooksPath')
    expect(git(bench.clone, 'for-each-ref', 'refs/heads')).not.toContain('refs/heads/x')
  })

  it('takes no name that another file system would take for its own', async () => {
    await task.shell('mkdir -p .GIT src/git~1; echo x > .GIT/config; echo x > src/git~1/config')
    const error = await bench.workspace.collect({ ...task.of, message: 'x' }).catch((reason) => reason)
    expect(error.message).toContain(".GIT/config: its name is one of git's own")
    expect(error.message).toContain("src/git~1/config: its name is one of git's own")
  })

  it('adds no submodule', async () => {
    write(task.path, { '.gitmodules': '[submodule "x"]\n\tpath = x\n\turl = ../outside\n' })
    const error = await bench.workspace.collect({ ...task.of, message: 'x' }).catch((reason) => reason)
    expect(error.message).toContain('.gitmodules: submodules are not added')
  })
})

it('a script writes nowhere else: not to a temporary folder, a home, a neighbour, or where its variables lead', async () => {
  const name = `canopy-escape-${process.pid}`
  const places = [
    tmpdir(),
    '$TMPDIR',
    '~',
    '/var/tmp',
    '/dev/shm',
    outside,
    '..',
    join(task.path, '../m.t1x'),
  ]
  const script = `export TMPDIR=${outside}; ${places.map((place) => `mkdir -p ${place} 2>/dev/null; echo x > ${place}/${name}`).join('; ')}; ln ${outside}/secret.txt hard; cat ${outside}/secret.txt; true`
  const said = await task.shell(script)
  for (const place of [tmpdir(), '/var/tmp', '/dev/shm', outside, join(task.path, '..')])
    expect(existsSync(join(place, name)), place).toBe(false)
  expect(existsSync(join(task.path, 'hard'))).toBe(false)
  expectCanaryUnharmed(said)
})

it('a script reaches no network, and what it leaves running is gone', async () => {
  const script = `(sleep 41.${process.pid}; echo late > late) & node -e "fetch('http://127.0.0.1:1').catch((e) => console.log(e.cause.code))"; ls /proc/[0-9]* -d | wc -l`
  const said = await task.shell(script)
  expect(said).not.toContain('late')
  const commands = readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map((pid) => (existsSync(`/proc/${pid}/cmdline`) ? readFileSync(`/proc/${pid}/cmdline`, 'utf8') : ''))
  expect(commands.filter((line) => line.startsWith(`sleep\u000041.${process.pid}`))).toEqual([])
})
