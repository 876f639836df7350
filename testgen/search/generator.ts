// Generator
//
// Owns:   the interface of the generator of inputs, and the greatest depth of an input.
// Leaves: making them (generate.ts, generate-callback.ts, generate-builtin.ts).

import type { Descriptor, Signature } from '../descriptors.ts'
import type { Expression } from '../expression.ts'

/** Levels of an input; below them it makes less. */
export const MAX_DEPTH = 4

export interface Generator {
  /** An input for a parameter or field called `name`. */
  value(descriptor: Descriptor, name: string, depth?: number): Expression
  /** A list of arguments; sometimes fewer than asked, where they are optional. */
  values(signature: Signature, depth?: number): readonly Expression[]
  /** An input of any kind, whatever the type says. */
  anything(name: string, depth?: number): Expression
}
