// Outcome
//
// Owns:   the observation of a case, in a form that can be compared, sent and printed.
// Leaves: seeing it (inside/observe.ts), asserting it (emit/).

import type { Expression } from './expression.ts'

export type CaseOutcome =
  | { readonly kind: 'returned'; readonly readings: readonly Reading[]; readonly async: boolean }
  | { readonly kind: 'threw'; readonly thrown: Thrown; readonly async: boolean }
  /** Nothing a test could assert, or nothing that would be the same tomorrow. */
  | { readonly kind: 'unusable'; readonly reason: Unusable }

export type Unusable = 'endless' | 'unreadable' | 'pending' | 'exit' | 'setup' | 'environment' | 'exhausted'

/** One thing to assert: `read` is the way from a step's result to the value. */
export interface Reading {
  readonly step: number
  readonly read: readonly AccessReading[]
  readonly sees:
    | { readonly kind: 'equal'; readonly value: Expression }
    | { readonly kind: 'instance'; readonly of: readonly string[] }
    | { readonly kind: 'type'; readonly of: string }
}

export type AccessReading =
  | { readonly kind: 'field'; readonly name: string }
  /** `[...value]`, `String(value)`. */
  | { readonly kind: 'spread' }
  | { readonly kind: 'text' }
  /** The calls of a callback that was an argument of the step; their number. */
  | { readonly kind: 'calls'; readonly argument: number }
  | { readonly kind: 'callCount'; readonly argument: number }

export interface Thrown {
  /** The class's name; empty when the thrown value is not an error. */
  readonly name: string
  /** A class every runtime has. */
  readonly native: boolean
  /** The library's own words; absent when they are the runtime's, which change between versions. */
  readonly message?: string
  /** Further fields of the error; an error with a cause is not compared whole. */
  readonly fields: readonly (readonly [string, Expression])[]
  /** The thrown value, when it is not an error. */
  readonly value?: Expression
}

/** The sources of change that a case used: a test has to fix them. */
export interface Uses {
  readonly chance: boolean
  readonly clock: boolean
  readonly timers: boolean
  readonly folder: boolean
}

/** A case with its outcome. */
export interface Observation {
  readonly outcome: CaseOutcome
  readonly uses: Uses
  /** The steps whose results were promises. */
  readonly awaits: readonly number[]
  /** Those of them that were settled by timers. */
  readonly waits: readonly number[]
}
