// Settings
//
// Owns:   what a run is told to do: options checked, defaults filled in, the roadmap read, the data directory made.
// Leaves: whether the repository can be worked on (workspace/), the run (run.ts).
//
// T1. Nothing is written before everything else was found good; the data directory is the last to be looked at.

import { basename, join, resolve, sep } from 'node:path'
import { z } from 'zod'
import { type Budget, type Commands, defaultBudget, type Milestone, readCap } from '../machines/index.ts'
import type { GateSettings } from '../workspace/index.ts'
import {
  dataDirectoryOf,
  makeWritable,
  refuseInside,
  type Surroundings,
  type WhichRun,
} from './data-directory.ts'
import { UserError } from './errors.ts'
import { modelsFor, type RunModels } from './models.ts'
import { repositoryRoot } from './repository.ts'
import { readRoadmap, workersSchema } from './roadmap.ts'
import { newestRun } from './run-directory.ts'
import { sampleName, sampleSource } from './sample.ts'

/** The options of `canopy run` as they were typed. */
export interface RunOptions extends WhichRun {
  readonly goal?: string
  readonly outcome?: string
  readonly accept?: readonly string[]
  readonly budget?: string
  readonly workers?: string
  readonly json?: boolean
  readonly sandbox?: boolean
  readonly nats?: string
  readonly sync?: boolean
  readonly seed?: string
  readonly allowDirty?: boolean
  readonly backupEvery?: string
  readonly keepBackups?: string
}

export interface Settings {
  /** The real path of the repository to work on; for the sample, where its copy goes. */
  readonly repository: string
  readonly sample: boolean
  readonly milestones: readonly Milestone[]
  /** Those that are asked; absent: none is needed. */
  readonly models?: RunModels
  readonly budget: Budget
  /** As in `canopy.yaml`. */
  readonly gates?: GateSettings
  readonly commands?: Commands
  readonly workers: number
  readonly dataDirectory: string
  readonly json: boolean
  readonly sandbox: boolean
  /** Of an existing NATS; absent: one of our own. */
  readonly nats?: string
  /** Safe against loss of power, not only against the death of the process. */
  readonly sync: boolean
  readonly seed: number
  readonly allowDirty: boolean
  /** Minutes between backups of the store; 0: none by itself. */
  readonly backupEvery: number
  readonly keepBackups: number
}

const GOAL = /^branch-coverage=(\d{1,3}(?:\.\d{1,2})?)%?$/
const MAX_WORKERS = 16
const OUTCOME = "For example: --outcome 'A --json option for the report' --accept 'node cli.js report --json'"

const goalOption = z
  .string()
  .regex(GOAL)
  .transform((text) => Number(GOAL.exec(text)?.[1]))
  .pipe(z.number().max(100))
const wholeOption = z
  .string()
  .regex(/^\d{1,9}$/)
  .transform(Number)
const natsOption = z.url({ protocol: /^(nats|tls|ws|wss)$/ })

export async function resolveSettings(options: RunOptions, around: Surroundings): Promise<Settings> {
  const goal = checked(
    '--goal',
    goalOption,
    options.goal,
    'branch-coverage=NUMBER with a number from 0 to 100',
    '--goal branch-coverage=90',
  )
  const workers = checked(
    '--workers',
    wholeOption.pipe(workersSchema),
    options.workers,
    `a whole number from 1 to ${MAX_WORKERS}`,
    '--workers 2, or leave it out for one per core',
  )
  const seed = checked('--seed', wholeOption, options.seed, 'a whole number from 0 to 999999999', '--seed 1')
  const backupEvery = checked(
    '--backup-every',
    wholeOption.pipe(z.number().max(10_000)),
    options.backupEvery,
    'a whole number of minutes, 0 for none',
    '--backup-every 5',
  )
  const keepBackups = checked(
    '--keep-backups',
    wholeOption.pipe(z.number().min(1).max(1000)),
    options.keepBackups,
    'a whole number from 1 to 1000',
    '--keep-backups 12',
  )
  const nats = natsUrl(options.nats)

  const sample = options.repo === undefined
  const origin = sample ? sampleSource : repositoryRoot(resolve(around.directory, options.repo ?? '.'))
  const told = toldMilestone(options, goal)
  const roadmap = sample ? undefined : await readRoadmap(join(origin, 'canopy.yaml'))
  const milestones = told ? [told] : (roadmap?.milestones ?? [coverageMilestone(90)])
  const models = modelsFor(milestones, roadmap?.models, around.env)
  const dataDirectory = dataDirectoryOf(options, around)
  if (!sample) refuseInside(dataDirectory, origin)
  await makeWritable(dataDirectory)
  return {
    repository: sample ? await samplePlace(dataDirectory) : origin,
    sample,
    milestones,
    ...(models && { models }),
    ...(roadmap?.gates && { gates: withPlace(roadmap.gates, origin) }),
    ...(roadmap?.commands && { commands: roadmap.commands }),
    budget: budgetOf(roadmap?.budget, options.budget, models !== undefined),
    workers: workers ?? roadmap?.workers ?? Math.min(Math.max(around.cores, 1), MAX_WORKERS),
    dataDirectory,
    json: options.json ?? false,
    sandbox: options.sandbox ?? true,
    ...(nats === undefined ? {} : { nats }),
    sync: options.sync ?? false,
    seed: seed ?? 1,
    allowDirty: options.allowDirty ?? false,
    backupEvery: backupEvery ?? 5,
    keepBackups: keepBackups ?? 12,
  }
}

