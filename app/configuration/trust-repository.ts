// Trust repository
//
// Owns:   what the user is shown before a repository's file is trusted, and taking trust back.
// Leaves: the records (trust.ts), deciding (configuration.ts), asking the user (cli/configuration/).
//
// T1. The user trusts exactly the text that was shown: the file is read once, and its hash is of that text.

import { existsSync, realpathSync } from 'node:fs'
import { UserError } from '../errors.ts'
import type { HostEnvironment } from '../settings/data-directory.ts'
import { repositoryRoot } from '../settings/repository.ts'
import { configurationIn, type DecidedConfiguration, decideConfiguration } from './configuration.ts'
import { REPOSITORY_FILE } from './source.ts'
import { isTrusted, revokeTrust, type TrustRecord } from './trust.ts'

export interface TrustProposal extends Pick<TrustRecord, 'repository' | 'sha256'> {
  /** The configuration if the file is trusted. */
  readonly whenTrusted: DecidedConfiguration
  /** The configuration if it is not. */
  readonly otherwise: DecidedConfiguration
  /** Whether this content is trusted already. */
  readonly isTrusted: boolean
}

/**
 * `directory` is a path of the repository's root; `config` names the user's own file.
 * Fails when the repository has no file, or when the file says what no repository may say, trusted or not.
 */
export async function proposeTrust(
  directory: string,
  config: string | undefined,
  around: HostEnvironment,
): Promise<TrustProposal> {
  const repository = repositoryRoot(directory)
  const options = config === undefined ? {} : { config }
  const whenTrusted = await decideConfiguration(repository, options, around, { isTrusted: true })
  if (!whenTrusted.repositoryFile)
    throw new UserError(
      'nothing_to_trust',
      `${repository} has no ${REPOSITORY_FILE}`,
      'Nothing needs to be trusted: canopy run --repo DIR.',
    )
  // Fields that no repository may set are refused here, too: trusting the file would change nothing.
  configurationIn(whenTrusted)
  const { sha256 } = whenTrusted.repositoryFile
  return {
    repository,
    sha256,
    whenTrusted,
    otherwise: await decideConfiguration(repository, options, around),
    isTrusted: await isTrusted({ repository, sha256 }, around),
  }
}

/** Trusts the repository's file no longer; also when the directory is gone. `wasTrusted`: there was something to take back. */
export async function endTrust(
  directory: string,
  around: HostEnvironment,
): Promise<{ readonly repository: string; readonly wasTrusted: boolean }> {
  const repository = existsSync(directory) ? realpathSync(directory) : directory
  return { repository, wasTrusted: await revokeTrust(repository, around) }
}
