// Definition
//
// Owns:   the definition of a kind of actor: its chart, the events it accepts, its children.
// Leaves: running it (kernel/step/advance.ts, actors/), its implementations (passed where the node is made).

import { type AnyStateMachine, fromCallback } from 'xstate'
import { z } from 'zod'
import { badCombination, childSpecSchema, strategySchema } from '../supervision/child-spec.ts'
import type { ActorDefinition, ActorOptions } from './actor-definition.ts'
import type { DefinedActor, KnownChildren, TypesOf } from './actor-types.ts'
import { chartFaults, sourcesOf } from './chart-check.ts'
import { timerFaults } from './timer-policy.ts'

const kindSchema = z.string().regex(/^[A-Za-z][A-Za-z0-9_-]*$/, 'a kind is letters, digits, - and _')

const deadlinesSchema = z.record(z.string(), z.union([z.int().positive(), z.literal('infinity')]))

/** After so many microsteps in one step the actor crashes: its chart raises events or transitions on itself without end. */
const MAX_MICROSTEPS = 1_000

/**
 * Checks the options of an actor and fills in the defaults.
 * Throws an error that names the wrong field, or each part of the chart that cannot work in a durable actor.
 *
 * @example defineActor({ kind: 'task', machine, events, children: { worker: { restart: 'transient' } } })
 */
export function defineActor<const Options extends ActorOptions>(
  options: Options & KnownChildren<Options>,
): DefinedActor<TypesOf<Options>> {
  const kind = checked(`actor ${options.kind}: kind`, kindSchema, options.kind)
  const sources = sourcesOf(options.machine)
  const strategy = checked(`actor ${kind}: strategy`, strategySchema, options.strategy ?? {})
  const children = Object.entries(options.children ?? {}).map(([src, given]) => {
    if (!sources.has(src))
      throw new Error(`actor ${kind}: children.${src} is not an actor source of its machine`)
    const spec = checked(`actor ${kind}: children.${src}`, childSpecSchema, given)
    const wrong = badCombination(spec, strategy)
    if (wrong) throw new Error(`actor ${kind}: children.${src}: ${wrong}`)
    return [src, spec] as const
  })
  const version = checked(`actor ${kind}: version`, z.int().positive(), options.version ?? 1)
  const actions = new Set(options.actions)
  const promises = [...sources].filter((src) => !children.some(([child]) => child === src))
  const faults = chartFaults(options.machine, { children: new Set(children.map(([src]) => src)), actions })
  faults.push(...timerFaults(options.machine, options.timers ?? {}))
  if (faults.length > 0) throw new Error(`actor ${kind}: ${faults.join(`\nactor ${kind}: `)}`)
  const defined: ActorDefinition = {
    kind,
    version,
    machine: inert(options.machine, sources),
    events: options.events ?? z.looseObject({ type: z.string().min(1) }),
    children: Object.fromEntries(children),
    strategy,
    sources: [...sources],
    actions,
    timers: options.timers ?? {},
    ...passivation(kind, options.passivateAfterMs),
    deadlines: checkedDeadlines(kind, options.deadlines, promises),
    ...(options.migrate && { migrate: options.migrate }),
  }
  return defined
}

function passivation(kind: string, after: number | undefined): { passivateAfterMs?: number } {
  if (after === undefined) return {}
  return { passivateAfterMs: checked(`actor ${kind}: passivateAfterMs`, z.int().positive(), after) }
}

function checkedDeadlines(
  kind: string,
  given: ActorOptions['deadlines'] = {},
  promises: readonly string[],
): ActorDefinition['deadlines'] {
  const deadlines = checked(`actor ${kind}: deadlines`, deadlinesSchema, given)
  const wrong = Object.keys(deadlines).find((src) => !promises.includes(src))
  if (wrong === undefined) return deadlines
  const known = promises.length > 0 ? promises.join(', ') : 'none'
  throw new Error(`actor ${kind}: deadlines.${wrong} is no promise of its machine; known: ${known}`)
}

/** The same chart with sources that do nothing: XState must not create children that it never runs. */
function inert(machine: AnyStateMachine, sources: ReadonlySet<string>): AnyStateMachine {
  const nothing = fromCallback(() => {})
  const provided = machine.provide({ actors: Object.fromEntries([...sources].map((src) => [src, nothing])) })
  provided.options = { ...machine.options, maxIterations: MAX_MICROSTEPS }
  return provided
}

function checked<Schema extends z.ZodType>(what: string, schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value)
  if (!result.success) throw new Error(`${what}: ${z.prettifyError(result.error)}`)
  return result.data
}
