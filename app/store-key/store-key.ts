// Store key
//
// Owns:   which keys the user's environment gives for the store: one source, or none.
// Leaves: the encryption (persistence/).
//
//     CANOPY_STORE_KEY_FILE=FILE           a key a line, the first encrypts
//     CANOPY_STORE_KEY_COMMAND=COMMAND     the same, printed by a command
//     CANOPY_STORE_KEY_TRANSIT=MOUNT/NAME  a key of Vault's or OpenBao's transit engine (VAULT_ADDR, VAULT_TOKEN)

import type { StoreKeys } from '../../persistence/index.ts'
import { isLoopback } from '../../transport/index.ts'
import { UserError } from '../errors.ts'
import type { HostEnvironment } from '../settings/data-directory.ts'
import { keysOfCommand } from './key-command.ts'
import { keysOfFile } from './key-file.ts'
import { addTransitKey, keysOfTransit, type Transit } from './transit.ts'

const FILE = 'CANOPY_STORE_KEY_FILE'
const COMMAND = 'CANOPY_STORE_KEY_COMMAND'
const TRANSIT = 'CANOPY_STORE_KEY_TRANSIT'

type Environment = HostEnvironment['env']

/** The keys of a store below this data directory; undefined when the user gives none. */
export async function storeKeysFor(dataDirectory: string, env: Environment): Promise<StoreKeys | undefined> {
  const given = [FILE, COMMAND, TRANSIT].filter((name) => (env[name] ?? '') !== '')
  const [source] = given
  if (given.length > 1) {
    throw new UserError('bad_store_key', `${given.join(' and ')} are both set`, 'Keep one of them.')
  }
  const value = env[source ?? ''] ?? ''
  switch (source) {
    case FILE:
      return keysOfFile(value, FILE)
    case COMMAND:
      return keysOfCommand(value, COMMAND, env)
    case TRANSIT:
      return keysOfTransit(transitOf(value, dataDirectory, env))
    default:
      return undefined
  }
}

/** The same with a new current key, where Canopy makes the keys itself. */
export async function nextStoreKeysFor(
  dataDirectory: string,
  env: Environment,
): Promise<StoreKeys | undefined> {
  const value = env[TRANSIT] ?? ''
  if (value === '') return storeKeysFor(dataDirectory, env)
  return addTransitKey(transitOf(value, dataDirectory, env))
}

function transitOf(value: string, folder: string, env: Environment): Transit {
  const [, mount, name] = /^([\w./-]+)\/([\w.-]+)$/.exec(value) ?? []
  if (mount === undefined || name === undefined || value.includes('..')) {
    const wayOut = `For example: ${TRANSIT}=transit/canopy`
    throw new UserError(
      'bad_store_key',
      `${TRANSIT} is ${JSON.stringify(value)}; expected MOUNT/NAME`,
      wayOut,
    )
  }
  const address = env.VAULT_ADDR ?? env.BAO_ADDR ?? ''
  const token = env.VAULT_TOKEN ?? env.BAO_TOKEN ?? ''
  if (!isSafe(address) || token === '') {
    const wayOut = 'For example: VAULT_ADDR=https://vault.example.org:8200 VAULT_TOKEN=...'
    throw new UserError('bad_store_key', `${TRANSIT} needs VAULT_ADDR (https) and VAULT_TOKEN`, wayOut)
  }
  return { address, token, namespace: env.VAULT_NAMESPACE ?? env.BAO_NAMESPACE, mount, name, folder }
}

/** A token travels over TLS, or stays on this machine. */
function isSafe(address: string): boolean {
  const url = URL.parse(address)
  return url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname))
}
