// A real nats-server for tests, the fetched one; each in a folder of its own that goes with it.

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findTool, natsServerTool } from '../../programs/index.ts'
import {
  type Connection,
  connectNats,
  type Keyring,
  type NatsServer,
  type NatsServerOptions,
  roleKeyring,
  startNatsServer,
  withMember,
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

export function connectTo(server: NatsServer, name = 'test', member = 'main'): Promise<Connection> {
  return connectNats({ url: server.url, credentials: server.credentials[member], name })
}

/** Everybody, and nodes of these names. */
export function keyringWith(system: string, ...nodes: string[]): Keyring {
  return nodes.reduce((keyring, node) => withMember(keyring, 'node', node), roleKeyring(system))
}

/** As a command takes them. */
export async function natsArguments(
  { url, credentials }: Pick<NatsServer, 'url' | 'credentials'>,
  member: string,
): Promise<string[]> {
  const file = join(await temporaryFolder(), `${member}.creds`)
  await writeFile(file, credentials[member] ?? '', { mode: 0o600 })
  return ['--nats', url, '--creds', file]
}

/** Ends everything this file started. */
export async function stopServers(): Promise<void> {
  await Promise.all(servers.splice(0).map((server) => server.stop()))
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true })))
}
