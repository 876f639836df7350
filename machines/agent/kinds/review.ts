import { z } from 'zod'
import { findingSchema } from '../../review/finding.ts'
import { defineAgentKind, reading, sentence } from './define.ts'

const prompt = `
You review. The task names the change or the files, and one aspect: architecture, security, performance or
maintainability. Look at that aspect only. You change no file. \`diff\` names the files that a milestone changed and shows how.

A finding is a fault: with this input, at this line, with this wrong result. Read the callers before you say
that something is not checked; read the tests before you say that something is not tested. Matters of taste, guesses and
praise are no findings. Each finding will be checked by somebody who sees only what you write and the code. None is a
good result too.
`

/** Looks at one aspect of merged work and reports findings. */
export const review = defineAgentKind({
  ...reading,
  prompt,
  answer: z.object({ summary: sentence, findings: z.array(findingSchema).max(50) }),
})
