// Hook gate
//
// Owns:   the user's hook before a merge, as a gate among the others; in a replay, what it said in the recorded run.
// Leaves: running it (run-hook.ts), what a verdict leads to (gates/).

import type { Gate } from '../../gates/index.ts'
import { aboutOf, type Verdict } from '../../machines/index.ts'
import type { Hook } from './hook-settings.ts'
import { changeNames, type HookedChanges, recordedVerdicts } from './hooked-changes.ts'
import { type HookResult, runHook } from './run-hook.ts'

const NAME = 'before-merge'

interface HookGateOptions {
  /** Where the hook runs. */
  readonly directory: string
  /** Told each verdict with the changes that it is about. */
  readonly tell: (hooked: HookedChanges) => void
}

/** It judges the tree with all submissions of a batch, like the tests. */
export function hookGate(hook: Hook, { directory, tell }: HookGateOptions): Gate {
  return {
    name: NAME,
    judges: 'tree',
    async judge({ clone }, { task, changes, commit, root, signal }) {
      const message = {
        task: { id: task.id, ...aboutOf(task) },
        commit,
        repository: clone.path,
        worktree: root,
        changes: changes.map(({ path, status }) => ({ path, status })),
      }
      const verdict = verdictOf(await runHook(NAME, hook, message, { directory, signal }))
      tell({ changes: changeNames(changes), verdict })
      return verdict
    },
  }
}

/** The same gate from a recording: no hook is run. */
export function recordedHookGate(recorded: readonly HookedChanges[]): Gate {
  const again = recordedVerdicts(recorded)
  return {
    name: NAME,
    judges: 'tree',
    judge: async (_parts, { changes }) =>
      again(changeNames(changes)) ?? {
        gate: NAME,
        kind: 'left_out',
        findings: ['the hook was not asked about these changes in the recorded run'],
      },
  }
}

function verdictOf(result: HookResult): Verdict {
  switch (result.kind) {
    case 'passed':
      return { gate: NAME, kind: 'passed', findings: [] }
    case 'refused':
      return { gate: NAME, kind: 'failed', findings: [result.reason] }
    case 'could_not_run':
      return { gate: NAME, kind: 'could_not_run', findings: [`the hook before-merge: ${result.reason}`] }
    default:
      return result satisfies never
  }
}
