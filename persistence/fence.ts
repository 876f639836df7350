// Fence
//
// Owns:   each actor's last commit (epoch, birth, journal sequence), also while it waits to be written. It admits or
//         refuses the next commit before anything is written.
//
// A commit with an older epoch is refused, and so is one that goes on from a removed record (S3).
//
// A commit must follow directly on the last one: the journal has no gap, and parts are compared with the right record.

import type { Address } from '../kernel/index.ts'
import type { Commit } from './store.ts'
import { FencedError } from './store-error.ts'

export interface CommitPosition {
  readonly epoch: number
  readonly birth: string
  readonly sequence: number
}

export class Fence {
  readonly #load: (address: Address) => CommitPosition | undefined
  /** Null: the actor's removal waits to be written. */
  readonly #standings = new Map<Address, CommitPosition | null>()

  constructor(load: (address: Address) => CommitPosition | undefined) {
    this.#load = load
  }

  /** The actor's position; undefined for a new actor. Throws when the commit may not follow. */
  check(commit: Commit): CommitPosition | undefined {
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

  #standing(address: Address): CommitPosition | undefined {
    const known = this.#standings.get(address)
    if (known !== undefined) return known ?? undefined
    const loaded = this.#load(address)
    if (loaded) this.#standings.set(address, loaded)
    return loaded
  }
}

function checkOrder({ address, before, after, entry }: Commit, standing: CommitPosition | undefined): void {
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
