// Configuration
//
// Owns:   the one door to what a command is configured with: it reads every layer, decides, and refuses what loosens.
// Leaves: reading (source.ts), rules (fields.ts, layers.ts), what a run makes of it (settings/).
//
// G1. Nothing is asked of any server and no key is read before this has decided.

import { defaultBudget } from '../../machines/index.ts'
import { KNOWN_MODELS, KNOWN_PROVIDERS } from '../../providers/index.ts'
import { DEFAULT_SANDBOX_SETTINGS } from '../../workspace/index.ts'
import { UserError } from '../errors.ts'
import type { HostEnvironment } from '../settings/data-directory.ts'
import { printable, shown } from './document.ts'
import {
  decideLayers,
  fieldText,
  type LayeredConfiguration,
  type LayerSource,
  type LeftField,
} from './layers.ts'
import { type ConfigurationOptions, coverageMilestone, MAX_WORKERS, optionsLayer } from './options.ts'
import type { Configuration } from './schema.ts'
import { type ConfigurationFile, readRepositoryFile, readUserFile } from './source.ts'
import { isTrusted } from './trust.ts'

export interface DecidedConfiguration extends LayeredConfiguration {
  /** Absent: there is none. */
  readonly userFile?: ConfigurationFile
  readonly repositoryFile?: ConfigurationFile
  /** Whether the user trusts exactly this content of the repository's file. */
  readonly isTrusted: boolean
}

const KNOWN = [
  ...Object.keys(KNOWN_PROVIDERS).map((name) => ['models', 'providers', name]),
  ...KNOWN_MODELS.map(({ name }) => ['models', 'models', name]),
]

/**
 * What all layers come to. `repository` is the real path of its root; undefined: no repository says anything. With `isTrusted`
 * it is what the repository's file would come to if it were trusted.
 */
export async function decideConfiguration(
  repository: string | undefined,
  options: ConfigurationOptions,
  around: HostEnvironment,
  assumed: { readonly isTrusted: boolean } = { isTrusted: false },
): Promise<DecidedConfiguration> {
  const userFile = await readUserFile(options.config, repository, around)
  const repositoryFile = repository === undefined ? undefined : await readRepositoryFile(repository)
  const given = await optionsLayer(options, repository, around)
  const trusts =
    repository !== undefined &&
    repositoryFile !== undefined &&
    (assumed.isTrusted || (await isTrusted({ repository, sha256: repositoryFile.sha256 }, around)))
  const user: LayerSource = userFile ?? { value: {} }
  const said: LayerSource = repositoryFile ?? { value: {} }
  const layers = {
    program: programLayer([given, user, said], around),
    user,
    repository: said,
    options: given,
    known: KNOWN,
    isTrusted: trusts,
  }
  return {
    ...decideLayers(layers),
    isTrusted: trusts,
    ...(userFile && { userFile }),
    ...(repositoryFile && { repositoryFile }),
  }
}

/** The configuration; throws when the repository's file sets a field it may not set. */
export function configurationIn({ configuration, refused }: DecidedConfiguration): Configuration {
  if (refused.length > 0)
    throw new UserError('configuration_refused', refused.map(refusalText).join('\n'), WAY_OUT)
  return configuration
}

const WAY_OUT = `A repository's canopy.yaml may set goals, commands and stricter limits. Set the rest in your own file
(~/.config/canopy/config.yaml, or --config FILE; milestones with 'accept' also in --roadmap FILE), or, once you have read
the repository's file: canopy trust DIR. 'canopy config --explain --repo DIR' shows all of it.`

function refusalText(left: LeftField): string {
  return printable(`${left.place}: ${fieldText(left)} is ${shown(left.value)}; ${left.reason}`)
}

/** What holds where nobody says anything. */
function programLayer(said: readonly LayerSource[], around: HostEnvironment): LayerSource {
  const milestones = said.map(milestonesOf).find((each) => each !== undefined) ?? [coverageMilestone(90)]
  const wantsModel = milestones.some(({ goal }) => 'outcome' in goal)
  return {
    value: {
      milestones: [coverageMilestone(90)],
      workers: Math.min(Math.max(around.cores, 1), MAX_WORKERS),
      budget: defaultBudget(wantsModel),
      sandbox: DEFAULT_SANDBOX_SETTINGS,
    },
  }
}

function milestonesOf({ value }: LayerSource) {
  return (value as { milestones?: readonly { readonly goal: object }[] }).milestones
}
