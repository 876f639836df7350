// Code in the sandbox connects to a unix socket of the user's that stands in a folder it is shown, and has a command run.

import { mkdirSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import type { Command } from '../../../workspace/index.ts'
import { type Attack, refused, succeeded } from '../attack.ts'
import { inPlace, printed } from './in-sandbox.ts'

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, resolve)
  })
}

interface Variant {
  readonly title: string
  readonly shown: (outside: string) => Partial<Command>
  /** How the server names its socket; as it is if absent. */
  readonly bound?: (socket: string) => string
}

function connectTo({ title, shown, bound = (socket) => socket }: Variant): Attack {
  return {
    title,
    needs: ['linux'],
    play: () =>
      inPlace(async ({ outside, node }) => {
        const folder = join(outside, 'package/cache')
        mkdirSync(folder, { recursive: true })
        const socket = join(folder, 'agent.sock')
        let reached = false
        const server = createServer((connection) => {
          reached = true
          connection.on('error', () => {})
          connection.end()
        })
        await listen(server, bound(socket))
        const script = `require('net').connect('${socket}').on('error', (e) => console.log(e.code)).on('connect', () => console.log('connected'))`
        const ending = await node(script, shown(outside))
        server.close()
        if (ending.kind === 'could_not_start') return refused(ending.reason)
        const said = printed(ending)
        return reached || said.includes('connected')
          ? succeeded('connected to the socket')
          : refused(said.trim())
      }),
  }
}

export const attacks: Record<string, Attack> = {
  'in-readable': connectTo({
    title: 'Code connects to a socket below a folder of packages that it may read',
    shown: (outside) => ({ readable: [outside] }),
  }),
  'in-writable': connectTo({
    title: 'Code connects to a socket below a folder that it may write to',
    shown: (outside) => ({ writable: [outside], cwd: outside }),
  }),
  'bound-by-relative-name': connectTo({
    title: 'Code connects to a socket that the kernel lists under a relative name',
    shown: (outside) => ({ readable: [outside] }),
    bound: (socket) => `${'../'.repeat(8)}${socket.slice(1)}`,
  }),
  'mounted-itself': connectTo({
    title: 'A socket is named as a file that the code may read',
    shown: (outside) => ({ readable: [join(outside, 'package/cache/agent.sock')] }),
  }),
}
