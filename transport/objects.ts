// Objects
//
// Owns:   the port for what is too large for mail: named blobs, streamed in and out, checked by their digest.
// Leaves: what is in them (workspace/), when they go (app/).
//
// O1. An object is there whole or not at all; putting another under its name replaces it.
// O2. What comes out is what went in, or reading fails with `damaged`. So only what was read to its end may be used.

/** The content of an object, in chunks of any size. */
export type Bytes = AsyncIterable<Uint8Array> | Iterable<Uint8Array>

/** Named blobs for what is too large for mail. Reading fails with `damaged` when the SHA-256 is not the one that was written. */
export interface Objects {
  /** Rejects with what the source rejects with; what was there before is then still there. */
  put(name: string, bytes: Bytes): Promise<void>
  /** Makes the place for them, if it is not there: who may not make it can then put something. */
  make(): Promise<void>
  /** Undefined when there is none. */
  get(name: string): Promise<AsyncIterable<Uint8Array> | undefined>
  has(name: string): Promise<boolean>
  delete(name: string): Promise<void>
  /** Removes all objects of the system. */
  destroy(): Promise<void>
}
