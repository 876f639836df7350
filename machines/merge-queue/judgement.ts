// Judgement
//
// Owns:   what comes of judging a stack of submissions once: who is taken out, who is merged, whether the rest failed.
// Leaves: judging (the invocation `integrate`), what is judged next (merge-plan.ts).
//
// J1. Something is said of at least one submission: else judging again would come to the same for ever.

import { z } from 'zod'
import { coverageChangeSchema } from '../orchestrator/coverage.ts'
import { measurementSchema, verdictSchema } from '../work.ts'

const verdicts = z.array(verdictSchema)
/** The place in the stack, from 0. */
const at = z.int().nonnegative()

export const judgementSchema = z
  .object({
    /** Those that their own gates refused, or that do not fit onto the others before them. */
    returned: z.array(z.object({ at, verdicts })),
    /** In the order of their commits, each with what it changed. */
    merged: z.array(z.object({ at, commit: z.string(), change: coverageChangeSchema, verdicts })),
    /** Of the line's tip after the last merge; null when nothing was merged. */
    measurement: measurementSchema.nullable(),
    /** The tree of all that were not taken out did not pass. */
    failed: z
      .object({
        verdicts,
        /** Tests that nobody in the stack brought: they may fail by chance. Empty: it would fail again. */
        doubtful: z.array(z.string()),
      })
      .nullable(),
    /** Milliseconds that judging took, nearly all of them in the sandbox. Absent in what was judged before. */
    ms: z.number().nonnegative().optional(),
  })
  .refine(({ returned, merged, failed }) => returned.length + merged.length > 0 || failed !== null, {
    message: 'nothing was judged',
  })
export type Judgement = z.infer<typeof judgementSchema>
