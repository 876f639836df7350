// Plan
//
// The tasks of a coverage round: one for each module with uncovered branches, the largest gap first.
//
// P1. A module gets at most one task a round and at most `policy.rounds` in all.
// P2. A module is tried again only after its last task was merged, and only after a round that gained coverage: a task
//     that failed or changed nothing would do so again.
// P3. A module's task needs the tasks of the modules it needs, as far as they have one in the same round.
// P4. Ids are unique in the milestone, and safe as folder names on any system.

import { type Count, type CoverageGoal, type CoverageTask, type ModuleCoverage, percent } from '../work.ts'
import type { Policy } from './policy.ts'
import type { TaskState } from './schedule.ts'

/** Earlier tasks of a module. */
export interface ModuleHistory {
  readonly tasks: number
  readonly last: TaskState
}

export interface PlanInput {
  readonly goal: CoverageGoal
  /** How often the milestone was begun, this time included. */
  readonly begun: number
  readonly round: number
  /** Of the whole repository, now. */
  readonly branches: Count
  readonly coverage: Iterable<ModuleCoverage>
  /** Modules that tests can be written for. */
  readonly modules: readonly string[]
  /** By module: the modules whose tasks come first. */
  readonly needs: Readonly<Record<string, readonly string[]>>
  readonly historyOf: (module: string) => ModuleHistory | undefined
  /** Whether the previous round covered anything new; true for the first. */
  readonly gained: boolean
  readonly policy: Pick<Policy, 'rounds' | 'minGap' | 'tasksPerRound'>
}

/** The tasks of a round; empty when the goal is reached or nothing is left to try. */
export function planTasks(input: PlanInput): CoverageTask[] {
  if (percent(input.branches) >= input.goal.branchCoverage) return []
  const testable = new Set(input.modules)
  const chosen = [...input.coverage]
    .filter(({ path }) => testable.has(path))
    .filter((module) => gapOf(module) >= input.policy.minGap && mayTry(input, module.path))
    .sort((a, b) => gapOf(b) - gapOf(a) || (a.path < b.path ? -1 : 1))
    .slice(0, input.policy.tasksPerRound)
  const ids = idsOf(chosen, `${input.begun > 1 ? `t${input.begun}-` : ''}r${input.round}`)
  return chosen.map((module) => ({
    id: ids.get(module.path) ?? module.path,
    module: module.path,
    gap: gapOf(module),
    before: module.branches,
    round: input.round,
    needs: (input.needs[module.path] ?? []).flatMap((need) => ids.get(need) ?? []),
  }))
}

/** Branches that no test reaches. */
export function gapOf({ branches }: ModuleCoverage): number {
  return Math.max(0, branches.total - branches.covered)
}

/** P1, P2. */
function mayTry({ historyOf, gained, policy }: PlanInput, module: string): boolean {
  const history = historyOf(module)
  if (!history) return true
  return gained && history.last === 'done' && history.tasks < policy.rounds
}

/** P4: the end of a path is the most specific part. */
function slug(path: string): string {
  const name = path.replace(/\.[^./]+$/, '').toLowerCase()
  return (
    name
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-+|-+$/g, '')
      .slice(-48) || 'module'
  )
}

function idsOf(modules: readonly ModuleCoverage[], prefix: string): ReadonlyMap<string, string> {
  const ids = new Map<string, string>()
  const taken = new Set<string>()
  for (const { path } of modules) {
    const name = `${prefix}-${slug(path)}`
    let id = name
    for (let n = 2; taken.has(id); n++) id = `${name}-${n}`
    taken.add(id)
    ids.set(path, id)
  }
  return ids
}
