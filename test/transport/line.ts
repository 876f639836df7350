// A line to a server that can be cut like a cable: afterwards both ends are open and nothing comes through.

import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { type Connection, connectNats, type NatsServer } from '../../transport/index.ts'

export interface Line {
  connect(): Promise<Connection>
  cut(): void
  close(): Promise<void>
}

export async function openLine(server: NatsServer): Promise<Line> {
  const { hostname, port } = new URL(server.url)
  const sockets = new Set<Socket>()
  let isCut = false
  const proxy = createServer((near) => {
    if (isCut) return void sockets.add(near.pause())
    const far = connect(Number(port), hostname)
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => {})
    }
    near.pipe(far).pipe(near)
  })
  await new Promise<void>((done) => proxy.listen(0, '127.0.0.1', done))
  const url = `nats://127.0.0.1:${(proxy.address() as AddressInfo).port}`
  return {
    connect: () => connectNats({ url, credentials: server.credentials.main, name: 'line' }),
    cut() {
      isCut = true
      for (const socket of sockets) socket.unpipe().pause()
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((done) => proxy.close(done))
    },
  }
}
