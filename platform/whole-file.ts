// Whole file
//
// Writes a file whole or not at all: a reader, or the next process after a crash, finds the old content or the new one.

import { randomUUID } from 'node:crypto'
import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { lstat, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface WholeFileOptions {
  /** Permissions of the file, less the umask; default 0o666. */
  readonly mode?: number
}

/** JSON with `indent` spaces a level, by default 2; with 0 in one line. */
export interface JsonFileOptions extends WholeFileOptions {
  readonly indent?: number
}

/** Writes a text. Rejects with the system's error; the file is then as before. */
export async function writeWhole(path: string, text: string, options: WholeFileOptions = {}): Promise<void> {
  const draft = draftOf(path)
  try {
    await writeFile(draft, text, { ...options, flag: 'wx', flush: true })
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
}

/** Writes a value as JSON, as `writeWhole` does. */
export function writeJsonFile(path: string, value: unknown, options: JsonFileOptions = {}): Promise<void> {
  const { indent, ...file } = options
  return writeWhole(path, jsonText(value, indent), file)
}

/** `writeJsonFile`, before it returns. */
export function writeJsonFileSync(path: string, value: unknown, options: JsonFileOptions = {}): void {
  const { indent, ...file } = options
  const draft = draftOf(path)
  try {
    writeFileSync(draft, jsonText(value, indent), { ...file, flag: 'wx', flush: true })
    renameSync(draft, path)
  } catch (error) {
    rmSync(draft, { force: true })
    throw error
  }
}

/**
 * Removes the drafts that killed processes left in a folder: files `NAME.UUID.new` older than `olderThanMs` (default 60,000 ms),
 * so that no other process is disturbed that writes now. What cannot be removed stays; never rejects.
 */
export async function sweepDrafts(folder: string, olderThanMs = 60_000): Promise<void> {
  const names = await readdir(folder).catch((): string[] => [])
  const removals = names
    .filter((name) => DRAFT.test(name))
    .map(async (name) => {
      const stat = await lstat(join(folder, name))
      if (stat.isFile() && Date.now() - stat.mtimeMs > olderThanMs) await rm(join(folder, name))
    })
  await Promise.allSettled(removals)
}

const DRAFT = /\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.new$/

function draftOf(path: string): string {
  return `${path}.${randomUUID()}.new`
}

function jsonText(value: unknown, indent = 2): string {
  return `${JSON.stringify(value, null, indent)}\n`
}
