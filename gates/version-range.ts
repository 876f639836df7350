// Version range
//
// Decides whether an advisory in OSV's format covers a version. Versions are ordered by npm's `semver`.
//
// An unreadable version or boundary counts as covered, so that no advisory is missed. Source:
// https://ossf.github.io/osv-schema/#evaluation

import { type PackageVersion, parseVersion } from '../workspace/index.ts'

interface RangeEvent {
  readonly introduced?: string | undefined
  readonly fixed?: string | undefined
  readonly last_affected?: string | undefined
}

interface AffectedPackage {
  readonly versions: readonly string[]
  readonly ranges: readonly { readonly events: readonly RangeEvent[] }[]
}

export function isAffected(version: string, { versions, ranges }: AffectedPackage): boolean {
  if (versions.includes(version)) return true
  const read = parseVersion(version)
  return ranges.some(({ events }) => events.length > 0 && (read === null || isInside(read, events)))
}

/** Each event opens or closes the range at its version, in the order of versions. */
function isInside(version: PackageVersion, events: readonly RangeEvent[]): boolean {
  let inside = false
  for (const { introduced, fixed, last_affected: last } of events.toSorted(byVersion)) {
    if (introduced !== undefined && (order(version, introduced) ?? 1) >= 0) inside = true
    if (fixed !== undefined && (order(version, fixed) ?? -1) >= 0) inside = false
    if (last !== undefined && (order(version, last) ?? -1) > 0) inside = false
  }
  return inside
}

/** Undefined when the boundary cannot be read. */
function order(version: PackageVersion, boundary: string): number | undefined {
  const read = parseVersion(boundary)
  return read === null ? undefined : version.compare(read)
}

/** `introduced: "0"` and unreadable boundaries come first; a range opens before it closes. */
function byVersion(a: RangeEvent, b: RangeEvent): number {
  const [first, second] = [boundaryOf(a), boundaryOf(b)]
  if (first === null || second === null) return Number(first !== null) - Number(second !== null)
  return first.compare(second) || Number(a.introduced === undefined) - Number(b.introduced === undefined)
}

function boundaryOf({ introduced, fixed, last_affected: last }: RangeEvent): PackageVersion | null {
  return parseVersion(introduced ?? fixed ?? last ?? '')
}
