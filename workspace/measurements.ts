// Measurements
//
// The coverage of a commit's tests; measured once for each tree.
// Leaves: running the tests (measure-commit.ts).

import type { Measurement } from '../machines/index.ts'
import { type TakenArm, takenArms } from './coverage.ts'
import { measureCommit } from './measure-commit.ts'
import { named } from './order-names.ts'
import type { WorkspaceParts } from './parts.ts'
import { surveyAt } from './survey/survey-at.ts'
import { keptSurvey, type SurveyOf } from './survey-record.ts'
import { WorkspaceError } from './workspace-error.ts'

export interface MeasurementRequest {
  readonly survey: SurveyOf
  readonly commit: string
  readonly signal?: AbortSignal | undefined
}

/** Each call throws `WorkspaceError` (`not_measured`) when tests fail or cannot run. */
export interface Measurements {
  /** Coverage of a commit's tests. */
  measure(order: MeasurementRequest): Promise<Measurement>
  /** The branch arms of a module that some test takes. */
  taken(order: MeasurementRequest & { module: string }): Promise<TakenArm[]>
}

const MEASURE_LIMIT_MS = 15 * 60_000

export function openMeasurements(parts: WorkspaceParts): Measurements {
  return {
    measure: async (order) => (await measured(parts, named(order))).measurement,
    taken: async (order) => {
      const file = (await measured(parts, named(order))).kept.coverage[order.module]
      return file === undefined ? [] : takenArms(file)
    },
  }
}

async function measured(parts: WorkspaceParts, { survey, commit, signal }: MeasurementRequest) {
  const measurable = await surveyAt(parts.clone, await keptSurvey(parts.places, survey), commit)
  const outcome = await measureCommit(parts, { measurable, commit, limitMs: MEASURE_LIMIT_MS, signal })
  if (outcome.kind === 'measured') return outcome
  const reason = outcome.kind === 'broken' ? outcome.reason : `${outcome.report.failed} tests fail`
  throw new WorkspaceError('not_measured', `${commit} could not be measured: ${reason}`)
}
