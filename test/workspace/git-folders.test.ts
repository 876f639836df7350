// The folders of a checkout that may be read: the user's own, and nothing that a link, a pipe or a setting leads to.

import { execFileSync } from 'node:child_process'
import { mkdirSync, realpathSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { enclosingCheckout, type FolderRules, gitFoldersOf } from '../../workspace/git-folders.ts'
import { git, Playground } from './repositories.ts'

let playground: Playground
let checkout: string
beforeEach(() => {
  playground = new Playground()
  checkout = realpathSync(playground.repository({ 'a.txt': 'a\n' }))
})
afterEach(() => playground.dispose())

const NOBODY: FolderRules = { safe: async () => [], workTreeOf: async () => undefined }
const foldersOf = (path: string, rules: Partial<FolderRules> = {}) =>
  gitFoldersOf(path, { ...NOBODY, ...rules })

describe('the checkout around a path', () => {
  it('is the folder with .git above it, or the folder itself', () => {
    const inner = join(checkout, 'src/deep')
    mkdirSync(inner, { recursive: true })
    expect([inner, checkout].map(enclosingCheckout)).toEqual([checkout, checkout])
  })

  it.each(['outside', 'missing/deeper'])('is none for %s', (name) => {
    mkdirSync(join(playground.root, 'outside'))
    expect(enclosingCheckout(join(playground.root, name))).toBeUndefined()
  })
})

describe('the git folders of a checkout', () => {
  it('are its .git', async () => {
    const own = join(checkout, '.git')
    expect(await foldersOf(checkout)).toEqual({ own, common: own })
  })

  it('of a linked worktree are its own and the common one', async () => {
    const linked = join(realpathSync(playground.root), 'linked')
    git(checkout, 'worktree', 'add', '--quiet', linked)
    const common = join(checkout, '.git')
    expect(await foldersOf(linked)).toEqual({ own: join(common, 'worktrees/linked'), common })
  })

  it('of a submodule are the folder that names it as its work tree', async () => {
    const folder = join(realpathSync(playground.root), 'modules')
    renameSync(join(checkout, '.git'), folder)
    writeFileSync(join(checkout, '.git'), `gitdir: ${folder}\n`)
    await expect(foldersOf(checkout)).rejects.toThrow('does not name this checkout')
    const named = await foldersOf(checkout, { workTreeOf: async () => checkout })
    expect(named).toEqual({ own: folder, common: folder })
  })
})

describe('a checkout that is not read', () => {
  const inGit = (name: string) => join(checkout, '.git', name)
  const elsewhere = (): string =>
    realpathSync(playground.repository({ 'secret.txt': 'secret\n' }, { name: 'private' }))

  it.each<[string, () => void, RegExp]>([
    [
      'whose .git is a link',
      () => {
        rmSync(join(checkout, '.git'), { recursive: true })
        symlinkSync(join(elsewhere(), '.git'), join(checkout, '.git'))
      },
      /\.git is a link/,
    ],
    [
      'whose .git file names the repository of another checkout',
      () => {
        rmSync(join(checkout, '.git'), { recursive: true })
        writeFileSync(join(checkout, '.git'), `gitdir: ${join(elsewhere(), '.git')}\n`)
      },
      /which does not name this checkout/,
    ],
    [
      'whose .git file says nothing',
      () => {
        rmSync(join(checkout, '.git'), { recursive: true })
        writeFileSync(join(checkout, '.git'), 'gitdir:\n')
      },
      /names no folder that is there/,
    ],
    [
      'whose common folder is another repository',
      () => writeFileSync(inGit('commondir'), join(elsewhere(), '.git')),
      /of which this is no worktree/,
    ],
    [
      'that borrows objects',
      () => writeFileSync(inGit('objects/info/alternates'), join(elsewhere(), '.git/objects')),
      /borrows objects from .*repack -a -d/,
    ],
    [
      'with a list of borrowed objects that is a folder',
      () => mkdirSync(inGit('objects/info/alternates')),
      /no short list of objects/,
    ],
    [
      'with a link for its settings',
      () => {
        rmSync(inGit('config'))
        symlinkSync(join(elsewhere(), '.git/config'), inGit('config'))
      },
      /config is a link/,
    ],
    [
      'with a link among its branches',
      () => symlinkSync(join(elsewhere(), '.git/refs/heads/main'), inGit('refs/heads/other')),
      /refs\/heads\/other is a link/,
    ],
    [
      'with a pipe among its objects',
      () => {
        mkdirSync(inGit('objects/ff'), { recursive: true })
        execFileSync('mkfifo', [inGit('objects/ff/pipe')])
      },
      /neither a file nor a folder/,
    ],
    ['without objects', () => rmSync(inGit('objects'), { recursive: true }), /objects is not there/],
    ['without a HEAD', () => rmSync(inGit('HEAD')), /HEAD is not there/],
  ])('%s', async (_, change, reason) => {
    change()
    await expect(foldersOf(checkout)).rejects.toMatchObject({
      code: 'foreign_repository',
      message: expect.stringMatching(reason),
    })
  })

  it('is read although its list of borrowed objects has only comments', async () => {
    writeFileSync(inGit('objects/info/alternates'), '# nothing\n\n')
    expect(await foldersOf(checkout)).toMatchObject({ own: join(checkout, '.git') })
  })
})

describe('files of another user', () => {
  const refusedFor = (safe: readonly string[]) =>
    foldersOf(checkout, { safe: async () => safe }).then(
      () => undefined,
      (error: Error) => error.message,
    )
  // To every other user these files belong to somebody else.
  const uid = process.getuid
  const sudo = process.env.SUDO_UID
  beforeEach(() => {
    process.getuid = () => (uid?.() ?? 0) + 1
  })
  afterEach(() => {
    if (uid) process.getuid = uid
    if (sudo === undefined) delete process.env.SUDO_UID
    else process.env.SUDO_UID = sudo
  })

  it.each<[string, () => readonly string[], boolean]>([
    ['nothing', () => [], false],
    ['another checkout', () => ['/srv/other'], false],
    ['the checkout', () => [checkout], true],
    ['everything', () => ['*'], true],
    ['all below a folder', () => [`${realpathSync(playground.root)}/*`], true],
    ['a folder above without its star', () => [realpathSync(playground.root)], false],
    ['the checkout, before an empty value', () => [checkout, ''], false],
    ['the checkout, after an empty value', () => ['', checkout], true],
  ])('are read when safe.directory names %s', async (_, safe, isRead) => {
    const message = await refusedFor(safe())
    if (isRead) expect(message).toBeUndefined()
    else expect(message).toMatch(/dubious ownership.*git config --global --add safe\.directory/)
  })

  it('are read by root for the user who called sudo', async () => {
    const owner = uid?.() ?? 0
    process.getuid = () => 0
    process.env.SUDO_UID = String(owner)
    expect(await refusedFor([])).toBeUndefined()
  })
})
