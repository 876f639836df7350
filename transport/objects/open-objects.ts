// Objects in JetStream
//
// Owns:   the buckets of a system's objects: one for each member, which only the member and home can read. Home creates
//         it with the first object, or on request.

import { createHash } from 'node:crypto'
import { JetStreamApiError, type JetStreamManager, jetstreamManager } from '@nats-io/jetstream'
import { type ObjectInfo, type ObjectStore, Objm } from '@nats-io/obj'
import type { Connection } from '../connect-nats.ts'
import type { Bytes, Objects } from '../objects.ts'
import { bucketName } from '../subjects.ts'
import { TransportError } from '../transport-error.ts'

/** The member of the objects, and the connection. `idleMs`: 20,000 when absent. */
export interface ObjectsOptions {
  readonly connection: Connection
  /** The system's name: letters, digits, `-` and `_`. */
  readonly system: string
  /** The member that owns them. */
  readonly member: string
  /** Asks home to create the bucket again, for a member that may not do it. */
  readonly remake?: () => Promise<unknown>
  /** Milliseconds without a chunk after which reading fails. */
  readonly idleMs?: number
}

const STREAM_NOT_FOUND = 10059
const IDLE_MS = 20_000
/** The time limit of one chunk, in milliseconds. */
const ANSWER_MS = 20_000

/** The objects of a member. Nothing is created before the first `put`. */
export function openObjects(options: ObjectsOptions): Objects {
  const { connection, system, member, remake, idleMs = IDLE_MS } = options
  const bucket = bucketName(system, 'objects', member)
  const manager = jetstreamManager(connection.nats, {
    ...connection.jetStream,
    checkAPI: false,
    timeout: idleMs,
  })
  const stores = manager.then((each) => new Objm(each.jetstream()))
  const known = async (): Promise<ObjectStore> => (await stores).open(bucket, false)
  const isGuest = connection.jetStream.checkAPI === false
  const isGone = async (): Promise<boolean> =>
    (await orNone((await manager).streams.info(`OBJ_${bucket}`))) === undefined
  const made = async (): Promise<ObjectStore> => {
    if (!isGuest) return (await stores).create(bucket)
    if (remake && (await isGone())) await remake()
    return known()
  }
  return {
    async make() {
      await made()
    },
    async put(name, bytes) {
      const store = await made()
      await store.put({ name }, ReadableStream.from(copied(bytes)), { timeout: ANSWER_MS })
    },
    async get(name) {
      const info = await orNone((await known()).info(name))
      return info && !info.deleted ? chunksOf(await manager, bucket, info) : undefined
    },
    async has(name) {
      const found = await orNone((await known()).info(name))
      return found !== undefined && !found.deleted
    },
    async delete(name) {
      await orNone((await known()).delete(name))
    },
    async destroy() {
      await orNone((await known()).destroy())
    },
  }
}

/** A source may use its buffer again while the client still reads the chunk. */
async function* copied(bytes: Bytes): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes) yield Uint8Array.from(chunk)
}

/** Removes the objects of all members of a system. */
export async function retireObjects(connection: Connection, system: string): Promise<void> {
  const manager = await jetstreamManager(connection.nats)
  const prefix = `OBJ_${bucketName(system, 'objects', '')}`
  for await (const name of manager.streams.names()) {
    if (name.startsWith(prefix)) await orNone(manager.streams.delete(name))
  }
}

async function orNone<T>(asked: Promise<T | null>): Promise<T | undefined> {
  try {
    return (await asked) ?? undefined
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === STREAM_NOT_FOUND) return undefined
    throw error
  }
}

/**
 * Requests each chunk separately. The client's own method makes the server send all chunks at once through a consumer,
 * and a member that may create consumers could make the server write where the member may not.
 */
async function* chunksOf(
  manager: JetStreamManager,
  bucket: string,
  info: ObjectInfo,
): AsyncGenerator<Uint8Array> {
  if (info.size === 0) return
  const hash = createHash('sha256')
  const chunk = (seq: number) => {
    // The server knows this field, the client's types do not.
    const next = { seq, next_by_subj: `$O.${bucket}.C.${info.nuid}` }
    return manager.streams.getMessage(`OBJ_${bucket}`, next)
  }
  try {
    let next = chunk(1)
    for (let size = 0; size < info.size; ) {
      const found = await next
      if (!found) throw new Error('a part of it is missing')
      size += found.data.length
      // The next chunk is requested while this one is used.
      if (size < info.size) next = quietly(chunk(found.seq + 1))
      hash.update(found.data)
      yield found.data
    }
    if (`SHA-256=${hash.digest('base64url')}` !== info.digest.replace(/=+$/, ''))
      throw new Error('its SHA-256 differs from the stored one')
  } catch (error) {
    throw new TransportError('damaged', `object ${info.name} cannot be read: ${(error as Error).message}`, {
      cause: error,
    })
  }
}

/** Ignores a later rejection: a caller that stopped reading does not await it. */
function quietly<T>(work: Promise<T>): Promise<T> {
  work.catch(() => {})
  return work
}
