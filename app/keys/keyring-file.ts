// Keyring file
//
// Owns:   the folder that a user names for keys: the keyring that signs, a credentials file for each member, and the
//         configuration of the server.
//
// F1. Every file with a seed is this user's alone (0600, in a folder of 0700), and replaced whole. The configuration
//     holds none: it may be copied to the machine of the server.

import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { jsonOf } from '../../kernel/index.ts'
import { writeJsonFile, writeWhole } from '../../platform/index.ts'
import { accountsConfiguration, type Keyring, keyringSchema } from '../../transport/index.ts'
import { UserError } from '../errors.ts'

const KEYRING = 'keyring.json'
const ACCOUNTS = 'accounts.conf'
const CONFIGURATION = 'nats-server.conf'
const OWN = { mode: 0o600 }
const TEMPLATE = new URL('../../nats-server.conf', import.meta.url)

/** Undefined when there is none. */
export async function readKeyring(folder: string): Promise<Keyring | undefined> {
  const file = join(folder, KEYRING)
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw new UserError('unreadable', `${file} cannot be read: ${error.message}`, 'Is it yours?')
  })
  if (text === undefined) return undefined
  const keyring = keyringSchema.safeParse(jsonOf(text))
  if (keyring.success) return keyring.data
  // Its content is not shown: these are secrets.
  const fields = keyring.error.issues.map(({ path }) => path.join('.') || 'the whole file').join(', ')
  throw new UserError(
    'unreadable',
    `${file} is not a keyring (wrong: ${fields})`,
    "Restore it from a backup, or make a new one: 'canopy keys create DIR' in an empty folder.",
  )
}

export async function writeKeyring(folder: string, keyring: Keyring): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await chmod(folder, 0o700)
  await writeJsonFile(join(folder, KEYRING), keyring, OWN)
  await writeWhole(join(folder, ACCOUNTS), await accountsConfiguration(keyring), OWN)
  // What the user has changed in it stays.
  const options = { flag: 'wx', mode: 0o644 }
  await writeFile(join(folder, CONFIGURATION), await configurationIn(folder), options).catch((error) => {
    if (error.code !== 'EEXIST') throw error
  })
}

/** The mail is kept beside the keys, wherever the server is started. */
async function configurationIn(folder: string): Promise<string> {
  const store = JSON.stringify(join(folder, 'nats-store'))
  return (await readFile(TEMPLATE, 'utf8')).replace('"./nats-store"', () => store)
}

/** The file that a member connects with; reading it again gives the newest key. */
export async function writeCredentials(folder: string, member: string, text: string): Promise<string> {
  const file = credentialsFile(folder, member)
  await writeWhole(file, text, OWN)
  return file
}

function credentialsFile(folder: string, member: string): string {
  return join(folder, `${member}.creds`)
}
