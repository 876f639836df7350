// Where a run keeps its state, which repository is meant, and which variables programs inherit.

import { chmodSync, mkdirSync, realpathSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { UserError } from '../../../app/errors.ts'
import {
  dataDirectoryOf,
  defaultDataDirectory,
  makeWritable,
  refuseInside,
  stateDirectory,
} from '../../../app/settings/data-directory.ts'
import { takeEnvironment } from '../../../app/settings/environment.ts'
import { repositoryMeant, repositoryRoot } from '../../../app/settings/repository.ts'
import { scratch } from '../../cli/scratch.ts'

let home: string
beforeEach(() => {
  home = scratch()
})
const around = (env: Record<string, string> = {}) => ({ env, home, directory: home, cores: 2 })
const failure = (work: () => unknown) => {
  try {
    work()
  } catch (error) {
    return error
  }
  return undefined
}

function repository(...names: string[]): string {
  const path = join(home, ...names)
  mkdirSync(join(path, '.git'), { recursive: true })
  return path
}

describe('the repository that is meant', () => {
  it('is what --repo names, from this folder; else this folder if it is one', () => {
    const library = repository('library')
    expect(repositoryMeant('library', { directory: home })).toBe(library)
    expect(repositoryMeant(undefined, { directory: library })).toBe(library)
    expect(repositoryMeant(undefined, { directory: home })).toBeUndefined()
  })

  it('is its real path, so that a link to it has the same state', () => {
    const library = repository('library')
    symlinkSync(library, join(home, 'link'))
    expect(repositoryRoot(join(home, 'link'))).toBe(library)
    const [one, other] = ['library', 'link'].map((repo) => dataDirectoryOf({ repo }, around()))
    expect(one).toBe(other)
  })

  it('may be a worktree, which has a file for its git folder', () => {
    const tree = join(home, 'tree')
    mkdirSync(tree)
    writeFileSync(join(tree, '.git'), 'gitdir: elsewhere')
    expect(repositoryRoot(tree)).toBe(realpathSync(tree))
  })

  it.each([
    ['nowhere', 'there is no such directory', '--repo DIR'],
    ['file', 'expected a directory', '--repo DIR'],
    ['plain', 'it is not a git repository', 'git init'],
    ['my library/src', 'a folder inside the repository', "--repo '"],
    ['dangling', 'there is no such directory', '--repo DIR'],
  ])('is not %s', (name, message, wayOut) => {
    mkdirSync(join(repository('my library'), 'src'))
    mkdirSync(join(home, 'plain'))
    writeFileSync(join(home, 'file'), '')
    symlinkSync(join(home, 'gone'), join(home, 'dangling'))
    expect(failure(() => repositoryRoot(join(home, name)))).toMatchObject({
      code: 'no_repository',
      message: expect.stringContaining(message),
      wayOut: expect.stringContaining(wayOut),
    })
  })
})

describe('the data directory', () => {
  it('differs for repositories of the same name, and is readable', () => {
    const [one, other] = ['/a/my library', '/b/my library'].map((path) =>
      defaultDataDirectory(path, around()),
    )
    expect(one).not.toBe(other)
    expect(one).toMatch(/\/\.local\/state\/canopy\/my-library-[0-9a-f]{8}$/)
    expect(defaultDataDirectory('/', around())).toMatch(/\/root-[0-9a-f]{8}$/)
  })

  it.each([
    ['/var/state', '/var/state/canopy/x'],
    ['state', undefined],
    ['', undefined],
  ])('is below XDG_STATE_HOME=%j, when that is absolute', (XDG_STATE_HOME, place) => {
    expect(stateDirectory('x', around({ XDG_STATE_HOME }))).toBe(
      place ?? join(home, '.local', 'state', 'canopy', 'x'),
    )
  })

  it('is where the option says, from this folder, whatever the repository', () => {
    expect(dataDirectoryOf({ data: 'mine', repo: '/nowhere' }, around())).toBe(join(home, 'mine'))
  })

  it.each([
    ['/r/state', '/r', true],
    ['/r', '/r', true],
    ['/r/..state', '/r', false],
    ['/r-state', '/r', false],
    ['/', '/r', false],
  ])('%s inside %s: %s', (data, root, isInside) => {
    const error = failure(() => refuseInside(data, root))
    // A name that begins with two dots is taken for outside: that errs on the side of the user.
    expect(error instanceof UserError).toBe(isInside)
  })

  it('is made step by step, for its owner alone', async () => {
    const deep = join(home, 'a', 'b', 'c')
    await makeWritable(deep)
    await makeWritable(deep)
    expect(['a', 'a/b', 'a/b/c'].map((name) => statSync(join(home, name)).mode & 0o777)).toEqual([
      0o700, 0o700, 0o700,
    ])
  })

  it.each(['/proc/canopy', '/proc/canopy/deep', '/dev/null/x'])('cannot be %s', async (directory) => {
    await expect(makeWritable(directory)).rejects.toMatchObject({
      code: 'data_unwritable',
      wayOut: 'Choose another one: --data DIR',
    })
  })

  it('cannot be a file', async () => {
    writeFileSync(join(home, 'file'), '')
    await expect(makeWritable(join(home, 'file'))).rejects.toMatchObject({
      message: expect.stringContaining('a part of the path is not a directory'),
    })
  })

  it.skipIf(process.getuid?.() === 0)('cannot be one that is not writable', async () => {
    chmodSync(home, 0o500)
    await expect(makeWritable(home)).rejects.toMatchObject({
      message: expect.stringContaining('permission denied'),
    })
    chmodSync(home, 0o700)
  })
})

describe('the environment', () => {
  it('is taken whole, and leaves programs only what they need', () => {
    const env: NodeJS.ProcessEnv = {
      PATH: '/bin',
      LC_ALL: 'C',
      XDG_CACHE_HOME: '/c',
      https_proxy: 'http://proxy',
      ANTHROPIC_API_KEY: 'k',
      CANOPY_STORE_KEY_FILE: 'f',
      CANOPY_DEBUG: '1',
      AWS_SECRET_ACCESS_KEY: 's',
      LD_PRELOAD: '/evil.so',
      NODE_OPTIONS: '--require /evil.js',
      PATHS: 'no prefix of a name',
    }
    const taken = takeEnvironment(env)
    expect(taken.ANTHROPIC_API_KEY).toBe('k')
    expect(Object.keys(taken)).toHaveLength(11)
    expect(Object.keys(env).toSorted()).toEqual([
      'CANOPY_DEBUG',
      'LC_ALL',
      'PATH',
      'XDG_CACHE_HOME',
      'https_proxy',
    ])
  })
})
