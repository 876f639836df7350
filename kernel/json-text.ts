// JSON text
//
// Owns:   parsing JSON from outside, with limits on its nesting and its number of values.
// Leaves: checking the fields (the schema of each boundary).
//
// J1. Code after this parser never sees a value nested deeper than MAX_JSON_DEPTH. JSON.parse accepts 150,000 levels,
//     but writing, comparing or copying such a value overflows the stack.
// J2. JSON of an untrusted sender has at most MAX_JSON_VALUES values. A schema that reports an error for each of
//     500,000 values in 1 MB takes seconds, and its report is thirty times as long as the input.

/** The most levels of arrays and objects; fewer than an actor's context may have (storable.ts). */
export const MAX_JSON_DEPTH = 64

/** The most values in JSON of an untrusted sender (J2). */
export const MAX_JSON_VALUES = 50_000

/** Throws a SyntaxError when the text is not JSON, is nested too deeply (J1), or has more than `maxValues` values (J2). */
export function parseJson(text: string, maxValues = Number.POSITIVE_INFINITY): unknown {
  // A shorter text has no place for so many levels or values.
  if (text.length > Math.min(2 * MAX_JSON_DEPTH, maxValues)) {
    const objection = objectionTo(text, maxValues)
    if (objection !== undefined) throw new SyntaxError(objection)
  }
  return JSON.parse(text)
}

/** Like `parseJson`, but returns undefined where that throws. */
export function jsonOf(text: string): unknown {
  try {
    return parseJson(text)
  } catch {
    return undefined
  }
}

/** The error for JSON with more than `MAX_JSON_DEPTH` levels. */
export const TOO_DEEP = `it is nested more than ${MAX_JSON_DEPTH} levels deep`

const [QUOTE, BACKSLASH, COMMA] = [34, 92, 44]
const OPENING: ReadonlySet<number> = new Set([91, 123])
const CLOSING: ReadonlySet<number> = new Set([93, 125])
const SPACES: ReadonlySet<number> = new Set([9, 10, 13, 32])

function objectionTo(text: string, maxValues: number): string | undefined {
  let depth = 0
  let values = 1
  let isEmpty = false
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (SPACES.has(code)) continue
    if (code === QUOTE) at = endOfString(text, at)
    else if (OPENING.has(code)) {
      depth += 1
      values += 1
      if (depth > MAX_JSON_DEPTH) return TOO_DEEP
    } else if (CLOSING.has(code)) {
      depth -= 1
      // An opening counts its first element, too.
      if (isEmpty) values -= 1
    } else if (code === COMMA) values += 1
    isEmpty = OPENING.has(code)
  }
  return values > maxValues ? `it has more than ${maxValues} values` : undefined
}

/** The index after the string that begins at `start`; the end of the text when the string is not closed. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let backslashes = 0
    while (text.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes += 1
    if (backslashes % 2 === 0) return end
  }
  return text.length
}

/** Whether an already parsed value is nested too deeply (J1). */
export function isTooDeep(value: unknown): boolean {
  let containers = [value].filter(isContainer)
  for (let depth = 0; containers.length > 0; depth += 1) {
    if (depth === MAX_JSON_DEPTH) return true
    containers = containers.flatMap((each) => Object.values(each).filter(isContainer))
  }
  return false
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
