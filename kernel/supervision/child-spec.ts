// Child specs
//
// Owns:   the child spec that a parent has for a kind of child, and the flags of its supervision; checked once, with
//         one validator a field.
// Source: Erlang/OTP `supervisor:child_spec()` and `sup_flags()`, names in camelCase, meanings unchanged. `resume` and
//         `backoff` are additions.

import { z } from 'zod'

const backoffSchema = z.strictObject({
  /** The first pause, in milliseconds; each further one is twice as long. */
  firstMs: z.int().positive().default(200),
  maxMs: z.int().positive().default(30_000),
  /** A child that ran for so many milliseconds begins again with the first pause. */
  resetAfterMs: z.int().positive().default(60_000),
})

export type Backoff = z.infer<typeof backoffSchema>

/** The schema of a child spec: checks it and fills in the defaults. OTP's `child_spec()`, with `resume` and `backoff` added. */
export const childSpecSchema = z
  .strictObject({
    restart: z.enum(['permanent', 'transient', 'temporary']).default('permanent'),
    /** Whether its normal end may end its parent: see `autoShutdown`. */
    significant: z.boolean().default(false),
    /** The time limit of an ordered stop, in milliseconds; 5000 for workers, `infinity` for supervisors. */
    shutdown: z.union([z.literal('brutal_kill'), z.int().nonnegative(), z.literal('infinity')]).optional(),
    type: z.enum(['worker', 'supervisor']).default('worker'),
    /** A restarted child resumes from its last snapshot (default) or begins with its input. */
    resume: z.enum(['snapshot', 'input']).default('snapshot'),
    /** Pauses between restarts; without it a restart is immediate, as in OTP. */
    backoff: backoffSchema.optional(),
  })
  .transform(({ backoff, ...spec }) => ({
    ...spec,
    shutdown: spec.shutdown ?? (spec.type === 'supervisor' ? ('infinity' as const) : 5000),
    ...(backoff && { backoff }),
  }))

/** How a child is restarted and stopped, with all defaults filled in. */
export type ChildSpec = z.output<typeof childSpecSchema>

/** The schema of a supervisor's flags: checks them and fills in the defaults. OTP's `sup_flags()`. */
export const strategySchema = z
  .strictObject({
    kind: z.enum(['one_for_one', 'one_for_all', 'rest_for_one', 'simple_one_for_one']).default('one_for_one'),
    /** At most this many restarts within the period; at one more the parent ends. */
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

/** A supervisor's flags: which children are restarted together, and how many restarts in how many seconds it allows. */
export type Strategy = z.output<typeof strategySchema>

/** The reason why these two conflict (OTP's `bad_combination`); undefined when they do not. */
export function badCombination(spec: ChildSpec, { autoShutdown }: Strategy): string | undefined {
  if (!spec.significant) return undefined
  if (autoShutdown === 'never')
    return 'a significant child needs autoShutdown any_significant or all_significant'
  if (spec.restart === 'permanent') return 'a permanent child is always restarted: it cannot be significant'
  return undefined
}
