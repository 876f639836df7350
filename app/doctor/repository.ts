// Doctor for a repository
//
// Owns:   surveying a repository as a run would, without starting one: its tools, the lines of a run, and advice.
// Leaves: the survey (workspace/survey/), the words (cli/doctor/).
//
// The user's repository is only read. The worktrees of the survey are removed; installed packages stay in the data
// directory, where the next run finds them.

import { mkdtemp } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Survey } from '../../machines/index.ts'
import { searchPath } from '../../programs/index.ts'
import { TEST_RUNNERS } from '../../testgen/index.ts'
import { formattersIn, lintersIn, removeTree, scriptChecks } from '../../workspace/index.ts'
import { requireSandbox } from '../run/requirements.ts'
import { workspaceOf } from '../run/run-work.ts'
import type { HostEnvironment } from '../settings/data-directory.ts'
import { type RunOptions, resolveSettings } from '../settings/settings.ts'

export type RepositoryOptions = Pick<
  RunOptions,
  'data' | 'config' | 'bring' | 'sandbox' | 'dependencies' | 'allowDependencies' | 'allowDirty'
> & { readonly repo: string }

export type RepositoryFinding =
  | {
      readonly kind: 'ready'
      readonly survey: Survey
      /** By name, as those of formatters; checks of the test script by their lines. */
      readonly linters: readonly string[]
      readonly formatters: readonly string[]
      /** Tests for its runner are written without a model. */
      readonly hasTestWriter: boolean
      readonly seconds: number
    }
  | {
      readonly kind: 'refused'
      readonly repository: string
      readonly code: string
      readonly message: string
      readonly seconds: number
    }

interface Watcher {
  /** Each step of the survey in a sentence. */
  readonly notice: (sentence: string) => void
  readonly stop: AbortSignal
}

/** @throws UserError when the options or the machine do not allow a survey. */
export async function examineRepository(
  options: RepositoryOptions,
  around: HostEnvironment,
  { notice, stop }: Watcher,
): Promise<RepositoryFinding> {
  const started = performance.now()
  const settings = await resolveSettings(options, around)
  const { repository } = settings
  process.env.PATH = searchPath(process.env.PATH, [repository], homedir())
  const sandbox = await requireSandbox(settings, notice)
  const directory = await mkdtemp(join(settings.dataDirectory, 'doctor-'))
  try {
    const workspace = await workspaceOf(settings, { directory, env: around.env, sandbox, log: notice })
    notice(`surveying ${repository}`)
    const outcome = await workspace.survey({ allowDirty: settings.allowDirty, signal: stop })
    const seconds = Number(((performance.now() - started) / 1000).toFixed(1))
    if (outcome.kind === 'refused') return { ...outcome, repository, seconds }
    const { survey } = outcome
    const places = { root: repository, dependencies: survey.dependencies }
    const [linters, formatters] = await Promise.all([lintersIn(places), formattersIn(places)])
    const names = (tools: readonly { readonly name: string }[]) => tools.map(({ name }) => name)
    return {
      ...{ kind: 'ready', survey, seconds },
      linters: [...names(linters), ...(await scriptChecks(repository))],
      formatters: names(formatters),
      hasTestWriter: TEST_RUNNERS.some((runner) => runner === survey.runner),
    }
  } finally {
    await removeTree(directory)
  }
}
