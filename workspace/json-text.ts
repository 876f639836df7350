// JSON text
//
// Owns:   reading JSON that somebody else wrote, a file or what a program printed.

/** Undefined when it is none. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
