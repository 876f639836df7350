// Step
//
// Owns:   XState's pure transition behind two calls: plain snapshot and event in, plain snapshot and requests out. The
//         only file that knows how XState represents a machine's requests.
// Leaves: turning requests into effects (kernel/step/advance.ts).
//
// Nothing is run: actions, timers, children and mail are returned as data.
//
// A throw in a guard, an assign or an input, and an error that no state handles, throw here (OTP: a crash). So do
// values that cannot be stored, and requests for a running actor: `spawn` in an assign, `self.send`.
//
// The same snapshot, event and children give the same result, also when the snapshot was stored and read in between.

import { type AnyMachineSnapshot, type AnyStateMachine, type AnyStateNode, createActor } from 'xstate'
import { CONTEXT_WAY_OUT, INLINE_WAY_OUT, SYSTEM_ID_WAY_OUT } from '../definition/chart-check.ts'
import { unstorable } from '../definition/storable.ts'
import type { Event } from '../messages.ts'
import type { Snapshot } from './actor-record.ts'
import { childId, xstateEvent, xstateId } from './child-id.ts'

/** A request of a machine during a step, in order. */
export type Request =
  | { readonly kind: 'spawn'; readonly id: string; readonly src: string; readonly input: unknown }
  | { readonly kind: 'stop'; readonly id: string }
  /** Without an id it cannot be cancelled: any unused id will do. */
  | {
      readonly kind: 'timer'
      readonly id: string | undefined
      readonly delay: number
      readonly event: Event
    }
  | { readonly kind: 'cancel'; readonly id: string }
  | { readonly kind: 'tell'; readonly to: Recipient; readonly event: Event }
  | { readonly kind: 'emit'; readonly event: Event }
  /** A custom action, by its name. */
  | { readonly kind: 'action'; readonly name: string; readonly params: unknown }

type Recipient =
  | { readonly kind: 'parent' }
  | { readonly kind: 'self' }
  | { readonly kind: 'child'; readonly id: string }
  | { readonly kind: 'address'; readonly address: string }

export interface TransitionResult {
  readonly snapshot: Snapshot
  readonly requests: readonly Request[]
}

/** Enters the initial state. */
export function enter(machine: AnyStateMachine, input: unknown): TransitionResult {
  const host = hostOf(machine)
  return collect(host, {}, [], () => machine.getInitialSnapshot(host.scope as never, input))
}

/** Takes one event. `children`: ids of the running invocations and children. */
export function step(
  machine: AnyStateMachine,
  snapshot: Snapshot,
  event: Event,
  children: Iterable<string>,
): TransitionResult {
  if (event.type === DELAYED) return { snapshot, requests: [event.request as Request] }
  const host = hostOf(machine)
  const ids = [...children].map(xstateId)
  const before = { ...revive(machine, snapshot), children: stubs(ids) }
  return collect(host, snapshot.context, ids, () =>
    machine.transition(before as never, xstateEvent(event) as never, host.scope as never),
  )
}

/** The event of a timer that sends mail to another actor. */
const DELAYED = 'canopy.delayed'

interface Action {
  readonly type: string
  readonly params: Record<string, unknown> | undefined
}

interface Host {
  readonly self: object
  readonly scope: object
  readonly isParallel: boolean
  collected: Action[]
}

const hosts = new WeakMap<AnyStateMachine, Host>()
const live = new WeakMap<Snapshot, AnyMachineSnapshot>()
const PARENT = '#_parent'

/** One actor that is never started serves all actors of a machine: it provides `self` and a system to XState. */
function hostOf(machine: AnyStateMachine): Host {
  const known = hosts.get(machine)
  if (known) return known
  const self = createActor(machine)
  Object.assign(self, { _parent: stub(PARENT), send: lostSend, _send: lostSend })
  const ignore = (): void => {}
  const scope = {
    self,
    id: machine.id,
    sessionId: self.sessionId,
    system: self.system,
    logger: ignore,
    // In a step that runs nothing, only `spawn` inside an assign or a context calls this.
    defer: () => {
      throw new Error(
        `spawn would put an actor reference into the context; use spawnChild. ${CONTEXT_WAY_OUT}`,
      )
    },
    emit: ignore,
    stopChild: ignore,
    actionExecutor: (action: Action) => host.collected.push(action),
  }
  const host: Host = { self, scope, isParallel: isParallel(machine.root), collected: [] }
  hosts.set(machine, host)
  return host
}

function isParallel(node: AnyStateNode): boolean {
  return node.type === 'parallel' || Object.values(node.states).some(isParallel)
}

function collect(
  host: Host,
  context: Snapshot['context'],
  children: readonly string[],
  transition: () => AnyMachineSnapshot,
): TransitionResult {
  host.collected = []
  const next = transition()
  if (next.status === 'error') throw next.error
  if (host.isParallel) inDocumentOrder(next)
  mustBeStorable(next.context, context, 'context')
  mustBeStorable(next.output, undefined, 'output')
  const snapshot = reduce(next)
  live.set(snapshot, next)
  const taken = new Set(children)
  return { snapshot, requests: host.collected.flatMap((action) => request(host, action, taken)) }
}

/**
 * XState keeps active states in the order of entry, which a stored snapshot does not record. Document order is the same
 * for both, and SCXML requires it.
 */
function inDocumentOrder(next: AnyMachineSnapshot): void {
  next._nodes.sort((a: AnyStateNode, b: AnyStateNode) => a.order - b.order)
  next.value = ordered(next.value, next.machine.root)
}

function ordered(value: AnyMachineSnapshot['value'], node: AnyStateNode | undefined): typeof value {
  if (typeof value === 'string' || !node) return value
  const keys = Object.keys(node.states).filter((key) => key in value)
  return Object.fromEntries(keys.map((key) => [key, ordered(value[key] ?? {}, node.states[key])]))
}

