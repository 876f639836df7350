// Casts
//
// Owns:   the casts of a case: parts that the compiler would refuse without them.
// Leaves: choosing them (conform.ts), writing them (write-case.ts).

/** Casts that one test needs. */
export interface Casts {
  /** Arguments, as `step:argument`, whose callbacks name their types, or that are cast away. */
  readonly annotated: ReadonlySet<string>
  readonly cast: ReadonlySet<string>
  /** Steps whose callee takes anything. */
  readonly calls: ReadonlySet<number>
  /** Readings of fields that the types do not have. */
  readonly readings: ReadonlySet<number>
}

export const noCasts: Casts = {
  annotated: new Set(),
  cast: new Set(),
  calls: new Set(),
  readings: new Set(),
}
