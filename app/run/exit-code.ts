// Exit code
//
// Owns:   the exit code that says how a run ended.
// Leaves: what people read of it (cli/report.ts).

import type { RunReport } from '../../machines/index.ts'
import { exitCodes } from '../errors.ts'

export function exitCodeOf(report: RunReport): number {
  switch (report.status) {
    case 'reached':
      return exitCodes.reached
    case 'not_reached':
      return exitCodes.notReached
    case 'refused':
      return exitCodes.badInput
  }
}
