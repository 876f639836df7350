// Post
//
// Owns:   passing mail to the transport, in order for each sender and receiver, and again while the mailbox of the
//         receiver is full.
// Leaves: storing mail (the outbox keeps an entry until it is accepted or given up), recognising duplicates (the
//         receiver's record).
//
// Each sender has one message under way to each receiver, with all mail that waited when it was sent: the stream takes
// all of it or none, so mail that has to wait for room is not overtaken. Mail of one step is sent together.
//
// Mail is given up when it has waited too long, or when too much waits.

import type { ActorRecord, Address, Effect, Fact } from '../../kernel/index.ts'
import type { Envelope, Mail } from '../../transport/index.ts'
import type { Clock } from '../clock.ts'
import { FullMailboxes, type WaitingQueue } from './full-mailboxes.ts'

type MailEffect = Effect & { kind: 'mail' }

export interface MailPosterOptions {
  readonly mail: Mail
  readonly clock: Clock
  /** Milliseconds for which mail is sent again to a full mailbox. */
  readonly resendForMs: number
  /** A number in [0, 1). */
  random(): number
  tell(fact: Fact): void
}

interface QueuedMail {
  readonly key: string
  readonly envelope: Envelope
  /** `elapsedMs` of the full mailboxes when it was to be sent first. */
  readonly since: number
  accepted(): void
  refused(reason: string): void
}

/** The mail of one sender to one receiver; the first of it is under way or waits for room. */
interface MailQueue extends WaitingQueue {
  readonly from: Address
  /** How much of it is sent together. */
  together: number
  readonly mails: Map<string, QueuedMail>
  readonly emptied: PromiseWithResolvers<void>
}

/** The most mail of one sender that waits for one full mailbox. */
const MAX_WAITING = 1_000
/** The most mail that the transport takes together. */
const MAX_TOGETHER = 64
const FULL = 'mailbox_full'

export class MailPoster {
  readonly #options: MailPosterOptions
  /** By sender and receiver; a queue without mail is removed. */
  readonly #queues = new Map<Address, Map<Address, MailQueue>>()
  readonly #full: FullMailboxes<MailQueue>
  /** Senders that are being removed: their mail waits for no room. */
  readonly #leaving = new Set<Address>()
  #stopped = false

  constructor(options: MailPosterOptions) {
    this.#options = options
    const { clock, random, tell } = options
    this.#full = new FullMailboxes({ clock, random, tell, retry: (queue) => this.#publish(queue) })
  }

