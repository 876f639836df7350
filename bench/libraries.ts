// Libraries: the main job, as a new user would start it, on real public libraries. Each is cloned outside the tree and
// brought as far as the builtin writer gets. `--from DIR` clones from local copies (`DIR/<owner>+<name>/repo`) where the
// network does not reach their host; names after `libraries` take the place of the list.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { execa } from 'execa'

export const title = 'the main job on real libraries: branch coverage before and after'

const LIBRARIES = [
  'unjs/scule',
  'unjs/destr',
  'unjs/pathe',
  'unjs/ufo',
  'unjs/cookie-es',
  'vercel/ms',
  'omgovich/colord',
]
/** What is reached by then counts. */
const LIMIT_MS = 8 * 60_000
const cli = resolve(import.meta.dirname, '../cli/main.ts')

interface Finished {
  readonly status: string
  readonly coverage: { readonly before: number; readonly after: number } | null
  readonly tasks: { readonly done: number; readonly failed: number }
  readonly commits: number
  readonly seconds: number
  readonly reasons?: readonly string[]
  readonly failures?: readonly { readonly module: string; readonly reasons: readonly string[] }[]
}

export async function run({ only, from }: { readonly only: readonly string[]; readonly from?: string }) {
  const results: Record<string, unknown> = {}
  for (const library of only.length > 0 ? only : LIBRARIES) {
    results[library] = await work(library, from)
    process.stderr.write(`${library}: ${JSON.stringify(results[library])}\n`)
  }
  return { libraries: results }
}

async function work(library: string, from: string | undefined) {
  const place = await mkdtemp(join(tmpdir(), 'canopy-library-'))
  const repository = join(place, library.split('/')[1] ?? 'library')
  try {
    const origin = from
      ? join(resolve(from), library.replace('/', '+'), 'repo')
      : `https://github.com/${library}`
    await execa('git', ['clone', '--quiet', origin, repository])
    const commit = (await execa('git', ['rev-parse', '--short', 'HEAD'], { cwd: repository })).stdout
    const args = [
      cli,
      'run',
      '--repo',
      repository,
      '--data',
      join(place, 'data'),
      '--goal',
      'branch-coverage=100',
      '--json',
    ]
    // A new user has no configuration of their own.
    const env = { XDG_CONFIG_HOME: join(place, 'no-configuration') }
    const { stdout, stderr } = await execa(process.execPath, args, { env, reject: false, timeout: LIMIT_MS })
    const last = stdout.trim().split('\n').at(-1) ?? ''
    const finished = JSON.parse(last) as Finished
    const branch = `canopy/branch-coverage-100`
    const added = await execa('git', ['diff', '--numstat', `HEAD..${branch}`], {
      cwd: repository,
      reject: false,
    })
    return {
      commit,
      status: finished.status,
      before: finished.coverage?.before ?? null,
      after: finished.coverage?.after ?? null,
      tests: await countTests(repository, branch),
      files: added.stdout.split('\n').filter(Boolean).length,
      done: finished.tasks.done,
      given_up: finished.tasks.failed,
      seconds: Math.round(finished.seconds),
      wrong: wrong(finished, stderr),
    }
  } catch (error) {
    return { status: 'failed', wrong: [String(error).slice(0, 300)] }
  } finally {
    await rm(place, { recursive: true, force: true })
  }
}

/** Test cases in what was added. */
async function countTests(repository: string, branch: string): Promise<number> {
  const { stdout } = await execa('git', ['diff', `HEAD..${branch}`], { cwd: repository, reject: false })
  return stdout.split('\n').filter((line) => /^\+\s*(it|test)\(/.test(line)).length
}

function wrong({ reasons = [], failures = [] }: Finished, stderr: string): string[] {
  const told = failures.map(({ module, reasons: why }) => `${module}: ${(why[0] ?? '').slice(0, 160)}`)
  return [
    ...reasons.map((reason) => reason.slice(0, 200)),
    ...told,
    ...(stderr ? [stderr.slice(0, 200)] : []),
  ]
}
