// Logged output
//
// Owns:   what a run tells, to the log and to its output, without secrets.
// Leaves: which secrets there are (app/redaction/), the log (app/logs/), the forms (cli/progress/).
//
// G1. Neither can hold up a run: what the output throws is told to the log.

import { createRedactor, type Redactor } from '../../machines/index.ts'
import { openLog, type RunLog } from '../logs/write.ts'
import { secretsOf } from '../redaction/secrets.ts'
import type { HostEnvironment } from '../settings/data-directory.ts'
import type { RunSettings } from '../settings/settings.ts'
import type { RunOutput } from './output.ts'

interface LoggedOutput {
  readonly output: RunOutput
  readonly log: RunLog
  readonly secrets: readonly string[]
  /** Leaves the output whole and the log complete; may be called twice. */
  close(): void
}

export async function openLoggedOutput(
  settings: RunSettings,
  output: RunOutput,
  env: HostEnvironment['env'],
): Promise<LoggedOutput> {
  const secrets = await secretsOf({ ...settings, env })
  const redactor = createRedactor(secrets)
  const onFailure = (error: Error): void => output.notice(`the log cannot be written: ${error.message}`)
  const log = openLog(settings.dataDirectory, onFailure, redactor)
  return {
    output: redacting(both(output, log), redactor),
    log,
    secrets,
    close() {
      output.close()
      log.close()
    },
  }
}

/** Facts are also made of what people send, which no invocation returned. */
function redacting(output: RunOutput, redactor: Redactor): RunOutput {
  return {
    telemetry: (fact) => output.telemetry(redactor.value(fact)),
    notice: (sentence) => output.notice(redactor.text(sentence)),
    finish: (ending, totals) => output.finish(ending, totals),
    close: () => output.close(),
  }
}

/** What the output is told, the log is told too (G1). */
function both(output: RunOutput, log: RunLog): RunOutput {
  const quietly = (tell: () => void): void => {
    try {
      tell()
    } catch (error) {
      log.logger.warn({ error }, 'the progress cannot be shown')
    }
  }
  return {
    telemetry(fact) {
      quietly(() => log.telemetry(fact))
      quietly(() => output.telemetry(fact))
    },
    notice(sentence) {
      log.logger.info(sentence)
      quietly(() => output.notice(sentence))
    },
    finish: (ending, totals) => output.finish(ending, totals),
    close: () => output.close(),
  }
}
