// Leases
//
// Owns:   the port through which a name is held by one holder at a time, for as long as that renews it.
// Leaves: what is done under the name (app/), what its loss means to the work (machines/).
//
// L1. A name has at most one holder, and each new one has a greater epoch: its fencing token.
// L2. Whoever cannot renew hears of it before anybody else can hold the name or see it free.
// L3. A holder that dies is no longer listed `ttlMs` later at most.

/** How long things take; all are counted by the clock of one side alone, so no two clocks have to agree. */
export interface LeaseTimes {
  /** Without a renewal a lease is gone after this. */
  readonly ttlMs: number
  /** It is renewed this often. */
  readonly renewMs: number
  /** The holder gives it up when its last renewal was asked for so long ago; less than `ttlMs`. */
  readonly giveUpMs: number
}

/** The death of a holder is seen within 7 seconds; one that is only slow has 5 to come back. */
export const LEASE_TIMES: LeaseTimes = { ttlMs: 7_000, renewMs: 1_500, giveUpMs: 5_000 }

/**
 * `released`: by its holder. `lost`: it could not be renewed in time, or somebody else has it.
 * `removed`: all leases were, with their system.
 */
export type LeaseEnd = 'released' | 'lost' | 'removed'

/** A name that is held here until `ended` resolves. Its epoch is the fencing token of all that is written under the name. */
export interface Lease {
  readonly name: string
  /** Grows from holder to holder of a name. */
  readonly epoch: number
  readonly ended: Promise<LeaseEnd>
  /** Others see it free at once, if they can be reached. */
  release(): Promise<void>
}

/** A lease as others see it. */
export interface Held {
  readonly name: string
  readonly epoch: number
  /** What its holder says of itself. */
  readonly value: unknown
  /** When it was last renewed: milliseconds since the Unix epoch, on the clock of whoever keeps the leases. */
  readonly renewed: number
}

/** What came of asking for a lease: the lease, or the holder that has it. */
export type Acquired =
  | { readonly kind: 'acquired'; readonly lease: Lease }
  | { readonly kind: 'taken'; readonly holder: Held }

/** Names that have at most one holder each, over all machines. */
export interface Leases {
  /**
   * Rejects with `TransportError` `bad_name` when the name is none: letters, digits, `-` and `_`.
   * @param describe what the holder says of itself; asked at each renewal.
   */
  acquire(name: string, describe: () => unknown): Promise<Acquired>
  /** Who holds what now. Rejects when that cannot be found out: nobody is to be taken for gone then. */
  list(): Promise<readonly Held[]>
  /** Removes all leases; their holders hear `removed`. */
  destroy(): Promise<void>
  /** Releases what was acquired here. */
  close(): Promise<void>
}
