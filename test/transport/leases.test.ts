// Leases, both ways: in memory and in NATS KV.

import { jetstreamManager } from '@nats-io/jetstream'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { memorySlots, type NatsServer, openLeases, openMemoryLeases } from '../../transport/index.ts'
import { leasesContract, TIMES } from '../contracts/leases.ts'
import { eventually } from '../eventually.ts'
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
    remove: async (name) => {
      const slot = await slots.read(name)
      await slots.remove(name, slot?.revision ?? 0)
    },
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
    remove: async (name) => {
      const manager = await jetstreamManager(other.nats)
      await manager.streams.purge(`KV_canopy-${system}-nodes`, {
        filter: `$KV.canopy-${system}-nodes.${name}`,
      })
    },
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

test('a bucket that was deleted is made anew: holders keep their leases and epochs, and new epochs are greater', async () => {
  const system = `deleted-${++systems}`
  const [home, other] = await Promise.all([connectTo(server), connectTo(server)])
  const [kept, theirs] = [
    await openLeases({ connection: home, system, times: TIMES }),
    await openLeases({ connection: other, system, times: TIMES }),
  ]
  const first = await theirs.acquire('a', () => null)
  if (first.kind === 'taken') throw new Error('it is taken')
  await (await jetstreamManager(home.nats)).streams.delete(`KV_canopy-${system}-nodes`)
  // Nobody is taken for gone meanwhile.
  await expect(kept.list()).rejects.toThrow('was deleted')
  await expect(kept.list()).rejects.toThrow('was deleted')
  await eventually(async () => (await kept.list().catch(() => [])).length > 0)
  expect(await kept.list()).toMatchObject([{ name: 'a', epoch: first.lease.epoch }])
  const second = await theirs.acquire('b', () => null)
  expect(second.kind === 'acquired' && second.lease.epoch > 1_700_000_000_000).toBe(true)
  await kept.destroy()
  expect(await first.lease.ended).toBe('removed')
  for (const each of [home, other]) await each.close()
})
