// Objects
//
// Owns:   the port for values too large for mail: named blobs, streamed in and out, checked by their digest.
// Leaves: their contents (workspace/), deleting them (app/).
//
// An object exists whole or not at all; putting another one under its name replaces it.
//
// Reading returns the bytes that were put, or fails with `damaged` at the end. So only an object that was read to
// its end may be used.

/** The content of an object, in chunks of any size. */
export type Bytes = AsyncIterable<Uint8Array> | Iterable<Uint8Array>

/** Named blobs for values too large for mail. Reading fails with `damaged` when the SHA-256 does not match. */
export interface Objects {
  /** Rejects with the error of the source; an earlier object of that name then stays. */
  put(name: string, bytes: Bytes): Promise<void>
  /** Creates the storage for them if it is missing, for a member that may only put. */
  make(): Promise<void>
  /** Undefined when there is no such object. */
  get(name: string): Promise<AsyncIterable<Uint8Array> | undefined>
  has(name: string): Promise<boolean>
  delete(name: string): Promise<void>
  /** Removes all objects of the system. */
  destroy(): Promise<void>
}
