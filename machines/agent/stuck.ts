// Stuck
//
// Owns:   telling from what an agent did whether it still gets anywhere. Words do not count: only calls, their
//         arguments and results, and the worktree's tree.
// Leaves: how calls and results are normalised (agents/), what is done about it (agent.ts).
//
// K1. A loop of period 1 to 6 has ended within eight steps: warned at its first repetition, made to try another way at
//     the second, ended at the third; a loop of six has no room for a warning.
// K2. A step that is unlike the last six, or leaves another tree, is progress, and wipes the slate.
// K3. Who should write and leaves every tree as it was is stuck too, however new each step looks, after its patience.

/** What one reply of the model led to. */
export interface Step {
  /** Of each call: its name, and digests of its arguments and its result, normalised. */
  readonly calls: readonly string[]
  /** Of the worktree afterwards. */
  readonly tree: string
}

/** What must be remembered of the steps so far; small. */
export interface Trail {
  /** The last steps, oldest first. */
  readonly steps: readonly string[]
  /** Steps in a row that only repeated earlier ones. */
  readonly stale: number
  /** How far back the farthest of those was. */
  readonly period: number
  /** The last trees that were new, oldest first. */
  readonly trees: readonly string[]
  /** Steps since the last of them. */
  readonly still: number
}

export type StuckLevel = 'fine' | 'nudge' | 'strategy' | 'end'

/** The longest loop that is found. */
export const LONGEST_PERIOD = 6
const TREES_KEPT = 16

export function newTrail(tree: string): Trail {
  return { steps: [], stale: 0, period: 0, trees: [tree], still: 0 }
}

export function follow(trail: Trail, { calls, tree }: Step): Trail {
  const step = `${calls.toSorted().join(' ')} @${tree}`
  const back = [...trail.steps].reverse().indexOf(step) + 1
  const isNew = !trail.trees.includes(tree)
  return {
    steps: [...trail.steps, step].slice(-LONGEST_PERIOD),
    stale: back > 0 ? trail.stale + 1 : 0,
    period: back > 0 ? Math.max(trail.period, back) : 0,
    trees: isNew ? [...trail.trees, tree].slice(-TREES_KEPT) : trail.trees,
    still: isNew ? 0 : trail.still + 1,
  }
}

/** `patience`: steps without a new tree that are nothing to worry about; null for who only reads. */
export function stuckLevel({ stale, period, still }: Trail, patience: number | null): StuckLevel {
  const looping = stale > 0 && period >= LONGEST_PERIOD ? stale + 1 : stale
  const idling = patience === null ? 0 : Math.max(0, Math.floor((2 * (still - patience)) / patience) + 1)
  const level = Math.max(looping, still === 0 ? 0 : idling)
  return level === 0 ? 'fine' : level === 1 ? 'nudge' : level === 2 ? 'strategy' : 'end'
}
