// Durable file
//
// Canopy's own folders and the JSON files in them, each complete or absent.

import { mkdir, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { parseJson } from '../kernel/index.ts'
import { writeJsonFile } from '../platform/index.ts'

export async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true })
}

export async function writeJson(path: string, value: unknown): Promise<void> {
  await makeFolder(dirname(path))
  await writeJsonFile(path, value, { indent: 0 })
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
