// A real nats-server for tests, the fetched one; each in a folder of its own that goes with it.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findTool, natsServerTool } from '../../cli/tools/index.ts'
import {
  type Connection,
  connectNats,
  type NatsServer,
  type NatsServerOptions,
  startNatsServer,
} from '../../transport/index.ts'

const folders: string[] = []
const servers: NatsServer[] = []

export async function natsBinary(): Promise<string> {
  const found = await findTool(natsServerTool)
  if (found.kind === 'missing') throw new Error(found.reason)
  return found.path
}

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'canopy-transport-'))
  folders.push(folder)
  return folder
}

export async function startServer(options: Partial<NatsServerOptions> = {}): Promise<NatsServer> {
  const server = await startNatsServer({
    binary: await natsBinary(),
    directory: options.directory ?? (await temporaryFolder()),
    ...options,
  })
  servers.push(server)
  return server
}

export function connectTo(server: NatsServer, name = 'test'): Promise<Connection> {
  return connectNats({ url: server.url, ...server.credentials, name })
}

/** With the credentials in it, as a command takes it. */
export function urlOf({ url, credentials: { user, password } }: NatsServer): string {
  return url.replace('//', `//${user}:${encodeURIComponent(password)}@`)
}

/** Ends everything this file started. */
export async function stopServers(): Promise<void> {
  await Promise.all(servers.splice(0).map((server) => server.stop()))
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true })))
}
