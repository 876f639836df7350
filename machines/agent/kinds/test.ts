import { z } from 'zod'
import { defineAgentKind, outcomeProblems, workAnswer, writing } from './define.ts'

/** Writes tests only. */
export const test = defineAgentKind({
  ...writing,
  answer: z.object(workAnswer),
  problems: outcomeProblems,
  writes: 'tests',
  replacesTests: true,
  helper: 'debug',
})
