import { z } from 'zod'
import { defineAgentKind, outcomeProblems, workAnswer, writing } from './define.ts'

const prompt = `
You debug. The task is a failing test, a stack trace or a wrong behaviour.

First make it happen: a test that fails for this reason, run, seen failing. Then find the cause: trace it from the
symptom to its origin, and say the cause in one sentence (\`note\`). Fix the cause and not the symptom; look for the same
mistake nearby. Run that test and all others. \`test\` names the one that failed before and passes now.
`

/** Finds and fixes a fault, and proves the fix by a test. */
export const debug = defineAgentKind({
  ...writing,
  prompt,
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
