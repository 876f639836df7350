// Judgement
//
// The result of judging a batch of submissions once: which are returned, which are merged, whether the rest failed.
// Leaves: judging (the invocation `integrate`), the next batch (merge-plan.ts).
//
// It decides at least one submission; otherwise judging again would give the same result for ever.

import { z } from 'zod'
import { coverageChangeSchema } from '../orchestrator/coverage.ts'
import { measurementSchema, verdictSchema } from '../work.ts'

const verdicts = z.array(verdictSchema)
/** Index in the batch, from 0. */
const at = z.int().nonnegative()

export const judgementSchema = z
  .object({
    /** Submissions that their own gates refused, or that do not apply on top of those before them. */
    returned: z.array(z.object({ at, verdicts })),
    /** In the order of their commits, each with its change of the coverage. */
    merged: z.array(z.object({ at, commit: z.string(), change: coverageChangeSchema, verdicts })),
    /** Of the branch's tip after the last merge; null when nothing was merged. */
    measurement: measurementSchema.nullable(),
    /** The tree of all that were not returned did not pass. */
    failed: z
      .object({
        verdicts,
        /**
         * Failed tests that no submission in the batch brought: they may fail by chance. Empty: the failure is certain.
         */
        doubtful: z.array(z.string()),
      })
      .nullable(),
    /** Duration of judging in milliseconds, nearly all of it in the sandbox; absent where it is not measured. */
    ms: z.number().nonnegative().optional(),
  })
  .refine(({ returned, merged, failed }) => returned.length + merged.length > 0 || failed !== null, {
    message: 'nothing was judged',
  })
  .refine(
    ({ returned, merged }) => {
      const judged = [...returned, ...merged].map(({ at }) => at)
      return new Set(judged).size === judged.length
    },
    { message: 'a submission was judged twice' },
  )
export type BatchJudgement = z.infer<typeof judgementSchema>
