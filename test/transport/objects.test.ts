// Objects, both ways: in memory and in JetStream.

import { jetstreamManager } from '@nats-io/jetstream'
import { afterAll, beforeAll } from 'vitest'
import { type NatsServer, openMemoryObjects, openObjects } from '../../transport/index.ts'
import { objectsContract } from '../contracts/objects.ts'
import { connectTo, startServer, stopServers } from './nats.ts'

objectsContract('in memory', async () => {
  const objects = openMemoryObjects()
  return { objects, damage: async (name) => objects.damage(name), close: async () => {} }
})

let server: NatsServer
let systems = 0

beforeAll(async () => {
  server = await startServer()
})
afterAll(stopServers)

objectsContract('in JetStream', async () => {
  const system = `contract-${++systems}`
  const connection = await connectTo(server)
  const stream = `OBJ_canopy-${system}-objects-node-a`
  return {
    objects: openObjects({ connection, system, member: 'node-a', idleMs: 1_000 }),
    damage: async () => {
      const manager = await jetstreamManager(connection.nats)
      const { state } = await manager.streams.info(stream)
      await manager.streams.deleteMessage(stream, state.first_seq)
    },
    close: () => connection.close(),
  }
})
