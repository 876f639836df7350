import { z } from 'zod'
import { defineAgentKind, outcomeProblems, sentence, workAnswer, writing } from './define.ts'

const prompt = `
You refactor: the code becomes simpler, its behaviour stays the same.

Name the smells first (\`note\`), then the steps; each is small enough to be wrong in one way only: extract, inline, rename,
move, split. Run tests and types after every step and take back a step that breaks them. Do not change a test, except for
a name that moved. If nothing is worth changing, say \`nothing_to_do\`. \`steps\` lists what you did, in order.
`

/** Changes the form of the code and keeps its behaviour. */
export const refactor = defineAgentKind({
  ...writing,
  prompt,
  answer: z.object({ ...workAnswer, steps: z.array(sentence).max(40) }),
  problems: outcomeProblems,
  writes: 'any',
  changesCode: true,
  replacesTests: true,
  helper: 'debug',
})
