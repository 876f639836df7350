// Child specs
//
// Owns:   what a parent knows of a kind of child before any is started; checked once, one validator a field.
// Source: Erlang/OTP `supervisor:child_spec()`, names in camelCase, meanings unchanged.

import { z } from 'zod'

export const childSpecSchema = z.strictObject({
  restart: z.enum(['permanent', 'transient', 'temporary']).default('permanent'),
  /** How long an ordered stop may take, in milliseconds. */
  shutdown: z.union([z.literal('brutal_kill'), z.int().nonnegative(), z.literal('infinity')]).default(5000),
  type: z.enum(['worker', 'supervisor']).default('worker'),
  /** Where a restarted child begins: its last good snapshot (default) or its input again. */
  resume: z.enum(['snapshot', 'input']).default('snapshot'),
})

export type ChildSpec = z.infer<typeof childSpecSchema>

export const strategySchema = z.strictObject({
  kind: z.enum(['one_for_one', 'one_for_all', 'rest_for_one']).default('one_for_one'),
  /** At most this many restarts within the period; one more and the parent itself gives up. */
  intensity: z.int().nonnegative().default(1),
  /** Seconds. */
  period: z.int().positive().default(5),
})

export type Strategy = z.infer<typeof strategySchema>
