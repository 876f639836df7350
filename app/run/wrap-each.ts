// Wrap each
//
// Owns:   doing something around every implementation of a set, whose names and types stay as they are.

import type { Implementation } from '../../actors/index.ts'

/** Implementations by name, each with its own input and output. */
export type NamedImplementations = Readonly<Record<string, (call: never) => Promise<unknown>>>

/** The same implementations, each carried out through `wrap`, which gives back an output of the same type. */
export function wrapEach<Given extends NamedImplementations>(
  given: Given,
  wrap: (carryOut: Implementation) => Implementation,
): Given {
  const wrapped = Object.entries(given).map(([name, carryOut]) => [name, wrap(carryOut as Implementation)])
  return Object.fromEntries(wrapped) as Given
}
