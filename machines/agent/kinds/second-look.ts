import { z } from 'zod'
import { defineAgentKind, reading, sentence } from './define.ts'

/** Checks one finding of a reviewer without knowing the reviewer's reasons. */
export const secondLook = defineAgentKind({
  ...reading,
  limits: { ...reading.limits, steps: 12, tokens: 300_000, microdollars: 1_000_000, outputTokens: 4_000 },
  answer: z.object({ verdict: z.enum(['confirmed', 'refuted']), reason: sentence }),
})
