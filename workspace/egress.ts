// Egress
//
// The way out of the sandbox for a command with a network: a proxy on a unix socket that leads to named hosts only.
// Leaves: the bytes to a host (install/tunnel.ts), the port inside (install/forwarder.js).
//
// E1. Only `CONNECT` to port 443 of a named host with a public address is answered. Names are resolved here, once.

import { mkdtemp } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openTunnel } from './install/tunnel.ts'
import { removeTree } from './remove-tree.ts'
import type { Command, Sandbox } from './sandbox/sandbox.ts'

export interface Egress {
  /** The command with its way out; unchanged without a sandbox, which keeps nothing from the network. */
  through(command: Command): Command
  close(): Promise<void>
}

const FORWARDER = join(import.meta.dirname, 'install/forwarder.js')
/** Inside, where loopback is the command's own. */
const PORT = 4874
const PROXY = `http://127.0.0.1:${PORT}`
const VARIABLES = {
  ...{ HTTPS_PROXY: PROXY, https_proxy: PROXY, NO_PROXY: '127.0.0.1', no_proxy: '127.0.0.1' },
  // Node's own fetch ignores the others without it.
  NODE_USE_ENV_PROXY: '1',
}

/** Host names in lower case; without any, commands stay without a network. */
export async function openEgress(
  { kind }: Sandbox,
  hosts: readonly string[],
  onRefusal: (reason: string) => void = () => {},
): Promise<Egress> {
  if (hosts.length === 0 || kind === 'unsandboxed')
    return { through: (command) => command, close: async () => {} }
  const folder = await mkdtemp(join(tmpdir(), 'canopy-egress-'))
  const socket = join(folder, 'socket')
  const allowed = new Set(hosts)
  const server = createServer((_, response) => void response.writeHead(403).end())
  server.on('connect', (request, inner) => {
    inner.on('error', () => inner.destroy())
    // E1.
    openTunnel(request.url ?? '', inner, allowed).catch((error: Error) => {
      onRefusal(error.message)
      inner.end('HTTP/1.1 403 Forbidden\r\n\r\n')
    })
  })
  const open = new Set<Socket>()
  server.on('connection', (each: Socket) => {
    open.add(each)
    each.once('close', () => open.delete(each))
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(socket, resolve))
  return {
    through: (command) => ({
      ...command,
      argv: [process.execPath, FORWARDER, socket, `${PORT}`, ...command.argv],
      readable: [...(command.readable ?? []), FORWARDER],
      sockets: [...(command.sockets ?? []), socket],
      env: { ...VARIABLES, ...command.env },
    }),
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      for (const each of open) each.destroy()
      await closed
      await removeTree(folder)
    },
  }
}
