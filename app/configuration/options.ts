// Options
//
// Owns:   what the options of the command line say of a configuration, in the form of a configuration file.
// Leaves: the other options of a run (settings/), which layer counts (layers.ts).

import { resolve } from 'node:path'
import { z } from 'zod'
import { commandsSchema, readCap } from '../../machines/index.ts'
import { UserError } from '../errors.ts'
import type { HostEnvironment } from '../settings/data-directory.ts'
import { checkedOption, wholeOption } from '../settings/option.ts'
import type { LayerSource } from './layers.ts'
import { workersSchema } from './schema.ts'
import { readOwnFile } from './source.ts'

/** The options that say something which a file may say, too, as they were typed. */
export interface ConfigurationOptions {
  /** The user's own file instead of the usual one. */
  readonly config?: string
  /** A file with milestones only. */
  readonly roadmap?: string
  readonly goal?: string
  readonly outcome?: string
  readonly accept?: readonly string[]
  readonly budget?: string
  readonly workers?: string
  /** Files of the checkout, each as `commands.bring` names them. */
  readonly bring?: readonly string[]
}

const GOAL = /^branch-coverage=(\d{1,3}(?:\.\d{1,2})?)%?$/
export const MAX_WORKERS = 16
const OUTCOME = "For example: --outcome 'A --json option for the report' --accept 'node cli.js report --json'"

const goalOption = z
  .string()
  .regex(GOAL)
  .transform((text) => Number(GOAL.exec(text)?.[1]))
  .pipe(z.number().max(100))

export async function optionsLayer(
  options: ConfigurationOptions,
  repository: string | undefined,
  around: HostEnvironment,
): Promise<LayerSource> {
  const goal = checkedOption('--goal', goalOption, options.goal, {
    expected: 'branch-coverage=NUMBER with a number from 0 to 100',
    example: '--goal branch-coverage=90',
  })
  const workers = checkedOption('--workers', wholeOption.pipe(workersSchema), options.workers, {
    expected: `a whole number from 1 to ${MAX_WORKERS}`,
    example: '--workers 2, or omit it for one per core',
  })
  const said = {
    ...(workers !== undefined && { workers }),
    ...(options.bring !== undefined && { commands: { bring: bringOf(options.bring) } }),
    ...(options.budget !== undefined && { budget: { run: capOf(options.budget) } }),
  }
  const milestone = milestoneOf(options, goal)
  if (options.roadmap === undefined)
    return { value: { ...said, ...(milestone && { milestones: [milestone] }) } }
  if (milestone)
    throw new UserError(
      'bad_option',
      '--roadmap cannot be combined with --goal or --outcome',
      'Leave one of them out.',
    )
  const { value, placeOf } = await roadmapIn(resolve(around.directory, options.roadmap), repository)
  return { value: { ...said, ...value }, placeOf }
}

async function roadmapIn(path: string, repository: string | undefined) {
  const file = await readOwnFile('--roadmap', path, repository)
  const { milestones, ...others } = file.value as { milestones?: unknown }
  const [other] = Object.keys(others)
  if (milestones !== undefined && other === undefined) return { value: { milestones }, placeOf: file.placeOf }
  throw new UserError(
    'bad_option',
    other === undefined
      ? `--roadmap is ${path}, which has no milestones`
      : `${file.placeOf({ path: [other], atName: true })}: a roadmap has ${other}; expected only milestones`,
    'Put other settings into your own file: --config FILE, or ~/.config/canopy/config.yaml.',
  )
}

function bringOf(entries: readonly string[]): readonly string[] {
  const read = commandsSchema.shape.bring.safeParse(entries)
  if (read.success && read.data !== undefined) return read.data
  const reason = read.error?.issues[0]?.message ?? 'it names nothing'
  throw new UserError('bad_option', `--bring: ${reason}`, 'For example: --bring src/version.js')
}

function capOf(option: string) {
  const read = readCap(option)
  if (read.ok) return read.cap
  throw new UserError(
    'bad_option',
    `--budget: ${read.reason}`,
    "For example: --budget 5usd, or '2usd, 1000k tokens'.",
  )
}

/** The milestone that the options tell instead of a file. */
function milestoneOf({ outcome, accept = [] }: ConfigurationOptions, goal: number | undefined) {
  if (outcome === undefined) {
    if (accept.length > 0)
      throw new UserError(
        'bad_option',
        '--accept needs --outcome: it decides whether an outcome is reached',
        OUTCOME,
      )
    return goal === undefined ? undefined : coverageMilestone(goal)
  }
  if (goal !== undefined)
    throw new UserError('bad_option', '--goal and --outcome cannot be combined', OUTCOME)
  if (outcome.trim() === '')
    throw new UserError('bad_option', '--outcome is empty; expected the goal in words', OUTCOME)
  const name = outcome.replace(/\s+/g, ' ').trim().slice(0, 80)
  return { id: 'outcome', name, goal: { outcome, accept: [...accept] } }
}

/** The milestone that `--goal branch-coverage=NN` stands for, as a file would say it. */
export function coverageMilestone(percent: number) {
  return {
    id: `branch-coverage-${String(percent).replace('.', '-')}`,
    name: `Branch coverage of at least ${percent}%`,
    goal: { 'branch-coverage': percent },
  }
}
