// Mailbox
//
// Owns:   the queue of one address. It outlives the actor: while the actor restarts, mail waits here.
// Leaves: the limit on mail (transport/ refuses the sender), taking messages (actor.ts).
//
// System messages (exits, outcomes, alarms) go before mail: they must not wait behind a queue that a sender filled.
// Only an exit goes after the mail of the actor that ended, which moves to the front with it.
//
// A message that crashed its actor goes back to the front.

import type { Message, Origin } from '../kernel/index.ts'

export interface MailboxItem {
  readonly message: Message
  /** How often it crashed its actor, over all births of the actor. */
  readonly crashes?: number
  /** Acknowledges: the message is committed or needs no commit, and must not come again. */
  ack(): void
}

export class Mailbox {
  #own: MailboxItem[] = []
  #mail: MailboxItem[] = []
  #head = 0
  #wake: (() => void) | undefined

  get size(): number {
    return this.#own.length + this.#mail.length - this.#head
  }

  push(item: MailboxItem): void {
    if (item.message.kind === 'mail') this.#mail.push(item)
    else this.#own.push(item)
    this.#wake?.()
  }

  /** Adds an exit after the mail of the actor that ended. */
  pushEnd(item: MailboxItem, { address, birth }: Pick<Origin, 'address' | 'birth'>): void {
    const isIts = ({ message }: MailboxItem): boolean =>
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

  putBack(item: MailboxItem): void {
    this.#own.unshift(item)
  }

  shift(): MailboxItem | undefined {
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

  /** Drops system messages for an earlier birth. */
  dropSystemMessages(): void {
    for (const item of this.#own.splice(0))
      if (item.message.kind === 'mail') this.#own.push(item)
      else item.ack()
  }

  /** Drops calls; their callers are answered elsewhere. */
  dropCalls(): void {
    this.#own = this.#own.filter((item) => item.message.kind !== 'call')
  }

  /** Drops mail at the start of a new session, which delivers it again. */
  dropMail(): void {
    this.#mail = []
    this.#head = 0
    this.#own = this.#own.filter((item) => item.message.kind !== 'mail')
  }

  /** Removes and returns all items. */
  drain(): MailboxItem[] {
    const items = [...this.#own, ...this.#mail.slice(this.#head)]
    this.#own = []
    this.#mail = []
    this.#head = 0
    return items
  }

  /** Sets the one consumer, which is called when an item is available. */
  consume(wake: (() => void) | undefined): void {
    this.#wake = wake
    if (wake && this.size > 0) wake()
  }
}
