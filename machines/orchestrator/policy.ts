// Policy
//
// How hard a run tries and where it stops.

import { z } from 'zod'
import { severitySchema } from '../review/finding.ts'
import { type EscalationKind, escalationKindSchema } from '../task/escalation.ts'

/** Whether a run prefers correctness or speed. */
export const qualitySchema = z.enum(['no_compromise', 'balanced', 'fast_iteration'], {
  error: 'no_compromise, balanced or fast_iteration',
})
export type Quality = z.infer<typeof qualitySchema>

/** How a milestone with a goal in words is reviewed when everything planned is merged. */
export const reviewPolicySchema = z.strictObject({
  /** Rounds of repair; a review precedes the first and follows each. */
  repairs: z.int().min(0).max(5),
  /** The least severity that is repaired. */
  from: severitySchema,
  /** Without a complete review, or with errors that were not repaired, the milestone is not reached. */
  required: z.boolean(),
})
export type ReviewPolicy = z.infer<typeof reviewPolicySchema>

/** Null: no review is made. */
export const reviewPolicies: Readonly<Record<Quality, ReviewPolicy | null>> = {
  no_compromise: { repairs: 2, from: 'warning', required: true },
  balanced: { repairs: 1, from: 'error', required: false },
  fast_iteration: null,
}

/** Who tries a task after all its own attempts failed. */
export const escalationPolicies: Readonly<Record<Quality, readonly EscalationKind[]>> = {
  no_compromise: ['model', 'kind'],
  balanced: ['model', 'kind'],
  fast_iteration: ['model'],
}

/** The review settings of a policy with single settings replaced; a setting also turns a review on. */
export function reviewUnder({
  policy = 'balanced',
  review,
}: {
  readonly policy?: Quality | undefined
  readonly review?:
    | false
    | { readonly [Key in keyof ReviewPolicy]?: ReviewPolicy[Key] | undefined }
    | undefined
}): ReviewPolicy | null {
  const own = reviewPolicies[policy]
  if (review === false || (own === null && review === undefined)) return null
  return reviewPolicySchema.parse({ ...(own ?? reviewPolicies.balanced), ...review })
}

export const policySchema = z.object({
  /** Attempts of a task. */
  attempts: z.int().positive().default(3),
  /** Who tries a task after these, each once, before a person is asked. */
  escalation: z.array(escalationKindSchema).default(['model', 'kind']),
  /** How often one module may get a task, in consecutive rounds. */
  rounds: z.int().positive().default(5),
  /** How often a milestone may begin; each time but the first needs a gain by the previous one. */
  tries: z.int().positive().default(2),
  /** How often a milestone with a goal in words may be planned. */
  plans: z.int().positive().default(2),
  /** Modules with fewer uncovered branches get no task. */
  minGap: z.int().positive().default(1),
  /** Tasks planned at once; the rest comes in the next round. */
  tasksPerRound: z.int().positive().default(500),
  /** Tasks that run at once; twice the number of workers keeps them busy while work is judged. */
  inFlight: z.int().positive().default(8),
  /** Absent or null: no review is made. */
  review: reviewPolicySchema.nullable().optional(),
})
export type Policy = z.infer<typeof policySchema>
