// Folders that Canopy reads, makes and removes: the user's installed packages, links to packages in worktrees, environment files,
// names of files for ids, and trees of others.

import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { checkTree } from '../../workspace/check-tree.ts'
import {
  fingerprint,
  isOfCanopy,
  makeOnce,
  readableWith,
  recordReadable,
} from '../../workspace/dependencies.ts'
import { isAbsent, readJson, writeJson } from '../../workspace/durable-file.ts'
import { environmentFilesOf } from '../../workspace/environment-files.ts'
import { inWorktree } from '../../workspace/in-worktree.ts'
import { named } from '../../workspace/order-names.ts'
import { ownPackages, packageNames } from '../../workspace/own-packages.ts'
import { changedPackages, packageLinks } from '../../workspace/package-links.ts'
import { isInRange, newestFirst, parseVersion, versionRange } from '../../workspace/package-version.ts'
import { digest, fileName, placesIn } from '../../workspace/places.ts'
import { removeTree } from '../../workspace/remove-tree.ts'
import { nodeReadable, toolEnvironment } from '../../workspace/tool-environment.ts'
import { WorkspaceError } from '../../workspace/workspace-error.ts'
import { writeEntries } from './git-bench.ts'

let root: string
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'canopy-folders-')))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))
const at = (...names: string[]) => join(root, ...names)

describe('the packages in the checkout', () => {
  const own = (tracked: readonly string[] = []) => ownPackages(root, tracked)

  it('are absent where there is no folder', async () => {
    expect(await own()).toEqual({ kind: 'absent' })
  })

  it('are usable when they are a folder whose links stay in the repository', async () => {
    writeEntries(root, {
      'node_modules/a/index.js': '',
      'packages/own/package.json': '{}',
      'node_modules/@s/b/x': '',
    })
    symlinkSync('../packages/own', at('node_modules/own'))
    symlinkSync('../../packages/own', at('node_modules/@s/own'))
    expect(await own(['src/a.ts', 'node_modules_of_others/x'])).toEqual({
      kind: 'usable',
      folder: at('node_modules'),
    })
  })

  it.each<[string, () => void, readonly string[], string]>([
    ['a link', () => symlinkSync('/opt/packages', at('node_modules')), [], 'is a link to /opt/packages'],
    ['a file', () => writeFileSync(at('node_modules'), ''), [], 'is no folder'],
    ['tracked', () => mkdirSync(at('node_modules')), ['node_modules/a/index.js'], 'is tracked by git'],
    ['tracked as a submodule', () => mkdirSync(at('node_modules')), ['node_modules'], 'is tracked by git'],
    [
      'with a link that leads out',
      () => {
        mkdirSync(at('node_modules'))
        symlinkSync('/etc', at('node_modules/etc'))
      },
      [],
      'has a link that leads out of the repository: etc to /etc',
    ],
    [
      'with such a link in a scope',
      () => {
        mkdirSync(at('node_modules/@s'), { recursive: true })
        symlinkSync('../../../outside', at('node_modules/@s/up'))
      },
      [],
      'has a link that leads out of the repository: @s/up to ../../../outside',
    ],
    [
      'with a link that leads out over another one',
      () => {
        mkdirSync(at('node_modules'))
        symlinkSync('/', at('top'))
        symlinkSync('../top/etc', at('node_modules/etc'))
      },
      [],
      'has a link that leads out of the repository: etc to ../top/etc',
    ],
    [
      'with a link to a folder whose name begins like the repository',
      () => {
        mkdirSync(at('node_modules'))
        symlinkSync(`${root}-other`, at('node_modules/other'))
      },
      [],
      `has a link that leads out of the repository: other to`,
    ],
  ])('are not used when they are %s, with the reason', async (_what, make, tracked, reason) => {
    make()
    expect(await own(tracked)).toEqual({
      kind: 'refused',
      reason: expect.stringContaining(`${at('node_modules')} ${reason}`),
    })
  })

  it('may have a broken link that stays inside', async () => {
    mkdirSync(at('node_modules'))
    symlinkSync('../packages/removed', at('node_modules/removed'))
    expect((await own()).kind).toBe('usable')
  })

  it('have names with their scopes', async () => {
    writeEntries(root, { 'p/a/x': '', 'p/@s/b/x': '', 'p/@s/c/x': '', 'p/.bin/x': '', 'p/@file': '' })
    expect((await packageNames(at('p'))).sort()).toEqual(['.bin', '@file', '@s/b', '@s/c', 'a'])
  })
})

