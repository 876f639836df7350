// Analysis
//
// Owns:   what this room's parsers offer to the workspace, in one object.

import { parseProblem } from './parse-problem.ts'

/** The parsers behind the workspace's tools and gates. */
export const analysis = { parseProblem }
