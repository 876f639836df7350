import { z } from 'zod'
import { findingSchema } from '../../work.ts'
import { defineAgentKind, reading, sentence } from './define.ts'

/** Looks at one aspect of merged work and reports findings. */
export const review = defineAgentKind({
  ...reading,
  answer: z.object({ summary: sentence, findings: z.array(findingSchema).max(50) }),
})
