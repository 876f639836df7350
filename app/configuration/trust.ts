// Trust
//
// Owns:   which repositories' files the user has read and trusts: one record for each, of exactly that content at that path.
// Leaves: what a trusted file may say (fields.ts), showing it (cli/configuration/).
//
// T1. A record names the SHA-256 of the file and the repository's real path: a changed file or a copy elsewhere asks again.
// T2. Records are the user's alone (0600, in a directory of 0700); one that others could have written counts for nothing.

import { createHash } from 'node:crypto'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { sweepDrafts, writeJsonFile } from '../../platform/index.ts'
import { systemReason, UserError } from '../errors.ts'
import { type HostEnvironment, stateDirectory } from '../settings/data-directory.ts'
import { readOwnBytes } from './source.ts'

const recordSchema = z.object({
  repository: z.string(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** ISO date and time. */
  since: z.string(),
})
export type TrustRecord = z.infer<typeof recordSchema>

export async function isTrusted(
  { repository, sha256 }: Pick<TrustRecord, 'repository' | 'sha256'>,
  around: HostEnvironment,
): Promise<boolean> {
  const record = await readRecord(recordFile(repository, around))
  return record?.repository === repository && record.sha256 === sha256
}

export async function trust(record: TrustRecord, around: HostEnvironment): Promise<void> {
  const file = recordFile(record.repository, around)
  try {
    await mkdir(recordsIn(around), { recursive: true, mode: 0o700 })
    await sweepDrafts(recordsIn(around))
    await writeJsonFile(file, record, { mode: 0o600 })
  } catch (error) {
    throw new UserError(
      'trust_unwritable',
      `${file} cannot be written: ${systemReason(error)}`,
      'Make the folder writable for you, or name another one: XDG_STATE_HOME=DIR.',
      { cause: error },
    )
  }
}

/** Whether there was anything to take back. */
export async function revokeTrust(repository: string, around: HostEnvironment): Promise<boolean> {
  const file = recordFile(repository, around)
  const isThere = (await readRecord(file)) !== undefined
  await rm(file, { force: true })
  return isThere
}

export async function trusted(around: HostEnvironment): Promise<TrustRecord[]> {
  const names = await readdir(recordsIn(around)).catch((): string[] => [])
  const files = names.filter((name) => name.endsWith('.json')).map((name) => join(recordsIn(around), name))
  const records = await Promise.all(files.map(readRecord))
  return records
    .filter((record) => record !== undefined)
    .toSorted((a, b) => a.repository.localeCompare(b.repository))
}

function recordsIn(around: HostEnvironment): string {
  return stateDirectory('trusted', around)
}

function recordFile(repository: string, around: HostEnvironment): string {
  return join(recordsIn(around), `${createHash('sha256').update(repository).digest('hex')}.json`)
}

async function readRecord(file: string): Promise<TrustRecord | undefined> {
  try {
    return recordSchema.parse(JSON.parse((await readOwnBytes(file)).toString('utf8')))
  } catch {
    return undefined
  }
}
