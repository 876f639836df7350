// Objects in memory
//
// Owns:   the same within one process.

import { createHash } from 'node:crypto'
import type { Objects } from '../objects.ts'
import { TransportError } from '../transport-error.ts'

/** Objects within one process, with what a test can do to them. */
export interface MemoryObjects extends Objects {
  /** Changes the stored bytes, as a broken disk does. */
  damage(name: string): void
}

const CHUNK = 128 * 1024

/** Opens objects within one process; they are gone with it. */
export function openMemoryObjects(): MemoryObjects {
  const objects = new Map<string, { bytes: Buffer; digest: string }>()
  return {
    async make() {},
    async put(name, bytes) {
      const chunks: Uint8Array[] = []
      for await (const chunk of bytes) chunks.push(Uint8Array.from(chunk))
      const whole = Buffer.concat(chunks)
      objects.set(name, { bytes: whole, digest: digestOf(whole) })
    },
    async get(name) {
      const found = objects.get(name)
      return found && read(name, found)
    },
    has: async (name) => objects.has(name),
    async delete(name) {
      objects.delete(name)
    },
    async destroy() {
      objects.clear()
    },
    damage(name) {
      const found = objects.get(name)
      if (found) objects.set(name, { ...found, bytes: found.bytes.subarray(0, -1) })
    },
  }
}

async function* read(
  name: string,
  { bytes, digest }: { bytes: Buffer; digest: string },
): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += CHUNK) yield bytes.subarray(at, at + CHUNK)
  if (digestOf(bytes) !== digest)
    throw new TransportError(
      'damaged',
      `object ${name} cannot be read: its SHA-256 differs from the stored one`,
    )
}

function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
