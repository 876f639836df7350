// Select
//
// Owns:   the few cases that are worth a test: together they take every edge that was found, each adds one.
// Leaves: which edges there are (instrument.ts), what a case costs its reader (search/search.ts).
//
// R1. Each selected case takes an edge that those before it, and existing tests, do not.
// R2. No target gets more than its share.

import type { Finding } from './tasks.ts'

export interface Selected {
  readonly findings: readonly Finding[]
  /** Left out only because its target had its share. */
  readonly surplus: number
}

export function select(
  findings: readonly Finding[],
  covered: ReadonlySet<number>,
  mostPerTarget: number,
): Selected {
  const missing = new Set(findings.flatMap(({ edges }) => edges).filter((edge) => !covered.has(edge)))
  const picked: Finding[] = []
  const share = new Map<string, number>()
  const surplus = new Set<Finding>()
  let rest = [...findings]
  while (missing.size > 0) {
    const best = cheapestGain(rest, missing)
    if (best === undefined) break
    rest = rest.filter((finding) => finding !== best)
    const taken = share.get(best.test.target) ?? 0
    if (taken >= mostPerTarget) {
      surplus.add(best)
      continue
    }
    share.set(best.test.target, taken + 1)
    picked.push(best)
    for (const edge of best.edges) missing.delete(edge)
  }
  return { findings: inOrder(needed(picked, covered), findings), surplus: surplus.size }
}

function cheapestGain(findings: readonly Finding[], missing: ReadonlySet<number>): Finding | undefined {
  let best: Finding | undefined
  let bestValue = 0
  for (const finding of findings) {
    const gain = finding.edges.reduce((count, edge) => count + (missing.has(edge) ? 1 : 0), 0)
    const value = gain / (3 + finding.cost)
    if (value > bestValue) {
      best = finding
      bestValue = value
    }
  }
  return best
}

/** Drops what became superfluous through later picks. */
function needed(picked: readonly Finding[], covered: ReadonlySet<number>): readonly Finding[] {
  let kept = picked
  for (const finding of [...picked].sort((a, b) => b.cost - a.cost)) {
    const others = new Set(kept.flatMap((one) => (one === finding ? [] : one.edges)))
    if (finding.edges.every((edge) => others.has(edge) || covered.has(edge)))
      kept = kept.filter((one) => one !== finding)
  }
  return kept
}

/** Grouped as the targets were found, light cases before heavy ones. */
function inOrder(picked: readonly Finding[], all: readonly Finding[]): readonly Finding[] {
  const targets = [...new Set(all.map(({ test }) => test.target))]
  return [...picked].sort(
    (a, b) => targets.indexOf(a.test.target) - targets.indexOf(b.test.target) || a.cost - b.cost,
  )
}
