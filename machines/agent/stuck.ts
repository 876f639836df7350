// Stuck
//
// Detects an agent without progress. Only calls, their arguments and results, and the worktree's tree count; the
// model's text does not.
// Leaves: normalising calls and results (agents/), the consequences (agent.ts).
//
// A loop of period 1 to 6 ends within eight steps: a warning at its first repetition, another strategy at the second,
// the end at the third; a loop of six gets no warning. A step unlike the last six, or with another tree, is progress
// and resets the count. An agent that should write is also stuck when it leaves every tree unchanged for longer than
// its patience, however new its steps look.

/** The result of one reply of the model. */
export interface AgentStep {
  /** For each call: its name, and digests of its normalised arguments and result. */
  readonly calls: readonly string[]
  /** Of the worktree afterwards. */
  readonly tree: string
}

/** The record of earlier steps; small. */
export interface Trail {
  /** The last steps, oldest first. */
  readonly steps: readonly string[]
  /** Steps in a row that repeat earlier ones. */
  readonly stale: number
  /** The largest distance to the repeated step. */
  readonly period: number
  /** The last trees that were new, oldest first. */
  readonly trees: readonly string[]
  /** Steps since the last new tree. */
  readonly still: number
}

export type StuckLevel = 'fine' | 'nudge' | 'strategy' | 'end'

/** The longest loop that is found. */
export const LONGEST_PERIOD = 6
const TREES_KEPT = 16

export function newTrail(tree: string): Trail {
  return { steps: [], stale: 0, period: 0, trees: [tree], still: 0 }
}

export function follow(trail: Trail, { calls, tree }: AgentStep): Trail {
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

/** `patience`: steps without a new tree that are normal; null for agents that only read. */
export function stuckLevel({ stale, period, still }: Trail, patience: number | null): StuckLevel {
  const looping = stale > 0 && period >= LONGEST_PERIOD ? stale + 1 : stale
  const idling = patience === null ? 0 : Math.max(0, Math.floor((2 * (still - patience)) / patience) + 1)
  const level = Math.max(looping, still === 0 ? 0 : idling)
  return level === 0 ? 'fine' : level === 1 ? 'nudge' : level === 2 ? 'strategy' : 'end'
}
