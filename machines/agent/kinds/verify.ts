import { z } from 'zod'
import { defineAgentKind, reading, sentence } from './define.ts'

const prompt = `
You check one finding of a review. Its author may be wrong; so may you.

Read the code that it names and the code which that depends on. Try to show that the finding is wrong: that the input cannot get
there, that it is checked elsewhere, that the result is another. \`confirmed\` only if you could not and can say in your
own words, with the lines you read, how it goes wrong. In doubt it is \`refuted\`.
`

/** Checks one finding of a reviewer without knowing the reviewer's reasons. */
export const verify = defineAgentKind({
  ...reading,
  prompt,
  limits: { ...reading.limits, steps: 12, tokens: 300_000, microdollars: 1_000_000, outputTokens: 4_000 },
  answer: z.object({ verdict: z.enum(['confirmed', 'refuted']), reason: sentence }),
})
