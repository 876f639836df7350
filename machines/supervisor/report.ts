// Report
//
// The schema of a run's report.
//
// `reached` is the measured result, `claimed` the orchestrator's own statement.

import { z } from 'zod'
import { reviewSummarySchema } from '../review/review-rounds.ts'
import { handoverSchema } from '../task/escalation.ts'
import { countSchema } from '../work.ts'

export const taskCountsSchema = z.object({
  done: z.int().nonnegative(),
  failed: z.int().nonnegative(),
  nothing: z.int().nonnegative(),
})
export type TaskCounts = z.infer<typeof taskCountsSchema>

const beforeAfterSchema = z.object({ before: countSchema, after: countSchema })

export const failedTaskSchema = z.object({
  milestone: z.string(),
  task: z.string(),
  module: z.string().optional(),
  title: z.string().optional(),
  reasons: z.array(z.string()),
  /** For a task that a person has to do, unless its milestone was reached without it. */
  handover: handoverSchema.optional(),
})
export type FailedTask = z.infer<typeof failedTaskSchema>

/** How a milestone ended; a milestone that was tried again has one entry for each try. */
export const milestoneReportSchema = z.object({
  milestone: z.string(),
  name: z.string(),
  status: z.enum(['reached', 'not_reached', 'skipped']),
  claimed: z.boolean(),
  /** Percent of branches; null when the goal is not coverage. */
  goal: z.number().nullable(),
  /** Null: it was reached already, or never begun. */
  branch: z.string().nullable(),
  branches: beforeAfterSchema,
  tasks: taskCountsSchema,
  commits: z.array(z.string()),
  /** Absent: no review was made. */
  review: reviewSummarySchema.optional(),
  reasons: z.array(z.string()),
})
export type MilestoneReport = z.infer<typeof milestoneReportSchema>

/** Where the commits of a milestone are in the user's repository at the end of a run. */
export const deliverySchema = z.object({
  milestone: z.string(),
  branch: z.string(),
  commit: z.string(),
  /** The branch does not have the commit. */
  heldBack: z
    .object({
      /** Where the commits are kept in the user's repository; absent: only in Canopy's own clone. */
      ref: z.string().optional(),
      reason: z.string(),
    })
    .optional(),
})
export type MilestoneDelivery = z.infer<typeof deliverySchema>

export const runReportSchema = z.object({
  /** `not_delivered`: the goal is reached, but a branch in the user's repository does not have all commits. */
  status: z.enum(['reached', 'not_delivered', 'not_reached', 'refused']),
  /** Why it was refused, not reached or not delivered. */
  reasons: z.array(z.string()),
  /** The last milestone branch, which holds the commits of all milestones. Null: no milestone was begun. */
  branch: z.string().nullable(),
  milestones: z.array(milestoneReportSchema),
  tasks: taskCountsSchema,
  commits: z.array(z.string()),
  /** One for each milestone with commits. */
  deliveries: z.array(deliverySchema),
  /** Null: the repository was never measured. */
  coverage: z
    .object({
      branches: beforeAfterSchema,
      statements: beforeAfterSchema,
      /** Branches by module; a module that did not exist counts as 0 of 0. */
      modules: z.array(beforeAfterSchema.extend({ path: z.string() })),
    })
    .nullable(),
  failures: z.array(failedTaskSchema),
})
export type RunReport = z.infer<typeof runReportSchema>

export const noTasks: TaskCounts = { done: 0, failed: 0, nothing: 0 }
