import { z } from 'zod'
import { defineAgentKind, outcomeProblems, sentence, workAnswer, writing } from './define.ts'

/** Changes the form of the code and keeps its behaviour. */
export const refactor = defineAgentKind({
  ...writing,
  answer: z.object({ ...workAnswer, steps: z.array(sentence).max(40) }),
  problems: outcomeProblems,
  writes: 'any',
  changesCode: true,
  replacesTests: true,
  helper: 'debug',
})
