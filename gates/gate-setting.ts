// Gate setting
//
// The setting of a gate under `gates` in a configuration: its schema, the limits of each policy, what counts as
// stricter.
// Leaves: the list of gates (policy.ts), which file may say a setting (app/configuration/).

import { z } from 'zod'
import type { Quality } from '../machines/index.ts'
import type { Gate } from './gate.ts'

/** The values that are at least as strict as the one that holds: all that a repository's own file may say. */
export type Strictness =
  | 'at_most'
  | 'at_least'
  /** A list with all entries of the one that holds. */
  | 'superset'
  /** Only the user's own file says it. */
  | 'user'
  /** The values from the least strict to the strictest. */
  | { readonly ranked: readonly unknown[] }

/** Settings that more than one gate reads. */
export interface SharedSettings {
  /** Test files that the user lets a submission replace: paths; a folder ends with a slash. */
  readonly replace: readonly string[]
}

export interface GateSetting<Schema extends z.ZodType = z.ZodType, Limits = unknown> {
  /** The value under the gate's name. */
  readonly schema: Schema
  /** Whether `false` leaves the gate out. */
  readonly isOptional: boolean
  /** For each limit. */
  readonly stricter: Readonly<Record<string, Strictness>>
  /** The limits of the policy, with single limits replaced; false: the gate is left out. */
  limits(said: z.output<Schema>, policy: Quality): Limits
}

/** A gate with a setting of its own name. */
export interface ConfigurableGate<
  Name extends string = string,
  Schema extends z.ZodType = z.ZodType,
  Limits = unknown,
> extends Pick<Gate, 'judges'> {
  readonly name: Name
  readonly setting: GateSetting<Schema, Limits>
  under(limits: Exclude<Limits, false>, shared?: SharedSettings): Gate
}

type LimitsOf<Shape extends z.core.$ZodLooseShape> = z.output<z.ZodObject<Shape>>

interface LimitedGate<Name extends string, Shape extends z.core.$ZodLooseShape>
  extends Pick<Gate, 'judges' | 'first'> {
  readonly name: Name
  readonly limits: Shape
  /** For each limit, what a repository's own file may say. */
  readonly stricter: { readonly [Limit in keyof Shape]: Strictness }
  /** Each call judges one submission within these limits. */
  judge(limits: LimitsOf<Shape>, shared: SharedSettings): Gate['judge']
}

const off = z.literal(false, { error: 'false, which leaves it out' })

/** `false` leaves a gate out; an object replaces some of its limits. */
export function optionalLimits<Shape extends z.core.$ZodLooseShape>(shape: Shape, example: string) {
  return z.union([off, z.strictObject(shape).partial()], { error: `false, or ${example}` }).optional()
}

/**
 * A gate with limits that can be left out. `example`: its limits, for the message about a mistake. A limit turns the gate
 * on under a policy that leaves it out; the other limits are then those of `balanced`.
 */
export function limitedGate<const Name extends string, Shape extends z.core.$ZodLooseShape>(
  gate: LimitedGate<Name, Shape> & {
    readonly example: string
    readonly policies: Readonly<Record<Quality, LimitsOf<Shape> | false>> & {
      readonly balanced: LimitsOf<Shape>
    }
  },
) {
  const { name, judges, stricter, policies } = gate
  const schema = optionalLimits(gate.limits, gate.example)
  return {
    name,
    judges,
    setting: {
      schema,
      isOptional: true,
      stricter,
      limits(said, policy) {
        const own = policies[policy]
        if (said === false || (own === false && said === undefined)) return false
        return { ...(own === false ? policies.balanced : own), ...said }
      },
    },
    under: underLimits(gate),
  } satisfies ConfigurableGate<Name, typeof schema, LimitsOf<Shape> | false>
}

/** A gate with limits that no policy and no setting leaves out. */
export function requiredGate<const Name extends string, Shape extends z.core.$ZodLooseShape>(
  gate: LimitedGate<Name, Shape> & { readonly limitsOfAll: LimitsOf<Shape> },
) {
  const { name, judges, stricter, limitsOfAll } = gate
  const schema = z.strictObject(gate.limits).optional()
  return {
    name,
    judges,
    setting: {
      schema,
      isOptional: false,
      stricter,
      limits: (said): LimitsOf<Shape> => ({ ...limitsOfAll, ...said }),
    },
    under: underLimits(gate),
  } satisfies ConfigurableGate<Name, typeof schema, LimitsOf<Shape>>
}

function underLimits<Shape extends z.core.$ZodLooseShape>(gate: LimitedGate<string, Shape>) {
  const { name, judges, first } = gate
  return (limits: LimitsOf<Shape>, shared: SharedSettings = { replace: [] }): Gate => ({
    name,
    judges,
    ...(first === undefined ? {} : { first }),
    judge: gate.judge(limits, shared),
  })
}

/** A gate without limits that `false` leaves out, and the policies that do not have it. */
export function optionalGate<const Name extends string>(
  gate: Gate & { readonly name: Name },
  without: readonly Quality[] = [],
) {
  const schema = off.optional()
  return {
    ...gate,
    setting: {
      schema,
      isOptional: true,
      stricter: {},
      limits: (said, policy): boolean => said !== false && !without.includes(policy),
    },
    under: () => gate,
  } satisfies ConfigurableGate<Name, typeof schema, boolean>
}
