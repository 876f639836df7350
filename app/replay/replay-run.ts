// Replay run
//
// Owns:   replaying a stored run with the program's own run, without output; what it tells goes to the log.
// Leaves: the replay (replay.ts), printing the comparison (cli/replay/).

import { createRedactor } from '../../machines/index.ts'
import { openLog } from '../logs/write.ts'
import { secretsOf } from '../redaction/secrets.ts'
import type { FoundRun } from '../run/find-run.ts'
import type { RunOutput } from '../run/output.ts'
import { run } from '../run/run.ts'
import type { HostEnvironment } from '../settings/data-directory.ts'
import { type ReplayHow, type RunComparison, replay } from './replay.ts'

interface ReplaySurroundings {
  readonly env: HostEnvironment['env']
  readonly version: string
  /** Aborted when the user wants an end. */
  readonly stop: AbortSignal
  /** Called once the log is open; `close` may be called at any time, also twice. */
  onOpen(open: { readonly logFile: string; close(): void }): void
}

/** Fails with a UserError when the run is not over or cannot be replayed. */
export async function replayRun(
  found: FoundRun,
  how: ReplayHow,
  { env, version, stop, onOpen }: ReplaySurroundings,
): Promise<RunComparison> {
  const secrets = await secretsOf({ env, repository: found.record.repository })
  const log = openLog(found.dataDirectory, () => {}, createRedactor(secrets))
  onOpen({ logFile: log.file, close: () => log.close() })
  const quiet: RunOutput = {
    telemetry: (fact) => log.telemetry(fact),
    notice: (sentence) => log.logger.info(sentence),
    finish: () => {},
    close: () => {},
  }
  try {
    return await replay(found, run, quiet, { log, stop, version, env, secrets }, how)
  } finally {
    log.close()
  }
}
