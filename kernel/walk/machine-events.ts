// Machine events
//
// Owns:   the events that can arrive in a situation: mail (given, or made from its schema), timers, results of
//         invocations and children, and their crashes.

import type { AnyMachineSnapshot, AnyStateNode } from 'xstate'
import { z } from 'zod'
import type { Event } from '../messages.ts'
import type { CoverageOptions } from './coverage-options.ts'

export function eventsIn(
  snapshot: AnyMachineSnapshot,
  schema: z.core.$ZodType | undefined,
  { events = [], outputs = {} }: CoverageOptions,
): Event[] {
  const given = typeof events === 'function' ? events(snapshot) : events
  const types = new Set(given.map(({ type }) => type))
  const made = sampleEvents(schema).filter(({ type }) => !types.has(type))
  return [...given, ...made, ...timersOf(snapshot), ...endsOf(snapshot, outputs)]
}

/** The `after` events that can arrive in a state. */
function timersOf(snapshot: AnyMachineSnapshot): Event[] {
  const nodes = snapshot._nodes as AnyStateNode[]
  return nodes.flatMap((node) => node.after.map(({ eventType }) => ({ type: eventType })))
}

/** Each running invocation or child returns each of its outputs, or crashes. */
function endsOf(snapshot: AnyMachineSnapshot, outputs: NonNullable<CoverageOptions['outputs']>): Event[] {
  return Object.entries(snapshot.children as Record<string, { src?: unknown } | undefined>).flatMap(
    ([id, child]) => {
      const returned = outputs[id] ?? outputs[String(child?.src)] ?? [undefined]
      return [
        ...returned.map((output) => ({ type: `xstate.done.actor.${id}`, actorId: id, output })),
        { type: `xstate.error.actor.${id}`, actorId: id, error: { message: 'crashed', code: 'crash' } },
      ]
    },
  )
}

const samples = new WeakMap<z.core.$ZodType, Event[]>()

/**
 * One event for each member of a schema, with the smallest values that it accepts; members for which that fails are
 * left out.
 */
export function sampleEvents(schema: z.core.$ZodType | undefined): readonly Event[] {
  if (!schema) return []
  const known = samples.get(schema)
  if (known) return known
  const written = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', reused: 'inline' })
  const made = members(written as JsonSchemaPart).flatMap((member) => {
    const parsed = z.safeParse(schema, sample(member))
    return parsed.success && typeof (parsed.data as Event).type === 'string' ? [parsed.data as Event] : []
  })
  samples.set(schema, made)
  return made
}

interface JsonSchemaPart {
  readonly type?: string
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly JsonSchemaPart[]
  readonly oneOf?: readonly JsonSchemaPart[]
  readonly properties?: Readonly<Record<string, JsonSchemaPart>>
  readonly required?: readonly string[]
  readonly items?: JsonSchemaPart
  readonly prefixItems?: readonly JsonSchemaPart[]
  readonly minItems?: number
  readonly minLength?: number
  readonly minimum?: number
  readonly exclusiveMinimum?: number
  readonly default?: unknown
}

/** One member for each event type: of a union, and of an enumeration of types. */
function members(written: JsonSchemaPart): JsonSchemaPart[] {
  const union = written.anyOf ?? written.oneOf
  if (union) return union.flatMap(members)
  const types = written.properties?.type?.enum
  if (!types) return [written]
  return types.map((type) => ({ ...written, properties: { ...written.properties, type: { const: type } } }))
}

function sample(written: JsonSchemaPart): unknown {
  if ('const' in written) return written.const
  if (written.enum) return written.enum[0]
  const [first] = written.anyOf ?? written.oneOf ?? []
  if (first) return sample(first)
  switch (written.type) {
    case 'string':
      return 'a'.repeat(Math.max(1, written.minLength ?? 1))
    case 'number':
    case 'integer':
      return Math.max(
        0,
        written.minimum ?? 0,
        written.exclusiveMinimum === undefined ? 0 : written.exclusiveMinimum + 1,
      )
    case 'boolean':
      return false
    case 'array':
      return sampleItems(written)
    case 'object':
      return sampleFields(written)
    default:
      return null
  }
}

function sampleItems({ prefixItems, items, minItems = 0 }: JsonSchemaPart): unknown[] {
  if (prefixItems) return prefixItems.map(sample)
  return Array.from({ length: minItems }, () => sample(items ?? {}))
}

function sampleFields({ properties = {}, required = [] }: JsonSchemaPart): Record<string, unknown> {
  return Object.fromEntries(required.map((field) => [field, sample(properties[field] ?? {})]))
}
