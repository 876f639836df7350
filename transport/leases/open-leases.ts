// Leases in NATS
//
// Owns:   which bucket holds the leases of a system.

import type { Connection } from '../connect-nats.ts'
import { LEASE_TIMES, type Leases, type LeaseTimes } from '../leases.ts'
import { bucketName } from '../subjects.ts'
import { LeaseKeeper } from './keeper.ts'
import { openKvSlots } from './kv-slots.ts'

export interface LeasesOptions {
  readonly connection: Connection
  /** The system's name: letters, digits, `-` and `_`. */
  readonly system: string
  readonly times?: LeaseTimes
}

/** Opens the leases of a system, and makes their bucket if there is none. */
export async function openLeases({
  connection,
  system,
  times = LEASE_TIMES,
}: LeasesOptions): Promise<Leases> {
  return new LeaseKeeper(await openKvSlots(connection, bucketName(system, 'nodes'), times.ttlMs), times)
}
