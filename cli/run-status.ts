// Run status
//
// Owns:   what `canopy status` is answered: the view of the run folded from its facts, in plain figures.

import type { Fact } from '../machines/index.ts'
import type { Status } from './answers.ts'
import type { Totals } from './progress/output.ts'
import { emptyView, project, taskCounts } from './progress/view.ts'
import type { Settings } from './settings.ts'

export interface RunStatus {
  take(fact: Fact): void
  now(): Status
}

export function runStatus({ repository, workers }: Settings, totals: () => Totals): RunStatus {
  let view = emptyView
  return {
    take(fact) {
      view = project(view, fact, Date.now())
    },
    now() {
      const { milestone, coverage, paused, report } = view
      return {
        state: report ? 'ending' : paused ? 'paused' : 'working',
        repository,
        milestone: milestone?.id ?? null,
        branch: milestone?.branch ?? null,
        goal: milestone?.goal ?? null,
        branches: coverage ?? null,
        tasks: { ...taskCounts(view) },
        workers,
        ...totals(),
      }
    },
  }
}
