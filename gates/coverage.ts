// Coverage gate
//
// The gate `coverage` for tests: a submission reaches branches of its module that no test reached before, and loses
// none elsewhere.

import { isCoverageTask, type Measurement, type Task } from '../machines/index.ts'
import type { Gate } from './gate.ts'
import { couldNotRun, verdict } from './verdict.ts'

export const coverage: Gate = {
  name: 'coverage',
  judges: 'submission',
  async judge(_parts, { task, before, measurement }) {
    const after = await measurement()
    if (after === undefined) return couldNotRun('coverage', 'the tests did not pass, so nothing was measured')
    return verdict('coverage', [...noGain(task, before, after), ...losses(before, after)])
  },
}

function noGain(task: Task, before: Measurement, after: Measurement): string[] {
  if (!isCoverageTask(task)) return []
  const covered = (of: Measurement) =>
    of.modules.find((module) => module.path === task.module)?.branches.covered ?? 0
  const needed = Math.max(task.before.covered, covered(before))
  if (covered(after) > needed) return []
  return [`${task.module}: ${covered(after)} branches are reached, ${needed} were before`]
}

function losses(before: Measurement, after: Measurement): string[] {
  if (after.branches.covered >= before.branches.covered) return []
  return [`${after.branches.covered} branches are reached in all, ${before.branches.covered} were before`]
}
