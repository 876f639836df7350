// Verify
//
// Owns:   verifying a backup against its manifest, and reading its rows.
//
// Every byte is read: first for the checksum, then every row.

import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { createGunzip } from 'node:zlib'
import { z } from 'zod'
import type { StoredRow } from '../database.ts'
import { type BackupManifest, readManifest, rowsFile } from './manifest.ts'

/** The result of verifying a backup against its manifest. */
export type VerifyResult =
  | { readonly kind: 'sound'; readonly manifest: BackupManifest }
  | { readonly kind: 'damaged'; readonly reason: string }

/** Reads every byte of a backup: its checksum, then every row. Never throws for a damaged one. */
export async function verifyBackup(backup: string): Promise<VerifyResult> {
  const manifest = await readManifest(backup)
  if (!manifest) return damaged('its manifest cannot be read')
  try {
    const sha256 = await checksum(join(backup, rowsFile))
    if (sha256 !== manifest.sha256) return damaged('its SHA-256 differs from its manifest')
    let rows = 0
    for await (const _ of rowsOf(backup)) rows += 1
    if (rows !== manifest.rows) return damaged(`it holds ${rows} rows instead of ${manifest.rows}`)
    return { kind: 'sound', manifest }
  } catch (error) {
    return damaged((error as Error).message)
  }
}

const rowSchema = z.tuple([z.string(), z.string()])

export async function* rowsOf(backup: string): AsyncGenerator<StoredRow, undefined> {
  const file = createReadStream(join(backup, rowsFile))
  const plain = createGunzip()
  file.on('error', (error) => plain.destroy(error))
  try {
    for await (const line of linesIn(file.pipe(plain).setEncoding('utf8'))) {
      yield rowSchema.parse(JSON.parse(line))
    }
  } finally {
    file.destroy()
  }
}

/** Only a line feed ends a line: Node's readline also splits at U+2028 and U+2029, which JSON does not escape. */
async function* linesIn(chunks: AsyncIterable<string>): AsyncGenerator<string, undefined> {
  let rest = ''
  for await (const chunk of chunks) {
    const end = chunk.lastIndexOf('\n')
    if (end >= 0) yield* (rest + chunk.slice(0, end)).split('\n')
    rest = end < 0 ? rest + chunk : chunk.slice(end + 1)
  }
  if (rest !== '') yield rest
}

async function checksum(file: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer)
  return hash.digest('hex')
}

function damaged(reason: string): VerifyResult {
  return { kind: 'damaged', reason }
}
