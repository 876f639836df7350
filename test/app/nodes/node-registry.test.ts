// The registry: the pool is told who is there when that changes, and nobody is taken for gone who only cannot be seen.

import { expect, it } from 'vitest'
import { type NodeRegistry, openNodeRegistry } from '../../../app/nodes/node-registry.ts'
import { type Presence, presenceHere } from '../../../app/nodes/presence.ts'
import { type Envelope, memorySlots, openMemoryLeases } from '../../../transport/index.ts'
import { eventually } from '../../eventually.ts'

const presence = (build = 'this'): (() => Presence) => {
  const value = presenceHere({ workers: 2, busy: 0, since: 0, build })
  return () => value
}

function stage() {
  const slots = memorySlots()
  const leases = openMemoryLeases(slots)
  const told: string[][] = []
  const retired: string[] = []
  const troubles: string[] = []
  const state = { full: false, blind: false }
  const registry: NodeRegistry = openNodeRegistry({
    leases: {
      ...leases,
      acquire: leases.acquire.bind(leases),
      destroy: leases.destroy.bind(leases),
      close: leases.close.bind(leases),
      list: async () => {
        if (state.blind) throw new Error('no way')
        return leases.list()
      },
    },
    mail: {
      async publish({ event, to, from }: Envelope) {
        expect([to, from]).toEqual(['system.pool', null])
        if (state.full) return 'refused'
        told.push((event.nodes as { node: string }[]).map(({ node }) => node))
        return 'accepted'
      },
    },
    pool: 'system.pool',
    build: 'this',
    retire: async (unit) => void retired.push(unit),
    trouble: (sentence) => void troubles.push(sentence),
  })
  return { leases, registry, told, retired, troubles, state }
}

it('tells the pool of who came and who left, once, and takes away what is left of these', async () => {
  const { leases, registry, told, retired } = stage()
  await registry.look()
  expect(told).toEqual([[]])
  const answer = await leases.acquire('box', presence())
  if (answer.kind === 'taken') throw new Error('taken')
  await registry.look()
  expect(await registry.look()).toMatchObject([{ name: 'box', workers: 2 }])
  const node = `node-box-${answer.lease.epoch}`
  expect(told).toEqual([[], [node]])
  await answer.lease.release()
  // Nobody need ask: it looks by itself.
  await eventually(() => told.length === 3)
  expect(told.at(-1)).toEqual([])
  await eventually(() => retired.length === 1)
  expect(retired).toEqual([node])
  registry.close()
})

it('leaves out whoever is of another version, or says nothing of itself', async () => {
  const { leases, registry, told } = stage()
  await leases.acquire('box', presence('another'))
  await leases.acquire('mute', () => null)
  expect(await registry.look()).toEqual([])
  expect(told).toEqual([[]])
  registry.close()
  await leases.close()
})

it('takes nobody for gone while it cannot see', async () => {
  const { leases, registry, told, troubles, state } = stage()
  await leases.acquire('box', presence())
  await registry.look()
  const before = told.length
  state.blind = true
  await expect(registry.look()).rejects.toThrow('no way')
  await eventually(() => troubles.length > 0)
  expect(told).toHaveLength(before)
  registry.close()
  await leases.close()
})

it('says again what a full mailbox did not take', async () => {
  const { leases, registry, told, state } = stage()
  await registry.look()
  state.full = true
  await leases.acquire('box', presence())
  await registry.look()
  expect(told).toEqual([[]])
  state.full = false
  await eventually(() => told.length === 2)
  registry.close()
  await leases.close()
})
