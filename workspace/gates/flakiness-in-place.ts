// Flakiness in place
//
// Owns:   that the tests an agent wrote or changed pass again where they are, shuffled and under other clocks.
// Leaves: new files of a known name, which are copied and run more often (flakiness.ts).

import { isTestFile } from '../survey/modules.ts'
import { withWorktree } from '../worktree.ts'
import { problemsIn, ROUNDS } from './flakiness.ts'
import type { Gate } from './gate.ts'
import { leftOut, verdict } from './verdict.ts'

const WORKTREE = 'integration-rounds'

export const flakinessInPlace: Gate = {
  name: 'flakiness',
  async judge(parts, subject) {
    const { survey, commit, signal, changes } = subject
    const files = changes
      .filter(({ path, status }) => status !== 'D' && isTestFile(path))
      .map(({ path }) => path)
    if (files.length === 0) return leftOut('flakiness', 'no test is changed')
    const order = { ...survey, name: WORKTREE, commit, signal }
    return withWorktree(parts, order, async ({ path: root }) => {
      const findings: string[] = []
      for (const round of ROUNDS)
        findings.push(...(await problemsIn(parts, subject, { ...round, root, files })))
      return verdict('flakiness', findings)
    })
  },
}
