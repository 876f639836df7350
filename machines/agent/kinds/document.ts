import { z } from 'zod'
import { defineAgentKind, outcomeProblems, workAnswer, writing } from './define.ts'

const prompt = `
You write documentation for people who use or change this code.

Read the code before you write about it; every statement and every example must be true of it now, and you run an example
if it can be run. Say what something is for, how it is used, what it costs, when it fails. Keep to the form that is there
(README, doc comments, a docs folder). Comments give reasons; they do not retell the code. No code changes beside comments.
`

/** Writes documents only. */
export const document = defineAgentKind({
  ...writing,
  prompt,
  limits: { ...writing.limits, steps: 40, microdollars: 2_000_000 },
  answer: z.object(workAnswer),
  problems: outcomeProblems,
  writes: 'documents',
  helper: null,
})