  /**
   * Calls `accepted` when the stream has it, or `refused` with the reason when it is given up or can never be delivered.
   * Calls neither when the mail was closed, and ignores mail that is under way already.
   */
  send(
    sender: Pick<ActorRecord, 'address' | 'birth'>,
    key: string,
    effect: MailEffect,
    accepted: () => void,
    refused: (reason: string) => void,
  ): void {
    const { to } = effect
    const queue = this.#queue(sender.address, to)
    const { mails } = queue
    if (mails.has(key)) return
    if (mails.size >= MAX_WAITING && this.#full.has(to)) return queueMicrotask(() => refused(FULL))
    const since = this.#full.elapsedMs
    mails.set(key, { key, envelope: envelope(sender, effect), since, accepted, refused })
    if (mails.size === 1) queueMicrotask(() => this.#begin(queue))
  }

  /** Whether all mail of this sender was accepted or given up. */
  isDone(from: Address): boolean {
    return !this.#queues.has(from)
  }

  /** Resolves when all mail of this sender is accepted or given up: to `to`, or else to all actors that are not below it. */
  async sent(from: Address, to?: Address): Promise<void> {
    const isMeant = (queue: MailQueue): boolean =>
      to === undefined ? queue.to !== from && !queue.to.startsWith(`${from}.`) : queue.to === to
    await this.#emptied(from, isMeant)
  }

  /** Gives up the mail of this sender that a full mailbox does not take; resolves when none is left. */
  async leave(from: Address): Promise<void> {
    this.#leaving.add(from)
    for (const { to } of [...(this.#queues.get(from)?.values() ?? [])]) this.#giveUp(to)
    await this.#emptied(from, () => true)
    this.#leaving.delete(from)
  }

  /** Sends nothing more. */
  stop(): void {
    this.#stopped = true
    this.#full.stop()
  }

  /** Called when the step that sent the first mail of a queue has sent all its mail. */
  #begin(queue: MailQueue): void {
    if (queue.mails.size === 0) return
    if (!this.#full.has(queue.to)) return this.#publish(queue)
    this.#full.wait(queue)
    if (this.#leaving.has(queue.from)) this.#giveUp(queue.to)
  }

  #publish(queue: MailQueue): void {
    const sent = [...queue.mails.values()].slice(0, queue.together)
    const [first] = sent
    if (this.#stopped || !first) return
    const mail = sent.length === 1 ? first.envelope : sent.map(({ envelope }) => envelope)
    this.#options.mail.publish(mail).then(
      (receipt) => {
        if (receipt === 'refused') return this.#refused(queue)
        queue.together = Math.min(2 * queue.together, MAX_TOGETHER)
        for (const each of sent) this.#remove(queue, each)
        for (const each of sent) each.accepted()
        this.#goOn(queue, true)
      },
      (error: { code?: unknown }) => {
        // The mail is closed: the outbox still has the entries, and the next start sends them.
        if (error.code === 'closed') return
        if (sent.length > 1) return this.#publishLess(queue, sent.length)
        this.#remove(queue, first)
        first.refused(String(error.code ?? error))
        this.#goOn(queue, false)
      },
    )
  }

  /** Some of the mail cannot be sent, or all of it together is too large: sends the first half. */
  #publishLess(queue: MailQueue, sent: number): void {
    queue.together = Math.floor(sent / 2)
    this.#publish(queue)
  }

  #refused(queue: MailQueue): void {
    if (this.#stopped) return
    this.#full.refused(queue)
    this.#giveUp(queue.to)
  }

  #goOn(queue: MailQueue, isAccepted: boolean): void {
    const { to, mails } = queue
    if (!this.#full.has(to)) return this.#publish(queue)
    if (mails.size > 0) this.#full.wait(queue)
    if (isAccepted) this.#full.accepted(to)
    else this.#full.goOn(to)
  }

  /** Gives up the mail that waited too long for this mailbox. */
  #giveUp(to: Address): void {
    const oldest = this.#full.elapsedMs - this.#options.resendForMs
    for (const queue of [...this.#full.waiting(to)]) {
      for (const next of [...queue.mails.values()]) {
        if (next.since > oldest && !this.#leaving.has(queue.from)) break
        this.#remove(queue, next)
        next.refused(FULL)
      }
    }
  }

  #queue(from: Address, to: Address): MailQueue {
    const queues = this.#queues.get(from) ?? new Map<Address, MailQueue>()
    const queue = queues.get(to) ?? {
      from,
      to,
      together: MAX_TOGETHER,
      mails: new Map(),
      emptied: Promise.withResolvers<void>(),
    }
    this.#queues.set(from, queues.set(to, queue))
    return queue
  }

  #remove(queue: MailQueue, { key }: QueuedMail): void {
    const { from, to, mails, emptied } = queue
    mails.delete(key)
    if (mails.size > 0) return
    const queues = this.#queues.get(from)
    queues?.delete(to)
    if (queues?.size === 0) this.#queues.delete(from)
    this.#full.drop(queue)
    emptied.resolve()
  }

  async #emptied(from: Address, isMeant: (queue: MailQueue) => boolean): Promise<void> {
    for (;;) {
      const queue = [...(this.#queues.get(from)?.values() ?? [])].find(isMeant)
      if (!queue) return
      await queue.emptied.promise
    }
  }
}

function envelope({ address, birth }: Pick<ActorRecord, 'address' | 'birth'>, effect: MailEffect): Envelope {
  const { to, number, event } = effect
  return { id: `${address}/${birth}/${number}@${to}`, to, from: { address, birth, number }, event }
}
