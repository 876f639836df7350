// Leases in NATS
//
// Owns:   the choice of the bucket for the leases of a system.

import type { Connection } from '../connect-nats.ts'
import { LEASE_TIMES, type Leases, type LeaseTimes } from '../leases.ts'
import { bucketName } from '../subjects.ts'
import { LeaseKeeper } from './keeper.ts'
import { openKvSlots } from './kv-slots.ts'

/** The system of the leases. `times`: `LEASE_TIMES` when absent. */
export interface LeasesOptions {
  readonly connection: Connection
  /** The system's name: letters, digits, `-` and `_`. */
  readonly system: string
  readonly times?: LeaseTimes
  /** The system had leases before: new epochs must be greater than theirs, even if those are gone. */
  readonly isResumed?: boolean
}

/** Opens the leases of a system, and creates their bucket if it is missing. */
export async function openLeases({
  connection,
  system,
  times = LEASE_TIMES,
  isResumed = false,
}: LeasesOptions): Promise<Leases> {
  const bucket = { name: bucketName(system, 'nodes'), times, isResumed }
  return new LeaseKeeper(await openKvSlots(connection, bucket), times)
}
