// In flight
//
// Owns:   how many tasks of a run are under way at once at most.

/** More than there are workers: what is being judged needs none. Nodes that join want work, too. */
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
