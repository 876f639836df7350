// Unconfirmed mail
//
// Owns:   the mail that would be lost with the stream: accepted by it, or delivered from it, and not taken by its receiver
//         as far as is known here.
//
// U1. Mail of the own unit is kept until its receiver has taken it. When that of another unit is taken is not known here:
//     the newest is kept, up to MAX_AWAY_BYTES. Whoever gets it again knows it again (machines/place.ts).

export interface Letter {
  readonly subject: string
  readonly bytes: Uint8Array
  /** As its header carries it. */
  readonly id: string
  /** Of another unit. */
  readonly isAway: boolean
}

const MAX_AWAY_BYTES = 16 * 1024 * 1024

/** By their sequence in the stream: all mail passes here. */
export class UnconfirmedMail {
  readonly #own = new Map<number, Letter>()
  readonly #away = new Map<number, Letter>()
  #awayBytes = 0

  add(sequence: number, letter: Letter): void {
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

  /** Its receiver has it. */
  confirm(sequence: number): void {
    this.#own.delete(sequence)
  }

  /** Nobody will take it: all of a receiver's, or all. */
  forget(isMeant: (subject: string) => boolean): void {
    for (const [sequence, { subject }] of this.#own) if (isMeant(subject)) this.#own.delete(sequence)
    for (const [sequence, { subject, bytes }] of this.#away) {
      if (!isMeant(subject)) continue
      this.#away.delete(sequence)
      this.#awayBytes -= bytes.length
    }
  }

  /** All of it, in its order; nothing is kept any more. */
  takeAll(): readonly Letter[] {
    const all = [...this.#own, ...this.#away]
      .sort(([one], [other]) => one - other)
      .map(([, letter]) => letter)
    this.#own.clear()
    this.#away.clear()
    this.#awayBytes = 0
    return all
  }
}
