// Well-formed
//
// Owns:   the last look at a request before it leaves: no half of a surrogate pair is in it. JSON.stringify writes a half
//         as an escape, which most servers refuse (400, or 500 in Python) with every later request of the conversation.

/** The same value with U+FFFD in the place of each half; the value itself when there is none. */
export function wellFormed<T>(value: T): T {
  return repaired(value) as T
}

function repaired(value: unknown): unknown {
  if (typeof value === 'string') return value.isWellFormed() ? value : value.toWellFormed()
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) {
    const items = value.map(repaired)
    return items.some((item, at) => item !== value[at]) ? items : value
  }
  const before = Object.entries(value)
  const after = before.map(([name, each]) => [name.toWellFormed(), repaired(each)] as const)
  const isSame = after.every(([name, each], at) => name === before[at]?.[0] && each === before[at]?.[1])
  return isSame ? value : Object.fromEntries(after)
}
