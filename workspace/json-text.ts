// JSON text
//
// Owns:   reading JSON that somebody else wrote, a file or what a program printed.

import { parseJson } from '../machines/index.ts'

/** Undefined when it is none. */
export function jsonOf(text: string): unknown {
  try {
    return parseJson(text)
  } catch {
    return undefined
  }
}
