// A repository that leads git to a private one of the user's, whose code would then be shown to a model, or has it wait for ever.

import { execFileSync } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { git, NODE_TEST } from '../../workspace/repositories.ts'
import type { Attack } from '../attack.ts'
import { withHostile } from './hostile-repository.ts'

interface Places {
  /** The attacker's `.git`. */
  readonly own: string
  /** The private one. */
  readonly other: string
  readonly head: string
}

const leading = (how: string, lead: (places: Places) => void): Attack => ({
  title: `a repository leads to a private one of the user's by ${how}`,
  play: () =>
    withHostile((repository) => {
      const secret = { ...NODE_TEST, 'src/secret.ts': 'export const secret = (n: number) => n + 1\n' }
      const other = join(repository.playground.repository(secret, { name: 'private' }), '.git')
      const head = git(join(other, '..'), 'rev-parse', 'HEAD').trim()
      lead({ own: join(repository.path, '.git'), other, head })
      return repository.survey()
    }),
})

const put = (path: string, text: string): void => {
  rmSync(path, { force: true, recursive: true })
  writeFileSync(path, text)
}
const link = (target: string, path: string): void => {
  rmSync(path, { force: true, recursive: true })
  symlinkSync(target, path)
}

/** Whoever opens it waits for ever. */
const waiting = (name: string): Attack => ({
  title: `a pipe stands in place of ${name}, so that nothing ever goes on`,
  play: () =>
    withHostile((repository) => {
      const path = join(repository.path, '.git', name)
      rmSync(path, { force: true })
      execFileSync('mkfifo', [path])
      return repository.survey()
    }),
})

export const attacks: Readonly<Record<string, Attack>> = {
  alternates: leading('borrowed objects', ({ own, other, head }) => {
    put(join(own, 'objects/info/alternates'), `${join(other, 'objects')}\n`)
    put(join(own, 'HEAD'), `${head}\n`)
  }),
  'alternates-by-a-link': leading('a link to a list of borrowed objects', ({ own, other, head }) => {
    put(join(own, 'borrowed'), `${join(other, 'objects')}\n`)
    link('../../borrowed', join(own, 'objects/info/alternates'))
    put(join(own, 'HEAD'), `${head}\n`)
  }),
  'alternates-behind-comments': leading('a long list of borrowed objects', ({ own, other, head }) => {
    put(
      join(own, 'objects/info/alternates'),
      `${'# nothing is borrowed\n'.repeat(5_000)}${join(other, 'objects')}\n`,
    )
    put(join(own, 'HEAD'), `${head}\n`)
  }),
  'alternates-in-a-linked-folder': leading('a link in place of objects/info', ({ own, other, head }) => {
    mkdirSync(join(own, 'elsewhere'))
    put(join(own, 'elsewhere/alternates'), `${join(other, 'objects')}\n`)
    link('../elsewhere', join(own, 'objects/info'))
    put(join(own, 'HEAD'), `${head}\n`)
  }),
  'linked-objects': leading('links in place of single objects', ({ own, other, head }) => {
    for (const folder of readdirSync(join(other, 'objects')).filter((name) => /^[0-9a-f]{2}$/.test(name))) {
      mkdirSync(join(own, 'objects', folder), { recursive: true })
      for (const name of readdirSync(join(other, 'objects', folder)))
        link(join(other, 'objects', folder, name), join(own, 'objects', folder, name))
    }
    put(join(own, 'HEAD'), `${head}\n`)
  }),
  'pipe-for-head': waiting('HEAD'),
  'pipe-for-index': waiting('index'),
  'pipe-for-settings': waiting('config'),
  'pipe-for-borrowed-objects': waiting('objects/info/alternates'),
  'git-file': leading('a .git file', ({ own, other }) => put(own, `gitdir: ${other}\n`)),
  'git-link': leading('a link in place of .git', ({ own, other }) => link(other, own)),
  'common-folder': leading('a commondir file', ({ own, other }) => put(join(own, 'commondir'), `${other}\n`)),
  'worktree-of-a-fake': leading('a worktree of its own making', ({ own, other }) => {
    const fake = join(own, '../fake/worktrees/w')
    mkdirSync(fake, { recursive: true })
    for (const name of ['HEAD', 'index']) cpSync(join(other, name), join(fake, name))
    put(join(fake, 'commondir'), `${other}\n`)
    put(join(fake, 'gitdir'), `${own}\n`)
    put(own, `gitdir: ${fake}\n`)
  }),
  objects: leading('a link in place of objects', ({ own, other, head }) => {
    link(join(other, 'objects'), join(own, 'objects'))
    put(join(own, 'HEAD'), `${head}\n`)
  }),
  references: leading('a link among the branches', ({ own, other }) => {
    renameSync(join(own, 'refs/heads'), join(own, 'heads'))
    link(join(own, 'heads'), join(own, 'refs/heads'))
    if (readFileSync(join(other, 'HEAD'), 'utf8') === '') throw new Error('no private repository')
  }),
}
