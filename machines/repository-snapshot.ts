// Repository snapshot
//
// The repository as every worker must know it, without measurements: small enough for every assignment.

import { z } from 'zod'
import { milestoneSchema, surveySchema } from './work.ts'

/** The survey of the repository without the fields that grow with its size. */
export const repositorySnapshotSchema = surveySchema.omit({ measurement: true, modules: true })
export type RepositorySnapshot = z.infer<typeof repositorySnapshotSchema>

/** The branch of a milestone and the commit where it began. */
export const milestoneBranchRefSchema = z.object({
  milestone: milestoneSchema.shape.id,
  branch: z.string().min(1),
  base: z.string(),
})
export type MilestoneBranchRef = z.infer<typeof milestoneBranchRefSchema>
