// Package version
//
// Versions and ranges of versions, as npm orders and writes them.

import semver from 'semver'

export type PackageVersion = semver.SemVer

/** Null for a text that is no version. */
export function parseVersion(text: string): PackageVersion | null {
  return semver.parse(text, { loose: true })
}

/** The range in its plain form; undefined for a text that is none. */
export function versionRange(text: string): string | undefined {
  return semver.validRange(text) ?? undefined
}

export function isInRange(version: string, range: string): boolean {
  return semver.satisfies(version, range)
}

/** For sorting: the newest first. */
export function newestFirst(one: string, other: string): number {
  return semver.rcompare(one, other)
}
