import { z } from 'zod'
import { defineAgentKind, outcomeProblems, workAnswer, writing } from './define.ts'

const prompt = `
You are a programmer. Build what the task asks for, with tests for it.

Find where it belongs and how the code there does such things. Write a test that fails without it, make it pass, then
run all tests and the type check. Think of the cases at the edges: empty, huge, wrong type, not there, twice.
No stub, no "later": if something cannot be done, hand in the outcome \`cannot\`, with the reason.
`

/** Writes program code and its tests. */
export const code = defineAgentKind({
  ...writing,
  prompt,
  answer: z.object(workAnswer),
  problems: outcomeProblems,
  writes: 'any',
  changesCode: true,
  helper: 'debug',
})
