// Failure
//
// Owns:   how a failure is told to people, and which exit code it ends with.
// Leaves: which failures the user can put right (app/errors.ts).

import { UserError } from '../app/index.ts'
import { exitCodes } from './exit-codes.ts'

/** What to print and what to exit with. */
export function tellFailure(error: unknown, logFile?: string): { text: string; exitCode: number } {
  if (error instanceof UserError) {
    return { text: `canopy: ${error.message}\n${error.wayOut}`.trimEnd(), exitCode: exitCodes.badInput }
  }
  const message = error instanceof Error ? error.message : String(error)
  if ((error as NodeJS.ErrnoException | undefined)?.code === 'ENOSPC') {
    return {
      text: `canopy: the disk is full (${message})\nFree some space and run the same command again: it continues from there.`,
      exitCode: exitCodes.badInput,
    }
  }
  const where = logFile === undefined ? '' : ` The log is ${logFile}.`
  const stack = process.env.CANOPY_DEBUG && error instanceof Error ? `\n${error.stack}` : ''
  return {
    text: `canopy: internal error: ${message}\nNothing committed is lost.${where} CANOPY_DEBUG=1 shows the stack.${stack}`,
    exitCode: exitCodes.fault,
  }
}
