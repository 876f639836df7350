// Roadmap
//
// Chooses the next milestone.
//
// A milestone begins only after every milestone it needs is reached.
// M2. Among those, the more urgent comes first, then the earlier deadline, then the order in the roadmap.
// M3. A milestone that was not reached begins again only if its last try gained coverage or merges, and at most `tries`
//     times in all.
// M4. A milestone that needs one that will not be reached is skipped, with that as its reason.

import { checkGraph } from '../orchestrator/graph.ts'
import type { Milestone } from '../work.ts'

/** Progress of a milestone so far. */
export interface MilestoneStatus {
  readonly status: 'reached' | 'not_reached' | 'skipped'
  readonly tries: number
  /** Whether the last try gained anything. */
  readonly gained: boolean
}

/** By milestone. */
export type MilestoneStatuses = ReadonlyMap<string, MilestoneStatus>

/** Problems of a roadmap, one sentence each; empty when it can be worked through. */
export function checkRoadmap(roadmap: readonly Milestone[]): string[] {
  if (roadmap.length === 0) return ['the roadmap has no milestone: give it at least one']
  return checkGraph(roadmap, 'milestone')
}

/** The milestone to work on now; null when none is left that could be begun. */
export function nextMilestone(
  roadmap: readonly Milestone[],
  standings: MilestoneStatuses,
  tries: number,
): Milestone | null {
  const open = roadmap.filter(
    ({ id, needs }) =>
      isOpen(standings.get(id), tries) && needs.every((need) => standings.get(need)?.status === 'reached'),
  )
  return open.sort(byUrgency)[0] ?? null
}

/** The milestones that can no longer be begun, each with its reason (M4). */
export function skippedMilestones(
  roadmap: readonly Milestone[],
  standings: MilestoneStatuses,
  tries: number,
): { milestone: Milestone; reason: string }[] {
  return roadmap.flatMap((milestone) => {
    if (standings.get(milestone.id)) return []
    const lost = milestone.needs.find(
      (need) => standings.get(need)?.status !== 'reached' && !isOpen(standings.get(need), tries),
    )
    return lost === undefined ? [] : [{ milestone, reason: `it needs "${lost}", which was not reached` }]
  })
}

/** M3. */
function isOpen(standing: MilestoneStatus | undefined, tries: number): boolean {
  if (!standing) return true
  return standing.status === 'not_reached' && standing.gained && standing.tries < tries
}

/** M2; sorting is stable. */
function byUrgency(a: Milestone, b: Milestone): number {
  const due = (milestone: Milestone): string => milestone.deadline ?? '9999-12-31'
  return a.priority - b.priority || (due(a) < due(b) ? -1 : due(a) > due(b) ? 1 : 0)
}
