// Key file
//
// Owns:   store keys in a file of the user's. Others must not be able to read or change it.

import { open } from 'node:fs/promises'
import type { StoreKeys } from '../../persistence/index.ts'
import { systemReason, UserError } from '../errors.ts'
import { readKeyText } from './key-text.ts'

const OTHERS = 0o077
const MAX_BYTES = 65_536

export async function keysOfFile(file: string, source: string): Promise<StoreKeys> {
  const handle = await open(file).catch((error: unknown) => {
    throw new UserError(
      'bad_store_key',
      `${source} names ${file}: ${systemReason(error)}`,
      'Name a file that you own.',
    )
  })
  try {
    const { mode, size, uid } = await handle.stat()
    const user = process.getuid?.() ?? uid
    if ((mode & OTHERS) !== 0 || (uid !== user && uid !== 0)) {
      const state = `${file} has mode ${(mode & 0o777).toString(8)} and belongs to user ${uid}`
      throw new UserError('bad_store_key', `${state}: others may read or change the key`, `chmod 600 ${file}`)
    }
    if (size > MAX_BYTES)
      throw new UserError('bad_store_key', `${file} has ${size} bytes: it is not a file of keys`, '')
    return readKeyText(await handle.readFile('utf8'), file)
  } finally {
    await handle.close()
  }
}
