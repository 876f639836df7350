// Milestones
//
// The branches of milestones: opening, reading, acceptance of the result, copying to the user's repository.
// Leaves: each step to its file.

import { type AcceptOrder, accept } from './accept.ts'
import { deliverHeldBack, type LateDelivery } from './held-back.ts'
import {
  type MilestoneBranch,
  type MilestoneOrder,
  milestoneBranch,
  openMilestone,
  type PublishResult,
  publishMilestone,
} from './milestone-branch.ts'
import { named } from './order-names.ts'
import type { WorkspaceParts } from './parts.ts'
import { type RoundOrder, roundStart } from './round-start.ts'
import { keptSurvey, type SurveyOf } from './survey-record.ts'

/** The commits of a milestone from which work starts. Each call throws `WorkspaceError` (`bad_name`, `no_milestone`). */
export interface MilestoneCommits {
  /** The branch of an opened milestone. */
  milestone(order: { milestone: string }): Promise<MilestoneBranch>
  /** The commit from which the tasks of a round start. */
  roundStart(order: RoundOrder): Promise<string>
}

export interface Milestones extends MilestoneCommits {
  /** Creates the milestone's branch, or returns the existing one. */
  openMilestone(order: MilestoneOrder): Promise<MilestoneBranch>
  /** Runs acceptance commands at the tip of a milestone's branch; returns the failures. */
  accept(order: Omit<AcceptOrder, 'survey'> & { survey: SurveyOf }): Promise<string[]>
  /** Copies a milestone's branch to the user's repository, if it is not there yet. */
  publish(order: { milestone: string }): Promise<PublishResult>
  /** Brings commits that earlier runs held back to their branches, as far as they can be brought there now. */
  deliverHeldBack(): Promise<LateDelivery[]>
}

export function openMilestones(parts: WorkspaceParts): Milestones {
  return {
    openMilestone: async (order) => openMilestone(parts, named(order)),
    milestone: async (order) => milestoneBranch(parts, named(order).milestone),
    roundStart: async (order) => roundStart(parts, named(order)),
    accept: async (order) =>
      accept(parts, { ...named(order), survey: await keptSurvey(parts.places, order.survey) }),
    publish: async (order) => publishMilestone(parts, named(order).milestone),
    deliverHeldBack: () => deliverHeldBack(parts),
  }
}
