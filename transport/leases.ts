// Leases
//
// Owns:   the port for leases: a name has one holder, as long as the holder renews its lease.
// Leaves: the work under the name (app/), the handling of a lost lease (machines/).
//
// A name has at most one holder, and each new one has a greater epoch: its fencing token.
//
// L2. A holder that cannot renew is told so before another can hold the name or see it free.
//
// A dead holder is listed for at most `ttlMs`.

/** Times in milliseconds, each measured by one clock alone, so clocks need not agree. */
export interface LeaseTimes {
  /** A lease that is not renewed expires after this time. */
  readonly ttlMs: number
  /** The time between renewals. */
  readonly renewMs: number
  /** The holder gives up when its last successful renewal was requested so long ago; less than `ttlMs`. */
  readonly giveUpMs: number
}

/** A dead holder is detected within 7 s; a slow one has 5 s to renew. */
export const LEASE_TIMES: LeaseTimes = { ttlMs: 7_000, renewMs: 1_500, giveUpMs: 5_000 }

/**
 * `released`: by its holder. `lost`: it was not renewed in time, or another has it. `removed`: all leases of the system
 * were removed.
 */
export type LeaseEnd = 'released' | 'lost' | 'removed'

/** A name that is held here until `ended` resolves. Its epoch is the fencing token of all writes under the name. */
export interface Lease {
  readonly name: string
  /** Grows with each new holder of a name. */
  readonly epoch: number
  readonly ended: Promise<LeaseEnd>
  /** Frees the name at once, if the server can be reached. */
  release(): Promise<void>
}

/** A lease as others see it. */
export interface LeaseView {
  readonly name: string
  readonly epoch: number
  /** The holder's description of itself. */
  readonly value: unknown
  /** The last renewal: milliseconds since the Unix epoch, on the server's clock. */
  readonly renewed: number
}

/** The result of `acquire`: the lease, or its current holder. */
export type AcquireResult =
  | { readonly kind: 'acquired'; readonly lease: Lease }
  | { readonly kind: 'taken'; readonly holder: LeaseView }

/** Names that have at most one holder each, over all machines. */
export interface Leases {
  /**
   * Rejects with `TransportError` `bad_name` unless the name is letters, digits, `-` and `_`.
   * @param describe the holder's description of itself; called at each renewal.
   */
  acquire(name: string, describe: () => unknown): Promise<AcquireResult>
  /** The current leases. Rejects when they cannot be read: no holder may then be treated as dead. */
  list(): Promise<readonly LeaseView[]>
  /** Removes all leases; their holders end with `removed`. */
  destroy(): Promise<void>
  /** Releases the leases acquired here. */
  close(): Promise<void>
}
