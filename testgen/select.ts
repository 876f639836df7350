// Select
//
// Owns:   the choice of the few cases that become tests: together they take every edge that was found, each adds one.
// Leaves: the numbering of edges (instrument.ts), the cost of a case for its reader (search/search.ts).
//
// R1. Each selected case takes an edge that those before it, and existing tests, do not.
// R2. No target gets more than its share; where small cases would be too many, larger ones that take more edges are
//     preferred.

import type { CaseFinding } from './tasks.ts'

export interface Selection {
  readonly findings: readonly CaseFinding[]
  /** Left out only because its target had its share. */
  readonly surplus: number
}

/** How much more an edge counts than brevity: first small cases, then ever larger ones. */
const GREEDS = [1, 1.6, 2.5, 4]
const EDGES_PER_CASE = 3

export function select(
  findings: readonly CaseFinding[],
  covered: ReadonlySet<number>,
  mostPerTarget: number,
): Selection {
  const shares = sharesOf(findings, mostPerTarget)
  const attempts = GREEDS.map((greed) => selectWith(greed, findings, covered, shares))
  const best = attempts.reduce((one, other) => (other.surplus < one.surplus ? other : one))
  return { ...best, findings: inOrder(best.findings, findings) }
}

/** A function with a hundred branches cannot be shown with a dozen calls. */
function sharesOf(findings: readonly CaseFinding[], mostPerTarget: number): ReadonlyMap<string, number> {
  const reached = new Map<string, Set<number>>()
  for (const { test, edges } of findings)
    reached.set(test.target, new Set([...(reached.get(test.target) ?? []), ...edges]))
  return new Map(
    [...reached].map(([target, edges]) => [
      target,
      Math.max(mostPerTarget, Math.ceil(edges.size / EDGES_PER_CASE)),
    ]),
  )
}

function selectWith(
  greed: number,
  findings: readonly CaseFinding[],
  covered: ReadonlySet<number>,
  shares: ReadonlyMap<string, number>,
): Selection {
  const missing = new Set(findings.flatMap(({ edges }) => edges).filter((edge) => !covered.has(edge)))
  const picked: CaseFinding[] = []
  const counts = new Map<string, number>()
  let rest = [...findings]
  while (missing.size > 0) {
    const best = mostGain(greed, rest, missing)
    if (best === undefined) break
    const { target } = best.test
    const count = (counts.get(target) ?? 0) + 1
    counts.set(target, count)
    rest =
      count === shares.get(target)
        ? rest.filter(({ test }) => test.target !== target)
        : rest.filter((one) => one !== best)
    picked.push(best)
    for (const edge of best.edges) missing.delete(edge)
  }
  return { findings: needed(picked, covered), surplus: missing.size }
}

function mostGain(
  greed: number,
  findings: readonly CaseFinding[],
  missing: ReadonlySet<number>,
): CaseFinding | undefined {
  let best: CaseFinding | undefined
  let bestValue = 0
  for (const finding of findings) {
    const gain = finding.edges.reduce((count, edge) => count + (missing.has(edge) ? 1 : 0), 0)
    const value = gain ** greed / (3 + finding.cost)
    if (value > bestValue) {
      best = finding
      bestValue = value
    }
  }
  return best
}

/** Drops cases that later picks made superfluous. */
function needed(picked: readonly CaseFinding[], covered: ReadonlySet<number>): readonly CaseFinding[] {
  let kept = picked
  for (const finding of [...picked].sort((a, b) => b.cost - a.cost)) {
    const others = new Set(kept.flatMap((one) => (one === finding ? [] : one.edges)))
    if (finding.edges.every((edge) => others.has(edge) || covered.has(edge)))
      kept = kept.filter((one) => one !== finding)
  }
  return kept
}

/** Grouped as the targets were found, light cases before heavy ones. */
function inOrder(picked: readonly CaseFinding[], all: readonly CaseFinding[]): readonly CaseFinding[] {
  const targets = [...new Set(all.map(({ test }) => test.target))]
  return [...picked].sort(
    (a, b) => targets.indexOf(a.test.target) - targets.indexOf(b.test.target) || a.cost - b.cost,
  )
}
