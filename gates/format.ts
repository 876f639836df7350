// Format gate
//
// The gate `format`: a change leaves no file unformatted that the repository's own formatter formats. A file that was
// not formatted at the tip does not count.
// Leaves: the formatters (workspace/format.ts); submissions are formatted before they are handed in (format-differences.ts).

import { openFormatter } from '../workspace/index.ts'
import type { GateInput } from './gate.ts'
import { optionalGate } from './gate-setting.ts'
import { leftOut, verdict } from './verdict.ts'

const MAX_FILES = 200

export const format = optionalGate({
  name: 'format',
  judges: 'tree',
  async judge(parts, subject: GateInput) {
    const { survey, root, signal } = subject
    const formatText = await openFormatter(parts, { survey, root, signal })
    if (formatText === undefined)
      return leftOut('format', 'no formatter is installed that the configuration or a script names')
    const findings: string[] = []
    for (const { path, before, after } of (await subject.files()).slice(0, MAX_FILES)) {
      if (after === undefined || (await formatText(path, after)) === after) continue
      const wasFormatted = before === undefined || (await formatText(path, before)) === before
      if (wasFormatted) findings.push(`${path} is not formatted as the repository's formatter formats it`)
    }
    return verdict('format', findings)
  },
})
