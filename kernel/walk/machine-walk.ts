// Machine walk
//
// Owns:   walking a chart along all possible events, and the states and transitions reached on the way.
// Leaves: judging the coverage (machine-coverage.ts), the possible events (machine-events.ts).
// Source: `xstate/graph`, with events for timers and for the results and crashes of invocations and children.
//
// Two situations are the same when their state and the chosen part of the context are: contexts may grow without end.

import {
  type AnyMachineSnapshot,
  type AnyStateNode,
  type AnyTransitionDefinition,
  createActor,
  type InspectionEvent,
} from 'xstate'
import { getAdjacencyMap } from 'xstate/graph'
import type { ActorOptions } from '../definition/actor-definition.ts'
import { transitionNames } from '../definition/chart-nodes.ts'
import type { Event } from '../messages.ts'
import type { CoverageOptions } from './coverage-options.ts'
import { eventsIn } from './machine-events.ts'

/** The subject of a walk: an `ActorDefinition`, or the options of one. */
export type WalkSubject = Pick<ActorOptions, 'kind' | 'machine' | 'events'>

/** A path through a chart: an input and the events after it. */
export interface WalkPath {
  readonly input: unknown
  readonly events: readonly Event[]
  /** The snapshot at its end. */
  readonly snapshot: AnyMachineSnapshot
  /** States and transitions that no earlier path reached. */
  readonly reaches: readonly string[]
}

export interface WalkResult {
  readonly situations: number
  readonly reached: ReadonlySet<string>
  readonly crashes: readonly string[]
  readonly endless: number
  readonly paths: readonly WalkPath[]
}

type Situations = Record<
  string,
  { state: AnyMachineSnapshot; transitions: Record<string, { state: AnyMachineSnapshot }> }
>

export function explore(covered: WalkSubject, options: CoverageOptions): WalkResult {
  const walker = new Walker(covered, options)
  const { inputs = [undefined], limit = 20_000 } = options
  // An event that is raised with a delay may arrive anywhere: when one is found, the walk starts again with it.
  for (;;) {
    const known = walker.delayed.size
    walker.begin()
    const maps = inputs.map((input) => {
      const fromState = walker.enter(input)
      const logic = { transition: walker.step, getInitialSnapshot: () => fromState }
      const events = walker.events
      return getAdjacencyMap(
        logic as never,
        { fromState, limit, events, serializeState: walker.keyOf } as never,
      )
    })
    if (walker.delayed.size > known) continue
    const all = maps as unknown as Situations[]
    return {
      situations: all.reduce((sum, map) => sum + Object.keys(map).length, 0),
      reached: walker.reached,
      crashes: [...walker.crashes],
      endless: all.reduce((sum, map) => sum + endlessIn(map, walker.keyOf), 0),
      paths: walker.paths,
    }
  }
}

interface Way {
  readonly input: unknown
  readonly events: readonly Event[]
}

class Walker {
  readonly delayed = new Map<string, Event>()
  reached = new Set<string>()
  crashes = new Set<string>()
  paths: WalkPath[] = []
  #new: string[] = []
  #ways = new Map<string, Way>()
  readonly #covered: WalkSubject
  readonly #options: CoverageOptions
  readonly #self: ReturnType<typeof createActor>
  readonly #scope: object
  readonly #names: ReadonlyMap<AnyTransitionDefinition, string>

  constructor(covered: WalkSubject, options: CoverageOptions) {
    this.#covered = covered
    this.#names = transitionNames(covered.machine)
    this.#options = options
    this.#self = createActor(covered.machine, { input: options.inputs?.[0] })
    this.#self.system.inspect((event: InspectionEvent) => this.#note(event))
    Object.assign(this.#self, { _parent: { id: '#_parent', send: ignore, _send: ignore } })
    const { id, sessionId, system } = this.#self
    const actionExecutor = (action: ActionObject): void => this.#ask(action)
    this.#scope = {
      self: this.#self,
      id,
      sessionId,
      system,
      logger: ignore,
      defer: ignore,
      emit: ignore,
      stopChild: ignore,
      actionExecutor,
    }
  }

  begin(): void {
    this.reached = new Set()
    this.crashes = new Set()
    this.paths = []
    this.#ways = new Map()
  }

