// Keyring file
//
// Owns:   the folder that a user names for keys: the keyring that signs, a credentials file for each member, and the
//         configuration of the server.
//
// F1. Every file with a seed is this user's alone (0600), and replaced whole. The configuration holds none: it may be copied to
//     the machine of the server.
// F2. A folder of keys alone is this user's (0700). One with other files in it keeps its permissions; it is refused when others
//     may write it, as they could replace the keys.

import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { jsonOf } from '../../kernel/index.ts'
import { sweepDrafts, writeJsonFile, writeWhole } from '../../platform/index.ts'
import { accountsConfiguration, type Keyring, keyringSchema } from '../../transport/index.ts'
import { UserError } from '../errors.ts'

const KEYRING = 'keyring.json'
const ACCOUNTS = 'accounts.conf'
const CONFIGURATION = 'nats-server.conf'
const OWN = { mode: 0o600 }
/** Names of files and folders that a folder of keys has, with unfinished ones. */
const OURS =
  /^(keyring\.json|accounts\.conf|nats-server\.conf|nats-store|[a-z0-9-]+\.creds)(\.[0-9a-f-]{36}\.new)?$/
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
  await protect(folder)
  await sweepDrafts(folder)
  await writeJsonFile(join(folder, KEYRING), keyring, OWN)
  await writeWhole(join(folder, ACCOUNTS), await accountsConfiguration(keyring), OWN)
  // What the user has changed in it stays.
  const options = { flag: 'wx', mode: 0o644 }
  await writeFile(join(folder, CONFIGURATION), await configurationIn(folder), options).catch((error) => {
    if (error.code !== 'EEXIST') throw error
  })
}

/** F2. */
async function protect(folder: string): Promise<void> {
  const names = await readdir(folder)
  if (names.every((name) => OURS.test(name))) return chmod(folder, 0o700)
  const { mode } = await stat(folder)
  if ((mode & 0o022) === 0) return
  throw new UserError(
    'unsafe_folder',
    `${folder} has mode ${(mode & 0o777).toString(8)}: other users could replace the keys in it`,
    `Use a folder of its own for keys, or: chmod go-w ${folder}`,
  )
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
