// Policy
//
// Owns:   how hard a run tries and where it stops.

import { z } from 'zod'
import { type EscalationKind, escalationKindSchema } from '../task/escalation.ts'
import { severitySchema } from '../work.ts'

/** What a run would rather have: nothing wrong, or something soon. */
export const qualitySchema = z.enum(['no_compromise', 'balanced', 'fast_iteration'], {
  error: 'no_compromise, balanced or fast_iteration',
})
export type Quality = z.infer<typeof qualitySchema>

/** How a milestone that is told in words is reviewed when all that was planned is merged. */
export const reviewPolicySchema = z.strictObject({
  /** Rounds of repair; a review comes before the first and after each. */
  repairs: z.int().min(0).max(5),
  /** The least that is repaired. */
  from: severitySchema,
  /** Without a whole review, or with errors that nobody could repair, the milestone is not reached. */
  required: z.boolean(),
})
export type ReviewPolicy = z.infer<typeof reviewPolicySchema>

/** Null: none is made. */
export const reviewPolicies: Readonly<Record<Quality, ReviewPolicy | null>> = {
  no_compromise: { repairs: 2, from: 'warning', required: true },
  balanced: { repairs: 1, from: 'error', required: false },
  fast_iteration: null,
}

/** Who tries a task that all its own attempts failed. */
export const escalationPolicies: Readonly<Record<Quality, readonly EscalationKind[]>> = {
  no_compromise: ['model', 'kind'],
  balanced: ['model', 'kind'],
  fast_iteration: ['model'],
}

/** As a policy has it, and over that what is said; a limit that is said brings a review back. */
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
  /** Attempts a task has. */
  attempts: z.int().positive().default(3),
  /** Who tries a task after these, each once, before a person is asked. Absent in runs of before. */
  escalation: z.array(escalationKindSchema).default(['model', 'kind']).optional(),
  /** How often one module may get a task, in rounds that follow one another. */
  rounds: z.int().positive().default(5),
  /** How often a milestone may be begun; each time but the first needs a gain by the one before. */
  tries: z.int().positive().default(2),
  /** How often a milestone that is told in words may be planned. */
  plans: z.int().positive().default(2),
  /** Modules with fewer uncovered branches get no task. */
  minGap: z.int().positive().default(1),
  /** Tasks planned at once; what is left over comes in the next round. */
  tasksPerRound: z.int().positive().default(500),
  /** Tasks under way at once; twice the workers keeps them busy while work is judged. */
  inFlight: z.int().positive().default(8),
  /** Absent or null: no review is made. */
  review: reviewPolicySchema.nullable().optional(),
})
export type Policy = z.infer<typeof policySchema>
