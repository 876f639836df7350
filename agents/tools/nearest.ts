// Nearest
//
// Finds the place in a file that is most similar to a missing text, and the differences.
//
// The work is bounded by the sizes of both texts, for any content.

interface Near {
  /** First line, counted from 1. */
  readonly line: number
  readonly lines: readonly string[]
  /** Equal except for spaces and tabs. */
  readonly onlySpacing: boolean
}

const MAX_LINES_COMPARED = 60
const MAX_LINES_SEARCHED = 20_000
const MAX_COMPARISONS = 80_000
const LEAST = 0.4

export function nearest(text: string, wanted: string): Near | undefined {
  const lines = text.split('\n').slice(0, MAX_LINES_SEARCHED)
  const all = wanted.replace(/\n$/, '').split('\n')
  const compared = Math.min(MAX_LINES_COMPARED, Math.ceil(MAX_COMPARISONS / lines.length))
  const sought = all.slice(0, compared).map(fingerprint)
  const prints = lines.map(fingerprint)
  let best = { score: 0, at: 0 }
  for (let at = 0; at < Math.max(1, lines.length - sought.length + 1); at += 1) {
    const score = scoreAt(prints, sought, at)
    if (score > best.score) best = { score, at }
  }
  if (best.score < LEAST) return undefined
  const found = lines.slice(best.at, best.at + all.length)
  const bare = (some: readonly string[]) => some.join('\n').replace(/[ \t\r]+/g, '')
  return { line: best.at + 1, lines: found, onlySpacing: bare(found) === bare(all) }
}

interface Fingerprint {
  readonly text: string
  readonly pairs: ReadonlySet<string>
}

function fingerprint(line: string): Fingerprint {
  const text = line.trim().replace(/\s+/g, ' ').slice(0, 200)
  const pairs = new Set<string>()
  for (let at = 0; at + 1 < text.length; at += 1) pairs.add(text.slice(at, at + 2))
  return { text, pairs }
}

/** Between 0 and 1; longer lines count more, because braces are everywhere. */
function scoreAt(lines: readonly Fingerprint[], sought: readonly Fingerprint[], at: number): number {
  let score = 0
  let weight = 0
  for (const [offset, print] of sought.entries()) {
    const own = 1 + print.text.length
    weight += own
    score += own * likeness(lines[at + offset], print)
  }
  return weight === 0 ? 0 : score / weight
}

function likeness(line: Fingerprint | undefined, sought: Fingerprint): number {
  if (line === undefined) return 0
  if (line.text === sought.text) return 1
  if (line.pairs.size === 0 || sought.pairs.size === 0) return 0
  let common = 0
  for (const pair of sought.pairs) if (line.pairs.has(pair)) common += 1
  return (2 * common) / (line.pairs.size + sought.pairs.size)
}
