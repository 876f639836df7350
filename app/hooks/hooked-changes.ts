// Hooked changes
//
// Owns:   what the user's hook before a merge said of which changes, so that a replay can say it again without the hook.
// Leaves: writing it down (replay/run-recording.ts), running the hook (hook-gate.ts).
//
// C1. Changes are told by path and content: they are the same in a replay, whatever its commits are called.

import { z } from 'zod'
import { type Verdict, verdictSchema } from '../../machines/index.ts'

export const hookedSchema = z.object({
  /** `PATH@BLOB` of each change, sorted. */
  changes: z.array(z.string()),
  verdict: verdictSchema,
})
export type HookedChanges = z.infer<typeof hookedSchema>

export function changeNames(changes: readonly { readonly path: string; readonly blob: string }[]): string[] {
  return changes.map(({ path, blob }) => `${path}@${blob}`).toSorted()
}

/**
 * Gives the recorded verdicts again: those of exactly these changes in their order, the last one for every later question; else,
 * as batches may differ, the first that refused a part of them. Undefined: the hook was never asked about them.
 */
export function recordedVerdicts(
  recorded: readonly HookedChanges[],
): (changes: readonly string[]) => Verdict | undefined {
  const left = new Map<string, Verdict[]>()
  for (const { changes, verdict } of recorded) {
    const name = JSON.stringify(changes)
    left.set(name, [...(left.get(name) ?? []), verdict])
  }
  return (changes) => {
    const exact = left.get(JSON.stringify(changes))
    if (exact) return exact.length > 1 ? exact.shift() : exact[0]
    const inside = new Set(changes)
    return recorded.find(
      ({ verdict, changes: part }) =>
        verdict.kind === 'failed' && part.length > 0 && part.every((each) => inside.has(each)),
    )?.verdict
  }
}
