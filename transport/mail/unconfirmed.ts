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

export class UnconfirmedMail {
  readonly #own = new Map<string, Letter>()
  readonly #away = new Map<string, Letter>()
  #awayBytes = 0

  add(name: string, letter: Letter): void {
    if (!letter.isAway) {
      if (!this.#own.has(name)) this.#own.set(name, letter)
      return
    }
    this.#away.set(name, letter)
    this.#awayBytes += letter.bytes.length
    for (const [oldest, { bytes }] of this.#away) {
      if (this.#awayBytes <= MAX_AWAY_BYTES) return
      this.#away.delete(oldest)
      this.#awayBytes -= bytes.length
    }
  }

  /** Its receiver has it. */
  confirm(name: string): void {
    this.#own.delete(name)
  }

  /** Nobody will take it: all of a receiver's, or all. */
  forget(isMeant: (subject: string) => boolean): void {
    for (const [name, { subject }] of this.#own) if (isMeant(subject)) this.#own.delete(name)
    for (const [name, { subject, bytes }] of this.#away) {
      if (!isMeant(subject)) continue
      this.#away.delete(name)
      this.#awayBytes -= bytes.length
    }
  }

  /** All of it, in its order; nothing is kept any more. */
  takeAll(): readonly (readonly [name: string, letter: Letter])[] {
    const all = [...this.#own, ...this.#away]
    this.#own.clear()
    this.#away.clear()
    this.#awayBytes = 0
    return all
  }
}
