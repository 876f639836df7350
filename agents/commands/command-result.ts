// Command result
//
// How an agent command ended one prompt.

import { z } from 'zod'
import { commandCostSchema, usageSchema } from '../../machines/index.ts'

export const commandResultSchema = z.object({
  /** Its last message. */
  text: z.string(),
  /** Why it did not end well; absent: it did. `again`: worth another process. */
  failure: z.object({ reason: z.string(), again: z.boolean() }).exactOptional(),
  usage: usageSchema,
  microdollars: z.int().nonnegative(),
  cost: commandCostSchema,
})
export type CommandResult = z.infer<typeof commandResultSchema>
