// Slots
//
// Owns:   the storage interface of leases: a value under a name that expires, and that is written only with its
//         revision.

/** A value with its revision, and when it was written: milliseconds since the Unix epoch. */
export interface Slot {
  readonly text: string
  readonly revision: number
  readonly written: number
}

/** The result of a write: the new revision. `stale`: the slot has another revision. `gone`: the bucket does not exist. */
export type SlotWriteResult = number | 'stale' | 'gone'

/** The storage of leases: values that expire, each written only with its current revision. */
export interface Slots {
  /** Writes if the name is free. */
  create(name: string, text: string): Promise<SlotWriteResult>
  update(name: string, text: string, revision: number): Promise<SlotWriteResult>
  read(name: string): Promise<Slot | undefined>
  remove(name: string, revision: number): Promise<void>
  names(): Promise<readonly string[]>
  destroy(): Promise<void>
}
