// Run directory
//
// Owns:   which run a data directory is at: `runs/<n>/` holds everything of one run, `run.json` in it says what it
//         was told. A run that is not over is gone on with; after one that is over the next number begins.
// Leaves: the content of the store (persistence/), the log, which all runs of a data directory share.
//
// R1. A run goes on only with the goals it began with; anything else is refused, and nothing is changed.
// R2. The last three finished runs are kept for reading.
// R3. Drafts of files that a killed process left are removed when a run begins or goes on.

import { randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import { type Milestone, milestoneSchema } from '../../machines/index.ts'
import { sweepDrafts, writeJsonFile } from '../../platform/index.ts'
import { systemReason, UserError } from '../errors.ts'

const recordSchema = z.object({
  /** The name of its system on NATS. */
  system: z.string(),
  repository: z.string(),
  milestones: z.array(milestoneSchema),
  seed: z.number(),
  began: z.number(),
  over: z.boolean(),
})
export type RunRecord = z.infer<typeof recordSchema>

export interface RunDirectory {
  readonly path: string
  readonly record: RunRecord
  /** It was begun by an earlier process. */
  readonly resumed: boolean
}

/** What a run is begun with, as far as it goes on only with the same. */
interface RunGoals extends Pick<RunRecord, 'repository' | 'seed'> {
  readonly dataDirectory: string
  readonly milestones: readonly Milestone[]
  /** Of a server of the user's: the key names the run. */
  readonly nats?: { readonly identity: { readonly system: string } }
}

const KEPT_RUNS = 3

/** The run to go on with, or a new one. */
export async function openRunDirectory(settings: RunGoals, now: number): Promise<RunDirectory> {
  const runs = join(settings.dataDirectory, 'runs')
  const last = (await numbers(runs)).at(-1)
  const known = last === undefined ? undefined : await readRecord(join(runs, `${last}`))
  if (last !== undefined && known && !known.over) {
    refuseOther(known, settings)
    await sweepAll(settings.dataDirectory, join(runs, `${last}`))
    return { path: join(runs, `${last}`), record: known, resumed: true }
  }
  const number = (last ?? 0) + 1
  const path = join(runs, `${number}`)
  const { repository, milestones, seed } = settings
  // Two machines may share a server and have the same directories.
  const system =
    settings.nats?.identity.system ??
    `${systemName(settings.dataDirectory)}-${number}-${randomBytes(3).toString('hex')}`
  const record = { system, repository, milestones: [...milestones], seed, began: now, over: false }
  await mkdir(path, { recursive: true, mode: 0o700 })
  await sweepAll(settings.dataDirectory, path)
  await writeRecord(path, record)
  return { path, record, resumed: false }
}

/** R3. */
async function sweepAll(...folders: readonly string[]): Promise<void> {
  for (const folder of folders) await sweepDrafts(folder)
}

/** The newest run of a data directory, over or not. */
export async function newestRun(
  dataDirectory: string,
): Promise<{ path: string; record: RunRecord } | undefined> {
  const last = (await numbers(join(dataDirectory, 'runs'))).at(-1)
  return last === undefined ? undefined : runAt(dataDirectory, `${last}`)
}

/** A run that is kept, by its number. */
export async function runAt(
  dataDirectory: string,
  number: string,
): Promise<{ path: string; record: RunRecord } | undefined> {
  const path = join(dataDirectory, 'runs', number)
  const record = await readRecord(path)
  return record && { path, record }
}

/** Marks it as over and removes the oldest ones. */
export async function closeRunDirectory({ path, record }: RunDirectory): Promise<void> {
  await writeRecord(path, { ...record, over: true })
  const runs = join(path, '..')
  const old = (await numbers(runs)).slice(0, -KEPT_RUNS)
  for (const number of old) {
    await rm(join(runs, `${number}`), { recursive: true, force: true })
    await rm(backupsOf({ path: join(runs, `${number}`) }), { recursive: true, force: true })
    // The copy of the sample that it worked on, if it did.
    await rm(join(runs, '..', 'sample', `${number}`), { recursive: true, force: true })
  }
}

/** The run before this one, if it is kept. */
export async function runBefore({ path }: Pick<RunDirectory, 'path'>): Promise<string | undefined> {
  const runs = dirname(path)
  const number = (await numbers(runs)).findLast((each) => each < Number(basename(path)))
  return number === undefined ? undefined : join(runs, `${number}`)
}

/** Where the backups of a run's store are: beside the runs, so that what damages a run spares them. */
export function backupsOf({ path }: Pick<RunDirectory, 'path'>): string {
  return join(path, '..', '..', 'backups', basename(path))
}

async function numbers(runs: string): Promise<number[]> {
  const names = await readdir(runs).catch((): string[] => [])
  return names
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .toSorted((a, b) => a - b)
}

/** Undefined where there is none: a run that was killed before it had one. */
async function readRecord(path: string): Promise<RunRecord | undefined> {
  const text = await readFile(join(path, 'run.json'), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    // It may be unfinished: no other run begins beside it.
    throw new UserError(
      'run_unreadable',
      `${join(path, 'run.json')} cannot be read: ${systemReason(error)}`,
      'Make it readable again, or use another data directory: --data DIR',
      { cause: error },
    )
  })
  if (text === undefined) return undefined
  const record = recordSchema.safeParse(jsonOf(text))
  if (record.success) return record.data
  throw new UserError(
    'run_unreadable',
    `${join(path, 'run.json')} is not the record of a run: ${z.prettifyError(record.error)}`,
    'Another version may have written it. Move the data directory away, or use another one: --data DIR',
  )
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function writeRecord(path: string, record: RunRecord): Promise<void> {
  return writeJsonFile(join(path, 'run.json'), record)
}

function refuseOther(known: RunRecord, settings: RunGoals): void {
  const system = settings.nats?.identity.system ?? known.system
  if (system !== known.system) {
    throw new UserError(
      'other_run',
      `the run in ${settings.dataDirectory} is named ${known.system}, the key is for ${system}`,
      'Give the key that it was started with: --creds FILE',
    )
  }
  const same =
    known.repository === settings.repository &&
    known.seed === settings.seed &&
    isDeepStrictEqual(plain(known.milestones), plain(settings.milestones))
  if (same) return
  const goals = known.milestones.map(({ id }) => id).join(', ')
  throw new UserError(
    'other_run',
    `an unfinished run in ${settings.dataDirectory} has other settings (milestones ${goals}; seed ${known.seed}; ${known.repository})`,
    'Give the same options to continue it, or start a new run elsewhere: --data DIR. To abandon it, remove the directory.',
  )
}

function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value))
}

function systemName(dataDirectory: string): string {
  const name = dataDirectory.split('/').at(-1) ?? ''
  return name.replace(/[^A-Za-z0-9_-]+/g, '-').slice(-40) || 'canopy'
}
