// Durable file
//
// Canopy's own folders and the JSON files in them, each complete or absent.

import { randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { parseJson } from '../kernel/index.ts'

export async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true })
}

export async function writeJson(path: string, value: unknown): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const unfinished = `${path}.${randomUUID()}.tmp`
  await writeFile(unfinished, JSON.stringify(value))
  await rename(unfinished, path)
}

/** Undefined when the file is missing or unreadable: it is then made again. */
export async function readJson(path: string): Promise<unknown> {
  try {
    return parseJson(await readFile(path, 'utf8'))
  } catch (error) {
    if (error instanceof SyntaxError || isAbsent(error)) return undefined
    throw error
  }
}

export function isAbsent(error: unknown): boolean {
  const code = (error as { code?: string }).code
  return code === 'ENOENT' || code === 'ENOTDIR'
}
