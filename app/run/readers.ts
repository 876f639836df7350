// Readers
//
// Owns:   who is told the facts of a run: the screen, the totals over all its processes, its status for those who ask, the
//         recording that it can be replayed from, what reviews found, the forecast of what models take.
// Leaves: what each makes of them.
//
// R1. A reader never stops a run: what goes wrong with one is told to the log.

import type { ActorView } from '../../actors/index.ts'
import type { ActorRecord } from '../../kernel/index.ts'
import type { RunFact, RunReport } from '../../machines/index.ts'
import type { Metadata } from '../../persistence/index.ts'
import { openForecast } from '../budget/forecast.ts'
import type { HookedChanges } from '../hooks/hooked-changes.ts'
import type { RunLog } from '../logs/write.ts'
import type { RecordedStep } from '../replay/order.ts'
import { recordRun } from '../replay/run-recording.ts'
import { recordReviews } from '../review/record.ts'
import type { RunSettings } from '../settings/settings.ts'
import { standingAfter, standingBefore } from '../status/model-standing.ts'
import { runStatus } from '../status/run-status.ts'
import type { Status } from '../status/status-answer.ts'
import type { RunOutput, Totals } from './output.ts'
import type { RunDirectory } from './run-directory.ts'

interface ReadersOptions {
  readonly store: Metadata
  readonly directory: RunDirectory
  readonly settings: RunSettings
  readonly output: RunOutput
  readonly log: RunLog
  readonly version: string
}

export interface Readers {
  take(fact: RunFact): void
  /** Told of the steps that a replay takes in the same order. */
  step(step: RecordedStep): void
  /** Told what the hook before a merge said: a replay says it again. */
  hooked(verdict: HookedChanges): void
  totals(): Totals
  /** How far the run is, in JSON. */
  status(actors: readonly ActorView[], records?: readonly ActorRecord[]): Status
  /** The run is over. */
  end(report: RunReport): Promise<void>
  close(): Promise<void>
}

const TOTALS = 'totals'
const STANDING = 'models'
const TOTALS_EVERY_MS = 2_000

export async function openReaders(options: ReadersOptions): Promise<Readers> {
  const { store, directory, settings, output, log, version } = options
  const worry = (reader: string) => (error: unknown) => log.logger.warn({ error }, reader)
  const tally = await openTally(store, directory, worry('totals'))
  let standing = standingBefore(await store.readMeta(STANDING))
  const status = runStatus(
    settings,
    () => tally.totals(),
    () => standing,
  )
  const stand = (fact: RunFact): void => {
    const before = standing
    standing = standingAfter(standing, fact)
    if (standing !== before) void store.writeMeta(STANDING, standing).catch(worry('models'))
  }
  const recording = await recordRun(directory, settings, worry('recording'))
  const reviews = recordReviews({ path: directory.path, version, onError: worry('reviews') })
  const forecast =
    settings.models &&
    (await openForecast({
      store,
      dataDirectory: settings.dataDirectory,
      price: settings.models.inUse.coding.price,
      say: (sentence) => output.notice(sentence),
      onError: worry('forecast'),
    }))
  const told: readonly (readonly [reader: string, read: (fact: RunFact) => void])[] = [
    ['totals', tally.count],
    ['models', stand],
    ['status', status.take],
    ['recording', recording.take],
    ['reviews', reviews.take],
    ['forecast', (fact) => forecast?.take(fact)],
    ['output', output.telemetry],
  ]
  /** R1. */
  const quietly = (reader: string, read: () => void): void => {
    try {
      read()
    } catch (error) {
      worry(reader)(error)
    }
  }
  return {
    totals: tally.totals,
    status: (actors, records) => status.now(actors, records),
    step: (step) => recording.step(step),
    hooked: (verdict) => recording.hooked(verdict),
    end(report) {
      reviews.end(report)
      return recording.end(report)
    },
    take(fact) {
      for (const [reader, read] of told) quietly(reader, () => read(fact))
    },
    async close() {
      await forecast?.close()
      await tally.close()
    },
  }
}

/** What only the whole run knows, over all its processes. */
async function openTally(store: Metadata, { resumed }: RunDirectory, onError: (error: unknown) => void) {
  const before = ((await store.readMeta(TOTALS)) ?? { restarts: 0, seconds: 0 }) as Totals
  const began = performance.now()
  // A process that goes on where another one died is a restart, too.
  let restarts = before.restarts + (resumed ? 1 : 0)
  const totals = (): Totals => ({ restarts, seconds: before.seconds + (performance.now() - began) / 1000 })
  const write = (): Promise<void> => store.writeMeta(TOTALS, totals()).catch(onError)
  const timer = setInterval(write, TOTALS_EVERY_MS)
  return {
    totals,
    count(fact: RunFact): void {
      if (fact.type === 'actor.restarted') restarts += 1
    },
    async close(): Promise<void> {
      clearInterval(timer)
      await write()
    },
  }
}
