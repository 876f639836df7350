// In flight
//
// Owns:   how many tasks of a run are under way at once at most.

/** More than the workers: tasks that are being judged need none, and nodes that join need work. */
export function inFlightOf({
  workers,
  nats,
}: {
  readonly workers: number
  /** Where nodes may come from. */
  readonly nats?: object | undefined
}): number {
  return nats === undefined ? Math.max(2 * workers, 4) : Math.max(4 * workers, 16)
}
