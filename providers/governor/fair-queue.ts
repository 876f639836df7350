// Fair queue
//
// Owns:   the next item: lanes take turns, and a lane is first in, first out.
// Leaves: when the next may go (governor.ts).
//
// Q1. A lane with many waiting gets as many turns as one with a single one: its next turn lies one behind its last.
// Q2. An item put back with its old turn keeps it. No item overtakes the first, so none waits for ever.

export interface QueueEntry<T> {
  readonly turn: number
  readonly number: number
  readonly item: T
}

export class FairQueue<T> {
  readonly #waiting: QueueEntry<T>[] = []
  readonly #lastTurn = new Map<string, number>()
  #served = 0
  #number = 0

  get size(): number {
    return this.#waiting.length
  }

  first(): QueueEntry<T> | undefined {
    return this.#waiting[0]
  }

  add(lane: string, item: T, turn = this.#nextTurn(lane)): QueueEntry<T> {
    this.#number += 1
    const waiting = { turn, number: this.#number, item }
    const behind = this.#waiting.findIndex((each) => each.turn > turn)
    this.#waiting.splice(behind < 0 ? this.#waiting.length : behind, 0, waiting)
    return waiting
  }

  /** It is its turn. */
  take(waiting: QueueEntry<T>): void {
    this.#served = Math.max(this.#served, waiting.turn)
    this.remove(waiting)
    for (const [lane, turn] of this.#lastTurn) if (turn < this.#served) this.#lastTurn.delete(lane)
  }

  has(waiting: QueueEntry<T>): boolean {
    return this.#waiting.includes(waiting)
  }

  remove(waiting: QueueEntry<T>): void {
    const at = this.#waiting.indexOf(waiting)
    if (at >= 0) this.#waiting.splice(at, 1)
  }

  /** Those for whom it holds, taken out. */
  removeAll(holds: (item: T) => boolean): T[] {
    const gone = this.#waiting.filter(({ item }) => holds(item))
    for (const each of gone) this.remove(each)
    return gone.map(({ item }) => item)
  }

  #nextTurn(lane: string): number {
    const turn = Math.max(this.#served, (this.#lastTurn.get(lane) ?? this.#served) + 1)
    this.#lastTurn.set(lane, turn)
    return turn
  }
}
