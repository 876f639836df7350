// Mailbox
//
// Owns:   the queue before one address. It outlives the actor: while that restarts, mail waits here.
// Leaves: the bound on mail (transport/ refuses the sender), what a message does (actor.ts).
//
// B1. What the system itself has to say (exits, outcomes, alarms) goes before mail: it must not wait behind a
//     queue that a sender filled.
//     Only the end of an actor keeps its place behind that actor's own mail, which goes first with it.
// B2. A message that crashed its actor goes back to the front.

import type { Message, Origin } from '../kernel/index.ts'

export interface Item {
  readonly message: Message
  /** How often it crashed its actor; it may be another life of it each time. */
  readonly crashes?: number
  /** The message is committed, or need not be: it must not come again. */
  taken(): void
}

export class Mailbox {
  #own: Item[] = []
  #mail: Item[] = []
  #head = 0
  #wake: (() => void) | undefined

  get size(): number {
    return this.#own.length + this.#mail.length - this.#head
  }

  push(item: Item): void {
    if (item.message.kind === 'mail') this.#mail.push(item)
    else this.#own.push(item)
    this.#wake?.()
  }

  /** An end, after what the one that ended has sent. */
  pushEnd(item: Item, { address, birth }: Pick<Origin, 'address' | 'birth'>): void {
    const isIts = ({ message }: Item): boolean =>
      message.kind === 'mail' && message.from?.address === address && message.from.birth === birth
    const waiting = this.#mail.slice(this.#head)
    const its = waiting.filter(isIts)
    if (its.length > 0) {
      this.#own.push(...its)
      this.#mail = waiting.filter((each) => !isIts(each))
      this.#head = 0
    }
    this.push(item)
  }

  putBack(item: Item): void {
    this.#own.unshift(item)
  }

  shift(): Item | undefined {
    const own = this.#own.shift()
    if (own) return own
    const item = this.#mail[this.#head]
    if (item) this.#head += 1
    if (this.#head > 64 && this.#head * 2 > this.#mail.length) {
      this.#mail = this.#mail.slice(this.#head)
      this.#head = 0
    }
    return item
  }

  /** What only the life before this one could have used. */
  dropOwn(): void {
    for (const item of this.#own.splice(0))
      if (item.message.kind === 'mail') this.#own.push(item)
      else item.taken()
  }

  /** Nobody takes these any more: whoever asked knows. */
  dropCalls(): void {
    this.#own = this.#own.filter((item) => item.message.kind !== 'call')
  }

  /** A new session of the mail began: what it has delivered and nobody took will be delivered again. */
  dropMail(): void {
    this.#mail = []
    this.#head = 0
    this.#own = this.#own.filter((item) => item.message.kind !== 'mail')
  }

  /** Takes out all that waits. */
  drain(): Item[] {
    const items = [...this.#own, ...this.#mail.slice(this.#head)]
    this.#own = []
    this.#mail = []
    this.#head = 0
    return items
  }

  /** One consumer: called when there is something to take. */
  consume(wake: (() => void) | undefined): void {
    this.#wake = wake
    if (wake && this.size > 0) wake()
  }
}
