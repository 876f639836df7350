// Supervisor client
//
// Owns:   OTP's functions for a running supervisor: requests about its children, and reading them.
// Leaves: the answers (kernel/supervision/supervisor-calls.ts, kernel/supervision/supervisor-view.ts).
//
// A request is durable and carried out before it is answered: a terminated child is gone. Reads return durable state.

import {
  type Address,
  type ChildCount,
  type ChildSpecView,
  type ChildView,
  countChildren,
  getChildSpec,
  type SupervisorReply,
  type SupervisorRequest,
  type SupervisorState,
  strategyOf,
  whichChild,
  whichChildren,
} from '../kernel/index.ts'
import type { Actor } from './actor.ts'
import { noproc } from './calls.ts'

type ViewResult<T> = { readonly ok: true; readonly value: T } | (SupervisorReply & { readonly ok: false })

interface Reach {
  /** The actor; a passivated one is woken. */
  live(address: Address): Promise<Actor | undefined>
  call(address: Address, request: SupervisorRequest): Promise<SupervisorReply>
}

/** OTP's `supervisor` functions; error codes are OTP's, an address replaces OTP's pid. */
export class SupervisorClient {
  readonly address: Address
  readonly #reach: Reach

  constructor(address: Address, reach: Reach) {
    this.address = address
    this.#reach = reach
  }

  /**
   * Starts a child and answers `{child: address}` when it has begun (`null` when it had nothing to do). `given`: a
   * child spec; under `simple_one_for_one` the addition to the input of the template.
   */
  startChild(given?: unknown): Promise<SupervisorReply> {
    return this.#call({ kind: 'startChild', given: given ?? null })
  }

  /** Stops a child by its id (under `simple_one_for_one` its address) and answers when it is gone. */
  terminateChild(child: string): Promise<SupervisorReply> {
    return this.#call({ kind: 'terminateChild', child })
  }

  restartChild(child: string): Promise<SupervisorReply> {
    return this.#call({ kind: 'restartChild', child })
  }

  deleteChild(child: string): Promise<SupervisorReply> {
    return this.#call({ kind: 'deleteChild', child })
  }

  /** Replaces flags and child specs while it runs: known children go on, new ones are not started, missing ones stay. */
  change(given: unknown): Promise<SupervisorReply> {
    return this.#call({ kind: 'change', given })
  }

  /** Newest first. */
  whichChildren(): Promise<ViewResult<readonly ChildView[]>> {
    return this.#look((supervised) => ({ ok: true, value: whichChildren(supervised) }))
  }

  whichChild(child: string): Promise<ViewResult<ChildView>> {
    return this.#look((supervised) => this.#found(child, supervised, whichChild(supervised, child)))
  }

  countChildren(): Promise<ViewResult<ChildCount>> {
    return this.#look((supervised) => ({ ok: true, value: countChildren(supervised) }))
  }

  getChildSpec(child: string): Promise<ViewResult<ChildSpecView>> {
    return this.#look((supervised) => this.#found(child, supervised, getChildSpec(supervised, child)))
  }

  async #call(request: SupervisorRequest): Promise<SupervisorReply> {
    return (await this.#reach.live(this.address))
      ? this.#reach.call(this.address, request)
      : noproc(this.address)
  }

  async #look<T>(read: (supervised: SupervisorState) => ViewResult<T>): Promise<ViewResult<T>> {
    const actor = await this.#reach.live(this.address)
    if (!actor) return noproc(this.address) as ViewResult<T>
    await actor.durable()
    const { record, definition } = actor
    return read({ record, strategy: strategyOf(record.supervision, definition) })
  }

  #found<T>(child: string, { strategy }: SupervisorState, value: T | undefined): ViewResult<T> {
    if (value !== undefined) return { ok: true, value }
    const byId = strategy.kind === 'simple_one_for_one' && !child.includes('.')
    const code = byId ? 'simple_one_for_one' : 'not_found'
    return { ok: false, error: { code, message: `${this.address} has no child '${child}'` } }
  }
}
