// Server file
//
// Owns:   `<directory>/nats.json`: the process that uses the directory and the address of its server. It also claims
//         the directory, since nats-server does not notice a second server on the same store.
//
// The file names the credentials file of an operator, and holds no secret itself: mode 0600, and replaced atomically.
//
// A claim ends with its process: the next process ends the server of a dead one and then takes over the claim.

import { readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import { writeJsonFile } from '../../platform/index.ts'
import { TransportError } from '../transport-error.ts'
import { isAlive, markOf, type ProcessMark } from './living-process.ts'

const markSchema = z.object({ pid: z.int().positive(), birth: z.string() })

const serverFileSchema = z.object({
  owner: markSchema,
  /** Absent while the server is being started. */
  server: markSchema.optional(),
  url: z.string().optional(),
  credentials: z.string().optional(),
  pid: z.int().optional(),
})

type ServerFile = z.infer<typeof serverFileSchema>

/** A server that was started for a directory, and its address. */
export interface RunningServer {
  readonly url: string
  /** The credentials file of an operator. */
  readonly credentials: string
  readonly pid: number
}

export interface ReachableServer extends RunningServer {
  /** The id of the user who started it: the owner of the file. */
  readonly user: number
}

const DYING_MS = 3_000
/** The file's name in the directory. */
export const SERVER_FILE = 'nats.json'

/** The server that a running Canopy has started in this data directory, if any. */
export async function runningServer(directory: string): Promise<ReachableServer | undefined> {
  const file = await readServerFile(directory)
  if (!file?.server || !(await isAlive(file.server))) return undefined
  const { url, credentials, pid } = file
  // The file is deleted when the server ends.
  const kept = await stat(pathOf(directory)).catch(() => undefined)
  return url && credentials && pid && kept ? { url, credentials, pid, user: kept.uid } : undefined
}

/** Claims the directory for this process. Throws `directory_in_use` while a living process has it. */
export async function claimDirectory(directory: string): Promise<void> {
  const owner = await ownMark()
  for (;;) {
    try {
      await writeFile(pathOf(directory), JSON.stringify({ owner }), { mode: 0o600, flag: 'wx' })
      return
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    await endStaleClaim(directory)
  }
}

export async function writeServerFile(directory: string, running: RunningServer): Promise<void> {
  const server = await markOf(running.pid)
  // The server has died already; its watcher writes the file again after the restart.
  if (!server) return
  const file: ServerFile = { owner: await ownMark(), server, ...running }
  await writeJsonFile(pathOf(directory), file, { mode: 0o600 })
}

export async function removeServerFile(directory: string): Promise<void> {
  await rm(pathOf(directory), { force: true })
}

async function endStaleClaim(directory: string): Promise<void> {
  const file = await readServerFile(directory)
  if (file && (await isAlive(file.owner))) {
    throw new TransportError(
      'directory_in_use',
      `${directory} is in use by process ${file.owner.pid}; stop it or choose another data directory`,
    )
  }
  if (file?.server) await outlive(file.server)
  await removeServerFile(directory)
}

/** Returns when the process is gone: it ends as its parent is dead, or it is killed. */
async function outlive(server: ProcessMark): Promise<void> {
  const deadline = Date.now() + DYING_MS
  while (await isAlive(server)) {
    if (Date.now() > deadline) process.kill(server.pid, 'SIGKILL')
    await pause(20)
  }
}

async function readServerFile(directory: string): Promise<ServerFile | undefined> {
  try {
    return serverFileSchema.parse(JSON.parse(await readFile(pathOf(directory), 'utf8')))
  } catch {
    return undefined
  }
}

async function ownMark(): Promise<ProcessMark> {
  return (await markOf(process.pid)) ?? { pid: process.pid, birth: 'unknown' }
}

function pathOf(directory: string): string {
  return join(directory, SERVER_FILE)
}
