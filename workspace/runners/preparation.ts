// Preparation
//
// What a run of tests needs besides the runner's own command: variables of the script, and the commands that `npm test`
// runs before its tests.

import { join } from 'node:path'
import { type Survey, shellWord } from '../../machines/index.ts'
import { nodeReadable, toolEnvironment } from '../tool-environment.ts'
import { readManifest, scriptNodeOptions, scriptVariables } from './script.ts'
import type { SuiteRun } from './suite-runs.ts'
import { testPlan } from './test-plan.ts'

export interface Preparation {
  /** Words before those of the command; none: nothing runs before it. */
  readonly before: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly readable: readonly string[]
}

interface PreparationOrder extends Pick<Survey, 'runner'> {
  readonly setup?: Survey['setup'] | undefined
  readonly node?: Survey['node'] | undefined
  /** The worktree. */
  readonly root: string
  /** The run for which it is; absent: that of the survey's runner. */
  readonly run?: SuiteRun | undefined
  /** Whether an earlier run of the suite made what the top folder's setup makes. */
  readonly isSetUp?: boolean
  readonly env?: Readonly<Record<string, string>> | undefined
}

/** Exit status of a setup that failed. */
export const SETUP_FAILED = 97
const MEMORY_OPTION = '--max-old-space-size=3072'

export async function preparation(order: PreparationOrder): Promise<Preparation> {
  const { root, node, env = {}, run, isSetUp = false } = order
  const folder = run?.folder ?? ''
  const top = await readManifest(root)
  const manifest = folder === '' ? top : await readManifest(join(root, folder))
  const tests = run?.part === undefined ? testPlan(manifest).tests : [run.part]
  const options = [env.NODE_OPTIONS ?? MEMORY_OPTION, scriptNodeOptions(tests)].filter(Boolean)
  const setup = order.runner === 'command' ? [] : testPlan(top).setup
  const first = isSetUp ? [] : [...(order.setup ?? []), ...setup]
  return {
    before: wordsBefore([...within(folder === '' ? undefined : root, first), ...(run?.setup ?? [])]),
    // Variables of the repository's own script override variations.
    env: {
      ...toolEnvironment(root, node, folder),
      ...npmVariables(manifest),
      ...env,
      ...scriptVariables(tests),
      NODE_OPTIONS: options.join(' '),
    },
    readable: nodeReadable(node),
  }
}

/** As npm sets them for a script. */
function npmVariables({ name, version }: { name?: string; version?: string }): Record<string, string> {
  return {
    npm_lifecycle_event: 'test',
    ...(typeof name === 'string' ? { npm_package_name: name } : {}),
    ...(typeof version === 'string' ? { npm_package_version: version } : {}),
  }
}

/** Lines that run in a folder which is not that of the run. */
function within(folder: string | undefined, lines: readonly string[]): string[] {
  if (folder === undefined || lines.length === 0) return [...lines]
  return lines.map((line) => `( cd ${shellWord(folder)} && { ${line}\n} )`)
}

/** V8 does not count in the setup: it is not the tests. */
function wordsBefore(lines: readonly string[]): string[] {
  if (lines.length === 0) return []
  const all = lines.map((line) => `{ ${line}\n}`).join(' && ')
  const script = `( unset NODE_V8_COVERAGE CANOPY_REPORT; ${all} ) 1>&2 || exit ${SETUP_FAILED}; exec "$@"`
  return ['/bin/sh', '-c', script, 'sh']
}
