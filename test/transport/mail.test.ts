// Mail, both ways: in memory and over a real server.

import { afterAll, beforeAll } from 'vitest'
import { type NatsServer, openMail, openMemoryMail } from '../../transport/index.ts'
import { MAILBOX_LIMIT, mailContract } from '../contracts/mail.ts'
import { connectTo, startServer, stopServers } from './nats.ts'

mailContract('in memory', async () => {
  const mail = openMemoryMail({ mailboxLimit: MAILBOX_LIMIT })
  return {
    mail,
    reconnect: async () => mail.reconnect(),
    publishRaw: async (to, payload) => mail.publishRaw(to, payload),
    close: () => mail.close(),
  }
})

let server: NatsServer
let systems = 0

beforeAll(async () => {
  server = await startServer()
})
afterAll(stopServers)

mailContract('over JetStream', async () => {
  const system = `contract-${++systems}`
  const connection = await connectTo(server)
  const mail = await openMail({ connection, system, unit: 'main', mailboxLimit: MAILBOX_LIMIT })
  return {
    mail,
    reconnect: () => connection.nats.reconnect(),
    publishRaw: async (to, payload) => {
      connection.nats.publish(`canopy.${system}.mail.main.main.${to}`, payload)
      await connection.nats.flush()
    },
    close: async () => {
      await mail.close()
      await connection.close()
    },
  }
})
