// Slots
//
// Owns:   what leases need of whoever keeps them: a value under a name that goes by itself, written only by whoever
//         knows its revision.

/** A value with its revision, and when it was written: milliseconds since the Unix epoch. */
export interface Slot {
  readonly text: string
  readonly revision: number
  readonly written: number
}

/** What came of a write. `stale`: the revision is another one. `gone`: there is nothing to write to any more. */
export type Written = number | 'stale' | 'gone'

/** Where leases are kept: values that expire, each written only by whoever knows its revision. */
export interface Slots {
  /** Writes where nothing is. */
  create(name: string, text: string): Promise<Written>
  update(name: string, text: string, revision: number): Promise<Written>
  read(name: string): Promise<Slot | undefined>
  remove(name: string, revision: number): Promise<void>
  names(): Promise<readonly string[]>
  destroy(): Promise<void>
}
