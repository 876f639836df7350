// Replay command
//
// Owns:   `canopy replay`: the run, the output, the exit code.

import {
  findRun,
  openLog,
  type RunComparison,
  type RunOutput,
  replay,
  run,
  secretsOf,
  type WhichRun,
} from '../../app/index.ts'
import { createRedactor } from '../../machines/index.ts'
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
  const { screen, stop, version, env } = terminal
  const secrets = await secretsOf({ env, repository: found.record.repository })
  const log = openLog(found.dataDirectory, () => {}, createRedactor(secrets))
  terminal.onRun({ logFile: log.file, close: () => log.close() })
  const quiet: RunOutput = {
    telemetry: (fact) => log.telemetry(fact),
    notice: (sentence) => log.logger.info(sentence),
    finish: () => {},
    close: () => {},
  }
  try {
    const replayed = await replay(
      found,
      run,
      quiet,
      { log, stop, version, env, secrets },
      { strict: options.strict ?? false },
    )
    screen.write(`${options.json ? JSON.stringify(replayed) : told(replayed)}\n`)
    return replayed.differences.length === 0 ? exitCodes.reached : exitCodes.notReached
  } finally {
    log.close()
  }
}

function told({ decisions, branches, differences, inexact }: RunComparison): string {
  if (differences.length === 0) {
    const same = `The same: ${decisions} decisions, and the trees of ${branches} ${branches === 1 ? 'branch' : 'branches'}.`
    if (inexact.length === 0) return same
    return `${same}\n${inexact.length} of the requests to models were not quite those of then; --strict shows how, --json too.`
  }
  const more = differences.length > SHOWN ? [`and ${differences.length - SHOWN} more`] : []
  return [`Not the same, ${differences.length} differences:`, ...differences.slice(0, SHOWN), ...more].join(
    '\n  ',
  )
}
