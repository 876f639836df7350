// Preparation
//
// What a run of tests needs besides the runner's own command: variables of the script, and the commands that `npm test`
// runs before its tests.

import type { Survey } from '../../machines/index.ts'
import { nodeReadable, toolEnvironment } from '../tool-environment.ts'
import { readManifest, scriptNodeOptions, scriptVariables } from './script.ts'
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
  readonly root: string
  readonly env?: Readonly<Record<string, string>> | undefined
}

/** Exit status of a setup that failed. */
export const SETUP_FAILED = 97
const MEMORY_OPTION = '--max-old-space-size=3072'

export async function preparation(order: PreparationOrder): Promise<Preparation> {
  const { root, node, env = {} } = order
  const manifest = await readManifest(root)
  const options = [env.NODE_OPTIONS ?? MEMORY_OPTION, scriptNodeOptions(manifest)].filter(Boolean)
  const { setup } = order.runner === 'command' ? { setup: [] } : testPlan(manifest)
  return {
    before: wordsBefore([...(order.setup ?? []), ...setup]),
    // Variables of the repository's own script override variations.
    env: {
      ...toolEnvironment(root, node),
      ...npmVariables(manifest),
      ...env,
      ...scriptVariables(manifest),
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

/** V8 does not count in the setup: it is not the tests. */
function wordsBefore(lines: readonly string[]): string[] {
  if (lines.length === 0) return []
  const all = lines.map((line) => `{ ${line}\n}`).join(' && ')
  const script = `( unset NODE_V8_COVERAGE CANOPY_REPORT; ${all} ) 1>&2 || exit ${SETUP_FAILED}; exec "$@"`
  return ['/bin/sh', '-c', script, 'sh']
}
