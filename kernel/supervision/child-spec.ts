// Child specs
//
// Owns:   what a parent knows of a kind of child before any is started, and the flags of its supervision; checked
//         once, one validator a field.
// Source: Erlang/OTP `supervisor:child_spec()` and `sup_flags()`, names in camelCase, meanings unchanged. Added where
//         OTP is silent: `resume` and `backoff`.

import { z } from 'zod'

const backoffSchema = z.strictObject({
  /** The first pause, in milliseconds; each next one is twice as long. */
  firstMs: z.int().positive().default(200),
  maxMs: z.int().positive().default(30_000),
  /** Only a child that held for so long begins again with the first pause. */
  resetAfterMs: z.int().positive().default(60_000),
})

export type Backoff = z.infer<typeof backoffSchema>

export const childSpecSchema = z
  .strictObject({
    restart: z.enum(['permanent', 'transient', 'temporary']).default('permanent'),
    /** Its end by itself may end its parent: see `autoShutdown`. */
    significant: z.boolean().default(false),
    /** How long an ordered stop may take, in milliseconds; 5000 for workers, `infinity` for supervisors. */
    shutdown: z.union([z.literal('brutal_kill'), z.int().nonnegative(), z.literal('infinity')]).optional(),
    type: z.enum(['worker', 'supervisor']).default('worker'),
    /** Where a restarted child begins: its last good snapshot (default) or its input again. */
    resume: z.enum(['snapshot', 'input']).default('snapshot'),
    /** Pauses between restarts; without it a restart is immediate, as in OTP. */
    backoff: backoffSchema.optional(),
  })
  .transform(({ backoff, ...spec }) => ({
    ...spec,
    shutdown: spec.shutdown ?? (spec.type === 'supervisor' ? ('infinity' as const) : 5000),
    ...(backoff && { backoff }),
  }))

export type ChildSpec = z.output<typeof childSpecSchema>

export const strategySchema = z
  .strictObject({
    kind: z.enum(['one_for_one', 'one_for_all', 'rest_for_one', 'simple_one_for_one']).default('one_for_one'),
    /** At most this many restarts within the period; one more and the parent itself gives up. */
    intensity: z.int().nonnegative().default(1),
    /** Seconds. */
    period: z.int().positive().default(5),
    /** Whether the end of a significant child (or of the last one) ends the parent. */
    autoShutdown: z.enum(['never', 'any_significant', 'all_significant']).default('never'),
  })
  .refine(({ kind, autoShutdown }) => kind !== 'simple_one_for_one' || autoShutdown === 'never', {
    path: ['autoShutdown'],
    message: 'simple_one_for_one has no significant children: autoShutdown must be never',
    params: { code: 'bad_combination' },
  })

export type Strategy = z.output<typeof strategySchema>

/** Why these two cannot go together (OTP's `bad_combination`); undefined when they can. */
export function badCombination(spec: ChildSpec, { autoShutdown }: Strategy): string | undefined {
  if (!spec.significant) return undefined
  if (autoShutdown === 'never')
    return 'a significant child needs autoShutdown any_significant or all_significant'
  if (spec.restart === 'permanent') return 'a permanent child is always restarted: it cannot be significant'
  return undefined
}
