// Chart check
//
// Owns:   the parts of a chart that cannot work in a durable actor, each with its place, the reason and the way out.
// Leaves: faults that show only in a step, such as an actor reference that an assign puts into the context (step.ts).
//
// Nothing that a machine asks for is silently dropped: it works, it is refused here, or the step crashes.

import type { AnyStateMachine, AnyStateNode } from 'xstate'
import { nodesOf, transitionsOf } from './chart-nodes.ts'
import { type ActorSourceKind, sourceKind } from './source-kind.ts'
import { unstorable } from './storable.ts'

export interface Declarations {
  /** Sources that are actors themselves. */
  readonly children: ReadonlySet<string>
  /** Custom actions that are reported as telemetry events. */
  readonly actions: ReadonlySet<string>
}

/** The names of all sources that a chart starts, as far as the chart names them. */
export function sourcesOf(machine: AnyStateMachine): ReadonlySet<string> {
  const invoked = nodesOf(machine.root).flatMap((node) => node.invoke.map(({ src }) => src))
  const spawned = actionsOf(machine).flatMap(({ action }) => (isSpawn(action) ? [action.src] : []))
  const named = [...invoked, ...spawned].filter((src) => typeof src === 'string' && !isInlineSource(src))
  return new Set([...Object.keys(machine.implementations.actors), ...(named as string[])])
}

/** One sentence for each fault. */
export function chartFaults(machine: AnyStateMachine, declared: Declarations): string[] {
  return [
    ...contextFaults(machine),
    ...Object.entries(machine.implementations.actors).flatMap(([src, logic]) =>
      sourceFaults(src, sourceKind(logic), declared),
    ),
    ...nodesOf(machine.root).flatMap((node) => [...invokeFaults(node), ...delayFaults(node)]),
    ...guardFaults(machine),
    ...actionsOf(machine).flatMap((used) => actionFaults(machine, used, declared)),
  ]
}

function contextFaults({ config }: AnyStateMachine): string[] {
  const context: unknown = config.context
  if (typeof context === 'function') return []
  const found = unstorable(context, undefined, 'context')
  return found ? [`${found}; ${CONTEXT_WAY_OUT}`] : []
}

export const CONTEXT_WAY_OUT =
  'a context is stored as JSON: keep plain values, ids instead of actor references, names instead of functions'

const WHY_NOT: Readonly<Record<Exclude<ActorSourceKind, 'machine' | 'promise'>, string>> = {
  callback: 'is a callback, which does not survive its process',
  observable: 'is an observable, whose subscription cannot be stored',
  transition: 'is a transition function, whose state cannot be stored',
  unknown: 'is a kind of logic that Canopy does not know',
}

function sourceFaults(src: string, kind: ActorSourceKind, { children }: Declarations): string[] {
  if (kind === 'promise') return []
  if (kind !== 'machine') {
    return [
      `source '${src}' ${WHY_NOT[kind]}: make it a promise, a machine, or something outside that sends mail`,
    ]
  }
  if (children.has(src)) return []
  return [
    `source '${src}' is a machine: name it in children, as in { children: { ${src}: { restart: 'transient' } } }`,
  ]
}

function invokeFaults(node: AnyStateNode): string[] {
  return node.invoke.flatMap(({ id, src, systemId, onSnapshot }) => {
    const what = `state '${node.id}': the invocation '${id}'`
    return [
      ...(isInlineSource(src) ? [`${what} ${INLINE_WAY_OUT}`] : []),
      ...(systemId === undefined ? [] : [`${what} ${SYSTEM_ID_WAY_OUT}`]),
      ...(onSnapshot === undefined ? [] : [`${what} ${SNAPSHOT_WAY_OUT}`]),
    ]
  })
}

export const INLINE_WAY_OUT =
  'has its logic inline, which cannot be found after a restart: give it a name in setup({ actors })'
export const SYSTEM_ID_WAY_OUT =
  "has a systemId: there is no registry of references; send to its address with the action 'send'"
const SNAPSHOT_WAY_OUT =
  'asks for snapshots of its child, which are not sent: let the child send events with sendParent'