function mustBeStorable(value: unknown, before: unknown, path: string): void {
  const found = unstorable(value, before, path)
  if (found)
    throw new Error(path === 'context' ? `${found}; ${CONTEXT_WAY_OUT}` : `${found}; it must be JSON`)
}

function request(host: Host, { type, params = {} }: Action, children: Set<string>): Request[] {
  switch (type) {
    case 'xstate.spawnChild':
      return [spawn(params, children)]
    case 'xstate.stopChild':
      return [{ kind: 'stop', id: childId(String(params.id)) }]
    case 'xstate.raise':
      // Without a delay the event was taken within the step already.
      return params.delay === undefined ? [] : [timer(params, params.event as Event)]
    case 'xstate.cancel':
      return [{ kind: 'cancel', id: String(params.sendId) }]
    case 'xstate.sendTo':
      return [sendTo(host, params)]
    case 'xstate.emit':
      return [{ kind: 'emit', event: params.event as Event }]
    case 'xstate.log':
      return [{ kind: 'emit', event: { type, ...params } }]
    case 'send':
      return [tellAddress(params)]
    default:
      return [{ kind: 'action', name: type, params }]
  }
}

interface SpawnedActor {
  readonly id: string
  readonly sessionId: string
}

function spawn(params: Record<string, unknown>, children: Set<string>): Request {
  const { src, input, systemId } = params
  const actor = params.actorRef as SpawnedActor | undefined
  if (typeof src !== 'string') throw new Error(`spawnChild ${INLINE_WAY_OUT}`)
  if (!actor) throw new Error(`spawnChild('${src}'): no such source is declared in setup({ actors })`)
  if (systemId !== undefined) throw new Error(`spawnChild('${src}') ${SYSTEM_ID_WAY_OUT}`)
  // XState names a child without an id after its session, which differs in each process.
  const id = actor.id === actor.sessionId ? freeId(src, children) : actor.id
  children.add(id)
  mustBeStorable(input, undefined, `input of '${id}'`)
  return { kind: 'spawn', id: childId(id), src, input }
}

function freeId(src: string, children: ReadonlySet<string>): string {
  for (let number = 1; ; number += 1) if (!children.has(`${src}:${number}`)) return `${src}:${number}`
}

function timer({ id, delay }: Record<string, unknown>, event: Event): Request {
  mustBeStorable(event, undefined, event.type)
  mustBeStorable(delay, undefined, `delay of '${event.type}'`)
  return { kind: 'timer', id: id === undefined ? undefined : String(id), delay: Number(delay), event }
}

function tellAddress({ to, event }: Record<string, unknown>): Request {
  const { type } = event as Event
  mustBeStorable(event, undefined, type)
  return { kind: 'tell', to: { kind: 'address', address: String(to) }, event: event as Event }
}

function sendTo(host: Host, params: Record<string, unknown>): Request {
  const event = params.event as Event
  mustBeStorable(event, undefined, event.type)
  const isSelf = params.to === host.self
  if (isSelf && params.delay !== undefined) return timer(params, event)
  const tell: Request = { kind: 'tell', to: isSelf ? { kind: 'self' } : recipient(params), event }
  return params.delay === undefined ? tell : timer(params, { type: DELAYED, request: tell })
}

function recipient({ to, targetId }: Record<string, unknown>): Recipient {
  const id = String((to as { id?: unknown } | undefined)?.id ?? targetId)
  return id === PARENT ? { kind: 'parent' } : { kind: 'child', id: childId(id) }
}

function reduce(next: AnyMachineSnapshot): Snapshot {
  const history = Object.entries(next.historyValue as Record<string, { id: string }[]>)
  return {
    status: next.status,
    value: next.value,
    context: next.context,
    ...(history.length > 0 && {
      historyValue: Object.fromEntries(history.map(([id, nodes]) => [id, nodes.map((node) => node.id)])),
    }),
    ...(next.output !== undefined && { output: next.output }),
  }
}

/** Throws when the chart has no such state. */
export function revive(machine: AnyStateMachine, snapshot: Snapshot): AnyMachineSnapshot {
  const known = live.get(snapshot)
  if (known) return known
  const history = Object.entries((snapshot.historyValue ?? {}) as Record<string, string[]>)
  const nodes = history.map(([id, ids]) => [id, ids.map((each) => machine.getStateNodeById(each))])
  const revived = machine.resolveState({
    status: snapshot.status,
    value: snapshot.value as never,
    context: snapshot.context as never,
    historyValue: Object.fromEntries(nodes),
  })
  live.set(snapshot, revived)
  return revived
}

/** In XState, sending to a child that ended crashes the sender; here such mail goes to the dead letters. */
const anyone = new Proxy({}, { get: (_, id) => (typeof id === 'string' ? stub(id) : undefined) })

function stubs(ids: Iterable<string>): Record<string, unknown> {
  const children = Object.create(anyone) as Record<string, unknown>
  for (const id of ids) {
    // A plain assignment to `__proto__` would replace the prototype.
    if (id === '__proto__') Object.defineProperty(children, id, { value: stub(id), enumerable: true })
    else children[id] = stub(id)
  }
  return children
}

function stub(id: string): object {
  return {
    id,
    sessionId: id,
    send: lostSend,
    _send: lostSend,
    getSnapshot: () => ({ status: 'active' }),
  }
}

function lostSend(event: unknown): never {
  const type = (event as { type?: unknown } | undefined)?.type
  throw new Error(`send(${String(type)}) in an action would be lost; use raise or sendTo as an action`)
}
