// Exit codes
//
// Owns:   the exit codes, and which one says how a run ended.
// Leaves: what people read of it (report.ts), failures (failure.ts).

import type { RunEnding } from '../app/index.ts'
import type { RunReport } from '../machines/index.ts'

/** 0, 1 and 3 are answers of a run; the others say that there is none. 70 is EX_SOFTWARE of sysexits.h. */
export const exitCodes = {
  reached: 0,
  notReached: 1,
  badInput: 2,
  notDelivered: 3,
  fault: 70,
  interrupted: 130,
} as const

export function exitCodeOf(report: RunReport): number {
  switch (report.status) {
    case 'reached':
      return exitCodes.reached
    case 'not_delivered':
      return exitCodes.notDelivered
    case 'not_reached':
      return exitCodes.notReached
    case 'refused':
      return exitCodes.badInput
  }
}

/** A run that was told to stop has not reached its goal. */
export function exitCodeOfRun(ending: RunEnding): number {
  return ending.kind === 'interrupted' ? exitCodes.notReached : exitCodeOf(ending.report)
}
