// Version range
//
// Owns:   whether a version is one that an advisory is about: OSV's events and lists of versions.

interface Affected {
  readonly versions: readonly string[]
  readonly ranges: readonly {
    readonly events: readonly {
      readonly introduced?: string | undefined
      readonly fixed?: string | undefined
      readonly last_affected?: string | undefined
    }[]
  }[]
}

export function isAffected(version: string, { versions, ranges }: Affected): boolean {
  return versions.includes(version) || ranges.some(({ events }) => isBetween(version, events))
}

/** Events are steps in the order of versions: in from one, out at the next. */
function isBetween(version: string, events: Affected['ranges'][number]['events']): boolean {
  let inside = false
  for (const { introduced, fixed, last_affected: last } of events) {
    if (introduced !== undefined && (introduced === '0' || compare(version, introduced) >= 0)) inside = true
    if (fixed !== undefined && compare(version, fixed) >= 0) inside = false
    if (last !== undefined && compare(version, last) > 0) inside = false
  }
  return inside
}

/** As semver orders them: a pre-release comes before its release. */
export function compare(a: string, b: string): number {
  const [first, second] = [split(a), split(b)]
  for (let at = 0; at < 3; at++) {
    const difference = (first.numbers[at] ?? 0) - (second.numbers[at] ?? 0)
    if (difference !== 0) return difference
  }
  if (first.pre === second.pre) return 0
  if (first.pre === '') return 1
  if (second.pre === '') return -1
  return first.pre.localeCompare(second.pre, 'en', { numeric: true })
}

function split(version: string): { numbers: number[]; pre: string } {
  const [release = '', pre = ''] = version.replace(/\+.*$/, '').split(/-(.*)/s)
  return { numbers: release.split('.').map(Number), pre }
}
