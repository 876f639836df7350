// Model
//
// Owns:   walking a chart everywhere that a list of events leads, and saying what was not reached.
// Source: `xstate/graph`; timers, invocations' outcomes and children's ends are ordinary events there.

import {
  type AnyMachineSnapshot,
  type AnyStateMachine,
  type AnyStateNode,
  type AnyTransitionDefinition,
  createActor,
  type EventObject,
  type InspectionEvent,
} from 'xstate'
import { getAdjacencyMap, getStateNodes } from 'xstate/graph'

export interface Action {
  readonly type: string
  readonly params: Record<string, unknown>
}

/** One step of the walk. */
export interface Edge {
  readonly before: AnyMachineSnapshot
  readonly event: EventObject
  readonly after: AnyMachineSnapshot
  readonly actions: readonly Action[]
}

export interface Walk {
  /** Situations found. */
  readonly situations: number
  readonly edges: readonly Edge[]
  /** States never entered and transitions never taken. */
  readonly unreached: readonly string[]
  /** Situations from which no event leads, however far, to an end. */
  readonly endless: readonly string[]
}

export interface WalkOptions {
  readonly inputs: readonly unknown[]
  /** Mail and ends of children and invocations that may come in a state; timers come by themselves. */
  readonly events: (snapshot: AnyMachineSnapshot) => readonly EventObject[]
  /** What of the context tells two situations apart, beside the state. */
  readonly key?: (context: never) => unknown
  readonly limit?: number
}

/** Goes everywhere, from each of the inputs; throws if a step does. */
export function walk(machine: AnyStateMachine, options: WalkOptions): Walk {
  const host = hostOf(machine, options.inputs[0])
  const maps = options.inputs.map((input) => {
    host.run((scope) => machine.getInitialSnapshot(scope, input))
    return getAdjacencyMap(machine, traversal(options, input) as never)
  })
  const edges = maps.flatMap(Object.values).flatMap(({ state, transitions }) =>
    Object.values(transitions as Record<string, { event: EventObject }>).map(({ event }): Edge => {
      const before = state as AnyMachineSnapshot
      const { after, actions } = host.run((scope) => machine.transition(before, event as never, scope))
      return { before, event, after, actions }
    }),
  )
  const situations = maps.reduce((sum, map) => sum + Object.keys(map).length, 0)
  const endless = maps.flatMap((map) =>
    endlessIn(map as unknown as Situations, traversal(options, undefined).serializeState),
  )
  return { situations, edges, unreached: unreached(machine, host), endless }
}

type Situations = Record<
  string,
  { state: AnyMachineSnapshot; transitions: Record<string, { state: AnyMachineSnapshot }> }
>

/** Goes backwards from every end. */
function endlessIn(map: Situations, keyOf: (snapshot: AnyMachineSnapshot) => string): string[] {
  const before = new Map<string, string[]>()
  for (const [key, { transitions }] of Object.entries(map))
    for (const { state } of Object.values(transitions)) {
      const after = keyOf(state)
      before.set(after, [...(before.get(after) ?? []), key])
    }
  const ends = Object.keys(map).filter((key) => map[key]?.state.status === 'done')
  const ending = new Set(ends)
  for (const key of ending) for (const each of before.get(key) ?? []) ending.add(each)
  return Object.keys(map).filter((key) => !ending.has(key))
}

function traversal({ events, key, limit = 20_000 }: WalkOptions, input: unknown) {
  return {
    input,
    limit,
    events: (snapshot: AnyMachineSnapshot) =>
      snapshot.status === 'active' ? [...events(snapshot), ...timersOf(snapshot)] : [],
    serializeState: (snapshot: AnyMachineSnapshot) =>
      JSON.stringify([snapshot.value, snapshot.status, key?.(snapshot.context as never)]),
  }
}

/** How what is under way in a state can come back: with each of its outputs, or with an error. */
export function outcomes(
  snapshot: AnyMachineSnapshot,
  outputs: Readonly<Record<string, readonly unknown[]>>,
): EventObject[] {
  return Object.entries(outputs)
    .filter(([id]) => id in snapshot.children)
    .flatMap(([id, each]) => [
      ...each.map((output) => ({ type: `xstate.done.actor.${id}`, output })),
      { type: `xstate.error.actor.${id}`, error: { message: 'broken' } },
    ])
}

/** The `after` events that can come in a state. */
function timersOf(snapshot: AnyMachineSnapshot): EventObject[] {
  const nodes = snapshot._nodes as AnyStateNode[]
  return nodes.flatMap((node) => node.after.map(({ eventType }) => ({ type: eventType })))
}

interface Host {
  readonly entered: Set<AnyStateNode>
  readonly taken: Set<AnyTransitionDefinition>
  run(step: (scope: never) => AnyMachineSnapshot): { after: AnyMachineSnapshot; actions: Action[] }
}

/** XState tells an inspector which transitions a step took; nothing else does for `always`. */
function hostOf(machine: AnyStateMachine, input: unknown): Host {
  const self = createActor(machine, { input })
  const entered = new Set<AnyStateNode>()
  const taken = new Set<AnyTransitionDefinition>()
  self.system.inspect((event: InspectionEvent) => {
    if (event.type !== '@xstate.microstep') return
    for (const node of (event.snapshot as AnyMachineSnapshot)._nodes as AnyStateNode[]) entered.add(node)
    for (const transition of event._transitions) {
      taken.add(transition)
      entered.add(transition.source)
    }
  })
  const ignore = () => {}
  return {
    entered,
    taken,
    run(step) {
      const actions: Action[] = []
      const scope = {
        self,
        id: machine.id,
        sessionId: self.sessionId,
        system: self.system,
        logger: ignore,
        defer: ignore,
        emit: ignore,
        stopChild: ignore,
        actionExecutor: (action: Action) => actions.push(action),
      }
      const after = step(scope as never)
      if (after.status === 'error') throw after.error
      return { after, actions }
    },
  }
}

function unreached(machine: AnyStateMachine, { entered, taken }: Host): string[] {
  const nodes = [machine.root, ...getStateNodes(machine)]
  return nodes.flatMap((node) => [
    ...(entered.has(node) ? [] : [`state ${node.id}`]),
    ...transitionsOf(node)
      .filter((transition) => !taken.has(transition))
      .map((transition) => `transition ${nameOf(node, transition)}`),
  ])
}

function transitionsOf(node: AnyStateNode): AnyTransitionDefinition[] {
  return [...node.transitions.values()].flat().concat(node.always ?? [])
}

function nameOf(node: AnyStateNode, { eventType, guard, target }: AnyTransitionDefinition): string {
  const named = guard as { type?: string } | string | undefined
  const condition = typeof named === 'string' ? named : named?.type
  const targets = target?.map(({ id }) => id).join(', ') ?? '(stays)'
  return `${node.id}: ${eventType || 'always'}${condition ? ` [${condition}]` : ''} -> ${targets}`
}
