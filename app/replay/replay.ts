// Replay
//
// Owns:   running a recorded run once more: a clone of the repository at the commit where it began, a data directory
//         of its own, the same goals, seed and workers, the same order of steps; and what differs at the end.
// Leaves: the run (app/run/), what counts as the same (decisions.ts, compare.ts), the order (order.ts).
//
// Y1. Neither the repository nor the recorded run is changed; what a replay makes goes when it is over.
// Y2. Without an answer that was recorded nothing is decided: the replay ends, and says which it was.

import { existsSync } from 'node:fs'
import { lstat, mkdir, mkdtemp, realpath, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { openStore } from '../../persistence/index.ts'
import { AlteredRecording, governorSettingsSchema, UnrecordedRequest } from '../../providers/index.ts'
import { openUserRepository } from '../../workspace/index.ts'
import { UserError } from '../errors.ts'
import type { RunModels } from '../models/models.ts'
import type { FoundRun } from '../run/find-run.ts'
import type { RunSurroundings } from '../run/opening.ts'
import type { RunOutput } from '../run/output.ts'
import { newestRun, type RunRecord } from '../run/run-directory.ts'
import type { RunSettings } from '../settings/settings.ts'
import { storeKeysFor } from '../store-key/store-key.ts'
import { differences } from './compare.ts'
import { RecordedOrder } from './order.ts'
import type { Replaying } from './replaying.ts'
import { type RunRecording, readRecording } from './run-recording.ts'

export interface RunComparison {
  readonly decisions: number
  readonly branches: number
  /** Empty: it came to the same. */
  readonly differences: readonly string[]
  /** Requests to models that were not quite those that were recorded, and were answered as those were. */
  readonly inexact: readonly string[]
}

export interface ReplayHow {
  /** Every request must be as it was, and each that was recorded must be made. */
  readonly strict: boolean
}

type RunIt = (settings: RunSettings, output: RunOutput, around: RunSurroundings) => Promise<unknown>

/** Runs a recorded run again with `run`. */
export async function replay(
  { dataDirectory, path, record }: FoundRun,
  run: RunIt,
  output: RunOutput,
  around: RunSurroundings,
  { strict }: ReplayHow = { strict: false },
): Promise<RunComparison> {
  const recorded = await recordingToReplay(path, record)
  const folder = await mkdtemp(join(await realpath(dataDirectory), 'replay-'))
  try {
    const repository = await cloneAt(record.repository, recorded.began.start, join(folder, 'repository'))
    const data = join(folder, 'data')
    await mkdir(data)
    const cache = join(dataDirectory, 'dependencies')
    if (existsSync(cache)) await symlink(cache, join(data, 'dependencies'), 'dir')
    const keys = await storeKeysFor(dataDirectory, around.env)
    await using store = await openStore({ directory: join(path, 'store'), keys }).then((opened) => ({
      replies: opened.replies(),
      [Symbol.asyncDispose]: () => opened.close(),
    }))
    const packages = await packagesOf(record, recorded)
    const made = settingsOf(record, recorded, repository, data)
    const settings = packages === undefined ? made : { ...made, packages }
    const order = new RecordedOrder(recorded.steps)
    const { inFlight } = recorded.began
    const { hooked } = recorded
    const given = { replies: store.replies, strict, order, hooked, inFlight }
    const inexact = await carriedOut(given, around.stop, (replay, stop) =>
      run(settings, heard(output, order), { ...around, replay, stop }),
    )
    const again = await newestRun(data)
    const replayed = again && (await readRecording(again.path))
    if (!replayed) throw new Error('the replay recorded nothing')
    const found = differences(recorded, replayed)
    return {
      decisions: recorded.decisions.size,
      branches: recorded.trees.size,
      differences: strict ? [...found, ...inexact] : found,
      inexact,
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Carries it out; throws what stopped it (Y2), else gives what models were asked for that was not quite the same. */
async function carriedOut(
  given: Pick<Replaying, 'replies' | 'strict' | 'order' | 'hooked' | 'inFlight'>,
  stop: AbortSignal,
  carryOut: (replay: Replaying, stop: AbortSignal) => Promise<unknown>,
): Promise<readonly string[]> {
  const end = new AbortController()
  let amiss = async (): Promise<readonly string[]> => []
  const replay: Replaying = {
    ...given,
    stop: (error) => end.abort(error),
    onFinish: (finish) => {
      amiss = finish
    },
  }
  await carryOut(replay, AbortSignal.any([stop, end.signal]))
  if (end.signal.aborted) throw unanswered(end.signal.reason)
  return amiss()
}

function unanswered(error: unknown): unknown {
  if (!(error instanceof UnrecordedRequest || error instanceof AlteredRecording)) return error
  const way = 'Replay a run with the version of Canopy that recorded it, and with its store.'
  return new UserError('not_replayable', error.message, way, { cause: error })
}

function heard(output: RunOutput, order: RecordedOrder): RunOutput {
  return {
    ...output,
    telemetry(fact) {
      order.take(fact)
      output.telemetry(fact)
    },
  }
}

async function recordingToReplay(path: string, record: RunRecord): Promise<RunRecording> {
  const recording = await readRecording(path)
  const begin = "Start a new one with 'canopy run'."
  if (!recording) throw new UserError('not_recorded', `${path} holds no recording of its run`, begin)
  if (!record.over || recording.status === undefined)
    throw new UserError('not_over', 'this run is not finished', "Finish it first: 'canopy run' continues it.")
  const { agents = [] } = recording.began
  if (agents.length > 0)
    throw new UserError(
      'not_replayable',
      `this run used agent commands (${agents.join(', ')}), whose work is not recorded`,
      'Only runs whose agents are all models can be replayed.',
    )
  return recording
}

/** A clone with nothing in it but the history, at the commit. */
async function cloneAt(repository: string, start: string, place: string): Promise<string> {
  try {
    const user = await openUserRepository({ repository, directory: join(place, '../recording') })
    await user.cloneAt(start, place)
  } catch (error) {
    throw new UserError(
      'start_gone',
      `the commit ${start}, where the run started, cannot be checked out from ${repository}`,
      'Check that the repository and its history still exist.',
      { cause: error },
    )
  }
  return place
}

/** Those that were named, or those of the repository that was worked on: the clone has none. */
async function packagesOf({ repository }: RunRecord, { began }: RunRecording): Promise<string | undefined> {
  if (began.packages !== undefined) return began.packages
  const own = join(repository, 'node_modules')
  const stat = await lstat(own).catch(() => undefined)
  return stat?.isDirectory() ? own : undefined
}

function settingsOf(
  { milestones, seed }: RunRecord,
  { began }: RunRecording,
  repository: string,
  dataDirectory: string,
): RunSettings {
  const { gates, commands } = began.said
  return {
    repository,
    sample: false,
    milestones,
    ...(gates && { gates }),
    ...(commands && { commands }),
    budget: began.budget,
    ...(began.models && { models: unasked(began.models) }),
    workers: began.workers,
    dataDirectory,
    json: false,
    sandbox: began.sandbox,
    sync: false,
    seed,
    allowDirty: false,
    allowedDependencies: [],
    backupEvery: 0,
    keepBackups: 1,
  }
}

/** Models as they were, which nobody can ask: their answers are there. */
function unasked({ inUse, models }: NonNullable<RunRecording['began']['models']>): RunModels {
  const governor = governorSettingsSchema.parse({})
  const place = { baseUrl: 'http://127.0.0.1:9', stream: false, governor, key: () => 'none' }
  const spoken = models.flatMap(({ protocol, ...model }) =>
    protocol === 'scripted' ? [] : [{ ...model, ...place, protocol }],
  )
  return { inUse, models: spoken }
}