describe('the links to packages in a worktree', () => {
  it('are told by name, with their targets', async () => {
    writeEntries(root, { 'node_modules/real/x': '', 'node_modules/.cache/x': '' })
    mkdirSync(at('node_modules/@s'))
    symlinkSync('/cache/a', at('node_modules/a'))
    symlinkSync('/cache/b', at('node_modules/@s/b'))
    expect(Object.fromEntries(await packageLinks(root))).toEqual({
      real: '',
      a: '/cache/a',
      '@s/b': '/cache/b',
    })
  })

  it('are none where there is no folder, or a link in its place', async () => {
    expect((await packageLinks(root)).size).toBe(0)
    symlinkSync('/etc', at('node_modules'))
    expect((await packageLinks(root)).size).toBe(0)
  })

  it('differ when one is new, missing, led elsewhere or replaced by a folder', () => {
    const before = new Map([
      ['same', '/a'],
      ['moved', '/b'],
      ['gone', '/c'],
      ['folder', '/d'],
    ])
    const after = new Map([
      ['same', '/a'],
      ['moved', '/x'],
      ['folder', ''],
      ['new', '/e'],
    ])
    expect(changedPackages(before, after).sort()).toEqual(
      ['folder', 'gone', 'moved', 'new'].map((name) => `node_modules/${name}`),
    )
    expect(changedPackages(before, before)).toEqual([])
  })
})

describe('environment files', () => {
  it('are those of the top folder', async () => {
    writeEntries(root, {
      '.env': 'A=1\nB="two words"\n# C=3\n',
      '.env.local': 'D=4\n',
      '.environment': 'X=1\n',
      env: 'X=1\n',
      'deep/.env': 'X=1\n',
      '.env.a b': 'X=1\n',
    })
    expect(await environmentFilesOf(root)).toEqual([{ A: '1', B: 'two words' }, { D: '4' }])
  })

  it('are left out when they are links, folders or too large', async () => {
    symlinkSync('/etc/passwd', at('.env'))
    mkdirSync(at('.env.folder'))
    writeEntries(root, { '.env.large': `A=${'x'.repeat(256 * 1024)}`, '.env.ok': 'B=1' })
    expect(await environmentFilesOf(root)).toEqual([{}, {}, {}, { B: '1' }])
  })

  it('are none where there is no repository', async () => {
    expect(await environmentFilesOf(at('missing'))).toEqual([])
  })
})

describe('a file name for an id', () => {
  it.each(['a', 'task-1', 'm.t1', 'A_b.c-9', 'x'.repeat(81)])(
    'is the id where it is a plain name: %s',
    (id) => {
      expect(fileName(id)).toBe(id)
    },
  )

  it.each(['', '.', '..', '.hidden', '-option', 'a/b', '../etc', 'a b', 'ü', 'x'.repeat(82), 'a\nb', 'a\0b'])(
    'is another name where it is none: %j',
    (id) => {
      expect(fileName(id)).toMatch(/^[A-Za-z0-9.][A-Za-z0-9.-]*$/)
      expect(fileName(id)).not.toMatch(/^\.{0,2}$|\//)
      expect(fileName(id)).not.toBe(id)
    },
  )

  it('is different for different ids', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 100 }),
        fc.string({ unit: 'binary', maxLength: 100 }),
        (one, other) => {
          if (one !== other) expect(fileName(one)).not.toBe(fileName(other))
          expect(join('/data', fileName(one)).startsWith('/data/')).toBe(true)
          expect(fileName(one)).not.toContain('/')
        },
      ),
      { numRuns: 200 },
    )
  })

  it('has a digest that tells its parts apart', () => {
    expect(digest('ab', 'c')).not.toBe(digest('a', 'bc'))
    expect(digest('a', '')).not.toBe(digest('a'))
    expect(digest('a;1:b')).not.toBe(digest('a', 'b'))
    expect(digest('a')).toMatch(/^[0-9a-f]{64}$/)
  })
})

