// Settings
//
// Owns:   what a run is told to do: options checked, defaults filled in, the data directory made.
// Leaves: what the configuration says (app/configuration/), whether the repository can be worked on (workspace/), the run (app/run/).
//
// T1. Nothing is written before everything else was found good; the data directory is the last to be looked at.

import { realpathSync, statSync } from 'node:fs'
import { basename, join, resolve, sep } from 'node:path'
import { z } from 'zod'
import type { GrantedServer } from '../../agents/index.ts'
import type { GateSettings } from '../../gates/index.ts'
import { type Budget, budgetSchema, type CommandSettings, type Milestone } from '../../machines/index.ts'
import { ALLOWED_KINDS, type AllowedKind, type SandboxSettings } from '../../workspace/index.ts'
import { commandsFor, type RunCommands } from '../agent-commands/agent-commands.ts'
import { configurationIn, decideConfiguration } from '../configuration/configuration.ts'
import { type ConfigurationOptions, MAX_WORKERS } from '../configuration/options.ts'
import { UserError } from '../errors.ts'
import type { HookSettings } from '../hooks/hook-settings.ts'
import { grantedServers } from '../mcp/granted-servers.ts'
import { modelsFor, type RunModels } from '../models/models.ts'
import { newestRun } from '../run/run-directory.ts'
import {
  dataDirectoryOf,
  type HostEnvironment,
  makeWritable,
  refuseInside,
  type WhichRun,
} from './data-directory.ts'
import { type NatsOptions, type NatsTarget, natsTargetAs } from './nats-target.ts'
import { checkedOption, wholeOption } from './option.ts'
import { repositoryRoot } from './repository.ts'
import { sampleName, samplePackages, sampleSource } from './sample.ts'

/** The options of `canopy run` as they were typed. */
export interface RunOptions extends WhichRun, ConfigurationOptions, NatsOptions {
  readonly json?: boolean
  readonly sandbox?: boolean
  readonly sync?: boolean
  readonly seed?: string
  readonly allowDirty?: boolean
  readonly dependencies?: string
  readonly allowDependencies?: string
  readonly backupEvery?: string
  readonly keepBackups?: string
}

export interface RunSettings {
  /** The real path of the repository to work on; for the sample, where its copy goes. */
  readonly repository: string
  readonly sample: boolean
  readonly milestones: readonly Milestone[]
  /** Those that are asked; absent: none is needed. */
  readonly models?: RunModels
  /** The user's programs that work in place of models. */
  readonly agentCommands?: RunCommands
  readonly budget: Budget
  /** As it is written in a configuration file. */
  readonly gates?: GateSettings
  readonly commands?: CommandSettings
  /** The user's own programs at certain points of the run. */
  readonly hooks?: HookSettings
  /** Whose tools agents may use. */
  readonly mcp?: readonly GrantedServer[]
  /** Real paths of folders with the user's skills. */
  readonly skills?: readonly string[]
  readonly workers: number
  readonly dataDirectory: string
  readonly json: boolean
  readonly sandbox: boolean
  /** What commands in the sandbox may take. */
  readonly sandboxLimits?: SandboxSettings
  /** Bytes of mail that nobody has taken yet; absent: as the run finds good. */
  readonly maxMailBytes?: number
  /** Of an existing NATS; absent: one of our own. */
  readonly nats?: NatsTarget
  /** Safe against loss of power, not only against the death of the process. */
  readonly sync: boolean
  readonly seed: number
  readonly allowDirty: boolean
  /** A folder of installed packages to be used as `node_modules`; absent: the repository's own, or Canopy's. */
  readonly packages?: string
  /** What may be installed besides packages of the user's registries. */
  readonly allowedDependencies: readonly AllowedKind[]
  /** Minutes between backups of the store; 0: none by itself. */
  readonly backupEvery: number
  readonly keepBackups: number
}

const allowedOption = z
  .string()
  .transform((text) => text.split(','))
  .pipe(z.array(z.enum(ALLOWED_KINDS)))

