// World
//
// Owns:   the whole tree of charts run on plain XState in one thread: mail, children, invocations and timers, in any
//         order that keeps each sender's mail to each receiver in order. Time passes only when nothing else is left.
// Leaves: durability, supervision, processes (actors/ and its tests).

import { isDeepStrictEqual } from 'node:util'
import { expect } from 'vitest'
import { type AnyMachineSnapshot, type AnyStateMachine, createActor, type EventObject } from 'xstate'
import { z } from 'zod'
import { type ActorDefinition, defineActor } from '../../kernel/index.ts'
import {
  budgetActor,
  type InvocationName,
  integratorActor,
  orchestratorActor,
  outputSchemas,
  poolActor,
  supervisorActor,
  systemActor,
  taskActor,
  workerActor,
} from '../../machines/index.ts'

/** As the runtime has them: with sources that do nothing, and an end to microsteps. */
const definitions: Readonly<Record<string, ActorDefinition>> = Object.fromEntries(
  [
    systemActor,
    budgetActor,
    poolActor,
    workerActor,
    supervisorActor,
    orchestratorActor,
    integratorActor,
    taskActor,
  ]
    .map(defineActor)
    .map((definition) => [definition.kind, definition]),
)

interface Actor {
  readonly address: string
  readonly definition: ActorDefinition
  readonly parent: string | null
  readonly id: string
  snapshot: AnyMachineSnapshot
}

/** Something that can happen next. */
interface Delivery {
  readonly to: string
  readonly from: string
  readonly event: EventObject
  /** Of an invocation; dropped when that is over. */
  readonly invocation?: string
}

interface Timer {
  readonly to: string
  readonly id: string
  readonly event: EventObject
  readonly due: number
}

export interface Posted {
  readonly from: string
  readonly to: string
  readonly event: EventObject & Record<string, unknown>
}

export interface Called {
  readonly by: string
  readonly src: InvocationName
  readonly input: never
}

export interface WorldOptions {
  /** A number from 0 to below `bound`. */
  readonly choose: (bound: number) => number
  /** What an invocation comes back with; a throw is its error. */
  readonly invoke: (call: Called) => unknown
  /** Called before each step; may post or kill. */
  readonly disturb?: (world: World, step: number) => void
  /** Called when nothing is left; may post. */
  readonly idle?: (world: World) => void
}

export class World {
  readonly actors = new Map<string, Actor>()
  readonly mail: Posted[] = []
  readonly calls: Called[] = []
  readonly facts: (EventObject & Record<string, unknown>)[] = []
  readonly started: string[] = []
  output: unknown
  now = 0
  #pending: Delivery[] = []
  #timers: Timer[] = []
  #running = new Map<string, string>()
  #calls = 0
  readonly #options: WorldOptions

  constructor(options: WorldOptions) {
    this.#options = options
  }

  /** Starts a root and goes on until nothing is left. Returns the number of steps. */
  run(kind: string, address: string, input: unknown, limit = 20_000): number {
    this.#start(kind, address, null, address, input)
    for (let step = 1; step <= limit; step++) {
      this.#options.disturb?.(this, step)
      if (!this.actors.has(address)) return step
      if (this.#next()) continue
      this.#options.idle?.(this)
      if (!this.#next()) return step
    }
    throw new Error(
      `not over after ${limit} steps: ${JSON.stringify([...this.actors].map(([a, { snapshot }]) => [a, snapshot.value]))}`,
    )
  }

  post(to: string, event: EventObject, from = 'outside'): void {
    this.#pending.push({ to, from, event })
  }

  /** As when supervision gives up on an actor: all below it goes with it. */
  kill(address: string, message = 'killed'): void {
    const actor = this.actors.get(address)
    if (!actor?.parent) return
    this.#remove(address)
    this.post(
      actor.parent,
      { type: `xstate.error.actor.${actor.id}`, error: { message } } as EventObject,
      address,
    )
  }

  /** One thing, any of those whose turn it can be; else the first timer. */
  #next(): boolean {
    const first = new Map<string, Delivery>()
    for (const one of this.#pending) {
      const pair = `${one.from}>${one.to}${one.invocation ?? ''}`
      if (!first.has(pair)) first.set(pair, one)
    }
    const ready = [...first.values()]
    const one = ready[this.#options.choose(Math.max(1, ready.length))]
    if (one) {
      this.#pending.splice(this.#pending.indexOf(one), 1)
      this.#deliver(one)
      return true
    }
    const timer = this.#timers.sort((a, b) => a.due - b.due).shift()
    if (!timer) return false
    this.now = timer.due
    this.#step(timer.to, timer.event)
    return true
  }

  #deliver({ to, event, invocation }: Delivery): void {
    if (invocation !== undefined) {
      const [id = '', call] = invocation.split('#')
      if (this.#running.get(`${to}/${id}`) !== call) return
      this.#running.delete(`${to}/${id}`)
    }
    this.#step(to, event)
  }

  #start(kind: string, address: string, parent: string | null, id: string, input: unknown): void {
    const definition = definitions[kind]
    if (!definition) throw new Error(`no actor is called ${kind}`)
    expect(this.actors.has(address), `${address} is started twice`).toBe(false)
    this.started.push(address)
    const { machine } = definition
    const { snapshot, actions } = collect(machine, (scope) => machine.getInitialSnapshot(scope, plain(input)))
    const actor = { address, definition, parent, id, snapshot }
    this.actors.set(address, actor)
    this.#carryOut(actor, actions)
  }

  #step(address: string, event: EventObject): void {
    const actor = this.actors.get(address)
    if (!actor) return
    const { machine } = actor.definition
    const before = actor.snapshot
    const { snapshot, actions } = collect(machine, (scope) =>
      machine.transition(before, event as never, scope),
    )
    actor.snapshot = snapshot
    this.#carryOut(actor, actions)
  }

