// Unconfirmed mail
//
// Owns:   the mail that would be lost with the stream: accepted by the stream or delivered from it, and not known to be
//         taken by its receiver.
//
// Mail to the own unit is kept until its receiver has taken it. For mail to other units that is unknown here, so the
// newest is kept, up to MAX_AWAY_BYTES. A receiver recognises duplicates (kernel/step/mail-position.ts).

export interface StreamMessage {
  readonly subject: string
  readonly bytes: Uint8Array
  /** The id in its header. */
  readonly id: string
  /** Whether its receiver is in another unit. */
  readonly isAway: boolean
}

const MAX_AWAY_BYTES = 16 * 1024 * 1024

/** By stream sequence: all mail passes here. */
export class UnconfirmedMail {
  readonly #own = new Map<number, StreamMessage>()
  readonly #away = new Map<number, StreamMessage>()
  #awayBytes = 0

  add(sequence: number, letter: StreamMessage): void {
    if (!letter.isAway) {
      if (!this.#own.has(sequence)) this.#own.set(sequence, letter)
      return
    }
    this.#away.set(sequence, letter)
    this.#awayBytes += letter.bytes.length
    for (const [oldest, { bytes }] of this.#away) {
      if (this.#awayBytes <= MAX_AWAY_BYTES) return
      this.#away.delete(oldest)
      this.#awayBytes -= bytes.length
    }
  }

  /** Its receiver has taken it. */
  confirm(sequence: number): void {
    this.#own.delete(sequence)
  }

  /** Drops mail of these subjects, which was purged. */
  forget(isMeant: (subject: string) => boolean): void {
    for (const [sequence, { subject }] of this.#own) if (isMeant(subject)) this.#own.delete(sequence)
    for (const [sequence, { subject, bytes }] of this.#away) {
      if (!isMeant(subject)) continue
      this.#away.delete(sequence)
      this.#awayBytes -= bytes.length
    }
  }

  /** Returns all mail in order, and forgets it. */
  takeAll(): readonly StreamMessage[] {
    const all = [...this.#own, ...this.#away]
      .sort(([one], [other]) => one - other)
      .map(([, letter]) => letter)
    this.#own.clear()
    this.#away.clear()
    this.#awayBytes = 0
    return all
  }
}
