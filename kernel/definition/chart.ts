// Chart
//
// Owns:   a machine's statechart as plain JSON, as its author wrote it: the input of the Stately tools.
//
// Functions become `{type: name}`: a chart names its actions and guards and does not contain their code.

import type { ActorDefinition } from './actor-definition.ts'

/** The statechart of a kind of actor, for tools that draw it. */
export function chartOf({ machine }: ActorDefinition): unknown {
  const above: unknown[] = []
  return JSON.parse(
    JSON.stringify(machine.config, function (this: unknown, _key, value: unknown) {
      if (typeof value === 'function') return { type: value.name }
      if (typeof value !== 'object' || value === null) return value
      // `this` is the object that holds the value: objects above it on the stack that are not its parents are finished.
      while (above.length > 0 && above.at(-1) !== this) above.pop()
      if (above.includes(value)) return { type: 'circular' }
      above.push(value)
      return value
    }),
  )
}
