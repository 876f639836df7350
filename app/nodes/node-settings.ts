// Node settings
//
// Owns:   what `canopy node` is told: options checked, defaults filled in.

import { resolve } from 'node:path'
import { z } from 'zod'
import { workersSchema } from '../configuration/schema.ts'
import { UserError } from '../errors.ts'
import { type HostEnvironment, makeWritable, stateDirectory } from '../settings/data-directory.ts'
import { type NatsOptions, type NatsTarget, natsTargetAs } from '../settings/nats-target.ts'
import { packagesAt } from '../settings/settings.ts'
import { nodeName } from './presence.ts'

/** The options of `canopy node` as they were typed. */
export interface NodeCommandOptions extends NatsOptions {
  readonly name?: string
  readonly workers?: string
  readonly data?: string
  readonly dependencies?: string
  readonly sandbox?: boolean
  readonly json?: boolean
}

export interface NodeSettings {
  readonly nats: NatsTarget
  readonly name: string
  readonly workers: number
  readonly directory: string
  /** A folder of installed packages to be used; absent: those of the run are fetched. */
  readonly packages?: string
  readonly sandbox: boolean
  readonly json: boolean
}

const MOST = 16
const workersOption = z
  .string()
  .regex(/^\d{1,3}$/)
  .transform(Number)
  .pipe(workersSchema)

export async function resolveNodeSettings(
  options: NodeCommandOptions,
  around: HostEnvironment,
): Promise<NodeSettings> {
  const nats = natsTargetAs('node', options, around)
  if (nats === undefined) {
    throw new UserError(
      'missing_option',
      '--nats is missing: a node joins a run through the NATS server of that run',
      'Start the run and the node with the same --nats URL, and the node with its key: canopy node --nats tls://10.0.0.5:4222 --creds node-a.creds',
    )
  }
  const name = nodeName(nats.identity.member)
  const directory = resolve(around.directory, options.data ?? stateDirectory(`node-${name}`, around))
  await makeWritable(directory)
  return {
    nats,
    name,
    workers: workersOf(options.workers) ?? Math.min(Math.max(around.cores, 1), MOST),
    directory,
    ...(options.dependencies !== undefined && {
      packages: packagesAt(resolve(around.directory, options.dependencies)),
    }),
    sandbox: options.sandbox ?? true,
    json: options.json ?? false,
  }
}

function workersOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const parsed = workersOption.safeParse(text)
  if (parsed.success) return parsed.data
  throw new UserError(
    'bad_option',
    `--workers is ${JSON.stringify(text)}; expected a whole number from 1 to ${MOST}`,
    'For example: --workers 2, or omit it for one per core.',
  )
}
