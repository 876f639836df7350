// Own command
//
// The command line of a runner that an installed package brings: Node, the package's program, the options of Canopy, and
// those of the repository's own script.
// Leaves: which options Canopy sets (each runner's file), the words of the script (own-words.ts).

import { installedBin } from './installed-bin.ts'
import { ownWords } from './own-words.ts'
import type { SuiteRequest } from './runner.ts'
import { runnerNode } from './runner-node.ts'
import type { WordRules } from './runner-words.ts'
import type { KnownRunner } from './test-plan.ts'

interface CommandParts {
  /** The name of the runner, of its package and of its program. */
  readonly runner: KnownRunner
  readonly rules: WordRules
  /** Options of Node before those of the script. */
  readonly node?: readonly string[]
  /** Options of the runner. */
  readonly options?: readonly string[]
  /** Names the files of a request; without them, those of the script are run. */
  readonly named?: (files: readonly string[]) => readonly string[]
}

export async function ownCommand(
  request: SuiteRequest,
  { runner, rules, node = [], options = [], named = (files) => files }: CommandParts,
): Promise<string[]> {
  const own = await ownWords(request, runner, rules)
  return own.behind([
    ...[...runnerNode(request), ...node, ...own.node, await installedBin(request, runner)],
    ...options,
    ...(request.files === undefined ? [] : named(request.files)),
  ])
}
