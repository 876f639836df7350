// Types gate
//
// The gate `types`: the repository's own type check still passes. A type check that leaves out tests counts as well.

import { isCoverageTask } from '../machines/index.ts'
import { runCheck, runTypeCheck, saidAtLast, shell } from '../workspace/index.ts'
import { optionalGate } from './gate-setting.ts'
import { leftOut, verdict } from './verdict.ts'

export const types = optionalGate({
  name: 'types',
  judges: 'tree',
  async judge(parts, { survey, task, root, signal }) {
    const line = survey.commands?.types
    if (line !== undefined) {
      const checked = await runCheck(parts, { survey, root, argv: shell(line), signal })
      const passed = checked.kind === 'ended' && checked.code === 0
      return verdict('types', passed ? [] : [`${line}: ${saidAtLast(checked)}`])
    }
    if (survey.types === undefined)
      return isCoverageTask(task)
        ? verdict('types', [])
        : leftOut('types', 'the repository has no type check that passed at the start')
    const result = await runTypeCheck(parts, { ...survey, types: survey.types, root, signal })
    return verdict('types', result.findings)
  },
})