export async function resolveSettings(options: RunOptions, around: HostEnvironment): Promise<RunSettings> {
  const seed = checkedOption('--seed', wholeOption, options.seed, {
    expected: 'a whole number from 0 to 999999999',
    example: '--seed 1',
  })
  const backupEvery = checkedOption(
    '--backup-every',
    wholeOption.pipe(z.number().max(10_000)),
    options.backupEvery,
    { expected: 'a whole number of minutes, 0 for none', example: '--backup-every 5' },
  )
  const keepBackups = checkedOption(
    '--keep-backups',
    wholeOption.pipe(z.number().min(1).max(1000)),
    options.keepBackups,
    { expected: 'a whole number from 1 to 1000', example: '--keep-backups 12' },
  )
  const allowed = checkedOption('--allow-dependencies', allowedOption, options.allowDependencies, {
    expected: `some of ${ALLOWED_KINDS.join(', ')}, with commas between them`,
    example: '--allow-dependencies git,url',
  })
  const nats = natsTargetAs('home', options, around)

  const sample = options.repo === undefined
  const origin = sample ? sampleSource : repositoryRoot(resolve(around.directory, options.repo ?? '.'))
  const said = configurationIn(await decideConfiguration(sample ? undefined : origin, options, around))
  const { milestones = [], gates, budget, workers = MAX_WORKERS } = said
  const maxMb = said.mail?.['max-mb']
  const commands = commandsFor(milestones, said.agents, { ...around, sandbox: options.sandbox ?? true })
  const models = modelsFor(milestones, said.models, around.env, commands?.inUse)
  const dataDirectory = dataDirectoryOf(options, around)
  if (!sample) refuseInside(dataDirectory, origin)
  await makeWritable(dataDirectory)
  return {
    repository: sample ? await samplePlace(dataDirectory) : origin,
    sample,
    milestones,
    ...(models && { models }),
    ...(gates && { gates }),
    ...(said.commands && { commands: said.commands }),
    ...(commands && { agentCommands: commands }),
    ...(said.hooks && { hooks: said.hooks }),
    ...(models && said.skills && { skills: skillFolders(said.skills, origin, around) }),
    ...(models && said.mcp && { mcp: grantedServers(said.mcp, around) }),
    budget: budget ?? budgetSchema.parse({}),
    workers,
    dataDirectory,
    json: options.json ?? false,
    sandbox: options.sandbox ?? true,
    ...(said.sandbox && { sandboxLimits: said.sandbox }),
    ...(maxMb !== undefined && { maxMailBytes: maxMb * 1024 ** 2 }),
    ...(nats === undefined ? {} : { nats }),
    sync: options.sync ?? false,
    seed: seed ?? 1,
    allowDirty: options.allowDirty ?? false,
    ...packagesOf(options, around),
    allowedDependencies: allowed ?? [],
    backupEvery: backupEvery ?? 5,
    keepBackups: keepBackups ?? 12,
  }
}

/** The user's folders of skills, which are not the repository's: an agent follows what they say. */
function skillFolders(given: readonly string[], repository: string, { home }: HostEnvironment): string[] {
  return given.map((path, at) => {
    const folder = path.startsWith('~/') ? join(home, path.slice(2)) : path
    const isFolder = statSync(folder, { throwIfNoEntry: false })?.isDirectory() ?? false
    const real = isFolder ? realpathSync(folder) : folder
    const objection = !isFolder
      ? 'there is no such folder'
      : `${real}${sep}`.startsWith(`${repository}${sep}`)
        ? 'it is inside the repository, whose own skills are found without it'
        : undefined
    if (objection === undefined) return real
    throw new UserError(
      'skills_invalid',
      `skills[${at}] is ${path}; ${objection}`,
      'Name a folder of yours that has a folder with a SKILL.md for each skill.',
    )
  })
}

/** The sample uses the packages that Canopy itself uses, where they are there. */
function packagesOf({ repo, dependencies }: RunOptions, around: HostEnvironment): { packages?: string } {
  if (dependencies === undefined)
    return repo === undefined && samplePackages !== undefined ? { packages: samplePackages } : {}
  return { packages: packagesAt(resolve(around.directory, dependencies)) }
}

/** What `--dependencies` may be. */
export function packagesAt(path: string): string {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return realpathSync(path)
  throw new UserError(
    'bad_option',
    `--dependencies is ${path}; expected a folder of installed packages`,
    'For example: --dependencies ../other-checkout/node_modules; without it, Canopy installs them.',
  )
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
