// Another user of the machine takes the port of a run's NATS server while that is away: the run would tell it everything.

import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { connectNats, createKeyring, HOME, issue } from '../../../transport/index.ts'
import { type Attack, couldNotRun, refused, succeeded } from '../attack.ts'
import { asOtherUser } from './other-user.ts'

/** Greets whoever connects as a nats-server does, and prints what it is told. */
const GREETER = `
import { createServer } from 'node:net'
const info = { server_id: 'X', version: '2.9.10', proto: 1, headers: true, max_payload: 1048576, nonce: 'abc', auth_required: true }
const server = createServer((socket) => {
  socket.write('INFO ' + JSON.stringify(info) + '\\r\\n')
  socket.on('data', (told) => process.stdout.write(told))
  socket.on('error', () => {})
  socket.on('close', () => process.exit(0))
})
server.listen(Number(process.argv[1]), '127.0.0.1')
setTimeout(() => process.exit(0), 30000)
`

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** What it printed, if it has ended by now. */
const soon = (told: Promise<string>) => Promise.race([told, setTimeout(20, undefined)])

export const attack: Attack = {
  title: "Another user greets a run at the port of the run's own NATS server",
  needs: ['root', 'linux'],
  async play() {
    const port = await freePort()
    const told = asOtherUser(GREETER, [String(port)])
    const keyring = createKeyring('s')
    const { credentials } = await issue(keyring, { member: HOME, now: Date.now(), expires: null })
    const url = `nats://127.0.0.1:${port}`
    // Until it listens, nobody is there.
    for (let tries = 0; tries < 1_000; tries += 1) {
      const end = await connectNats({ url, credentials, startedBy: process.getuid?.(), name: 'run' }).then(
        () => 'connected',
        (error: Error & { code?: string }) => error.code ?? error.message,
      )
      const heard = end === 'unreachable' ? await soon(told) : await told
      if (heard !== undefined && heard !== '') return succeeded(`it was told: ${heard.slice(0, 200)}`)
      if (heard === '') return end === 'not_own_server' ? refused(end) : couldNotRun(end)
    }
    return couldNotRun('the other user never listened')
  },
}
