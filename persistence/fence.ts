// Fence
//
// Owns:   what each actor last committed, also when that is still waiting to be written: its epoch, birth and place
//         in the journal. It admits or refuses the next commit before anything is written.
//
// F1. An older epoch is refused, and so is whoever goes on from a record that was removed (S3).
// F2. A commit goes on exactly from the last one: the journal has no hole and no part is compared with a stranger.

import type { Address } from '../kernel/index.ts'
import type { Commit } from './store.ts'
import { FencedError } from './store-error.ts'

export interface Standing {
  readonly epoch: number
  readonly birth: string
  readonly sequence: number
}

export class Fence {
  readonly #load: (address: Address) => Standing | undefined
  /** Null: its removal waits to be written. */
  readonly #standings = new Map<Address, Standing | null>()

  constructor(load: (address: Address) => Standing | undefined) {
    this.#load = load
  }

  /** Where the actor stands, or undefined for a new one. Throws when the commit may not follow. */
  check(commit: Commit): Standing | undefined {
    const { address, epoch, before } = commit
    const standing = this.#standing(address)
    if (standing && epoch < standing.epoch) throw new FencedError(address, epoch, standing.epoch)
    if (!standing && before && before.sequence > 0) throw new FencedError(address, epoch, undefined)
    checkOrder(commit, standing)
    return standing
  }

  admitted({ address, epoch, after }: Commit): void {
    this.#standings.set(address, { epoch, birth: after.birth, sequence: after.sequence })
  }

  removing(address: Address): void {
    this.#standings.set(address, null)
  }

  removed(address: Address): void {
    if (this.#standings.get(address) === null) this.#standings.delete(address)
  }

  #standing(address: Address): Standing | undefined {
    const known = this.#standings.get(address)
    if (known !== undefined) return known ?? undefined
    const loaded = this.#load(address)
    if (loaded) this.#standings.set(address, loaded)
    return loaded
  }
}

function checkOrder({ address, before, after, entry }: Commit, standing: Standing | undefined): void {
  if (standing && before && (before.birth !== standing.birth || before.sequence !== standing.sequence)) {
    const [base, stored] = [`${before.birth}#${before.sequence}`, `${standing.birth}#${standing.sequence}`]
    throw new Error(`commit of ${address}: it goes on from ${base}, but ${stored} is stored`)
  }
  const last = standing?.birth === after.birth ? standing.sequence : 0
  const next = entry ? last + 1 : last
  if (after.sequence !== next || (entry && entry.sequence !== next)) {
    throw new Error(
      `commit of ${address}: sequence ${after.sequence} instead of ${next} would break its journal`,
    )
  }
}
