import { z } from 'zod'
import { defineAgentKind, outcomeProblems, workAnswer, writing } from './define.ts'

/** Finds and fixes a fault, and proves the fix by a test. */
export const debug = defineAgentKind({
  ...writing,
  patience: 30,
  answer: z.object({
    ...workAnswer,
    /** The test that failed before the fix and passes after it, as `file > name`. */
    test: z.string().trim().min(1).max(400).optional(),
  }),
  problems: (answer, changed) => [
    ...outcomeProblems(answer, changed),
    ...(answer.outcome === 'done' && answer.test === undefined
      ? ['test: name the test that failed before and passes now, as `file > name`']
      : []),
  ],
  writes: 'any',
  changesCode: true,
  provesFix: true,
  helper: 'code',
})