describe('a folder that is made once', () => {
  it('is made by the first, and found by the others', async () => {
    let made = 0
    const make = async (folder: string) => {
      made += 1
      writeFileSync(join(folder, 'file'), `${made}`)
    }
    await makeOnce(at('place'), make)
    await makeOnce(at('place'), make)
    expect(made).toBe(1)
    expect(readFileSync(at('place/file'), 'utf8')).toBe('1')
  })

  it('is absent after a failure, and nothing is left beside it', async () => {
    await expect(makeOnce(at('place'), () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(readdirSync(root)).toEqual([])
  })

  it('is one when two make it at the same time', async () => {
    const make = (text: string) => async (folder: string) => {
      writeFileSync(join(folder, 'a'), text)
      await new Promise((resolve) => setImmediate(resolve))
      writeFileSync(join(folder, 'b'), text)
    }
    await Promise.all([makeOnce(at('place'), make('1')), makeOnce(at('place'), make('2'))])
    expect(readFileSync(at('place/a'), 'utf8')).toBe(readFileSync(at('place/b'), 'utf8'))
    expect(readdirSync(root)).toEqual(['place'])
  })
})

describe('the folders that are shown with packages', () => {
  it('are the folder itself when it is not of Canopy', async () => {
    expect(await readableWith({ dependencies: at('cache') }, '/home/me/node_modules')).toEqual([
      '/home/me/node_modules',
    ])
  })

  it('are those that were recorded for one of Canopy', async () => {
    const place = at('cache/abc')
    await recordReadable(at('cache'), place, [place, '/opt/python'])
    expect(await readableWith({ dependencies: at('cache') }, join(place, 'node_modules'))).toEqual([
      place,
      '/opt/python',
    ])
  })

  it.each(['{', '[]', '["relative"]', '[7]', '{"a":1}'])(
    'are the folder itself when the record is %s',
    async (text) => {
      writeEntries(root, { 'cache/abc.readable.json': text })
      const packages = at('cache/abc/node_modules')
      expect(await readableWith({ dependencies: at('cache') }, packages)).toEqual([packages])
    },
  )

  it('are not looked up for a path that leads out of the cache', () => {
    expect(isOfCanopy('/cache', '/cache/a/node_modules')).toBe(true)
    for (const path of ['/cache', '/cache2/a', '/cache/../etc', '/cache/a/../../etc', 'cache/a'])
      expect(isOfCanopy('/cache', path), path).toBe(false)
  })
})

it('a fingerprint of packages changes with each mark of a package manager, and with the folder', async () => {
  const prints = new Set([await fingerprint(at('p'))])
  for (const mark of ['.package-lock.json', '.modules.yaml', '.yarn-integrity', '.yarn-state.yml']) {
    writeEntries(root, { [`p/${mark}`]: 'one' })
    prints.add(await fingerprint(at('p')))
    writeEntries(root, { [`p/${mark}`]: 'two' })
    prints.add(await fingerprint(at('p')))
  }
  expect(prints.size).toBe(9)
  writeEntries(root, { 'p/other.json': 'x' })
  expect(prints).toContain(await fingerprint(at('p')))
  expect(prints).not.toContain(await fingerprint(at('q')))
})

describe('a JSON file of Canopy', () => {
  it('is read as it was written, in a folder that is made for it', async () => {
    await writeJson(at('deep/er/a.json'), { a: [1, 'ü'] })
    expect(await readJson(at('deep/er/a.json'))).toEqual({ a: [1, 'ü'] })
  })

  it.each([
    ['missing.json', undefined],
    ['cut.json', '{"a":'],
    ['empty.json', ''],
  ])('is made again when it is %s', async (name, text) => {
    if (text !== undefined) writeFileSync(at(name), text)
    expect(await readJson(at(name))).toBeUndefined()
    expect(await readJson(at(name, 'below'))).toBeUndefined()
  })

  it('is not called absent when the disk fails', async () => {
    mkdirSync(at('folder.json'))
    await expect(readJson(at('folder.json'))).rejects.toMatchObject({ code: 'EISDIR' })
    expect(isAbsent({ code: 'EIO' })).toBe(false)
  })
})

describe('names in an order', () => {
  const hash = 'a'.repeat(40)
  it.each<[string, object]>([
    [
      'ids and commits',
      { milestone: 'm-1', task: 'T9', commit: hash, carry: hash, head: hash, start: hash, tip: hash },
    ],
    ['a task as a record', { task: { id: 'x', title: 'free text / ..' } }],
    ['SHA-256', { commit: 'b'.repeat(64) }],
    ['a branch to start from', { from: 'canopy/m-2' }],
    ['nothing to start from', { from: null, known: null }],
    ['submissions', { stack: [{ task: 't', submission: { commit: hash } }], submission: { commit: hash } }],
    ['fields that are not names', { message: '../../x', file: '/tmp/x' }],
  ])('may be %s', (_what, order) => {
    expect(named(order)).toBe(order)
  })

  it.each<[string, object]>([
    ['a path', { milestone: '../m' }],
    ['an option', { task: '--upload-pack=x' }],
    ['a dot', { task: 'a.b' }],
    ['a space', { milestone: 'a b' }],
    ['too long', { milestone: 'x'.repeat(121) }],
    ['a short commit', { commit: 'abc1234' }],
    ['a ref for a commit', { commit: 'HEAD' }],
    ['a commit with more', { carry: `${hash}^` }],
    ['upper case', { tip: 'A'.repeat(40) }],
    ['a survey of a ref', { survey: { head: 'main' } }],
    ['an option to start from', { from: '--all' }],
    ['a range to start from', { from: 'a..b' }],
    ['a submission of a stack', { stack: [{ task: '..', submission: { commit: hash } }] }],
    ['a commit of a stack', { stack: [{ task: 't', submission: { commit: 'x' } }] }],
    ['no text', { milestone: 7 }],
    ['a line end', { milestone: 'm\n' }],
    ['a line end behind a commit', { commit: `${hash}\n` }],
  ])('are refused for %s', (_what, order) => {
    expect(() => named(order)).toThrow(WorkspaceError)
    expect(() => named(order)).toThrow(/^an order has a name that is none: /)
  })
})

describe('versions of packages', () => {
  it('are read as npm reads them', () => {
    expect(parseVersion('v20.1.0')?.major).toBe(20)
    expect(parseVersion('system')).toBeNull()
    expect(versionRange('>=18 <21')).toBe('>=18.0.0 <21.0.0-0')
    expect(versionRange('node')).toBeUndefined()
    expect(isInRange('20.5.1', '^20')).toBe(true)
    expect(isInRange('21.0.0-rc.1', '^20')).toBe(false)
    expect(['18.0.0', '20.1.0', '20.10.0'].sort(newestFirst)).toEqual(['20.10.0', '20.1.0', '18.0.0'])
  })
})

describe('a tree of others', () => {
  it('is removed with folders without permissions, deep ones and links, and nothing outside is touched', async () => {
    writeEntries(root, { 'tree/a/b/c': 'x', 'outside/kept': 'kept' })
    symlinkSync(at('outside'), at('tree/a/link'))
    chmodSync(at('tree/a/b'), 0)
    chmodSync(at('tree/a'), 0o500)
    mkdirSync(at('tree', ...Array.from({ length: 150 }, () => 'd')), { recursive: true })
    await removeTree(at('tree'))
    expect(existsSync(at('tree'))).toBe(false)
    expect(readFileSync(at('outside/kept'), 'utf8')).toBe('kept')
  })

  it.each<[string, () => void]>([
    ['missing', () => {}],
    ['a file', () => writeFileSync(at('x'), '')],
    ['a link to a folder', () => symlinkSync(root, at('x'))],
    ['a broken link', () => symlinkSync('nowhere', at('x'))],
    ['empty', () => mkdirSync(at('x'))],
  ])('may be %s', async (_what, make) => {
    writeFileSync(at('kept'), '')
    make()
    await removeTree(at('x'))
    expect(readdirSync(root)).toEqual(['kept'])
  })

  it('is gone when two remove it at the same time', async () => {
    for (let number = 0; number < 50; number += 1)
      writeEntries(root, { [`tree/${number % 5}/${number}`]: 'x' })
    await Promise.all([removeTree(at('tree')), removeTree(at('tree')), removeTree(at('tree'))])
    expect(existsSync(at('tree'))).toBe(false)
  })

  it('is refused when it has more entries than it may', async () => {
    writeEntries(root, { 'tree/a/1': '', 'tree/a/2': '', 'tree/b/3': '' })
    await checkTree({ root: at('tree'), maxEntries: 5 })
    await expect(checkTree({ root: at('tree'), maxEntries: 4 })).rejects.toThrow(
      `${at('tree')} has more than 4 entries`,
    )
  })

  it('keeps links that stay inside, moves those that were moved, and loses the others', async () => {
    writeEntries(root, { 'tree/a/file': 'x', 'tree/b/c/file': 'x' })
    const links: Record<string, [target: string, kept: string | undefined]> = {
      'tree/a/near': ['file', 'file'],
      'tree/b/c/up': ['../../a/file', '../../a/file'],
      'tree/b/c/top': ['../../../outside', undefined],
      'tree/a/through': ['../b/../../outside', undefined],
      'tree/a/absolute': ['/etc/passwd', undefined],
      'tree/a/own': [at('tree/b'), at('tree/b')],
      'tree/a/detour': [`${at('tree')}/b/../../outside`, undefined],
      'tree/a/moved': ['/home/other/packages/x', at('tree/x')],
      'tree/a/self': ['.', at('nothing')],
    }
    for (const [path, [target]] of Object.entries(links)) symlinkSync(target, at(path))
    const moved = (target: string) => target.replace(/^\/home\/other\/packages/, at('tree'))
    await checkTree({ root: at('tree'), maxEntries: 100, moved })
    for (const [path, [, kept]] of Object.entries(links).filter(([path]) => !path.endsWith('self'))) {
      const found = lstatSync(at(path), { throwIfNoEntry: false })
      expect(found && readlinkSync(at(path)), path).toBe(kept)
    }
  })
})

describe('the surroundings of a command in a worktree', () => {
  it('let it write to the worktree but for its .git', () => {
    const places = placesIn('/data')
    expect(inWorktree(places, '/data/worktrees/m.t')).toEqual({
      cwd: '/data/worktrees/m.t',
      writable: ['/data/worktrees/m.t'],
      frozen: ['/data/worktrees/m.t/.git'],
      moved: [],
    })
  })

  it('have the installed programs first on the PATH, then those beside Node', () => {
    const node = { path: '/opt/node20/bin/node', version: 'v20.0.0', reason: '' }
    expect(toolEnvironment('/w', node).PATH).toBe(
      '/w/node_modules/.bin:/opt/node20/bin:/usr/local/bin:/usr/bin:/bin',
    )
    expect(toolEnvironment('/w', { ...node, path: '/usr/bin/node' }).PATH).toBe(
      '/w/node_modules/.bin:/usr/bin:/usr/local/bin:/bin',
    )
    expect(nodeReadable(node)).toEqual(['/opt/node20/bin/node'])
    expect(nodeReadable({ ...node, path: '/usr/bin/node' })).toEqual([])
    expect(nodeReadable(undefined)).toEqual([])
  })
})
