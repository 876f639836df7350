// Store version
//
// Owns:   recording the nats-server version that wrote a JetStream store: an older server does not notice that it
//         cannot read a newer one's files and damages them.

import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { TransportError } from '../transport-error.ts'
import { compareVersions } from './server-version.ts'

/** Throws `store_too_new` when a newer minor version wrote the store; records this version otherwise. */
export async function admitVersion(store: string, version: string): Promise<void> {
  const file = join(store, 'server-version')
  const written = await readFile(file, 'utf8').then(
    (text) => text.trim(),
    () => undefined,
  )
  if (written !== undefined && compareVersions(minor(written), minor(version)) > 0) {
    throw new TransportError(
      'store_too_new',
      `${store} was written by nats-server ${written}; this is ${version}, which would damage it. ` +
        `Use nats-server ${written} or newer, or another data directory`,
    )
  }
  if (written !== version) await writeFile(file, `${version}\n`)
}

function minor(version: string): string {
  return version.split('.', 2).join('.')
}
