// Recall: how many of the files that a commit changed are among the first 5, 10 and 20 that its message finds, in five
// public histories. `graph`: the repository map by references alone; `words`: as agents get it, by the words of the task,
// too. `--from DIR` clones from local copies (`DIR/<owner>+<name>/repo`); names choose. All sources of the commit's parent
// are candidates.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { execa } from 'execa'
import { isSource, type MapOrdering, orderedMap } from '../analysis/index.ts'
import { round2 } from './parts/figures.ts'

export const title = 'changed files among the first 5, 10 and 20 that a commit message finds'

/** `owner/name` on GitHub, and the commit where the history ends. */
const HISTORIES: readonly (readonly [name: string, commit: string])[] = [
  ['koajs/koa', 'e0ba8ef39d27fe5dae5492f9fe753d155124f994'],
  ['eemeli/yaml', 'bf03c0cb1ee997c56ed85c70f56c73e05b1cc001'],
  ['reduxjs/reselect', '93bb49091fc5e0e0569c745a7240df433548f386'],
  ['sindresorhus/execa', '8017b279e19347efaf2587711c2d57dbd4330740'],
  ['tj/commander.js', 'ba6d13ddb4243e5913367734f8c159089ffe7834'],
]
const ORDERINGS: readonly MapOrdering[] = ['graph', 'words']
const KS = [5, 10, 20] as const
const MAX_CHANGED = 10

interface Change {
  readonly parent: string
  readonly message: string
  readonly changed: readonly string[]
}

export async function run({
  quick,
  only,
  from,
}: {
  readonly quick: boolean
  readonly only: readonly string[]
  readonly from?: string
}) {
  const chosen = HISTORIES.filter(([name]) => only.length === 0 || only.includes(name))
  const all: Record<string, number[]> = {}
  const repositories: Record<string, unknown> = {}
  let commits = 0
  for (const [name, commit] of chosen) {
    const own: Record<string, number[]> = {}
    const count = await measure(name, commit, { from, most: quick ? 5 : 20 }, (way, k, recall) => {
      for (const into of [own, all]) {
        const list = into[`${way}_at_${k}`] ?? []
        into[`${way}_at_${k}`] = [...list, recall]
      }
    })
    commits += count
    repositories[name] = { commits: count, ...means(own) }
    process.stderr.write(`${name}: ${JSON.stringify(repositories[name])}\n`)
  }
  return { commits, ...means(all), repositories }
}

function means(figures: Readonly<Record<string, readonly number[]>>): Record<string, number> {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  return Object.fromEntries(Object.entries(figures).map(([name, values]) => [name, round2(mean(values))]))
}

async function measure(
  name: string,
  commit: string,
  { from, most }: { from: string | undefined; most: number },
  tell: (way: string, k: number, recall: number) => void,
): Promise<number> {
  const place = await mkdtemp(join(tmpdir(), 'canopy-recall-'))
  try {
    const origin = from ? join(resolve(from), name.replace('/', '+'), 'repo') : `https://github.com/${name}`
    const root = join(place, 'repository')
    await execa('git', ['clone', '--quiet', '--no-checkout', origin, root])
    const git = async (...args: string[]) => (await execa('git', args, { cwd: root })).stdout
    const changes = await changesBefore(git, commit, most)
    for (const { parent, message, changed } of changes) {
      await git('checkout', '--quiet', '--force', '--detach', parent)
      const files = (await git('ls-files', '-z')).split('\0').filter(isSource)
      for (const ordering of ORDERINGS) {
        const order = orderedMap({ root, files, mentioned: [message] }, { ordering }).files
        for (const k of KS) {
          const found = new Set(order.slice(0, k))
          tell(ordering, k, changed.filter((path) => found.has(path)).length / changed.length)
        }
      }
    }
    return changes.length
  } finally {
    await rm(place, { recursive: true, force: true })
  }
}

/** The newest commits before it that change 1 to 10 sources which were there before. */
async function changesBefore(
  git: (...args: string[]) => Promise<string>,
  commit: string,
  most: number,
): Promise<Change[]> {
  const listed = await git('log', '--no-merges', '--max-count=1000', '--format=%H %P', commit)
  const found: Change[] = []
  for (const line of listed.split('\n')) {
    const [hash = '', parent] = line.split(' ')
    if (parent === undefined || found.length === most) continue
    const names = await git(
      'diff-tree',
      '-r',
      '-z',
      '--no-renames',
      '--name-only',
      '--diff-filter=MD',
      parent,
      hash,
    )
    const changed = names.split('\0').filter(isSource)
    if (changed.length === 0 || changed.length > MAX_CHANGED) continue
    const message = await git('log', '-1', '--format=%B', hash)
    if (message.trim().split(/\s+/).length >= 3) found.push({ parent, message, changed })
  }
  return found
}
