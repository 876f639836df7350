import { z } from 'zod'
import { defineAgentKind, outcomeProblems, workAnswer, writing } from './define.ts'

/** Writes documents only. */
export const document = defineAgentKind({
  ...writing,
  limits: { ...writing.limits, steps: 40, microdollars: 2_000_000 },
  answer: z.object(workAnswer),
  problems: outcomeProblems,
  writes: 'documents',
  helper: null,
})
