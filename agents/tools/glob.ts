// Glob
//
// Matches paths against patterns of a model: `*` and `?` within a name, `**` across folders, `{a,b}`.
//
// The time is at most proportional to the length of pattern times path: no regular expression is built from the
// pattern.

const MAX_ALTERNATIVES = 32

/** Matches whole paths. */
export function globMatcher(pattern: string): (path: string) => boolean {
  const patterns = alternatives(pattern).map(tokensOf)
  return (path) => patterns.some((tokens) => matches(tokens, path))
}

/** The pattern once for each of its alternatives; unchanged when there are too many. */
function alternatives(pattern: string): string[] {
  let all = [pattern]
  for (;;) {
    const next = all.flatMap((each) => {
      const [whole, choices] = /\{([^{}]*)\}/.exec(each) ?? []
      return whole === undefined
        ? [each]
        : (choices ?? '').split(',').map((one) => each.replace(whole, () => one))
    })
    if (next.length > MAX_ALTERNATIVES) return [pattern]
    if (next.length === all.length && next.every((each, at) => each === all[at])) return all
    all = next
  }
}

type Token = string | 'ANY' | 'DEEP' | 'ONE'

function tokensOf(pattern: string): Token[] {
  const parts = pattern.match(/\*\*\/|\*\*|\*|[^*]/g) ?? []
  return parts.map((part) =>
    part.startsWith('**') ? 'DEEP' : part === '*' ? 'ANY' : part === '?' ? 'ONE' : part,
  )
}

/** Tracks the reachable places of the pattern, character by character. */
function matches(tokens: readonly Token[], path: string): boolean {
  let reached = open(tokens, new Set([0]))
  for (const character of path) {
    const next = new Set<number>()
    for (const at of reached) {
      const token = tokens[at]
      if (token === 'DEEP' || (token === 'ANY' && character !== '/')) next.add(at)
      else if (token === character || (token === 'ONE' && character !== '/')) next.add(at + 1)
    }
    reached = open(tokens, next)
    if (reached.size === 0) return false
  }
  return reached.has(tokens.length)
}

/** Stars may match nothing. */
function open(tokens: readonly Token[], reached: Set<number>): Set<number> {
  for (const at of reached) if (tokens[at] === 'DEEP' || tokens[at] === 'ANY') reached.add(at + 1)
  return reached
}
