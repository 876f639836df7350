// Measure commit
//
// Measures a commit in a worktree of its own, unless its tree was measured before or is being measured.

import type { Measurement } from '../machines/index.ts'
import { withKeyLock } from './keyed-mutex.ts'
import { type KeptMeasurement, keepMeasurement, keptMeasurement, type Measurable } from './measure.ts'
import type { WorkspaceParts } from './parts.ts'
import type { SuiteReport } from './runners/runner.ts'
import { runSuite } from './suite.ts'
import { withWorktree } from './worktree.ts'

export interface MeasureOrder {
  readonly measurable: Measurable
  readonly commit: string
  readonly limitMs: number
  readonly signal?: AbortSignal | undefined
}

export type MeasuredTree =
  | { readonly kind: 'measured'; readonly measurement: Measurement; readonly kept: KeptMeasurement }
  | { readonly kind: 'failed'; readonly report: SuiteReport }
  | { readonly kind: 'broken'; readonly reason: string }

export async function measureCommit(parts: WorkspaceParts, order: MeasureOrder): Promise<MeasuredTree> {
  const { measurable } = order
  const { tree } = await parts.clone.describe(order.commit)
  const kept = await keptMeasurement(parts.places, measurable, tree)
  if (kept !== undefined) return { kind: 'measured', measurement: kept.measurement, kept }
  const name = `measure-${tree.slice(0, 16)}`
  // A second caller for the same tree waits and then finds the measurement.
  return withKeyLock(`${parts.places.root} ${name}`, () =>
    measureNow(parts, order, { name, tree, commit: order.commit }),
  )
}

async function measureNow(
  parts: WorkspaceParts,
  { measurable, signal, limitMs }: MeasureOrder,
  { name, tree, commit }: { name: string; tree: string; commit: string },
): Promise<MeasuredTree> {
  const kept = await keptMeasurement(parts.places, measurable, tree)
  if (kept !== undefined) return { kind: 'measured', measurement: kept.measurement, kept }
  return withWorktree(parts, { ...measurable, name, commit, signal }, async ({ path: root }) => {
    const order = { ...measurable, root, timeoutMs: limitMs, signal }
    const outcome = await runSuite(parts.sandbox, parts.places, order)
    if (outcome.kind === 'broken') return outcome
    if (!outcome.report.success) return { kind: 'failed', report: outcome.report }
    const now = await keepMeasurement(parts.places, measurable, { ...outcome, tree, root })
    return { kind: 'measured', measurement: now.measurement, kept: now }
  })
}
