// Arrivals
//
// Owns:   knowing which mail of a child to its parent is on its way, so that its end is not heard before its last words.
// Leaves: the mail (routing.ts), the end (outbox.ts).
//
// V1. An end waits for the mail that its actor sent before it, as in Erlang and XState: signals from one to another
//     keep their order. Not for ever: what was put aside in an earlier process comes no more.

import type { Address, Origin } from '../kernel/index.ts'
import type { Clock } from './clock.ts'

/** Of the child that lives at an address, with its parent. */
interface Life {
  readonly birth: string
  /** The last number that the stream took, and the last that came out of it. */
  sent: number
  come: number
  wake?: () => void
}

const LONGEST_MS = 1_000

export class Arrivals {
  readonly #clock: Clock
  readonly #lives = new Map<Address, Life>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** The stream has taken this mail. */
  expect(from: Origin, to: Address): void {
    if (!isParent(to, from)) return
    const life = this.#life(from)
    life.sent = Math.max(life.sent, from.number)
  }

  /** This mail has come, whatever becomes of it. */
  note(from: Origin, to: Address): void {
    if (!isParent(to, from)) return
    const life = this.#life(from)
    life.come = Math.max(life.come, from.number)
    if (life.come >= life.sent) life.wake?.()
  }

  /** Resolves when all that this child sent to its parent has come. */
  async last({ address, birth }: Pick<Origin, 'address' | 'birth'>): Promise<void> {
    const life = this.#lives.get(address)
    if (life?.birth === birth && life.come < life.sent) {
      await new Promise<void>((resolve) => {
        const cancel = this.#clock.after(LONGEST_MS, resolve)
        life.wake = () => {
          cancel()
          resolve()
        }
      })
    }
    this.forget(address)
  }

  forget(address: Address): void {
    this.#lives.delete(address)
  }

  #life({ address, birth }: Origin): Life {
    const known = this.#lives.get(address)
    if (known?.birth === birth) return known
    const life: Life = { birth, sent: 0, come: 0 }
    this.#lives.set(address, life)
    return life
  }
}

function isParent(to: Address, { address }: Origin): boolean {
  return address.length > to.length && address.lastIndexOf('.') === to.length && address.startsWith(to)
}
