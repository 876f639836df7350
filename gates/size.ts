// Size gate
//
// The gate `size`: a change is small enough to read, in files and in lines added and removed. Generated files (lock
// files, snapshots) do not count.

import { countLines } from './changed-files.ts'
import type { Gate } from './gate.ts'
import { verdict } from './verdict.ts'

export interface SizeLimits {
  readonly files: number
  readonly lines: number
}

const WRITTEN_BY_PROGRAMS =
  /(^|\/)(package-lock\.json|npm-shrinkwrap\.json|pnpm-lock\.yaml|yarn\.lock)$|\.snap$/

export const sizeWithin = ({ files, lines }: SizeLimits): Gate => ({
  name: 'size',
  judges: 'submission',
  first: true,
  async judge({ clone }, { commit }) {
    const counted = [...(await countLines(clone, commit))].filter(([path]) => !WRITTEN_BY_PROGRAMS.test(path))
    const sum = counted.reduce((total, [, count]) => total + count, 0)
    const findings: string[] = []
    if (counted.length > files)
      findings.push(`${counted.length} files are changed, more than ${files}; do it in smaller steps`)
    if (sum > lines) findings.push(`${sum} lines are changed, more than ${lines}; do it in smaller steps`)
    return verdict('size', findings)
  },
})
