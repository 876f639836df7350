// Runner named
//
// The runner for a name.
// Leaves: the interface (runner.ts), each runner (its own file).

import type { CommandSettings, Survey } from '../../machines/index.ts'
import { WorkspaceError } from '../workspace-error.ts'
import { ava } from './ava.ts'
import { commandRunner } from './command.ts'
import { jasmine } from './jasmine.ts'
import { jest } from './jest.ts'
import { mocha } from './mocha.ts'
import { nodeTest } from './node-test.ts'
import { qunit } from './qunit.ts'
import type { Runner } from './runner.ts'
import { tap } from './tap.ts'
import { tape } from './tape.ts'
import { testScript } from './test-script.ts'
import { uvu } from './uvu.ts'
import { vitest } from './vitest.ts'

const KNOWN: Readonly<Record<Exclude<Survey['runner'], 'command'>, Runner>> = {
  ...{ vitest, jest, node: nodeTest },
  ...{ mocha, ava, uvu, tape, tap, jasmine, qunit },
  script: testScript,
}

/** `commands` is what the repository says of its own; a runner that is known needs none. */
export function runnerNamed(name: Survey['runner'], commands?: CommandSettings): Runner {
  if (name !== 'command') return KNOWN[name]
  if (commands?.tests !== undefined) return commandRunner(commands.tests)
  throw new WorkspaceError(
    'no_command',
    'commands.tests is missing: say how the tests are run in canopy.yaml',
  )
}

/** Whether only the exit code of a command is known, and no options and results of a runner. */
export function isByCommand({ runner }: Pick<Survey, 'runner'>): boolean {
  return runner === 'command' || runner === 'script'
}
