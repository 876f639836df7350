// Object files
//
// Sends and fetches files as objects, and shares one result among callers that ask for it at the same time.
//
// F1. The sender's word about an object's size is not believed: received bytes are counted.

import { createReadStream, createWriteStream } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { RetryableError } from '../../actors/index.ts'
import type { Bytes, Objects } from '../../transport/index.ts'

/** As much as packages may take at installing. */
const MAX_FILE_BYTES = 4 * 1024 ** 3
/** Maximum held in memory: more than any model accepts. */
const MAX_TEXT_BYTES = 32 * 1024 ** 2

/** Sends a file that is made for it and goes afterwards. */
export async function sendFile(objects: Objects, name: string, file: string): Promise<void> {
  try {
    await again(objects.put(name, createReadStream(file)))
  } finally {
    await rm(file, { force: true })
  }
}

/** Gives objects as files for as long as they are used. */
export async function withFiles<T>(
  objects: Objects,
  names: readonly string[],
  use: (files: readonly string[]) => Promise<T>,
  limit = MAX_FILE_BYTES,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'canopy-payload-'))
  const files = names.map((_, at) => join(folder, `${at}`))
  try {
    for (const [at, file] of files.entries()) await again(fetchFile(objects, names[at] ?? '', file, limit))
    return await use(files)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

export function withFile<T>(objects: Objects, name: string, use: (file: string) => Promise<T>): Promise<T> {
  return withFiles(objects, [name], ([file = '']) => use(file))
}

/** Sends a text that is small enough to be held. */
export async function sendText(objects: Objects, name: string, text: string): Promise<void> {
  await again(objects.put(name, [Buffer.from(text)]))
}

/** An object of text that is small enough to be held. */
export async function fetchText(objects: Objects, name: string): Promise<string> {
  return withFiles(objects, [name], ([file = '']) => readFile(file, 'utf8'), MAX_TEXT_BYTES)
}

async function fetchFile(objects: Objects, name: string, file: string, limit: number): Promise<void> {
  const bytes = await objects.get(name)
  if (!bytes) throw new Error(`object ${name} is not there`)
  await pipeline(upTo(limit, bytes, name), createWriteStream(file))
}

/** F1. */
async function* upTo(limit: number, bytes: Bytes, name: string): AsyncGenerator<Uint8Array> {
  let size = 0
  for await (const chunk of bytes) {
    size += chunk.length
    if (size > limit) throw new Error(`object ${name} has more than ${limit} bytes`)
    yield chunk
  }
}

/** What goes wrong on the way is worth another try of whatever needed it. */
async function again<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw new RetryableError((error as Error).message, { cause: error })
  }
}

/** Runs work of the same name once at a time; callers that ask meanwhile get the same outcome. */
export function together(): <T>(name: string, work: () => Promise<T>) => Promise<T> {
  const running = new Map<string, Promise<unknown>>()
  return <T>(name: string, work: () => Promise<T>) => {
    const known = running.get(name) as Promise<T> | undefined
    if (known) return known
    const begun = work().finally(() => running.delete(name))
    running.set(name, begun)
    return begun
  }
}
