// Unreadable row
//
// Owns:   the error of a stored row whose key or text is damaged or foreign.

/** A row does not hold a value of the expected shape. */
export class UnreadableRow extends Error {
  readonly code = 'UNREADABLE_ROW'

  constructor(key: string, reason: string, cause?: unknown) {
    super(`unreadable value under '${key}': ${reason}`, { cause })
  }
}