  enter(input: unknown): AnyMachineSnapshot {
    const { machine } = this.#covered
    const snapshot = this.#run(() => machine.getInitialSnapshot(this.#scope as never, input))
    if (snapshot.status === 'error') this.crashes.add(`at its start: ${messageOf(snapshot.error)}`)
    this.#arrive(snapshot, { input, events: [] })
    return snapshot
  }

  readonly step = (before: AnyMachineSnapshot, event: Event): AnyMachineSnapshot => {
    const { machine } = this.#covered
    const after = this.#run(() => {
      try {
        return machine.transition(before as never, event as never, this.#scope as never)
      } catch (error) {
        return { ...before, status: 'error', error } as AnyMachineSnapshot
      }
    })
    if (after.status === 'error') {
      this.crashes.add(`${event.type} in ${JSON.stringify(before.value)}: ${messageOf(after.error)}`)
    }
    const next = withoutEnded(before, event, after)
    const way = this.#ways.get(this.keyOf(before))
    if (way) this.#arrive(next, { input: way.input, events: [...way.events, event] })
    return next
  }

  readonly events = (snapshot: AnyMachineSnapshot): readonly Event[] =>
    snapshot.status === 'active'
      ? [...eventsIn(snapshot, this.#covered.events, this.#options), ...this.delayed.values()]
      : []

  readonly keyOf = (snapshot: AnyMachineSnapshot): string => {
    const { facts } = this.#options
    return JSON.stringify([snapshot.value, snapshot.status, facts?.(snapshot.context as never)])
  }

  #run(transition: () => AnyMachineSnapshot): AnyMachineSnapshot {
    this.#new = []
    return transition()
  }

  #arrive(snapshot: AnyMachineSnapshot, way: Way): void {
    const key = this.keyOf(snapshot)
    if (!this.#ways.has(key)) this.#ways.set(key, way)
    if (this.#new.length > 0) this.paths.push({ ...way, snapshot, reaches: this.#new })
  }

  /** Records the transitions of a step; only an inspector sees those of `always`. */
  #note(event: InspectionEvent): void {
    if (event.type !== '@xstate.microstep') return
    const nodes = (event.snapshot as AnyMachineSnapshot)._nodes as AnyStateNode[]
    const sources = event._transitions.map(({ source }) => source as AnyStateNode)
    for (const node of [...nodes, ...sources]) this.#reach(`state ${node.id}`)
    for (const transition of event._transitions) {
      const name = this.#names.get(transition)
      if (name) this.#reach(name)
    }
  }

  #reach(what: string): void {
    if (this.reached.has(what)) return
    this.reached.add(what)
    this.#new.push(what)
  }

  #ask({ type, params }: ActionObject): void {
    const { delay, event } = (params ?? {}) as { delay?: unknown; event?: Event }
    if (type !== 'xstate.raise' || delay === undefined || !event || event.type.startsWith('xstate.after.'))
      return
    this.delayed.set(event.type, event)
  }
}

/** Removes a child that has ended, which XState keeps: it must not end a second time. */
function withoutEnded(
  before: AnyMachineSnapshot,
  { type }: Event,
  after: AnyMachineSnapshot,
): AnyMachineSnapshot {
  const [, id] = /^xstate\.(?:done|error)\.actor\.(.*)$/s.exec(type) ?? []
  if (id === undefined || !after.children[id] || after.children[id] !== before.children[id]) return after
  const { [id]: _, ...children } = after.children
  return { ...after, children } as AnyMachineSnapshot
}

interface ActionObject {
  readonly type: string
  readonly params: unknown
}

function ignore(): void {}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String((error as { message?: unknown })?.message ?? error)
}

/** Counts the situations without a path to an end, by searching backwards from every end. */
function endlessIn(map: Situations, keyOf: (snapshot: AnyMachineSnapshot) => string): number {
  const before = new Map<string, string[]>()
  const ending = new Set<string>()
  for (const [key, { state, transitions }] of Object.entries(map)) {
    if (state.status !== 'active') ending.add(key)
    for (const { state: next } of Object.values(transitions)) {
      const after = keyOf(next)
      before.set(after, [...(before.get(after) ?? []), key])
    }
  }
  for (const key of ending) for (const each of before.get(key) ?? []) ending.add(each)
  return Object.keys(map).filter((key) => !ending.has(key)).length
}
