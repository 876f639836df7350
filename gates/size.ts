// Size gate
//
// The gate `size`: a change is small enough to read, in files and in lines added and removed. Generated files (lock
// files, snapshots) do not count.

import { z } from 'zod'
import { countLines } from './changed-files.ts'
import { limitedGate } from './gate-setting.ts'
import { verdict } from './verdict.ts'

const WRITTEN_BY_PROGRAMS =
  /(^|\/)(package-lock\.json|npm-shrinkwrap\.json|pnpm-lock\.yaml|yarn\.lock)$|\.snap$/

export const size = limitedGate({
  name: 'size',
  judges: 'submission',
  first: true,
  limits: { files: z.int().positive(), lines: z.int().positive() },
  example: '{ files: 40, lines: 1500 }',
  stricter: { files: 'at_most', lines: 'at_most' },
  policies: {
    no_compromise: { files: 20, lines: 600 },
    balanced: { files: 40, lines: 1500 },
    fast_iteration: { files: 80, lines: 4000 },
  },
  judge:
    ({ files, lines }) =>
    async ({ clone }, { commit }) => {
      const counted = [...(await countLines(clone, commit))].filter(
        ([path]) => !WRITTEN_BY_PROGRAMS.test(path),
      )
      const sum = counted.reduce((total, [, count]) => total + count, 0)
      const findings: string[] = []
      if (counted.length > files)
        findings.push(`${counted.length} files are changed, more than ${files}; do it in smaller steps`)
      if (sum > lines) findings.push(`${sum} lines are changed, more than ${lines}; do it in smaller steps`)
      return verdict('size', findings)
    },
})
