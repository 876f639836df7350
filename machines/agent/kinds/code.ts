import { z } from 'zod'
import { defineAgentKind, outcomeProblems, workAnswer, writing } from './define.ts'

/** Writes program code and its tests. */
export const code = defineAgentKind({
  ...writing,
  answer: z.object(workAnswer),
  problems: outcomeProblems,
  writes: 'any',
  changesCode: true,
  helper: 'debug',
})
