// Screen
//
// Owns:   what a run is shown on, and what its forms are told.
// Leaves: which form is used (output.ts).

/** The part of a stream that is needed: `process.stdout`, or a list in a test. */
export interface Screen {
  readonly isTTY?: boolean
  readonly columns?: number
  readonly rows?: number
  write(text: string): unknown
}

export interface OutputOptions {
  readonly screen: Screen
  readonly env: Readonly<Record<string, string | undefined>>
  readonly json: boolean
  readonly repository: string
  readonly now: () => number
}
