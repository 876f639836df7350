// Outbox
//
// Owns:   carrying out committed effects, each by its kind, and settling their entries.
// Leaves: the work of each kind (effects/, supervisor.ts).
//
// An entry is settled when its result is durable: mail in the stream, an outcome or an exit in the commit of its
// receiver. Until then a restart finds the entry and carries it out again.

import {
  type ActorRecord,
  type Address,
  type Effect,
  type Exit,
  type Fact,
  isOrdinary,
  type OutboxEntry,
} from '../kernel/index.ts'
import type { ActorCommits, StoredActor } from '../persistence/index.ts'
import type { Invocations } from './effects/invocation.ts'
import type { MailPoster } from './effects/post.ts'
import type { Routing } from './routing.ts'
import type { Supervisor } from './supervisor.ts'

export interface OutboxOptions {
  readonly store: Pick<ActorCommits, 'settle'>
  readonly routing: Routing
  readonly post: MailPoster
  readonly invocations: Invocations
  readonly supervisor: Supervisor
  tell(fact: Fact): void
  fail(error: unknown): void
  /** The root has ended. */
  ended(exit: Exit): void
}

export class Outbox {
  readonly #options: OutboxOptions
  /** Orders of each actor that are not carried out yet. */
  readonly #open = new Map<Address, number>()
  /** The number of exits still to be reported. */
  announcing = 0

  constructor(options: OutboxOptions) {
    this.#options = options
  }

  /** Carries out all entries of a record, or those that one commit added. */
  carryOut(record: ActorRecord, entries: readonly OutboxEntry[]): void {
    for (const entry of entries) this.#carryOut(record, entry)
  }

  /** Sends the mail that a removed actor left; resolves when all is accepted or put aside. */
  async leave(stored: StoredActor): Promise<void> {
    const mail = stored.outbox.filter(({ effect }) => effect.kind === 'mail')
    this.carryOut(stored.record, mail)
    await this.#options.post.leave(stored.record.address)
  }

  /** Whether all mail of an actor is sent and all its orders are carried out. */
  isDone(address: Address): boolean {
    return !this.#open.has(address) && this.#options.post.isDone(address)
  }

  #carryOut(record: ActorRecord, { key, effect }: OutboxEntry): void {
    const { routing, post, invocations, supervisor, fail } = this.#options
    const { address } = record
    const settle = (): void => this.#settle(address, key)
    switch (effect.kind) {
      case 'mail': {
        const { birth } = record
        const accepted = (): void => {
          routing.arrivals.expect({ address, birth, number: effect.number }, effect.to)
          settle()
        }
        return post.send(record, key, effect, accepted, (reason) =>
          this.#refused(address, key, effect, reason),
        )
      }
      case 'invocation':
        return invocations.start(address, key, effect, (outcome) =>
          routing.tell(address, { kind: 'outcome', key, invocation: effect.id, outcome }),
        )
      case 'children':
        this.#count(address, 1)
        void supervisor.carryOut(address, effect.orders).then(() => {
          this.#count(address, -1)
          settle()
        }, fail)
        return
      case 'exit': {
        // The parent knows of the exit: it has started the child again since.
        if (effect.incarnation < record.incarnation) return settle()
        this.announcing += 1
        void this.#announce(record, effect, settle).finally(() => {
          this.announcing -= 1
        })
        return
      }
      default:
        return effect satisfies never
    }
  }

  /**
   * Reports an exit to the parent, after the actor's children are gone and its last mail is sent. A crash waits only for
   * mail to the parent: the actor may be started again, and then sends the rest.
   */
  async #announce(
    { address, birth, parent, id }: ActorRecord,
    { exit, incarnation, start }: Effect & { kind: 'exit' },
    settle: () => void,
  ): Promise<void> {
    const { supervisor, post, routing, tell, ended } = this.#options
    await supervisor.afterOrders(address)
    if (isOrdinary(exit)) await post.sent(address)
    else if (parent !== null) await post.sent(address, parent)
    tell({ type: 'actor.ended', address, exit })
    if (parent === null) return ended(exit)
    const notice = { kind: 'exited', child: id, incarnation, birth, exit, ...(start && { start }) } as const
    const child = { address, birth }
    await routing.arrivals.last(child)
    routing.tellEnd(parent, notice, child, () => {
      settle()
      routing.close(address)
    })
  }

  #refused(address: Address, key: string, { to, event }: Effect & { kind: 'mail' }, reason: string): void {
    const { routing, tell } = this.#options
    tell({ type: 'mail.refused', address, to, event: event.type, reason })
    if (routing.actors.has(address)) return routing.tell(address, { kind: 'refused', key, to, event, reason })
    routing.addDeadLetter({ to, reason: 'refused', message: event }, event.type, () =>
      this.#settle(address, key),
    )
  }

  #count(address: Address, by: 1 | -1): void {
    const open = (this.#open.get(address) ?? 0) + by
    if (open > 0) this.#open.set(address, open)
    else this.#open.delete(address)
  }

  #settle(address: Address, key: string): void {
    this.#options.store.settle(address, [key]).catch(this.#options.fail)
  }
}
