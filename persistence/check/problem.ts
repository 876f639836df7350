// Problem
//
// Owns:   the type of one problem that a check of a store found.
// Leaves: the checks (check.ts, actor.ts).

/** One problem of a store, with a code for programs and a sentence for people. */
export interface Problem {
  /** An address, or the name of a stored row. */
  readonly where: string
  readonly code: string
  readonly message: string
}
