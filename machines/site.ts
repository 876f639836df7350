// Site
//
// Owns:   what everybody who works on the repository must know of it, without the measurements: small enough to
//         travel in every assignment.

import { z } from 'zod'
import { milestoneSchema, surveySchema } from './work.ts'

/** The repository as surveyed, less what grows with its size. */
export const siteSchema = surveySchema.omit({ measurement: true, modules: true })
export type Site = z.infer<typeof siteSchema>

/** The line of commits that a milestone grows: a branch and the commit it began at. */
export const lineSchema = z.object({
  milestone: milestoneSchema.shape.id,
  branch: z.string().min(1),
  base: z.string(),
})
export type Line = z.infer<typeof lineSchema>
