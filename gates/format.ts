// Format gate
//
// The gate `format`: a change leaves no file unformatted that the repository's own formatter formats. A file that was
// not formatted at the tip does not count.
// Leaves: the formatters (workspace/format.ts); submissions are formatted before they are handed in (format-differences.ts).

import type { FileChange } from '../machines/index.ts'
import { type FormatText, openFormatter } from '../workspace/index.ts'
import type { GateInput } from './gate.ts'
import { optionalGate } from './gate-setting.ts'
import { leftOut, verdict } from './verdict.ts'

/** Files whose formatters run at the same time. */
const AT_ONCE = 4

export const format = optionalGate({
  name: 'format',
  judges: 'tree',
  async judge(parts, subject: GateInput) {
    const { survey, root, signal } = subject
    const formatText = await openFormatter(parts, { survey, root, signal })
    if (formatText === undefined)
      return leftOut('format', 'no formatter is installed that the configuration or a script names')
    const files = await subject.files()
    const findings: string[] = []
    for (let at = 0; at < files.length; at += AT_ONCE) {
      const part = files.slice(at, at + AT_ONCE)
      const isSpoilt = await Promise.all(part.map((change) => losesItsFormat(formatText, change)))
      findings.push(...part.filter((_, index) => isSpoilt[index]).map(({ path }) => complaintAbout(path)))
    }
    return verdict('format', findings)
  },
})

const complaintAbout = (path: string) => `${path} is not formatted as the repository's formatter formats it`

/** Whether a file is not formatted, and was formatted before or is new. */
async function losesItsFormat(formatText: FormatText, { path, before, after }: FileChange): Promise<boolean> {
  if (after === undefined || (await formatText(path, after)) === after) return false
  return before === undefined || (await formatText(path, before)) === before
}
