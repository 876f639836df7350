// Manifest
//
// Owns:   the manifest of a backup, and the paths of its parts.
//
//     <backups>/<number>-<time>/manifest.json
//     <backups>/<number>-<time>/rows.jsonl.gz    a row a line: [key, text]
//
// A backup exists whole or not at all: its directory gets its name after it is written, verified and flushed to disk.
//
// Backups are ordered by their numbers, not by the clock.

import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'

const manifestSchema = z.object({
  version: z.literal(1),
  id: z.string(),
  /** The start of the backup: milliseconds since the Unix epoch. */
  at: z.number(),
  rows: z.int().nonnegative(),
  bytes: z.int().nonnegative(),
  /** Of the compressed file of rows. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
})

/** The manifest of a backup: its id, its start time, its rows and bytes, and the SHA-256 of its file. */
export type BackupManifest = z.output<typeof manifestSchema>

export const manifestFile = 'manifest.json'
export const rowsFile = 'rows.jsonl.gz'
/** The ending of the name of an unfinished directory. */
export const partSuffix = '.part'

const ID = /^(\d{6,})-\d{8}T\d{6}Z$/

export function idFor(number: number, at: number): string {
  const time = new Date(at).toISOString().replace(/[-:]|\.\d+/g, '')
  return `${String(number).padStart(6, '0')}-${time}`
}

export function numberOf(id: string): number {
  return Number(ID.exec(id)?.[1] ?? 0)
}

/** The ids of all finished backups, newest first. */
export async function backupIds(backups: string): Promise<string[]> {
  const names = await readdir(backups).catch((): string[] => [])
  return names.filter((name) => ID.test(name)).sort((one, other) => numberOf(other) - numberOf(one))
}

/** Undefined when the manifest cannot be read. */
export async function readManifest(backup: string): Promise<BackupManifest | undefined> {
  try {
    const parsed = manifestSchema.safeParse(JSON.parse(await readFile(join(backup, manifestFile), 'utf8')))
    return parsed.success ? parsed.data : undefined
  } catch {
    return undefined
  }
}