/** A file of advisories is named from the repository's top folder. */
function withPlace(gates: GateSettings, origin: string): GateSettings {
  const { advisories } = gates
  if (!advisories || advisories.file === undefined) return gates
  return { ...gates, advisories: { ...advisories, file: resolve(origin, advisories.file) } }
}

/** A fresh place for each run on the sample; the same one as before while a run is not over. */
async function samplePlace(dataDirectory: string): Promise<string> {
  const places = join(dataDirectory, 'sample')
  const last = await newestRun(dataDirectory)
  const goesOn = last && !last.record.over && last.record.repository.startsWith(`${places}${sep}`)
  if (goesOn) return last.record.repository
  const number = last === undefined ? 1 : Number(basename(last.path)) + 1
  return join(places, `${number}`, sampleName)
}

/** What `--nats` may be, also of the commands that ask a running system. */
export function natsUrl(value: string | undefined): string | undefined {
  const example = '--nats nats://127.0.0.1:4222, or leave it out and Canopy uses its own'
  return checked('--nats', natsOption, value, 'the URL of a NATS server', example)
}

/** The option caps the run; the rest is as the file has it, or as it is where nobody says anything. */
function budgetOf(inFile: Budget | undefined, option: string | undefined, withModel: boolean): Budget {
  const said = inFile ?? defaultBudget(withModel)
  if (option === undefined) return said
  const read = readCap(option)
  if (read.ok) return { ...said, run: read.cap }
  throw new UserError(
    'bad_option',
    `--budget: ${read.reason}`,
    "For example: --budget 5usd, or '2usd, 1000k tokens'.",
  )
}

/** The milestone that the options tell instead of `canopy.yaml`. */
function toldMilestone(
  { outcome, accept = [] }: RunOptions,
  goal: number | undefined,
): Milestone | undefined {
  if (outcome === undefined) {
    if (accept.length > 0)
      throw new UserError(
        'bad_option',
        '--accept says when an outcome is reached, and there is no --outcome',
        OUTCOME,
      )
    return goal === undefined ? undefined : coverageMilestone(goal)
  }
  if (goal !== undefined)
    throw new UserError(
      'bad_option',
      '--goal and --outcome are both given; a run on the command line has one goal',
      OUTCOME,
    )
  if (outcome.trim() === '')
    throw new UserError('bad_option', '--outcome is empty; expected what is wanted, in words', OUTCOME)
  const name = outcome.replace(/\s+/g, ' ').trim().slice(0, 80)
  return { id: 'outcome', name, goal: { outcome, accept: [...accept] }, priority: 5, needs: [] }
}

/** The milestone that `--goal branch-coverage=NN` stands for. */
export function coverageMilestone(percent: number): Milestone {
  return {
    id: `branch-coverage-${String(percent).replace('.', '-')}`,
    name: `Branch coverage of at least ${percent} %`,
    goal: { branchCoverage: percent },
    priority: 5,
    needs: [],
  }
}

function checked<T>(
  option: string,
  schema: z.ZodType<T>,
  value: string | undefined,
  expected: string,
  example: string,
): T | undefined {
  if (value === undefined) return undefined
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  throw new UserError(
    'bad_option',
    `${option} is ${JSON.stringify(value)}; expected ${expected}`,
    `For example: ${example}.`,
  )
}
