// Field: how many public repositories a run can work on, as a new user would find out (`canopy doctor --repo`). A refused
// repository is judged by its own test command in a fresh clone: when that passes, it was refused wrongly. That command
// runs outside of every sandbox. `--from DIR` clones from local copies (`DIR/<owner>+<name>/repo`); names choose.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { execa } from 'execa'
import { cloneAt, originOf } from './parts/field/clone-at.ts'
import { ownTestsOf } from './parts/field/own-tests.ts'
import { REPOSITORIES } from './parts/field/repositories.ts'

export const title = 'public repositories: accepted, refused rightly, refused wrongly'

type Result = 'accepted' | 'refused_rightly' | 'refused_wrongly' | 'could_not_run'

interface Row {
  readonly result: Result
  readonly code?: string
  readonly message?: string
  readonly own?: string
  readonly runner?: string
  readonly tests?: number
  readonly seconds?: number
}

/** The last line of `canopy doctor --repo --json`. */
interface Finding {
  readonly ready: boolean
  readonly code?: string
  readonly message?: string
  readonly seconds: number
  readonly survey?: {
    readonly runner: string
    readonly measurement: { readonly tests: { readonly passed: number } }
  }
}

const LIMIT_MS = 15 * 60_000
const cli = resolve(import.meta.dirname, '../cli/main.ts')

export async function run({ only, from }: { readonly only: readonly string[]; readonly from?: string }) {
  const chosen = REPOSITORIES.filter(([name]) => only.length === 0 || only.includes(name))
  const repositories: Record<string, Row> = {}
  for (const [name, commit] of chosen) {
    const row = await survey(name, commit, from)
    repositories[name] = row
    process.stderr.write(`${name}: ${JSON.stringify(row)}\n`)
  }
  const count = (result: Result) => Object.values(repositories).filter((row) => row.result === result).length
  return {
    repositories_tried: chosen.length,
    accepted: count('accepted'),
    refused_rightly: count('refused_rightly'),
    refused_wrongly: count('refused_wrongly'),
    could_not_run: count('could_not_run'),
    repositories,
  }
}

async function survey(name: string, commit: string, from: string | undefined): Promise<Row> {
  const place = await mkdtemp(join(tmpdir(), 'canopy-field-'))
  try {
    const origin = originOf(name, from)
    const repository = await cloneAt(origin, commit, join(place, name.split('/')[1] ?? 'repository'))
    const finding = await examine(repository, place)
    const { seconds } = finding
    if (finding.ready) {
      const { runner = '', measurement } = finding.survey ?? {}
      return { result: 'accepted', runner, tests: measurement?.tests.passed ?? 0, seconds }
    }
    const own = await ownTestsOf(await cloneAt(origin, commit, join(place, 'own')))
    const { code = '', message = '' } = finding
    const result = own === 'passed' ? 'refused_wrongly' : 'refused_rightly'
    return { result, code, message: message.slice(0, 400), own, seconds }
  } catch (error) {
    return { result: 'could_not_run', message: String(error).slice(0, 400) }
  } finally {
    await rm(place, { recursive: true, force: true })
  }
}

/** As a new user, who has no configuration. */
async function examine(repository: string, place: string): Promise<Finding> {
  const args = [cli, 'doctor', '--repo', repository, '--data', join(place, 'data'), '--json']
  const env = { XDG_CONFIG_HOME: join(place, 'no-configuration') }
  const { stdout, stderr } = await execa(process.execPath, args, { env, reject: false, timeout: LIMIT_MS })
  const last = stdout.trim().split('\n').at(-1)
  if (!last) return { ready: false, code: 'no_answer', message: stderr.slice(-400), seconds: 0 }
  return JSON.parse(last) as Finding
}
