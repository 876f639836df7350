// Coverage
//
// Folds a coverage map into counts by module, and finds the branches that tests take.

import { relative } from 'node:path'
import coverage, { type FileCoverageData } from 'istanbul-lib-coverage'
import type { Count, ModuleCoverage } from '../machines/index.ts'

/** Coverage of files by path, as runners write it. */
export type FileCoverages = Readonly<Record<string, FileCoverageData>>

/** The map with paths relative to the root, for these modules only; an entry without the places it needs is left out. */
export function relativeTo(root: string, map: FileCoverages, modules: readonly string[]): FileCoverages {
  const wanted = new Set(modules)
  const entries = Object.entries(map).map(
    ([path, file]) => [relative(root, path).replaceAll('\\', '/'), file] as const,
  )
  return Object.fromEntries(
    entries
      .filter(([path, file]) => wanted.has(path) && isSound(file))
      .map(([path, file]) => [path, plain(path, file)]),
  )
}

/** Instrumenters leave out a place that they cannot map. */
function isSound(file: FileCoverageData): boolean {
  try {
    coverage.createFileCoverage(file).toSummary()
    return Object.values(file.branchMap).every(({ loc, locations }) => loc.start && locations.every(Boolean))
  } catch {
    return false
  }
}

function plain(path: string, file: FileCoverageData): FileCoverageData {
  const { statementMap, fnMap, branchMap, s, f, b } = file
  return { path, statementMap, fnMap, branchMap, s, f, b }
}

export function countModules(map: FileCoverages, modules: readonly string[]): ModuleCoverage[] {
  return modules.map((path) => {
    const file = map[path]
    if (file === undefined)
      return { path, branches: { covered: 0, total: 0 }, statements: { covered: 0, total: 0 } }
    const { branches, statements } = coverage.createFileCoverage(file).toSummary()
    return { path, branches: count(branches), statements: count(statements) }
  })
}

/** Coverage reached in either map, of files that are the same in both. */
export function union(one: FileCoverages, other: FileCoverages): FileCoverages {
  const map = coverage.createCoverageMap(structuredClone(one))
  map.merge(structuredClone(other))
  return JSON.parse(JSON.stringify(map))
}

function count(total: { covered: number; total: number }): Count {
  return { covered: total.covered, total: total.total }
}

export function sum(counts: readonly Count[]): Count {
  return counts.reduce((all, one) => ({ covered: all.covered + one.covered, total: all.total + one.total }), {
    covered: 0,
    total: 0,
  })
}

/** An arm that some test takes: where its branch begins, and the arm's index. */
export interface TakenArm {
  readonly line: number
  readonly column: number
  readonly arm: number
}

export function takenArms(file: FileCoverageData): TakenArm[] {
  return Object.entries(file.b).flatMap(([id, hits]) => {
    const start = file.branchMap[id]?.loc.start
    if (start === undefined) return []
    return hits.flatMap((times, arm) => (times > 0 ? [{ line: start.line, column: start.column, arm }] : []))
  })
}
