// One module touches files below a root that others shape: whatever is there, and whatever takes the place of what while it
// works, nothing outside is read or changed.

import { execFileSync } from 'node:child_process'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Worker } from 'node:worker_threads'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { checkTree } from '../../workspace/check-tree.ts'
import { removeTree } from '../../workspace/remove-tree.ts'
import {
  FileRefused,
  kindInside,
  listInside,
  makeFolderInside,
  makeInside,
  readInside,
  removeInside,
  replaceInside,
} from '../../workspace/worktree-files.ts'

const SECRET = 'THE-CANARY-SINGS'
let top: string
let root: string
let outside: string
beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), 'canopy-files-'))
  root = join(top, 'root')
  outside = join(top, 'outside')
  mkdirSync(join(outside, 'inner'), { recursive: true })
  writeFileSync(join(outside, 'secret.txt'), SECRET)
  writeFileSync(join(outside, 'inner/secret.txt'), SECRET)
  mkdirSync(root)
})
afterEach(() => rmSync(top, { recursive: true, force: true }))

function expectCanaryUnharmed(said: unknown): void {
  expect(JSON.stringify(said ?? '')).not.toContain(SECRET)
  expect((readdirSync(outside, { recursive: true }) as string[]).sort()).toEqual([
    'inner',
    'inner/secret.txt',
    'secret.txt',
  ])
  for (const path of ['secret.txt', 'inner/secret.txt'])
    expect(readFileSync(join(outside, path), 'utf8')).toBe(SECRET)
}

const OPERATIONS = ['read', 'kind', 'list', 'replace', 'make', 'link', 'remove'] as const
type Operation = (typeof OPERATIONS)[number]

async function carryOut(operation: Operation, path: string): Promise<unknown> {
  const spare = join(top, 'spare')
  switch (operation) {
    case 'read':
      return (await readInside(root, path, 1000))?.bytes.toString()
    case 'kind':
      return (await kindInside(root, path)).kind
    case 'list':
      return listInside(root, path)
    case 'replace':
      return replaceInside(root, path, { bytes: Buffer.from('mine'), mode: 0o644, spare })
    case 'make':
      return makeFolderInside(root, path)
    case 'link':
      return makeInside(root, path, ['made'], (place) => symlinkSync('/nowhere', place))
    case 'remove':
      return removeInside(root, path)
    default:
      return operation satisfies never
  }
}

/** What it gave, or that it was refused. An error of the file system that says no more than that is a refusal, too. */
async function tried(operation: Operation, path: string): Promise<unknown> {
  try {
    return await carryOut(operation, path)
  } catch (error) {
    const code = (error as { code?: string }).code
    if (error instanceof FileRefused || code === 'ENOTEMPTY' || code === 'EEXIST' || code === 'ENOENT')
      return 'refused'
    throw error
  }
}

describe('whatever is below the root', () => {
  const name = fc.constantFrom('a', 'b', 'c')
  const place = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join('/'))
  const entry = fc.record({ place, kind: fc.constantFrom('file', 'folder', 'link', 'pipe'), to: fc.nat(5) })
  const odd = fc.constantFrom(
    '../outside/secret.txt',
    'a/../../outside',
    '.',
    '',
    '/etc/passwd',
    '.git/x',
    'a//b',
  )
  const path = fc.oneof(
    { weight: 4, arbitrary: place },
    fc.tuple(place, odd).map((parts) => parts.join('/')),
    odd,
  )
  const step = fc.record({ operation: fc.constantFrom(...OPERATIONS), path })

  it('nothing outside is read or changed', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(entry, { maxLength: 8 }),
        fc.array(step, { minLength: 1, maxLength: 12 }),
        async (entries, steps) => {
          rmSync(root, { recursive: true, force: true })
          mkdirSync(root)
          for (const each of entries) lay(each)
          const said: unknown[] = []
          for (const { operation, path: at } of steps) said.push(await tried(operation, at))
          expectCanaryUnharmed(said)
          await removeTree(root)
          expect(existsSync(root)).toBe(false)
          expectCanaryUnharmed(undefined)
        },
      ),
      { numRuns: 150 },
    )
  })

  function lay({ place: at, kind, to }: { place: string; kind: string; to: number }): void {
    const targets = [outside, '/', '../outside', '../../outside', join(outside, 'secret.txt'), 'b']
    const full = join(root, at)
    // Over a link it would be made outside by this test itself.
    const above = at.split('/').map((_, length, names) => join(root, ...names.slice(0, length)))
    try {
      if (above.some((folder) => lstatSync(folder, { throwIfNoEntry: false })?.isSymbolicLink())) return
      mkdirSync(dirname(full), { recursive: true })
      if (kind === 'file') writeFileSync(full, 'harmless', { flag: 'wx' })
      else if (kind === 'folder') mkdirSync(full)
      else if (kind === 'link') symlinkSync(targets[to] ?? outside, full)
      else execFileSync('mkfifo', [full], { stdio: 'ignore' })
    } catch {}
  }
})

