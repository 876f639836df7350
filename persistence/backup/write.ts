// Write
//
// Owns:   writing a backup of a snapshot of rows while commits go on.
// Leaves: the source of the rows (the store's `snapshot`), the schedule (backups.ts).
//
// No older backup is removed before the new one was read back and is on the disk under its name. A failure leaves no
// files behind.

import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { constants, createGzip } from 'node:zlib'
import type { StoredRow } from '../database.ts'
import {
  type BackupManifest,
  backupIds,
  idFor,
  manifestFile,
  numberOf,
  partSuffix,
  rowsFile,
} from './manifest.ts'
import { verifyBackup } from './verify.ts'

export interface WriteOptions {
  /** The directory of all backups of one store; created when missing. */
  readonly backups: string
  readonly at: number
  /** The number of backups to keep, this one included. */
  readonly keep: number
  /** Called when all is ready; the rows it returns must not change. */
  readonly rows: () => AsyncIterable<StoredRow>
}

export async function writeBackup({ backups, at, keep, rows }: WriteOptions): Promise<BackupManifest> {
  await mkdir(backups, { recursive: true, mode: 0o700 })
  await removeParts(backups)
  const [newest] = await backupIds(backups)
  const id = idFor(newest === undefined ? 1 : numberOf(newest) + 1, at)
  const part = join(backups, id + partSuffix)
  try {
    await mkdir(part, { mode: 0o700 })
    const written = await writeRows(join(part, rowsFile), rows)
    const manifest: BackupManifest = { version: 1, id, at, ...written }
    await writeFile(join(part, manifestFile), `${JSON.stringify(manifest, null, 2)}\n`, { flush: true })
    const verified = await verifyBackup(part)
    if (verified.kind === 'damaged')
      throw new Error(`the backup just written cannot be read: ${verified.reason}`)
    await rename(part, join(backups, id))
    await flushDirectory(backups)
    await removeOldest(backups, keep)
    return manifest
  } catch (error) {
    await rm(part, { recursive: true, force: true })
    throw error
  }
}

async function writeRows(
  file: string,
  rows: () => AsyncIterable<StoredRow>,
): Promise<Pick<BackupManifest, 'rows' | 'bytes' | 'sha256'>> {
  let count = 0
  const hash = createHash('sha256')
  const lines = async function* (): AsyncGenerator<string, undefined> {
    for await (const batch of gathered(rows())) {
      count += batch.length
      yield batch.map((row) => `${JSON.stringify(row)}\n`).join('')
    }
  }
  const hashing = new Transform({
    transform(chunk: Buffer, _, done) {
      hash.update(chunk)
      done(null, chunk)
    },
  })
  const gzip = createGzip({ level: constants.Z_BEST_SPEED })
  await pipeline(lines, gzip, hashing, createWriteStream(file, { flush: true, mode: 0o600 }))
  return { rows: count, bytes: (await stat(file)).size, sha256: hash.digest('hex') }
}

const CHUNK_CHARACTERS = 64 * 1024

/** Groups rows into chunks that can be written without blocking the event loop for long. */
async function* gathered(rows: AsyncIterable<StoredRow>): AsyncGenerator<StoredRow[], undefined> {
  let batch: StoredRow[] = []
  let length = 0
  for await (const row of rows) {
    batch.push(row)
    length += row[0].length + row[1].length
    if (length < CHUNK_CHARACTERS) continue
    yield batch
    batch = []
    length = 0
  }
  if (batch.length > 0) yield batch
}

/** Removes unfinished backups of a dead process. One process at a time has the store, and so its backups. */
async function removeParts(backups: string): Promise<void> {
  for (const name of await readdir(backups)) {
    if (name.endsWith(partSuffix)) await rm(join(backups, name), { recursive: true, force: true })
  }
}

async function removeOldest(backups: string, keep: number): Promise<void> {
  for (const id of (await backupIds(backups)).slice(Math.max(keep, 1))) {
    await rm(join(backups, id), { recursive: true, force: true })
  }
}

/** Makes the new name survive a power loss. */
async function flushDirectory(directory: string): Promise<void> {
  const handle = await open(directory)
  await handle.sync().finally(() => handle.close())
}
