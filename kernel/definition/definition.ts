// Definition
//
// Owns:   what is known of a kind of actor before any runs: its chart, the events it accepts, its children.
// Leaves: running it (kernel/step/advance.ts, actors/), what its invocations do (given where the node is made).

import { type AnyStateMachine, fromCallback } from 'xstate'
import { z } from 'zod'
import type { Snapshot } from '../step/actor-record.ts'
import {
  badCombination,
  type ChildSpec,
  childSpecSchema,
  type Strategy,
  strategySchema,
} from '../supervision/child-spec.ts'
import type { SupervisorStart } from '../supervision/supervisor-definition.ts'
import type { DefinedActor, KnownChildren, TypesOf } from './actor-types.ts'
import { chartFaults, sourcesOf } from './chart-check.ts'
import { type TimerPolicies, timerFaults } from './timer-policy.ts'

export interface ActorDefinition {
  readonly kind: string
  readonly version: number
  readonly machine: AnyStateMachine
  /** What mail may say; anything else is refused before the machine sees it. */
  readonly events: z.ZodType
  /** Which `src` names of the chart are actors of their own, and how they are supervised. */
  readonly children: Readonly<Record<string, ChildSpec>>
  readonly strategy: Strategy
  /** All that the chart starts by name: children and promises. */
  readonly sources: readonly string[]
  /** Custom actions of the chart that are not run but told: as the fact `emitted` of an event `canopy.action`. */
  readonly actions: ReadonlySet<string>
  /** Timers that do not simply fire at their deadline after an absence: delay name or state to policy. */
  readonly timers: TimerPolicies
  /** How long an invocation of this source may take, in milliseconds. */
  readonly deadlines: Readonly<Record<string, number | 'infinity'>>
  /** Idle for so long it leaves memory (passivation) and comes back with the next message. */
  readonly passivateAfterMs?: number
  /** Of a supervisor without a machine of its own: its flags and first children. Pure. */
  readonly init?: (input: unknown) => SupervisorStart | 'ignore'
  /** Brings a snapshot that an older version left behind to this one (migrate.ts). */
  readonly migrate?: (snapshot: Snapshot, fromVersion: number) => Snapshot
}

export interface ActorOptions {
  readonly kind: string
  readonly version?: number
  readonly machine: AnyStateMachine
  readonly events?: z.ZodType
  readonly children?: Readonly<Record<string, z.input<typeof childSpecSchema>>>
  readonly strategy?: z.input<typeof strategySchema>
  /** Custom actions of the chart to be told as facts; all others that XState does not know are refused. */
  readonly actions?: readonly string[]
  readonly timers?: TimerPolicies
  /** An invocation that takes longer ends with `onError`, code `timeout`; one hour where nothing is said. */
  readonly deadlines?: Readonly<Record<string, number | 'infinity'>>
  readonly migrate?: NonNullable<ActorDefinition['migrate']>
  /**
   * Milliseconds after which an idle actor leaves memory until the next message, timer or call; never where nothing is
   * said. An actor with an invocation under way or a child in memory stays.
   */
  readonly passivateAfterMs?: number
}

const kindSchema = z.string().regex(/^[A-Za-z][A-Za-z0-9_-]*$/, 'a kind is letters, digits, - and _')

const deadlinesSchema = z.record(z.string(), z.union([z.int().positive(), z.literal('infinity')]))

/** Microsteps after which a chart that raises or transitions on itself for ever counts as crashed. */
const MAX_MICROSTEPS = 1_000

/**
 * Checks and completes what was said of an actor. Throws with the name of the field that is wrong, and for all that
 * cannot work in a durable actor with the reason and the way out.
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
    if (!sources.has(src)) throw new Error(`actor ${kind}: children.${src} is no actor source of its machine`)
    const spec = checked(`actor ${kind}: children.${src}`, childSpecSchema, given)
    const wrong = badCombination(spec, strategy)
    if (wrong) throw new Error(`actor ${kind}: children.${src}: ${wrong}`)
    return [src, spec] as const
  })
  const actions = new Set(options.actions)
  const faults = chartFaults(options.machine, { children: new Set(children.map(([src]) => src)), actions })
  faults.push(...timerFaults(options.machine, options.timers ?? {}))
  if (faults.length > 0) throw new Error(`actor ${kind}: ${faults.join(`\nactor ${kind}: `)}`)
  const defined: ActorDefinition = {
    kind,
    version: options.version ?? 1,
    machine: inert(options.machine, sources),
    events: options.events ?? z.looseObject({ type: z.string().min(1) }),
    children: Object.fromEntries(children),
    strategy,
    sources: [...sources],
    actions,
    timers: options.timers ?? {},
    ...passivation(kind, options.passivateAfterMs),
    deadlines: checked(`actor ${kind}: deadlines`, deadlinesSchema, options.deadlines ?? {}),
    ...(options.migrate && { migrate: options.migrate }),
  }
  return defined
}

function passivation(kind: string, after: number | undefined): { passivateAfterMs?: number } {
  if (after === undefined) return {}
  return { passivateAfterMs: checked(`actor ${kind}: passivateAfterMs`, z.int().positive(), after) }
}

/** The same chart with sources that do nothing: XState must not prepare children that it will never run. */
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