/** In a thread of its own: a folder, its parent and a file change places with links to the outside, without a pause. */
const SWAPPING = `
const { renameSync, symlinkSync, rmSync, mkdirSync, writeFileSync } = require('node:fs')
const { workerData: { root, outside } } = require('node:worker_threads')
const quietly = (act) => { try { act() } catch {} }
for (;;) {
  for (const [path, aside, target] of [[root + '/a', root + '/aside', outside], [root + '/a/inner', root + '/a/was', outside + '/inner'], [root + '/a/secret.txt', root + '/a/was.txt', outside + '/secret.txt']]) {
    quietly(() => renameSync(path, aside))
    quietly(() => symlinkSync(target, path))
    quietly(() => { if (require('node:fs').lstatSync(path).isSymbolicLink()) rmSync(path) })
    quietly(() => renameSync(aside, path))
  }
}
`

describe('links that appear between a check and its use', () => {
  it('lead nowhere', async () => {
    mkdirSync(join(root, 'a/inner'), { recursive: true })
    for (const path of ['a/secret.txt', 'a/inner/secret.txt']) writeFileSync(join(root, path), 'harmless')
    const swapper = new Worker(SWAPPING, { eval: true, workerData: { root, outside } })
    const said: unknown[] = []
    try {
      const end = performance.now() + 2_000
      for (let at = 0; performance.now() < end; at += 1) {
        const operation = OPERATIONS[at % OPERATIONS.length] ?? 'read'
        const below =
          ['a/secret.txt', 'a/inner/secret.txt', 'a/inner', `a/inner/new-${at % 5}`, 'a'][at % 5] ?? 'a'
        if (operation === 'remove' && at % 2 === 0) said.push(await tried('read', below).catch(nothing))
        else said.push(await tried(operation, below).catch(nothing))
        if (at % 50 === 0) await checkTree({ root, maxEntries: 1000 }).catch(nothing)
      }
      // Whatever is removed meanwhile, the folder that the link leads to stays.
      for (let at = 0; at < 20; at += 1) await removeTree(join(root, 'a')).catch(nothing)
    } finally {
      await swapper.terminate()
    }
    expect(said.length).toBeGreaterThan(100)
    expectCanaryUnharmed(said)
  })

  /** While names change, the file system may say anything. */
  function nothing(error: unknown): undefined {
    if (!(error instanceof Error)) throw error
  }
})

describe('a tree is removed', () => {
  it('with links, pipes, names that are no text, folders that cannot be entered, and thousands of levels', async () => {
    const script = `
import os
os.chdir(${JSON.stringify(root)})
os.symlink(${JSON.stringify(outside)}, 'link')
os.mkfifo('pipe')
os.mkdir(b'no-text-\\xff'); open(b'no-text-\\xff/\\xfe', 'w').close()
os.mkdir('locked'); open('locked/file', 'w').close(); os.chmod('locked', 0)
for _ in range(600):
    os.mkdir('deep'); os.chdir('deep')
`
    execFileSync('python3', ['-c', script])
    await removeTree(root)
    expect(existsSync(root)).toBe(false)
    expectCanaryUnharmed(undefined)
  })

  it('is a link itself: only the link goes', async () => {
    symlinkSync(outside, join(root, 'link'))
    await removeTree(join(root, 'link'))
    expect(readdirSync(root)).toEqual([])
    expectCanaryUnharmed(undefined)
  })
})

describe('a tree that somebody else filled', () => {
  it('keeps links that stay in it and loses those that lead out', async () => {
    const links: Record<string, string> = {
      stays: 'folder/file',
      up: '../root/folder',
      'folder/above': '../folder',
      out: outside,
      relative: '../outside',
      over: 'up/../../outside',
      'folder/far': '../../outside',
    }
    mkdirSync(join(root, 'folder'))
    writeFileSync(join(root, 'folder/file'), 'x')
    for (const [path, target] of Object.entries(links)) symlinkSync(target, join(root, path))
    await checkTree({ root, maxEntries: 100 })
    expect(Object.keys(links).filter((path) => existsSync(join(root, path)))).toEqual([
      'stays',
      'up',
      'folder/above',
    ])
    await expect(checkTree({ root, maxEntries: 2 })).rejects.toThrow('more than 2 entries')
  })
})
