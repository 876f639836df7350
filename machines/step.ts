// Step
//
// Owns:   XState's pure transition behind two calls: plain snapshot and event in, plain snapshot and requests out.
//         The only file that knows how XState reports what a machine asks for.
// Leaves: what a request becomes (machines/advance.ts).
//
// T1. Nothing is run: actions, timers, children and mail come out as data.
// T2. A throw in a guard, an assign or an input, and an error nobody handles, throw here (OTP: a crash).
// T3. The same snapshot, event and children give the same answer.

import { type AnyMachineSnapshot, type AnyStateMachine, createActor } from 'xstate'
import type { Snapshot } from './actor-record.ts'
import type { Event } from './messages.ts'

/** What a machine asked for during a step, in order. */
export type Request =
  | { readonly kind: 'spawn'; readonly id: string; readonly src: string; readonly input: unknown }
  | { readonly kind: 'stop'; readonly id: string }
  | { readonly kind: 'timer'; readonly id: string; readonly delay: number; readonly event: Event }
  | { readonly kind: 'cancel'; readonly id: string }
  | { readonly kind: 'tell'; readonly to: Recipient; readonly event: Event }
  | { readonly kind: 'emit'; readonly event: Event }

export type Recipient =
  | { readonly kind: 'parent' }
  | { readonly kind: 'self' }
  | { readonly kind: 'child'; readonly id: string }
  | { readonly kind: 'address'; readonly address: string }

export interface Stepped {
  readonly snapshot: Snapshot
  readonly requests: readonly Request[]
}

/** Enters the initial state. */
export function enter(machine: AnyStateMachine, input: unknown): Stepped {
  const host = hostOf(machine)
  return collect(host, () => machine.getInitialSnapshot(host.scope as never, input))
}

/** Takes one event. `children`: ids of the invocations and children that are there. */
export function step(
  machine: AnyStateMachine,
  snapshot: Snapshot,
  event: Event,
  children: Iterable<string>,
): Stepped {
  const host = hostOf(machine)
  const before = { ...revive(machine, snapshot), children: stubs(children) }
  return collect(host, () => machine.transition(before as never, event as never, host.scope as never))
}

interface Action {
  readonly type: string
  readonly params: Record<string, unknown> | undefined
}

interface Host {
  readonly self: object
  readonly scope: object
  collected: Action[]
}

const hosts = new WeakMap<AnyStateMachine, Host>()
const live = new WeakMap<Snapshot, AnyMachineSnapshot>()
const PARENT = '#_parent'

/** One actor that is never started stands for all actors of a machine: it gives XState a `self` and a system. */
function hostOf(machine: AnyStateMachine): Host {
  const known = hosts.get(machine)
  if (known) return known
  const self = createActor(machine)
  Object.assign(self, { _parent: stub(PARENT) })
  const ignore = (): void => {}
  const scope = {
    self,
    id: machine.id,
    sessionId: self.sessionId,
    system: self.system,
    logger: ignore,
    defer: ignore,
    emit: ignore,
    stopChild: ignore,
    actionExecutor: (action: Action) => host.collected.push(action),
  }
  const host: Host = { self, scope, collected: [] }
  hosts.set(machine, host)
  return host
}

function collect(host: Host, transition: () => AnyMachineSnapshot): Stepped {
  host.collected = []
  const next = transition()
  if (next.status === 'error') throw next.error
  const snapshot = reduce(next)
  live.set(snapshot, next)
  return { snapshot, requests: host.collected.flatMap((action) => request(host, action)) }
}

function request(host: Host, { type, params = {} }: Action): Request[] {
  switch (type) {
    case 'xstate.spawnChild':
      return [{ kind: 'spawn', id: String(params.id), src: String(params.src), input: params.input }]
    case 'xstate.stopChild':
      return [{ kind: 'stop', id: String(params.id) }]
    case 'xstate.raise':
      // Without a delay it was taken within the step already.
      return params.delay === undefined ? [] : [timer(params)]
    case 'xstate.cancel':
      return [{ kind: 'cancel', id: String(params.sendId) }]
    case 'xstate.sendTo':
      return [sendTo(host, params)]
    case 'xstate.emit':
      return [{ kind: 'emit', event: params.event as Event }]
    case 'send':
      return [
        { kind: 'tell', to: { kind: 'address', address: String(params.to) }, event: params.event as Event },
      ]
    default:
      // Other custom actions have no meaning outside the process: what a machine wants done, it invokes.
      return []
  }
}

function timer(params: Record<string, unknown>): Request {
  const event = params.event as Event
  return { kind: 'timer', id: String(params.id ?? event.type), delay: Number(params.delay), event }
}

function sendTo(host: Host, params: Record<string, unknown>): Request {
  if (params.to === host.self && params.delay !== undefined) return timer(params)
  return { kind: 'tell', to: recipient(host, params), event: params.event as Event }
}

function recipient(host: Host, { to, targetId }: Record<string, unknown>): Recipient {
  if (to === host.self) return { kind: 'self' }
  const id = String(targetId ?? (to as { id: unknown }).id)
  return id === PARENT ? { kind: 'parent' } : { kind: 'child', id }
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

function revive(machine: AnyStateMachine, snapshot: Snapshot): AnyMachineSnapshot {
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

/** In XState, talking to a child that is gone kills the talker; here such mail goes to the dead letters. */
const anyone = new Proxy(
  {},
  { get: (_, id) => (typeof id === 'string' && id !== '__proto__' ? stub(id) : undefined) },
)

function stubs(ids: Iterable<string>): Record<string, unknown> {
  const children = Object.create(anyone) as Record<string, unknown>
  for (const id of ids) children[id] = stub(id)
  return children
}

function stub(id: string): object {
  const ignore = (): void => {}
  return { id, sessionId: id, send: ignore, _send: ignore, getSnapshot: () => ({ status: 'active' }) }
}
