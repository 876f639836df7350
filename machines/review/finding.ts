// Finding
//
// The schema of a reviewer's finding, before and after its verification.

import { z } from 'zod'
import { pathSchema } from '../plain-path.ts'

/** The aspects of a review; each finding belongs to one. */
export const aspectSchema = z.enum(['architecture', 'security', 'performance', 'maintainability'])
export type Aspect = z.infer<typeof aspectSchema>

/** From the gravest to the least grave. */
export const severitySchema = z.enum(['error', 'warning', 'note'])
export type Severity = z.infer<typeof severitySchema>

const sentence = z.string().trim().min(1).max(2_000)

/** A reviewer's claim that something is wrong. */
export const findingSchema = z.object({
  aspect: aspectSchema,
  severity: severitySchema,
  // Telemetry prints it on one line.
  file: pathSchema.refine((value) => !/\p{C}/u.test(value), { error: 'a path without control characters' }),
  line: z.int().positive(),
  title: z.string().trim().min(1).max(200),
  /** What goes wrong, and with which input. */
  detail: sentence,
  suggestion: sentence.optional(),
})
export type ReviewFinding = z.infer<typeof findingSchema>

/** A finding with its verdict. */
export const judgedFindingSchema = findingSchema.extend({
  /**
   * Given by an agent that saw only the claim and the code; `unchecked`: not verified. `repaired`: it was true before.
   */
  verdict: z.enum(['confirmed', 'refuted', 'unchecked', 'repaired']),
  /** The reason that the last agent gave. */
  reason: z.string().optional(),
})
export type JudgedFinding = z.infer<typeof judgedFindingSchema>
