// Hook settings
//
// Owns:   what the user's own configuration file may say under `hooks`.
// Leaves: running the commands (run-hook.ts).
//
// K1. A repository's file never says it: hooks run outside the sandbox, with the user's rights.

import { z } from 'zod'

const hookSchema = z.strictObject({
  /** A command for `/bin/sh`. */
  run: z.string().trim().min(1).max(4_000),
  /** Seconds after which it is ended. */
  timeout: z.int().min(1).max(3_600).default(60),
})
export type Hook = z.output<typeof hookSchema>

export const hooksSchema = z.strictObject({
  /** Judges a submission beside the gates: another exit code than 0 refuses it. */
  'before-merge': hookSchema.optional(),
  'after-merge': hookSchema.optional(),
  /** A task that is given up or needs a person, and a run that did not reach its goals. */
  'on-failure': hookSchema.optional(),
})
export type HookSettings = z.output<typeof hooksSchema>