function delayFaults(node: AnyStateNode): string[] {
  const { delays } = node.machine.implementations
  return Object.keys(node.config.after ?? {})
    .filter((delay) => Number.isNaN(Number(delay)) && !Object.hasOwn(delays, delay))
    .map((delay) => `state '${node.id}': the delay '${delay}' is not declared in setup({ delays })`)
}

function guardFaults(machine: AnyStateMachine): string[] {
  const { guards } = machine.implementations
  return nodesOf(machine.root).flatMap((node) =>
    transitionsOf(node)
      .flatMap(({ guard }) => guardNames(guard))
      .filter((name) => !Object.hasOwn(guards, name))
      .map((name) => `state '${node.id}': the guard '${name}' is not declared in setup({ guards })`),
  )
}

function guardNames(guard: unknown): string[] {
  if (typeof guard === 'string') return [guard]
  if (typeof guard === 'function') return ((guard as { guards?: unknown[] }).guards ?? []).flatMap(guardNames)
  if (typeof guard === 'object' && guard !== null && 'type' in guard) return [String(guard.type)]
  return []
}

interface ActionUse {
  readonly at: string
  readonly action: unknown
}

function actionFaults(
  machine: AnyStateMachine,
  { at, action }: ActionUse,
  { actions }: Declarations,
): string[] {
  const name = typeof action === 'object' && action !== null ? (action as { type: string }).type : action
  const resolved = typeof name === 'string' ? implementedAction(machine, name) : action
  if (isSpawn(resolved)) return spawnFaults(`${at}: spawnChild`, resolved)
  if (typeof resolved === 'function' && 'resolve' in resolved) return []
  if (typeof name !== 'string') return [`${at}: ${inlineAction(action)}`]
  return name === 'send' || actions.has(name) ? [] : [`${at}: ${lostAction(name)}`]
}

function implementedAction({ implementations: { actions } }: AnyStateMachine, name: string): unknown {
  return Object.hasOwn(actions, name) ? actions[name] : undefined
}

function inlineAction(action: unknown): string {
  const name = typeof action === 'function' && action.name ? ` '${action.name}'` : ''
  return `the inline action${name} would be lost, because actions are not run: ${ACTION_WAY_OUT}`
}

/** The reason for refusing a custom action. */
export function lostAction(name: string): string {
  return `the action '${name}' would be lost, because actions are not run: ${ACTION_WAY_OUT}, or name it in actions to report it as a telemetry event`
}

const ACTION_WAY_OUT =
  'make work in the world a promise, started by invoke or spawnChild; use emit or log for news'

interface Spawn {
  readonly src: unknown
  readonly systemId: unknown
  readonly syncSnapshot: unknown
}

function isSpawn(action: unknown): action is Spawn {
  return typeof action === 'function' && (action as { type?: unknown }).type === 'xstate.spawnChild'
}

function spawnFaults(what: string, { src, systemId, syncSnapshot }: Spawn): string[] {
  return [
    ...(typeof src === 'string' ? [] : [`${what} ${INLINE_WAY_OUT}`]),
    ...(systemId === undefined ? [] : [`${what} ${SYSTEM_ID_WAY_OUT}`]),
    ...(syncSnapshot ? [`${what} ${SNAPSHOT_WAY_OUT}`] : []),
  ]
}

function isInlineSource(src: unknown): boolean {
  return typeof src !== 'string' || src.startsWith('xstate.invoke.')
}

/** All actions in the chart, and all that are implemented by name. */
function actionsOf(machine: AnyStateMachine): ActionUse[] {
  const inChart = nodesOf(machine.root).flatMap((node) => {
    const taken = [...transitionsOf(node), ...(node.type === 'compound' ? [node.initial] : [])]
    const all: unknown[] = [...node.entry, ...node.exit, ...taken.flatMap(({ actions }) => actions)]
    return all.map((action) => ({ at: `state '${node.id}'`, action }))
  })
  const spawns = Object.entries(machine.implementations.actions)
    .filter(([, action]) => isSpawn(action))
    .map(([name, action]) => ({ at: `action '${name}'`, action }))
  return [...inChart, ...spawns]
}
