// Sample
//
// Owns:   the sample repository as a git repository of its own, ready to be worked on.
// Leaves: its content (examples/sample-repository/), the place of the copy (settings.ts).
//
// S1. A copy is there whole or not at all: it is made beside its place and renamed. One that is there is kept, so
//     that a run that was killed goes on.
// S2. The same sample gives the same commit, on any machine and at any time.

import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { execa } from 'execa'
import { systemReason, UserError } from '../errors.ts'

const project = resolve(import.meta.dirname, '../..')

export const sampleSource = join(project, 'examples', 'sample-repository')

const own = join(project, 'node_modules')
/** The packages that its tests need, in a checkout. Absent where Canopy was installed: a run installs them from the lock file. */
export const samplePackages = existsSync(join(own, 'vitest')) ? own : undefined

/** What the library in it is called; so is the copy's folder. */
export const sampleName = 'orchard'

/** Files of the sample that have another name in a package: npm leaves the first out, and linters of packages read the second. */
const PACKED_NAMES = { gitignore: '.gitignore', 'package.json.txt': 'package.json' }
const NOT_COPIED = new Set(['node_modules', 'coverage', 'dist'])
const IDENTITY = { name: 'Canopy', email: 'canopy@localhost', when: '2026-01-01T00:00:00Z' }

/** Makes the copy at `place` unless it is there. */
export async function placeSample(place: string): Promise<void> {
  if (existsSync(place)) return
  await mkdir(dirname(place), { recursive: true })
  const beside = await mkdtemp(join(dirname(place), '.new-'))
  try {
    const filter = (source: string): boolean => !NOT_COPIED.has(basename(source))
    await cp(sampleSource, beside, { recursive: true, filter })
    for (const [packed, name] of Object.entries(PACKED_NAMES))
      if (existsSync(join(beside, packed))) await rename(join(beside, packed), join(beside, name))
    await commitAll(beside)
    await rename(beside, place)
  } catch (error) {
    await rm(beside, { recursive: true, force: true })
    throw error
  }
}

async function commitAll(directory: string): Promise<void> {
  const git = async (...args: string[]): Promise<void> => {
    await execa('git', ['-c', 'core.hooksPath=/dev/null', '-c', 'commit.gpgSign=false', ...args], {
      cwd: directory,
      env: { ...gitIdentity(), GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' },
    })
  }
  try {
    await git('init', '--quiet', '--template=', '--initial-branch=main')
    await git('add', '--all')
    await git('commit', '--quiet', '--message=A small library with few tests')
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT'
    throw new UserError(
      'git_failed',
      missing ? 'git is not installed' : `git could not make the sample repository: ${systemReason(error)}`,
      missing
        ? 'Install git, for example: sudo apt-get install git'
        : `It would be in ${dirname(directory)}.`,
      { cause: error },
    )
  }
}

function gitIdentity(): Record<string, string> {
  const { name, email, when } = IDENTITY
  return {
    GIT_AUTHOR_NAME: name,
    GIT_AUTHOR_EMAIL: email,
    GIT_AUTHOR_DATE: when,
    GIT_COMMITTER_NAME: name,
    GIT_COMMITTER_EMAIL: email,
    GIT_COMMITTER_DATE: when,
  }
}
