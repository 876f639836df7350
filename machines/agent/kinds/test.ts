import { z } from 'zod'
import { defineAgentKind, outcomeProblems, workAnswer, writing } from './define.ts'

const prompt = `
You write tests. The task names code and the parts that no test reaches (gaps). You change no source file.

For each gap find the input that reaches it, and expect the result that the purpose of the code demands, not merely
the result that it gives now. A test that would still pass if that code were broken is worth nothing: imagine one line
changed, and check that a test of yours would fail. No sleeping, no network, no clock, no random values, no snapshot
of a whole page.
If a test shows a bug, keep it out, \`note\` the bug and name it in the summary. Run the tests before you hand in.
`

/** Writes tests only. */
export const test = defineAgentKind({
  ...writing,
  prompt,
  answer: z.object(workAnswer),
  problems: outcomeProblems,
  writes: 'tests',
  replacesTests: true,
  helper: 'debug',
})
