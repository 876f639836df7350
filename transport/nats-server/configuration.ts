// Configuration of the embedded server
//
// Owns:   deriving the configuration from the repository's nats-server.conf, so that users can read the one that runs.
//
// Only the values under "what differs from place to place" are replaced, and the accounts are inserted; each must
// exist.

import { readFile } from 'node:fs/promises'

const INCLUDED = /^include .*$/m
const STORE_LINE = /^ {2}store_dir: .*$/m
/** The environment variable with the key: the configuration file is on the same disk as the encrypted files. */
export const KEY_VARIABLE = 'CANOPY_JETSTREAM_KEY'
const TEMPLATE = new URL('../../nats-server.conf', import.meta.url)

export interface ServerSettings {
  readonly host: string
  /** -1: the system chooses. */
  readonly port: number
  readonly store: string
  /** Lines with the accounts and their permissions. */
  readonly accounts: string
  /** JetStream's files are encrypted with the key in the server's environment. */
  readonly encrypted: boolean
  /** The server writes `<name>_<pid>.ports` there once it listens. */
  readonly portsFolder: string
}

export async function serverConfiguration(settings: ServerSettings): Promise<string> {
  return fillTemplate(await readFile(TEMPLATE, 'utf8'), settings)
}

function fillTemplate(template: string, settings: ServerSettings): string {
  const values = {
    CANOPY_HOST: JSON.stringify(settings.host),
    CANOPY_PORT: String(settings.port),
    CANOPY_STORE: JSON.stringify(settings.store),
  }
  let text = template
  for (const [name, value] of Object.entries(values)) {
    const line = new RegExp(`^${name} = .*$`, 'm')
    if (!line.test(text)) throw new Error(`nats-server.conf defines no ${name}; the embedded server needs it`)
    text = text.replace(line, () => `${name} = ${value}`)
  }
  if (!INCLUDED.test(text))
    throw new Error('nats-server.conf includes no accounts; the embedded server needs them')
  text = text.replace(INCLUDED, () => settings.accounts)
  if (settings.encrypted)
    text = text.replace(STORE_LINE, (line) => `${line}\n  cipher: aes\n  key: $${KEY_VARIABLE}`)
  return `${text}\nports_file_dir: ${JSON.stringify(settings.portsFolder)}\n`
}
