// Arrivals
//
// Owns:   the mail of a child to its parent that is on its way, so that the parent takes it before the child's end.
// Leaves: the mail (routing.ts), the end (outbox.ts).
//
// An exit waits for the mail that its actor sent before it: as in Erlang and XState, signals between two actors keep
// their order. The wait is limited, because mail that an earlier process put aside never arrives.

import type { Address, Origin } from '../kernel/index.ts'
import { within } from '../platform/index.ts'
import type { Clock } from './clock.ts'

/** The mail counters of a child at an address. */
interface ChildArrivals {
  readonly birth: string
  /** The highest number that the stream accepted, and the highest that it delivered. */
  sent: number
  come: number
  wake?: () => void
}

const MAX_WAIT_MS = 1_000

export class Arrivals {
  readonly #clock: Clock
  readonly #lives = new Map<Address, ChildArrivals>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** The stream has accepted this mail. */
  expect(from: Origin, to: Address): void {
    if (!isParent(to, from)) return
    const life = this.#life(from)
    life.sent = Math.max(life.sent, from.number)
  }

  /** This mail was delivered, whether it was taken or refused. */
  note(from: Origin, to: Address): void {
    if (!isParent(to, from)) return
    const life = this.#life(from)
    life.come = Math.max(life.come, from.number)
    if (life.come >= life.sent) life.wake?.()
  }

  /** Resolves when all mail of this child to its parent was delivered. */
  async last({ address, birth }: Pick<Origin, 'address' | 'birth'>): Promise<void> {
    const life = this.#lives.get(address)
    if (life?.birth === birth && life.come < life.sent) {
      const { promise, resolve } = Promise.withResolvers<void>()
      life.wake = resolve
      await within(this.#clock, MAX_WAIT_MS, promise, () => {})
    }
    this.forget(address)
  }

  forget(address: Address): void {
    this.#lives.delete(address)
  }

  #life({ address, birth }: Origin): ChildArrivals {
    const known = this.#lives.get(address)
    if (known?.birth === birth) return known
    const life: ChildArrivals = { birth, sent: 0, come: 0 }
    this.#lives.set(address, life)
    return life
  }
}

function isParent(to: Address, { address }: Origin): boolean {
  return address.length > to.length && address.lastIndexOf('.') === to.length && address.startsWith(to)
}
