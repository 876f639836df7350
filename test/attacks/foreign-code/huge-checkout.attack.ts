// A repository of a few kilobytes whose checkout would fill the disk.

import { execFileSync } from 'node:child_process'
import { bubblewrap } from '../../../workspace/index.ts'
import { findBwrap } from '../../workspace/find-bwrap.ts'
import { NODE_TEST, Playground } from '../../workspace/repositories.ts'
import { type Attack, couldNotRun, refused, succeeded } from '../attack.ts'

const LIMITS = { bytes: 32 * 1024 * 1024, files: 5_000 }

/** `entry`: one line of `git mktree`, made of the tree or blob before. */
interface Bomb {
  readonly levels: number
  readonly width: number
  readonly content: string
}

const bomb = (title: string, { levels, width, content }: Bomb): Attack => ({
  title,
  async play() {
    const playground = new Playground()
    try {
      const path = playground.repository(NODE_TEST)
      const git = (input: string, ...args: string[]) =>
        execFileSync('git', ['-C', path, ...args], { input, encoding: 'utf8' }).trim()
      let [mode, kind, hash] = ['100644', 'blob', git(content, 'hash-object', '-w', '--stdin')]
      for (let level = 0; level < levels; level += 1) {
        const lines = Array.from({ length: width }, (_, at) => `${mode} ${kind} ${hash}\tf${at}\n`)
        hash = git(lines.join(''), 'mktree')
        mode = '040000'
        kind = 'tree'
      }
      const tree = git(`${git('', 'ls-tree', 'HEAD')}\n040000 tree ${hash}\tdeep\n`, 'mktree')
      const commit = git('', 'commit-tree', '-m', 'deep', '-p', 'HEAD', tree)
      git('', 'update-ref', 'HEAD', commit)
      const sandbox = bubblewrap({ path: findBwrap(), disk: LIMITS })
      const outcome = await (await playground.open(path, { sandbox })).survey({ allowDirty: true })
      if (outcome.kind === 'ready') return succeeded('it was checked out and surveyed')
      return outcome.code === 'too_large' ? refused(outcome.message) : couldNotRun(outcome.message)
    } finally {
      playground.dispose()
    }
  },
})

export const attacks: Readonly<Record<string, Attack>> = {
  files: bomb('The same folder stands in folders again and again', { levels: 3, width: 20, content: 'x' }),
  bytes: bomb('The same large file stands there under many names', {
    levels: 1,
    width: 64,
    content: 'x'.repeat(1024 * 1024),
  }),
  'more-than-can-be-listed': bomb('There are more paths than can be listed', {
    levels: 5,
    width: 40,
    content: 'x',
  }),
}
