// Analysis
//
// Owns:   the port to whoever can parse source: what the tools and gates of this room ask about it.
// Leaves: the parsers (providers/analysis/), handing them in (cli/).
//
// A1. Nothing of the repository is run to answer, and no answer is thrown: source that nobody can read is `undefined`.

export interface Analysis {
  /** Why the source cannot be parsed, with line and column; undefined when it can, or when nobody here reads the language. */
  parseProblem(path: string, source: string): string | undefined
}

/** For those who have no parser at hand: it objects to nothing. */
export const NO_ANALYSIS: Analysis = { parseProblem: () => undefined }