  #carryOut(actor: Actor, actions: readonly Action[]): void {
    for (const action of actions) this.#act(actor, action)
    if (actor.snapshot.status !== 'done') return
    const output = plain(actor.snapshot.output)
    this.#remove(actor.address)
    if (actor.parent === null) this.output = output
    else
      this.post(actor.parent, { type: `xstate.done.actor.${actor.id}`, output } as EventObject, actor.address)
  }

  #act(actor: Actor, { type, params }: Action): void {
    const { address } = actor
    switch (type) {
      case 'send':
        return this.#send(address, String(params.to), params.event as EventObject)
      case 'xstate.emit':
        this.facts.push(plain(params.event) as EventObject)
        return
      case 'xstate.spawnChild':
        return this.#spawn(actor, String(params.id), String(params.src), params.input)
      case 'xstate.stopChild': {
        const id = String((params.id ?? (params.actorRef as { id: string } | undefined)?.id) as string)
        this.#running.delete(`${address}/${id}`)
        return this.#remove(`${address}.${id}`)
      }
      case 'xstate.raise':
        if (params.delay === undefined) return
        this.#timers.push({
          to: address,
          id: String(params.id),
          event: params.event as EventObject,
          due: this.now + Number(params.delay),
        })
        return
      case 'xstate.cancel':
        this.#timers = this.#timers.filter(({ to, id }) => to !== address || id !== params.sendId)
        return
      default:
        throw new Error(`${address} asks for ${type}`)
    }
  }

  #send(from: string, to: string, event: EventObject): void {
    const receiver = Object.values(definitions).find(({ kind }) => kind === kindOf(to))
    if (!receiver) throw new Error(`no actor of the system has the address ${to}`)
    expect(z.safeParse(receiver.events, event).error, `${to} must accept ${event.type}`).toBeUndefined()
    this.mail.push({ from, to, event: plain(event) as Posted['event'] })
    this.post(to, plain(event) as EventObject, from)
  }

  #spawn(actor: Actor, id: string, src: string, input: unknown): void {
    if (src in definitions) return this.#start(src, `${actor.address}.${id}`, actor.address, id, input)
    const call = String(++this.#calls)
    this.#running.set(`${actor.address}/${id}`, call)
    const called = { by: actor.address, src: src as InvocationName, input: plain(input) as never }
    this.calls.push(called)
    this.#pending.push({
      to: actor.address,
      from: actor.address,
      event: this.#outcome(called, id),
      invocation: `${id}#${call}`,
    })
  }

  #outcome(called: Called, id: string): EventObject {
    try {
      const output = outputSchemas[called.src].parse(this.#options.invoke(called))
      return { type: `xstate.done.actor.${id}`, output: plain(output) } as EventObject
    } catch (error) {
      return { type: `xstate.error.actor.${id}`, error: { message: (error as Error).message } } as EventObject
    }
  }

  #remove(address: string): void {
    for (const each of [...this.actors.keys()].filter(
      (key) => key === address || key.startsWith(`${address}.`),
    )) {
      this.actors.delete(each)
      this.#timers = this.#timers.filter(({ to }) => to !== each)
      this.#pending = this.#pending.filter(({ to, invocation }) => to !== each || invocation === undefined)
    }
  }
}

interface Action {
  readonly type: string
  readonly params: Record<string, unknown>
}

/** The last part of an address says what it is: `…task:r1-a` is a task. */
function kindOf(address: string): string {
  return (address.split('.').at(-1) ?? '').replace(/:.*/, '')
}

/** What mail, inputs and outputs become on their way; nothing may be lost. */
function plain(value: unknown): unknown {
  if (value === undefined) return undefined
  const copy: unknown = JSON.parse(JSON.stringify(value))
  if (!isDeepStrictEqual(copy, value)) expect(copy).toStrictEqual(value)
  return copy
}

const selves = new Map<AnyStateMachine, ReturnType<typeof createActor>>()

function collect(
  machine: AnyStateMachine,
  step: (scope: never) => AnyMachineSnapshot,
): { snapshot: AnyMachineSnapshot; actions: Action[] } {
  const self = selves.get(machine) ?? createActor(machine)
  selves.set(machine, self)
  const actions: Action[] = []
  const ignore = () => {}
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
  const snapshot = step(scope as never)
  if (snapshot.status === 'error') throw snapshot.error
  return { snapshot, actions }
}
