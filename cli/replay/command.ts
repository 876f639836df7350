// Replay command
//
// Owns:   what `canopy replay` prints, from checked options to an exit code.
// Leaves: the replay (app/replay/).

import { findRun, type RunComparison, replayRun, type WhichRun } from '../../app/index.ts'
import { exitCodes } from '../exit-codes.ts'
import type { Terminal } from '../terminal.ts'

export interface ReplayOptions extends WhichRun {
  readonly json?: boolean
  readonly strict?: boolean
}

const SHOWN = 20

export async function replayCommand(
  number: string | undefined,
  options: ReplayOptions,
  terminal: Terminal,
): Promise<number> {
  const found = await findRun({ ...options, ...(number !== undefined && { run: number }) }, terminal)
  const { screen, stop, version, env, onRun } = terminal
  const strict = options.strict ?? false
  const comparison = await replayRun(found, { strict }, { env, version, stop, onOpen: onRun })
  screen.write(`${options.json ? JSON.stringify(comparison) : comparisonText(comparison)}\n`)
  return comparison.differences.length === 0 ? exitCodes.reached : exitCodes.notReached
}

function comparisonText({ decisions, branches, differences, inexact }: RunComparison): string {
  if (differences.length === 0) {
    const same = `The same: ${decisions} decisions, and the trees of ${branches} ${branches === 1 ? 'branch' : 'branches'}.`
    if (inexact.length === 0) return same
    return `${same}\n${inexact.length} requests to models differed a little from the recorded ones; --strict and --json show them.`
  }
  const more = differences.length > SHOWN ? [`and ${differences.length - SHOWN} more`] : []
  return [`Not the same, ${differences.length} differences:`, ...differences.slice(0, SHOWN), ...more].join(
    '\n  ',
  )
}
