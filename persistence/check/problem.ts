// Problem
//
// Owns:   the form of one thing that a check of a store found wrong.
// Leaves: the checks (check.ts, actor.ts).

/** One thing that is wrong with a store, with a code for programs and a sentence for people. */
export interface Problem {
  /** An address, or the name of a stored row. */
  readonly where: string
  readonly code: string
  readonly message: string
}
