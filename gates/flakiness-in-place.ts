// Flakiness in place
//
// The gate `flakiness` for agents: the tests that an agent wrote or changed pass again in their place, shuffled and
// under other clocks.
// Leaves: new files of a known name, which are copied and run more often (flakiness.ts).

import { freshTrees } from '../workspace/index.ts'
import { filesThatRan } from './changed-tests.ts'
import { problemsIn, ROUNDS } from './flakiness.ts'
import { optionalGate } from './gate-setting.ts'
import { couldNotRun, leftOut, verdict } from './verdict.ts'

const WORKTREE = 'integration-rounds'

export const flakinessInPlace = optionalGate(
  {
    name: 'flakiness',
    judges: 'submission',
    async judge(parts, subject) {
      const { survey, commit, signal, changes } = subject
      const suite = await subject.suite()
      if (suite.kind === 'broken') return couldNotRun('flakiness', 'the tests did not run')
      const changed = changes.filter(({ status }) => status !== 'D').map(({ path }) => path)
      const files = filesThatRan(suite.report.tests, changed)
      if (files.length === 0) return leftOut('flakiness', 'no test is changed')
      const order = { ...survey, name: WORKTREE, commit, signal }
      const findings: string[] = []
      const rounds = [...ROUNDS]
      for await (const root of freshTrees(parts, order, ROUNDS.length)) {
        const [round] = rounds.splice(0, 1)
        if (round) findings.push(...(await problemsIn(parts, subject, { ...round, root, files })))
      }
      return verdict('flakiness', findings)
    },
  },
  ['fast_iteration'],
)
