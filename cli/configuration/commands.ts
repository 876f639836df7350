// Configuration commands
//
// Owns:   `canopy config` and `canopy trust`: what a configuration comes to, and the user's word for a repository's file.
// Leaves: deciding, the records of trust (app/configuration/), the options (program.ts).

import { resolve } from 'node:path'
import {
  type ConfigurationOptions,
  type DecidedField,
  decideConfiguration,
  endTrust,
  explained,
  fieldText,
  printable,
  proposeTrust,
  REPOSITORY_FILE,
  repositoryMeant,
  shown,
  shownWhole,
  type TrustProposal,
  trust,
  trusted,
  UserError,
} from '../../app/index.ts'
import { exitCodes } from '../exit-codes.ts'
import type { Terminal } from '../terminal.ts'
import { explainedText } from './text.ts'

export interface ConfigOptions extends ConfigurationOptions {
  readonly repo?: string
  readonly explain?: boolean
  readonly json?: boolean
}

export interface TrustOptions {
  readonly config?: string
  readonly yes?: boolean
  readonly list?: boolean
  readonly revoke?: boolean
}

export async function configCommand(options: ConfigOptions, terminal: Terminal): Promise<number> {
  const decision = await decideConfiguration(repositoryMeant(options.repo, terminal), options, terminal)
  const text = options.json
    ? JSON.stringify(explained(decision))
    : explainedText(decision, { origins: options.explain ?? false })
  terminal.screen.write(`${text}\n`)
  return exitCodes.reached
}

export async function trustCommand(
  directory: string | undefined,
  options: TrustOptions,
  terminal: Terminal,
): Promise<number> {
  if (options.list) return listTrusted(terminal)
  if (directory === undefined)
    throw new UserError(
      'missing_argument',
      'the repository is missing',
      'For example: canopy trust ~/my-library, or canopy trust --list.',
    )
  return options.revoke ? revoke(directory, terminal) : trustRepository(directory, options, terminal)
}

async function listTrusted(terminal: Terminal): Promise<number> {
  const lines = (await trusted(terminal)).map(
    ({ repository, sha256, since }) => `${printable(repository)}  sha256 ${sha256}  since ${since}`,
  )
  terminal.screen.write(`${lines.join('\n') || 'no repository is trusted'}\n`)
  return exitCodes.reached
}

async function revoke(directory: string, terminal: Terminal): Promise<number> {
  const { repository, wasTrusted } = await endTrust(resolve(terminal.directory, directory), terminal)
  terminal.screen.write(`${printable(repository)} is ${wasTrusted ? 'no longer' : 'not'} trusted\n`)
  return exitCodes.reached
}

async function trustRepository(
  directory: string,
  { config, yes }: TrustOptions,
  terminal: Terminal,
): Promise<number> {
  const proposal = await proposeTrust(resolve(terminal.directory, directory), config, terminal)
  terminal.screen.write(`${proposalText(proposal)}\n`)
  if (proposal.isTrusted) {
    terminal.screen.write('It is trusted already.\n')
    return exitCodes.reached
  }
  if (!yes && !(await confirmed(terminal))) return exitCodes.notReached
  const { repository, sha256 } = proposal
  await trust({ repository, sha256, since: new Date(terminal.now()).toISOString() }, terminal)
  terminal.screen.write(`Trusted until the file changes (sha256 ${sha256}).\n`)
  return exitCodes.reached
}

/**
 * What the file would decide, each field with its place. What it may say only when it is trusted stands last, by the question, and
 * to its end.
 */
function proposalText({
  repository,
  whenTrusted: { values, overruled },
  otherwise: { refused },
}: TrustProposal): string {
  const byTrust = new Set(refused.map(fieldText))
  const line = (entry: DecidedField, value: string) => `  ${fieldText(entry)}: ${value}  (${entry.place})`
  const decided = values.filter(({ layer }) => layer === 'repository')
  const anyhow = decided.filter((entry) => !byTrust.has(fieldText(entry)))
  const trusted = decided.filter((entry) => byTrust.has(fieldText(entry)))
  const left = overruled.map((entry) => `  ${fieldText(entry)}: ignored; ${entry.reason}`)
  return [
    `${REPOSITORY_FILE} of ${repository} would set:`,
    ...anyhow.map((entry) => line(entry, shown(entry.value))),
    ...left,
    ...(trusted.length === 0 ? [] : ['and only if you trust it:']),
    ...trusted.map((entry) => line(entry, shownWhole(entry.value))),
  ]
    .map(printable)
    .join('\n')
}

async function confirmed({ confirm }: Terminal): Promise<boolean> {
  if (confirm) return confirm('Trust exactly this content? [y/N] ')
  throw new UserError(
    'not_confirmed',
    'there is no terminal to ask on; nothing was trusted',
    'Read the settings above, then: canopy trust DIR --yes',
  )
}
