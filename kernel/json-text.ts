// JSON text
//
// Owns:   reading JSON that somebody else wrote: it is refused when it is nested too deeply, or has too many values.
// Leaves: which fields there must be (each boundary's schema).
//
// J1. No recursive code ever sees a value from outside that is nested deeper than MAX_JSON_DEPTH: a value 150,000 levels
//     deep can be parsed, but writing, comparing or copying it overflows the stack.
// J2. Where a sender is not trusted, the number of values is limited, too: a schema that finds something wrong with each of
//     500,000 values in 1 MB is busy for seconds, and its report is thirty times as long.

/** Levels of arrays and objects; less than what an actor's context may hold (storable.ts). */
export const MAX_JSON_DEPTH = 64

/** Values in what an untrusted sender sends (J2). */
export const MAX_JSON_VALUES = 50_000

/** Throws a SyntaxError when it is no JSON, or nested too deeply (J1), or has more values than that (J2). */
export function parseJson(text: string, maxValues = Number.POSITIVE_INFINITY): unknown {
  if (text.length > 2 * MAX_JSON_DEPTH) {
    const objection = objectionTo(text, maxValues)
    if (objection !== undefined) throw new SyntaxError(objection)
  }
  return JSON.parse(text)
}

/** The same; undefined when it is none. */
export function jsonOf(text: string): unknown {
  try {
    return parseJson(text)
  } catch {
    return undefined
  }
}

export const TOO_DEEP = `it is nested more than ${MAX_JSON_DEPTH} levels deep`

const [QUOTE, BACKSLASH, COMMA] = [34, 92, 44]
const OPENING: ReadonlySet<number> = new Set([91, 123])
const CLOSING: ReadonlySet<number> = new Set([93, 125])

function objectionTo(text: string, maxValues: number): string | undefined {
  let depth = 0
  let values = 1
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) at = endOfString(text, at)
    else if (OPENING.has(code)) {
      depth += 1
      values += 1
      if (depth > MAX_JSON_DEPTH) return TOO_DEEP
    } else if (CLOSING.has(code)) depth -= 1
    else if (code === COMMA) values += 1
  }
  return values > maxValues ? `it has more than ${maxValues} values` : undefined
}

/** Where the string that begins here ends; the end of the text when it does not. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let backslashes = 0
    while (text.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes += 1
    if (backslashes % 2 === 0) return end
  }
  return text.length
}

/** Whether a value that others parsed is nested too deeply (J1). */
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
