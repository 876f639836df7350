// Chart
//
// Owns:   a machine's statechart as plain JSON, as it was written: what the Stately tools draw.
//
// C1. Functions become `{type: name}`: a chart says what is done, not how.

import type { ActorDefinition } from './definition.ts'

/** The chart of a kind, for tools that draw it. */
export function chartOf({ machine }: ActorDefinition): unknown {
  const above: unknown[] = []
  return JSON.parse(
    JSON.stringify(machine.config, function (this: unknown, _key, value: unknown) {
      if (typeof value === 'function') return { type: value.name }
      if (typeof value !== 'object' || value === null) return value
      // `this` holds the value: whatever is not above it any more was left.
      while (above.length > 0 && above.at(-1) !== this) above.pop()
      if (above.includes(value)) return { type: 'circular' }
      above.push(value)
      return value
    }),
  )
}
