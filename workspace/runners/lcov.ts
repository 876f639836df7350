// Lcov
//
// Reads the coverage reports of other tools (lcov, istanbul's JSON) into one shape, by absolute path.

import { resolve } from 'node:path'
import coverage, { type CoverageMapData, type FileCoverageData } from 'istanbul-lib-coverage'
import type { FileCoverages } from '../coverage.ts'
import { parseReport } from './report-text.ts'

/** A line is a statement; a `BRDA` is an arm of the branch on its line. */
export function readLcov(root: string, text: string): FileCoverages {
  const files: Record<string, FileCoverageData> = {}
  let file: FileCoverageData | undefined
  for (const entry of text.split(/\r?\n/)) {
    const [tag = '', rest = ''] = entry.split(/:(.*)/s)
    if (tag === 'SF') {
      const path = resolve(root, rest)
      file = files[path] ??= { path, statementMap: {}, fnMap: {}, branchMap: {}, s: {}, f: {}, b: {} }
    } else if (file !== undefined && tag === 'DA') addLine(file, rest)
    else if (file !== undefined && tag === 'BRDA') addArm(file, rest)
    else if (tag === 'end_of_record') file = undefined
  }
  return files
}

const placeOf = (line: number) => ({ start: { line, column: 0 }, end: { line, column: 999 } })

function addLine(file: FileCoverageData, entry: string): void {
  const [line = 0, count = 0] = entry.split(',').map(Number)
  file.statementMap[line] = placeOf(line)
  file.s[line] = (file.s[line] ?? 0) + count
}

function addArm(file: FileCoverageData, entry: string): void {
  const [line = '0', block = '0', , taken = '-'] = entry.split(',')
  const id = `${line}.${block}`
  const loc = placeOf(Number(line))
  file.branchMap[id] ??= { loc, type: 'branch', locations: [], line: Number(line) }
  file.branchMap[id].locations.push(loc)
  file.b[id] = [...(file.b[id] ?? []), taken === '-' ? 0 : Number(taken)]
}

export function readIstanbul(root: string, text: string): FileCoverages {
  try {
    const map = coverage.createCoverageMap(parseReport(text) as CoverageMapData)
    const files = map
      .files()
      .map((path) => [resolve(root, path), map.fileCoverageFor(path).toJSON() as FileCoverageData] as const)
    return Object.fromEntries(files)
  } catch {
    return {}
  }
}
