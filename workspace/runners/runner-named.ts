// Runner named
//
// The runner for a name.
// Leaves: the interface (runner.ts), each runner (command.ts, jest.ts, node-test.ts, vitest.ts).

import type { CommandSettings, Survey } from '../../machines/index.ts'
import { WorkspaceError } from '../workspace-error.ts'
import { commandRunner } from './command.ts'
import { jest } from './jest.ts'
import { nodeTest } from './node-test.ts'
import type { Runner } from './runner.ts'
import { vitest } from './vitest.ts'

/** `commands` is what the repository says of its own; a runner that is known needs none. */
export function runnerNamed(name: Survey['runner'], commands?: CommandSettings): Runner {
  if (name !== 'command') return { vitest, jest, node: nodeTest }[name]
  if (commands?.tests !== undefined) return commandRunner(commands.tests)
  throw new WorkspaceError(
    'no_command',
    'commands.tests is missing: say how the tests are run in canopy.yaml',
  )
}
