// Post
//
// Owns:   passing mail to the transport: from each sender to each receiver one at a time, in order, and again while the
//         mailbox of the receiver is full.
// Leaves: storing mail (the outbox keeps an entry until it is accepted or given up), recognising duplicates (the
//         receiver's record).
//
// The next mail of a sender to a receiver is sent when the stream has accepted the one before: a mail that has to wait
// for room is not overtaken.
//
// Mail is given up when it has waited too long, or when too much waits.

import type { ActorRecord, Address, Effect, Fact } from '../../kernel/index.ts'
import type { Envelope, Mail } from '../../transport/index.ts'
import type { Clock } from '../clock.ts'
import { FullMailboxes, type Waiting } from './full-mailboxes.ts'

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

interface Letter {
  readonly key: string
  readonly envelope: Envelope
  /** `elapsedMs` of the full mailboxes when it was to be sent first. */
  readonly since: number
  accepted(): void
  refused(reason: string): void
}

/** The mail of one sender to one receiver; the first is under way or waits for room. */
interface Lane extends Waiting {
  readonly from: Address
  readonly letters: Map<string, Letter>
  readonly emptied: PromiseWithResolvers<void>
}

/** The most mail of one sender that waits for one full mailbox. */
const MAX_WAITING = 1_000
const FULL = 'mailbox_full'

export class MailPoster {
  readonly #options: MailPosterOptions
  /** By sender and receiver; a lane without mail is removed. */
  readonly #lanes = new Map<Address, Map<Address, Lane>>()
  readonly #full: FullMailboxes<Lane>
  /** Senders that are being removed: their mail waits for no room. */
  readonly #leaving = new Set<Address>()
  #stopped = false

  constructor(options: MailPosterOptions) {
    this.#options = options
    const { clock, random, tell } = options
    this.#full = new FullMailboxes({ clock, random, tell, retry: (lane) => this.#publish(lane) })
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
    const lane = this.#lane(sender.address, to)
    const { letters } = lane
    if (letters.has(key)) return
    if (letters.size >= MAX_WAITING && this.#full.has(to)) return queueMicrotask(() => refused(FULL))
    const since = this.#full.elapsedMs
    letters.set(key, { key, envelope: envelope(sender, effect), since, accepted, refused })
    if (letters.size > 1) return
    if (this.#full.has(to)) this.#full.wait(lane)
    else this.#publish(lane)
  }

  /** Whether all mail of this sender was accepted or given up. */
  isDone(from: Address): boolean {
    return !this.#lanes.has(from)
  }

  /** Resolves when all mail of this sender is accepted or given up: to `to`, or else to all actors that are not below it. */
  async sent(from: Address, to?: Address): Promise<void> {
    const isMeant = (lane: Lane): boolean =>
      to === undefined ? lane.to !== from && !lane.to.startsWith(`${from}.`) : lane.to === to
    await this.#emptied(from, isMeant)
  }

  /** Gives up the mail of this sender that a full mailbox does not take; resolves when none is left. */
  async leave(from: Address): Promise<void> {
    this.#leaving.add(from)
    for (const { to } of [...(this.#lanes.get(from)?.values() ?? [])]) this.#giveUp(to)
    await this.#emptied(from, () => true)
    this.#leaving.delete(from)
  }

  /** Sends nothing more. */
  stop(): void {
    this.#stopped = true
    this.#full.stop()
  }

  #publish(lane: Lane): void {
    const [letter] = lane.letters.values()
    if (this.#stopped || !letter) return
    this.#options.mail.publish(letter.envelope).then(
      (receipt) => {
        if (receipt === 'refused') return this.#refused(lane)
        this.#remove(lane, letter)
        letter.accepted()
        this.#goOn(lane, true)
      },
      (error: { code?: unknown }) => {
        // The mail is closed: the outbox still has the entry, and the next start sends it.
        if (error.code === 'closed') return
        this.#remove(lane, letter)
        letter.refused(String(error.code ?? error))
        this.#goOn(lane, false)
      },
    )
  }

  #refused(lane: Lane): void {
    if (this.#stopped) return
    this.#full.refused(lane)
    this.#giveUp(lane.to)
  }

  #goOn(lane: Lane, isAccepted: boolean): void {
    const { to, letters } = lane
    if (!this.#full.has(to)) return this.#publish(lane)
    if (letters.size > 0) this.#full.wait(lane)
    if (isAccepted) this.#full.accepted(to)
    else this.#full.goOn(to)
  }

  /** Gives up the mail that waited too long for this mailbox. */
  #giveUp(to: Address): void {
    const oldest = this.#full.elapsedMs - this.#options.resendForMs
    for (const lane of [...this.#full.waiting(to)]) {
      for (const letter of [...lane.letters.values()]) {
        if (letter.since > oldest && !this.#leaving.has(lane.from)) break
        this.#remove(lane, letter)
        letter.refused(FULL)
      }
    }
  }

  #lane(from: Address, to: Address): Lane {
    const lanes = this.#lanes.get(from) ?? new Map<Address, Lane>()
    const lane = lanes.get(to) ?? { from, to, letters: new Map(), emptied: Promise.withResolvers<void>() }
    this.#lanes.set(from, lanes.set(to, lane))
    return lane
  }

  #remove(lane: Lane, { key }: Letter): void {
    const { from, to, letters, emptied } = lane
    letters.delete(key)
    if (letters.size > 0) return
    const lanes = this.#lanes.get(from)
    lanes?.delete(to)
    if (lanes?.size === 0) this.#lanes.delete(from)
    this.#full.drop(lane)
    emptied.resolve()
  }

  async #emptied(from: Address, isMeant: (lane: Lane) => boolean): Promise<void> {
    for (;;) {
      const lane = [...(this.#lanes.get(from)?.values() ?? [])].find(isMeant)
      if (!lane) return
      await lane.emptied.promise
    }
  }
}

function envelope({ address, birth }: Pick<ActorRecord, 'address' | 'birth'>, effect: MailEffect): Envelope {
  const { to, number, event } = effect
  return { id: `${address}/${birth}/${number}@${to}`, to, from: { address, birth, number }, event }
}
