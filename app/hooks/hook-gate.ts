// Hook gate
//
// Owns:   the user's hook before a merge, as a gate among the others.
// Leaves: running it (run-hook.ts), what a verdict leads to (gates/).

import type { Gate } from '../../gates/index.ts'
import { aboutOf } from '../../machines/index.ts'
import type { Hook } from './hook-settings.ts'
import { runHook } from './run-hook.ts'

/** It judges the tree with all submissions of a batch, like the tests. */
export function hookGate(hook: Hook, directory: string): Gate {
  const name = 'before-merge'
  return {
    name,
    judges: 'tree',
    async judge({ clone }, { task, changes, commit, root, signal }) {
      const message = {
        task: { id: task.id, ...aboutOf(task) },
        commit,
        repository: clone.path,
        worktree: root,
        changes: changes.map(({ path, status }) => ({ path, status })),
      }
      const result = await runHook(name, hook, message, { directory, signal })
      switch (result.kind) {
        case 'passed':
          return { gate: name, kind: 'passed', findings: [] }
        case 'refused':
          return { gate: name, kind: 'failed', findings: [result.reason] }
        case 'could_not_run':
          return { gate: name, kind: 'could_not_run', findings: [`the hook before-merge: ${result.reason}`] }
        default:
          return result satisfies never
      }
    },
  }
}
