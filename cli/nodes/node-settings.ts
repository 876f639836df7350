// Node settings
//
// Owns:   what `canopy node` is told: options checked, defaults filled in.

import { hostname } from 'node:os'
import { resolve } from 'node:path'
import { z } from 'zod'
import { workersSchema } from '../configuration/schema.ts'
import { makeWritable, type Surroundings, stateDirectory } from '../data-directory.ts'
import { UserError } from '../errors.ts'
import { natsUrl, packagesAt } from '../settings.ts'

/** The options of `canopy node` as they were typed. */
export interface NodeOptions {
  readonly nats?: string
  readonly system?: string
  readonly name?: string
  readonly workers?: string
  readonly data?: string
  readonly dependencies?: string
  readonly sandbox?: boolean
  readonly json?: boolean
}

export interface NodeSettings {
  readonly nats: string
  /** Absent: the only one that is at work there. */
  readonly system?: string
  readonly name: string
  readonly workers: number
  readonly directory: string
  /** A folder of installed packages to be used; absent: those of the run are fetched. */
  readonly packages?: string
  readonly sandbox: boolean
  readonly json: boolean
}

const NAME = /^[a-z0-9](?:[a-z0-9-]{0,28}[a-z0-9])?$/
const MOST = 16
const workersOption = z
  .string()
  .regex(/^\d{1,3}$/)
  .transform(Number)
  .pipe(workersSchema)

export async function resolveNodeSettings(options: NodeOptions, around: Surroundings): Promise<NodeSettings> {
  const nats = natsUrl(options.nats)
  if (nats === undefined) {
    throw new UserError(
      'missing_option',
      '--nats is missing: a node joins a run through the NATS server of that run',
      'Start the run with --nats URL, and the node with the same: canopy node --nats nats://10.0.0.5:4222',
    )
  }
  const name = options.name ?? nameOfHost()
  if (!NAME.test(name)) {
    const expected = 'lower-case letters, digits and dashes, at most 30'
    throw new UserError(
      'bad_option',
      `--name is ${JSON.stringify(name)}; expected ${expected}`,
      'For example: --name worker-1.',
    )
  }
  const directory = resolve(around.directory, options.data ?? stateDirectory(`node-${name}`, around))
  await makeWritable(directory)
  return {
    nats,
    ...(options.system === undefined ? {} : { system: options.system }),
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
    'For example: --workers 2, or leave it out for one per core.',
  )
}

function nameOfHost(): string {
  const [first = ''] = hostname().toLowerCase().split('.')
  return (
    first
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-+/, '')
      .slice(0, 30)
      .replace(/-+$/, '') || 'node'
  )
}
