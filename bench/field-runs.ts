// Field runs: whole runs on public repositories, as a new user would start them, with the builtin test writer. After each
// run the checkout must be untouched; its branch is merged into a fresh clone by hand, and the repository's own test
// command must pass there. That command runs outside of every sandbox. `--from DIR` clones from local copies
// (`DIR/<owner>+<name>/repo`); names choose, else ten are taken.

import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { execa } from 'execa'
import { cloneAt, originOf } from './parts/field/clone-at.ts'
import { ownTestsOf } from './parts/field/own-tests.ts'
import { REPOSITORIES } from './parts/field/repositories.ts'

export const title = 'whole runs on public repositories: what they reach, and whether the merged suite passes'

/** Small ones over six runners: their runs end within minutes. */
const TEN = [
  ...['expressjs/cors', 'fastify/fast-uri', 'jonschlinkert/kind-of', 'lukeed/dequal', 'lukeed/mri'],
  ...['minimistjs/minimist', 'motdotla/dotenv', 'sindresorhus/p-queue', 'unjs/defu', 'unjs/scule'],
]
const LIMIT_MS = 30 * 60_000
const BRANCH = 'canopy/branch-coverage-100'
const cli = resolve(import.meta.dirname, '../cli/main.ts')

interface Row {
  /** As the run says it; `could_not_run` where it did not begin. */
  readonly status: string
  /** Percent of the branches. */
  readonly before?: number
  readonly after?: number
  readonly commits?: number
  readonly seconds?: number
  readonly untouched?: boolean
  /** Of the merged clone: `passed`, the failure, or `nothing to merge`. */
  readonly suite?: string
  readonly message?: string
}

/** The last line of `canopy run --json`. */
interface Finished {
  readonly type: string
  readonly status?: string
  readonly message?: string
  readonly reasons?: readonly string[]
  readonly coverage?: { readonly before: number; readonly after: number }
  readonly commits?: number
  readonly seconds?: number
}

export async function run({ only, from }: { readonly only: readonly string[]; readonly from?: string }) {
  const names = only.length > 0 ? only : TEN
  const repositories: Record<string, Row> = {}
  for (const [name, commit] of REPOSITORIES.filter(([name]) => names.includes(name))) {
    const row = await wholeRun(name, commit, from)
    repositories[name] = row
    process.stderr.write(`${name}: ${JSON.stringify(row)}\n`)
  }
  const rows = Object.values(repositories)
  return {
    repositories_tried: rows.length,
    reached: rows.filter(({ status }) => status === 'reached').length,
    with_commits: rows.filter(({ commits = 0 }) => commits > 0).length,
    untouched: rows.filter(({ untouched }) => untouched).length,
    merged_suites_passed: rows.filter(({ suite }) => suite === 'passed').length,
    repositories,
  }
}

async function wholeRun(name: string, commit: string, from: string | undefined): Promise<Row> {
  const place = await mkdtemp(join(tmpdir(), 'canopy-field-'))
  try {
    const repository = await cloneAt(originOf(name, from), commit, join(place, name.split('/')[1] ?? 'it'))
    const before = await stateOf(repository)
    const finished = await start(repository, place)
    const { status = 'could_not_run', coverage, commits = 0, seconds } = finished
    const message = finished.reasons?.join('\n') ?? finished.message
    return {
      status,
      ...coverage,
      commits,
      ...(seconds !== undefined && { seconds }),
      untouched: (await stateOf(repository)) === before,
      suite: commits > 0 ? await mergedSuite(repository, commit, join(place, 'merged')) : 'nothing to merge',
      ...(message && { message: message.slice(0, 400) }),
    }
  } catch (error) {
    return { status: 'could_not_run', message: String(error).slice(0, 400) }
  } finally {
    await rm(place, { recursive: true, force: true })
  }
}

async function start(repository: string, place: string): Promise<Finished> {
  const args = [
    '--repo',
    repository,
    '--goal',
    'branch-coverage=100',
    '--data',
    join(place, 'data'),
    '--json',
  ]
  const env = { XDG_CONFIG_HOME: join(place, 'no-configuration') }
  const { stdout, stderr } = await execa(process.execPath, [cli, 'run', ...args], {
    ...{ env, reject: false, timeout: LIMIT_MS },
  })
  const last = stdout.trim().split('\n').at(-1)
  return last ? (JSON.parse(last) as Finished) : { type: 'none', message: stderr.slice(-400) }
}

/** Of everything a run must leave alone: HEAD, index, files with ignored ones, stash and other branches. */
async function stateOf(repository: string): Promise<string> {
  const git = async (...args: string[]) => (await execa('git', args, { cwd: repository })).stdout
  const seen = [
    await git('rev-parse', 'HEAD'),
    await git('status', '--porcelain', '--ignored', '--untracked-files=all'),
    await git('ls-files', '--stage'),
    ...(await git('for-each-ref')).split('\n').filter((ref) => !/\trefs\/(heads\/)?canopy\//.test(ref)),
  ]
  return createHash('sha256').update(seen.join('\0')).digest('hex')
}

async function mergedSuite(repository: string, commit: string, place: string): Promise<string> {
  const merged = await cloneAt(repository, commit, place)
  const identity = ['-c', 'user.name=A person', '-c', 'user.email=person@example.com']
  await execa('git', [...identity, 'merge', '--no-ff', '--message=Merge', `origin/${BRANCH}`], {
    cwd: merged,
  })
  return ownTestsOf(merged)
}
