// Code in the sandbox speaks to what runs outside: over the network, by a name without a file, at the user's terminal.

import { createServer, type Server } from 'node:net'
import { type Attack, refused, succeeded } from '../attack.ts'
import { inPlace, printed } from './in-sandbox.ts'

/** A server of the user's, and a script that tries to reach it; the script prints what came of it. */
function reach(title: string, address: object, script: (server: Server) => string): Attack {
  return {
    title,
    needs: ['linux'],
    play: () =>
      inPlace(async ({ node }) => {
        let reached = false
        const server = createServer((connection) => {
          reached = true
          connection.destroy()
        })
        await new Promise<void>((resolve) => server.listen(address, resolve))
        const said = printed(await node(script(server)))
        server.close()
        return reached || said.includes('GOT') ? succeeded('reached the server') : refused(said.trim())
      }),
  }
}

const connect = (to: string) =>
  `require('net').connect(${to}).on('connect', () => console.log('GOT')).on('error', (e) => console.log(e.code))`
const portOf = (server: Server) => (server.address() as { port: number }).port
const NAME = `canopy-attack-${process.pid}`

export const attacks: Record<string, Attack> = {
  'abstract-socket': reach('Code connects to an abstract socket', { path: `\0${NAME}` }, () =>
    connect(`{ path: '\\0${NAME}' }`),
  ),
  loopback: reach('Code connects to a server on this machine', { port: 0, host: '127.0.0.1' }, (server) =>
    connect(`{ port: ${portOf(server)}, host: '127.0.0.1' }`),
  ),
  'loopback-6': reach('Code connects to a server on this machine over IPv6', { port: 0 }, (server) =>
    connect(`{ port: ${portOf(server)}, host: '::1' }`),
  ),
  terminal: {
    title: "Code writes to the user's terminal",
    needs: ['linux'],
    play: () =>
      inPlace(async ({ shell }) => {
        const said = printed(await shell('echo x > /dev/tty && echo GOT; echo x > /dev/console && echo GOT'))
        return said.includes('GOT') ? succeeded('wrote to the terminal') : refused(said.trim())
      }),
  },
  status: {
    title: "Code writes on bubblewrap's channel that it ended well",
    needs: ['linux'],
    play: () =>
      inPlace(async ({ shell }) => {
        const forge =
          'for n in 3 4 5 6 7 8 9; do eval "echo \'{\\"exit-code\\": 0}\' >&$n"; done 2>/dev/null; exit 5'
        const ending = await shell(forge)
        return ending.kind === 'exited' && ending.code === 5 ? refused('exit 5') : succeeded(ending.kind)
      }),
  },
}
