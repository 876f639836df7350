// Same
//
// Owns:   telling whether a case showed the same again.
//
// R1. Values are compared, not their bytes: V8 may keep the same number or list in two forms.

import { isDeepStrictEqual } from 'node:util'
import type { CaseOutcome, Observation } from './outcome.ts'

export function sameObservation(expected: Observation, actual: Observation): boolean {
  return isDeepStrictEqual(comparable(expected.outcome), comparable(actual.outcome, expected.outcome))
}

/** The words of an error count only where they were meant to be asserted. */
function comparable(outcome: CaseOutcome, as: CaseOutcome = outcome): unknown {
  if (outcome.kind !== 'threw' || as.kind !== 'threw') return outcome
  if (as.thrown.message !== undefined) return outcome
  const { message: _message, ...rest } = outcome.thrown
  return { ...outcome, thrown: { ...rest, fields: as.thrown.fields } }
}
