// Leases, both ways: in memory and in NATS KV.

import { afterAll, beforeAll } from 'vitest'
import { memorySlots, type NatsServer, openLeases, openMemoryLeases } from '../../transport/index.ts'
import { leasesContract, TIMES } from '../contracts/leases.ts'
import { openLine } from './line.ts'
import { connectTo, startServer, stopServers } from './nats.ts'

leasesContract('in memory', async () => {
  const slots = memorySlots(TIMES.ttlMs)
  let cut = false
  const way = new Proxy(slots, {
    get: (target, name) => {
      const value = Reflect.get(target, name)
      if (typeof value !== 'function') return value
      return cut ? () => new Promise(() => {}) : value.bind(target)
    },
  })
  const here = openMemoryLeases(way, TIMES)
  const there = openMemoryLeases(slots, TIMES)
  return {
    here,
    there,
    cut: async () => {
      cut = true
    },
    close: async () => {
      if (!cut) await here.close()
      await there.close()
    },
  }
})

let server: NatsServer
let systems = 0

beforeAll(async () => {
  server = await startServer()
})
afterAll(stopServers)

leasesContract('in NATS KV', async () => {
  const system = `contract-${++systems}`
  const line = await openLine(server)
  const [one, other] = await Promise.all([line.connect(), connectTo(server)])
  const here = await openLeases({ connection: one, system, times: TIMES })
  const there = await openLeases({ connection: other, system, times: TIMES })
  return {
    here,
    there,
    cut: async () => line.cut(),
    close: async () => {
      await there.destroy()
      await there.close()
      await one.close()
      await other.close()
      await line.close()
    },
  }
})
