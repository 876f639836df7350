// Coverage change gate
//
// The gate `coverage` for agents: with the change, the tests still reach as much as before, and they reach the new
// code.

import { z } from 'zod'
import { type Measurement, percent } from '../machines/index.ts'
import type { FileCoverages } from '../workspace/index.ts'
import { changedLines } from './changed-files.ts'
import { limitedGate } from './gate-setting.ts'
import { couldNotRun, verdict } from './verdict.ts'

const percentage = z.number().min(0).max(100)

export const coverageChange = limitedGate({
  name: 'coverage',
  judges: 'submission',
  limits: {
    /** Percentage points of branches that may be lost in total. */
    loss: percentage,
    /** Percent of the statements on changed lines that tests must reach. */
    changed: percentage,
  },
  example: '{ loss: 0.5, changed: 70 } in percent',
  stricter: { loss: 'at_most', changed: 'at_least' },
  policies: {
    no_compromise: { loss: 0, changed: 90 },
    balanced: { loss: 0.5, changed: 70 },
    fast_iteration: { loss: 2, changed: 0 },
  },
  judge:
    (limits) =>
    async ({ clone }, subject) => {
      const [after, map] = [await subject.measurement(), await subject.coverage()]
      if (after === undefined || map === undefined)
        return couldNotRun('coverage', 'the tests did not pass, so nothing was measured')
      const lines = await changedLines(clone, subject.commit)
      return verdict('coverage', [
        ...losses(subject.before, after, limits.loss),
        ...unreached(map, lines, limits.changed),
      ])
    },
})

/** Code that was unreached before and after is no loss, even if the code around it was removed. */
function losses(before: Measurement, after: Measurement, most: number): string[] {
  const missing = ({ branches }: Measurement) => branches.total - branches.covered
  const [was, is] = [percent(before.branches), percent(after.branches)]
  if (was - is <= most || missing(after) <= missing(before)) return []
  return [`${is.toFixed(1)}% of all branches are reached, ${was.toFixed(1)}% were before`]
}

function unreached(
  map: FileCoverages,
  lines: ReadonlyMap<string, ReadonlySet<number>>,
  least: number,
): string[] {
  const statements = [...lines].flatMap(([path, changed]) => {
    const file = map[path]
    return Object.entries(file?.s ?? {}).flatMap(([id, count]) => {
      const line = file?.statementMap[id]?.start.line
      return line !== undefined && changed.has(line) ? [{ path, line, count }] : []
    })
  })
  const missed = statements.filter(({ count }) => count === 0)
  const reached = 100 * (1 - missed.length / Math.max(1, statements.length))
  if (reached >= least) return []
  const places = [...new Set(missed.map(({ path, line }) => `${path}:${line} is reached by no test`))].slice(
    0,
    20,
  )
  return [
    `${reached.toFixed(0)}% of the changed statements are reached by tests; ${least}% are required`,
    ...places,
  ]
}
