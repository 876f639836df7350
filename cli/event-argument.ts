// Event argument
//
// Owns:   the event that the arguments of `canopy send` mean: a whole one as JSON, or its type and its fields.
// Leaves: whether an actor takes it (the running system says).

import { UserError } from '../app/index.ts'
import { parseJson } from '../kernel/index.ts'

const EXAMPLE = `For example: canopy send system.supervisor '{"type": "PAUSE"}', or canopy send system.supervisor PAUSE`

/** `first` is a whole event or a type; `json` are the fields that go with a type. */
export function eventFrom(first: string, json: string | undefined): { type: string } {
  if (!first.trimStart().startsWith('{'))
    return { ...(json === undefined ? {} : object(json, "event's fields")), type: first }
  if (json !== undefined)
    throw new UserError('bad_event', `after a whole event, ${json} is superfluous`, EXAMPLE)
  const event = object(first, 'event')
  const { type } = event
  if (typeof type === 'string' && type !== '') return { ...event, type }
  throw new UserError('bad_event', `the event's type is ${JSON.stringify(type)}; expected a text`, EXAMPLE)
}

function object(json: string, what: string): Readonly<Record<string, unknown>> {
  let value: unknown
  try {
    value = parseJson(json)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new UserError('bad_event', `the ${what}: ${json}; expected JSON (${reason})`, EXAMPLE)
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  throw new UserError('bad_event', `the ${what}: ${json}; expected an object`, EXAMPLE)
}
