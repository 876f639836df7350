// Script
//
// Owns:   telling one chart a story on plain XState and seeing where it is and what it asked for.

import {
  type AnyMachineSnapshot,
  type AnyStateMachine,
  type EventObject,
  initialTransition,
  transition,
} from 'xstate'

export type Told = EventObject & Record<string, unknown>

export class Script {
  snapshot: AnyMachineSnapshot
  /** All mail so far: `[receiver, event]`. */
  readonly mail: [string, Told][] = []
  readonly facts: Told[] = []
  /** Children and invocations started: `[id, src, input]`. */
  readonly started: [string, string, Record<string, unknown>][] = []
  readonly stopped: string[] = []
  readonly timers: { id: string; delay: number }[] = []
  readonly #machine: AnyStateMachine

  constructor(machine: AnyStateMachine, input: unknown) {
    this.#machine = machine
    const [snapshot, actions] = initialTransition(machine, input as never)
    this.snapshot = snapshot
    this.#note(actions as never)
  }

  tell(...events: Told[]): this {
    for (const event of events) {
      const [snapshot, actions] = transition(this.#machine, this.snapshot, event as never)
      if (snapshot.status === 'error') throw snapshot.error
      this.snapshot = snapshot
      this.#note(actions as never)
    }
    return this
  }

  /** The first timer set in a state comes due. */
  timeOut(state: string): this {
    const timer = this.timers.find(({ id }) => id.endsWith(state))
    if (!timer) throw new Error(`no timer in ${state}: ${this.timers.map(({ id }) => id).join(', ')}`)
    return this.tell({ type: timer.id })
  }

  get value(): unknown {
    return this.snapshot.value
  }

  get output(): unknown {
    return this.snapshot.output
  }

  /** What was written to a receiver, as event types. */
  mailTo(receiver: string): string[] {
    return this.mail.filter(([to]) => to === receiver).map(([, { type }]) => type)
  }

  /** The last mail of a type. */
  last(type: string): Told | undefined {
    return this.mail.map(([, event]) => event).findLast((event) => event.type === type)
  }

  #note(actions: readonly { type: string; params: Record<string, unknown> }[]): void {
    for (const { type, params } of actions) {
      if (type === 'send') this.mail.push([String(params.to), params.event as Told])
      if (type === 'xstate.emit') this.facts.push(params.event as Told)
      if (type === 'xstate.spawnChild')
        this.started.push([String(params.id), String(params.src), params.input as Record<string, unknown>])
      if (type === 'xstate.stopChild') this.stopped.push(idOf(params))
      if (type === 'xstate.raise' && params.delay !== undefined)
        this.timers.push({ id: String(params.id), delay: Number(params.delay) })
    }
  }
}

function idOf(params: Record<string, unknown>): string {
  return String(params.id ?? (params.actorRef as { id?: unknown } | undefined)?.id)
}
