// JSON output
//
// Owns:   one JSON object a line for each fact worth it; the last one is `run.finished`.
//
// J1. Every line has `time` (ISO 8601) and `type`; what a machine said has its fields beside them and its `actor`.
// J2. `run.finished` comes once and last: the machine's own is held back until the run is over.

import {
  emptyView,
  project,
  type RunEnding,
  type RunOutput,
  type RunView,
  type Totals,
  taskCounts,
} from '../../app/index.ts'
import { type Count, percent, type RunFact } from '../../machines/index.ts'
import type { OutputOptions } from './screen.ts'

/** Facts of every step would drown the others; `canopy logs` has them. */
const QUIET: ReadonlySet<string> = new Set([
  'actor.stepped',
  'effect.started',
  'model.started',
  'model.replied',
  'run.finished',
])

export function jsonOutput({ screen, now }: OutputOptions): RunOutput {
  const began = now()
  let view: RunView = emptyView
  const line = (type: string, fields: object): void => {
    screen.write(`${JSON.stringify({ time: new Date(now()).toISOString(), type, ...fields })}\n`)
  }
  return {
    telemetry(fact: RunFact) {
      view = project(view, fact, now())
      const { type, ...fields } = fact.type === 'emitted' ? { actor: fact.address, ...fact.event } : fact
      const asked = fact.type === 'control.answered' && !fact.changes
      if (!QUIET.has(type) && !asked) line(type, fields)
    },
    notice: (sentence) => line('notice', { sentence }),
    finish(ending, totals) {
      const known = { restarts: view.restarts, seconds: (now() - began) / 1000, ...totals }
      line('run.finished', lastWord(ending, view, known))
    },
    close() {},
  }
}

function lastWord(ending: RunEnding, view: RunView, totals: Totals): object {
  const figures = { restarts: totals.restarts, seconds: round(totals.seconds) }
  if (ending.kind === 'interrupted') {
    const { merged, failed } = taskCounts(view)
    return {
      status: 'interrupted',
      branch: view.milestone?.branch ?? null,
      tasks: { done: merged, failed },
      commits: view.commits,
      coverage: view.coverage ? beforeAfter(view.coverage.before, view.coverage.now) : null,
      ...figures,
    }
  }
  const { report } = ending
  const modules = report.coverage?.modules ?? []
  return {
    status: report.status,
    branch: report.branch,
    ...(ending.clone !== undefined && { clone: ending.clone }),
    tasks: report.tasks,
    commits: report.commits.length,
    deliveries: report.deliveries,
    coverage: report.coverage
      ? beforeAfter(report.coverage.branches.before, report.coverage.branches.after)
      : null,
    ...figures,
    modules: modules.map(({ path, before, after }) => ({ path, ...beforeAfter(before, after) })),
    milestones: report.milestones,
    failures: report.failures,
    reasons: report.reasons,
  }
}

/** Percent of branches. */
function beforeAfter(before: Count, after: Count): { before: number; after: number } {
  return { before: round(percent(before)), after: round(percent(after)) }
}

/** Down, so that 90 is never written before it is reached. */
function round(value: number): number {
  return Math.floor(value * 100 + 1e-9) / 100
}
