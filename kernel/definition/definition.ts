// Definition
//
// Owns:   the definition of a kind of actor: its chart, the events it accepts, its children.
// Leaves: running it (kernel/step/advance.ts, actors/), its implementations (passed where the node is made).

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

/** A kind of actor, checked and complete: what `defineActor` and `defineSupervisor` return. */
export interface ActorDefinition {
  readonly kind: string
  readonly version: number
  readonly machine: AnyStateMachine
  /** The schema of its mail; other mail is refused before the machine sees it. */
  readonly events: z.ZodType
  /** The `src` names of the chart that are actors themselves, and how they are supervised. */
  readonly children: Readonly<Record<string, ChildSpec>>
  readonly strategy: Strategy
  /** All sources that the chart starts by name: children and promises. */
  readonly sources: readonly string[]
  /** Custom actions that are reported, not run: as a telemetry event `emitted` whose event is `canopy.action`. */
  readonly actions: ReadonlySet<string>
  /** Delay name or state to timer policy; a timer without one fires at its deadline, also after an absence. */
  readonly timers: TimerPolicies
  /** The longest time that an invocation of each source may take, in milliseconds. */
  readonly deadlines: Readonly<Record<string, number | 'infinity'>>
  /** After so many idle milliseconds the actor leaves memory (passivation); the next message brings it back. */
  readonly passivateAfterMs?: number
  /** For a supervisor without a machine: returns its flags and first children. Pure. */
  readonly init?: (input: unknown) => SupervisorStart | 'ignore'
  /** Converts a snapshot of an older version to this version (migrate.ts). */
  readonly migrate?: (snapshot: Snapshot, fromVersion: number) => Snapshot
}

/** What `defineActor` takes. Only `kind` and `machine` are required. */
export interface ActorOptions {
  readonly kind: string
  readonly version?: number
  readonly machine: AnyStateMachine
  readonly events?: z.ZodType
  readonly children?: Readonly<Record<string, z.input<typeof childSpecSchema>>>
  readonly strategy?: z.input<typeof strategySchema>
  /** Custom actions of the chart that are reported as telemetry events; other custom actions are refused. */
  readonly actions?: readonly string[]
  readonly timers?: TimerPolicies
  /** Milliseconds per source, 1 hour by default; an invocation that takes longer ends with `onError`, code `timeout`. */
  readonly deadlines?: Readonly<Record<string, number | 'infinity'>>
  readonly migrate?: NonNullable<ActorDefinition['migrate']>
  /**
   * Idle milliseconds after which the actor leaves memory until the next message, timer or call; by default it never
   * does. An actor with a running invocation or a child in memory stays.
   */
  readonly passivateAfterMs?: number
}

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
